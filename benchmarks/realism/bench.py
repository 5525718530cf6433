"""Takes of the shipped model and of two classic methods against real pieces: effect sizes, AUC, style retention.

    scripts/bench realism [--takes 48] [--methods shipped,markov,recombine] [--styles jig,fiddle]

Writes results.csv, features.csv, realism.png and the README's tables when all styles and methods are run.
"""

import argparse
import sys
import time
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path

import numpy as np

from componium import corpora
from componium.evaluation.realism import realism
from componium.evaluation.realism_report import draw
from componium.evaluation.retention import style_retention
from componium.evaluation.takes import HELD_OUT, fitted, generate_takes, real_pieces
from componium.evaluation.verdict import Verdict
from componium.evaluation.windows import windows

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent))

import _report  # noqa: E402

METHODS = ("shipped", "markov", "recombine")
REAL, SHIPPED = "real pieces", "shipped"
SEED = 0
TAKES = 48
MOST = 120  # real pieces compared with, drawn where there are more
STYLES = ("chorales", "quartets", "madrigals", "jig", "reel", "hornpipe", "air")  # told apart, at RETENTION_BARS bars
RETENTION_BARS = 16


@dataclass(frozen=True)
class Setting:
    style: str
    bars: int
    against: str = HELD_OUT


# Of quartets and madrigals nine pieces are held out, which are too few: they are compared with all.
SETTINGS = (Setting("jig", 32), Setting("fiddle", 16), Setting("quartets", 16, "all"), Setting("chorales", 16),
            Setting("madrigals", 16, "all"))


def progress(text):
    print(f"  {time.strftime('%H:%M:%S')} {text}", file=sys.stderr, flush=True)


def drawn(pieces, most, bars):
    """At most so many pieces of that length, in a random order."""
    long_enough = windows(pieces, bars)
    order = np.random.default_rng(SEED).permutation(len(long_enough))[:most]
    return [long_enough[at] for at in order.tolist()]


def real_against_real(setting, music, n):
    """As many training pieces as takes against the held-out ones; else two halves of all pieces."""
    reference = drawn(real_pieces(music, setting.style, setting.against), MOST, setting.bars)
    if setting.against == "all":
        return reference[::2], reference[1::2]
    return drawn(real_pieces(music, setting.style, "train"), n, setting.bars), reference


class Takes:
    """The takes of methods, each fitted when it is asked for, composed once for each style and length."""

    def __init__(self, music, n):
        self.music, self.n, self.method, self.made = music, n, cache(partial(fitted, corpus=music)), {}

    def of(self, name, style, bars):
        if (name, style, bars) not in self.made:
            progress(f"{name} composes {style}, {bars} bars")
            self.made[name, style, bars] = generate_takes(self.method(name), style, bars, self.n, SEED)
        return self.made[name, style, bars]


def verdict_of(name, setting, takes):
    """The verdict of a method, or of real pieces in its place; the shipped model's without the pickup too."""
    if name == REAL:
        generated, real = real_against_real(setting, takes.music, takes.n)
    else:
        generated = takes.of(name, setting.style, setting.bars)
        real = drawn(real_pieces(takes.music, setting.style, setting.against), MOST, setting.bars)
    found = realism(generated, real, bars=setting.bars, seed=SEED)
    bare = realism(generated, real, bars=setting.bars, seed=SEED, without=["pickup"]) if name == SHIPPED else None
    progress(f"{setting.style}, {name}: {found.auc:.3f}" + (f", {bare.auc:.3f} without pickup" if bare else ""))
    return Verdict(setting.style, name, setting.against, found), bare


def row_of(verdict, bare):
    found = verdict.realism
    largest = ", ".join(f"{one.feature} {one.delta:+.2f}" for one in found.largest(4))
    each = {one.classifier: one.auc for one in found.classifiers}
    return {
        "style": verdict.style, "bars": found.bars, "method": verdict.name, "against": verdict.against,
        "takes": found.n_generated, "real": found.n_real, "auc": round(found.auc, 3),
        "low": round(found.interval.low, 3), "high": round(found.interval.high, 3),
        "logistic": round(each["logistic regression"], 3), "trees": round(each["boosted trees"], 3),
        "without_pickup": round(bare.auc, 3) if bare else "", "largest": largest,
    }


def features_of(verdict):
    return [{"style": verdict.style, "method": verdict.name, "group": one.group, "feature": one.feature,
             "takes": round(one.generated, 4), "real": round(one.real, 4), "delta": round(one.delta, 3),
             "low": round(one.interval.low, 3), "high": round(one.interval.high, 3)}
            for one in verdict.realism.effects]


def retention_rows(takes):
    """How often the shipped model's takes, and held-out pieces, are named as the style asked for."""
    sides = ({style: real_pieces(takes.music, style, side) for style in STYLES} for side in ("train", HELD_OUT))
    made = {style: takes.of(SHIPPED, style, RETENTION_BARS) for style in STYLES}
    for row in style_retention(made, *sides, bars=RETENTION_BARS, seed=SEED):
        others = ", ".join(f"{style} {share:.0%}" for style, share in row.named if style != row.style)
        yield {"style": row.style, "takes": row.n_takes, "named": round(row.takes, 3), "named low":
               round(row.takes_interval.low, 3), "named high": round(row.takes_interval.high, 3), "held out":
               row.n_held_out, "held out named": round(row.held_out, 3), "held out low":
               round(row.held_out_interval.low, 3), "held out high": round(row.held_out_interval.high, 3),
               "else named": others}


def retention_table(rows):
    cells = [(row["style"], f"{row['takes']}", f"{row['named']:.0%} ({row['named low']:.0%}-{row['named high']:.0%})",
              f"{row['held out']}", f"{row['held out named']:.0%} ({row['held out low']:.0%}-"
              f"{row['held out high']:.0%})", row["else named"]) for row in rows]
    means = [f"{np.mean([row[name] for row in rows]):.0%}" for name in ("named", "held out named")]
    cells.append(("mean of styles", "", means[0], "", means[1], ""))
    return _report.markdown(("style", "takes", "named so (95 %)", "held out", "named so (95 %)", "takes else named"),
                            cells)


def table(rows):
    columns = ("style", "bars", "method", "takes", "real", "AUC (95 %)", "logistic", "trees", "without pickup",
               "differ most")
    cells = [(row["style"], row["bars"], row["method"], row["takes"], f"{row['real']} {row['against']}",
              f"{row['auc']:.2f} ({row['low']:.2f}-{row['high']:.2f})", f"{row['logistic']:.2f}", f"{row['trees']:.2f}",
              f"{row['without_pickup']:.2f}" if row["without_pickup"] else "", row["largest"].replace("_", " "))
             for row in rows]
    return _report.markdown(columns, cells)


def progressions(verdicts):
    """Cadences and progressions of the shipped model's takes (real pieces' in brackets), as shares."""
    chords = [(one.style, one.realism.progressions) for one in verdicts if one.realism.progressions]
    names = [share.name for share in (*chords[0][1].cadences, *chords[0][1].patterns)]
    rows = [(name, *(cell(found, name) for _, found in chords)) for name in names]
    rows.append(("bits from half of the real pieces",
                 *(f"{found.divergence:.3f} ({found.usual:.3f})" for _, found in chords)))
    return _report.markdown(("takes (real)", *(style for style, _ in chords)), rows)


def cell(found, name):
    share = next(one for one in (*found.cadences, *found.patterns) if one.name == name)
    return f"{share.generated:.1%} ({share.real:.1%})"


def publish(found, kept, n):
    """Write all that is known so far, so that it stays if the rest is stopped."""
    order = {setting.style: at for at, setting in enumerate(SETTINGS)}
    found = sorted(found, key=lambda pair: order[pair[0].style])  # stable: methods stay in their order
    rows, shipped = [row_of(*pair) for pair in found], [one for one, _ in found if one.name == SHIPPED]
    parts = [table(rows)]
    _report.write_csv(HERE / "results.csv", rows)
    _report.write_csv(HERE / "features.csv", [row for one, _ in found for row in features_of(one)])
    if shipped:
        draw(shipped, HERE / "realism.png")
        parts += ["Progressions of the shipped model's takes, real pieces in brackets:", progressions(shipped)]
    if kept:
        _report.write_csv(HERE / "retention.csv", kept)
        parts += [f"Style retention of the shipped model at {RETENTION_BARS} bars:", retention_table(kept)]
    machine = _report.machine("componium", "numpy", "scikit-learn")
    _report.fill(HERE / "README.md", "\n\n".join([*parts, f"{n} takes a style. Run on {machine}."]))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--takes", type=int, default=TAKES, help="of each style and method")
    parser.add_argument("--methods", default=",".join(METHODS))
    parser.add_argument("--styles", default=",".join(setting.style for setting in SETTINGS))
    options = parser.parse_args()
    names, styles = options.methods.split(","), options.styles.split(",")
    is_whole = options.takes >= TAKES and names == list(METHODS) and len(styles) == len(SETTINGS)
    takes, found, kept = Takes(corpora.load("chorales,quartets,madrigals,fiddle"), options.takes), [], []
    for name in (REAL, *names):
        found += [verdict_of(name, setting, takes) for setting in SETTINGS if setting.style in styles]
        kept = list(retention_rows(takes)) if is_whole and name == SHIPPED else kept
        if is_whole:
            publish(found, kept, options.takes)
    print(table([row_of(*pair) for pair in found]))
    if not is_whole:
        print("a part only: no file is written", file=sys.stderr)


if __name__ == "__main__":
    main()
