"""What does a form by style do for the likeness of takes to real tunes? See README.md.

Writes results.csv and fills in README.md, unless it is asked for a part.
"""

import argparse
import sys
import time
from pathlib import Path

import numpy as np

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent))

import _pieces  # noqa: E402
import _report  # noqa: E402
from componium.analysis.form import bar_contents, form_of  # noqa: E402
from componium.composing.compose import compose  # noqa: E402
from componium.evaluation.realism import realism  # noqa: E402
from componium.metrics import mean_of  # noqa: E402
from componium.metrics.form import pickup, recurrence_8, recurrence_16  # noqa: E402

STYLES = ("jig", "hornpipe")
WAYS = {"32 bars, no form": {"bars": 32, "form": "A", "upbeat": 0}, "auto": {},
        "AABB, 32 bars": {"bars": 32, "form": "AABB"}}  # fmt: skip


def takes(style, way, n):
    """The scores of `n` takes with seed 0."""
    start = time.perf_counter()
    scores = [take.score for take in compose(style, n=n, seed=0, **WAYS[way])]
    print(f"{style}, {way}: {n} takes in {time.perf_counter() - start:.0f} s", file=sys.stderr, flush=True)
    return scores


def contrast(score):
    """Semitones from the mean of the first to that of the third eight bars; nan unless it is AABB of 32 bars."""
    bars = bar_contents(score)
    if len(bars) != 32 or form_of(score) != "AABB":
        return float("nan")
    first, third = ([pitch for bar in bars[at : at + 8] for _, pitch in bar] for at in (0, 16))
    return float(np.mean(third) - np.mean(first))


def row_of(style, way, scores, real=None):
    """The figures of one set of scores, compared with the real ones where these are given."""
    contrasts = [value for value in map(contrast, scores) if not np.isnan(value)]
    row = {
        "style": style, "takes": way, "n": len(scores),
        "AABB": f"{np.mean([form_of(score) == 'AABB' for score in scores]):.0%}",
        "with upbeat": f"{np.mean([pickup(score) > 0 for score in scores]):.0%}",
        "bar like 8 on": round(mean_of(map(recurrence_8, scores)), 3),
        "bar like 16 on": round(mean_of(map(recurrence_16, scores)), 3),
        "B over A, semitones": f"{np.mean(contrasts):.2f} ({np.std(contrasts):.2f})" if contrasts else "",
        "compared": "", "AUC (95 %)": "", "without pickup": "",
    }  # fmt: skip
    if real is not None:
        found = realism(scores, real, bars=32)
        row["compared"] = found.n_generated
        row["AUC (95 %)"] = f"{found.auc:.2f} ({found.interval.low:.2f}-{found.interval.high:.2f})"
        row["without pickup"] = round(realism(scores, real, bars=32, without=["pickup"]).auc, 2)
    return row


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--styles", nargs="+", default=STYLES)
    parser.add_argument("--takes", type=int, default=40)
    options = parser.parse_args()
    rows = []
    for style in options.styles:
        real = _pieces.held_out(style)
        rows.append(row_of(style, "held-out tunes", real))
        ways = list(WAYS) if style == STYLES[0] else list(WAYS)[:2]
        rows += [row_of(style, way, takes(style, way, options.takes), real) for way in ways]
    is_part = tuple(options.styles) != STYLES or options.takes != parser.get_default("takes")
    _report.publish(HERE, rows, ("scikit-learn",), only_print=is_part)


if __name__ == "__main__":
    main()
