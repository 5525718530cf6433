"""ABC tune books (.abc): read; single tunes written.

Source: the ABC music standard 2.1 (abcnotation.com), and what older books do.

Conventions
- One Score a tune (`loads` gives the first, `loads_many` all), one Track a voice (V:); `voice` counts overlays (&).
- Repeats, endings and P: are unfolded; accidentals hold to the end of the bar in every octave.
- A tune ends at a blank line, unless music continues after it. Fields and directives before the first X: (M:, L:) hold
  for all tunes.
- Quoted texts that read as chord symbols are chords; T: is the title; `info` holds composer, rhythm, source, book,
  number, rights (%%abc-copyright)...
- Text is UTF-8, or else as abc-charset declares, or else cp1251 (Cyrillic) or cp1252, whichever its letters look like.
- A clef, octave= or transpose= holds until another is stated, in K: or V:. velocity is always 0.

Writing. A Score becomes sheet music first (see notation.sheet). loads(dumps(score)) == canonicalize(score), and writing
that again gives the same bytes.

>>> from componium.music.score import Key, Meter, Track, notes
>>> waltz = Score((Track(notes([(0, 480, 66), (480, 960, 73)])),), meters=(Meter(0, 3, 4),), keys=(Key(0, 1),))
>>> dumps(waltz).decode().splitlines()[-2:]
['%%MIDI program 0', 'F2 ^c4 |]']
"""

import codecs
import re
from collections.abc import Iterator
from fractions import Fraction

from componium.errors import FormatError, LimitError, NotThisFormatError
from componium.formats._repair import count_repairs, quote, repair
from componium.formats.abc import fields as fields
from componium.formats.abc import writer
from componium.formats.abc.body import PER_QUARTER, Body, Voice
from componium.formats.losses import SHEET_MUSIC, Loss, common
from componium.music.score import Chord, Key, Score, Tempo
from componium.notation.repeats import MAX_PLAYED, play_order
from componium.notation.sheet import to_score
from componium.notation.unfolding import perform

SUFFIXES = (".abc",)
LOSES = SHEET_MUSIC | common("drum-program", "velocity", "info") | {
    "silent-tracks": Loss("are left out", ("silent",)),
    "no-key": Loss("becomes the key that holds most of the music", ("keys",)),
    "odd-chord-symbols": Loss("chord symbols that do not read as one are left out", ("chords",)),
}
_DECLARED = 10_000  # bytes in which an encoding is declared
MAX_TUNES = 100_000
_KINDS = (
    (b"MThd", "a MIDI file"), (b"PK\x03\x04", "a zip archive"), (b"%PDF", "a PDF file"), (b"<", "XML or a web page"),
    (b"!!!", "a Humdrum file"), (b"**kern", "a Humdrum file"), (b"RIFF", "a RIFF file"), (b"{", "a JSON file"),
)  # fmt: skip
_FIELD = re.compile(r"([A-Za-z+]):(?!\|)(.*)")


@count_repairs
def loads(data: bytes, *, strict: bool = False) -> Score:
    """Parse the first tune in the bytes of an ABC file.

    Raises as `loads_many` does.

    >>> score = loads(b"X:1\\nT:Scale\\nL:1/4\\nK:G\\nG A B c|d e f g|")
    >>> score.title, score.tracks[0].notes["pitch"].tolist()
    ('Scale', [67, 69, 71, 72, 74, 76, 78, 79])
    """
    return next(_tunes(data, strict))


@count_repairs
def loads_many(data: bytes, *, strict: bool = False) -> list[Score]:
    """Parse every tune in the bytes of an ABC file.

    Repairs what it can, with a RepairWarning at its byte; `strict` refuses instead. Raises FormatError (with the byte),
    NotThisFormatError (which names what it is instead), LimitError.
    """
    return list(_tunes(data, strict))


def canonicalize(score: Score) -> Score:
    """Return the score as it is read back from an ABC file.

    `LOSES` lists what is lost. Idempotent. May raise LimitError.
    """
    return to_score(writer.notate_in_key(writer.drop_unsupported(score)))


def dumps(score: Score) -> bytes:
    """Return the bytes of a tune.

    Raises LimitError beyond a million quarters or 100,000 bars.
    """
    return writer.encode(writer.notate_in_key(writer.drop_unsupported(score)))


def _tunes(data: bytes, strict: bool) -> Iterator[Score]:
    encoding, text = _decode(data)
    if "\0" in text:
        offset = len(text[: text.index("\0")].encode(encoding))
        repair(f"zero bytes, {text.count(chr(0))} in all, were taken as blanks", strict=strict, offset=offset)
        text = text.replace("\0", " ")
    starts = [match.start() for match in re.finditer(r"^X:", text, re.MULTILINE)]
    if len(starts) > MAX_TUNES:
        raise LimitError("too many tunes", expected=f"at most {MAX_TUNES}")
    if not starts:
        key = re.search(r"^K:", text, re.MULTILINE)
        if not key:
            raise NotThisFormatError(_kind(data, "no tune at all"), expected="an ABC tune, that begins with X:")
        repair("a tune without X:", strict=strict, offset=0)
        starts = [0]
    header = text[: starts[0]]
    for start, stop in zip(starts, [*starts[1:], len(text)], strict=True):
        yield _Tune(text, start, stop, encoding, strict).read(header)


def _decode(data: bytes) -> tuple[str, str]:
    marks = ((b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"), (codecs.BOM_UTF8, "utf-8-sig"))
    marked = [encoding for mark, encoding in marks if data.startswith(mark)]
    for encoding in marked or ("utf-8", *_declared(data), *_guessed(data), "latin-1"):
        try:
            text = data.decode(encoding)
        except (UnicodeDecodeError, LookupError):
            continue
        if text.count("\0") * 20 > len(text):
            raise NotThisFormatError(_kind(data, "binary data"), expected="ABC text")
        # One character is replaced by one, so that positions stay the same.
        return encoding, text.replace("\r\n", " \n").replace("\r", "\n")
    raise FormatError("text that is not in its declared encoding", where="byte 0", expected="UTF-8")


def _declared(data: bytes) -> list[str]:
    """Return the encoding that the file declares, if it has one byte a character."""
    declared = re.search(rb"^(?:%%|I:)\s*abc-charset\s+([\w-]{1,20})", data[:_DECLARED], re.MULTILINE | re.IGNORECASE)
    name = declared[1].decode("ascii", "replace").lower() if declared else ""
    return [name] if re.fullmatch(r"(iso-?8859-\d{1,2}|(windows-|cp)125[0-8]|koi8-[ru]|latin-?[1-9])", name) else []


def _guessed(data: bytes) -> list[str]:
    """Return cp1251 if the text seems to be Cyrillic, else cp1252.

    Letters above 127 stand side by side in Cyrillic, and mostly alone in other languages.
    """
    words = sum(map(len, re.findall(rb"[\xa8\xb8\xc0-\xff]{3,}", data)))
    letters = len(re.findall(rb"[\xa8\xb8\xc0-\xff]", data))
    return ["cp1251"] if 2 * words > letters else ["cp1252"]


def _kind(data: bytes, otherwise: str) -> str:
    start = data.lstrip()[:8]
    kinds = (name for mark, name in _KINDS if start.startswith(mark))
    return next(kinds, otherwise if data else "an empty file")


class _Tune:
    """Parser of one tune: its header, then its body."""

    def __init__(self, text: str, start: int, stop: int, encoding: str, strict: bool) -> None:
        self.text, self.start, self.stop = text, start, stop
        self.encoding, self.strict = encoding, strict
        self.title = ""
        self.info: dict[str, list[str]] = {}
        self.meter: tuple[int, int] | None = (4, 4)
        self.unit: Fraction | None = None
        self.key = fields.KeyField((0, "major"), {}, fields.Shift(None, None))
        self.tempo = self.order = ""
        self.held: list[tuple[str, str, int]] = []  # V: and I: of the header, for the body

    def read(self, file_header: str) -> Score:
        """Return the score of this tune; `file_header` is the text before all tunes."""
        for line in file_header.splitlines():
            self._header_line(line, 0)
        self.title, self.info = "", {}
        lines = self._lines()
        for at, line in lines:
            if self._header_line(line, at):
                break
        else:
            self._repair("a tune without K:", self.start)
        body = self._body()
        self._read_music(body, lines)
        return self._score(body)

    def _lines(self) -> Iterator[tuple[int, str]]:
        """Yield (character, line) up to a blank line that no music follows."""
        at, blank, skipped = self.start, False, False
        while at < self.stop:
            end = self.text.find("\n", at, self.stop)
            end = self.stop if end < 0 else end
            line = self.text[at:end].rstrip()
            if line.startswith(("%%begintext", "%%beginps", "%%endtext", "%%endps")):
                skipped = line.startswith("%%begin")
            elif not skipped:
                blank = blank or (not line and at > self.start)
                if line and not (blank and _is_prose(line)):
                    yield at, line
            at = end + 1

    def _header_line(self, line: str, at: int) -> bool:
        """Parse one line of the header; return True for K:, the last."""
        if line.startswith("%%"):
            self.held.append(("I", line[2:].strip(), at))
            for directive, name in fields.DIRECTIVES.items():
                if line.startswith(directive):
                    self.info.setdefault(name, []).append(fields.plain(line[len(directive) :]))
        match = _FIELD.match(line)
        if not match:
            return False
        letter, value = match[1], _without_comment(match[2])
        if letter == "T":
            self.title = self.title or fields.plain(value)
        elif letter == "M":
            self._set_meter(value, at)
        elif letter == "L":
            self.unit = fields.unit(value) or self.unit
        elif letter == "Q":
            self.tempo = value
        elif letter == "P":
            self.order = fields.parts(value)
        elif letter in "VI":
            self.held.append((letter, value, at))
        elif letter == "K":
            self._set_key(value, at)
        elif letter in fields.INFO:
            self.info.setdefault(fields.INFO[letter], []).append(fields.plain(value))
        return letter == "K"

    def _set_meter(self, value: str, at: int) -> None:
        try:
            self.meter = fields.meter(value)
        except ValueError:
            self._repair(f"the meter {quote(value)} is invalid and was taken as free", at)
            self.meter = None

    def _set_key(self, value: str, at: int) -> None:
        key = fields.key(value)
        if key is None:
            self._repair(f"the key {quote(value)} is invalid and was taken as C major", at)
        self.key = key or self.key

    def _repair(self, what: str, at: int) -> None:
        repair(what, strict=self.strict, offset=lambda: len(self.text[:at].encode(self.encoding, "replace")))

    # ------------------------------------------------------------------------------------------------------- body

    def _voice(self) -> Voice:
        voice = Voice(self.meter, self.unit or fields.default_unit(self.meter))
        voice.set_key(self.key if self.key.key else self.key._replace(key=(0, "major")))
        qpm = fields.tempo(self.tempo, voice.unit)
        if qpm:
            voice.tempos.append((0, 0, qpm))
        return voice

    def _body(self) -> Body:
        first = self._voice()
        body = Body(first, self._voice, self._repair)
        for letter, value, at in self.held:
            body.field(letter, value, at)
        if body.voices:  # music before any V: is the first voice's
            body.voice = next(iter(body.voices.values()))
        return body

    def _read_music(self, body: Body, lines: Iterator[tuple[int, str]]) -> None:
        for at, line in lines:
            match = _FIELD.match(line)
            if line.startswith("%"):
                if line.startswith("%%"):
                    body.directive(line[2:])
            elif match and not (match[1] in "ABCDEFGabcdefgxz" and match[2][:1] in "|:]123456789"):
                body.field(match[1], _without_comment(match[2]), at)
            else:
                body.music(_without_comment(line), at)

    def _score(self, body: Body) -> Score:
        voices = list(body.voices.values()) or [body.voice]
        voices = [voice for voice in voices if voice.line.rows] or voices[:1]
        for voice in voices:
            voice.close_measure()
            if len(voice.measures) > 1:
                voice.measures.pop()
        lead = max(voices, key=lambda voice: len(voice.measures))
        for voice in voices:
            for mine, other in zip(lead.measures, voice.measures, strict=False):
                mine.length = max(mine.length, other.length)
        order = _play_order(lead, self.order)
        played = perform(lead.measures, [voice.line for voice in voices], PER_QUARTER, order)
        chords = [chord for voice in voices for chord in voice.chords]
        return Score(
            tracks=tuple(played.tracks),
            ticks_per_quarter=played.ticks_per_quarter,
            tempos=tuple(Tempo(tick, qpm) for tick, qpm in played.replay(lead.tempos)),
            meters=tuple(played.meters),
            keys=tuple(Key(tick, *key) for tick, key in played.replay(lead.keys)),
            chords=tuple(Chord(tick, symbol) for tick, symbol in played.replay(chords, holds=False)),
            title=self.title,
            info=tuple((name, "; ".join(texts)) for name, texts in self.info.items()),
        )


def _play_order(voice: Voice, parts: str) -> list[int]:
    """Return the measures in the order played.

    That is by the header's P: where the music has each part that it names, else by the repeat signs.
    """
    starts = [start for start, _ in voice.sections] + [len(voice.measures)]
    places = {letter: (start, starts[at + 1]) for at, (start, letter) in enumerate(voice.sections)}
    if not parts or not set(parts) <= places.keys():
        return play_order(voice.measures)
    spans = [(0, starts[0]), *(places[letter] for letter in parts)]
    order: list[int] = []
    for start, stop in spans:
        order += [start + at for at in play_order(voice.measures[start:stop])]
        if len(order) > MAX_PLAYED:
            raise LimitError("the parts make the tune too long", expected=f"at most {MAX_PLAYED} bars")
    return order


def _is_prose(line: str) -> bool:
    """Return True for a line that holds no field, directive or music."""
    if line.startswith("%") or _FIELD.match(line):
        return False
    return "|" not in line or re.search(r"[h-tw-yH-SW-Y]{2}", re.sub(r'"[^"]*"|![^!]*!', "", line)) is not None


def _without_comment(text: str) -> str:
    return re.sub(r"(?<!\\)%.*", "", text).strip()
