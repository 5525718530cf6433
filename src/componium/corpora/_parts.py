"""Parts of a score in a uniform order: two hands, voices from high to low."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from componium.errors import CorpusError
from componium.music.score import Score, Track

PIANO = 0
RIGHT, LEFT = "Right hand", "Left hand"
MIDDLE_C = 60
APART = 5  # semitones, at least, from the lowest voice to the highest, if voices are of different hands
MINOR = 0.1  # the share of the notes below which a voice doesn't say where the hands are


def is_keyboard(track: Track) -> bool:
    """Return True for a piano, a harpsichord or the like."""
    return not track.is_drum and track.program < 8


def mean_pitch(track: Track) -> float:
    """Return the mean pitch of a track's notes."""
    return float(track.notes["pitch"].mean())


def from_the_top(tracks: Sequence[Track]) -> list[Track]:
    """Return tracks from high to low, by mean pitch."""
    return sorted(tracks, key=mean_pitch, reverse=True)


def split_voices(track: Track) -> tuple[Track, Track]:
    """Return a keyboard part as right and left hand.

    Voices go to the nearer of the highest and the lowest by mean pitch; where they lie together, or there is one, notes
    from middle C up are of the right hand. Raises CorpusError if there are notes for one hand alone.
    """
    rows = track.notes
    means = {voice: float(rows["pitch"][rows["voice"] == voice].mean()) for voice in np.unique(rows["voice"]).tolist()}
    large = [means[voice] for voice in means if (rows["voice"] == voice).sum() >= MINOR * len(rows)]
    high, low = max(large, default=0.0), min(large, default=0.0)
    if high - low >= APART:
        is_right = np.isin(rows["voice"], [voice for voice in means if means[voice] > (high + low) / 2])
    else:
        is_right = rows["pitch"] >= MIDDLE_C
    if is_right.all() or not is_right.any():
        raise CorpusError("a part for one hand alone")
    return replace(track, notes=rows[is_right]), replace(track, notes=rows[~is_right])


def join_tracks(tracks: Sequence[Track]) -> Track:
    """Return several tracks as one, each a voice of its own."""
    parts = [track.notes.copy() for track in tracks]
    for number, part in enumerate(parts if len(parts) > 1 else []):
        part["voice"] = number
    return replace(tracks[0], notes=np.concatenate(parts))


def two_hands(tracks: Sequence[Track], program: int = PIANO) -> tuple[Track, Track]:
    """Return the parts of a keyboard piece, one to four, as right and left hand.

    Of more than two the nearer to the highest are of the right hand. Raises CorpusError for more parts, and for one
    hand alone.
    """
    if not 1 <= len(tracks) <= 4:
        raise CorpusError(f"{len(tracks)} parts, not two hands")
    if len(tracks) == 1:
        right, left = split_voices(tracks[0])
    else:
        ordered = from_the_top(tracks)
        middle = (mean_pitch(ordered[0]) + mean_pitch(ordered[-1])) / 2
        right = join_tracks([track for track in ordered[:-1] if mean_pitch(track) > middle] or ordered[:1])
        left = join_tracks([track for track in ordered[1:] if mean_pitch(track) <= middle])
    return (replace(right, program=program, is_drum=False, name=RIGHT),
            replace(left, program=program, is_drum=False, name=LEFT))  # fmt: skip


def with_about(score: Score, **about: str) -> Score:
    """Return a score with other entries of `info`; empty ones leave it as it is."""
    return replace(score, info=(*score.info, *((key, text) for key, text in about.items() if text)))
