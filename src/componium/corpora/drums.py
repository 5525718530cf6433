"""Drum beats of the Groove MIDI Dataset.

About 500 beats played by ten drummers on an electronic kit (Google LLC, CC BY 4.0), with their velocities and their
timing. One track; genres of which there are enough (rock, funk, jazz ...) are further styles. Fills are left out. The
kit has notes of its own for the edge of the hi-hat, which General MIDI leaves open: they become its hi-hat.
"""

import re
from dataclasses import replace
from pathlib import PurePosixPath

from componium.corpora import _local
from componium.corpora._build import Prepared
from componium.corpora._composers import add_styles
from componium.corpora.base import Corpus
from componium.errors import CorpusError
from componium.music.instruments import HI_HAT_OF_EDGE
from componium.music.score import Score
from componium.progress import type_on_progress

SOURCES = ("groove",)
STYLES = ("drums",)
SHORTEST = 32  # notes
ENOUGH = 10  # beats of a genre


def load(*, on_progress: type_on_progress | None = None, workers: int | None = None) -> Corpus:
    """Load the beats. Raises CorpusError if they aren't there."""
    corpus = _local.load("drums", SOURCES, prepare, patterns=["groove/**/*_beat_*.mid"], on_progress=on_progress,
                         workers=workers)  # fmt: skip
    corpus = corpus.with_pieces(replace(piece, score=in_general_midi(piece.score)) for piece in corpus)
    return add_styles(corpus, {piece.id: genre(piece.source) for piece in corpus}, lambda beats, _: beats >= ENOUGH)


def in_general_midi(score: Score) -> Score:
    """Return a score of drums with the hi-hat of General MIDI."""
    tracks = []
    for track in score.tracks:
        struck = track.notes.copy()
        for edge, hi_hat in HI_HAT_OF_EDGE.items():
            struck["pitch"][struck["pitch"] == edge] = hi_hat
        tracks.append(replace(track, notes=struck))
    return replace(score, tracks=tuple(tracks))


def prepare(score: Score, source: str) -> Prepared:
    """Select beats of some length.

    Raises CorpusError for shorter ones and for several parts.
    """
    if len(score.tracks) != 1 or score.n_notes < SHORTEST:
        raise CorpusError(f"{len(score.tracks)} parts with {score.n_notes} notes")
    drums = replace(score.tracks[0], is_drum=True, program=0, name="Drums")
    return replace(score, tracks=(drums,), keys=()), STYLES


def genre(source: str) -> str:
    """Return the genre in a file's name.

    >>> genre("groove/drummer1/session1/12_rock-prog_125_beat_4-4.mid")
    'rock'
    """
    return re.split(r"[-_]", PurePosixPath(source).stem)[1]
