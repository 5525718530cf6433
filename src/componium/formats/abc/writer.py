"""Sheet music as one tune of ABC 2.1, in UTF-8, byte for byte reproducible.

Conventions
- L:1/8. A V: a track, with its clef and, as %%MIDI, its program; the voices of a track are overlays (&).
- Four bars a line; one voice whole after the other, which more programs read than voices that take turns. Notes
  that a beam joins are not separated by spaces.
- An accidental is written wherever a reader might need it: whether it holds in every octave or in its own, in all
  overlays or in its own.
- A chord symbol or tempo that falls within a note is written in an overlay of invisible rests (x).
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from fractions import Fraction

from componium.errors import LimitError
from componium.formats.abc.fields import DIRECTIVES, INFO, MAX_VOICES, SHARPS_ABOVE, chord_symbol, signature
from componium.formats.musicxml.text import clean
from componium.formats.musicxml.writer import number
from componium.music.chords import is_usual_symbol
from componium.music.pitch import fifths_to_name
from componium.music.score import Chord, Key, Score, Tempo, Track, type_notes
from componium.notation.folding import Written, fold
from componium.notation.grid import QUARTER
from componium.notation.marks import beams
from componium.notation.sheet import Event, Head, Measure, Notation, Part, Voice, notate
from componium.notation.spelling import guess_key

_UNIT = QUARTER // 2  # L:1/8
_BARS_A_LINE = 4
_HIGHEST_QPM = 9999.999
_CLEFS = {"treble": "treble", "treble_8": "treble-8", "alto": "alto", "bass": "bass", "percussion": "perc"}
_SIGNS = {-2: "__", -1: "_", 0: "=", 1: "^", 2: "^^"}
_LETTERS = {name: letter for letter, name in INFO.items()}


def drop_unsupported(score: Score) -> Score:
    """Return the score without what no tune holds.

    That is velocities, silent tracks, most of `info`, text that would be read as something else.
    """
    info = {name: tidy(text) for name, text in score.info if name in _LETTERS or name in DIRECTIVES.values()}
    info["number"] = info.get("number", "") or "1"
    sounding = [_track(track) for track in score.tracks if len(track.notes)]
    symbols = (Chord(chord.tick, chord_symbol(tidy(chord.symbol))) for chord in score.chords)
    return replace(
        score,
        tracks=tuple(sounding or [_track(track) for track in (*score.tracks, Track())[:1]]),
        tempos=tuple(Tempo(tempo.tick, round(min(tempo.qpm, _HIGHEST_QPM), 3)) for tempo in score.tempos),
        chords=tuple(chord for chord in symbols if is_usual_symbol(chord.symbol)),
        title=tidy(score.title),
        info=tuple(info.items()),
    )


def _track(track: Track) -> Track:
    silent: type_notes = track.notes.copy()
    silent["velocity"] = 0
    return Track(silent, 0 if track.is_drum else track.program, track.is_drum, tidy(track.name))


def tidy(text: str) -> str:
    """Normalize text to what a reader returns.

    Letters are composed, blanks single; backslashes, which would make accents, are removed.
    """
    return clean(unicodedata.normalize("NFC", clean(text.replace("\\", ""))))


def notate_in_key(score: Score) -> Notation:
    """Return the sheet music of a score, with a key, which K: needs.

    A score without a key at its start gets the one that holds most of the music.
    """
    notation = notate(score)
    if notation.measures[0].key:
        return notation
    rows = (row for track in score.tracks if not track.is_drum for row in track.notes.tolist())
    return notate(replace(score, keys=(guess_key((row[2], row[1]) for row in rows), *score.keys)))


def encode(notation: Notation) -> bytes:
    """Return the bytes of the tune.

    Raises LimitError beyond 200 parts.
    """
    if len(notation.parts) > MAX_VOICES:
        raise LimitError(f"{len(notation.parts)} parts", expected=f"at most {MAX_VOICES} in a tune")
    lines = list(_header(notation))
    written = fold(notation)
    plain = len(notation.parts) == 1 and notation.parts[0].clef == "treble" and not notation.parts[0].track.name
    for at, part in enumerate(notation.parts, start=1):
        lines += _about(part, "" if plain else f"V:{at}")
        bars = list(_Writer(notation.measures, part, leads=at == 1).bars(written))
        for start in range(0, len(bars), _BARS_A_LINE):
            lines.append(_row(bars, written, start, min(start + _BARS_A_LINE, len(bars))))
    return ("\n".join(lines) + "\n").encode()


def _row(bars: Sequence[str], written: Sequence[Written], start: int, stop: int) -> str:
    """Return a line of music: some bars, with the bar lines between and around them."""
    first = written[start]
    text = "|: " if first.forward else f"[{first.ending} " if first.ending else ""
    for at in range(start, stop):
        signs, is_last = written[at], at + 1 == stop
        following = Written(-1) if is_last else written[at + 1]
        line = "|]" if signs.is_last else ":|" if signs.backward else "||" if signs.ending else "|"
        if signs.backward and signs.is_last:
            line = ":|]"
        elif following.forward:
            line = "::" if signs.backward else "|:"
        elif following.ending:
            line += str(following.ending)
        text += f"{bars[at]} {line}" + ("" if is_last else " ")
    return text


def _header(notation: Notation) -> Iterator[str]:
    score, first = notation.score, notation.measures[0]
    info = dict(score.info)
    yield "%abc-2.1"
    yield f"X:{_text(info.pop('number', '1'))}"
    if score.title:
        yield f"T:{_text(score.title)}"
    for name, text in info.items():
        if name in _LETTERS:
            yield f"{_LETTERS[name]}:{_text(text)}"
    for directive, name in DIRECTIVES.items():
        if name in info:
            yield f"{directive}{_text(info[name])}"
    yield f"M:{first.meter}"
    yield "L:1/8"
    for at, qpm in first.tempos:
        if at == 0:
            yield f"Q:{_tempo(qpm)}"
    yield f"K:{_key(first.key or Key(0, 0))}"


def _about(part: Part, voice: str) -> Iterator[str]:
    """Yield the lines that introduce a part: its V: field and its MIDI program."""
    track = part.track
    if voice:
        name = _text(track.name).replace('"', "&quot;")
        yield f"{voice} clef={_CLEFS[part.clef]}" + (f' name="{name}"' if name else "")
    if track.is_drum:
        yield "%%MIDI channel 10"
    yield f"%%MIDI program {track.program}"


def _text(text: str) -> str:
    """Escape text for a field.

    That is what would begin a comment or a special letter, or read as a bar line instead of the field.
    """
    text = re.sub("&(?=[#A-Za-z])", "&amp;", text).replace("%", "&#37;")
    return re.sub(r"^\|", "&#124;", text)


def _tempo(qpm: float) -> str:
    return f"1/4={number(qpm, 3)}"


def _key(key: Key) -> str:
    """Return a key as K: has it, "F#m" or "Ador"."""
    tonic = fifths_to_name(key.fifths + SHARPS_ABOVE[key.mode])
    return tonic + {"major": "", "minor": "m"}.get(key.mode, key.mode[:3])


def _length(duration: int) -> str:
    """Return a length as written after a note: "" for an eighth, "2", "/2", "3/2"."""
    value = Fraction(duration, _UNIT)
    top = "" if value.numerator == 1 else str(value.numerator)
    return top + ("" if value.denominator == 1 else f"/{value.denominator}")


class _Writer:
    """Writer of the bars of one part; the leading one has tempos and chord symbols."""

    def __init__(self, measures: Sequence[Measure], part: Part, *, leads: bool) -> None:
        self.measures, self.part, self.leads = measures, part, leads
        self.up = 1 if part.clef == "treble_8" else 0  # octaves that the page is higher than the sound
        self.signature: dict[str, int] = {}
        self.in_bar: dict[tuple[object, ...], int] = {}  # place -> the accidental that holds there

    def bars(self, written: Sequence[Written]) -> Iterator[str]:
        for at in (each.at for each in written):
            measure, voices, self.in_bar = self.measures[at], self.part.measures[at], {}
            if measure.key:
                self.signature = signature(measure.key.fifths)
            yield self._fields(measure, at) + " & ".join(self._overlays(measure, voices, at))

    def _fields(self, measure: Measure, at: int) -> str:
        text = f"[M:{measure.meter}]" if at and measure.shows_meter else ""
        return text + (f"[K:{_key(measure.key)}]" if at and measure.key else "")

    def _overlays(self, measure: Measure, voices: Sequence[Voice], at: int) -> Iterator[str]:
        annotations = self._annotations(measure, at) if self.leads else {}
        by_number = {voice.number: voice.events for voice in voices}
        for voice in range(1, max(by_number) + 1):
            events = by_number.get(voice, ())
            here = {event.onset: annotations.pop(event.onset, "") for event in events} if voice == 1 else {}
            yield self._music(events, voice, here, measure) if events else f"x{_length(measure.duration)}"
        if annotations:
            yield _between(annotations, measure.duration)

    def _annotations(self, measure: Measure, at: int) -> dict[int, str]:
        """Return the tempo and chord symbol at each position in the bar."""
        annotations = {place: f"[Q:{_tempo(qpm)}]" for place, qpm in measure.tempos if at or place}
        for place, symbol in measure.chords:
            annotations[place] = annotations.get(place, "") + f'"{symbol}"'
        return annotations

    def _music(self, events: Sequence[Event], voice: int, annotations: dict[int, str], measure: Measure) -> str:
        marks = beams(events, measure.meter, measure.missing)
        text = ""
        for at, event in enumerate(events):
            space = "" if marks.get(event.onset, ("begin",))[0] in ("continue", "end") else " "
            opens = self._opens(events[at:]) if event.opens else ""
            tie = "-" if event.tie_start else ""
            text += space + annotations.get(event.onset, "") + opens + self._heads(event, voice) + tie
        return text.lstrip()

    def _opens(self, events: Sequence[Event]) -> str:
        tuplet = events[0].tuplet
        if tuplet is None:
            return ""
        size = next(at for at, event in enumerate(events, start=1) if event.closes)
        numbers = f"{tuplet.actual}:{tuplet.normal}:{size}"
        return "(" + ("3" if numbers == "3:2:3" else numbers)

    def _heads(self, event: Event, voice: int) -> str:
        duration = event.duration
        if event.tuplet:
            duration = duration * event.tuplet.actual // event.tuplet.normal
        letters = Counter((head.step, head.octave) for head in event.heads)
        notes = [
            self._sign(head, voice, event.tie_stop, crowded=letters[head.step, head.octave] > 1)
            + _letter(head.step, head.octave + self.up)
            for head in event.heads
        ]
        text = f"[{''.join(notes)}]" if len(notes) > 1 else "".join(notes) or "z"
        return text + _length(duration)

    def _sign(self, head: Head, voice: int, tied: bool, *, crowded: bool) -> str:
        """Return the accidental of a note.

        A tied note needs none; one of two on the same line always has one.
        """
        step, octave = head.step, head.octave
        places = ((step,), (step, octave), (voice, step), (voice, step, octave))
        default = self.signature.get(step, 0)
        holds = all(self.in_bar.get(place, default) == head.alter for place in places)
        if not crowded and (tied or holds):
            return ""
        self.in_bar |= dict.fromkeys(places, head.alter)
        return _SIGNS[head.alter]


def _letter(step: str, octave: int) -> str:
    """Return a letter with its octave: C is middle C, c one above, C, one below.

    >>> _letter("C", 4), _letter("A", 3), _letter("B", 6)
    ('C', 'A,', "b'")
    """
    return step.lower() + "'" * (octave - 5) if octave > 4 else step + "," * (4 - octave)


def _between(annotations: dict[int, str], duration: int) -> str:
    """Return an overlay of invisible rests that carries annotations between notes."""
    places = sorted({0, *annotations})
    lengths = [end - start for start, end in zip(places, [*places[1:], duration], strict=True)]
    return " ".join(f"{annotations.get(at, '')}x{_length(length)}" for at, length in zip(places, lengths, strict=True))
