"""Velocities of scores whose codec may leave them out."""

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


def continued(score: Score, prompt: Score) -> Score:
    """Return a score that begins with a prompt, with velocities.

    They are the prompt's own, and after it the median of its track, or of all tracks where that is silent. A prompt
    without velocities is continued without.
    """
    own = [track.notes["velocity"] for track in prompt.tracks]
    sounding = np.concatenate(own)
    if not sounding.any():
        return score
    tracks = (_with(track, _going_on(velocities, len(track.notes), sounding))
              for track, velocities in zip(score.tracks, own, strict=True))  # fmt: skip
    return replace(score, tracks=tuple(tracks))


def _going_on(velocities: np.ndarray, n: int, others: np.ndarray) -> np.ndarray:
    """Return `n` velocities: those given, then their median."""
    usual = int(np.median(velocities if len(velocities) else others))
    return np.concatenate([velocities, np.full(n - len(velocities), usual)])


def _with(track: Track, velocities: np.ndarray) -> Track:
    notes = track.notes.copy()
    notes["velocity"] = velocities
    return replace(track, notes=notes)
