"""One's own music: a folder of readable files, in sub-folders too, or one file.

Files are taken in the order of their names; hidden ones are passed over. Whatever else is left out is listed with its
reason: a suffix that no format has, a file that can't be read, one without notes, the same music as another, a
recording beside a score of the same name, since the score is no estimate, a link to nothing, a device, a name that is
not UTF-8. A piece has the folder's name as its style,
and the sub-folder's if it lies in one. The license is the files' own.
"""

import hashlib
import os
import stat
import warnings
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from componium import formats
from componium.corpora._build import SAME_MUSIC, Plan, Prepared, build
from componium.corpora.base import Corpus
from componium.errors import CorpusError, LeftOutWarning, RepairWarning
from componium.formats import recording
from componium.music.score import Score
from componium.progress import type_on_progress
from componium.transcription import coverage

NO_SUFFIX, UNKNOWN_SUFFIX, BESIDE_SCORE = "no suffix", "no format has the suffix", "a recording beside its score"

# The reasons that nobody need be told of each time: the file is no music, or its music is there.
_EXPECTED = (NO_SUFFIX, UNKNOWN_SUFFIX, SAME_MUSIC, BESIDE_SCORE)


def load(
    path: str | Path = ".", *, on_progress: type_on_progress | None = None, workers: int | None = None,
    cache: bool = True,
) -> Corpus:
    """Load the corpus of a folder, or of one file.

    Warns (LeftOutWarning) of files that seem to be music and are left out. Raises CorpusError if there is none, or if
    nothing in it can be used.
    """
    place = Path(path).expanduser().resolve()
    if not place.exists():
        raise CorpusError("no such folder or file", where=str(path))
    root, names = (place, walk(place)) if place.is_dir() else (place.parent, [place.name])
    name = printable(root.name) or "folder"
    left_out = _left_out(root, names)
    plan = Plan(
        name=name,
        root=root,
        files=tuple(file for file in names if file not in left_out),
        prepare=partial(prepare, name),
        license="that of the files",
        citation="",
        left_out=tuple((printable(file), reason) for file, reason in left_out.items()),
        cache_name="folder-" + hashlib.sha256(os.fsencode(place)).hexdigest()[:16],
    )
    corpus = build(plan, on_progress=on_progress, workers=workers, cache=cache)
    if not corpus.pieces:
        raise _nothing(place, corpus)
    _warn(printable(str(path)), [row for row in corpus.left_out if not row[1].startswith(_EXPECTED)])
    if heard := describe_recordings(corpus):
        warnings.warn(RepairWarning(heard), stacklevel=2)
    return corpus


def describe_recordings(corpus: Corpus) -> str:
    """Return a summary of what was transcribed, "" without recordings.

    It states the notes a minute and the share of silence, and what would transcribe more.
    """
    scores = [piece.score for piece in corpus.pieces if _suffix(piece.source) in recording.SUFFIXES]
    if not scores:
        return ""
    count = f"{len(scores)} recording{'s' if len(scores) > 1 else ''}"
    text = f"{count} of {corpus.name}: {coverage.measure(scores)}"
    return "; ".join(filter(None, (text, coverage.advice())))


def _warn(path: str, left_out: Sequence[tuple[str, str]]) -> None:
    """Warn in one line of files left out that seem to be music."""
    if left_out:
        (file, reason), more = left_out[0], len(left_out) - 1
        text = f"left out of {path}: {file}: {reason}" + (f"; and {more} more files" if more else "")
        warnings.warn(LeftOutWarning(f"{text}; `componium corpora {path} --left-out` lists all"), stacklevel=3)


def prepare(name: str, score: Score, source: str) -> Prepared:
    """Return the score unchanged, and the folder's and sub-folder's names as styles."""
    below = source.split("/")[:-1]
    return score, (name, *below[:1])


def walk(root: Path) -> list[str]:
    """Return every file below a folder, by name relative to it, sorted.

    Hidden files and links to folders are left out.
    """
    files = []
    for folder, below, names in os.walk(root):
        below[:] = [name for name in below if not name.startswith(".")]
        here = Path(folder).relative_to(root)
        files += [(here / name).as_posix() for name in names if not name.startswith(".")]
    return sorted(files)


def printable(name: str) -> str:
    r"""Return a file's name with the bytes in it that are not UTF-8 written as \\xff."""
    return os.fsencode(name).decode("utf-8", "backslashreplace")


def _left_out(root: Path, files: list[str]) -> dict[str, str]:
    """Return the files that needn't be opened, each with the reason."""
    odd = {file: reason for file in files if (reason := _oddness(root, file))}
    usual = [file for file in files if file not in odd]
    return odd | _unneeded(usual)


def _oddness(root: Path, file: str) -> str:
    """Return the reason for which a file can't be opened, or an empty string."""
    if printable(file) != file:
        return "its name is not UTF-8"
    try:
        mode = (root / file).stat().st_mode
    except OSError as error:
        return f"can't be read: {error.strerror}"
    return "" if stat.S_ISREG(mode) else "no regular file"


def _unneeded(files: list[str]) -> dict[str, str]:
    known = {file for file in files if _suffix(file) in formats.readable_suffixes()}
    scores = {_stem(file): file for file in sorted(known, reverse=True) if _suffix(file) not in recording.SUFFIXES}
    reasons = {file: unknown_suffix(file) for file in files if file not in known}
    recordings = (file for file in sorted(known) if _suffix(file) in recording.SUFFIXES and _stem(file) in scores)
    return reasons | {file: f"{BESIDE_SCORE}, {Path(scores[_stem(file)]).name}" for file in recordings}


def unknown_suffix(file: str) -> str:
    """Return the reason for leaving out a file whose suffix no format has."""
    suffix = Path(file).suffix
    return f"{UNKNOWN_SUFFIX} {suffix}" if suffix else NO_SUFFIX


def _suffix(file: str) -> str:
    return Path(file).suffix.lower()


def _stem(file: str) -> str:
    return Path(file).with_suffix("").as_posix()


def first_reasons(left_out: Sequence[tuple[str, str]]) -> str:
    """Return the first of the files left out, each with its reason, in one line."""
    reasons = [f"{file}: {why}" for file, why in left_out[:3]]
    more = len(left_out) - len(reasons)
    return "; ".join([*reasons, *([f"and {more} more"] if more > 0 else [])]) or "it is empty"


def _nothing(place: Path, corpus: Corpus) -> CorpusError:
    expected = f"files ending in {', '.join(sorted(formats.readable_suffixes()))}"
    reasons = first_reasons(corpus.left_out)
    return CorpusError("no music that can be read", where=str(place), expected=expected, advice=reasons)
