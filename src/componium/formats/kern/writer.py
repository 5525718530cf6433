"""Writer of Humdrum **kern: a spine a part, the lowest first.

A part of several voices is split from the start on. What comes twice in succession is written once, between repeat
signs, as a section of which a list says how often it is played: *>[A,B,B].
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from fractions import Fraction

from componium.errors import LimitError
from componium.formats.kern.reader import FLATS, MAX_SPINES, SHARPS
from componium.music.pitch import str_key
from componium.music.provenance import PROVENANCE, provenance_of
from componium.music.score import Key, Score, Track
from componium.notation.folding import Written, fold, measure_to_write
from componium.notation.grid import QUARTER
from componium.notation.programs import find_program
from componium.notation.sheet import Event, Head, Measure, Notation, Part

_CLEFS = {"treble": "*clefG2", "treble_8": "*clefGv2", "alto": "*clefC3", "bass": "*clefF4", "percussion": "*clefX"}
_CHURCH = {"dorian": "dor", "phrygian": "phr", "lydian": "lyd", "mixolydian": "mix", "locrian": "loc"}


def drop_unsupported(score: Score) -> Score:
    """Return the score without what is not written.

    That is chord symbols, velocities, drums, and programs beyond what names imply.

    Of `info` the composer and the provenance are kept. It has a part at least, and its texts are one line each.
    """
    names = [_line(track.name) for track in score.tracks]
    tracks = []
    for track, name in zip(score.tracks, names, strict=True):
        array = track.notes.copy()
        array["velocity"] = 0
        tracks.append(Track(array, find_program(name, names) or 0, name=name))
    info = tuple((name, _line(score.about(name))) for name in ("composer", PROVENANCE))
    return replace(score, tracks=tuple(tracks) or (Track(),), chords=(), title=_line(score.title), info=info)


def _line(text: str) -> str:
    return " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())


def encode(notation: Notation) -> bytes:
    """Return the bytes of the file."""
    return ("\n".join(_lines(notation)) + "\n").encode()


def _lines(notation: Notation) -> Iterator[str]:
    parts = notation.parts[::-1]
    if composer := notation.score.about("composer"):
        yield f"!!!COM: {composer}"
    if notation.score.title:
        yield f"!!!OTL: {notation.score.title}"
    if provenance := provenance_of(notation.score):
        yield f"!!!{PROVENANCE}: {provenance}"
    yield "\t".join("**kern" for _ in parts)
    yield "\t".join(f'*I"{part.track.name}' if part.track.name else "*" for part in parts)
    yield "\t".join(_CLEFS[part.clef] for part in parts)
    yield from _splits(parts)
    width = sum(part.n_voices for part in parts)
    if width > MAX_SPINES:
        raise LimitError(f"{width} voices", expected=f"at most {MAX_SPINES} in a Humdrum file")
    written = fold(notation)
    starts, played = _sections(written)
    if len(played) > len(starts):
        for token in (f"*>[{','.join(played)}]", f"*>norep[{','.join(starts.values())}]"):
            yield "\t".join([token] * width)
    for number, each in enumerate(written):
        measure = measure_to_write(notation, number, each)
        if number:
            yield "\t".join([f"={measure.number}{_sign(written[number - 1], each)}"] * width)
        if len(played) > len(starts) and number in starts:
            yield "\t".join([f"*>{starts[number]}"] * width)
        for token in _interpretations(measure):
            yield "\t".join([token] * width)
        yield from _rows(measure, parts, each.at)
    yield "\t".join([f"=={_sign(written[-1], None)}"] * width)
    yield "\t".join(["*-"] * width)


def _splits(parts: Sequence[Part]) -> Iterator[str]:
    """Yield the lines that split the spines into as many as there are voices.

    Each line adds one spine a part at most.
    """
    have = [1] * len(parts)
    while any(n < part.n_voices for n, part in zip(have, parts, strict=True)):
        tokens = []
        for at, part in enumerate(parts):
            grows = have[at] < part.n_voices
            tokens += ["*"] * (have[at] - 1) + ["*^" if grows else "*"]
            have[at] += grows
        yield "\t".join(tokens)


def _sections(written: Sequence[Written]) -> tuple[dict[int, str], list[str]]:
    """Return the labels of sections by first measure, and all as they are played."""
    starts: dict[int, str] = {}
    played: list[str] = []
    repeated = ""  # the label of the passage whose second ending is to come
    for number, each in enumerate(written):
        before = written[number - 1] if number else None
        if before is None or each.forward or each.ending or before.backward or before.ending:
            starts[number] = _label(len(starts))
            played.append(starts[number])
        repeated = played[-1] if each.forward else repeated
        if each.backward:
            played.append(repeated)
    return starts, played


def _label(number: int) -> str:
    """Return A, B ... Z, A1, B1 ..."""
    return chr(ord("A") + number % 26) + (str(number // 26) if number >= 26 else "")


def _sign(before: Written, after: Written | None) -> str:
    """Return the repeat signs of a bar line."""
    forward = after is not None and after.forward
    return ":|!|:" if before.backward and forward else ":|!" if before.backward else "!|:" if forward else ""


def _interpretations(measure: Measure) -> Iterator[str]:
    """Yield the meter, key and tempo at the beginning of a measure."""
    if measure.shows_meter:
        yield f"*M{measure.meter}"
    if measure.key is not None:
        yield f"*k[{_signs(measure.key.fifths)}]"
        yield _key(measure.key)
    for _, qpm in measure.tempos:
        yield f"*MM{qpm:.6g}"


def _signs(fifths: int) -> str:
    letters, sign = (SHARPS, "#") if fifths > 0 else (FLATS, "-")
    return "".join(f"{letter}{sign}" for letter in letters[: abs(fifths)])


def _key(key: Key) -> str:
    """Return the designation of a key.

    >>> _key(Key(0, 1)), _key(Key(0, -3, "minor")), _key(Key(0, 0, "dorian"))
    ('*G:', '*c:', '*d:dor')
    """
    name = str_key(key).split()[0].replace("b", "-")
    is_minor = key.mode in ("minor", "dorian", "phrygian", "locrian")
    return f"*{name.lower() if is_minor else name}:{_CHURCH.get(key.mode, '')}"


def _rows(measure: Measure, parts: Sequence[Part], at: int) -> Iterator[str]:
    """Yield the data lines of a measure."""
    columns = []
    for part in parts:
        by_number = {voice.number: voice.events for voice in part.measures[at]}
        columns += [by_number.get(number, ()) for number in range(1, part.n_voices + 1)]
    tokens = [{event.onset: _token(event, measure) for event in events} or {0: _silence(measure)} for events in columns]
    for onset in sorted({onset for column in tokens for onset in column}):
        yield "\t".join(column.get(onset, ".") for column in tokens)


def _silence(measure: Measure) -> str:
    return f"{_recip(Fraction(4 * QUARTER, measure.duration))}ryy"


def _token(event: Event, measure: Measure) -> str:
    if event.whole_bar:
        return f"{_recip(Fraction(4 * QUARTER, measure.duration))}r"
    if event.denominator == 0:
        value = "0"
    else:
        tuplet = Fraction(event.tuplet.actual, event.tuplet.normal) if event.tuplet else Fraction(1)
        value = _recip(event.denominator * tuplet)
    value += "." * event.dots
    if not event.heads:
        return f"{value}r"
    before = "[" if event.tie_start and not event.tie_stop else ""
    after = "_" if event.tie_start and event.tie_stop else "]" if event.tie_stop else ""
    return " ".join(f"{before}{value}{_name(head)}{after}" for head in event.heads)


def _recip(number: Fraction) -> str:
    """Return the reciprocal duration: 4 a quarter, 12 a triplet's eighth.

    3%2 is two thirds of a whole note.
    """
    return str(number.numerator) if number.denominator == 1 else f"{number.numerator}%{number.denominator}"


def _name(head: Head) -> str:
    """Return the name of a pitch: c is middle C, cc an octave above, C one below."""
    letter = head.step.lower() * (head.octave - 3) if head.octave >= 4 else head.step * (4 - head.octave)
    return letter + ("#" * head.alter if head.alter > 0 else "-" * -head.alter)
