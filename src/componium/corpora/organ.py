"""Organ music of the Mutopia Project.

64 pieces from Titelouze to Reger, public domain or CC BY, stated for each. Two tracks, right and left hand, the
pedal among the left; composers of whom there is enough are further styles.
"""

from componium.corpora import _mutopia
from componium.corpora.base import Corpus
from componium.progress import type_on_progress

SOURCES = (_mutopia.FOLDER,)
PROGRAM = 19


def load(*, on_progress: type_on_progress | None = None, workers: int | None = None) -> Corpus:
    """Load the pieces. Raises CorpusError if they aren't there."""
    return _mutopia.load_keyboard("organ", PROGRAM, on_progress=on_progress, workers=workers)
