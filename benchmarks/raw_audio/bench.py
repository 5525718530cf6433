"""Bits a sample on held-out sound of a WaveNet, an LSTM and simple predictors, and samples a second when composing.

    python benchmarks/raw_audio/bench.py [--passes 4] [--out FOLDER] [--only-print]

The sound is made here: fiddle tunes on the built-in synthesizer, mono, 8 kHz, mu-law of 256 levels. Both nets learn
from the same sound, each as much of it, on one thread. With --out the model and five seconds of its sound are kept.
"""

import argparse
import os
import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
RUNS = HERE.parents[1] / "runs" / "raw_audio"
sys.path.insert(0, str(HERE.parent))

import _report  # noqa: E402

os.environ.update(_report.ONE_THREAD)  # before numpy is imported

RATE = 8000
SPLITS = {"train": (40, 12), "validation": (4, 6), "test": (6, 6)}  # tunes, and seconds of each
ROUNDS = 5  # of the nets whose pace is taken, in turn
ORDER = 32  # samples the linear predictor looks back


def sound(side):
    """The beginnings of some tunes of one side of the split, as mono samples with their peak at 0.9."""
    import numpy as np

    from componium import corpora
    from componium.audio import additive

    count, seconds = SPLITS[side]
    found = []
    for piece in corpora.load("fiddle").split(side).pieces[:count]:
        wave = np.concatenate(list(additive.blocks(piece.score, RATE)))[: RATE * seconds].mean(axis=1)
        found.append((0.9 * wave / max(np.abs(wave).max(), 1e-9)).astype(np.float32))
    return found


def unigram(train, test):
    """Nats a sample under each level's share, (count + 0.5) / (N + 128)."""
    import numpy as np

    counts = np.bincount(np.concatenate(train), minlength=256) + 0.5
    return -np.log(counts / counts.sum())[np.concatenate(test)].mean()


def markov(train, test, order):
    """Nats a sample under a Markov chain, each order smoothed by the one below with the weight of 8 counts."""
    import numpy as np

    counts = np.bincount(np.concatenate(train), minlength=256) + 0.5
    chance = (counts / counts.sum())[np.concatenate([ids[order:] for ids in test])]
    for length in range(1, order + 1):
        seen = np.concatenate([_codes(ids, length, order) for ids in train])
        asked = np.concatenate([_codes(ids, length, order) for ids in test])
        both, contexts = _counted(seen, asked), _counted(seen // 256, asked // 256)
        chance = (both + 8 * chance) / (contexts + 8)
    return -np.log(chance).mean()


def _codes(ids, length, order):
    """Each sample with the `length` before it, as one number; the newest counts least."""
    return sum(ids[order - back : len(ids) - back] * 256**back for back in range(length + 1))


def _counted(seen, asked):
    import numpy as np

    values, counts = np.unique(seen, return_counts=True)
    at = np.searchsorted(values, asked).clip(max=len(values) - 1)
    return np.where(values[at] == asked, counts[at], 0)


def linear(train, test):
    """Nats a sample of least squares on ORDER samples; the error on the mu-law scale by its counts, for 8 sizes of
    the last errors."""
    import numpy as np

    from componium.raw_audio import mu_law

    def rows(ids):
        wave = mu_law.decode(ids).astype(np.float64)
        return np.lib.stride_tricks.sliding_window_view(wave, ORDER + 1)

    square = sum(part[:, :-1].T @ part[:, :-1] for part in map(rows, train)) + 1e-6 * np.eye(ORDER)
    taps = np.linalg.solve(square, sum(part[:, :-1].T @ part[:, -1] for part in map(rows, train)))

    def errors(ids):
        guess = mu_law.encode(rows(ids)[:, :-1] @ taps)
        error = ids[ORDER:] - guess
        recent = np.convolve(np.abs(error), np.ones(16) / 16)[: len(error)]
        size = np.digitize(np.concatenate([[4.0], recent[:-1]]), [0.5, 1, 2, 4, 8, 16, 32])
        return error + 255, size, guess

    table = np.full((8, 511), 0.02)
    for ids in train:
        error, size, _ = errors(ids)
        np.add.at(table, (size, error), 1)
    nats = []
    for ids in test:
        error, size, guess = errors(ids)
        sums = np.cumsum(np.pad(table, ((0, 0), (1, 0))), axis=1)
        inside = sums[size, 511 - guess] - sums[size, 255 - guess]  # only levels of 0 to 255 can come
        nats.append(-np.log(table[size, error] / inside))
    return np.concatenate(nats).mean()


def judged(model, test):
    """Nats a sample of a net, each tune read from its beginning; the first ORDER samples aren't counted, as for all."""
    import numpy as np
    import torch
    from torch.nn import functional

    from componium.training.modules import put_weights

    put_weights(module := model.make_module().eval(), model.weights_)
    nats = []
    with torch.no_grad():
        for ids in test:
            tokens = torch.from_numpy(ids)
            logits = module(tokens[None, :-1])[0]
            nats.append(functional.cross_entropy(logits, tokens[1:], reduction="none").numpy()[ORDER - 1 :])
    return np.concatenate(nats).mean()


def pace(model, count=4000):
    """Samples a second of a net of a model's sizes, not trained."""
    import numpy as np

    from componium.raw_audio.model import draw
    from componium.raw_audio.mu_law import LEVELS
    from componium.training.modules import weights_of

    net = model.shape.make_net(weights_of(model.make_module()), LEVELS)
    begun = time.process_time()
    draw(net, np.array([128]), count, 1.0, np.random.default_rng(0))
    return count / (time.process_time() - begun)


def paces():
    """(what, receptive field, samples a second) of WaveNets of other reaches, and of LSTMs: the best of some rounds."""
    from componium.raw_audio.model import RawAudio

    models = [RawAudio("raw-audio", n_layer=n_layer, n_stack=n_stack)
              for n_layer, n_stack in ((4, 3), (6, 2), (12, 1), (6, 3), (9, 2), (9, 3))]
    models += [RawAudio("raw-audio-lstm", n_hidden=n_hidden) for n_hidden in (128, 256)]
    rates = [max(each) for each in zip(*([pace(model) for model in models] for _ in range(ROUNDS)), strict=True)]
    for model, rate in zip(models, rates, strict=True):
        sizes = model.sizes
        if model.preset == "raw-audio":
            layers = sizes["n_layer"] * sizes["n_stack"]
            what = f"composing, {layers} layers, dilations to {2 ** (sizes['n_layer'] - 1)}"
            yield what, model.shape.receptive_field, rate
        else:
            yield f"composing, LSTM, {sizes['n_hidden']} cells", "", rate


def learned(preset, waves, passes, seed=0):
    """A preset, trained until it has heard `passes` times all sound; not by minutes, which hang on the load. From its
    folder, if that was done before."""
    from componium.raw_audio.model import PRESETS, RawAudio, load

    folder = RUNS / f"{preset}-{passes:g}-passes"
    if folder.exists():
        return load(folder)
    usual = PRESETS[preset].training
    heard = passes * sum(map(len, waves["train"]))
    how = {"steps": round(heard / usual["batch_size"] / usual["block_size"]), "minutes": None, "seed": seed,
           "validate_every": 60}
    model = RawAudio(preset, rate=RATE, training=how)
    model.fit(waves["train"], waves["validation"], on_progress=_report.print_progress).save(folder)
    return load(folder)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--passes", type=float, default=4.0, help="how often each net hears all sound (default 4)")
    parser.add_argument("--out", type=Path, help="a folder for the model and its sound")
    parser.add_argument("--only-print", action="store_true", help="leave the files alone")
    args = parser.parse_args()
    import numpy as np

    from componium.raw_audio import mu_law

    waves = {side: sound(side) for side in SPLITS}
    train, test = ([mu_law.encode(wave) for wave in waves[side]] for side in ("train", "test"))
    late = [ids[ORDER:] for ids in test]
    nats = {
        "unigram": unigram(train, late), "Markov, order 2": markov(train, [ids[ORDER - 2 :] for ids in test], 2),
        f"linear prediction, order {ORDER}": linear(train, test),
    }
    print(nats, file=sys.stderr, flush=True)
    wavenet, lstm = (learned(preset, waves, args.passes) for preset in ("raw-audio", "raw-audio-lstm"))
    if args.out:
        wavenet.save(args.out)
        wavenet.write(wavenet.generate(5.0, rng=np.random.default_rng(1)), args.out / "new.wav")
        wavenet.write(waves["test"][0], args.out / "real.wav")
    nats["LSTM, 128 cells"] = judged(lstm, test)
    nats["WaveNet, 18 layers of 32"] = judged(wavenet, test)
    rows = [{"what": name, "nats/sample": f"{value:.3f}", "bits/sample": f"{value / np.log(2):.3f}",
             "receptive field": "", "samples/s": ""} for name, value in nats.items()]
    rows += [{"what": name, "nats/sample": "", "bits/sample": "", "receptive field": field, "samples/s": f"{rate:.0f}"}
             for name, field, rate in paces()]
    note = (f"{sum(map(len, train)) / RATE:.0f} s of sound to learn from, {sum(map(len, late)) / RATE:.0f} s of test; "
            f"each net heard {args.passes * sum(map(len, train)) / RATE:.0f} s in its training, "
            f"on one thread of a shared core: {wavenet.training['steps']} steps of the WaveNet, "
            f"{lstm.training['steps']} of the LSTM.")
    _report.publish(HERE, rows, ["torch"], notes=[note], only_print=args.only_print)


if __name__ == "__main__":
    main()
