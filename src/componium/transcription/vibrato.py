"""Vibrato: the centers of the notes round which the pitch oscillates.

A vibrato is a smooth oscillation of 4 to 8 Hz about the center of a note; a trill alternates between two pitches, and
may do so as fast and as far. They differ in shape: a sine is one third of its time in the middle half of its range
(2 arcsin(1/2) / pi), a trill hardly ever. In the pitch track's window of 46 ms fast trills are as smooth, so the pitch
is measured again, by YIN (de Cheveigne & Kawahara, JASA 111, 2002) in a tapered window of 17 ms.
"""

from collections.abc import Iterator, Sequence
from functools import cache
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from componium.audio.recording import type_samples
from componium.transcription import pyin
from componium.transcription.onsets import spans

SWING = (0.055, 0.16)  # seconds from one extreme of the pitch to the next: 3.1 to 9 Hz
RANGE = (0.3, 2.6)  # semitones from one extreme of the pitch to the next
UNEVEN = 2.5  # ratio of the ranges of two swings in succession, at most
LEAST = 2  # swings in a row
MIDDLE = 0.23  # share of a swing in the middle half of its range, at least: 0.33 of a sine, below 0.1 of a trill
OUTSIDE = 1.3  # how far, of its range, a vibrato may go from its center before its first extreme
VOICED = 0.1  # probability of the pitch at which the pitch track is trusted
CLEAR = 0.3  # aperiodicity of the short window, at most
PERIODS = 2  # of the pitch, in the short window at least
JUMP = 0.5  # semitones from place to place: another note, or another octave
LONGEST = 2048  # samples that the short window may span
WINDOW = 384  # samples of the short window at least: 17 ms at 22,050 a second
DENSITY = 2  # places of the short window a frame
NEAR = 3.0  # semitones from the pitch track within which the short window's period is


def centers(track: pyin.PitchTrack, samples: type_samples, sample_rate: int) -> NDArray[np.float64]:
    """Return the pitch of the center of the vibrato at each frame.

    It is a MIDI pitch with fraction, NaN where there is no vibrato. `samples` (T,) are the recording with its
    reverberation.
    """
    contour = short_contour(track, samples, sample_rate)
    result = np.full(len(contour), np.nan)
    for start, stop in _stretches(contour):
        turns = start + turning_points(contour[start:stop], RANGE[0])
        for run in _runs(turns.tolist(), contour, DENSITY * track.rate):
            if middle_share(run, contour) >= MIDDLE:
                first, last = _extent(run, contour, start, stop)
                result[first:last] = _center(run, contour, np.arange(first, last))
    return result[::DENSITY]


def straighten(probability: NDArray[np.float32], center: NDArray[np.float64]) -> NDArray[np.float32]:
    """Return pitch probabilities (T, N_BINS) without vibrato.

    A frame with a center (not NaN) has that pitch with probability 1.
    """
    result = probability.copy()
    frames = np.flatnonzero(~np.isnan(center))
    result[frames] = 0
    result[frames, np.clip(pyin.pitch_bin(center[frames]), 0, pyin.N_BINS - 1)] = 1
    return result


def turning_points(contour: NDArray[np.float64], least: float) -> NDArray[np.int64]:
    """Return the places of extremes after which `contour` turns by at least `least`.

    Neither end of it is one.

    >>> turning_points(np.array([0.0, 1.0, 0.9, 2.0, 0.5, 0.7, 0.0, 1.0]), 0.5).tolist()
    [3, 6]
    """
    turns: list[int] = []
    low = high = 0
    rising: bool | None = None
    for at, value in enumerate(contour.tolist()):
        low, high = (at if value < contour[low] else low), (at if value > contour[high] else high)
        if rising is not False and contour[high] - value >= least:
            turns += [high] if high else []
            rising, low = False, at
        elif rising is not True and value - contour[low] >= least:
            turns += [low] if low else []
            rising, high = True, at
    return np.array(turns, dtype=np.int64)


def _stretches(contour: NDArray[np.float64]) -> Iterator[tuple[int, int]]:
    """Yield the (start, stop) of stretches with a pitch that does not jump."""
    for start, stop in spans(np.abs(np.diff(contour)) < JUMP):
        yield start, stop + 1


def _runs(turns: Sequence[int], contour: NDArray[np.float64], rate: float) -> Iterator[list[int]]:
    """Yield the turning points of LEAST or more even swings in a row.

    Each swing is within SWING seconds and RANGE semitones.
    """
    run: list[int] = []
    before = 0.0
    for a, b in pairwise(turns):
        height = abs(float(contour[b] - contour[a]))
        fits = SWING[0] <= (b - a) / rate <= SWING[1] and RANGE[0] <= height <= RANGE[1]
        even = bool(run) and 1 / UNEVEN <= height / before <= UNEVEN
        if run and not (fits and even):
            yield from [run] if len(run) > LEAST else []
            run = []
        if fits:
            run = [*run, b] if run else [a, b]
        before = height
    yield from [run] if len(run) > LEAST else []


def middle_share(run: Sequence[int], contour: NDArray[np.float64]) -> float:
    """Return the share of swings with the pitch in the middle half of its range.

    `run` are the turning points between which the swings are.
    """
    inside = 0
    for a, b in pairwise(run):
        middle, reach = (contour[a] + contour[b]) / 2, abs(contour[b] - contour[a]) / 4
        inside += int(np.count_nonzero(np.abs(contour[a:b] - middle) < reach))
    return inside / (run[-1] - run[0])


def short_contour(track: pyin.PitchTrack, samples: type_samples, sample_rate: int) -> NDArray[np.float64]:
    """Return the MIDI pitch in a short window, at DENSITY places a frame.

    It is NaN where there is no clear pitch.
    """
    clear = np.flatnonzero(track.probability.sum(axis=1) > VOICED)
    if not len(clear):
        return np.full(DENSITY * len(track.probability), np.nan)
    places = np.arange(DENSITY * len(track.probability)) / DENSITY
    pitches = np.interp(places, clear, track.pitches()[clear])
    padded = np.pad(samples.astype(np.float64), (LONGEST, LONGEST))
    at = (places * pyin.HOP).astype(np.int64) + LONGEST
    near = zip(at.tolist(), pitches.tolist(), strict=True)
    return np.array([_short_pitch(padded, place, pitch, sample_rate) for place, pitch in near])


def _short_pitch(samples: NDArray[np.float64], at: int, pitch: float, sample_rate: int) -> float:
    """Return the MIDI pitch near `pitch` of the short window round sample `at`.

    It is NaN if the window is not periodic.
    """
    lag = sample_rate / (440 * 2 ** ((pitch - 69) / 12))
    least, most = max(int(lag * 2 ** (-NEAR / 12)), 2), int(lag * 2 ** (NEAR / 12)) + 2
    window = _taper(max(WINDOW, int(PERIODS * lag)))
    start = at - (len(window) + int(lag)) // 2
    frame = samples[start : start + len(window) + most]
    energy = np.correlate(frame**2, window, "valid")
    product = np.correlate(frame, frame[: len(window)] * window, "valid")
    d = 1 - 2 * product / np.maximum(energy[0] + energy, 1e-12)
    best = least + int(d[least:most].argmin())
    if d[best] > CLEAR:
        return np.nan
    bend = d[best - 1] + d[best + 1] - 2 * d[best]
    exact = best + (np.clip((d[best - 1] - d[best + 1]) / (2 * bend), -1, 1) if bend > 1e-12 else 0)
    return float(69 + 12 * np.log2(sample_rate / exact / 440))


@cache
def _taper(size: int) -> NDArray[np.float64]:
    return np.hanning(size)


def _extent(run: Sequence[int], contour: NDArray[np.float64], start: int, stop: int) -> tuple[int, int]:
    """Return the (start, stop) of a vibrato in the stretch from `start` to `stop`.

    It reaches at most one swing, in its range, beyond its extremes.
    """
    first, last = run[0], run[-1]
    low, high = _bounds(run, contour)
    earliest, latest = max(2 * first - run[1], start), min(2 * last - run[-2], stop - 1)
    while first > earliest and low[0] <= contour[first - 1] <= high[0]:
        first -= 1
    while last < latest and low[1] <= contour[last + 1] <= high[1]:
        last += 1
    return first, last + 1


def _bounds(run: Sequence[int], contour: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the least and greatest pitch of a vibrato, each at its begin and end."""
    ends = np.array([[contour[run[0]], contour[run[1]]], [contour[run[-2]], contour[run[-1]]]])
    center, half = ends.mean(axis=1), OUTSIDE * np.abs(np.diff(ends, axis=1)[:, 0]) / 2
    return center - half, center + half


def _center(run: Sequence[int], contour: NDArray[np.float64], at: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return the pitch midway between the extremes, at some frames."""
    turns = np.array(run)
    middles = (contour[turns[1:]] + contour[turns[:-1]]) / 2
    result: NDArray[np.float64] = np.interp(at, (turns[1:] + turns[:-1]) / 2, middles)
    return result
