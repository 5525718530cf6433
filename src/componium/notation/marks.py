"""Marks that follow from the notes: accidentals, beams, stems, hidden rests.

An accidental holds for its line and octave to the end of the bar, in all voices of the part; a note tied over from
before shows none, and none is shown that the key or an earlier one in the bar implies. Beams join the notes
within one beat, a whole 3/8 bar, or a quarter where the beat is shorter. Of the voices on a staff the first shows its
rests, where no other sounds.

Stems are left to the engraver, but where voices of a staff sound together: the higher half of them has stems up, the
lower down; one in the middle turns to the side where the next is farther. Beamed notes have one direction.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import NamedTuple

from componium.music.pitch import LINE_OF_FIFTHS
from componium.music.score import Key, Meter
from componium.music.time import beat_quarters
from componium.notation.grid import QUARTER
from componium.notation.sheet import Event, Voice

_NAMES = {-2: "flat-flat", -1: "flat", 0: "natural", 1: "sharp", 2: "double-sharp"}


def accidentals(voices: Sequence[Voice], key: Key | None) -> dict[tuple[int, int, int], str]:
    """Map (voice, onset, pitch) to the accidental shown, where there is one."""
    fifths = key.fifths if key else 0
    state = {(step, octave): _in_key(step, fifths) for step in LINE_OF_FIFTHS for octave in range(-1, 10)}
    shown: dict[tuple[int, int, int], str] = {}
    order = [(event.onset, voice.number, event) for voice in voices for event in voice.events if event.heads]
    for onset, number, event in sorted(order, key=lambda item: item[:2]):
        if event.tie_stop:
            continue
        for head in event.heads:
            if state[head.step, head.octave] != head.alter:
                state[head.step, head.octave] = head.alter
                shown[number, onset, head.pitch] = _NAMES[head.alter]
    return shown


def _in_key(step: str, fifths: int) -> int:
    """Return the alteration that a key signature gives a letter.

    That is the fifths at or beyond its place, by sevens.
    """
    return (fifths - LINE_OF_FIFTHS.index(step) + 6) // 7


def hidden_rests(voices: Sequence[Voice]) -> set[tuple[int, int]]:
    """Return (voice, onset) of the rests that are not shown.

    A page with those of every voice would be illegible.
    """
    hidden = set()
    for staff in {voice.staff for voice in voices}:
        first, *others = (voice for voice in voices if voice.staff == staff)
        hidden |= {(voice.number, event.onset) for voice in others for event in voice.events if not event.heads}
        notes = (event for voice in others for event in voice.events if event.heads)
        spans = sorted((event.onset, event.onset + event.duration) for event in notes)
        hidden |= {(first.number, event.onset) for event in first.events if not event.heads and _filled(event, spans)}
    return hidden


def _filled(rest: Event, spans: Sequence[tuple[int, int]]) -> bool:
    """Return True if the spans, in order, leave no gap in a rest."""
    reached = rest.onset
    for start, end in spans:
        if start <= reached:
            reached = max(reached, end)
    return reached >= rest.onset + rest.duration


def beams(events: Sequence[Event], meter: Meter, shift: int) -> dict[int, tuple[str, ...]]:
    """Map the onset of each beamed event to its beams, from the first level on.

    `shift` is where in a full bar a pickup begins.
    """
    span = _span(meter)
    result: dict[int, tuple[str, ...]] = {}
    beamed = ((event.heads != () and event.denominator >= 8, (event.onset + shift) // span) for event in events)
    for (has_beams, _), group in groupby(zip(beamed, events, strict=True), key=lambda pair: pair[0]):
        together = [event for _, event in group]
        if has_beams and len(together) > 1:
            counts = [event.denominator.bit_length() - 3 for event in together]
            for at, event in enumerate(together):
                result[event.onset] = tuple(_levels(counts, at))
    return result


class _Group(NamedTuple):
    """Notes of a voice under one beam, or one note or chord."""

    start: int
    end: int
    voice: int
    pitches: tuple[int, ...]
    onsets: tuple[int, ...]


def stems(voices: Sequence[Voice], beamed: Mapping[int, Mapping[int, Sequence[str]]]) -> dict[tuple[int, int], str]:
    """Map (voice, onset) to "up" or "down" where voices of a staff sound together.

    beamed  the beams of each voice, by its number
    """
    shown: dict[tuple[int, int], str] = {}
    for staff in {voice.staff for voice in voices}:
        groups = [group for voice in voices if voice.staff == staff for group in _groups(voice, beamed[voice.number])]
        for together in _overlapping(sorted(groups)):
            heights = _heights(together)
            if len(heights) > 1:
                shown |= {(group.voice, onset): _direction(group.voice, heights)
                          for group in together for onset in group.onsets}  # fmt: skip
    return shown


def _groups(voice: Voice, beamed: Mapping[int, Sequence[str]]) -> Iterator[_Group]:
    together: list[Event] = []
    for event in (event for event in voice.events if event.heads):
        together.append(event)
        if beamed.get(event.onset, ("end",))[0] == "end":
            pitches = tuple(head.pitch for each in together for head in each.heads)
            onsets = tuple(each.onset for each in together)
            yield _Group(onsets[0], event.onset + event.duration, voice.number, pitches, onsets)
            together = []


def _overlapping(groups: Sequence[_Group]) -> Iterator[list[_Group]]:
    """Yield the groups, in order, that overlap each other or others in between."""
    together: list[_Group] = []
    for group in groups:
        if together and group.start >= max(before.end for before in together):
            yield together
            together = []
        together.append(group)
    yield together


def _heights(groups: Sequence[_Group]) -> dict[int, float]:
    """Map each voice to the mean of its pitches."""
    pitches: dict[int, list[int]] = {}
    for group in groups:
        pitches.setdefault(group.voice, []).extend(group.pitches)
    return {voice: sum(its) / len(its) for voice, its in pitches.items()}


def _direction(voice: int, heights: Mapping[int, float]) -> str:
    """Return the side of a voice on which fewer others are, or else the farther ones.

    Of two voices of one height the first is above.
    """
    own = heights[voice]
    above = [height - own for other, height in heights.items() if (height, -other) > (own, -voice)]
    below = [own - height for other, height in heights.items() if (height, -other) < (own, -voice)]
    if len(above) != len(below):
        return "up" if len(above) < len(below) else "down"
    return "up" if min(above) > min(below) else "down"


def _levels(counts: Sequence[int], at: int) -> Iterator[str]:
    before = counts[at - 1] if at else 0
    after = counts[at + 1] if at + 1 < len(counts) else 0
    for level in range(1, counts[at] + 1):
        if before >= level and after >= level:
            yield "continue"
        elif after >= level:
            yield "begin"
        elif before >= level:
            yield "end"
        else:
            yield "backward hook" if at else "forward hook"


def _span(meter: Meter) -> int:
    if (meter.numerator, meter.denominator) == (3, 8):
        return 3 * QUARTER // 2
    return max(int(beat_quarters(meter) * QUARTER), QUARTER)
