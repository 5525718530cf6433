"""Scores as JSON (.json), read and written; nothing is lost.

    {"format": "componium-score", "version": 1, "ticks_per_quarter": 480, "title": "...", "info": {"composer": "..."},
     "tempos": [[tick, qpm]], "meters": [[tick, numerator, denominator]], "keys": [[tick, fifths, mode]],
     "chords": [[tick, symbol]],
     "tracks": [{"name": "...", "program": 0, "is_drum": false, "notes": [[onset, duration, pitch, velocity, voice]]}]}

Conventions
- UTF-8, one note a line; ticks as in Score. What a file leaves out, format and version apart, is as in an empty Score.
- Nothing is repaired: an unknown or repeated name, NaN, and any other version are refused.
- A take's history has the same suffix but is no score; the error names it.

>>> from componium.music.score import Score, Tempo, Track, notes
>>> score = Score((Track(notes([(0, 480, 60)])),), tempos=(Tempo(0, 96.5),), title="Ut")
>>> loads(dumps(score)) == score
True
>>> loads(b'{"format": "componium-score", "version": 1, "tracks": [{"notes": [[0, 480, 128]]}]}')
Traceback (most recent call last):
...
componium.errors.FormatError: note (0, 480, 128, 0, 0), at tracks[0], note 0; expected onset >= 0, duration >= 1, \
pitch 0-127
"""

import json
from collections.abc import Callable, Iterator
from typing import Any, NoReturn, TypeVar

from componium.errors import FormatError, LimitError, NotThisFormatError, ScoreError
from componium.formats.losses import Loss
from componium.music.score import Chord, Key, Meter, Score, Tempo, Track, notes

SUFFIXES = (".json",)
LOSES: dict[str, Loss] = {}
FORMAT, VERSION = "componium-score", 1
MAX_BYTES, MAX_LISTS, MAX_VALUES = 32 * 1024 * 1024, 500_000, 3_000_000  # which bound the memory that reading takes
MAX_DIGITS = 19  # of a whole number; ticks are below 2 ** 48
_SCORE = {
    "format": str, "version": int, "ticks_per_quarter": int, "title": str, "info": dict,
    "tempos": list, "meters": list, "keys": list, "chords": list, "tracks": list,
}  # fmt: skip
_TRACK = {"name": str, "program": int, "is_drum": bool, "notes": list}
_EVENTS: dict[str, tuple[Callable[..., Any], tuple[type, ...]]] = {
    "tempos": (Tempo, (int, float)),
    "meters": (Meter, (int, int, int)),
    "keys": (Key, (int, int, str)),
    "chords": (Chord, (int, str)),
}
T = TypeVar("T")
_TYPES = {str: "text", int: "a whole number", float: "a number", bool: "true or false", list: "a list", dict: "{...}"}
_HISTORY = {"seed", "asked", "measured"}  # names that a take's history always has


def loads(data: bytes, *, strict: bool = False) -> Score:
    """Parse the score in the bytes of a JSON file.

    `strict` changes nothing, as nothing is repaired.

    Raises FormatError (with the place, such as "tracks[0].notes[17]"), NotThisFormatError, LimitError.
    """
    document = _parse(data)
    given = dict(_fields(_object(document, ""), _SCORE, ""))
    if given.get("version") != VERSION:
        raise FormatError(f"version {given.get('version')!r}", where="version", expected=f"{VERSION}")
    given = {name: value for name, value in given.items() if name not in ("format", "version")}
    given["info"] = _info(given.get("info", {}))
    for name, (make, types) in _EVENTS.items():
        rows = given.get(name, [])
        given[name] = tuple(make(*_row(row, types, len(types), f"{name}[{at}]")) for at, row in enumerate(rows))
    given["tracks"] = tuple(_track(value, f"tracks[{at}]") for at, value in enumerate(given.get("tracks", [])))
    return _construct(Score, given, "the score")


def dumps(score: Score) -> bytes:
    """Return the bytes of a file.

    Raises LimitError beyond what `loads` takes, about half a million notes.
    """
    data = "\n".join(_lines(score)).encode("utf-8", "backslashreplace")  # half a surrogate as JSON writes it
    _check_size(data)
    return data


# ------------------------------------------------------------------------------------------------------------ writing


def _lines(score: Score) -> Iterator[str]:
    yield f'{{"format": "{FORMAT}", "version": {VERSION}, "ticks_per_quarter": {int(score.ticks_per_quarter)},'
    yield f'"title": {_dump(score.title)},'
    yield f'"info": {_dump(dict(score.info))},'
    yield f'"tempos": {_dump([(int(tempo.tick), float(tempo.qpm)) for tempo in score.tempos])},'
    yield f'"meters": {_dump([(int(m.tick), int(m.numerator), int(m.denominator)) for m in score.meters])},'
    yield f'"keys": {_dump([(int(key.tick), int(key.fifths), key.mode) for key in score.keys])},'
    yield f'"chords": {_dump([(int(chord.tick), chord.symbol) for chord in score.chords])},'
    yield '"tracks": ['
    for at, track in enumerate(score.tracks, start=1):
        about = {"name": track.name, "program": int(track.program), "is_drum": bool(track.is_drum)}
        rows = ",\n".join(map(_dump, track.notes.tolist()))
        yield f'{_dump(about)[:-1]}, "notes": [\n{rows}]}}' + "," * (at < len(score.tracks))
    yield "]}\n"


def _dump(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False)


# ------------------------------------------------------------------------------------------------------------ reading


def _parse(data: bytes) -> object:
    """Parse the JSON; raise an error that names what it is if it is no score."""
    if data.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] != b"{":
        raise NotThisFormatError("not a JSON object" if data else "an empty file", expected="{ at the start")
    _check_size(data)
    try:
        document = json.loads(
            data.decode("utf-8-sig"), parse_int=_integer, parse_constant=_refuse_constant,
            object_pairs_hook=_refuse_duplicates,
        )  # fmt: skip
    except UnicodeDecodeError as error:
        raise FormatError("text that is not UTF-8", where=f"byte {error.start}") from error
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise FormatError(f"broken JSON: {error.msg}", where=where) from error
    except RecursionError as error:
        raise LimitError("lists nested too deep", expected="a score's lists of rows") from error
    if document.get("format") != FORMAT:
        kind = "the history of a take" if document.keys() >= _HISTORY else "JSON of something else"
        advice = "its music is in the take's other files" if document.keys() >= _HISTORY else ""
        raise NotThisFormatError(kind, expected=f'"format": "{FORMAT}"', advice=advice)
    return document


def _check_size(data: bytes) -> None:
    if len(data) > MAX_BYTES:
        raise LimitError("too much JSON", expected=f"at most {MAX_BYTES} bytes")
    if data.count(b"[") + data.count(b"{") > MAX_LISTS or data.count(b",") > MAX_VALUES:
        raise LimitError("too many lists or values", expected=f"at most {MAX_LISTS} lists and {MAX_VALUES} values")


def _integer(text: str) -> int:
    if len(text) > MAX_DIGITS:
        raise LimitError(f"a number of {len(text)} digits", expected=f"at most {MAX_DIGITS}")
    return int(text)


def _refuse_constant(text: str) -> NoReturn:
    raise FormatError(f"{text}, which is no number", expected="a number")


def _refuse_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    given = dict(pairs)
    if len(given) < len(pairs):
        # A repeated name is gone by the time it is popped again.
        twice = next(name for name, _ in pairs if given.pop(name, pairs) is pairs)
        raise FormatError(f"{twice[:40]!r} is there twice", expected="each name once")
    return given


def _object(value: object, where: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise FormatError(f"{_kind(value)} instead of {{...}}", where=where)
    return value


def _fields(given: dict[str, Any], types: dict[str, Any], where: str) -> Iterator[tuple[str, Any]]:
    """Yield the fields of an object, each known and of its type."""
    for name, value in given.items():
        if name not in types:
            raise FormatError(f"unknown name {name[:40]!r}", where=where, expected=f"one of {', '.join(types)}")
        yield name, _typed(value, types[name], f"{where}.{name}".lstrip("."))


def _typed(value: Any, kind: type, where: str) -> Any:
    if type(value) is kind or (kind is float and type(value) is int):
        return value
    raise FormatError(f"{_kind(value)} instead of {_TYPES[kind]}", where=where)


def _kind(value: object) -> str:
    return _TYPES.get(type(value), "null")


def _row(value: object, types: tuple[type, ...], least: int, where: str) -> list[Any]:
    """Return a row of `least` values or more, at most as many as `types`."""
    row: list[Any] = _typed(value, list, where)
    if not least <= len(row) <= len(types):
        raise FormatError(f"a row of {len(row)} values", where=where, expected=f"{len(types)}")
    for item, kind in zip(row, types, strict=False):
        _typed(item, kind, where)
    return row


def _info(given: dict[str, Any]) -> tuple[tuple[str, str], ...]:
    return tuple((name, _typed(value, str, f"info.{name[:40]}")) for name, value in given.items())


def _track(value: object, where: str) -> Track:
    given = dict(_fields(_object(value, where), _TRACK, where))
    types = (int,) * 5
    rows = [_row(row, types, 3, f"{where}.notes[{at}]") for at, row in enumerate(given.get("notes", []))]
    given["notes"] = _construct(notes, {"rows": rows}, where)
    return _construct(Track, given, where)


def _construct(make: Callable[..., T], given: dict[str, Any], where: str) -> T:
    try:
        return make(**given)
    except ScoreError as error:
        place = ", ".join(filter(None, (where, error.where)))
        raise FormatError(error.what, where=place, expected=error.expected) from error
