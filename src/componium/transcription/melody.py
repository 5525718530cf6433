"""Solo lines: from probabilities of pitches to notes.

A hidden Markov model whose states are the semitones and silence (after Mauch et al., "Computer-aided melody note
transcription using the Tony software", TENOR 2015, with one state a note): a note lasts for a while, and any other may
follow. Within a stretch of one pitch, an attack begins the note again. A bow, a tongue or a key also breaks the period
for a moment, which a tone that swells does not: the steadier the pitch, the stronger the attack must be.
"""

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from componium.audio.recording import Sound
from componium.audio.resampling import resample
from componium.transcription import attacks, pyin, room
from componium.transcription.heard import heard, level_to_velocity, type_heard

RATE = 22_050  # Hz, at which pitches are tracked
PITCHES = pyin.HIGHEST - pyin.LOWEST + 1
SILENCE = PITCHES  # the last state
SPREAD = 0.4  # of a sung or bowed pitch round its semitone, in semitones
RESERVE = 0.2  # how much less a loud moment without clear pitch speaks for silence
FLOOR = 0.01  # probability of hearing anything in any state
CHANGE = 0.003  # chance a frame that a note ends
QUIET = 0.003  # of the loudest moments' level (-50 dB): silence
ATTACK = 1.0  # strength that begins a note after another
AGAIN_ATTACK, BREAK, STEADIEST = 0.7, 0.3, 1.02  # by repeated notes of validation tunes
SAMPLE = 30  # seconds that show whether there is one line
SHORTEST = 0.045  # seconds
AGAIN = 0.11  # seconds at least between two beginnings of one pitch; a slow attack has several rises
BEFORE = 0.1  # seconds by which the path may be late for a new pitch
SOONER = 0.01  # seconds from where an attack begins to where it is steepest


def notes_of(sound: Sound) -> type_heard:
    """The notes of a solo line, in seconds."""
    if not sound.samples.any():
        return heard()
    samples = resample(sound.samples, sound.sample_rate, RATE)
    dry = room.dried(samples, RATE)
    track = pyin.track(dry, RATE)
    level = attacks.level(dry)
    loud = level > QUIET * float(np.quantile(level, 0.95))
    states = path(_emission(track.probability, loud))
    return _notes(states, attacks.strength(samples, dry, RATE), _steady(track.probability), level, track.rate)


def clarity(sound: Sound) -> float:
    """How probable the best pitch of a loud moment is, 0 to 1, in the first SAMPLE seconds; 1 for silence.

    Near 1 for a solo line; chords have no one period, so near 0.
    """
    if not sound.samples.any():
        return 1.0
    samples = resample(sound.samples[: SAMPLE * sound.sample_rate], sound.sample_rate, RATE)
    dry = room.dried(samples, RATE)
    level = attacks.level(dry)
    loud = level > 0.1 * float(np.quantile(level, 0.95))
    heard_there = pyin.track(dry, RATE).probability[loud]
    if not len(heard_there):
        return 1.0
    return float(_sureness(heard_there).mean())


def _sureness(probability: NDArray[np.float32]) -> NDArray[np.float64]:
    """How probable the best pitch of each frame is, a semitone wide."""
    nearby = np.apply_along_axis(np.convolve, 1, probability, np.ones(pyin.BINS), "same")
    result: NDArray[np.float64] = nearby.max(axis=1)
    return result


def _steady(probability: NDArray[np.float32], reach: int = 3) -> NDArray[np.float64]:
    """The least sureness within `reach` frames of each."""
    padded = np.pad(_sureness(probability), reach, mode="edge")
    result: NDArray[np.float64] = np.lib.stride_tricks.sliding_window_view(padded, 2 * reach + 1).min(axis=1)
    return result


def _emission(probability: NDArray[np.float32], loud: NDArray[np.bool_]) -> NDArray[np.float64]:
    """The log probability of each frame in each state, (T, PITCHES + 1)."""
    tuning = _tuning(probability)
    away = pyin.bin_pitch(np.arange(pyin.N_BINS))[:, None] - (np.arange(PITCHES) + pyin.LOWEST + tuning)
    kernel = np.exp(-0.5 * (away / SPREAD) ** 2).astype(np.float32)
    near = (probability * loud[:, None]) @ kernel
    silence = np.where(loud, RESERVE * np.maximum(1 - probability.sum(axis=1), 0), 1)
    result: NDArray[np.float64] = np.log(np.column_stack([near, silence]).astype(np.float64) + FLOOR)
    return result


def _tuning(probability: NDArray[np.float32]) -> float:
    """How far from A = 440 Hz the line is tuned, -0.5 to 0.5 semitones: the circular mean of all pitches heard."""
    weight = probability.sum(axis=0, dtype=np.float64)
    turn = np.exp(2j * np.pi * pyin.bin_pitch(np.arange(pyin.N_BINS)))
    return float(np.angle((weight * turn).sum()) / (2 * np.pi))


def path(emission: NDArray[np.float64], change: float = CHANGE) -> NDArray[np.int64]:
    """The most probable state of each frame (Viterbi), if a state lasts with probability 1 - change each time.

    >>> path(np.log([[0.9, 0.1], [0.4, 0.6], [0.9, 0.1]]), change=0.1).tolist()
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
) -> type_heard:
    """Stretches of one state, begun again at attacks, as notes."""
    least, before, apart = (max(round(seconds * rate), 1) for seconds in (SHORTEST, BEFORE, AGAIN))
    changes = np.flatnonzero(np.diff(states)) + 1
    rows: list[tuple[int, int, int]] = []
    earliest = 0
    for start, stop in zip([0, *changes.tolist()], [*changes.tolist(), len(states)], strict=True):
        if states[start] == SILENCE or stop - start < least:
            continue
        rise = strength[:, states[start]]
        onset = _onset(rise, start, max(start - before, earliest))
        again = onset + apart + attacks.peaks(rise[onset + apart : stop - least], AGAIN_ATTACK, radius=apart // 2)
        needed = AGAIN_ATTACK - BREAK * np.log(STEADIEST - steady[again])
        late = again > stop - before  # there the next note may be what breaks the period
        again = again[rise[again] > np.where(late, np.maximum(needed, ATTACK), needed)]
        cuts = [onset, *again.tolist(), stop]
        rows += [(a, b, int(states[start]) + pyin.LOWEST) for a, b in pairwise(cuts)]
        earliest = cuts[-2] + least
    velocity = level_to_velocity(np.array([level[a:b].max() for a, b, _ in rows]))
    return heard(
        (max(a / rate - SOONER, 0), b / rate, p, int(v)) for (a, b, p), v in zip(rows, velocity, strict=True)
    )


def _onset(rise: NDArray[np.float32], start: int, earliest: int) -> int:
    """Where a pitch that the path has from `start` on began to rise: the path may wait until the one before is gone."""
    near = rise[earliest : start + 3]
    return earliest + int(near.argmax()) if len(near) and near.max() > ATTACK / 2 else start
