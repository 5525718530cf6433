"""Corpora: collections of music with license, citation, file hashes and split.

A module here (or an entry point of another package) is a corpus if it has
`load(*, on_progress=None, workers=None) -> Corpus`; nothing else need be edited. `folder` reads a person's own files.

>>> "chorales" in names()
True
"""

from pathlib import Path

from componium import registry
from componium._files import cache_folder
from componium.corpora._composers import with_composers
from componium.corpora._credits import list_credits
from componium.corpora._fetch import fetch
from componium.corpora._overlaps import without_overlaps
from componium.corpora.base import SPLITS, Corpus, Piece, join
from componium.errors import UnknownNameError
from componium.progress import type_on_progress


def names() -> tuple[str, ...]:
    """Return the names of all corpora, sorted."""
    return registry.names("corpora")


def load(
    name_or_folder: str | Path, *, on_progress: type_on_progress | None = None, workers: int | None = None
) -> Corpus:
    """Load a corpus by name, or a user's own music from a folder or a file.

    name_or_folder   a name ("chorales"), a path, or several of both joined by commas ("chorales,fiddle"). A name comes
                     before a folder of that name: write "./chorales" for the folder.
    on_progress      called with a Progress while files are read, which happens once: later the corpus comes from the
                     cache
    workers          the number of processes that read (default: one a processor)

    Of several, training pieces that overlap with what is held out in another are left out.

    Raises UnknownNameError, naming the near names; CorpusError if nothing can be used; MissingExtraError if the music
    isn't installed.
    """
    known = [name for name in names() if name != "folder"]
    if name_or_folder in known:
        corpus: Corpus = registry.load("corpora", str(name_or_folder)).load(on_progress=on_progress, workers=workers)
        return corpus
    if _exists(name_or_folder):
        from componium.corpora import folder

        return folder.load(name_or_folder, on_progress=on_progress, workers=workers)
    parts = dict.fromkeys(part.strip() for part in str(name_or_folder).split(","))
    for part in parts:  # all of them, before any is read
        if part not in known and (len(parts) == 1 or not _exists(part)):
            raise UnknownNameError("corpus or folder", part, known)
    return join(without_overlaps([load(part, on_progress=on_progress, workers=workers) for part in parts]))


def _exists(path: str | Path) -> bool:
    return Path(path).expanduser().exists()


__all__ = [
    "SPLITS", "Corpus", "Piece", "cache_folder", "fetch", "join", "list_credits", "load", "names", "with_composers",
    "without_overlaps",
]  # fmt: skip
