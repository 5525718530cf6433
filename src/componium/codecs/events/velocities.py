"""Velocities, which a codec may leave out, and how a prompt was played."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from componium.corpora.base import Corpus
from componium.music.score import Score, Track

VELOCITIES = range(4, 128, 8)  # of tokens


def has_velocities(corpus: Corpus) -> bool:
    """Return whether any note of a corpus has a velocity."""
    return any(track.notes["velocity"].any() for piece in corpus.pieces for track in piece.score.tracks)


def in_steps(score: Score) -> Score:
    """Return a score with the nearest velocities that have a token; 0, none, stays."""
    step, tracks = VELOCITIES.step, []
    for track in score.tracks:
        notes = track.notes.copy()
        given = notes["velocity"]
        notes["velocity"] = np.where(given > 0, given // step * step + VELOCITIES.start, 0)
        tracks.append(replace(track, notes=notes))
    return replace(score, tracks=tuple(tracks))


def usual_velocity(track: Track, tracks: Sequence[Track]) -> int:
    """Return the median velocity of a track, or of all where it is silent.

    It is 0 without any note.
    """
    velocities = np.concatenate([each.notes["velocity"] for each in ((track,) if len(track.notes) else tracks)])
    return int(np.median(velocities)) if len(velocities) else 0


def continued(score: Score, prompt: Score, *, velocities: bool = True) -> Score:
    """Return a score with the durations and velocities of the prompt it begins with.

    The notes after it have the usual velocity of its track. With `velocities` off all stay as they are. A track that
    begins with other notes has the usual velocity throughout.
    """
    tracks = []
    for track, begun in zip(score.tracks, prompt.tracks, strict=True):
        notes, own, n = track.notes.copy(), begun.notes, len(begun.notes)
        if velocities:
            notes["velocity"] = usual_velocity(begun, prompt.tracks)
        if np.array_equal(notes["pitch"][:n], own["pitch"]):
            for column in ("duration", "velocity") if velocities else ("duration",):
                notes[column][:n] = own[column]
        tracks.append(replace(track, notes=notes))
    return replace(score, tracks=tuple(tracks))
