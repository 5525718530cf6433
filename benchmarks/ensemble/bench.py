"""Markov models of several orders, and their ensembles, on held-out music.

    scripts/bench ensemble [--corpus chorales,fiddle] [--validation 20] [--test 100] [--smoothing kneser-ney]

Every model learns from the training pieces; the mixtures are weighed on validation pieces; figures are of test pieces,
through which the members are stepped once for all rows of the table.
"""

import argparse
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np

from componium import corpora
from componium.evaluation.likelihood import in_style
from componium.methods import make
from componium.methods.ensemble import averaged

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent))

import _report  # noqa: E402

ORDERS = (2, 4, 6, 8)


def spread(corpus, count):
    """At most `count` pieces of each style, evenly through the corpus."""
    chosen = []
    for style in dict.fromkeys(piece.styles[0] for piece in corpus.pieces):
        pieces = corpus.of_style(style).pieces
        chosen += [pieces[at] for at in np.linspace(0, len(pieces) - 1, min(count, len(pieces))).astype(int)]
    return chosen


def nats(ensemble, piece, mixtures):
    """Nats of a piece under each member, then each (average, mixture), and its notes."""
    codec, ids = ensemble.codec_, ensemble.codec_.encode(in_style(piece)).ids
    counted, state = ~codec.is_condition(ids), ensemble.empty_state(1)
    total = np.zeros(len(ORDERS) + len(mixtures))
    for at in range(1, len(ids)):
        logs, state = ensemble._narrowed(state, ids[at - 1 : at])
        if counted[at]:
            total[: len(ORDERS)] -= logs[:, 0, ids[at]]
            total[len(ORDERS) :] -= [averaged(logs, mixture, average)[0, ids[at]] for average, mixture in mixtures]
    return total, int(codec.is_note(ids).sum())


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--corpus", default="chorales,fiddle")
    parser.add_argument("--smoothing", default="kneser-ney")
    parser.add_argument("--validation", type=int, default=20, help="validation pieces a style, to weigh the members")
    parser.add_argument("--test", type=int, default=100, help="at most so many test pieces a style")
    options = parser.parse_args()
    corpus = corpora.load(options.corpus)
    kept = [replace(piece, split="validation") for piece in spread(corpus.validation, options.validation)]
    members = [{"method": "markov", "order": order, "smoothing": options.smoothing} for order in ORDERS]
    equal = np.full(len(ORDERS), 1 / len(ORDERS))
    mixtures, names = [], []
    for average in ("arithmetic", "geometric"):
        ensemble = make("ensemble", members=members, average=average, mixture="validation")
        ensemble.fit(corpus.with_pieces([*corpus.train.pieces, *kept]))
        mixtures += [(average, equal), (average, ensemble.mixture_)]
        names += [f"ensemble, {average}, equal", f"ensemble, {average}, validation"]
        print(average, ensemble.mixture_, file=sys.stderr, flush=True)
    found = {}
    for piece in spread(corpus.test, options.test):
        found.setdefault(piece.styles[0], []).append(nats(ensemble, piece, mixtures))
    by_style = {style: sum(one for one, _ in rows) / sum(notes for _, notes in rows) for style, rows in found.items()}
    weights = [""] * len(ORDERS) + [" ".join(f"{share:.2f}" for share in mixture) for _, mixture in mixtures]
    rows = [{"model": name, **{style: round(float(one[at]), 3) for style, one in by_style.items()}, "weights": told}
            for at, (name, told) in enumerate(zip([f"markov, order {order}" for order in ORDERS] + names, weights,
                                                  strict=True))]
    mean = {style: round(float(one[: len(ORDERS)].mean()), 3) for style, one in by_style.items()}
    rows.insert(len(ORDERS), {"model": "the members' mean", **mean, "weights": ""})
    pieces = ", ".join(f"{len(rows_)} {style}" for style, rows_ in found.items())
    note = f"Test pieces, evenly through the split: {pieces}; {options.validation} validation pieces a style."
    _report.publish(HERE, rows, (), notes=[note, f"Members are smoothed by {options.smoothing}."])


if __name__ == "__main__":
    main()
