"""Differences of two scores, voice by voice, in the measures of a file."""

from bisect import bisect_right
from collections import Counter
from collections.abc import Mapping, Sequence
from fractions import Fraction

from componium.errors import PatchError
from componium.formats.musicxml.places import Placed
from componium.music.score import Meter, Score, type_notes
from componium.music.time import bar_quarters

type_key = tuple[int, int]  # a measure in the order played, and a voice
type_sound = tuple[int, int, int, int, bool, bool]  # onset, end (in the measure), pitch, velocity, tied from and to


class Clock:
    """Measures of a file in the order played: their starts and lengths in ticks."""

    def __init__(self, placed: Placed, target: Score) -> None:
        played, piece = placed.played, placed.piece
        self.order, self.unit = played.order, target.ticks_per_quarter
        self.nominal = [piece.measures[at].meter for at in self.order]
        self.starts: list[int] = played.starts.tolist()
        lengths = [after - start for start, after in zip(self.starts, self.starts[1:], strict=False)]
        if self.starts:
            written = piece.measures[self.order[-1]].length
            lengths.append(self._last(Fraction(written) * self.unit / piece.units, target.end))
        self.lengths = lengths

    def _last(self, written: Fraction, end: int) -> int:
        """Return the length of the last measure, long enough for all that sounds."""
        meter = self.nominal[-1]
        full = bar_quarters(Meter(0, *meter)) * self.unit if meter else Fraction(0)
        near = abs(written - full) * 50 <= full
        return int(full) if near or self.starts[-1] + written < end <= self.starts[-1] + full else round(written)

    def meters(self) -> tuple[Meter, ...]:
        """Return a meter for each measure, as long as it is."""
        rows = zip(self.starts, self.lengths, self.nominal, strict=True)
        return tuple(Meter(start, *self._meter(length, nominal)) for start, length, nominal in rows if length)

    def _meter(self, length: int, nominal: tuple[int, int] | None) -> tuple[int, int]:
        denominator = nominal[1] if nominal else 4
        while denominator < 128 and length * denominator % (4 * self.unit):
            denominator *= 2
        numerator = length * denominator // (4 * self.unit)
        if length * denominator % (4 * self.unit) or not 1 <= numerator <= 255:
            raise PatchError("a measure of no meter", advice="write the file anew")
        if nominal and Fraction(*nominal) == Fraction(numerator, denominator):
            return nominal
        return numerator, denominator

    def passes(self, at: int) -> list[int]:
        """Return the bars, in the order played, that play the measure of a bar."""
        return [bar for bar, measure in enumerate(self.order) if measure == self.order[at]]

    def check_once(self, measure: int) -> None:
        """Raise PatchError for a measure that is played more than once, or never."""
        if self.order.count(measure) != 1:
            raise PatchError(f"measure {measure + 1} is played {self.order.count(measure)} times", expected="once",
                             advice="the piece as it is played can be written anew")  # fmt: skip

    def sounding(self, notes: type_notes) -> dict[type_key, Counter[type_sound]]:
        """Return all that sounds in each measure and voice, cut at the bar lines."""
        found: dict[type_key, Counter[type_sound]] = {}
        for onset, duration, pitch, velocity, voice in notes.tolist():
            at, end = bisect_right(self.starts, onset) - 1, onset + duration
            now = onset
            while now < end:
                if at + 1 > len(self.starts):
                    raise PatchError("a note beyond the last measure", advice="write the file anew")
                stop = min(end, self.starts[at] + self.lengths[at])
                if stop > now:
                    sound = (now - self.starts[at], stop - self.starts[at], pitch, velocity, now > onset, stop < end)
                    found.setdefault((at, voice), Counter())[sound] += 1
                now, at = max(stop, now), at + 1
        return found


def differences(clock: Clock, before: type_notes, target: type_notes) -> dict[type_key, tuple[int, int]]:
    """Return the first and last tick that differ, by measure and voice.

    A measure that is played more than once is named by its first pass. Raises PatchError if its passes would differ.
    """
    old, new = clock.sounding(before), clock.sounding(target)
    found: dict[type_key, tuple[int, int]] = {}
    for key in sorted(old.keys() | new.keys()):
        one, other = old.get(key, Counter()), new.get(key, Counter())
        changed: Sequence[type_sound] = [*(one - other), *(other - one)]
        if changed:
            first = _first_pass(clock, new, *key)
            start, stop = found.get(first, (clock.lengths[key[0]], 0))
            found[first] = min(start, *(one[0] for one in changed)), max(stop, *(one[1] for one in changed))
    return found


def _first_pass(clock: Clock, new: Mapping[type_key, Counter[type_sound]], at: int, voice: int) -> type_key:
    passes = clock.passes(at)
    if any(new.get((bar, voice)) != new.get((at, voice)) for bar in passes):
        bars = " and ".join(str(bar + 1) for bar in passes)
        raise PatchError(f"measure {clock.order[at] + 1} is played as bars {bars}, which would differ",
                         advice="ask for one of them alone; the piece as it is played can be written anew")
    return passes[0], voice
