"""What the key in a prefix of `events` makes of pitches: what they sound, and which are the tonic or of its triad."""

import numpy as np
from numpy.typing import NDArray

from componium.codecs.events.codec import KEY, UNKNOWN, Events
from componium.decoding.constraints.tonality import Tonality
from componium.music.theory import SCALES
from componium.music.types import type_ids

type_pitches = NDArray[np.bool_]


class KeyPitches:
    """The Pitch family's ids under the key of a prefix: `sounding` (P,) are the MIDI pitches that they sound."""

    def __init__(self, codec: Events, given: type_ids) -> None:
        self.sounding: NDArray[np.int64] = codec.vocab.values[codec.vocab.ids("Pitch")] + codec.offset(int(given[KEY]))
        word = codec.vocab.entry(int(given[KEY]))[1]
        tonic, mode = (0, "") if word == UNKNOWN else str(word).split("_")
        self._above_tonic, self._tonic, self._mode = (self.sounding - int(tonic)) % 12, int(tonic), mode

    def tonality(self) -> Tonality | None:
        """What keeps a sequence to the key; None if the prefix names none."""
        return Tonality(self.sounding, self._tonic, self._mode) if self._mode else None

    def of_tonic(self) -> type_pitches:
        """Which sound the tonic; all, if no key is named."""
        mask: type_pitches = (self._above_tonic == 0) | (not self._mode)
        return mask

    def of_chord(self, classes: int) -> type_pitches:
        """Which sound one of a chord's pitch classes: bit k of `classes` is that k semitones above the tonic."""
        mask: type_pitches = (classes >> self._above_tonic & 1).astype(bool)
        return mask

    def of_triad(self) -> type_pitches:
        """Which belong to the tonic's triad, its third the mode's or major; all, if no key is named."""
        if not self._mode:
            return np.ones(len(self.sounding), dtype=bool)
        thirds = [third for third in (3, 4) if third == 4 or third in SCALES[self._mode]]
        mask: type_pitches = np.isin(self._above_tonic, [0, *thirds, 7])
        return mask
