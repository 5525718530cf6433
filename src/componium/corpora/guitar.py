"""Guitar music of the Mutopia Project.

About 170 pieces, most by Horetzky, Giuliani, Knize and Carcassi, public domain or CC BY, stated for each. One track
(nylon guitar); composers of whom there is enough are further styles.
"""

from dataclasses import replace

from componium.corpora import _local, _mutopia, _parts
from componium.corpora._build import Prepared
from componium.corpora.base import Corpus
from componium.errors import CorpusError
from componium.music.score import Score
from componium.progress import type_on_progress

SOURCES = (_mutopia.FOLDER,)
STYLES = ("guitar",)
PROGRAM = 24


def load(*, on_progress: type_on_progress | None = None, workers: int | None = None) -> Corpus:
    """Load the pieces. Raises CorpusError if they aren't there."""
    return _local.load("guitar", SOURCES, prepare, patterns=[_mutopia.pattern("guitar")], key_trust="signature",
                       on_progress=on_progress, workers=workers)  # fmt: skip


def prepare(score: Score, source: str) -> Prepared:
    """Give the piece, which may be written as two parts, to one guitar.

    Raises CorpusError if it has more parts.
    """
    if len(score.tracks) > 2:
        raise CorpusError(f"{len(score.tracks)} parts, not one guitar")
    track = _parts.join_tracks(_parts.from_the_top(score.tracks))
    one = replace(track, program=PROGRAM, is_drum=False, name="Guitar")
    return replace(_mutopia.describe(score, source), tracks=(one,)), STYLES
