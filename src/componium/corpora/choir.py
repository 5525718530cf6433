"""Music for voices alone, from Polish sources.

About 2,100 pieces of the Polish Music Heritage (The Fryderyk Chopin Institute, CC BY 4.0), most of the 16th and 17th
centuries: psalms, motets, masses, madrigals, for two to six voices. Sung (choir aahs), from high to low. Composers of
whom there is enough are further styles.
"""

from dataclasses import replace

from componium.corpora import _local, _parts, _voices
from componium.corpora._build import Prepared
from componium.corpora.base import Corpus
from componium.errors import CorpusError
from componium.music.score import Score
from componium.progress import type_on_progress

SOURCES = ("polish_scores",)
STYLES = ("choir",)
SHORTEST = 8  # notes of a part


def load(*, on_progress: type_on_progress | None = None, workers: int | None = None) -> Corpus:
    """Load the pieces. Raises CorpusError if they aren't there."""
    return _local.load("choir", SOURCES, prepare, on_progress=on_progress, workers=workers)


def prepare(score: Score, source: str) -> Prepared:
    """Give every part of some length to a voice.

    Raises CorpusError unless there are two to six.
    """
    tracks = _parts.from_the_top([track for track in score.tracks if len(track.notes) >= SHORTEST])
    if not 2 <= len(tracks) <= 6:
        raise CorpusError(f"{len(tracks)} parts, not two to six voices")
    sung = tuple(replace(track, program=_voices.CHOIR, is_drum=False) for track in tracks)
    return replace(score, tracks=sung), STYLES
