"""Resolution: dissonances on beats resolve down by step as often as in the style.

Two notes of different voices that clash on a beat, the later of which begins there, are a pair. It is resolved as soon
as one of the two voices goes on to a pitch one or two semitones lower, and unresolved once both have gone elsewhere.
While more pairs are unresolved than in the style, going elsewhere is made less likely for the voices of a pair.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Self

import numpy as np

from componium.decoding.constraints.base import Choice, Constraint
from componium.decoding.constraints.dissonance import CLASHES
from componium.decoding.context import Context
from componium.decoding.style.plan import Plan
from componium.decoding.style.profile import StyleProfile
from componium.metrics.voice_leading import dissonance_resolution
from componium.music.score import Score, Track

STEPS = (1, 2)  # semitones down
PRIOR = 4  # pairs of the style's share, counted before the first
FEWEST = 0.05  # least share of unresolved pairs in a style
GAIN = 6.0  # nats by which going elsewhere is penalized where twice as many pairs are unresolved as in the style
MOST = 5.0  # nats of penalty at most


class Resolution(Constraint):
    """The pairs of one piece.

    usual   share of pairs in the style that aren't resolved, 0 to 1
    lowest  number of the lowest voice
    """

    def __init__(self, usual: float, lowest: int) -> None:
        self._usual, self._lowest = max(usual, FEWEST), lowest
        self._n_pairs, self._unresolved = float(PRIOR), PRIOR * self._usual
        self._pairs: list[dict[int, int]] = []  # of each open pair, the voices yet to go on and their pitches

    @staticmethod
    def measure(scores: Sequence[Score]) -> Mapping[str, Any]:
        """Return the share of dissonances that resolve.

        It is the mean over pieces whose parts are single lines; none for no such piece.
        """
        rates = [dissonance_resolution(score) for score in scores if all(map(_is_line, score.tracks))]
        return {"share": round(float(np.nanmean(rates)), 4)} if np.isfinite(rates).any() else {}

    @classmethod
    def build(cls, plan: Plan, profile: StyleProfile) -> Self | None:
        share = profile.part("resolution").get("share")
        return cls(1 - share, Context(plan).bass) if share is not None and len(plan.programs) > 1 else None

    def observe(self, kind: str, value: int, context: Context) -> None:
        if kind == "position":
            self._pairs += [{upper[0]: upper[1], lower[0]: lower[1]} for upper, lower in context.settled
                            if self._clashes(upper, lower)]  # fmt: skip
        elif kind == "pitch" and context.has_pitch[context.voice]:
            self._go_on(context.voice, value)

    def bias(self, choice: Choice, context: Context) -> None:
        own = next((pair[context.voice] for pair in self._pairs if context.voice in pair), None)
        excess = self._unresolved / (self._n_pairs * self._usual) - 1
        if own is not None and excess > 0 and not choice.added:
            elsewhere = ~np.isin(own - choice.values, (0, *STEPS))
            choice.bias[elsewhere] -= min(GAIN * excess, MOST)

    def _go_on(self, voice: int, pitch: int) -> None:
        """Close the pairs that a note of a voice resolves, or leaves unresolved."""
        still: list[dict[int, int]] = []
        for pair in self._pairs:
            step = pair.get(voice, pitch) - pitch
            if step and step not in STEPS:
                del pair[voice]
            if step in STEPS or not pair:
                self._n_pairs += 1
                self._unresolved += step not in STEPS
            else:
                still.append(pair)
        self._pairs = still

    def _clashes(self, upper: tuple[int, int], lower: tuple[int, int]) -> bool:
        return bool(CLASHES[int(self._lowest == lower[0]), (upper[1] - lower[1]) % 12])


def _is_line(track: Track) -> bool:
    """Return whether a part sounds one note at a time."""
    notes = np.sort(track.notes, order="onset")
    return not track.is_drum and bool((notes["onset"][1:] >= (notes["onset"] + notes["duration"])[:-1]).all())
