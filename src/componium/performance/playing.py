"""Played notes and the tempo curve of a piece, given the effect of all rules.

Slower and faster are tempo events, so that bar lines and beats stay where they are written in a sequencer; only
shifts and articulation move a note off its written tick, by less than an eighth of a quarter.

- A change of loudness by d dB multiplies the velocity by 10^(d / 40): a synthesizer's level rises with the square of
  the velocity (General MIDI 2, MIDI Association RP-024). What has no velocity is changed from DEFAULT_VELOCITY. The
  mean change is taken off, once for all drums and once for all else, so that their balance is as written.
- Notes of a track that are written one after the other are played in that order; those that end last do so exactly.
"""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from componium.music.score import DEFAULT_VELOCITY, Score, Tempo, Track, type_notes
from componium.music.transform import change_ticks_per_quarter
from componium.performance.effect import Effect, type_curve
from componium.performance.performance import Performance
from componium.performance.piece import Piece

RESOLUTION = 480  # ticks per quarter, at least
MOST = 0.11  # of a quarter: the largest shift, and the largest gap before a written end
_SHARE = 0.4  # of the time to a neighbor, or of the note, that a shift may take
_GAP_SHARE = 0.5  # of the note, that a gap may take
_SLOWEST, _FASTEST = np.log(0.4), np.log(2.0)


def play(piece: Piece, effect: Effect) -> Performance:
    """Return the performance of a piece."""
    score = piece.score
    factor = -(-RESOLUTION // score.ticks_per_quarter)
    fine = change_ticks_per_quarter(score, factor * score.ticks_per_quarter)
    ratio = np.exp(np.clip(np.broadcast_to(effect.tempo, piece.segments.shape), _SLOWEST, _FASTEST))
    columns = _play_notes(piece, effect, ratio, fine.ticks_per_quarter)
    ends = np.cumsum([len(track.notes) for track in score.tracks])[:-1]
    parts = list(zip(*(np.split(column, ends) for column in columns), strict=True))
    played = tuple(_with_columns(track, fine.end, *part) for track, part in zip(fine.tracks, parts, strict=True))
    tracks = tuple(replace(track, notes=notes) for track, notes in zip(fine.tracks, played, strict=True))
    return Performance(score, replace(fine, tracks=tracks, tempos=_tempos(piece, ratio, fine)), played)


def _play_notes(
    piece: Piece, effect: Effect, ratio: type_curve, ticks_per_quarter: int
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Return the shift and the gap of each note, in ticks, and its velocity."""
    segment = np.searchsorted(piece.segments, piece.onset, side="right") - 1
    quarters = ratio[segment] / piece.quarter_ms  # of a millisecond
    shift = np.clip(effect.shift * quarters, -MOST, MOST)
    shift = np.clip(shift, -_SHARE * _time_before(piece), _SHARE * _time_after(piece))
    most = np.minimum(MOST + np.minimum(shift, 0.0), _GAP_SHARE * piece.duration)  # an early note ends early already
    gap = np.clip(effect.gap * quarters, 0.0, most)
    written = np.concatenate([track.notes["velocity"] for track in piece.score.tracks]).astype(np.float64)
    written = np.where(written > 0, written, DEFAULT_VELOCITY)
    velocity = np.clip(np.rint(written * 10 ** (_balanced(piece, effect.loudness) / 40)), 1, 127)
    return (shift * ticks_per_quarter).astype(np.int64), (gap * ticks_per_quarter).astype(np.int64), velocity


def _balanced(piece: Piece, loudness: type_curve | float) -> type_curve:
    """Return changes of loudness whose mean is 0, over drums and over all else."""
    balanced = np.array(np.broadcast_to(loudness, piece.onset.shape))
    for part in (piece.is_drum, ~piece.is_drum):
        if part.any():
            balanced[part] -= balanced[part].mean()
    return balanced


def _time_after(piece: Piece) -> type_curve:
    """Return the time that a note may be later by: to the next onset, or to its end."""
    return np.minimum(piece.next_onset - piece.onset, piece.duration)


def _time_before(piece: Piece) -> type_curve:
    """Return the time to each note from the onset before it, or from the start."""
    begins = np.append(True, (np.diff(piece.onset) != 0) | (np.diff(piece.track) != 0))
    first = np.flatnonzero(begins)
    same = piece.track[first[1:]] == piece.track[first[:-1]]
    before = np.append(0.0, np.where(same, piece.onset[first[:-1]], 0.0))
    passed: type_curve = piece.onset - before[np.cumsum(begins) - 1]
    return passed


def _with_columns(
    track: Track, end: int, shift: NDArray[np.int64], gap: NDArray[np.int64], velocity: NDArray[np.float64]
) -> type_notes:
    """Return the played notes of a track, in their written order."""
    played: type_notes = track.notes.copy()
    written = track.notes["onset"] + track.notes["duration"]
    onset = track.notes["onset"] + shift
    offset = np.minimum(written + shift - gap, end)
    offset[written == end] = end
    offset = np.minimum(offset, _next_strikes(track.notes, onset, written))
    played["onset"], played["velocity"] = onset, velocity
    played["duration"] = np.maximum(offset - onset, 1)
    return played


def _next_strikes(notes: type_notes, onset: NDArray[np.int64], written: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the played onset of the next note of each note's pitch.

    It counts where the note had ended before as written; elsewhere there is no limit.
    """
    limit = np.full(len(notes), np.iinfo(np.int64).max)
    order = np.lexsort((notes["onset"], notes["pitch"]))
    one, two = order[:-1], order[1:]
    ended = (notes["pitch"][one] == notes["pitch"][two]) & (written[one] <= notes["onset"][two])
    limit[one[ended]] = onset[two[ended]]
    return limit


def _tempos(piece: Piece, ratio: type_curve, fine: Score) -> tuple[Tempo, ...]:
    """Return the tempo curve; the written tempos where nothing changes them."""
    if np.all(ratio == 1.0):
        return fine.tempos
    ticks = np.rint(piece.segments * fine.ticks_per_quarter).astype(np.int64)
    qpm = np.round(np.clip(piece.qpm * ratio, 1.0, 100_000.0), 3)
    new = np.append(True, np.diff(qpm) != 0)
    return tuple(Tempo(int(tick), float(tempo)) for tick, tempo in zip(ticks[new], qpm[new], strict=True))
