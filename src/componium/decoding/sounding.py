"""Sounding notes of each voice while a piece is composed.

A note whose duration isn't stated lasts until its voice's next onset. Times are in 24ths of a quarter from the start.
"""

from collections.abc import Iterable
from itertools import combinations
from math import inf


class Sounding:
    """The sounding notes of each voice.

    >>> sounding = Sounding()
    >>> sounding.begin(voice=1, pitch=40, now=0)
    >>> sounding.begin(voice=1, pitch=47, now=0)
    >>> sounding.end_last(voice=1, at=48)
    >>> sounding.lowest([0, 1], now=24), sounding.lowest([0], now=24)
    (40, None)
    >>> sounding.begin(voice=1, pitch=45, now=36)  # which ends the 40, but not the 47
    >>> sounding.lowest([1], now=36), sounding.lowest([1], now=50)
    (45, 45)
    """

    def __init__(self) -> None:
        self._notes: dict[int, list[tuple[int, int, float]]] = {}  # pitch, onset, offset of each

    def begin(self, voice: int, pitch: int, now: int) -> None:
        """Begin a note, ending earlier ones of the voice whose duration isn't stated."""
        kept = [note for note in self._notes.get(voice, ()) if note[1] == now or now < note[2] < inf]
        self._notes[voice] = [*kept, (pitch, now, inf)]

    def end_last(self, voice: int, at: int) -> None:
        """Set the offset of the note that a voice began last."""
        pitch, onset, _ = self._notes[voice].pop()
        self._notes[voice].append((pitch, onset, at))

    def beside(self, voice: int, now: int) -> list[int]:
        """Return the offsets of the notes of a voice that sound beside one begun now.

        That of a note begun now whose duration isn't stated is one 24th from now: the next onset ends it.
        """
        notes = self._notes.get(voice, ())
        return [now + 1 if note[2] == inf else int(note[2])
                for note in notes if note[1] == now or now < note[2] < inf]  # fmt: skip

    def of_others(self, voice: int, now: int) -> list[tuple[int, int]]:
        """Return (voice, pitch) of the notes of the other voices that surely sound.

        Voices begin their notes from the top down: a note of a lower voice that began earlier, and whose duration
        isn't stated, may yet end here.
        """
        return [(other, note[0]) for other, notes in self._notes.items() if other != voice for note in notes
                if now < note[2] and (other < voice or note[1] == now or note[2] < inf)]  # fmt: skip

    def at(self, onset: int) -> list[tuple[int, int, int]]:
        """Return (voice, pitch, onset) of each note that sounds at the latest onset."""
        return sorted((voice, note[0], note[1]) for voice, notes in self._notes.items()
                      for note in notes if note[1] <= onset < note[2])  # fmt: skip

    def pairs(self, onset: int) -> list[tuple[tuple[int, int], tuple[int, int]]]:
        """Return the notes of the latest onset, each with one of another voice.

        A note is (voice, pitch); the upper voice comes first, and two notes that begin together come once.
        """
        return [((one[0], one[1]), (other[0], other[1])) for one, other in combinations(self.at(onset), 2)
                if one[0] != other[0] and onset in (one[2], other[2])]  # fmt: skip

    def lowest(self, voices: Iterable[int], now: int) -> int | None:
        """Return the lowest sounding pitch of these voices, None if they are silent."""
        return min((note[0] for voice in voices for note in self._notes.get(voice, ()) if note[2] > now), default=None)

    def total(self, since: int, now: int) -> float:
        """Return the time that all notes together sounded between two times, in 24ths."""
        return sum(min(note[2], now) - max(note[1], since) for notes in self._notes.values()
                   for note in notes if note[2] > since and note[1] < now)  # fmt: skip
