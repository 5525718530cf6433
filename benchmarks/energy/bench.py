"""Is a take as energetic as asked? See README.md.

Writes results.csv and fills in README.md, unless it is asked for a part.
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
from componium.decoding.constraints.density import onsets_of  # noqa: E402
from componium.music.time import bar_lines  # noqa: E402

STYLES = "air,chorales,fiddle,hornpipe,jig,madrigals,march,minuet,quartets,reel,slip jig,strathspey,waltz"
AIM = 0.9


def densities(score):
    """Onsets a quarter, voices together, up to the last bar line; and the mean duration of all notes in quarters."""
    onsets, ticks = onsets_of(score), score.ticks_per_quarter
    durations = np.concatenate([track.notes["duration"] for track in score.tracks])
    return len(onsets) * ticks / float(bar_lines(score)[-1] - onsets[0]), float(durations.mean()) / ticks


def spearman(first, second):
    """Spearman's rank correlation; values that are equal share their mean rank."""
    return float(np.corrcoef(ranks(first), ranks(second))[0, 1])


def ranks(values):
    values = np.asarray(values)
    below, upto = (values[:, None] > values).sum(axis=1), (values[:, None] >= values).sum(axis=1)
    return (below + upto - 1) / 2


def compose(method, style, options):
    """Rows of (asked, onsets a quarter, mean duration) of the takes of a style, energies evenly spread from 0 to 1."""
    start = time.perf_counter()
    energies = np.linspace(0, 1, options.takes)
    rows = []
    for energy, rng in zip(energies.tolist(), np.random.default_rng(options.seed).spawn(options.takes), strict=True):
        request = build_request(style=style, energy=energy, qpm=options.qpm, bars=options.bars)
        (score,) = method.generate(request, 1, rng=rng)
        rows.append((energy, *densities(score)))
    print(f"{style}: {len(rows)} takes in {time.perf_counter() - start:.0f} s", file=sys.stderr, flush=True)
    return rows


def row_of(name, rows):
    """The correlations, and the means of the takes whose energy is in the lowest, middle and highest fifth."""
    energies, onsets, durations = (np.array(column) for column in zip(*rows, strict=True))
    row = {"style": name, "takes": len(rows), "onsets: Spearman": round(spearman(energies, onsets), 3),
           "durations: Spearman": round(spearman(energies, durations), 3)}
    for label, values in (("onsets", onsets), ("duration", durations)):
        for at, low, high in (("0", 0, 0.2), ("0.5", 0.4, 0.6), ("1", 0.8, 1)):
            inside = (energies >= low) & (energies <= high)
            row[f"{label} at {at}"] = round(float(values[inside].mean()), 2)
    return row


def pooled(by_style):
    """The takes of all styles in one, each figure as its rank among those of its style, 0 to 1."""
    rows = []
    for takes in by_style.values():
        energies, *figures = zip(*takes, strict=True)
        rows += list(zip(energies, *(ranks(values) / max(len(takes) - 1, 1) for values in figures), strict=True))
    return {**row_of("all, ranked in their style", rows),
            **{f"{label} at {at}": "" for label in ("onsets", "duration") for at in ("0", "0.5", "1")}}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--takes", type=int, default=40, help="of each style, from 5 (default 40)")
    parser.add_argument("--bars", type=int, default=16)
    parser.add_argument("--qpm", type=float, default=120.0, help="the fixed tempo")
    parser.add_argument("--styles", default=STYLES, help="names with commas between")
    parser.add_argument("--method", type=Path, help="folder of a model (default: the shipped one)")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    method = resolve_model(options.method).method
    styles = options.styles.split(",")
    by_style = {style: compose(method, style, options) for style in styles}
    rows = [row_of(style, takes) for style, takes in by_style.items()] + [pooled(by_style)]
    met = sum(row["onsets: Spearman"] >= AIM and -row["durations: Spearman"] >= AIM for row in rows[:-1])
    notes = [f"{options.bars} bars at {options.qpm:g} quarters a minute; {met} of {len(styles)} styles reach {AIM} "
             "in both."]
    is_part = options.styles != STYLES or bool(options.method) or options.takes < parser.get_default("takes")
    _report.publish(HERE, rows, (), notes=notes, only_print=is_part)


if __name__ == "__main__":
    main()
