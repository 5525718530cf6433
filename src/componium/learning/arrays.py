"""Corpora as arrays of ids: the training input of large models, in one file.

A file is an .npz archive (never a pickle):

    ids            uint16  the ids of all pieces, one after another, chords among them
    n_ids          int32   the number of ids of each piece
    n_notes        int32   its number of notes
    corpus, split  uint8   its place in about["corpora"] and in SPLITS
    about          JSON: the codec, the corpora, the styles of each piece, its id, family, source, hash and rights line,
                   the credits, and what was left out and why; older files lack sources and rights lines

Velocities are left out. Chords are the symbols that a piece has, else found (see `analysis.tune_chords`).
"""

import io
import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple
from zipfile import BadZipFile

import numpy as np

from componium._files import write_atomic
from componium.analysis.tune_chords import find_chords
from componium.codecs.base import from_config
from componium.codecs.encoded import EncodedCorpus
from componium.codecs.events import Events
from componium.composing.model import resolve_corpus
from componium.corpora import SPLITS, Corpus, Piece, list_credits, with_composers, without_overlaps
from componium.corpora import load as load_corpus
from componium.corpora.base import join
from componium.errors import ComponiumError, FormatError
from componium.music.score import Score
from componium.music.types import type_ids
from componium.progress import Progress, type_on_progress

FEWEST = 8  # notes of a piece
SUFFIX = ".npz"
EVERY = 50  # pieces between reports of progress


class Row(NamedTuple):
    """A piece as ids."""

    corpus: str
    piece: Piece
    ids: type_ids


def write_arrays(
    names: Sequence[str], out: str | Path, *, workers: int | None = None, on_progress: type_on_progress | None = None
) -> dict[str, dict[str, int]]:
    """Write corpora as arrays, and return the counts of each.

    They are of pieces, on each side too, notes, ids, and of what was left out.

    names        the corpora; overlaps between them are left out of training
    out          the file to write, an .npz
    workers      the number of processes that read music (default: one a processor)
    on_progress  called with a Progress while music is read and encoded

    Raises as `corpora.load` does, OSError where nothing can be written.
    """
    parts = without_overlaps([load_corpus(name, on_progress=on_progress, workers=workers) for name in names])
    styled = with_composers(join(parts))
    codec = Events(styled.styles, regions=True, velocities=False)
    origin = {piece.id: part.name for part in parts for piece in part}
    rows, failed = encode_pieces(codec, [(origin[piece.id], piece) for piece in styled], on_progress=on_progress)
    write_atomic(Path(out), pack(codec, names, rows, [*styled.left_out, *failed], list_credits(*parts)))
    left_out = {part.name: len(part.left_out) for part in parts}
    for id_, _ in failed:
        left_out[origin[id_]] += 1
    return {name: {**_count(name, rows), "left out": left_out[name]} for name in names}


def load_music(corpus: Corpus | str | Path, on_progress: type_on_progress | None = None) -> Corpus:
    """Return a corpus given as itself, by name, as a folder, or as a file of arrays.

    Such a file is an *.npz. Raises as `load_arrays` and `corpora.load` do.
    """
    if isinstance(corpus, str | Path) and Path(corpus).suffix == SUFFIX and Path(corpus).is_file():
        return load_arrays(corpus)
    return resolve_corpus(corpus, on_progress)


def load_arrays(path: str | Path) -> EncodedCorpus:
    """Return the corpus in a file that `write_arrays` wrote.

    Its scores are as the codec decodes them.

    Raises FormatError for another file, OSError where it can't be read.
    """
    try:
        with np.load(path, allow_pickle=False) as saved:
            about = json.loads(str(saved["about"]))
            parts = np.split(saved["ids"], np.cumsum(saved["n_ids"])[:-1])
            sides = [SPLITS[side] for side in saved["split"]]
        config = {**about["codec"], "velocities": False}  # older files don't say so
        codec = from_config(config)
        none = [""] * len(sides)
        rows = zip(about["ids"], parts, about["styles"], sides, about["families"], about["sha256"],
                   about.get("sources", none), about.get("rights", none), strict=True)  # fmt: skip
        pieces = tuple(
            Piece(id_, codec.decode(ids.astype(np.int64)), tuple(styles), split=side, family=family, sha256=hash_,
                  source=source, rights=rights)
            for id_, ids, styles, side, family, hash_, source, rights in rows
        )  # fmt: skip
        return EncodedCorpus(
            ",".join(about["corpora"]), pieces, license=about["credits"], left_out=tuple(map(tuple, about["left_out"])),
            config=config, ids=dict(zip(about["ids"], parts, strict=True)),
        )  # fmt: skip
    except (KeyError, TypeError, ValueError, IndexError, EOFError, BadZipFile) as error:
        raise FormatError(f"not a file of arrays: {error}", where=str(path),
                          expected="what scripts/make_arrays.py wrote") from error


def encode_pieces(
    codec: Events, pieces: Sequence[tuple[str, Piece]], *, on_progress: type_on_progress | None = None
) -> tuple[list[Row], list[tuple[str, str]]]:
    """Return the rows of (corpus, piece) pairs, and what was left out.

    That is pairs of an id and the reason.
    """
    rows: list[Row] = []
    failed: list[tuple[str, str]] = []
    for done, (corpus, piece) in enumerate(pieces, 1):
        if piece.score.n_notes < FEWEST:
            failed.append((piece.id, f"fewer than {FEWEST} notes"))
        else:
            try:
                rows.append(Row(corpus, piece, encode_with_chords(codec, piece.score)))
            except ComponiumError as error:
                failed.append((piece.id, str(error)))
        if on_progress and (done % EVERY == 0 or done == len(pieces)):
            on_progress(Progress("encoding", done, len(pieces)))
    return rows, failed


def encode_with_chords(codec: Events, score: Score) -> type_ids:
    """Return the ids of a score, its chords found if it has none."""
    if not score.chords:
        score = codec.canonicalize(score)
        score = replace(score, chords=find_chords(score))
    return codec.encode(score).ids


def pack(
    codec: Events, names: Sequence[str], rows: Sequence[Row], left_out: Iterable[tuple[str, str]], credit: str
) -> bytes:
    """Return rows as the bytes of an .npz archive."""
    about = {
        "codec": codec.config(),
        "corpora": list(names),
        "ids": [row.piece.id for row in rows],
        "styles": [row.piece.styles for row in rows],
        "families": [row.piece.family for row in rows],
        "sha256": [row.piece.sha256 for row in rows],
        "sources": [row.piece.source for row in rows],
        "rights": [row.piece.rights for row in rows],
        "left_out": list(left_out),
        "credits": credit,
    }
    file = io.BytesIO()
    np.savez_compressed(
        file,
        ids=np.concatenate([np.zeros(0, dtype=np.uint16), *(row.ids.astype(np.uint16) for row in rows)]),
        n_ids=np.array([len(row.ids) for row in rows], dtype=np.int32),
        n_notes=np.array([row.piece.score.n_notes for row in rows], dtype=np.int32),
        corpus=np.array([names.index(row.corpus) for row in rows], dtype=np.uint8),
        split=np.array([SPLITS.index(row.piece.split) for row in rows], dtype=np.uint8),
        about=np.array(json.dumps(about, ensure_ascii=False)),
    )
    return file.getvalue()


def _count(name: str, rows: Sequence[Row]) -> dict[str, int]:
    """Return the counts of a corpus: pieces, by side too, notes and ids."""
    own = [row for row in rows if row.corpus == name]
    sides = Counter(row.piece.split for row in own)
    return {
        "pieces": len(own),
        **{side: sides[side] for side in SPLITS},
        "notes": sum(row.piece.score.n_notes for row in own),
        "ids": sum(len(row.ids) for row in own),
    }
