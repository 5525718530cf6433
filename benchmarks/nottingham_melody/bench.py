"""The next step of a Nottingham melody: n-grams, copying, recurrent nets, chance.

    scripts/bench nottingham_melody [--orders 8]
    scripts/bench nottingham_melody --methods
    scripts/bench nottingham_melody --nets [--seeds 3]

Reads the folder nottingham/MIDI/melody below $COMPONIUM_DATA. Writes results.csv and the README's tables.
"""

import argparse
import math
import os
import sys
from collections import Counter, defaultdict
from itertools import pairwise
from pathlib import Path

import numpy as np

import componium
from componium.analysis.lines import line_at, lines
from componium.analysis.meter import main_meter
from componium.corpora._families import family_features, find_families
from componium.corpora._split import position
from componium.music.time import bar_quarters

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent))

import _report  # noqa: E402

SILENT, LOW, HIGH = 0, 21, 108
CLASSES = HIGH - LOW + 2  # the pitches, and silence
WINDOW = AHEAD = 32
RUNS = HERE.parents[1] / "runs" / "nottingham_melody"
NETS = ("lstm", "transformer")  # what the names of nets begin with
COLUMNS = ("steps", "model", "sees", "seeds", "train", "next", "spread", "nats", f"next {AHEAD}")


def steps_of(score, grid):
    """The sounding pitch at each step, SILENT where none sounds."""
    bar = float(bar_quarters(main_meter(score)))
    step = (bar / 8 if grid == "bar" else 0.5) * score.ticks_per_quarter
    ticks = np.round(np.arange(0, score.end, step)).astype(np.int64)
    found = line_at(lines(score)[0], ticks)
    return np.where((found < LOW) | (found > HIGH), SILENT, found).tolist()


def tunes(folder, grid, cuts=(0.0, 0.7, 1.1)):
    """Melodies on each side: 70 % of the families to learn from, the rest to test on."""
    scores = [componium.read(path) for path in sorted(folder.glob("*.mid"))]
    scores = [score for score in scores if score.n_notes]
    names = find_families([family_features(score) for score in scores])
    placed = [(position(name), steps_of(score, grid)) for score, name in zip(scores, names, strict=True)]
    return tuple([tune for at, tune in placed if low <= at < high] for low, high in pairwise(cuts))


class Ngram:
    """Counts after contexts of up to n - 1 steps; chances by Witten and Bell, down to even ones over all classes."""

    def __init__(self, n, train):
        self.n, self.counts = n, defaultdict(Counter)
        for tune in train:
            for at in range(len(tune)):
                for length in range(min(n - 1, at) + 1):
                    self.counts[tuple(tune[at - length : at])][tune[at]] += 1

    def best(self, history, window):
        for length in range(min(self.n - 1, len(history)), -1, -1):
            if found := self.counts.get(tuple(history[len(history) - length :])):
                return max(found.items(), key=lambda pair: (pair[1], -pair[0]))[0]
        return SILENT

    def chance(self, history, step, window):
        chance = 1 / CLASSES
        for length in range(min(self.n - 1, len(history)) + 1):
            found = self.counts.get(tuple(history[len(history) - length :]))
            if not found:
                break
            chance = (found[step] + len(found) * chance) / (found.total() + len(found))
        return chance


class Copy:
    """What followed the longest match of the last steps, in this tune alone: nothing is learned."""

    def best(self, history, window):
        seen = history[-window:] if window else history
        for length in range(min(len(seen) - 1, 64), 0, -1):
            end = seen[len(seen) - length :]
            for at in range(len(seen) - length - 1, -1, -1):
                if seen[at : at + length] == end:
                    return seen[at + length]
        return seen[-1] if seen else SILENT


class Chance:
    """A pitch drawn evenly."""

    def __init__(self, rng):
        self.rng = rng

    def best(self, history, window):
        return int(self.rng.integers(LOW - 1, HIGH + 1))

    def chance(self, history, step, window):
        return 1 / CLASSES


def measured(model, tunes, window):
    """Accuracy of the next step, log-loss in nats, accuracy of the next 32 steps rolled out from every 32nd step."""
    hits, nats, ahead = [], [], []
    for tune in tunes:
        for at in range(WINDOW, len(tune)):
            history = tune[at - window : at] if window else tune[:at]
            hits.append(model.best(history, window) == tune[at])
            if hasattr(model, "chance"):
                nats.append(-math.log(model.chance(history, tune[at], window)))
        for at in range(WINDOW, len(tune) - AHEAD + 1, AHEAD):
            history = tune[:at]
            for step in tune[at : at + AHEAD]:
                history = [*history, model.best(history[-window:] if window else history, window)]
                ahead.append(history[-1] == step)
    mean = [float(np.mean(values)) if values else None for values in (hits, nats, ahead)]
    return ["" if value is None else round(value, 3) for value in mean]


def rows_of_nets(folder, seeds, only_done):
    """The rows of the package's LSTM and of every kind of net of nets.py; what is trained is kept in runs/.

    All learn from the first 60 % of the families, and 10 % choose among their weights.
    """
    import nets

    sides = dict(zip(("train", "validation", "test"), tunes(folder, "bar", (0.0, 0.6, 0.7, 1.1)), strict=True))
    RUNS.mkdir(parents=True, exist_ok=True)
    rows = rows_of_recipe(sides, seeds, only_done)
    return [*rows, *(row for name in nets.KINDS for row in rows_of_kind(nets, name, sides, seeds, only_done))]


def rows_of_recipe(sides, seeds, only_done):
    """The rows of the package's own method, by recipes/nottingham-lstm.toml."""
    import recipe

    folders = [RUNS / f"nottingham-lstm-{seed}" for seed in range(seeds)]
    folders = [folder for folder in folders if not only_done or (folder / "config.json").exists()]
    learned = {side: sides[side] for side in ("train", "validation")}
    made = [recipe.trained(learned, seed, folder, _report.print_progress) for seed, folder in enumerate(folders)]
    seen, found = ([recipe.foretold(method, side, WINDOW, LOW, CLASSES) for method in made]
                   for side in (sides["train"][::4], sides["test"]))  # fmt: skip
    return rows_of_tables("lstm", f"{WINDOW} steps", seen, found)


def rows_of_kind(nets, name, sides, seeds, only_done):
    """The rows of a kind of net of nets.py."""
    kind = nets.KINDS[name]
    train, validation, test = (nets.prepared(sides[side], kind) for side in ("train", "validation", "test"))
    files = [RUNS / f"{name.replace(' ', '-')}-{seed}.safetensors" for seed in range(seeds)]
    files = [file for file in files if not only_done or file.exists()]
    made = [nets.trained(train, validation, kind, seed, file) for seed, file in enumerate(files)]
    seen, found = ([nets.foretold(net, side, kind) for net in made] for side in (train[::4], test))
    return rows_of_tables(name, "the tune so far" if kind.copies else f"{WINDOW} steps", seen, found)


def rows_of_tables(name, sees, seen, found):
    """The mean over seeds, and the average of the seeds as one model, from what each foretells of training and test."""
    from recipe import figures_of

    if not found:
        return []
    each = [(figures_of([known])[0], *figures_of([new])) for known, new in zip(seen, found, strict=True)]
    row = {"steps": "8 a bar", "model": name, "sees": sees, "seeds": len(each)}
    means = dict(zip(("train", "next", "nats"), np.mean(each, axis=0).round(3).tolist(), strict=True))
    rows = [{**row, **means, "spread": f"{np.ptp([hits for _, hits, _ in each]):.3f}"}]
    if len(each) > 1:
        hits, nats = figures_of(found)
        rows.append({**row, "model": f"{name}, seeds averaged", "next": round(hits, 3), "nats": round(nats, 3)})
    print(*rows, sep="\n", file=sys.stderr, flush=True)
    return rows


def add_nets(folder, seeds, only_done):
    """Measure the nets alone, and put their rows in place of those of their kinds, below the others'."""
    rows = rows_of_nets(folder, seeds, only_done)
    kinds = {row["model"].partition(",")[0] for row in rows}
    others = [row for row in published() if row["model"].partition(",")[0] not in kinds]
    nets = sorted([*rows, *(row for row in others if row["model"].startswith(NETS))], key=_place)
    publish([*(row for row in others if not row["model"].startswith(NETS)), *nets], ("torch",))


def _place(row):
    """Windows before the tune so far, the less accurate first."""
    return row["sees"] == "the tune so far", row["model"].partition(",")[0] != "lstm", row["model"]


def add_methods(folder):
    """Measure the package's own Markov, ensemble and HMM, and put their rows before the nets'."""
    import chains

    train, test = tunes(folder, "bar")
    rows = []
    for name, model in chains.models(train, CLASSES, LOW).items():
        hits, nats, ahead = measured(model, test, WINDOW)
        rows.append({"steps": "8 a bar", "model": name, "sees": f"{WINDOW} steps", "next": hits, "nats": nats,
                     f"next {AHEAD}": ahead})
        print(rows[-1], file=sys.stderr, flush=True)
    others = [row for row in published() if row["model"] not in {row["model"] for row in rows}]
    nets = [row for row in others if row["model"].startswith(NETS)]
    publish([*(row for row in others if row not in nets), *rows, *nets])


def published():
    """The rows that stand in results.csv."""
    return _report.read_csv(HERE / "results.csv")


def publish(rows, packages=()):
    """Put the rows, with a cell for each column, into results.csv and README.md."""
    _report.publish(HERE, [{name: row.get(name, "") for name in COLUMNS} for row in rows], packages)


def measure_the_rest(folder, orders):
    """Measure chance, copying and n-grams; the other methods' and the nets' rows go."""
    rows = []
    for grid in ("bar", "eighth"):
        train, test = tunes(folder, grid)
        print(f"{grid}: {len(train)} and {len(test)} tunes, {sum(map(len, test))} steps to test", file=sys.stderr)
        models = {"chance": Chance(np.random.default_rng(0)), "copy": Copy()}
        models |= {f"{n}-gram": Ngram(n, train) for n in range(1, orders + 1)}
        for name, model in models.items():
            for window in (WINDOW, 0):
                if window and isinstance(model, Chance):
                    continue
                if not window and isinstance(model, Ngram):
                    continue  # it looks no further back than n - 1 steps in any case
                hits, nats, ahead = measured(model, test, window)
                seen = measured(model, train, window)[0] if isinstance(model, Ngram) else ""
                rows.append({"steps": "8 a bar" if grid == "bar" else "eighths", "model": name,
                             "sees": f"{window} steps" if window else "the tune so far", "train": seen, "next": hits,
                             "nats": nats, f"next {AHEAD}": ahead})
                print(rows[-1], file=sys.stderr, flush=True)
    publish(rows)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--orders", type=int, default=8, help="n-grams of n = 1 to so many")
    parser.add_argument("--methods", action="store_true", help="only markov, ensemble and hmm, as the package has them")
    parser.add_argument("--nets", action="store_true", help="only the nets")
    parser.add_argument("--seeds", type=int, default=3, help="nets of each kind")
    parser.add_argument("--done", action="store_true", help="only nets that have been trained already")
    options = parser.parse_args()
    if not os.environ.get("COMPONIUM_DATA"):
        parser.error("set COMPONIUM_DATA to the folder that holds nottingham/")
    folder = Path(os.environ["COMPONIUM_DATA"]) / "nottingham" / "MIDI" / "melody"
    if options.nets:
        add_nets(folder, options.seeds, options.done)
    elif options.methods:
        add_methods(folder)
    else:
        measure_the_rest(folder, options.orders)


if __name__ == "__main__":
    main()
