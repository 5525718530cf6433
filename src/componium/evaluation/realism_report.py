"""Verdicts on realism as tables of text and as a picture."""

import math
from collections.abc import Sequence
from pathlib import Path

from componium._files import write_atomic
from componium.evaluation.progressions import Progressions
from componium.evaluation.report import type_table
from componium.evaluation.verdict import Verdict
from componium.metrics.distance import Interval
from componium.render.plots.effects import Effects, render_effects


def heading(verdict: Verdict) -> list[str]:
    """Return the lines that state what was compared, and the AUC."""
    found = verdict.realism
    lines = [
        f"{verdict.style}: {found.n_generated} takes of {verdict.name} and {found.n_real} real pieces "
        f"({verdict.against}), {found.bars} bars each",
        f"AUC {found.auc:.2f} ({_range(found.interval)}): 0.5 if takes can't be told from real pieces, 1 if always; "
        + ", ".join(f"{one.classifier} {one.auc:.2f}" for one in found.classifiers),
    ]
    if verdict.retention:
        kept = verdict.retention
        others = ", ".join(f"{name} {share:.0%}" for name, share in kept.named if name != kept.style)
        lines.append(f"style named as asked: takes {_percent(kept.takes, kept.takes_interval)}, held-out pieces "
                     f"{_percent(kept.held_out, kept.held_out_interval)}" + (f"; else {others}" if others else ""))
    return lines


def tables(verdict: Verdict) -> list[type_table]:
    """Return the table of features, those that differ most first, and of progressions."""
    head = ("feature", "group", "takes", "real", "delta", "95 %")
    rows = [(effect.feature, effect.group, _figure(effect.generated), _figure(effect.real), f"{effect.delta:+.2f}",
             _range(effect.interval, "+.2f")) for effect in verdict.realism.largest(None)]  # fmt: skip
    chords = verdict.realism.progressions
    return [[head, *rows], *([_progressions(chords)] if chords else [])]


def _progressions(chords: Progressions) -> type_table:
    shares = [("cadence", chords.cadences), ("progression", chords.patterns), ("two chords", chords.bigrams)]
    rows = [(f"{kind} {share.name}", f"{share.generated:.1%}", f"{share.real:.1%}")
            for kind, group in shares for share in group]  # fmt: skip
    differ = ("bits from half of the real pieces", f"{chords.divergence:.3f}", f"{chords.usual:.3f}")
    return [("chords", "takes", "real"), *rows, differ]


def draw(verdicts: Sequence[Verdict], path: str | Path) -> None:
    """Draw the features of verdicts to a .png or .svg, a panel each.

    Raises ControlError for another suffix, OSError.
    """
    panels = [Effects(f"{one.style}, {one.realism.bars} bars: {one.name}\nAUC {one.realism.auc:.2f} "
                      f"({_range(one.realism.interval)})",
                      [(row.group, row.feature, row.delta, *row.interval) for row in one.realism.effects])
              for one in verdicts]  # fmt: skip
    title = "Takes and real pieces: Cliff's delta of each feature"
    write_atomic(Path(path), render_effects(panels, Path(path).suffix.lower(), title=title))


def _range(interval: Interval, form: str = ".2f") -> str:
    return f"{interval.low:{form}} to {interval.high:{form}}"


def _percent(share: float, interval: Interval) -> str:
    return "none" if math.isnan(share) else f"{share:.0%} ({interval.low:.0%} to {interval.high:.0%})"


def _figure(value: float) -> str:
    return "" if math.isnan(value) else f"{value:.3g}"
