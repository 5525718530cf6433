"""Hymns in four parts, of the Open Hymnal Project.

237 hymns with 50,700 notes, words, music and settings in the public domain; those that name a copyright of any are left
out, and so are settings by Bach, which may stand among the chorales. Four tracks, from high to low, sung (choir aahs).
"""

import re
from dataclasses import replace

from componium.corpora import _local, _parts, _voices
from componium.corpora._build import Prepared
from componium.corpora.base import Corpus
from componium.corpora.chorales import VOICES
from componium.errors import CorpusError
from componium.music.score import Score
from componium.progress import type_on_progress

SOURCES = ("openhymnal",)
STYLES = ("hymns",)


def load(*, on_progress: type_on_progress | None = None, workers: int | None = None) -> Corpus:
    """Load the hymns. Raises CorpusError if they aren't there."""
    return _local.load("hymns", SOURCES, prepare, on_progress=on_progress, workers=workers)


def prepare(score: Score, source: str) -> Prepared:
    """Select four parts.

    Raises CorpusError for other numbers, for rights that are reserved and for settings by Bach.
    """
    about = score.about("composer")  # all of the file's lines C:, among them those on copyright
    rights = re.sub(r"\s+", " ", about.partition("copyright:")[2]).strip()
    if not rights.lower().startswith("public domain") or "copyright" in rights.lower():
        raise CorpusError(f"rights are reserved: {rights or 'none stated'}")
    if "Bach" in about:
        raise CorpusError("may be one of the chorales")
    tracks = _parts.from_the_top([track for track in score.tracks if len(track.notes)])
    info = (*((key, text) for key, text in score.info if key != "composer"), ("rights", rights), ("source", about))
    described = replace(score, info=info)
    return _voices.with_voices(described, tracks, VOICES, [_voices.CHOIR] * 4), STYLES
