"""What hidden notes of held-out chorales cost a net that dreams, and what its dreams do to them.

    scripts/bench dream [--model runs/dream] [--seed 0] [--pieces 20] [--only-print]

Cells of the test chorales are hidden at random by the protocol of training (without augmentation), the same cells for
all. A cell's cost is nats a cell, averaged over hidden cells; nats a note are over cells that strike a note alone.
"""

import argparse
import sys
from pathlib import Path

import numpy as np

from componium import corpora
from componium.methods import load
from componium.methods.dream.roll import ABSENT, HOLD, MASKED, N_TOKENS, PITCHES, STRIKE, roll_of
from componium.methods.dream.windows import MaskedWindows
from componium.training.batching import IGNORED
from componium.weights import DREAM

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent))

import _report  # noqa: E402

ALLOWED = N_TOKENS - 2  # neither ABSENT nor MASKED is ever true


def counted(rolls, voices):
    """Unigrams (I, V) and moves to the next step of the same voice (I, V, V), smoothed."""
    one, two = np.full((voices, N_TOKENS), 0.1), np.full((voices, N_TOKENS, N_TOKENS), 0.01)
    for roll in rolls:
        for voice, line in enumerate(roll.cells.T):
            np.add.at(one[voice], line, 1)
            np.add.at(two[voice], (line[:-1], line[1:]), 1)
    for table in (one, two):
        table[..., [ABSENT, MASKED]] = 0
    return one / one.sum(-1, keepdims=True), two / two.sum(-1, keepdims=True)


def both_sides(cells, one, two):
    """Chances (T, I, V) from the neighbours on either side where they aren't hidden: p(x) p(x|left) p(right|x)."""
    found = np.log(np.maximum(np.repeat(one[None], len(cells), axis=0), 1e-12))
    for step in range(len(cells)):
        for voice in range(cells.shape[1]):
            left = cells[step - 1, voice] if step else MASKED
            right = cells[step + 1, voice] if step + 1 < len(cells) else MASKED
            if left > MASKED or left == 0:
                found[step, voice] = np.log(np.maximum(two[voice, left], 1e-12))
            if right > MASKED or right == 0:
                found[step, voice] += np.log(np.maximum(two[voice, :, right], 1e-12))
    return np.exp(found) / np.exp(found).sum(-1, keepdims=True)


def costs(model, rolls, one, two, seed):
    """Nats of each hidden cell by each way of guessing, and which cells strike a note."""
    voices = model.n_voices
    found, struck = {"uniform": [], "unigram": [], "Markov, both neighbours": [], "dream": []}, []
    windows = MaskedWindows(rolls, block_size=model._training["block_size"], batch_size=1, seed=seed, augment=False)
    for x, y in windows.batches(0):
        y = y.reshape(-1, voices)
        hidden = y != IGNORED
        logits = model.net(x)[0].astype(float)
        logits[..., [ABSENT, MASKED]] = -np.inf
        chances = np.exp(logits - logits.max(-1, keepdims=True))
        guesses = {
            "uniform": np.full(logits.shape, 1 / ALLOWED), "unigram": np.repeat(one[None], len(y), axis=0),
            "Markov, both neighbours": both_sides(x[0, :, :voices], one, two),
            "dream": chances / chances.sum(-1, keepdims=True),
        }  # fmt: skip
        for name, guess in guesses.items():
            found[name].append(-np.log(np.maximum(guess[hidden, y[hidden]], 1e-12)))
        struck.append((y[hidden] >= STRIKE) & (y[hidden] < HOLD))
    return {name: np.concatenate(nats) for name, nats in found.items()}, np.concatenate(struck)


def pitches(cells):
    return np.where(cells < STRIKE, -1, (cells - STRIKE) % PITCHES)


def changed(before, after):
    """The share of cells that sound another pitch."""
    size = min(len(before), len(after))
    return float((pitches(before[:size]) != pitches(after[:size])).mean())


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", default=str(DREAM), help="a folder (default: the one that comes along)")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--pieces", type=int, default=8, help="test chorales used")
    parser.add_argument("--only-print", action="store_true")
    options = parser.parse_args()
    corpus, model = corpora.load("chorales"), load(options.model)
    train = [roll_of(piece.score, model.n_voices) for piece in corpus.train]
    scores = [piece.score for piece in corpus.test][: options.pieces]
    one, two = counted(train, model.n_voices)
    rolls = [roll_of(score, model.n_voices) for score in scores]
    found, struck = costs(model, rolls, one, two, options.seed)
    rows = [{"what": name, "nats a cell": round(float(nats.mean()), 3),
             "nats a note": round(float(nats[struck].mean()), 3), "cells changed": ""}
            for name, nats in found.items()]  # fmt: skip
    for start, noisy in (("chorale", False), ("shuffled", True)):
        for strength in (0.0, 0.25, 0.5, 0.75, 1.0):
            rows.append(dreamt(model, scores[:2], start, noisy, strength, one, two, options.seed))
            print(rows[-1], file=sys.stderr, flush=True)
    _report.publish(HERE, rows, (), notes=[
        f"{len(scores)} test chorales, {len(struck)} hidden cells; dreams of 2 of them.",
    ], only_print=options.only_print)


def shuffled(score, seed):
    """A score whose notes have, one in three, the pitch of another note of the part."""
    from dataclasses import replace

    rng = np.random.default_rng(seed)
    tracks = []
    for track in score.tracks:
        told = track.notes.copy()
        moved = np.flatnonzero(rng.random(len(told)) < 1 / 3)
        told["pitch"][moved] = told["pitch"][rng.permutation(moved)]
        tracks.append(replace(track, notes=told))
    return replace(score, tracks=tuple(tracks))


def dreamt(model, scores, start, noisy, strength, one, two, seed):
    """A row: the dreams of some scores at a strength."""
    given = [shuffled(score, seed) if noisy else score for score in scores]
    made = [model.dream(score, strength=strength, rng=np.random.default_rng(seed)) for score in given]
    before, after = ([roll_of(score, model.n_voices) for score in side] for side in (given, made))
    found, struck = costs(model, after, one, two, seed)
    share = np.mean([changed(a.cells, b.cells) for a, b in zip(before, after, strict=True)])
    return {"what": f"{start}, strength {strength:g}", "nats a cell": round(float(found["dream"].mean()), 3),
            "nats a note": round(float(found["dream"][struck].mean()), 3), "cells changed": round(float(share), 3)}


if __name__ == "__main__":
    main()
