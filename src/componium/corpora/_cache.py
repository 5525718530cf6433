"""Cache of corpora: one file each, loaded in a fraction of a second.

The folder is the platform's for caches (~/.cache/componium, ...), or COMPONIUM_CACHE. A file is the SHA-256 of what
follows, then an .npz archive (never a pickle): all notes in one array, and JSON for all else. It holds for one key
(source of the readers, files with size and date): for another, or if damaged, the corpus is read anew.
"""

import hashlib
import io
import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from componium._files import cache_folder, write_atomic
from componium.corpora.base import Corpus, Piece
from componium.music.score import NOTE, Chord, Key, Meter, Score, Tempo, Track

_EVENTS = {"tempos": Tempo, "meters": Meter, "keys": Key, "chords": Chord}
_PIECE = ("id", "collection", "split", "family", "sha256", "source", "rights")


def save(name: str, key: str, corpus: Corpus) -> None:
    """Store a corpus under a name, in place of an older one.

    Raises OSError where nothing can be written.
    """
    write_atomic(_path(name), pack(corpus, key))


def load(name: str, key: str) -> Corpus | None:
    """Return the corpus stored under a name and key.

    None if there is none, it is damaged, or it was stored under another key.
    """
    try:
        return unpack(_path(name).read_bytes(), key)
    except OSError:  # not there, or not readable: the corpus is then read from its files
        return None


def _path(name: str) -> Path:
    return cache_folder() / "corpora" / f"{name}.corpus"


def pack(corpus: Corpus, key: str) -> bytes:
    """Return a corpus as bytes."""
    tracks = [track for piece in corpus.pieces for track in piece.score.tracks]
    about = {
        "key": key,
        "corpus": {name: getattr(corpus, name) for name in ("name", "license", "citation", "left_out", "repaired")},
        "pieces": [_piece_to_json(piece) for piece in corpus.pieces],
    }
    text = json.dumps(about, ensure_ascii=False, separators=(",", ":")).encode()
    file = io.BytesIO()
    np.savez(
        file,
        notes=np.concatenate([np.empty(0, NOTE), *(track.notes for track in tracks)]),
        counts=np.array([len(track.notes) for track in tracks], dtype=np.int64),
        about=np.frombuffer(text, dtype=np.uint8),
    )
    body = file.getvalue()
    return hashlib.sha256(body).digest() + body


def unpack(data: bytes, key: str) -> Corpus | None:
    """Return the corpus in bytes made by `pack`.

    None if they are damaged or were made for another key.
    """
    body = data[32:]
    if hashlib.sha256(body).digest() != data[:32]:
        return None
    with np.load(io.BytesIO(body), allow_pickle=False) as arrays:
        about = json.loads(arrays["about"].tobytes())
        if about["key"] != key:
            return None
        notes = iter(np.split(arrays["notes"], np.cumsum(arrays["counts"])[:-1]))
    fields: dict[str, Any] = about["corpus"]
    for name in ("left_out", "repaired"):
        fields[name] = tuple((what, why) for what, why in fields[name])
    return Corpus(pieces=tuple(_piece_from_json(row, notes) for row in about["pieces"]), **fields)


def _piece_to_json(piece: Piece) -> dict[str, Any]:
    score = piece.score
    row: dict[str, Any] = {name: getattr(piece, name) for name in _PIECE}
    row |= {"styles": piece.styles, "title": score.title, "info": score.info, "tpq": score.ticks_per_quarter}
    row["tracks"] = [(track.program, track.is_drum, track.name) for track in score.tracks]
    for name in _EVENTS:
        row[name] = [tuple(asdict(event).values()) for event in getattr(score, name)]
    return row


def _piece_from_json(row: dict[str, Any], notes: Any) -> Piece:
    events: dict[str, Any] = {name: tuple(kind(*values) for values in row[name]) for name, kind in _EVENTS.items()}
    score = Score(
        tracks=tuple(Track(next(notes), program, is_drum, name) for program, is_drum, name in row["tracks"]),
        ticks_per_quarter=row["tpq"],
        title=row["title"],
        info=tuple((name, value) for name, value in row["info"]),
        **events,
    )
    return Piece(score=score, styles=tuple(row["styles"]), **{name: row[name] for name in _PIECE})
