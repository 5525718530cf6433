"""Piano music: Polish prints, first editions of Chopin, Mutopia.

About 1,100 pieces of the Polish Music Heritage and 220 of Chopin's first editions (both of The Fryderyk Chopin
Institute, CC BY 4.0), and about 330 of the Mutopia Project (public domain or CC BY, stated for each). Two tracks, the
right and the left hand. Mutopia's Chopin is left out, since the first editions have it. Composers of whom there is
enough are further styles.
"""

from dataclasses import replace
from pathlib import PurePosixPath

from componium.corpora import _local, _mutopia, _parts
from componium.corpora._build import Prepared
from componium.corpora.base import Corpus
from componium.errors import CorpusError
from componium.music.score import Score
from componium.progress import type_on_progress

SOURCES = ("polish_scores", "chopin_first_editions", "mutopia_midi")
STYLES = ("piano",)


def load(*, on_progress: type_on_progress | None = None, workers: int | None = None) -> Corpus:
    """Load the pieces. Raises CorpusError if they aren't there."""
    return _local.load("piano", SOURCES, prepare, patterns=[_mutopia.pattern("piano")], key_trust="signature",
                       on_progress=on_progress, workers=workers)  # fmt: skip


def prepare(score: Score, source: str) -> Prepared:
    """Give the piece to two hands.

    Raises CorpusError if it is for more.
    """
    if source.startswith("mutopia_midi/"):
        if PurePosixPath(source).name.startswith("Chopin"):
            raise CorpusError("stands in chopin_first_editions")
        return _mutopia.prepare_keyboard("piano", _parts.PIANO, score, source)
    if len(score.tracks) > 2:
        raise CorpusError(f"{len(score.tracks)} parts, not two hands")
    return replace(score, tracks=_parts.two_hands(score.tracks)), STYLES
