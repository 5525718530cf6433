"""String quartets of the OpenScore String Quartet Corpus.

121 whole quartets with about 1.5 million notes, from Haydn to Bartók, transcribed by OpenScore (CC0). Four tracks each,
two violins, viola, cello. Eleven works stand in music21 (corpus `quartets`) too: each is on the side of the split on
which any movement of it is held out there. Composers of whom there is enough are further styles.
"""

from componium.corpora import _local, _parts, _voices
from componium.corpora._build import Prepared
from componium.corpora.base import Corpus
from componium.corpora.quartets import NAMES, PROGRAMS
from componium.music.score import Score
from componium.progress import type_on_progress

SOURCES = ("openscore_quartets",)
STYLES = ("quartets",)
# Works of music21's corpus `quartets`: how they are called there, and their side here.
SHARED = {
    "Op.18_No.1/": ("beethoven/opus18no1", "train"), "Op.18_No.3/": ("beethoven/opus18no3", "validation"),
    "Op.18_No.4/": ("beethoven/opus18no4", "train"), "Op.18_No.5/": ("beethoven/opus18no5", "train"),
    "Op.59_No.3/": ("beethoven/opus59no3", "test"), "Op.133/": ("beethoven/opus133", "test"),
    "_Op.1_No.1/": ("haydn/opus1no1", "train"), "Op.74_No.1/": ("haydn/opus74no1", "test"),
    "K.155": ("mozart/k155", "train"), "K.458": ("mozart/k458", "test"), "K.8073f/": ("mozart/k80", "validation"),
}  # fmt: skip


def load(*, on_progress: type_on_progress | None = None, workers: int | None = None) -> Corpus:
    """Load the quartets. Raises CorpusError if they aren't there."""
    return _local.load("openquartets", SOURCES, prepare, fixed_side=side, on_progress=on_progress, workers=workers)


def prepare(score: Score, source: str) -> Prepared:
    """Name the four parts, in the order of the file.

    Raises CorpusError if there aren't exactly four.
    """
    named = _parts.with_about(score, composer=source.split("/")[1].replace("_", " "))
    return _voices.with_voices(named, score.tracks, NAMES, PROGRAMS), STYLES


def side(source: str) -> str:
    """Return the side on which a file must fall, "" if on any."""
    return next((side for work, (_, side) in SHARED.items() if work in source), "")
