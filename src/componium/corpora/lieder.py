"""Songs for one or two voices and piano: OpenScore Lieder, Polish prints.

About 1,460 songs of the 18th to 20th centuries, transcribed by OpenScore (CC0), and about 650 of the Polish Music
Heritage (CC BY 4.0); all their authors died by 1955. Tracks are the voices (choir aahs), then the right and the left
hand of the piano. Composers of whom there is enough are further styles.
"""

from dataclasses import replace

from componium.corpora import _local, _parts, _voices
from componium.corpora._build import Prepared
from componium.corpora.base import Corpus
from componium.errors import CorpusError
from componium.music.score import Score, Track
from componium.progress import type_on_progress

SOURCES = ("openscore_lieder", "polish_scores")
STYLES = ("lieder",)


def load(*, on_progress: type_on_progress | None = None, workers: int | None = None) -> Corpus:
    """Load the songs. Raises CorpusError if they aren't there."""
    return _local.load("lieder", SOURCES, prepare, on_progress=on_progress, workers=workers)


def prepare(score: Score, source: str) -> Prepared:
    """Select one or two voices and the two hands of the piano.

    Raises CorpusError for other parts.
    """
    tracks = score.tracks
    if source.startswith("openscore_lieder/"):
        score = _parts.with_about(score, composer=source.split("/")[1].replace("_", " "))
        voices, hands = _of_one_piano(tracks)
    else:
        voices, hands = _of_two_staves(tracks)
    names = ["Voice"] if len(voices) == 1 else [f"Voice {number}" for number in range(1, len(voices) + 1)]
    sung = [replace(voice, program=_voices.CHOIR, is_drum=False, name=name)
            for voice, name in zip(voices, names, strict=True)]  # fmt: skip
    return replace(score, tracks=(*sung, *hands)), STYLES


def _of_one_piano(tracks: tuple[Track, ...]) -> tuple[list[Track], tuple[Track, Track]]:
    """Return voices and hands, where the piano is one part."""
    pianos = [track for track in tracks if _parts.is_keyboard(track)]
    voices = [track for track in tracks if not _parts.is_keyboard(track)]
    if len(pianos) != 1 or not 1 <= len(voices) <= 2:
        raise CorpusError(f"{len(voices)} voices and {len(pianos)} keyboards")
    return voices, _parts.two_hands(pianos)


def _of_two_staves(tracks: tuple[Track, ...]) -> tuple[list[Track], tuple[Track, Track]]:
    """Return voices and hands, where the piano is two parts.

    Labels are not to be trusted.
    """
    if not 3 <= len(tracks) <= 4:
        raise CorpusError(f"{len(tracks)} parts, not one or two voices and two hands")
    left = min(tracks, key=_parts.mean_pitch)
    others = [track for track in tracks if track is not left]
    right = max(others, key=lambda track: (_parts.is_keyboard(track), len(track.notes)))
    return [track for track in others if track is not right], _parts.two_hands([right, left])
