"""Cadence: the last bar closes as planned, and the piece ends when it has closed.

Nothing begins after the closing onset. The lowest pitched voice closes there, below all other voices, on the tonic or
off it, as planned; the voices above it sound pitches of the closing chord when the piece ends. In the beat before, the
bass leans toward the dominant, the more the more pieces of the style end with an authentic cadence. A last note off the
tonic leans toward the root of the chord above it.
"""

from math import log
from typing import Self

import numpy as np
from numpy.typing import NDArray

from componium.decoding.constraints.base import Choice, Constraint
from componium.decoding.context import Context
from componium.decoding.critics import PART
from componium.decoding.style.plan import Plan
from componium.decoding.style.profile import StyleProfile
from componium.music.instruments import DRUMS
from componium.music.theory import SCALES
from componium.music.types import type_mask

NEUTRAL: NDArray[np.float32] = np.zeros(12, dtype=np.float32)
PENALTY = np.float32(-4.0)  # nats, for pitches outside the closing chord
HIGHEST = 127
TRIADIC = 0.9  # share of last chords that are triads from which on they always are
USUAL = 0.95  # share of authentic cadences from which on a style has them always
DOMINANT = 7  # semitones above the tonic
TRIAD = (0, 3, 4, 7)  # semitones above its root


class Cadence(Constraint):
    """The close of one piece.

    is_last   (12,), the pitch classes that may be the bass's last note
    is_final  (12,), those that may be the other voices' last notes
    is_full   whether silent voices enter for the last chord
    is_strict whether other pitches are forbidden in it, where there are any of it
    leaning   bias of each pitch class in the bass before the close, in nats (12,)
    """

    kinds = frozenset({"position", "voice", "pitch", "duration", "end"})

    def __init__(
        self, is_last: type_mask, is_final: type_mask, *, is_full: bool, is_strict: bool = False,
        leaning: NDArray[np.float32] = NEUTRAL,
    ) -> None:  # fmt: skip
        self._is_last, self._is_final, self._is_full, self._leaning = is_last, is_final, is_full, leaning
        self._is_strict = is_strict
        self._off_final = np.where(is_final, np.float32(0), PENALTY)
        self._ends_off_tonic = bool(is_final.all())
        self._has_closed = False  # whether the bass has begun its last note

    @classmethod
    def build(cls, plan: Plan, profile: StyleProfile) -> Self | None:
        above_tonic = (np.arange(12) - plan.key.tonic) % 12
        every = np.ones(12, dtype=bool)
        is_keyed = plan.is_keyed and any(program != DRUMS for program in plan.programs)
        tonic = above_tonic == 0 if is_keyed else every
        thirds = [third for third in (3, 4) if third == 4 or third in SCALES[plan.key.mode]]
        triad = np.isin(above_tonic, [0, *thirds, 7]) if is_keyed else every
        triads, usual = (profile.part(PART).get(name, (0.5,))[0] for name in ("final_triad", "final_authentic"))
        usual = min(max(usual, 0.5), USUAL)
        leaning = np.where(above_tonic == DOMINANT, np.float32(log(usual / (1 - usual))), np.float32(0))
        return cls(tonic if plan.closed or not is_keyed else ~tonic, triad if plan.closed else every,
                   is_full=plan.is_full, is_strict=triads >= TRIADIC,
                   leaning=leaning if plan.closed and is_keyed else NEUTRAL)  # fmt: skip

    def observe(self, kind: str, value: int, context: Context) -> None:
        if kind == "pitch":
            self._has_closed = self._has_closed or _is_last_note(context)

    def allow(self, choice: Choice, context: Context) -> None:
        if choice.kind == "duration":
            choice.mask &= choice.values <= self._room(context)
        elif choice.kind == "pitch":
            self._allow_pitch(choice, context)
        elif context.is_last_bar:
            self._allow_next(choice, context)

    def bias(self, choice: Choice, context: Context) -> None:
        is_upper = context.has_pitch[context.voice] and context.voice != context.bass
        if choice.kind != "pitch" or choice.added:
            return
        if context.is_closing and is_upper:
            choice.bias += self._off_final[choice.values % 12]
        elif context.is_closing and context.voice == context.bass and self._ends_off_tonic:
            choice.bias += PENALTY * self._off_triad(choice.values, context)
        elif context.voice == context.bass and 0 < (context.until_closing or 0) <= context.beat:
            choice.bias += self._leaning[choice.values % 12]

    def _off_triad(self, pitches: NDArray[np.int64], context: Context) -> NDArray[np.float32]:
        """Return the number of notes above that are in no triad on each pitch, (P,)."""
        above = np.array([pitch for voice, pitch in context.others_sounding() if voice != context.bass], dtype=np.int64)
        is_off = ~np.isin((above[:, None] - pitches) % 12, TRIAD)
        count: NDArray[np.float32] = np.add.reduce(is_off, axis=0, dtype=np.float32)
        return count

    def _allow_pitch(self, choice: Choice, context: Context) -> None:
        if not context.is_closing:
            return
        if context.voice == context.bass:
            choice.mask &= self._is_last[choice.values % 12] if not choice.added else False
            choice.prefer(choice.values <= self._lowest_above(context))
        elif context.has_pitch[context.voice]:
            if self._is_strict:
                choice.prefer(self._is_final[choice.values % 12])
            choice.prefer(choice.values >= context.last[context.bass])

    def _room(self, context: Context) -> int:
        """Return the longest duration of this note that leaves room for the last notes."""
        moves_on = context.voice == context.bass or not self._is_final[context.last[context.voice] % 12]
        bars_left = context.bars_left if context.bars_left is not None else HIGHEST
        kept = context.length - context.closing if moves_on else 0
        return context.length * bars_left - context.position - kept

    def _allow_next(self, choice: Choice, context: Context) -> None:
        """Forbid onsets after the closing one, and an end before the piece has closed."""
        if choice.kind == "position":
            choice.mask &= choice.values <= context.closing
        is_open = not self._is_closed(context) and context.busy[context.bass] <= max(context.closing, context.position)
        if is_open and choice.kind == "end":
            choice.mask[:] = False
        elif is_open and choice.kind == "voice" and context.position >= context.closing:
            choice.mask[context.bass + 1 :] = False  # nor the voices after it, which are drums
        if _is_last_note_begun(choice, context):
            choice.mask[context.bass] = False  # one note, not a chord
        self._resolve(choice, context)

    def _resolve(self, choice: Choice, context: Context) -> None:
        """Move upper voices into the closing chord at the closing onset.

        The highest comes first. A silent voice enters, if all voices are to sound.
        """
        first = context.voice + 1 if context.position >= context.closing else 0  # of those still to come there
        for voice in (voice for voice in context.upper if voice >= first):
            pitch = context.sounding.lowest([voice], context.now)
            if self._is_final[pitch % 12] if pitch is not None else not self._is_full:
                continue
            if context.position < context.closing:
                if choice.kind == "end":
                    choice.mask[:] = False
                return
            if context.open_voices[voice]:
                if choice.kind == "voice":
                    choice.mask[voice + 1 :] = False
                else:
                    choice.mask[:] = False
                return

    def _is_closed(self, context: Context) -> bool:
        """Return whether the bass sounds its last note, below all other voices."""
        bass = context.sounding.lowest([context.bass], context.now)
        return self._has_closed or (
            bass is not None and bool(self._is_last[bass % 12]) and bass <= self._lowest_above(context)
        )

    def _lowest_above(self, context: Context) -> int:
        """Return the lowest pitch sounding above the bass; HIGHEST if there is none."""
        lowest = context.sounding.lowest(context.upper, context.now)
        return HIGHEST if lowest is None else lowest


def _is_last_note(context: Context) -> bool:
    """Return whether a note of the voice, begun now, is the bass's last."""
    return context.voice == context.bass and context.is_closing


def _is_last_note_begun(choice: Choice, context: Context) -> bool:
    return choice.kind == "voice" and _is_last_note(context)
