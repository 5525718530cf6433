"""Gibbs sampling along a contour: density, register, accents, chroma.

The distribution sampled from is the net's, tilted: nats are added for an onset, for a pitch's distance from where its
voice is to be, for its pitch class. Among all distributions with the same expectations of these it is the nearest to
the net's own (maximum entropy; Jaynes 1957). The nats of an onset are found while sampling, by stochastic approximation
(Robbins and Monro 1951): after each sweep they rise where there are fewer onsets than asked for, and fall where there
are more.

Any number of voices is composed with a net of a few. As many as the net has, spread from top to bottom, are the core
and are drawn together. Then the others are added in fewer sweeps, each drawn with voices of the core beside it, so that
all agree with the same harmony.
"""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from componium.decoding.contour import Contour
from componium.decoding.style.plan import Plan
from componium.methods.dream.lines import draw_lines
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
from componium.music.theory import DEGREES, SCALES

OUTSIDE = -1.5  # nats of a note outside the key
UNCLOSED = -6.0  # nats of a last note outside the tonic's triad
WIDTH = 3.0  # semitones: standard deviation of a voice about its place
ROOM = 6  # semitones that a voice's home is at least from the ends of its instrument
REPEAT = -1.5  # nats of striking the pitch that sounds already
UNISON = -3.0  # nats of a pitch that sounds in another voice
FOREIGN = -5.0  # nats, beyond the core, of a pitch class that doesn't sound in the core
REST = -8.0  # nats of a pause while the recording sounds
OFFBEAT = -1.5  # nats of an onset on the second or fourth sixteenth of a beat
USUAL = 0.3  # onsets a cell of the net's own music, about
RATE, STEADY, MOST = 0.8, 0.3, 5.0  # of the approximation: factor, least share that it is multiplied by, nats
SPAN = 5  # steps over which onsets are counted
LEAST = 0.05  # the share of free cells hidden in the last sweeps
ANNEALED = 0.75  # the share of sweeps over which it falls
ADDED = 0.25  # of the sweeps, for voices beyond those of the net
BLOCK = 4  # cells hidden together in every second sweep

type_bias = NDArray[np.float64]
type_logits = Callable[[type_cells, type_cells], NDArray[np.float32]]
_PITCH = np.arange(PITCHES) + LOW


class Steering:
    """Biases of the cells of one piece (T, I).

    Those of onsets are updated after each sweep. `core` are the voices drawn together, as many as the net has, spread
    from top to bottom.
    """

    def __init__(self, contour: Contour, plan: Plan, n_seats: int) -> None:
        self.contour, self.n_voices = contour, len(plan.programs)
        self.core = np.unique(np.linspace(0, self.n_voices - 1, n_seats).round().astype(int)).tolist()
        self._onsets = np.log(np.maximum(contour.density, 1e-3) / USUAL).clip(-MOST, MOST)
        self._fixed = contour.accent + OFFBEAT * ((np.arange(len(contour)) - contour.pickup) % 2)
        self._pitches = [_places(home, low, high, contour.register) for home, low, high in homes_of(plan)]
        harmony = contour.chroma[:, _PITCH % 12] + np.where(_among(plan, SCALES[plan.key.mode]), 0.0, OUTSIDE)
        sounding = np.flatnonzero(~contour.silent)
        if plan.closed and len(sounding):
            triad = np.take(DEGREES[plan.key.mode], (0, 2, 4)).tolist()
            harmony[max(int(sounding[-1]) + 1 - BLOCK, 0) :] += np.where(_among(plan, triad), 0.0, UNCLOSED)
        self._pitches = [places + harmony for places in self._pitches]

    @property
    def onsets(self) -> type_bias:
        """Nats added for an onset, (T,)."""
        return self._onsets + self._fixed

    def bias(self, cells: type_cells, voice: int) -> type_bias:
        """Return the bias of each token of a voice but for onsets, (T, V)."""
        silent = self.contour.silent
        pitches = self._pitches[voice].copy()
        if voice not in self.core:
            pitches += np.where(_classes(cells[:, self.core])[:, _PITCH % 12], 0.0, FOREIGN)
        pitch = np.where(cells >= STRIKE, (cells - STRIKE) % PITCHES, -1)
        for other in set(range(self.n_voices)) - {voice}:
            steps = np.flatnonzero(pitch[:, other] >= 0)
            pitches[steps, pitch[steps, other]] += UNISON
        pitches[silent] = -np.inf
        bias = np.full((len(cells), N_TOKENS), -np.inf)
        bias[:, SILENCE] = np.where(silent, 0.0, REST)
        bias[:, STRIKE:HOLD] = bias[:, HOLD:] = pitches
        return bias

    def update(self, cells: type_cells, share: float) -> None:
        """Move the nats of onsets toward the target; `share` of the cells was drawn."""
        wanted, found = smooth(self.contour.density), smooth(onsets_of(cells).mean(axis=1))
        step = RATE * max(share, STEADY) * np.log((wanted + 0.02) / (found + 0.02))
        self._onsets = (self._onsets + step).clip(-MOST, MOST)


def follow(
    steering: Steering, context: type_cells, n_seats: int, logits: type_logits, sweeps: int, *,
    temperature: float, rng: np.random.Generator, on_sweep: Callable[[int, int, type_cells], None] | None = None,
) -> type_cells:  # fmt: skip
    """Return cells (T, I) after Gibbs sweeps.

    steering     biases, which are updated
    context      of each step, (T, 3)
    n_seats      voices of the net
    logits       of the net: cells (T, n_seats) and context -> (T, n_seats, V)
    sweeps       over the core; others have ADDED of them
    temperature  of the draws, above 0
    rng          the source of randomness
    on_sweep     called with the number of each sweep, from 0, their number, and the cells after it
    """
    n_voices, core = steering.n_voices, steering.core
    added = [voice for voice in range(n_voices) if voice not in core]
    cells = np.full((len(context), n_voices), SILENCE, dtype=np.int64)
    schedule = [([(core, core)], core, share) for share in shares(sweeps)]
    for share in shares(max(round(ADDED * sweeps), 1)) if added else ():
        groups = [([voice], sorted([voice, *rng.permutation(core)[1:].tolist()])) for voice in added]
        schedule.append((groups, [*range(n_voices)], share))
    for at, (groups, present, share) in enumerate(schedule):
        for own, group in groups:
            hidden = np.zeros(cells.shape, dtype=bool)
            hidden[:, own] = _hidden((len(cells), len(own)), share, BLOCK if at % 2 else 1, rng)
            seats, rows = seats_of(len(group), n_seats), np.full((len(cells), n_seats), ABSENT, dtype=np.int64)
            rows[:, seats] = np.where(hidden, MASKED, cells)[:, group]
            found = logits(rows, context)
            scores = np.stack([found[:, seats[group.index(voice)]] / temperature + steering.bias(cells, voice)
                               for voice in own], axis=1)  # fmt: skip
            _fix(scores, cells[:, own], ~hidden[:, own])
            cells[:, own] = draw_lines(scores, steering.onsets, REPEAT, rng)
        steering.update(cells[:, present], share)
        if on_sweep:
            on_sweep(at, len(schedule), cells)
    return cells


def shares(sweeps: int) -> list[float]:
    """Return the share of cells hidden in each sweep (Yao et al. 2014).

    >>> [round(share, 2) for share in shares(4)]
    [1.0, 0.68, 0.37, 0.05]
    """
    return [max(LEAST, 1 - (1 - LEAST) * at / (ANNEALED * sweeps)) for at in range(sweeps)]


def seats_of(n_voices: int, n_seats: int) -> list[int]:
    """Return the net's voice for each voice of a group, the outer ones first.

    >>> seats_of(1, 4), seats_of(2, 4), seats_of(3, 4)
    ([0], [0, 3], [0, 2, 3])
    """
    seats: list[int] = np.linspace(0, n_seats - 1, n_voices).round().astype(int).tolist()
    return seats


def homes_of(plan: Plan) -> list[tuple[float, int, int]]:
    """Return the usual, lowest and highest pitch of each voice.

    The usual ones lie evenly from top to bottom.
    """
    n_voices = len(plan.programs)
    wide = min(n_voices, 7) - 1
    homes = []
    for home, (low, high) in zip(np.linspace(67 + 2 * wide, 67 - 4 * wide, n_voices), plan.ranges, strict=True):
        low, high = max(low, LOW), min(high, LOW + PITCHES - 1)
        homes.append((float(min(max(home, low + ROOM), high - ROOM)), low, high))
    return homes


def onsets_of(cells: type_cells) -> NDArray[np.bool_]:
    """Return which cells begin a note."""
    settled = settle(cells)
    result: NDArray[np.bool_] = (settled >= STRIKE) & (settled < HOLD)
    return result


def smooth(curve: type_bias) -> type_bias:
    """Return the weighted mean of a curve over SPAN steps about each."""
    window = np.hanning(SPAN + 2)[1:-1]
    padded = np.pad(curve, SPAN // 2, mode="edge")
    return np.convolve(padded, window / window.sum(), mode="valid")


def _places(home: float, low: int, high: int, register: type_bias) -> type_bias:
    """Return nats of each pitch by its distance from a voice's place, (T, PITCHES)."""
    center = (home + register).clip(low, high)
    nats: type_bias = -0.5 * ((_PITCH - center[:, None]) / WIDTH) ** 2
    nats[:, ~np.isin(_PITCH, range(low, high + 1))] = -np.inf
    return nats


def _among(plan: Plan, degrees: Sequence[int]) -> NDArray[np.bool_]:
    """Return which pitches are some semitones above the tonic, in any octave."""
    return np.isin((_PITCH - plan.key.tonic) % 12, degrees)


def _classes(cells: type_cells) -> NDArray[np.bool_]:
    """Return which pitch classes sound in each step, (T, 12)."""
    steps, voices = np.nonzero(cells >= STRIKE)
    result = np.zeros((len(cells), 12), dtype=bool)
    result[steps, ((cells[steps, voices] - STRIKE) % PITCHES + LOW) % 12] = True
    return result


def _hidden(shape: tuple[int, int], share: float, block: int, rng: np.random.Generator) -> NDArray[np.bool_]:
    drawn = rng.random((-(-shape[0] // block), shape[1])) < share
    return drawn.repeat(block, axis=0)[: shape[0]]


def _fix(scores: type_bias, cells: type_cells, visible: NDArray[np.bool_]) -> None:
    """Leave visible cells no other token than their own."""
    scores[visible] = -np.inf
    steps, voices = np.nonzero(visible)
    scores[steps, voices, cells[visible]] = 0.0
