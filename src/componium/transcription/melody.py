"""Melody transcription: the notes of a solo line from pitch probabilities.

A hidden Markov model whose states are the semitones and silence (after Mauch et al., "Computer-aided melody note
transcription using the Tony software", TENOR 2015, with one state a note): any note may follow any other, and changes
are rare. Within a stretch of one pitch, an attack starts a new note. A bow, a tongue or a key also breaks the period
for a moment, which a swelling tone does not: the steadier the pitch, the stronger the attack must be.
"""

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from componium.audio.recording import Sound
from componium.audio.resampling import resample
from componium.transcription import onsets, pyin, vibrato
from componium.transcription.dereverberation import dereverberate
from componium.transcription.notes import level_to_velocity, timed_notes, type_timed_notes

RATE = 22_050  # Hz, at which pitches are tracked
PITCHES = pyin.HIGHEST - pyin.LOWEST + 1
SILENCE = PITCHES  # the last state
SPREAD = 0.4  # of a sung or bowed pitch round its semitone, in semitones
RESERVE = 0.2  # weight of silence in a loud frame without clear pitch
FLOOR = 0.01  # added to each emission probability
CHANGE = 0.003  # chance a frame that a note ends
QUIET = 0.003  # of the loudest frames' level (-50 dB): silence
ATTACK = 1.0  # onset strength that starts a note after another
AGAIN_ATTACK, BREAK, STEADIEST = 0.7, 0.3, 1.02  # by repeated notes of validation tunes
SAMPLE = 30  # seconds, by which a solo line is recognized
SHORTEST = 0.045  # seconds
AGAIN = 0.11  # seconds, at least, between two onsets of one pitch; a slow attack has several rises
BEFORE = 0.1  # seconds by which the path may be late at a new pitch
SOONER = 0.01  # seconds from the beginning of an attack to its steepest rise


def detect_notes(sound: Sound) -> type_timed_notes:
    """Detect the notes of a solo line, in seconds."""
    if not sound.samples.any():
        return timed_notes()
    samples = resample(sound.samples, sound.sample_rate, RATE)
    dry = dereverberate(samples, RATE)
    track = pyin.track(dry, RATE)
    center = vibrato.centers(track, samples, RATE)
    probability = vibrato.straighten(track.probability, center)
    level = onsets.level(dry)
    loud = level > QUIET * float(np.quantile(level, 0.95))
    states = viterbi(_emission(probability, loud))
    strength = onsets.strength(samples, dry, RATE, ~np.isnan(center))
    return _notes(states, strength, _steady(probability), level, track.rate)


def clarity(sound: Sound) -> float:
    """Return the mean probability of the best pitch of loud frames, 0 to 1.

    Only the first SAMPLE seconds count; silence has 1.

    Near 1 for a solo line; chords have no one period, so near 0.
    """
    if not sound.samples.any():
        return 1.0
    samples = resample(sound.samples[: SAMPLE * sound.sample_rate], sound.sample_rate, RATE)
    dry = dereverberate(samples, RATE)
    level = onsets.level(dry)
    loud = level > 0.1 * float(np.quantile(level, 0.95))
    probability = pyin.track(dry, RATE).probability[loud]
    if not len(probability):
        return 1.0
    return float(_certainty(probability).mean())


def _certainty(probability: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return the probability of the best pitch of each frame, a semitone wide."""
    nearby = np.apply_along_axis(np.convolve, 1, probability, np.ones(pyin.BINS), "same")
    result: NDArray[np.float64] = nearby.max(axis=1)
    return result


def _steady(probability: NDArray[np.float32], reach: int = 3) -> NDArray[np.float64]:
    """Return the least certainty within `reach` frames of each."""
    padded = np.pad(_certainty(probability), reach, mode="edge")
    result: NDArray[np.float64] = np.lib.stride_tricks.sliding_window_view(padded, 2 * reach + 1).min(axis=1)
    return result


def _emission(probability: NDArray[np.float32], loud: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Return the log probability of each frame in each state, (T, PITCHES + 1)."""
    tuning = _tuning(probability)
    away = pyin.bin_pitch(np.arange(pyin.N_BINS))[:, None] - (np.arange(PITCHES) + pyin.LOWEST + tuning)
    kernel = np.exp(-0.5 * (away / SPREAD) ** 2).astype(np.float32)
    near = (probability * loud[:, None]) @ kernel
    silence = np.where(loud, RESERVE * np.maximum(1 - probability.sum(axis=1), 0), 1)
    result: NDArray[np.float64] = np.log(np.column_stack([near, silence]).astype(np.float64) + FLOOR)
    return result


def _tuning(probability: NDArray[np.float32]) -> float:
    """Return the tuning relative to A = 440 Hz, -0.5 to 0.5 semitones.

    It is the circular mean of all pitches.
    """
    weight = probability.sum(axis=0, dtype=np.float64)
    turn = np.exp(2j * np.pi * pyin.bin_pitch(np.arange(pyin.N_BINS)))
    return float(np.angle((weight * turn).sum()) / (2 * np.pi))


def viterbi(emission: NDArray[np.float64], change: float = CHANGE) -> NDArray[np.int64]:
    """Return the most probable state of each frame.

    A state changes with probability `change` at each frame.

    >>> viterbi(np.log([[0.9, 0.1], [0.4, 0.6], [0.9, 0.1]]), change=0.1).tolist()
    [0, 0, 0]
    """
    count, n_states = emission.shape
    stay, leave = np.log(1 - change), np.log(change / max(n_states - 1, 1))
    best = emission[0].copy()
    came_from = np.empty((count, n_states), dtype=np.int16)
    here = np.arange(n_states)
    for t in range(1, count):
        top = int(best.argmax())
        leaves = best[top] + leave > best + stay
        came_from[t] = np.where(leaves, top, here)
        best = np.where(leaves, best[top] + leave, best + stay) + emission[t]
    states = np.empty(count, dtype=np.int64)
    states[-1] = best.argmax()
    for t in range(count - 1, 0, -1):
        states[t - 1] = came_from[t, states[t]]
    return states


def _notes(
    states: NDArray[np.int64], strength: NDArray[np.float32], steady: NDArray[np.float64], level: NDArray[np.float64],
    rate: float,
) -> type_timed_notes:
    """Return the notes: stretches of one state, divided at attacks."""
    least, before, apart = (max(round(seconds * rate), 1) for seconds in (SHORTEST, BEFORE, AGAIN))
    changes = np.flatnonzero(np.diff(states)) + 1
    rows: list[tuple[int, int, int]] = []
    earliest = 0
    for start, stop in zip([0, *changes.tolist()], [*changes.tolist(), len(states)], strict=True):
        if states[start] == SILENCE or stop - start < least:
            continue
        rise = strength[:, states[start]]
        onset = _onset(rise, start, max(start - before, earliest))
        again = onset + apart + onsets.peaks(rise[onset + apart : stop - least], AGAIN_ATTACK, radius=apart // 2)
        needed = AGAIN_ATTACK - BREAK * np.log(STEADIEST - steady[again])
        late = again > stop - before  # there the next note may be what breaks the period
        again = again[rise[again] > np.where(late, np.maximum(needed, ATTACK), needed)]
        cuts = [onset, *again.tolist(), stop]
        rows += [(a, b, int(states[start]) + pyin.LOWEST) for a, b in pairwise(cuts)]
        earliest = cuts[-2] + least
    velocity = level_to_velocity(np.array([level[a:b].max() for a, b, _ in rows]))
    return timed_notes(
        (max(a / rate - SOONER, 0), b / rate, p, int(v)) for (a, b, p), v in zip(rows, velocity, strict=True)
    )


def _onset(rise: NDArray[np.float32], start: int, earliest: int) -> int:
    """Return the frame at which the pitch of a stretch from `start` on began to rise.

    The path may come late, after the note before has faded.
    """
    near = rise[earliest : start + 3]
    return earliest + int(near.argmax()) if len(near) and near.max() > ATTACK / 2 else start
