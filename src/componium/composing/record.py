"""Takes read from their files: the notes, and the record beside them.

`componium compose` writes both beside each other under one name: `tune.mid` and `tune.json`. Either may be named.
"""

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from componium import formats
from componium.composing.request import build_request
from componium.composing.take import Take
from componium.decoding.request import Request
from componium.decoding.sampling import Sampling
from componium.errors import FormatError
from componium.music.pitch import parse_key
from componium.music.score import DEFAULT_VELOCITY, Score
from componium.music.transform import without_velocities

RECORD = ".json"
NOTES = (".mid", ".musicxml", ".mxl", ".abc", ".krn")  # forms in which a take's notes are looked for, in this order
_NEEDED = {"seed", "asked", "measured"}  # names that a record always has


def read_take(path: str | Path) -> Take:
    """Return the take that a file is of, without a history if it has no record.

    path  the record (.json), or the notes in any form that is read

    A prompt is not recorded: the request of a take that has a parent, or of another verb than `compose`, states no
    controls. Raises FormatError for a file that is neither and for a record without notes beside it, OSError.
    """
    path = Path(path)
    record = _record(path.with_suffix(RECORD))
    if path.suffix.lower() == RECORD and record is not None:
        path = _notes_of(path)
    score = _without_default_velocity(formats.read(path))
    return Take(score) if record is None else _take(score, record)


def _record(path: Path) -> dict[str, Any] | None:
    """Return the record in a file; None if there is no file, or no record in it."""
    if not path.is_file():
        return None
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise FormatError(f"not JSON: {error}", where=str(path)) from error
    return record if isinstance(record, dict) and record.keys() >= _NEEDED else None


def _notes_of(path: Path) -> Path:
    found = [path.with_suffix(suffix) for suffix in NOTES if path.with_suffix(suffix).is_file()]
    if not found:
        raise FormatError("a take's record without its notes", where=str(path),
                          expected=f"one of {', '.join(path.with_suffix(suffix).name for suffix in NOTES)} beside it")
    return found[0]


def _take(score: Score, record: Mapping[str, Any]) -> Take:
    """Return the take of a score and its record; style and key are those recorded."""
    try:
        measured, style = record["measured"], record["measured"].get("style", "")
        keys = (parse_key(measured["key"]),) if measured.get("key", "unknown") != "unknown" else ()
        others = [entry for entry in score.info if entry[0] != "style"]
        info = [("style", style), *others] if style and style != "unknown" else others
        return Take(
            replace(score, keys=keys, info=tuple(info)), record["seed"], record.get("number", 1), _request(record),
            record["asked"], measured, method=record.get("method", ""), model=record.get("model", ""),
            weights=record.get("weights", ""), version=record.get("version", ""), sampling=record.get("sampling", {}),
            tries=record.get("tries", 1), kept=record.get("kept", 1), critics=record.get("critics", {}),
        )  # fmt: skip
    except (KeyError, TypeError, AttributeError) as error:
        raise FormatError(f"a damaged record: {error}", expected="what `componium compose` wrote") from error


def _without_default_velocity(score: Score) -> Score:
    """Return the score without velocities if all are the default of a file."""
    if all((track.notes["velocity"] == DEFAULT_VELOCITY).all() for track in score.tracks):
        return without_velocities(score)
    return score


def _request(record: Mapping[str, Any]) -> Request:
    sampling, constraints = dict(record.get("sampling") or {}), record.get("constraints")
    endings = sampling.pop("endings", 1)
    if record.get("parent") or "style" not in record["asked"]:  # another verb's wishes, of a score that isn't recorded
        return Request(sampling=Sampling(**sampling), constraints=constraints or {}, endings=endings)
    return build_request(**record["asked"], **sampling, constraints=constraints, endings=endings)
