"""Gibbs sampling along a contour: density, register, accents and chroma of each sixteenth.

A net of four voices composes for any number: in each sweep the voices are dealt at random into groups of four, and
each group is drawn given its own hidden and visible cells, so that over the sweeps every two voices have met.

The net's logits are tilted (an exponential family: the distribution nearest to the net's own, in relative entropy,
whose expectations are the targets). The weights of onsets are found while sampling, by stochastic approximation
(Robbins and Monro 1951): after each sweep they rise where there were fewer onsets than asked for, and fall where there
were more. The register is a Gaussian about the home of each voice, moved by the contour.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from componium.decoding.contour import Contour
from componium.decoding.style.plan import Plan
from componium.methods.dream.roll import (
    ABSENT,
    HOLD,
    LOW,
    MASKED,
    N_TOKENS,
    PITCHES,
    SILENCE,
    STRIKE,
    settle,
    type_cells,
)
from componium.music.theory import SCALES

OUTSIDE = -1.5  # nats of a note outside the key
WIDTH = 5.0  # semitones: standard deviation of a voice about its home
REPEAT = -1.5  # nats of striking the pitch that sounds already
REST = -2.5  # nats of a voice that pauses while others sound
RATE, MOST = 0.8, 5.0  # of the approximation; nats
SPAN = 9  # steps over which onsets are counted
UNISON = -3.0  # nats of doubling a pitch that sounds in another voice

type_bias = NDArray[np.float32]
_PITCH = np.arange(PITCHES) + LOW


@dataclass(frozen=True, slots=True)
class Home:
    """The register of a voice: its center, and the lowest and highest pitch of its instrument."""

    center: float
    low: int
    high: int


class Steering:
    """Biases of the cells of one piece (T, I), updated after each sweep."""

    def __init__(self, contour: Contour, plan: Plan) -> None:
        self.contour, self.homes = contour, homes_of(plan)
        self.onsets = np.log(np.maximum(contour.density, 1e-3) / 0.3).clip(-MOST, MOST)  # nats of an onset, (T,)
        in_key = np.isin((_PITCH - plan.key.tonic) % 12, SCALES[plan.key.mode])
        self._harmony = contour.chroma[:, _PITCH % 12] + np.where(in_key, 0.0, OUTSIDE)  # (T, PITCHES)
        self._close(plan)

    def _close(self, plan: Plan) -> None:
        """Let the last beat that sounds be the tonic's triad."""
        sounding = np.flatnonzero(~self.contour.silent)
        triad = np.isin((_PITCH - plan.key.tonic) % 12, (0, 4 if SCALES[plan.key.mode][2] == 4 else 3, 7))
        if len(sounding) and plan.closed:
            self._harmony[max(sounding[-1] - 3, 0) :] += np.where(triad, 0.0, -6.0)

    def bias(self, cells: type_cells, voice: int) -> type_bias:
        """Return the bias of each token of a voice, (T, V), given all cells (T, I)."""
        contour, home = self.contour, self.homes[voice]
        away = (_PITCH - (home.center + contour.register)[:, None]) / WIDTH
        pitch = self._harmony - 0.5 * away**2
        pitch[:, (_PITCH < home.low) | (_PITCH > home.high)] = -np.inf
        bias = np.full((len(cells), N_TOKENS), -np.inf)
        bias[:, SILENCE] = np.where(contour.silent, 0.0, REST)
        bias[:, STRIKE:HOLD] = pitch + (self.onsets + contour.accent)[:, None]
        bias[:, HOLD:] = pitch
        self._discourage(bias, cells, voice)
        bias[contour.silent, STRIKE:] = -np.inf
        result: type_bias = bias.astype(np.float32)
        return result

    def _discourage(self, bias: NDArray[np.float64], cells: type_cells, voice: int) -> None:
        """Make repeated pitches, and those of other voices, less likely."""
        steps = np.arange(len(cells))
        pitch = np.where(cells >= STRIKE, (cells - STRIKE) % PITCHES, -1)
        before = np.append(-1, pitch[:-1, voice])
        was = before >= 0
        bias[steps[was], STRIKE + before[was]] += REPEAT
        for other in set(range(cells.shape[1])) - {voice}:
            sounds = pitch[:, other] >= 0
            for first in (STRIKE, HOLD):
                bias[steps[sounds], first + pitch[sounds, other]] += UNISON

    def update(self, cells: type_cells, share: float) -> None:
        """Move the weights of onsets toward their targets; `share` of the cells was drawn."""
        struck = onsets_of(cells).mean(axis=1)
        wanted, found = (smooth(curve) for curve in (self.contour.density, struck))
        step = RATE * share * np.log((wanted + 0.02) / (found + 0.02))
        self.onsets = (self.onsets + step).clip(-MOST, MOST)


def homes_of(plan: Plan) -> list[Home]:
    """Return the home of each voice: evenly from top to bottom, within its instrument."""
    n_voices = len(plan.programs)
    top, bottom = (67 + min(n_voices, 7) * 1.6, 60 - min(n_voices, 7) * 3.0) if n_voices > 1 else (67.0, 67.0)
    homes = []
    for center, (low, high) in zip(np.linspace(top, bottom, n_voices).tolist(), plan.ranges, strict=True):
        low, high = max(low, LOW), min(high, LOW + PITCHES - 1)
        homes.append(Home(min(max(center, low + 6), high - 6), low, high))
    return homes


def onsets_of(cells: type_cells) -> NDArray[np.bool_]:
    """Return which cells begin a note."""
    settled = settle(cells)
    result: NDArray[np.bool_] = (settled >= STRIKE) & (settled < HOLD)
    return result


def smooth(curve: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the mean of a curve over SPAN steps about each."""
    window = np.hanning(SPAN + 2)[1:-1]
    return np.convolve(curve, window, mode="same") / np.convolve(np.ones(len(curve)), window, mode="same")


def seats(group: Sequence[int], n_seats: int) -> list[int]:
    """Return the net's voice for each voice of a group, the outer ones first.

    >>> seats([5], 4), seats([0, 7], 4), seats([1, 2, 6], 4)
    ([0], [0, 3], [0, 2, 3])
    """
    return np.linspace(0, n_seats - 1, len(group)).round().astype(int).tolist() if len(group) > 1 else [0]


def follow(
    steering: Steering,
    context: type_cells,
    n_seats: int,
    logits: Callable[[type_cells, type_cells, int], type_bias],
    shares: Sequence[float],
    *,
    temperature: float,
    rng: np.random.Generator,
    on_sweep: Callable[[int, type_cells], None] | None = None,
) -> type_cells:
    """Return cells (T, I) after a sweep for each share of hidden cells.

    logits  of the net: cells (T, n_seats), context, offset of its windows -> (T, n_seats, V)
    """
    n_steps, n_voices = len(context), len(steering.homes)
    cells = np.full((n_steps, n_voices), MASKED, dtype=np.int64)
    for at, share in enumerate(shares):
        order = rng.permutation(n_voices)
        for first in range(0, n_voices, n_seats):
            own = order[first : first + n_seats]
            group = sorted({*own.tolist(), *order[: max(min(n_seats, n_voices) - len(own), 0)].tolist()})
            places = seats(group, n_seats)
            hidden = np.zeros(cells.shape, dtype=bool)
            hidden[:, own] = rng.random((n_steps, len(own))) < share
            rows = np.full((n_steps, n_seats), ABSENT, dtype=np.int64)
            rows[:, places] = np.where(hidden, MASKED, cells)[:, group]
            found = logits(rows, context, int(rng.integers(64)))
            for voice, place in zip(group, places, strict=True):
                where = hidden[:, voice]
                tilted = (found[where, place] + steering.bias(cells, voice)[where]) / temperature
                cells[where, voice] = (tilted + rng.gumbel(size=tilted.shape)).argmax(axis=1)
        steering.update(cells, share)
        if on_sweep:
            on_sweep(at, cells)
    return settle(cells)
