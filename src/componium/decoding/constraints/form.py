"""Form: strains end where the next begins, the second in a register of its own.

A note isn't held into the next strain, so that this one can come back as it was. The second strain of most dance tunes
is higher than the first: its pitches are made likelier by as much as its mean still lacks of the mean planned for it.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, Self

import numpy as np

from componium.analysis.form import bar_contents, form_of, type_bar
from componium.analysis.meter import main_meter, pickup_ticks
from componium.decoding.constraints.base import Choice, Constraint
from componium.decoding.context import TICKS, Context
from componium.decoding.style.form import LONGEST, returning
from componium.decoding.style.plan import Plan
from componium.decoding.style.profile import StyleProfile, rows_of
from componium.music.score import Score
from componium.music.time import bar_quarters

STEP = TICKS // 4  # upbeats are whole 16ths
PRIOR = 6  # notes of the first strain's mean that the second begins with
GAIN = 0.06  # nats a semitone of pitch, for each semitone that the mean lacks
STEEPEST = 0.4  # nats a semitone


class Form(Constraint):
    """The strains of one piece.

    strain    bars of a strain
    begin     the bar that the first strain begins with, 1 after an upbeat
    contrast  semitones planned from the mean pitch of the first strain to that of the second; None for no leaning
    second    the strain, from 0, that has the second letter
    n_voices  number of voices
    """

    kinds = frozenset({"pitch", "duration"})

    def __init__(self, strain: int, begin: int, contrast: int | None, second: int, n_voices: int) -> None:
        self._strain, self._begin, self._contrast, self._second = strain, begin, contrast, second
        self._sums, self._counts = np.zeros((n_voices, 2)), np.zeros((n_voices, 2))  # of first and second strain

    @staticmethod
    def measure(scores: Sequence[Score]) -> Mapping[str, Any]:
        """Return the forms by meter, the share of equal endings, and the contrasts."""
        forms: dict[str, Counter[tuple[int, str, int]]] = {}
        same: list[bool] = []
        contrasts: Counter[int] = Counter()
        for score in scores:
            bars, letters, meter = bar_contents(score), form_of(score), main_meter(score)
            if 0 < len(bars) <= LONGEST:
                forms.setdefault(str(meter), Counter())[len(bars), letters, _upbeat(score)] += 1
            length = len(bars) // len(letters)
            strains = [bars[at * length : (at + 1) * length] for at in range(len(letters))]
            last = int(bar_quarters(meter) * score.ticks_per_quarter) - pickup_ticks(score)
            same += [_until(strains[at][-1], last) == _until(strains[letters.index(letters[at])][-1], last)
                     for at in returning(letters)[:-1]]  # fmt: skip
            if "B" in letters:
                contrasts.update(_contrast(strains[0], strains[letters.index("B")]))
        return {"forms": {meter: rows_of(counts.items()) for meter, counts in sorted(forms.items())},
                "same_endings": round(float(np.mean(same)), 4) if same else 1.0,
                "contrasts": rows_of(contrasts.items())}  # fmt: skip

    @classmethod
    def build(cls, plan: Plan, profile: StyleProfile) -> Self | None:
        letters = plan.form.letters
        if len(letters) == 1:
            return None
        return cls(plan.bars // len(letters), int(plan.form.upbeat > 0), plan.form.contrast, letters.find("B"),
                   len(plan.programs))  # fmt: skip

    def observe(self, kind: str, value: int, context: Context) -> None:
        if kind == "pitch" and (at := self._part(context)) is not None:
            self._sums[context.voice, at] += value
            self._counts[context.voice, at] += 1

    def allow(self, choice: Choice, context: Context) -> None:
        if choice.kind == "duration" and context.bar >= self._begin:
            left = self._strain - (context.bar - self._begin) % self._strain
            room = left * context.length - context.position
            upbeat = context.plan.form.upbeat
            choice.mask &= choice.values <= (room - upbeat if room > upbeat else room)

    def bias(self, choice: Choice, context: Context) -> None:
        voice = context.voice
        if choice.kind != "pitch" or self._contrast is None or self._part(context) != 1 or not self._counts[voice, 0]:
            return
        mean = self._sums[voice, 0] / self._counts[voice, 0]
        so_far = (self._sums[voice, 1] + PRIOR * mean) / (self._counts[voice, 1] + PRIOR)
        slope = np.clip(GAIN * (mean + self._contrast - so_far), -STEEPEST, STEEPEST)
        choice.bias += (slope * (choice.values - mean)).astype(np.float32)

    def _part(self, context: Context) -> int | None:
        """Return 0 in the first strain, 1 in the second letter's first, else None."""
        at = (context.bar - self._begin) // self._strain
        return {0: 0, self._second: 1}.get(at) if context.has_pitch[context.voice] else None


def _upbeat(score: Score) -> int:
    """Return the length of the upbeat in 24ths of a quarter.

    It is 0 unless it is whole 16ths, and a whole note at most.
    """
    upbeat = pickup_ticks(score) * TICKS / score.ticks_per_quarter
    return int(upbeat) if upbeat % STEP == 0 and upbeat <= 4 * TICKS else 0


def _until(bar: type_bar, end: int) -> type_bar:
    return frozenset(note for note in bar if note[0] < end)


def _contrast(first: Sequence[type_bar], second: Sequence[type_bar]) -> list[int]:
    """Return the semitones from one strain's mean to another's, if both sound."""
    means = [[pitch for bar in strain for _, pitch in bar] for strain in (first, second)]
    return [round(float(np.mean(means[1]) - np.mean(means[0])))] if all(means) else []
