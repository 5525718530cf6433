"""Building of corpora: files are read, prepared, keyed, split and cached.

A corpus describes itself in a Plan. Its `prepare` takes each score and the name of its file, and returns the score as
wanted and its styles, or raises CorpusError with the reason for leaving it out.
"""

import hashlib
import json
import os
import warnings
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from componium import formats
from componium.corpora import _cache
from componium.corpora._families import family_features, find_families, fingerprint
from componium.corpora._key import estimate_keys
from componium.corpora._processes import map_chunks
from componium.corpora._split import assign_sides
from componium.corpora.base import SPLITS, Corpus, Piece
from componium.errors import ComponiumError, CorpusError, RepairWarning
from componium.formats import recording
from componium.music.score import Score
from componium.progress import Progress, type_on_progress
from componium.transcription import model

Prepared = tuple[Score, tuple[str, ...]]
# The rooms that take part in reading a corpus, so in its cache's key.
READING_ROOMS = ("music", "audio", "analysis", "notation", "transcription", "formats", "corpora")
SAME_MUSIC = "the same music as"
_SHOWN = 200  # characters of an error that is none of ours
CHUNK = 8  # files handed to a process at once


@dataclass(frozen=True, slots=True)
class Plan:
    """The description of a corpus: its files and what is made of them.

    `files` are relative to `root`; `key_trust` is one of those in `_key`, or empty for that of the file's suffix.
    """

    name: str
    root: Path
    files: tuple[str, ...]
    prepare: Callable[[Score, str], Prepared]
    license: str
    citation: str
    key_trust: str = ""  # empty: by the file's suffix
    titles_name_tunes: bool = True
    left_out: tuple[tuple[str, str], ...] = ()
    cache_name: str = ""
    fixed_side: Callable[[str], str] | None = None  # the side on which a file must fall, "" if on any


@dataclass(frozen=True, slots=True)
class Draft:
    """A piece before the split, its family's features and its notes' fingerprint."""

    piece: Piece
    features: tuple[str, ...]
    fingerprint: str


@dataclass(frozen=True, slots=True)
class Reading:
    """The result of reading one file."""

    drafts: tuple[Draft, ...] = ()
    left_out: tuple[tuple[str, str], ...] = ()
    repaired: tuple[tuple[str, str], ...] = ()


def build(
    plan: Plan, *, on_progress: type_on_progress | None = None, workers: int | None = None, cache: bool = True
) -> Corpus:
    """Build the corpus of a plan, or load it from the cache.

    `on_progress` is called while files are read.
    """
    name, key = plan.cache_name or plan.name, _cache_key(plan)
    cached = _cache.load(name, key) if cache else None
    if cached is not None:
        return cached
    corpus = assemble(plan, read(plan, on_progress=on_progress, workers=workers))
    if cache:
        try:
            _cache.save(name, key, corpus)
        except OSError as error:
            warnings.warn(f"the corpus {plan.name} can't be cached: {error}", stacklevel=3)
    return corpus


def _cache_key(plan: Plan) -> str:
    """Return a hash of the readers, the plan and its files (by size and date)."""
    digest = hashlib.sha256(_code_hash(plan.prepare).encode())
    hears_chords = has_recordings(plan) and model.ready()  # the same files are heard otherwise once the model is there
    digest.update(json.dumps([plan.name, plan.key_trust, plan.left_out, hears_chords]).encode())
    for name in plan.files:
        about = (plan.root / name).stat()
        digest.update(f"{name}\0{about.st_size}\0{about.st_mtime_ns}\0".encode())
    return digest.hexdigest()


def has_recordings(plan: Plan) -> bool:
    """Return True if some of the files are recordings."""
    return any(Path(name).suffix.lower() in recording.SUFFIXES for name in plan.files)


def _code_hash(prepare: Callable[[Score, str], Prepared]) -> str:
    """Return a hash of all source and data that turn files into pieces.

    So a corpus is read anew once a reader is changed; `prepare` may come from another package.
    """
    package = Path(__file__).parent.parent
    files = {file for room in READING_ROOMS for file in package.glob(f"{room}/**/*") if file.suffix in (".py", ".json")}
    function = prepare.func if isinstance(prepare, partial) else prepare
    files.add(Path(function.__code__.co_filename))
    digest = hashlib.sha256()
    for file in sorted(files):
        digest.update(file.read_bytes())
    return digest.hexdigest()


def read(plan: Plan, *, on_progress: type_on_progress | None = None, workers: int | None = None) -> list[Reading]:
    """Read the files of a plan, in order; in several processes if there are many."""
    chunks = [plan.files[at : at + CHUNK] for at in range(0, len(plan.files), CHUNK)]
    common = replace(plan, files=(), left_out=(), fixed_side=None)  # all that a process needs of the plan
    results: dict[int, list[Reading]] = {}
    done = 0
    n_processes = min(workers or os.cpu_count() or 1, len(chunks))
    for index, readings in map_chunks(partial(read_files, common), chunks, n_processes):
        results[index] = readings
        done += len(readings)
        if on_progress:
            on_progress(Progress(f"reading {plan.name}", done, len(plan.files)))
    return [reading for _, readings in sorted(results.items()) for reading in readings]


def read_files(plan: Plan, files: Iterable[str]) -> list[Reading]:
    """Read some files of a plan."""
    return [_read_file(plan, name) for name in files]


def _read_file(plan: Plan, name: str) -> Reading:
    """Read a file, or return the reason for leaving it out.

    A defect of a reader is such a reason too, so that no file ends a corpus.
    """
    try:
        return _read_pieces(plan, name)
    except Exception as error:
        reason = f"its reader failed: {type(error).__name__}: {error}"
        return Reading(left_out=((name, f"{reason[:_SHOWN]}; please report it, with the file"),))


def _read_pieces(plan: Plan, name: str) -> Reading:
    path = plan.root / name
    try:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always", RepairWarning)
            sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
            scores = formats.read_all(path)
    except (ComponiumError, OSError) as error:
        return Reading(left_out=((name, f"can't be read: {_why(error, str(path))}"),))
    repaired = tuple((name, str(warning.message)) for warning in caught)
    drafts: list[Draft] = []
    left_out: list[tuple[str, str]] = []
    for score, suffix in zip(scores, _numbers(scores), strict=True):
        try:
            drafts.append(_draft(plan, score, name, suffix, sha256))
        except CorpusError as error:
            left_out.append((name + suffix, error.what))
    if not scores:
        left_out.append((name, "no piece in it"))
    return Reading(tuple(drafts), tuple(left_out), repaired)


def _why(error: Exception, path: str) -> str:
    return str(error).replace(f"{path}, ", "").replace(path, "the file")


def _numbers(scores: Sequence[Score]) -> list[str]:
    """Return a suffix for the id of each score of a file.

    It is "" if there is one score, else "/X:7" by its number.
    """
    if len(scores) == 1:
        return [""]
    seen: dict[str, int] = {}
    names = []
    for place, score in enumerate(scores, 1):
        number = score.about("number") or str(place)
        seen[number] = seen.get(number, 0) + 1
        names.append(f"/X:{number}" + (f"-{seen[number]}" if seen[number] > 1 else ""))
    return names


def _draft(plan: Plan, score: Score, name: str, number: str, sha256: str) -> Draft:
    score = replace(score, tracks=tuple(track for track in score.tracks if len(track.notes)))
    if not score.tracks:
        raise CorpusError("no notes in it")
    score, styles = plan.prepare(score, name)
    score = estimate_keys(score, plan.key_trust or _trust(name))
    piece = Piece(
        id=_stem(name) + number,
        score=score,
        styles=styles,
        collection=_collection(plan, name),
        sha256=sha256,
        source=name,
        rights=score.about("rights") or score.about("transcriber"),
    )
    title = score.title if plan.titles_name_tunes else ""
    return Draft(piece, family_features(score, title), fingerprint(score))


def _collection(plan: Plan, name: str) -> str:
    folder, below, _ = name.partition("/")
    return folder if below else plan.name


def _stem(name: str) -> str:
    path = Path(name)
    known = path.suffix.lower() in formats.readable_suffixes()
    return path.with_suffix("").as_posix() if known else path.as_posix()


def _trust(name: str) -> str:
    suffix = Path(name).suffix.lower()
    if suffix == ".abc":
        return "mode"
    return "nothing" if suffix in (".mid", ".midi", ".smf", ".kar", ".rmi") else "signature"


def assemble(plan: Plan, readings: Iterable[Reading]) -> Corpus:
    """Assemble the corpus: equal music once, ids unique, families found and split."""
    left_out: list[tuple[str, str]] = list(plan.left_out)
    repaired: list[tuple[str, str]] = []
    drafts: list[Draft] = []
    first: dict[str, str] = {}
    ids: set[str] = set()
    for reading in readings:
        left_out += reading.left_out
        repaired += reading.repaired
        for draft in reading.drafts:
            same = first.setdefault(draft.fingerprint, draft.piece.id)
            if same != draft.piece.id or draft.piece.id in ids:
                left_out.append((draft.piece.id, f"{SAME_MUSIC} {same}"))
                continue
            ids.add(draft.piece.id)
            drafts.append(draft)
    families = find_families([draft.features for draft in drafts])
    sides = {**assign_sides(families), **_fixed_sides(plan, drafts, families)}
    pieces = [
        replace(draft.piece, family=family, split=sides[family]) for draft, family in zip(drafts, families, strict=True)
    ]
    return Corpus(plan.name, tuple(pieces), plan.license, plan.citation, tuple(left_out), tuple(repaired))


def _fixed_sides(plan: Plan, drafts: Sequence[Draft], families: Sequence[str]) -> dict[str, str]:
    """Return the sides of families with a file whose side is fixed.

    Of several sides the last in SPLITS counts.
    """
    sides: dict[str, str] = {}
    for draft, family in zip(drafts, families, strict=True):
        side = plan.fixed_side(draft.piece.source) if plan.fixed_side else ""
        if side:
            sides[family] = max(side, sides.get(family, side), key=SPLITS.index)
    return sides
