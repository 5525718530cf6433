"""Your own music: a folder with any mix of readable files, in sub-folders too, or one file.

Files are taken in the order of their names; hidden ones are passed over. Whatever else is left out is listed with its
reason: a suffix that no format has, a file that can't be read, one without notes, the same music as another, a
recording beside a score of the same name, since the score is no estimate. A piece has the folder's name as its style,
and the sub-folder's if it lies in one. The licence is the files' own.
"""

import hashlib
import os
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from componium import formats
from componium.corpora._build import Plan, Prepared, build
from componium.corpora.base import Corpus, Progress
from componium.errors import CorpusError
from componium.formats import recording
from componium.music.score import Score


def load(
    path: str | Path = ".", *, progress: Progress | None = None, workers: int | None = None, cache: bool = True
) -> Corpus:
    """The corpus of a folder, or of one file. CorpusError if there is none, or if nothing in it can be used."""
    place = Path(path).expanduser().resolve()
    if not place.exists():
        raise CorpusError("no such folder or file", where=str(path))
    root, found = (place, walk(place)) if place.is_dir() else (place.parent, [place.name])
    name = root.name or "folder"
    left_out = _left_out(found)
    plan = Plan(
        name=name,
        root=root,
        files=tuple(file for file in found if file not in left_out),
        prepare=partial(prepare, name),
        licence="that of the files",
        citation="",
        left_out=tuple(left_out.items()),
        cache_name="folder-" + hashlib.sha256(str(place).encode()).hexdigest()[:16],
    )
    corpus = build(plan, progress=progress, workers=workers, cache=cache)
    if not corpus.pieces:
        raise _nothing(place, corpus)
    return corpus


def prepare(name: str, score: Score, source: str) -> Prepared:
    """The score as it is; its styles: the folder's name, then the sub-folder's."""
    below = source.split("/")[:-1]
    return score, (name, *below[:1])


def walk(root: Path) -> list[str]:
    """Every file below, hidden ones and links to folders aside, by name relative to the root, sorted."""
    files = []
    for folder, below, names in os.walk(root):
        below[:] = [name for name in below if not name.startswith(".")]
        here = Path(folder).relative_to(root)
        files += [(here / name).as_posix() for name in names if not name.startswith(".")]
    return sorted(files)


def _left_out(found: list[str]) -> dict[str, str]:
    """Why some of the files needn't even be opened."""
    known = {file for file in found if _suffix(file) in formats.readable_suffixes()}
    scores = {_stem(file): file for file in sorted(known, reverse=True) if _suffix(file) not in recording.SUFFIXES}
    why = {file: unknown(file) for file in found if file not in known}
    heard = (file for file in sorted(known) if _suffix(file) in recording.SUFFIXES and _stem(file) in scores)
    return why | {file: f"a recording beside its score, {Path(scores[_stem(file)]).name}" for file in heard}


def unknown(file: str) -> str:
    """Why a file whose suffix no format has is left out."""
    suffix = Path(file).suffix
    return f"no format has the suffix {suffix}" if suffix else "no suffix"


def _suffix(file: str) -> str:
    return Path(file).suffix.lower()


def _stem(file: str) -> str:
    return Path(file).with_suffix("").as_posix()


def first_of(left_out: Sequence[tuple[str, str]]) -> str:
    """The first of the files left out, each with its reason, in one line."""
    reasons = [f"{file}: {why}" for file, why in left_out[:3]]
    more = len(left_out) - len(reasons)
    return "; ".join([*reasons, *([f"and {more} more"] if more > 0 else [])]) or "it is empty"


def _nothing(place: Path, corpus: Corpus) -> CorpusError:
    said = first_of(corpus.left_out)
    known = ", ".join(sorted(formats.readable_suffixes()))
    return CorpusError("no music that can be read", where=str(place), expected=f"files ending in {known}", advice=said)
