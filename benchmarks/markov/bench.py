"""Held-out nats of the Markov chain: each order from 0 to 8, each smoothing, on each codec.

    scripts/bench markov [--corpora NAMES] [--validation 20] [--test 40] [--print]

Every chain learns from the training split alone. The orders are compared on the validation split; the best order of
each row looks at the test split once. Writes results.csv and the README's table.
"""

import argparse
import json
import sys
import time
from pathlib import Path

import numpy as np

from componium import corpora
from componium.evaluation.likelihood import in_style
from componium.methods import make
from componium.methods.markov.smoothing import SMOOTHINGS

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent))

import _chains  # noqa: E402
import _report  # noqa: E402

ORDERS = range(9)
# The codecs in the table's words; `events` tells the whole score, the others much less.
CODECS = {
    "events": "events", "melody, hold": {"name": "melody", "steps": 4, "kind": "hold"},
    "melody, pair": {"name": "melody", "steps": 4, "kind": "pair"}, "notechord": "notechord",
}


def spread(corpus, count):
    """At most `count` pieces, evenly through the corpus."""
    at = np.linspace(0, len(corpus) - 1, min(count, len(corpus))).astype(int)
    return [corpus.pieces[one] for one in at]


def nats(method, pieces, codec_name):
    """Nats a note for events, a token (eos counted) for the others: (smoothings, orders)."""
    rows = [method.codec_.encode(in_style(piece)).ids for piece in pieces]
    count = sum(int(method.codec_.is_note(ids).sum()) if codec_name == "events" else len(ids) - 1 for ids in rows)
    return _chains.nats(method, rows, ORDERS) / count


def rows_of(corpus, name, codec_name, options):
    """A row for each smoothing: the orders on the validation split, the best one on the test split."""
    start = time.perf_counter()
    method = make("markov", order=max(ORDERS), codec=CODECS[codec_name]).fit(corpus)
    print(f"{name}, {codec_name}: fitted in {time.perf_counter() - start:.0f} s", file=sys.stderr, flush=True)
    validation, test = (nats(method, spread(part, count), codec_name) for part, count in
                        ((corpus.validation, options.validation), (corpus.test, options.test)))
    for smoothing, found, tested in zip(SMOOTHINGS, validation, test, strict=True):
        best = int(np.argmin(found))
        orders = {f"order {order}": f"{value:.3f}" for order, value in zip(ORDERS, found, strict=True)}
        row = {"music": f"{name}, {codec_name}", "nats a": "note" if codec_name == "events" else "token",
               "smoothing": smoothing, **orders, "best": best, "test": f"{tested[best]:.3f}"}
        print(f"{time.perf_counter() - start:.0f} s: {json.dumps(row)}", file=sys.stderr, flush=True)
        yield row


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--corpora", default="chorales,fiddle,quartets,madrigals")
    parser.add_argument("--validation", type=int, default=20, help="validation pieces a corpus, to choose the order by")
    parser.add_argument("--test", type=int, default=40, help="test pieces a corpus, for the order chosen")
    parser.add_argument("--print", action="store_true", help="touch no file")
    options = parser.parse_args()
    rows = []
    for codec_name in CODECS:
        for name in options.corpora.split(","):
            rows += rows_of(corpora.load(name), name, codec_name, options)
    note = (f"{options.validation} validation pieces a corpus, evenly through the split, to choose the order by, and "
            f"at most {options.test} test pieces.")
    _report.publish(HERE, rows, [], notes=[note], only_print=options.print)


if __name__ == "__main__":
    main()
