"""What sounds at a place in a sequence of `events`: the notes of each voice, as they begin and end.

A note whose duration isn't told lasts until its voice's next onset. Times are in 24ths of a quarter from the start.
"""

from math import inf


class Sounding:
    """The sounding notes of each voice. Pitches may be counted from anywhere, as long as all are alike.

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
        self._notes: dict[int, list[tuple[int, int, float]]] = {}  # pitch, begin, end of each

    def begin(self, voice: int, pitch: int, now: int) -> None:
        """A note begins; those before it whose end nobody told are over."""
        kept = [note for note in self._notes.get(voice, ()) if note[1] == now or now < note[2] < inf]
        self._notes[voice] = [*kept, (pitch, now, inf)]

    def end_last(self, voice: int, at: int) -> None:
        """The last note begun ends at a told time."""
        pitch, begin, _ = self._notes[voice].pop()
        self._notes[voice].append((pitch, begin, at))

    def of_others(self, voice: int, now: int) -> list[tuple[int, int]]:
        """The other voices' numbers and the pitches that they sound, a pair a note."""
        return [(other, note[0]) for other, notes in self._notes.items() if other != voice
                for note in notes if note[2] > now]  # fmt: skip

    def lowest(self, voices: range | list[int], now: int) -> int | None:
        """The lowest pitch that these voices sound, if they do."""
        return min((note[0] for voice in voices for note in self._notes.get(voice, ()) if note[2] > now), default=None)
