"""Chords of four-part writing: triads of a mode, borrowed triads, progressions.

Borrowed are the applied dominants, major triads and diminished ones that lead to another degree as V and vii° lead to
the tonic; in minor the triads with the raised sixth, and a major tonic to end on (Piston and DeVoto, *Harmony*).
"""

from typing import NamedTuple

from componium.music.score import MODES
from componium.music.theory import DEGREES


class Triad(NamedTuple):
    """Triad on a degree (0 to 6) of a scale; notes are pitch classes above the tonic.

    `of` is the degree that an applied dominant leads to; 0 of all other triads.
    """

    degree: int
    notes: tuple[int, int, int]
    of: int = 0

    @property
    def is_major(self) -> bool:
        return self._gaps == (4, 7)

    @property
    def is_perfect(self) -> bool:
        """The fifth is perfect."""
        return self._gaps[1] == 7

    @property
    def leads(self) -> int:
        """Pitch class of the leading tone: of the degree that it leads to, or of the key."""
        if not self.of:
            return 11
        return self.notes[1] if self.is_major else self.notes[0]

    @property
    def _gaps(self) -> tuple[int, int]:
        return (self.notes[1] - self.notes[0]) % 12, (self.notes[2] - self.notes[0]) % 12


def leading(scale: tuple[int, ...]) -> int:
    """Return the pitch class that leads up to the tonic.

    It is the seventh, raised where it lies a tone under the tonic. Where the second degree is a semitone above
    (Phrygian), that one leads, and the seventh stays.

    >>> leading(DEGREES["minor"]), leading(DEGREES["phrygian"])
    (11, 10)
    """
    return 11 if scale[1] == 2 else scale[6]


def triads(mode: str) -> list[Triad]:
    """Return the triads of a mode; degrees five and seven have the leading tone."""
    scale = DEGREES[mode]
    result = []
    for degree in range(7):
        tones = [scale[(degree + up) % 7] for up in (0, 2, 4)]
        raised = [leading(scale) if tone == scale[6] and degree in (4, 6) else tone for tone in tones]
        result.append(Triad(degree, (raised[0], raised[1], raised[2])))
    return result


def borrowed(mode: str) -> list[Triad]:
    """Return the triads that a mode borrows.

    >>> Triad(1, (2, 6, 9), of=4) in borrowed("major")  # V of V
    True
    """
    own = triads(mode)
    known = {triad.notes for triad in own}
    result = [MAJOR_TONIC, Triad(1, (2, 5, 9)), Triad(3, (5, 9, 0))] if DEGREES[mode][5] == 8 else []
    for degree, (root, _, _), _ in (triad for triad in own if triad.degree and triad.is_perfect):
        major, diminished = ((root + 7, root + 11, root + 2), (root + 11, root + 2, root + 5))
        for up, (first, third, fifth) in ((4, major), (6, diminished)):
            notes = (first % 12, third % 12, fifth % 12)
            if notes not in known:
                result.append(Triad((degree + up) % 7, notes, degree))
    return result


MAJOR_TONIC = Triad(0, (0, 4, 7))  # that a piece in minor may end on
_OWN = sorted({triad for mode in MODES for triad in triads(mode)})
CHORDS = [*_OWN, *sorted({triad for mode in MODES for triad in borrowed(mode)} - {*_OWN})]
# Where each degree may go (Piston's table of usual root progressions).
GOES_TO = {0: range(7), 1: (4, 6, 1), 2: (5, 3, 2), 3: (0, 1, 4, 6, 3), 4: (0, 5, 4), 5: (1, 3, 4, 2), 6: (0, 6)}


def follows(one: Triad, other: Triad) -> bool:
    """Return whether a chord may follow another.

    An applied dominant comes after any triad of the key, and goes to the degree that it leads to, or stays.

    >>> dominant = Triad(1, (2, 6, 9), of=4)
    >>> follows(dominant, Triad(4, (7, 11, 2))), follows(dominant, Triad(0, (0, 4, 7)))
    (True, False)
    """
    if one.of:
        return other == one or other.degree == one.of
    return bool(other.of) or other.degree in GOES_TO[one.degree]
