"""Ratings: how well takes of a style can be told from real pieces.

They are measured by `scripts/rate_styles.py`, as `componium.realism` does, and come with the models.

>>> in_words(0.72), in_words(0.97)
('often not told from real pieces', 'an experiment: always told from real pieces')
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from componium.checkpoints import refuse_damage
from componium.weights import REALISM

# AUC up to which each word holds: of a take and a real piece, the chance that the right one is called a take.
_WORDS = ((0.65, "hardly told from real pieces"), (0.8, "often not told from real pieces"),
          (0.9, "mostly told from real pieces"), (0.95, "nearly always told from real pieces"),
          (1.0, "an experiment: always told from real pieces"))  # fmt: skip


@dataclass(frozen=True, slots=True)
class Rating:
    """The AUC by which takes of a style are told from real pieces.

    0.5 is chance, 1 is always.

    model      the model of the takes
    auc        of `takes` takes and `real` pieces that the model did not learn from
    low, high  its 95 % interval
    """

    model: str
    auc: float
    low: float
    high: float
    takes: int
    real: int

    def __str__(self) -> str:
        return f"{in_words(self.auc)} (AUC {self.auc:.2f}, {self.low:.2f} to {self.high:.2f})"


def in_words(auc: float) -> str:
    """Return an AUC, 0 to 1, in words."""
    return next(words for most, words in _WORDS if round(auc, 2) <= most)


def ratings() -> Mapping[str, Rating]:
    """Return the rating of each style that has one, by its name.

    Raises CheckpointError for a damaged file.
    """
    return _read(REALISM, REALISM.stat().st_mtime_ns) if REALISM.exists() else {}


@lru_cache(maxsize=1)
def _read(path: Path, stamp: int) -> dict[str, Rating]:
    """Return the ratings in a file; `stamp` changes when it is written again."""
    with refuse_damage(str(path)):
        return {style: Rating(**row) for style, row in json.loads(path.read_text(encoding="utf-8")).items()}
