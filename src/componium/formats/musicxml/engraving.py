"""New notes of a patched file, engraved as the file's own are.

They have its divisions, or finer ones where they need them, its voices, staves, transposition and drums.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from math import gcd
from typing import NamedTuple

from componium.errors import PatchError, ScoreError
from componium.formats.musicxml.differences import Clock
from componium.formats.musicxml.head import instrument_id
from componium.formats.musicxml.text import escape
from componium.formats.musicxml.writer import PartWriter
from componium.music.score import Chord, Key, Score, Track, type_notes
from componium.music.time import bar_quarters
from componium.music.transform import transpose
from componium.notation import marks
from componium.notation.grid import QUARTER
from componium.notation.sheet import Event, Notation, Voice, notate
from componium.notation.spelling import guess_key

_NUMBER = 1  # the part's, in the instrument ids that the writer gives to drums


class Line(NamedTuple):
    """Voice of the file: its name, and its staff, 0 if the part has one.

    `leads` is True for the first voice of a staff; the rests of others aren't shown.
    """

    name: str
    staff: int
    leads: bool


class Drums(NamedTuple):
    """Drums of a part: instrument ids by pitch, and the drum of a note without one."""

    ids: Mapping[int, str]
    default: int


class Engraver:
    """Engraver of the notes of one voice, a staff or more, all along the piece."""

    def __init__(self, score: Score, notes: type_notes, clock: Clock, shift: int, drums: Drums | None) -> None:
        self.drums, self.clock = drums, clock
        self.stated: tuple[Key, ...] = ()
        track = Track(notes, is_drum=drums is not None)
        keys = score.keys or (_guess(score),)
        plain = Score((track,), score.ticks_per_quarter, meters=clock.meters(), keys=keys)
        try:
            written = transpose(plain, -shift)
        except ScoreError as error:
            raise PatchError(f"notes that the part's transposition can't write: {error.what}") from error
        if score.keys:
            self.stated = written.keys
        self.score = replace(written, chords=(Chord(clock.starts[-1], "N.C."),))  # so that all bars are laid

    @cached_property
    def notation(self) -> Notation:
        """The sheet music of the voice.

        Raises PatchError unless its bars are the file's measures.
        """
        notation = notate(self.score)
        ticks = [start for start, length in zip(self.clock.starts, self.clock.lengths, strict=True) if length]
        units = [tick * QUARTER // self.score.ticks_per_quarter for tick in ticks]
        if [measure.onset for measure in notation.measures] != units:
            raise PatchError("measures that are no bars", advice="write the file anew")
        lowest = min((head.octave for voices in notation.parts[0].measures for voice in voices
                      for event in voice.events for head in event.heads), default=0)  # fmt: skip
        if lowest < 0 and self.drums is None:
            raise PatchError("a note below C0, which MusicXML can't name")
        return notation

    def lines(self, at: int) -> tuple[Voice, ...]:
        """Return the lines of a measure in the order played, the first filled with rests."""
        return self.notation.parts[0].measures[self._bar(at)]

    def _bar(self, at: int) -> int:
        return at - self.clock.lengths[:at].count(0)

    def length(self, at: int) -> int:
        """Return the length of a measure in units."""
        return self.notation.measures[self._bar(at)].duration

    def engrave(
        self, at: int, span: tuple[int, int], names: Sequence[Line], divisions: int, velocity: int,
        slurs: Mapping[int, str],
    ) -> list[str]:  # fmt: skip
        """Return the elements of a stretch of a measure, from its start to its end.

        at         the measure, in the order played
        span       the stretch, in units from the measure
        names      a voice of the file for each line
        divisions  those in force in the file
        velocity   the velocity in force, which isn't stated again
        slurs      notations to add, by the onset of a chord of the first line
        """
        bar, part = self.notation.measures[self._bar(at)], self.notation.parts[0]
        lines = [_quiet(Voice(number, line.events, max(name.staff, 1)), velocity)
                 for number, (line, name) in enumerate(zip(self.lines(at), names, strict=True), start=1)]  # fmt: skip
        kept = [[event for event in line.events if span[0] <= event.onset and end_of(event) <= span[1]]
                for line in lines]  # fmt: skip
        own = _divisions(span, kept, divisions)
        grand = replace(part, clef="grand" if names[0].staff else "treble", track=replace(part.track, program=0))
        writer = PartWriter(self.notation.measures, grand, _NUMBER, QUARTER // own)
        writer.up = 0
        key = next((key for key in reversed(self.stated) if key.tick <= self.clock.starts[at]), None)
        accidentals = {} if self.drums else marks.accidentals(lines, key)
        full = int(bar_quarters(bar.meter) * QUARTER)
        texts: list[str] = []
        for number, (line, events) in enumerate(zip(lines, kept, strict=True)):
            if number and not any(event.heads for event in events):
                continue
            texts += [_move(span[1], span[0], writer.unit)] if number else []
            beams = marks.beams(events, bar.meter, full - bar.duration)
            now = span[0]
            for event in events:
                texts.append(_move(now, event.onset, writer.unit))
                now = end_of(event)
                if not event.heads:
                    texts.append(writer.rest(event, line, hidden=not names[number].leads))
                    continue
                added = [slurs.get(event.onset, "") if number == 0 else "", *[""] * (len(event.heads) - 1)]
                texts += writer.chord(event, line, beams.get(event.onset, ()), accidentals, added)
            texts.append(_move(now, span[1], writer.unit))
        elements = [self._with_drums(_named(text, names)) for text in texts if text]
        return elements if own == divisions else [_attributes(own), *elements, _attributes(divisions)]

    def _with_drums(self, text: str) -> str:
        """Return the text with the instruments of the file, and its places on the staff."""
        if self.drums is None:
            return text
        for pitch in sorted({*self.score.tracks[0].notes["pitch"].tolist()}):
            tag = f'<instrument id="{instrument_id(_NUMBER, pitch)}"/>'
            if pitch in self.drums.ids:
                text = text.replace(tag, f'<instrument id="!{escape(self.drums.ids[pitch])}"/>')
            elif pitch == self.drums.default:
                text = text.replace(tag, "")
            elif tag in text:
                raise PatchError(f"the drum {pitch}, which is no instrument of the part", advice="write the file anew")
        return text.replace('<instrument id="!', '<instrument id="')


def _guess(score: Score) -> Key:
    pairs = (zip(track.notes["pitch"].tolist(), track.notes["duration"].tolist(), strict=True)
             for track in score.tracks if not track.is_drum)  # fmt: skip
    return guess_key(pair for track in pairs for pair in track)


def _quiet(voice: Voice, velocity: int) -> Voice:
    """Return a line without the velocities that are in force anyway."""
    events = (
        replace(event, heads=tuple(replace(head, velocity=head.velocity if head.velocity != velocity else 0)
                                   for head in event.heads))
        for event in voice.events
    )  # fmt: skip
    return replace(voice, events=tuple(events))


def end_of(event: Event) -> int:
    """Return where an event ends, in units from its measure."""
    return event.onset + event.duration


def _divisions(span: tuple[int, int], lines: Iterable[Sequence[Event]], divisions: int) -> int:
    """Return the divisions of the file if they hold all times, else those that do."""
    times = {QUARTER, span[1] - span[0]}
    times |= {time for events in lines for event in events for time in (event.onset - span[0], event.duration)}
    needed = QUARTER // gcd(*times)
    return divisions if QUARTER % divisions == 0 and divisions % needed == 0 else needed


def _named(text: str, names: Sequence[Line]) -> str:
    for number, line in reversed([*enumerate(names, start=1)]):
        name = f"<voice>!{escape(line.name)}</voice>" if line.name else ""
        text = text.replace(f"<voice>{number}</voice>", name)
    return text.replace("<voice>!", "<voice>")


def _attributes(divisions: int) -> str:
    return f"<attributes><divisions>{divisions}</divisions></attributes>"


def _move(start: int, stop: int, unit: int) -> str:
    return move((stop - start) // unit)


def move(divisions: int) -> str:
    """Return the element that moves the cursor by some divisions."""
    if not divisions:
        return ""
    name = "forward" if divisions > 0 else "backup"
    return f"<{name}><duration>{abs(divisions)}</duration></{name}>"


def is_bound(lines: Iterable[Voice], at: int) -> bool:
    """Return True if a time, in units, cuts no event and no tuplet of the lines."""
    return not any(_is_cut(event, at, number) for number, line in enumerate(lines) for event in line.events)


def _is_cut(event: Event, at: int, line: int) -> bool:
    if event.onset < at < end_of(event):
        return bool(event.heads) or line == 0
    return event.tuplet is not None and at == end_of(event) and not event.closes


def tick_units(ticks: int, ticks_per_quarter: int) -> int:
    """Return ticks as units, the nearest."""
    return (2 * ticks * QUARTER + ticks_per_quarter) // (2 * ticks_per_quarter)
