"""Writer of sheet music as MusicXML 4.0, score-partwise, in UTF-8.

The same Notation gives the same bytes: no dates, no versions.

Conventions
- One <part> a track, with its General MIDI program and, for drums, one <midi-instrument> for each drum that is struck.
- <divisions> are as coarse as the piece allows. Tempos and chord symbols are in the first part, at the note or rest
  before them, with an <offset>.
- A part that goes below C0, which MusicXML can't name, is written an octave higher with a <transpose>.
- A note of a guitar or electric bass has its string and fret, where it can be played. A <staff-tuning> would make a
  tablature of the staff, so there is none; a lowered string is a <scordatura>.
- A keyboard part for two hands has two staves; a hand that is silent for a whole measure has a rest in it. Rests that
  other voices of the staff fill are there, but not shown.
- "tempo" in `Score.info` is a word before the first metronome mark, and a field of the head, from which it is read.
- Of voices of a staff that sound together the higher have stems up, the lower down.
- A velocity is <note dynamics="...">, per cent of 90 as the standard defines.
"""

from collections.abc import Iterator, Sequence
from fractions import Fraction
from math import gcd

from componium.formats.musicxml.drums import drum
from componium.formats.musicxml.harmony import write_harmony
from componium.formats.musicxml.head import header, instrument_id
from componium.formats.musicxml.text import escape
from componium.music.score import Key
from componium.music.time import beat_quarters
from componium.notation import marks
from componium.notation.folding import Written, fold, measure_to_write
from componium.notation.grid import QUARTER
from componium.notation.sheet import Event, Head, Measure, Notation, Part, Voice
from componium.notation.spelling import spell_pitch
from componium.notation.tablature import TUNINGS, Place, Tuning, arrange, sounds_of, tuning_of

TYPES = {0: "breve", 1: "whole", 2: "half", 4: "quarter", 8: "eighth", 16: "16th", 32: "32nd"}
_CLEFS = {
    "treble": "<sign>G</sign><line>2</line>",
    "treble_8": "<sign>G</sign><line>2</line><clef-octave-change>-1</clef-octave-change>",
    "alto": "<sign>C</sign><line>3</line>",
    "bass": "<sign>F</sign><line>4</line>",
    "percussion": "<sign>percussion</sign>",
}
_HIGHEST = 131  # B9; what is above it is a B9 with many sharps


def encode(notation: Notation) -> bytes:
    """Return the bytes of the document."""
    lines = [*header(notation.score)]
    unit = _unit(notation)
    written, only_drums = fold(notation), all(part.track.is_drum for part in notation.parts)
    measures = [measure_to_write(notation, number, each) for number, each in enumerate(written)]
    for number, part in enumerate(notation.parts, start=1):
        lines.append(f'<part id="P{number}">')
        writer = PartWriter(notation.measures, part, number, unit, notation.score.about("tempo"))
        writer.shows_keys = not part.track.is_drum or only_drums  # drums have none, but it must stand somewhere
        lines += writer.lines(written, measures)
        lines.append("</part>")
    lines.append("</score-partwise>\n")
    return "\n".join(lines).encode()


def _unit(notation: Notation) -> int:
    """Return the longest time that all times are multiples of."""
    times = {QUARTER}
    for bar in notation.measures:
        times |= {bar.duration, *(at for at, _ in (*bar.tempos, *bar.chords))}
    for part in notation.parts:
        times |= {event.duration for voices in part.measures for voice in voices for event in voice.events}
    return gcd(*times)


class PartWriter:
    """Writer of one part, measure by measure."""

    def __init__(self, measures: Sequence[Measure], part: Part, number: int, unit: int, tempo_word: str = "") -> None:
        self.measures, self.part, self.number, self.unit, self.tempo_word = measures, part, number, unit, tempo_word
        lowest = min(_octaves(part), default=0)
        self.up = 1 if lowest < 0 and not part.track.is_drum else 0  # octaves that the page is higher than the sound
        self.key: Key | None = None
        self.shows_keys = True
        self.tuning = tuning_of(part.track)
        sounds = sounds_of(part, measures) if self.tuning else []
        places = arrange(sounds, self.tuning).places if self.tuning else []
        self.places = {sound[:1] + sound[2:]: place for sound, place in zip(sounds, places, strict=True)}
        self.sounding: dict[tuple[int, int], Place | None] = {}  # (pitch, voice) -> the place of its last note

    def lines(self, written: Sequence[Written], measures: Sequence[Measure]) -> Iterator[str]:
        """Yield the lines of the measures that are written."""
        for at, (signs, measure) in enumerate(zip(written, measures, strict=True)):
            self.key = measure.key or self.key
            implicit = ' implicit="yes"' if measure.pickup else ""
            yield f'<measure number="{measure.number}"{implicit}>'
            yield from _left_barline(signs)
            attributes = self._attributes(measure, first=at == 0)
            if attributes:
                yield f"<attributes>{attributes}</attributes>"
            if at == 0 and self.tuning and self.tuning not in TUNINGS.values():
                yield _scordatura(self.tuning)
            yield from self._voices(measure, self.part.measures[signs.at])
            yield from _right_barline(signs)
            yield "</measure>"

    def _attributes(self, measure: Measure, *, first: bool) -> str:
        text = f"<divisions>{QUARTER // self.unit}</divisions>" if first else ""
        if measure.key and self.shows_keys:
            text += f"<key><fifths>{measure.key.fifths}</fifths><mode>{measure.key.mode}</mode></key>"
        if measure.shows_meter:
            meter = measure.meter
            text += f"<time><beats>{meter.numerator}</beats><beat-type>{meter.denominator}</beat-type></time>"
        if first:
            text += self._clefs()
            if self.up:
                text += f"<transpose><chromatic>0</chromatic><octave-change>-{self.up}</octave-change></transpose>"
        return text

    def _clefs(self) -> str:
        if self.part.clef != "grand":
            return f"<clef>{_CLEFS[self.part.clef]}</clef>"
        clefs = (f'<clef number="{at}">{_CLEFS[name]}</clef>' for at, name in enumerate(("treble", "bass"), start=1))
        return "<staves>2</staves>" + "".join(clefs)

    def _voices(self, measure: Measure, voices: Sequence[Voice]) -> Iterator[str]:
        accidentals = {} if self.part.track.is_drum else marks.accidentals(voices, self.key)
        hidden = marks.hidden_rests(voices)
        beamed = {voice.number: marks.beams(voice.events, measure.meter, measure.missing) for voice in voices}
        stems = marks.stems(voices, beamed)
        for at, voice in enumerate(voices):
            if at:
                yield f"<backup><duration>{measure.duration // self.unit}</duration></backup>"
            for event in voice.events:
                if at == 0 and self.number == 1:
                    yield from self._directions(measure, event)
                if event.heads:
                    fingers = self._fingers(measure, event, voice)
                    stem = stems.get((voice.number, event.onset), "")
                    beams = beamed[voice.number].get(event.onset, ())
                    yield from self.chord(event, voice, beams, accidentals, fingers, stem)
                else:
                    yield self.rest(event, voice, hidden=(voice.number, event.onset) in hidden)
        staves = {voice.staff for voice in voices}
        if self.part.clef == "grand" and len(staves) == 1 and not measure.pickup:
            duration = f"<duration>{measure.duration // self.unit}</duration>"
            idle = f"<voice>{self.part.n_voices + 1}</voice><staff>{3 - staves.pop()}</staff>"
            yield f'<backup>{duration}</backup><note><rest measure="yes"/>{duration}{idle}</note>'

    def _directions(self, measure: Measure, event: Event) -> Iterator[str]:
        """Yield the tempos and chord symbols that fall into an event."""
        for at, qpm in measure.tempos:
            if event.onset <= at < event.onset + event.duration:
                word = self.tempo_word if measure.onset + at == 0 else ""
                yield _tempo(qpm, (at - event.onset) // self.unit, beat_quarters(measure.meter), word)
        for at, symbol in measure.chords:
            if event.onset <= at < event.onset + event.duration:
                yield write_harmony(symbol, (at - event.onset) // self.unit)

    def rest(self, event: Event, voice: Voice, *, hidden: bool) -> str:
        """Return the <note> of a rest."""
        shown = ' print-object="no"' if hidden else ""
        place = f"{self._duration(event)}<voice>{voice.number}</voice>"
        if event.whole_bar:
            return f'<note{shown}><rest measure="yes"/>{place}{self._staff(voice)}</note>'
        return f"<note{shown}><rest/>{place}{_shape(event, '', self._staff(voice), (), '')}</note>"

    def chord(
        self, event: Event, voice: Voice, beams: Sequence[str], accidentals: dict[tuple[int, int, int], str],
        fingers: Sequence[str], stem: str = "",
    ) -> Iterator[str]:  # fmt: skip
        """Yield the <note>s of a chord; `fingers` are further notations, one text a head."""
        for at, (head, finger) in enumerate(zip(event.heads, fingers, strict=True)):
            name = accidentals.get((voice.number, event.onset, head.pitch), "")
            loud = f' dynamics="{head.velocity / 0.9:.2f}"' if head.velocity else ""
            chord = "<chord/>" if at else ""
            ties = '<tie type="stop"/>' * event.tie_stop + '<tie type="start"/>' * event.tie_start
            instrument, notehead = self._struck(head)
            placed, beamed = notehead + self._staff(voice), () if at else beams
            yield (
                f"<note{loud}>{chord}{self._pitch(head)}{self._duration(event)}{ties}{instrument}"
                f"<voice>{voice.number}</voice>"
                f"{_shape(event, name, placed, beamed, finger, stem, first=not at)}</note>"
            )

    def _fingers(self, measure: Measure, event: Event, voice: Voice) -> list[str]:
        """Return the string and fret of each head, or nothing; a tied note keeps its own."""
        if not self.tuning:
            return [""] * len(event.heads)
        if not event.tie_stop:
            for head in event.heads:
                place = self.places.get((measure.onset + event.onset, head.pitch, voice.number))
                self.sounding[head.pitch, voice.number] = place
        places = (self.sounding.get((head.pitch, voice.number)) for head in event.heads)
        return [f"<technical><string>{place.string}</string><fret>{place.fret}</fret></technical>" if place else ""
                for place in places]

    def _duration(self, event: Event) -> str:
        return f"<duration>{event.duration // self.unit}</duration>"

    def _staff(self, voice: Voice) -> str:
        return f"<staff>{voice.staff}</staff>" if self.part.clef == "grand" else ""

    def _pitch(self, head: Head) -> str:
        if self.part.track.is_drum:
            place = drum(head.pitch)
            shown = f"<display-step>{place.step}</display-step><display-octave>{place.octave}</display-octave>"
            return f"<unpitched>{shown}</unpitched>"
        step, alter, octave = head.step, head.alter, head.octave + self.up
        if octave > 9:
            step, alter, octave = "B", head.pitch + 12 * self.up - _HIGHEST, 9
        altered = f"<alter>{alter}</alter>" if alter else ""
        return f"<pitch><step>{step}</step>{altered}<octave>{octave}</octave></pitch>"

    def _struck(self, head: Head) -> tuple[str, str]:
        """Return the <instrument> and <notehead> of a drum."""
        if not self.part.track.is_drum:
            return "", ""
        shape = drum(head.pitch).head
        notehead = f"<notehead>{shape}</notehead>" if shape != "normal" else ""
        return f'<instrument id="{instrument_id(self.number, head.pitch)}"/>', notehead


def _left_barline(signs: Written) -> Iterator[str]:
    """Yield the bar line before a measure at which a repeat or an ending begins."""
    if signs.forward:
        style = "<bar-style>heavy-light</bar-style>"
        yield f'<barline location="left">{style}<repeat direction="forward"/></barline>'
    elif signs.ending:
        yield f'<barline location="left"><ending number="{signs.ending}" type="start"/></barline>'


def _right_barline(signs: Written) -> Iterator[str]:
    """Yield the bar line after a measure that ends a repeat, an ending or the piece."""
    style = "<bar-style>light-heavy</bar-style>" if signs.backward or signs.is_last else ""
    stop = "stop" if signs.backward or signs.is_last else "discontinue"
    ending = f'<ending number="{signs.ending}" type="{stop}"/>' if signs.ending else ""
    repeat = '<repeat direction="backward"/>' if signs.backward else ""
    if style or ending:
        yield f'<barline location="right">{style}{ending}{repeat}</barline>'


def _scordatura(tuning: Tuning) -> str:
    """Return the direction for a lowest string that is tuned otherwise than usual."""
    step, _, octave = spell_pitch(tuning.strings[-1], Key(0, 0))  # a natural note on every such instrument
    pitch = f"<tuning-step>{step}</tuning-step><tuning-octave>{octave}</tuning-octave>"
    accord = f'<scordatura><accord string="{len(tuning.strings)}">{pitch}</accord></scordatura>'
    return f"<direction><direction-type>{accord}</direction-type></direction>"


def _octaves(part: Part) -> Iterator[int]:
    return (
        head.octave for voices in part.measures for voice in voices for event in voice.events for head in event.heads
    )


def _shape(
    event: Event, accidental: str, placed: str, beams: Sequence[str], finger: str, stem: str = "", *, first: bool = True
) -> str:
    """Return the elements of a note after its <voice>.

    Those are type, dots, accidental, tuplet, stem, notehead and staff, beams, ties and fingering.
    """
    text = f"<type>{_type(event.denominator)}</type>" + "<dot/>" * event.dots
    text += f"<accidental>{accidental}</accidental>" if accidental else ""
    bent = {"up": ' orientation="over"', "down": ' orientation="under"'}.get(stem, "")
    notations = '<tied type="stop"/>' * event.tie_stop + f'<tied type="start"{bent}/>' * event.tie_start
    if event.tuplet:
        actual, normal, unit = event.tuplet
        text += f"<time-modification><actual-notes>{actual}</actual-notes><normal-notes>{normal}</normal-notes>"
        text += f"<normal-type>{_type(unit)}</normal-type></time-modification>"
        if first:
            notations += '<tuplet type="start" bracket="yes"/>' * event.opens + '<tuplet type="stop"/>' * event.closes
    notations += finger
    text += (f"<stem>{stem}</stem>" if stem else "") + placed
    text += "".join(f'<beam number="{level}">{beam}</beam>' for level, beam in enumerate(beams[:8], start=1))
    return text + (f"<notations>{notations}</notations>" if notations else "")


def _type(denominator: int) -> str:
    return TYPES.get(denominator, f"{denominator}th")


def _tempo(qpm: float, offset: int, beat: Fraction, word: str) -> str:
    """Return a metronome mark in whole beats, and the exact tempo in quarters."""
    name = _type(int(6 / beat) if beat.numerator == 3 else int(4 / beat))
    dot = "<beat-unit-dot/>" if beat.numerator == 3 else ""
    mark = f"<beat-unit>{name}</beat-unit>{dot}<per-minute>{max(round(qpm / float(beat)), 1)}</per-minute>"
    moved = f"<offset>{offset}</offset>" if offset else ""
    said = f'<direction-type><words font-weight="bold">{escape(word)}</words></direction-type>' if word else ""
    return (
        f'<direction placement="above">{said}<direction-type><metronome>{mark}</metronome></direction-type>{moved}'
        f'<sound tempo="{number(qpm, 6)}"/></direction>'
    )


def number(value: float, digits: int) -> str:
    """Return a decimal number without needless zeros.

    >>> number(90.0, 2), number(66.666666, 2)
    ('90', '66.67')
    """
    return f"{value:.{digits}f}".rstrip("0").rstrip(".")
