"""Verdicts on unseen pieces and on takes: the share that is said to copy more than 95 % of unseen pieces.

    python benchmarks/originality/verdicts.py [--pieces 25] [--takes 10] [--print]

An unseen piece by which the index was measured is compared with the others. Writes verdicts.csv and the README's table.
"""

import argparse
import sys
from pathlib import Path

import numpy as np

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

import _pieces  # noqa: E402
import _report  # noqa: E402
import componium  # noqa: E402
from componium import corpora  # noqa: E402
from componium.composing.model import ORIGINALITY, UNSEEN, last_bars  # noqa: E402
from componium.originality import Index, report_of  # noqa: E402
from componium.originality.report import FIGURES, USUAL  # noqa: E402
from componium.weights import SHIPPED  # noqa: E402

STYLES = ("chorales", "fiddle", "hymns", "lieder", "piano", "guitar")
GALLERY = HERE.parents[1] / "examples/gallery"
BEGIN, END = "<!-- verdicts: begin -->", "<!-- verdicts: end -->"
FIRST_SEED = 100


def measured_pieces(style, count):
    """Return the last 16 bars of some of the unseen pieces by which the index was measured."""
    held_out = [piece for piece in corpora.load(style).pieces if piece.split != "train" and piece.styles]
    return [score for _, score in last_bars(_pieces.evenly(_pieces.evenly(held_out, UNSEEN), count))]


def rareness(index, score, style, *, is_own=False):
    """Return the share of unseen pieces that are as high, for each figure.

    With `is_own` the score is one of them, and doesn't count.
    """
    report = report_of(index, score, style)
    shares = []
    for name in FIGURES:
        value, others = round(report.figures[name], 4), np.array(report.unseen.figures[name])
        if is_own:
            others = np.delete(others, np.abs(others - value).argmin())
        shares.append((others >= value).mean())
    return np.array(shares)


def flagged(rows, limit):
    """Return the share of rows with a figure that fewer than `limit` of unseen pieces reach, in words."""
    found = (rows.min(axis=1) < limit).mean() if len(rows) else np.nan
    return f"{found:.0%}"


def measure(index, style, options):
    """Return rows of rareness of unseen pieces, of the gallery's takes and of further takes."""
    unseen = [rareness(index, score, style, is_own=True) for score in measured_pieces(style, options.pieces)]
    shown = [componium.read(path) for path in sorted(GALLERY.glob(f"{style}-?.mid"))]
    takes = [componium.compose(style, bars=16, seed=FIRST_SEED + at).score for at in range(options.takes)]
    found = [np.array(unseen), *([rareness(index, score, style) for score in some] for some in (shown, takes))]
    print(style, *(len(each) for each in found), file=sys.stderr, flush=True)
    return [np.array(each) for each in found]


def composers(index):
    """Return rows of rareness of the gallery's takes whose verdict is by pieces of all styles."""
    rows = _report.read_csv(GALLERY / "index.csv")
    return np.array([rareness(index, componium.read(GALLERY / row["file"]), "") for row in rows
                     if row["style"] not in index.unseen])  # fmt: skip


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--styles", nargs="+", default=STYLES)
    parser.add_argument("--pieces", type=int, default=25, help="unseen, of a style (default: 25)")
    parser.add_argument("--takes", type=int, default=10, help="of a style, beside the gallery's (default: 10)")
    parser.add_argument("--print", action="store_true", help="leave the files alone")
    options = parser.parse_args()
    index, limit = Index.load(SHIPPED / ORIGINALITY), 1 - USUAL / 100
    found = {style: measure(index, style, options) for style in options.styles}
    empty = np.zeros((0, len(FIGURES)))
    pooled = np.concatenate([unseen for unseen, _, _ in found.values()])
    found["composers"] = [empty, composers(index), empty]
    joint = float(np.quantile(pooled.min(axis=1), limit, method="inverted_cdf"))
    rows = []
    for style, sets in [*found.items(), ("all", [np.concatenate(each) for each in zip(*found.values(), strict=True)])]:
        row = {"style": style}
        for name, each in zip(("unseen", "gallery", "takes"), sets, strict=True):
            shares = {f"{name}: flagged": flagged(each, limit), f"{name}: by one limit": flagged(each, joint)}
            row |= {name: len(each), **shares}
        rows.append({name: "" if value in ("nan%", 0) else value for name, value in row.items()})
    each = ", ".join(f"{name} {share:.0%}" for name, share in
                     zip(FIGURES.values(), (pooled < limit).mean(axis=0), strict=True))
    rule = f"a figure that fewer than {joint:.2%} of unseen pieces reach, which one in twenty of the unseen pieces has"
    notes = [f"Unseen pieces beyond the limit in each figure: {each}. By one limit: {rule}.", _report.about()]
    text = "\n\n".join([_report.markdown(list(rows[0]), [row.values() for row in rows]), *notes])
    print(text)
    if not options.print:
        _report.write_csv(HERE / "verdicts.csv", rows)
        _report.fill(HERE / "README.md", text, BEGIN, END)


if __name__ == "__main__":
    main()
