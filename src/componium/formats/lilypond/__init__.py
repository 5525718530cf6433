"""LilyPond 2.24 (.ly), written only.

Nothing here reads a .ly file, or runs LilyPond.

One Staff a track (a DrumStaff for drums) with its name, clef and MIDI instrument; its voices side by side; meters and
keys in the first; tempos, the first with its word, and chord symbols (as text) in the first staff. All text goes into
quoted strings, so that no title can be more than a title.

>>> from componium.music.score import Meter, Score, Track, notes
>>> waltz = Score((Track(notes([(0, 480, 60), (480, 960, 66)])),), meters=(Meter(0, 3, 4),))
>>> "c'4 fis'2" in dumps(waltz).decode()
True
"""

from collections.abc import Iterator, Sequence
from fractions import Fraction

from componium.formats.lilypond.names import INSTRUMENTS, drum
from componium.formats.losses import SHEET_MUSIC, common
from componium.music.pitch import str_key
from componium.music.provenance import PROVENANCE
from componium.music.score import Key, Score
from componium.notation.folding import Written, fold
from componium.notation.grid import QUARTER
from componium.notation.sheet import Event, Measure, Notation, Part, Voice, notate

SUFFIXES = (".ly",)
LOSES = SHEET_MUSIC | common("drum-program", "velocity", "info")
_ALTERS = {-2: "eses", -1: "es", 0: "", 1: "is", 2: "isis"}
_NAMES = "one", "two", "three", "four"


def dumps(score: Score) -> bytes:
    """Return the text of a .ly file, UTF-8.

    Raises LimitError beyond a million quarters or 100,000 bars.
    """
    return "\n".join(_document(notate(score))).encode()


def _document(notation: Notation) -> Iterator[str]:
    yield '\\version "2.24.0"'
    fields = {"title": notation.score.title} | {
        name: text for name in ("composer", PROVENANCE) if (text := notation.score.about(name))}
    yield f"\\header {{ {' '.join(f'{name} = {quoted(text)}' for name, text in fields.items())} tagline = ##f }}"
    yield "\\score {"
    yield "<<"
    written = fold(notation)
    for number, part in enumerate(notation.parts):
        yield from _staff(notation, written, part, number == 0)
    yield ">>"
    yield "\\layout { }"
    yield "\\midi { }"
    yield "}"
    yield ""


def quoted(text: str) -> str:
    """Return text as a LilyPond string: on one line, quotes and backslashes escaped.

    >>> print(quoted('a "b" \\\\ c'))
    "a \\"b\\" \\\\ c"
    """
    plain = "".join(letter if letter.isprintable() else " " for letter in text)
    return '"' + plain.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _staff(notation: Notation, written: Sequence[Written], part: Part, is_first: bool) -> Iterator[str]:
    track, is_drum = part.track, part.track.is_drum
    midi = "" if is_drum else f" midiInstrument = {quoted(INSTRUMENTS[track.program])}"
    yield f"\\new {'DrumStaff' if is_drum else 'Staff'} \\with {{ instrumentName = {quoted(track.name)}{midi} }} <<"
    for number in range(1, part.n_voices + 1):
        yield f"\\new {'DrumVoice' if is_drum else 'Voice'} {{ " + ("\\drummode {" if is_drum else "{")
        if part.n_voices > 1:
            yield f"\\voice{_NAMES[(number - 1) % 4].capitalize()}"
        if number == 1 and not is_drum:
            yield f'\\clef "{part.clef}"'
        word = notation.score.about("tempo")
        for signs in written:
            measure = notation.measures[signs.at]
            mine = next((voice for voice in part.measures[signs.at] if voice.number == number), None)
            head = _head(measure, number == 1, is_first, is_drum, word if measure.onset == 0 else "")
            yield f"{_before(signs)}{head}{_bar(measure, mine, is_drum)} |{_after(signs)}"
        yield '\\bar "|." } }'
    if is_first and notation.score.chords:
        yield from _symbols(notation, written)
    yield ">>"


def _before(signs: Written) -> str:
    """Return the signs that open a repeat or an ending."""
    return "\\repeat volta 2 { " if signs.forward else ("", "} \\alternative { { ", "{ ")[signs.ending]


def _after(signs: Written) -> str:
    """Return the signs that close a repeat or an ending."""
    return " } }" if signs.ending == 2 else " }" * signs.backward


def _head(measure: Measure, with_signs: bool, with_tempo: bool, is_drum: bool, tempo_word: str) -> str:
    r"""Return the signs before a measure: meter, pickup, key, tempo.

    \drummode reads no key.
    """
    words = []
    if measure.shows_meter and with_signs:
        words.append(f"\\numericTimeSignature \\time {measure.meter}")
    if measure.pickup and with_signs:
        words.append(f"\\partial {_length(measure.duration)}")
    if measure.key is not None and with_signs and not is_drum:
        words.append(_key(measure.key))
    if with_signs and with_tempo:
        word = f"{quoted(tempo_word)} " if tempo_word else ""
        words += [f"\\tempo {word}4 = {max(round(qpm), 1)}" for _, qpm in measure.tempos[-1:]]
    return "".join(f"{word} " for word in words)


def _key(key: Key) -> str:
    """Return the command for a key.

    >>> _key(Key(0, -3, "minor"))
    '\\\\key c \\\\minor'
    """
    name = str_key(key).split()[0]
    return f"\\key {name[0].lower()}{'is' * name.count('#')}{'es' * name.count('b')} \\{key.mode}"


def _length(duration: int) -> str:
    """Return a length as a multiple of a whole note: 1*3/8."""
    whole = Fraction(duration, 4 * QUARTER)
    return f"1*{whole.numerator}/{whole.denominator}"


def _bar(measure: Measure, voice: Voice | None, is_drum: bool) -> str:
    """Return the music of a voice in a measure; skips where it is silent."""
    if voice is None:
        return f"s{_length(measure.duration)}"
    return " ".join(word for event in voice.events for word in _event(event, measure, is_drum))


def _event(event: Event, measure: Measure, is_drum: bool) -> Iterator[str]:
    if event.tuplet is not None and event.opens:
        yield f"\\tuplet {event.tuplet.actual}/{event.tuplet.normal} {{"
    if event.whole_bar:
        yield f"R{_length(measure.duration)}"
    else:
        value = ("\\breve" if event.denominator == 0 else str(event.denominator)) + "." * event.dots
        yield f"{_heads(event, is_drum)}{value}{' ~' if event.tie_start else ''}"
    if event.tuplet is not None and event.closes:
        yield "}"


def _heads(event: Event, is_drum: bool) -> str:
    """Return a note, a chord in angle brackets, or a rest."""
    names = [drum(head.pitch) if is_drum else _pitch(head.step, head.alter, head.octave) for head in event.heads]
    if not names:
        return "r"
    return names[0] if len(names) == 1 else f"<{' '.join(dict.fromkeys(names))}>"


def _pitch(step: str, alter: int, octave: int) -> str:
    """Return the name of a note: c is the one below middle C, c' middle C.

    >>> _pitch("C", 0, 4), _pitch("B", -1, 2), _pitch("F", 1, 3)
    ("c'", 'bes,', 'fis')
    """
    return step.lower() + _ALTERS[alter] + ("'" * (octave - 3) if octave > 3 else "," * (3 - octave))


def _symbols(notation: Notation, written: Sequence[Written]) -> Iterator[str]:
    """Yield a voice of skips that carries the chord symbols."""
    yield "\\new Voice { {"
    for signs in written:
        measure = notation.measures[signs.at]
        stops = [at for at, _ in measure.chords] + [measure.duration]
        words = [f"s{_length(stops[0])}"] if stops[0] else []
        for (at, symbol), stop in zip(measure.chords, stops[1:], strict=True):
            words.append(f"s{_length(stop - at)}^{quoted(symbol)}")
        yield f"{_before(signs)}{' '.join(words)} |{_after(signs)}"
    yield "} }"
