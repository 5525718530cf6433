"""Balance: in a long piece no voice falls silent for good.

The share of a voice is the fraction of onsets at which it begins a note. Voices whose recent share is below the style's
are favored, the less so the more their share varies in the style.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from componium.decoding.constraints.base import Choice, Constraint
from componium.decoding.constraints.density import onsets_of
from componium.decoding.context import Context
from componium.decoding.style.plan import Plan
from componium.decoding.style.profile import StyleProfile
from componium.music.score import Score

MEMORY = 64  # onsets: time constant of the running share, and the span over which a style is measured
EVENEST = 0.1  # least spread of a share
MOST = 2.0  # nats


class Balance(Constraint):
    """The running shares of one piece's voices.

    `usual` are the style's: rows of (share, spread), one a voice.

    >>> balance = Balance([(0.9, 0.1), (0.5, 0.2)])
    >>> for _ in range(200):
    ...     balance.move_on()
    ...     balance.begin(0)
    >>> balance.favor().round(1).tolist()
    [0.0, 2.0]
    """

    kinds = frozenset({"voice"})

    def __init__(self, usual: Sequence[Sequence[float]]) -> None:
        self._usual, spread = np.array(usual, dtype=np.float32).reshape(-1, 2).T
        self._spread = np.maximum(spread, EVENEST)
        self._recent, self._begun = self._usual.copy(), self._usual.copy()
        self._favor = self.favor()

    @staticmethod
    def measure(scores: Sequence[Score]) -> Mapping[str, Any]:
        """Return rows of (share, spread), one a voice, by the number of voices."""
        shares: dict[int, list[NDArray[np.float64]]] = {}
        for score in scores:
            if len(score.tracks) > 1 and score.n_notes:
                shares.setdefault(len(score.tracks), []).append(shares_of(score))
        stacked = {n: np.concatenate(rows) for n, rows in sorted(shares.items())}
        return {str(n): np.stack([rows.mean(axis=0), rows.std(axis=0)], axis=1).round(4).tolist()
                for n, rows in stacked.items()}  # fmt: skip

    @classmethod
    def build(cls, plan: Plan, profile: StyleProfile) -> Self | None:
        rows = profile.part("balance").get(str(len(plan.programs)))
        return cls(rows) if rows else None

    def observe(self, kind: str, value: int, context: Context) -> None:
        if kind == "pitch":
            self.begin(context.voice)
        elif kind == "position":
            self.move_on()
            self._favor = self.favor()

    def bias(self, choice: Choice, context: Context) -> None:
        choice.bias += self._favor

    def begin(self, voice: int) -> None:
        """Add a note of a voice at this onset."""
        self._begun[voice] = 1.0

    def move_on(self) -> None:
        """Go on to the next onset."""
        self._recent += (self._begun - self._recent) / MEMORY
        self._begun[:] = 0.0

    def favor(self) -> NDArray[np.float32]:
        """Return the bias of each voice in nats, (n_voices,)."""
        missing = (self._usual - self._recent) / self._spread
        return np.minimum(np.maximum(missing, 0.0), MOST)


def shares_of(score: Score) -> NDArray[np.float64]:
    """Return the voices' shares in each MEMORY onsets of a score, (n, n_voices)."""
    onsets = onsets_of(score)
    begun = np.stack([np.isin(onsets, track.notes["onset"]) for track in score.tracks], axis=1)
    parts = np.array_split(begun, max(len(begun) // MEMORY, 1))
    return np.stack([part.mean(axis=0) for part in parts])
