"""Where music comes from: one file a corpus, each with its licence, citation, hashes and split.

A corpus module has `load(*, progress=None, workers=None) -> Corpus`. The folder `folder` reads your own files.

>>> sorted(names())
['chorales', 'fiddle', 'folder', 'madrigals', 'quartets', 'trecento']
"""

from pathlib import Path

from componium import registry
from componium.corpora._base import SPLITS, Corpus, Piece, Progress, join
from componium.errors import UnknownNameError


def names() -> tuple[str, ...]:
    """The names of all corpora."""
    return registry.names("corpora")


def load(name_or_folder: str | Path, *, progress: Progress | None = None, workers: int | None = None) -> Corpus:
    """A corpus by its name ("chorales"), several joined by commas ("chorales,fiddle"), or that of a folder or file.

    A name counts before a folder of that name: write "./chorales" for the folder. `progress(done, files)` is called
    while files are read, which happens once: later they come from the cache. `workers` is the number of processes that
    read (default: one a processor).

    Raises UnknownNameError, naming the near names; CorpusError if nothing can be used; MissingExtraError if the music
    isn't installed.
    """
    words = [word.strip() for word in str(name_or_folder).split(",")]
    known = [word for word in names() if word != "folder"]
    if isinstance(name_or_folder, str) and all(word in known for word in words):
        unique = dict.fromkeys(words)
        return join(registry.load("corpora", word).load(progress=progress, workers=workers) for word in unique)
    if not Path(name_or_folder).expanduser().exists():
        unknown = next((word for word in words if word not in known), str(name_or_folder))
        raise UnknownNameError("corpus or folder", unknown, known)
    from componium.corpora import folder

    return folder.load(name_or_folder, progress=progress, workers=workers)


__all__ = ["SPLITS", "Corpus", "Piece", "Progress", "join", "load", "names"]
