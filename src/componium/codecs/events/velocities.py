"""Velocities, which a codec may leave out, and how a prompt was played."""

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
    step = VELOCITIES.step
    return replace(score, tracks=tuple(
        _with(track, np.where(given > 0, given // step * step + VELOCITIES.start, 0))
        for track in score.tracks for given in (track.notes["velocity"],)
    ))  # fmt: skip


def without_velocities(score: Score) -> Score:
    """Return a score whose notes have the velocity 0: none."""
    return replace(score, tracks=tuple(_with(track, np.zeros(len(track.notes))) for track in score.tracks))


def continued(score: Score, prompt: Score, *, velocities: bool = True) -> Score:
    """Return a score with the durations and velocities of the prompt it begins with.

    The notes after it have the median velocity of its track, or of all tracks where that is silent; without any in the
    prompt, or with `velocities` off, they stay as they are. So does a track that begins with other notes.
    """
    sounding = np.concatenate([track.notes["velocity"] for track in prompt.tracks])
    tracks = []
    for track, begun in zip(score.tracks, prompt.tracks, strict=True):
        notes, own, n = track.notes.copy(), begun.notes, len(begun.notes)
        is_same = np.array_equal(notes["pitch"][:n], own["pitch"])
        if is_same:
            notes["duration"][:n] = own["duration"]
        if velocities and sounding.any():
            usual = int(np.median(own["velocity"] if n else sounding))
            notes["velocity"] = usual
            notes["velocity"][:n] = own["velocity"] if is_same else usual
        tracks.append(replace(track, notes=notes))
    return replace(score, tracks=tuple(tracks))


def _with(track: Track, velocities: np.ndarray) -> Track:
    notes = track.notes.copy()
    notes["velocity"] = velocities
    return replace(track, notes=notes)
