"""Bands with drums: rock, metal and game music.

112 pieces of Freedoom (BSD 3-Clause), 15 of Martin Malandro (CC0) and 30 of EasyRPG (CC BY 4.0, some CC0), as MIDI
files; about 110 of them are for three to twelve parts with drums. Tracks go from high to low, drums last.
"""

from dataclasses import replace

from componium.corpora import _local, _parts
from componium.corpora._build import Prepared
from componium.corpora.base import Corpus
from componium.errors import CorpusError
from componium.music.score import Score
from componium.progress import type_on_progress

SOURCES = ("freedoom", "cc0_midis", "easyrpg_music")
STYLES = ("band",)
SHORTEST = 8  # notes of a part
EFFECTS = 112  # the first program of bells, drums on pitches and sound effects


def load(*, on_progress: type_on_progress | None = None, workers: int | None = None) -> Corpus:
    """Load the pieces. Raises CorpusError if they aren't there."""
    return _local.load("band", SOURCES, prepare, on_progress=on_progress, workers=workers)


def prepare(score: Score, source: str) -> Prepared:
    """Select the parts of some length, and order them.

    Raises CorpusError unless there are three to twelve, drums among them, and no sound effects.
    """
    tracks = [track for track in score.tracks if len(track.notes) >= SHORTEST]
    drums = [track for track in tracks if track.is_drum]
    others = _parts.from_the_top([track for track in tracks if not track.is_drum])
    if not 3 <= len(tracks) <= 12 or not drums:
        raise CorpusError(f"{len(tracks)} parts, {len(drums)} of them drums: not a band")
    if any(track.program >= EFFECTS for track in others):
        raise CorpusError("sound effects")
    info = tuple((key, text) for key, text in score.info if key != "rights")  # a bare "Copyright" in some files
    return replace(score, tracks=(*others, *drums), info=info), STYLES
