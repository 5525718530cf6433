"""Composers told apart by a classifier: held-out pieces of each, and takes in their styles.

    python scripts/make_arrays.py runs/pieces.npz      once: all music, as the model reads it
    scripts/bench composers [--pairs chopin,schumann schubert,brahms] [--takes 24] [--quick] [--only-print]

Logistic regression learns two composers from real training pieces, by the features of `evaluation.features` and
histograms of pitch classes over the tonic, melodic intervals, durations and places in the bar. It then ranks held-out
pieces of the two, and takes that `compose` makes when asked for the two.
"""

import argparse
import sys
from pathlib import Path

import numpy as np

import componium
from componium.analysis.histograms import interval_profile, onset_positions, pitch_class_histogram
from componium.analysis.key import find_key
from componium.analysis.lines import all_notes
from componium.evaluation.classifier import make_classifier, one_thread
from componium.evaluation.features import measure
from componium.evaluation.windows import windows
from componium.metrics.effect_size import auc, auc_interval

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

import _report  # noqa: E402
from _arrays import ARRAYS, HELD_OUT, TRAINING, Arrays  # noqa: E402

PAIRS = ("chopin,schumann", "schubert,brahms", "moniuszko,stefani", "marenzio,gomolka")
BARS, SEED = 16, 0
MOST = 80  # training pieces of a composer, drawn
DURATIONS = np.array([1 / 8, 1 / 4, 1 / 3, 1 / 2, 3 / 4, 1, 3 / 2, 2, 3, 4])  # quarters, upper ends of the bins


def histograms(score):
    """Return shares of pitch classes over the tonic, intervals, durations and places in the bar, (72,)."""
    classes = np.roll(pitch_class_histogram(score), -find_key(score).tonic)
    rows = all_notes(score)
    bins = np.searchsorted(DURATIONS, rows["duration"] / score.ticks_per_quarter - 1e-6)
    durations = np.bincount(bins, minlength=len(DURATIONS) + 1)
    shares = [each / max(each.sum(), 1) for each in (classes, durations)]
    return np.concatenate([*shares, interval_profile(score), onset_positions(score, 24)])


def features_of(scores):
    """Return a row of features for each score."""
    return np.array([[*measure(score).values(), *histograms(score)] for score in scores])


def drawn(scores, most):
    """Return windows of scores, at most so many, drawn."""
    found = windows(scores, BARS)
    order = np.random.default_rng(SEED).permutation(len(found))[:most]
    return [found[at] for at in sorted(order.tolist())]


class Music:
    """Features of real pieces and of takes by composer, each measured once."""

    def __init__(self, options):
        self.options, self.known, self.arrays = options, {}, Arrays(options.arrays)

    def of(self, composer):
        """Return the features of training pieces, held-out pieces and takes."""
        if composer not in self.known:
            options, sides = self.options, (self.arrays.pieces(composer, side) for side in (TRAINING, HELD_OUT))
            takes = componium.compose(composer, bars=BARS, n=options.takes, seed=SEED, method=options.method)
            real = [drawn([score for _, score in side], options.most) for side in sides]
            sets = [*real, windows([take.score for take in takes], BARS)]
            print(f"  {composer}: {' + '.join(str(len(each)) for each in sets)}", file=sys.stderr, flush=True)
            self.known[composer] = [features_of(scores) for scores in sets]
        return self.known[composer]


def row_of(pair, music):
    """Return the row of two composers."""
    sides = [music.of(composer) for composer in pair]
    training = [side[0] for side in sides]
    labels = np.repeat([0, 1], [len(rows) for rows in training])
    with one_thread():
        model = make_classifier("logistic regression", SEED).fit(np.concatenate(training), labels)
    row = {"composers": " / ".join(pair), "training": counts(training)}
    for at, name in ((1, "held out"), (2, "takes")):
        row |= judged(model, name, [side[at] for side in sides])
    return row


def counts(sides):
    return " + ".join(str(len(rows)) for rows in sides)


def judged(model, name, sides):
    """Return how well two sets of pieces are told apart: AUC, its interval, and the share named right."""
    first, second = (model.decision_function(rows) for rows in sides)
    low, high = auc_interval(second, first)
    right = ((first < 0).mean() + (second > 0).mean()) / 2
    return {name: counts(sides), f"{name}: AUC": f"{auc(second, first):.2f}", f"{name}: 95 %": f"{low:.2f}-{high:.2f}",
            f"{name}: named right": f"{right:.0%}"}


def parsed():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pairs", nargs="+", default=PAIRS, help="composers, two joined by a comma")
    parser.add_argument("--takes", type=int, default=24, help="of each composer (default: 24)")
    parser.add_argument("--most", type=int, default=MOST, help=f"real pieces of a side (default: {MOST})")
    parser.add_argument("--arrays", type=Path, default=ARRAYS, help=f"the music (default: {ARRAYS})")
    parser.add_argument("--method", default="shipped")
    parser.add_argument("--quick", action="store_true", help="the first pair, 8 takes; printed only")
    parser.add_argument("--only-print", action="store_true", help="write neither results.csv nor README.md")
    options = parser.parse_args()
    if options.quick:
        options.pairs, options.takes, options.only_print = options.pairs[:1], 8, True
    return options


def main():
    options = parsed()
    music = Music(options)
    rows = [row_of(pair.split(","), music) for pair in options.pairs]
    note = f"Model {options.method}; windows of {BARS} bars; seed {SEED}."
    _report.publish(HERE, rows, ["scikit-learn"], notes=[note], only_print=options.only_print)


if __name__ == "__main__":
    main()
