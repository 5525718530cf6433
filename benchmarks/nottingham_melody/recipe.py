"""The package's own LSTM of a window: recipes/nottingham-lstm.toml, learned from the benchmark's tunes.

A step, an eighth of its bar, is written as an eighth note, so that the recipe's codec has one id a step.
"""

from pathlib import Path

import numpy as np

from componium.corpora import Corpus, Piece
from componium.learning import recipes
from componium.methods import load, make
from componium.music.score import Score, Track, notes

RECIPE = Path(__file__).parents[2] / "recipes" / "nottingham-lstm.toml"
EIGHTH, TICKS = 240, 480


def corpus_of(sides):
    """The tunes of each side, by its name, as one corpus of scores."""
    pieces = [Piece(f"{side} {at}", score_of(tune), ("tune",), split=side)
              for side, tunes in sides.items() for at, tune in enumerate(tunes) if any(tune)]
    return Corpus("nottingham", tuple(pieces))


def score_of(tune):
    """A tune's steps (MIDI pitches, 0 for silence) as notes of an eighth each."""
    rows = [(at * EIGHTH, EIGHTH, pitch) for at, pitch in enumerate(tune) if pitch]
    return Score((Track(notes(rows)),), TICKS)


def trained(sides, seed, folder, on_progress):
    """The method of the recipe, fitted; from `folder` if it is there."""
    if not (folder / "config.json").exists():
        recipe = recipes.read(RECIPE)
        params = recipes.merge(recipe.parameters, {"training": {"seed": seed}})
        method = make(recipe.method, **params).fit(corpus_of(sides), run_dir=folder, on_progress=on_progress)
        method.save(folder)
    return load(folder)


def foretold(method, tunes, first, low, n_classes):
    """Log chances (steps, classes) of every step from number `first` on, and the truth; silence is class 0.

    The method may also end a tune; chances are those of the classes alone, given that the tune goes on.
    """
    vocab = method.codec_.vocab
    classes = np.array([vocab.id("Rest"), *(vocab.id("Pitch", low + at) for at in range(n_classes - 1))])
    rows = sorted((np.array([pitch - low + 1 if pitch else 0 for pitch in tune]) for tune in tunes), key=len)[::-1]
    rows = [row for row in rows if len(row) > first]
    state, logs, truth = method.empty_state(len(rows)), [], []
    ids = np.full(len(rows), method.codec_.bos)
    for at in range(len(rows[0])):
        live = sum(len(row) > at for row in rows)
        if live < len(ids):
            state, ids = method.select(state, np.arange(live)), ids[:live]
        logits, state = method.step(state, ids)
        right = np.array([row[at] for row in rows[:live]])
        if at >= first:
            logs.append(logits[:, classes].astype(np.float64))
            truth.append(right)
        ids = classes[right]
    table = np.concatenate(logs)
    return table - np.logaddexp.reduce(table, axis=1, keepdims=True), np.concatenate(truth)


def figures_of(tables):
    """Accuracy and nats of the next step, the chances of several models averaged: log chances and truth of each."""
    truth = tables[0][1]
    chances = np.logaddexp.reduce([found for found, _ in tables], axis=0) - np.log(len(tables))
    return float((chances.argmax(1) == truth).mean()), float(-chances[np.arange(len(truth)), truth].mean())
