"""Do themes come back in takes as in real pieces, with and without plans of repetition? See README.md.

Writes results.csv and fills in README.md after each cell; rows of cells that aren't measured stay as they are.
"""

import argparse
import sys
import time
from pathlib import Path

import numpy as np

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent))

import _report  # noqa: E402
from componium.composing.model import resolve_model  # noqa: E402
from componium.composing.request import build_request  # noqa: E402
from componium.evaluation.realism import realism  # noqa: E402
from componium.evaluation.takes import real_pieces  # noqa: E402
from componium.evaluation.windows import windows  # noqa: E402
from componium.learning.arrays import load_music  # noqa: E402

CELLS = ("jig:16", "jig:32", "reel:16", "reel:32", "hornpipe:16", "hornpipe:32", "air:16", "chorales:16", "hymns:16",
         "choir:16", "choir:32", "choir:64", "choir:128", "madrigals:16", "madrigals:32", "songs:16", "guitar:16",
         "harpsichord:16", "piano:16", "piano:32", "piano:64", "piano:128", "quartets:16", "quartets:32", "quartets:64",
         "quartets:128", "lieder:16", "lieder:32", "lieder:64", "band:16", "band:32", "drums:16", "drums:32",
         "drums:64")  # fmt: skip
WAYS = {"without": {"recurrence": False, "imitation": False}, "with": {}}
ALL = ("madrigals",)  # styles of which too few pieces are held out
FEATURES = ("recurrence_4", "recurrence_8", "recurrence_16", "motif_economy", "imitation", "repeated_bar_rate")
MOST_REAL, AT_ONCE = 60, 8


def takes(style, bars, way, n):
    """The scores of `n` takes with seed 0, as they are drawn."""
    request = build_request(style=style, bars=bars, endings=1, constraints=WAYS[way])
    method, rng = resolve_model(None, request=request).method, np.random.default_rng(0)
    return [score for first in range(0, n, AT_ONCE)
            for score in method.generate(request, min(AT_ONCE, n - first), rng=rng)]  # fmt: skip


def real_windows(music, style, bars):
    """The last bars of at most MOST_REAL held-out pieces of a style, drawn."""
    long_enough = windows(real_pieces(music, style, "all" if style in ALL else "held-out"), bars)
    order = np.random.default_rng(0).permutation(len(long_enough))[:MOST_REAL]
    return [long_enough[at] for at in sorted(order.tolist())]


def row_of(style, bars, way, scores, real):
    """The figures of one set of takes: of each feature the mean, that of real pieces, and Cliff's delta."""
    found = realism(scores, real, bars=bars, without=["pickup"])
    effects = {effect.feature: effect for effect in found.effects}
    cells = {name.replace("_", " "): f"{one.generated:.2f} / {one.real:.2f} ({one.delta:+.2f})"
             if (one := effects.get(name)) else "" for name in FEATURES}  # fmt: skip
    return {"style": style, "bars": bars, "plan": way, "takes": found.n_generated, "real": found.n_real, **cells,
            "AUC (95 %)": f"{found.auc:.2f} ({found.interval.low:.2f}-{found.interval.high:.2f})"}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--music", default="runs/pieces.npz", help="of scripts/make_arrays.py, or names of corpora")
    parser.add_argument("--cells", nargs="+", default=CELLS, choices=CELLS, metavar="STYLE:BARS")
    parser.add_argument("--takes", type=int, default=24)
    options = parser.parse_args()
    music, table = load_music(options.music), HERE / "results.csv"
    found = {(f"{row['style']}:{row['bars']}", row["plan"]): row for row in _report.read_csv(table)}
    for cell in options.cells:
        style, bars = cell.split(":")
        real, start = real_windows(music, style, int(bars)), time.perf_counter()
        for way in WAYS:
            found[cell, way] = row_of(style, int(bars), way, takes(style, int(bars), way, options.takes), real)
            print(found[cell, way], f"{time.perf_counter() - start:.0f} s", file=sys.stderr, flush=True)
        rows = [found[each, way] for each in CELLS for way in WAYS if (each, way) in found]
        _report.publish(HERE, rows, ("scikit-learn",), only_print=options.takes != parser.get_default("takes"))


if __name__ == "__main__":
    main()
