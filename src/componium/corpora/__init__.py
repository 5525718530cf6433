"""Where music comes from: one file a corpus, each with its licence, citation, hashes and split.

A corpus module has `load(*, progress=None, workers=None) -> Corpus`. The folder `folder` reads your own files.

>>> sorted(names())
['chorales', 'fiddle', 'folder', 'madrigals', 'quartets', 'trecento']
"""

from pathlib import Path

from componium import registry
from componium.corpora.base import SPLITS, Corpus, Piece, Progress, join
from componium.errors import UnknownNameError


def names() -> tuple[str, ...]:
    """The names of all corpora."""
    return registry.names("corpora")


def load(name_or_folder: str | Path, *, progress: Progress | None = None, workers: int | None = None) -> Corpus:
    """A corpus by its name ("chorales"), that of a folder or file, or several, joined by commas ("chorales,fiddle").

    A name counts before a folder of that name: write "./chorales" for the folder. `progress(done, files)` is called
    while files are read, which happens once: later they come from the cache. `workers` is the number of processes that
    read (default: one a processor).

    Raises UnknownNameError, naming the near names; CorpusError if nothing can be used; MissingExtraError if the music
    isn't installed.
    """
    known = [name for name in names() if name != "folder"]
    if name_or_folder in known:
        corpus: Corpus = registry.load("corpora", str(name_or_folder)).load(progress=progress, workers=workers)
        return corpus
    if _exists(name_or_folder):
        from componium.corpora import folder

        return folder.load(name_or_folder, progress=progress, workers=workers)
    words = dict.fromkeys(word.strip() for word in str(name_or_folder).split(","))
    for word in words:
        if word not in known and (len(words) == 1 or not _exists(word)):  # told before any is read
            raise UnknownNameError("corpus or folder", word, known)
    return join(load(word, progress=progress, workers=workers) for word in words)


def _exists(path: str | Path) -> bool:
    return Path(path).expanduser().exists()


__all__ = ["SPLITS", "Corpus", "Piece", "Progress", "join", "load", "names"]
