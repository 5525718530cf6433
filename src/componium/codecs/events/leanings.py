"""What is added to the logits of pitches: what the key wants and the style shuns, without being a must."""

from collections.abc import Mapping
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from componium.codecs.events.key_pitches import KeyPitches
from componium.codecs.events.prefix import Ends
from componium.decoding.constraints.motion import Motion
from componium.decoding.constraints.vertical import Vertical, type_sounding

OFF_CHORD = -4.0  # nats, for what doesn't belong where a piece begins or closes
OFF_STYLE = -6.0  # nats, for a leap that the style hardly ever has
FEWEST_PARALLELS = 0.02  # a bar: fewer don't make them rarer still
SHUNNED = 1.6  # how many times the logarithm of their rate is taken off: once still leaves several times as many


class Leanings:
    """The leanings of one sequence, by its notes so far.

    `usual` is what `survey` tells of its style: the fewer parallel fifths and octaves that has, the rarer they are
    made, and so are the leaps that it hardly ever has, and pairs that clash or cross. `ends` says the chord that it
    begins with, `final` (P,) are the pitches that may close it; `lowest` is the lowest voice's number.
    """

    def __init__(
        self, pitches: KeyPitches, ends: Ends, final: NDArray[np.bool_], usual: Mapping[str, Any], lowest: int
    ) -> None:
        self._tonality, self._motion = pitches.tonality(), Motion()
        self._vertical = Vertical(usual["pairs"], lowest) if usual.get("pairs") else None
        self._all = np.arange(len(pitches.sounding))
        bass, chord = (1 << ends.opening[0], ends.opening[1]) if ends.opening else (-1, -1)  # -1: all pitch classes
        self._off_bass, self._off_first, self._off_final = (
            np.where(wanted, 0.0, OFF_CHORD).astype(np.float32)
            for wanted in (pitches.of_chord(bass), pitches.of_chord(chord), final)
        )
        self._lowest = lowest
        self._shun = min(SHUNNED * float(np.log(max(usual.get("parallels", 1.0), FEWEST_PARALLELS))), 0.0)
        self._rare = np.array(usual.get("rare", ()), dtype=np.int64)

    def hear(self, voice: int, at: int, now: int, sounding: type_sounding) -> None:
        """Take in a note: its voice, its place among the pitches, when it begins; and, on a beat, what others sound."""
        self._motion.begin(voice, at, now)
        if self._vertical:
            self._vertical.hear(voice, at, sounding)
        if self._tonality:
            self._tonality.hear(at)

    def of_any(self) -> NDArray[np.float32]:
        """What is added (P,), whatever the voice."""
        return self._tonality.bias if self._tonality else np.zeros(len(self._all), dtype=np.float32)

    def of_voice(
        self, voice: int, now: int, sounding: type_sounding, among: Literal["first", "last", ""] = ""
    ) -> NDArray[np.float32]:
        """What is added (P,) for a note of a voice: `sounding` is what others sound, if it begins on a beat; `among`
        says whether it is one of the first notes, or one of the last but the lowest voice's."""
        bias = self.of_any().copy()
        if among == "first":
            bias += self._off_bass if voice == self._lowest else self._off_first
        elif among == "last":
            bias += self._off_final
        if self._shun:
            bias[self._motion.parallel(voice, self._all, now)] += self._shun
        if len(self._rare):
            bias[self._motion.leap(voice, self._all, now, self._rare)] += OFF_STYLE
        if self._vertical:
            bias += self._vertical.bias(voice, self._all, self._motion.latest(voice), sounding)
        return bias
