"""Lead sheets of old songs, with chord symbols.

106 songs of OpenEWLD with about 13,600 notes, all of whose authors died by 1955, or which are traditional, and which
appeared by 1930. One track, the tune; where two notes sound, the upper one. Each has its chord symbols.
"""

from dataclasses import replace

import numpy as np

from componium.corpora import _local, _parts
from componium.corpora._build import Prepared
from componium.corpora.base import Corpus
from componium.errors import CorpusError
from componium.music.score import Score
from componium.progress import type_on_progress

SOURCES = ("openewld",)
STYLES = ("songs",)
FEWEST = 4  # chord symbols


def load(*, on_progress: type_on_progress | None = None, workers: int | None = None) -> Corpus:
    """Load the songs. Raises CorpusError if they aren't there."""
    return _local.load("songs", SOURCES, prepare, on_progress=on_progress, workers=workers)


def prepare(score: Score, source: str) -> Prepared:
    """Select the tune.

    Raises CorpusError for several parts, and without chord symbols.
    """
    if len(score.tracks) != 1 or len(score.chords) < FEWEST:
        raise CorpusError(f"{len(score.tracks)} parts, {len(score.chords)} chord symbols")
    rows = score.tracks[0].notes
    is_top = np.append(np.diff(rows["onset"]) > 0, True)  # notes are sorted: the last of an onset is the highest
    tune = replace(score.tracks[0], notes=rows[is_top], program=_parts.PIANO, is_drum=False, name="Tune")
    return replace(score, tracks=(tune,)), STYLES
