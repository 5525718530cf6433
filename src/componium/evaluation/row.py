"""Row of a comparison: one method on one style."""

import math
from dataclasses import dataclass, field
from typing import Any

from componium.evaluation.likelihood import Comparison
from componium.evaluation.prediction import Prediction
from componium.metrics.distance import Interval
from componium.originality.index import Shared

COPIED = 16  # notes of a passage that a take is counted as copying
_UNKNOWN = Interval(float("nan"), float("nan"))


@dataclass(frozen=True)
class Row:
    """One method on one style; nan, None or () for what isn't known.

    nll_per_note      nats a note on held-out pieces
    codec             what the nats, accuracy and errors are of: the codec with its options; equal ones may be compared
    prediction        accuracy, perplexity and squared errors on the same pieces
    inside            the mean over metrics of the share of takes inside the central 95 % of real pieces
    statistics        each metric of the takes beside the real pieces
    auc               the AUC of classifiers between takes and held-out pieces; 0.5 is as good as real, 1 is the worst
    auc_interval      its 95 % interval
    copied            the longest passage that a take shares with the training music
    copying           the share of takes that share one of at least COPIED notes
    distinct          the share of takes unlike the others
    fit_seconds       seconds of processor time to fit
    notes_per_second  notes composed in a second of processor time
    not_applicable    the reason why something is not measured, by what is not: "method", "takes", "likelihood", "AUC"
    """

    style: str
    method: str
    nll_per_note: float | None = None
    codec: str = ""
    prediction: Prediction = field(default_factory=Prediction)
    inside: float = float("nan")
    statistics: tuple[Comparison, ...] = ()
    auc: float = float("nan")
    auc_interval: Interval = _UNKNOWN
    copied: Shared = field(default_factory=Shared)
    copying: float = float("nan")
    distinct: float = float("nan")
    fit_seconds: float = float("nan")
    notes_per_second: float = float("nan")
    not_applicable: dict[str, str] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """Return the row as plain values; None for what isn't known."""
        plain = {
            "style": self.style, "method": self.method, "nll_per_note": self.nll_per_note, "codec": self.codec,
            "accuracy": self.prediction.accuracy, "perplexity": self.prediction.perplexity,
            **{f"mse_{name}": self.prediction.errors.get(name) for name in ("step", "duration")},
            "inside": self.inside, "auc": self.auc, "auc_low": self.auc_interval[0], "auc_high": self.auc_interval[1],
            "copying": self.copying, "distinct": self.distinct, "fit_seconds": self.fit_seconds,
            "notes_per_second": self.notes_per_second, "not_applicable": self.not_applicable,
            "copied": {"notes": self.copied.notes, "bars": self.copied.bars, "piece": self.copied.piece},
            "statistics": [row.to_json() for row in self.statistics],
        }  # fmt: skip
        unknown = [name for name, value in plain.items() if isinstance(value, float) and math.isnan(value)]
        return {**plain, **dict.fromkeys(unknown)}  # nan isn't JSON
