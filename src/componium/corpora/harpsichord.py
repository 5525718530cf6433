"""Harpsichord music of the Mutopia Project.

About 160 pieces, most by J. S. Bach and Handel, public domain or CC BY, stated for each. Two tracks, right and left
hand; composers of whom there is enough are further styles.
"""

from componium.corpora import _mutopia
from componium.corpora.base import Corpus
from componium.progress import type_on_progress

SOURCES = (_mutopia.FOLDER,)
PROGRAM = 6


def load(*, on_progress: type_on_progress | None = None, workers: int | None = None) -> Corpus:
    """Load the pieces. Raises CorpusError if they aren't there."""
    return _mutopia.load_keyboard("harpsichord", PROGRAM, on_progress=on_progress, workers=workers)
