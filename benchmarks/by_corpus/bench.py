"""Held-out nats a note of each corpus: the shipped model, others, and Markov at the best of three orders.

    scripts/bench by_corpus [ARRAYS] [--model NAME=FOLDER ...] [--pieces 10] [--keep] [--only-print]
"""

import argparse
import sys
import warnings
from dataclasses import replace
from pathlib import Path

import numpy as np

from componium.corpora import Corpus
from componium.errors import LeftOutWarning
from componium.evaluation.likelihood import held_out
from componium.learning.arrays import load_music
from componium.methods import load, make
from componium.music.time import n_bars
from componium.music.transform import slice_bars
from componium.weights import SHIPPED

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent))

import _pieces  # noqa: E402
import _report  # noqa: E402

ARRAYS = HERE.parent.parent / "runs" / "pieces.npz"
ORDERS, BARS, LEARNED = (3, 5, 8), 48, 600


def plain(piece, bars=0):
    """A piece without chords and finer styles, cut after so many bars, as one to be tested on."""
    score = slice_bars(piece.score, 0, bars) if bars and n_bars(piece.score) > bars else piece.score
    return replace(piece, score=replace(score, chords=()), styles=piece.styles[:1], split="test")


def nats(method, pieces):
    (row,) = held_out(method, Corpus("", tuple(pieces)), rng=np.random.default_rng(0), resamples=2)
    return row


def best_markov(train, test):
    """Nats a note of the best order, and the order."""
    learned = Corpus("", tuple(replace(plain(piece), split="train") for piece in train[:LEARNED]))
    return min((nats(make("markov", order=order).fit(learned), test).nll_per_note, order) for order in ORDERS)


def measure(corpus, models, options):
    former = _report.read_csv(HERE / "results.csv") if options.keep else []
    known = {row["corpus"]: row["markov (order)"] for row in former}
    styles = dict.fromkeys(piece.styles[0] for piece in corpus.pieces)
    for style in styles:
        pieces = {side: [piece for piece in corpus.pieces if piece.styles[0] == style and piece.split == side]
                  for side in ("train", "test")}  # fmt: skip
        test, train = ([plain(piece, BARS) for piece in _pieces.evenly(pieces[side], options.pieces)]
                       for side in ("test", "train"))  # fmt: skip
        if not test or not train:
            continue
        row = {"corpus": style, "pieces": len(test), "notes": sum(piece.score.n_notes for piece in test)}
        for name, model in models.items():
            knows = style in model.profiles_
            row[name] = f"{nats(model, test).nll_per_note:.3f}" if knows else ""
            row[f"{name}, training pieces"] = f"{nats(model, train).nll_per_note:.3f}" if knows else ""
        if style in known:
            row["markov (order)"] = known[style]
        else:
            row["markov (order)"] = "{:.3f} ({})".format(*best_markov(pieces["train"], test))
        print(row, file=sys.stderr, flush=True)
        yield row


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("arrays", nargs="?", type=Path, default=ARRAYS, help="what scripts/make_arrays.py wrote")
    parser.add_argument("--model", action="append", metavar="NAME=FOLDER", default=[], help="beside the shipped one")
    parser.add_argument("--pieces", type=int, default=10, help="test pieces of a corpus at most")
    parser.add_argument("--keep", action="store_true", help="take Markov's figures as results.csv has them")
    parser.add_argument("--only-print", action="store_true")
    options = parser.parse_args()
    warnings.simplefilter("ignore", LeftOutWarning)
    models = {"shipped": load(SHIPPED), **{name: load(folder) for name, folder in
                                           (pair.split("=", 1) for pair in options.model)}}  # fmt: skip
    rows = list(measure(load_music(options.arrays), models, options))
    _report.publish(HERE, rows, (), only_print=options.only_print)


if __name__ == "__main__":
    main()
