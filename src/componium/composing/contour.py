"""Plan and contour of a recording: targets that its sound sets for the music.

    loudness           onset density, and the velocity of each note
    spectral centroid  register, absolute and against the recording's own range
    onset strength     accents: which sixteenths have onsets
    beat               tempo, meter and bar lines
    chroma             key, and pitch classes that are favored
    silence            rests

Loudness and centroid are averaged over a second about each sixteenth, and run over their targets from the 5th to the
95th percentile of the recording, or over a smaller part where they change little.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from componium.analysis.key import DEFAULT_PROFILE, MAJOR_AND_MINOR, standard_profiles
from componium.audio.features import FPS, Features
from componium.decoding.contour import Contour
from componium.decoding.style.plan import TICKS_PER_QUARTER, Plan
from componium.music.instruments import of_part
from componium.music.pitch import key_of, str_key
from componium.music.score import Key, Meter, Score
from componium.transcription.tempo import Beat

STEPS_PER_BEAT = 4
STEP_TICKS = TICKS_PER_QUARTER // STEPS_PER_BEAT
SMOOTHING = 0.7  # seconds
DENSITY = (0.03, 0.5)  # onsets a voice and sixteenth, of the softest and the loudest
REGISTER = 18.0  # semitones from the darkest to the brightest
MIDDLE, DEPTH, FARTHEST = 700.0, 8.0, 5.0  # Hz of a register of 0, and semitones of centroid for one of register
LEAST_LOUDNESS, LEAST_CENTROID = 9.0, 12.0  # dB and semitones that make the full range of density and register
SILENT = -55.0  # dB below the loudest frame
ACCENT = 0.8  # nats a standard deviation of onset strength
CHROMA, TONAL = 2.0, 0.3  # nats of the strongest pitch class, where the tonality is TONAL or more
VELOCITIES, DYNAMIC = (36, 108), 30.0  # of the softest and the loudest; dB between them

type_curve = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Heard:
    """Measurements of a recording on its own grid of sixteenths.

    seconds   duration of the recording
    begin     second of the recording at which the music begins, less than a sixteenth from 0
    step      seconds of a sixteenth
    loudness  (T,) in dB, averaged over SMOOTHING
    centroid  (T,) in Hz, averaged over SMOOTHING
    level     (T,) velocity of the notes that begin there
    """

    seconds: float
    begin: float
    step: float
    beat: Beat
    loudness: type_curve
    centroid: type_curve
    level: type_curve
    tonality: float

    def to_json(self) -> dict[str, Any]:
        """Return the measurements as plain values; ranges hold 90 % of the recording."""
        low, high = np.percentile(self.loudness, (5, 95))
        dark, bright = np.percentile(self.centroid, (5, 95))
        pulse = f"{self.beat.qpm:.0f} a minute" if self.beat.is_clear else "none"
        return {"seconds": round(self.seconds, 2), "pulse": pulse, "loudness": f"{round(low)} to {round(high)} dB",
                "centroid": f"{dark:.0f} to {bright:.0f} Hz"}  # fmt: skip


def hear(features: Features, beat: Beat) -> tuple[Heard, Contour]:
    """Return the measurements and the contour of a recording."""
    step = beat.period / STEPS_PER_BEAT
    pickup = round(beat.downbeat / step)
    begin = beat.downbeat - pickup * step
    n_steps = max(round((features.seconds - begin) / step), STEPS_PER_BEAT)
    power = 10 ** (features.loudness / 10)
    near = [_frames(features, begin + (at + 0.5) * step, max(SMOOTHING, step)) for at in range(n_steps)]
    own = [_frames(features, begin + (at + 0.5) * step, step) for at in range(n_steps)]
    loudness = 10 * np.log10([power[rows].mean() for rows in near])
    centroid = np.exp([np.average(np.log(features.centroid[rows]), weights=power[rows]) for rows in near])
    onset = np.array([features.onset[rows].max() for rows in own])
    silent = np.array([features.loudness[rows].max() < SILENT for rows in near])
    heard = Heard(features.seconds, begin, step, beat, loudness, centroid, _velocities(loudness), features.tonality)
    density = DENSITY[0] + (DENSITY[1] - DENSITY[0]) * _spread(loudness, ~silent, LEAST_LOUDNESS)
    chroma = np.array([features.chroma[rows].sum(axis=0) for rows in near])
    contour = Contour(density, _register(centroid, ~silent), _accents(onset, step),
                      _favored(chroma, heard.tonality), silent, min(pickup, n_steps))  # fmt: skip
    return heard, contour


def plan_of(heard: Heard, contour: Contour, features: Features, programs: Sequence[int], key: Key | None) -> Plan:
    """Return the plan: key and meter of the recording, ranges of the instruments."""
    meter = Meter(0, heard.beat.beats_per_bar, 4)
    bars = -(-(len(contour) - contour.pickup) // (meter.numerator * STEPS_PER_BEAT)) + (contour.pickup > 0)
    ranges = tuple(of_part(program)[1:] for program in programs)
    return Plan(key or key_heard(features), meter, bars, tuple(programs), ranges, qpm=round(15 / heard.step, 2))


def key_heard(features: Features) -> Key:
    """Return the key that correlates best with the chroma of the whole recording."""
    total = np.sqrt(features.chroma.sum(axis=0))
    fit = standard_profiles(MAJOR_AND_MINOR, DEFAULT_PROFILE) @ (total - total.mean())
    mode, tonic = np.unravel_index(int(fit.argmax()), fit.shape)
    return key_of(int(tonic), MAJOR_AND_MINOR[int(mode)])


def with_dynamics(score: Score, heard: Heard) -> Score:
    """Return the score with the velocity of each note by the loudness where it begins."""
    tracks = []
    for track in score.tracks:
        array = track.notes.copy()
        array["velocity"] = heard.level[np.minimum(array["onset"] // STEP_TICKS, len(heard.level) - 1)]
        tracks.append(replace(track, notes=array))
    return replace(score, tracks=tuple(tracks))


def describe(heard: Heard, plan: Plan) -> str:
    """Describe the recording in a line."""
    found = heard.to_json()
    pulse = f"pulse of {found['pulse']}" if heard.beat.is_clear else f"no clear pulse ({plan.qpm:.0f} a minute)"
    return (f"{found['seconds']:.1f} s, loudness {found['loudness']}, spectral centroid {found['centroid']}, "
            f"{pulse}, {plan.meter}, {str_key(plan.key)}")


def _frames(features: Features, center: float, width: float) -> slice:
    """Return the frames within a width about a time, in seconds; at least one."""
    last = len(features.loudness) - 1
    first = min(max(round((center - width / 2) * FPS), 0), last)
    return slice(first, max(min(round((center + width / 2) * FPS), last), first) + 1)


def _spread(curve: type_curve, used: NDArray[np.bool_], least: float) -> type_curve:
    """Return a curve from 0 to 1 over its 5th to 95th percentiles, or over `least`."""
    low, high = np.percentile(curve[used] if used.any() else curve, (5, 95))
    result: type_curve = np.clip(0.5 + (curve - (low + high) / 2) / max(high - low, least), 0, 1)
    return result


def _register(centroid: type_curve, used: NDArray[np.bool_]) -> type_curve:
    semitones = 12 * np.log2(centroid / MIDDLE)
    usual = float(np.median(semitones[used] if used.any() else semitones))
    middle = min(max(usual / DEPTH, -FARTHEST), FARTHEST)
    return REGISTER * (_spread(semitones, used, LEAST_CENTROID) - 0.5) + middle


def _accents(onset: type_curve, step: float) -> type_curve:
    """Return onset strength against the two seconds on either side, in nats."""
    reach = max(round(2 / step), 2)
    padded = np.pad(onset, reach, mode="reflect" if len(onset) > reach else "edge")
    views = np.lib.stride_tricks.sliding_window_view(padded, 2 * reach + 1)
    result: type_curve = ACCENT * np.clip((onset - views.mean(axis=1)) / (views.std(axis=1) + 0.05), -1.5, 2.5)
    return result


def _favored(chroma: type_curve, tonality: float) -> type_curve:
    """Return the bias of pitch classes, (T, 12), mean 0 at each step."""
    share = np.sqrt(chroma / np.maximum(chroma.max(axis=1, keepdims=True), 1e-30))
    result: type_curve = CHROMA * min(tonality / TONAL, 1.0) * (share - share.mean(axis=1, keepdims=True))
    return result


def _velocities(loudness: type_curve) -> type_curve:
    """Return velocities by loudness: VELOCITIES over DYNAMIC decibels."""
    low, high = VELOCITIES
    result: type_curve = np.rint(np.clip(high + (loudness - loudness.max()) * (high - low) / DYNAMIC, low, high))
    return result
