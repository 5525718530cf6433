"""Stochastic music: the laws of chance by which Xenakis composed *Achorripsis*.

After Iannis Xenakis, *Achorripsis* (1957) and *Formalized Music* (1963; revised 1992), chapter I. Four laws:

1. A matrix of cells, a row a timbre (here: a part) and a column a stretch of time. The number of cells with 0, 1, 2,
   ... units of density follows Poisson's law with mean `mean_events` (0.6 in *Achorripsis*); their places are drawn.
2. Within a cell sounds come as a Poisson process: waiting times follow the exponential law, `density` sounds a bar for
   each unit.
3. From sound to sound the interval follows the linear law, small ones likelier than large ones, up to `widest`.
4. Durations follow the exponential law too, up to the next sound of the part.

It learns nothing. Where a key is requested, pitches move to the nearest one of its scale.
"""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from componium.decoding.controls import Controls
from componium.decoding.style.plan import TICKS_PER_QUARTER, Plan, settle_plan
from componium.methods._shared.parameters import check_range
from componium.methods.base import Untaught
from componium.music.instruments import INSTRUMENTS, find
from componium.music.score import Key, Meter, Score
from componium.music.theory import SCALES

# Timbres near those of the 21 instruments of Achorripsis: winds, brass, strings bowed and plucked, tuned percussion.
TIMBRES = ("piccolo", "oboe", "clarinet", "trumpet", "xylophone", "pizzicato strings", "cello")
QPM = 104.0  # Achorripsis has two quarters a bar at half note 52
GRID = TICKS_PER_QUARTER // 4  # sounds begin on sixteenths, so that they can be written down


class Stochastic(Untaught):
    """Stochastic composition by Xenakis's laws.

      mean_events  mean units of density in a cell, 0 to 50
      cell_bars    bars of a cell, 1 or more
      density      sounds a bar for each unit of density, 0 to 1000
      widest       largest interval in semitones, 1 to 127
      duration     mean duration of a sound in quarters
    """

    CONTROLS = frozenset({"key", "meter", "qpm", "bars", "duration", "instruments"})

    def __init__(
        self,
        *,
        mean_events: float = 0.6,
        cell_bars: int = 2,
        density: float = 5.0,
        widest: int = 18,
        duration: float = 1.0,
    ) -> None:
        self.mean_events, self.cell_bars, self.density = mean_events, cell_bars, density
        self.widest, self.duration = widest, duration

    def check_params(self) -> None:
        super().check_params()
        check_range("mean_events", self.mean_events, 0, 50)
        check_range("cell_bars", self.cell_bars, 1, 1024)
        check_range("density", self.density, 0, 1000)
        check_range("widest", self.widest, 1, 127)
        check_range("duration", self.duration, 0, 1000)

    def _compose(self, controls: Controls, rng: np.random.Generator) -> Score:
        in_key = controls.key is not None
        piece = settle_plan(
            controls, key=Key(0, 0), meter=Meter(0, 2, 2), programs=[find(name) for name in TIMBRES], qpm=QPM,
            ranges=[(INSTRUMENTS[find(name)].low, INSTRUMENTS[find(name)].high) for name in TIMBRES],
        )  # fmt: skip
        columns = -(-piece.bars // self.cell_bars)
        matrix = draw_matrix(rng, len(piece.programs), columns, self.mean_events)
        parts = [self._part(piece, row, matrix[row], in_key, rng) for row in range(len(piece.programs))]
        score = piece.score(_fill_ends(parts, piece))
        densities = "; ".join(" ".join(map(str, row)) for row in matrix.tolist())
        return replace(score, keys=score.keys if in_key else (), info=(*score.info, ("densities", densities)))

    def _part(
        self, piece: Plan, row: int, densities: NDArray[np.int64], in_key: bool, rng: np.random.Generator
    ) -> list[tuple[int, ...]]:
        """Return the sounds of one timbre: (onset, duration, pitch)."""
        length = self.cell_bars * piece.bar_ticks
        onsets: list[int] = []
        for column, units in enumerate(densities.tolist()):
            times = draw_arrivals(rng, units * self.density / piece.bar_ticks, length)
            onsets += (column * length + np.round(times / GRID).astype(int) * GRID).tolist()
        onsets = sorted({onset for onset in onsets if onset < piece.end})
        pitches = draw_walk(rng, len(onsets), self.widest, *piece.ranges[row])
        pitches = nearest_in_scale(pitches, piece.key, *piece.ranges[row]) if in_key else pitches
        lengths = draw_durations(rng, self.duration, len(onsets))
        room = np.diff([*onsets, piece.end])
        return list(zip(onsets, np.minimum(lengths, room).tolist(), pitches.tolist(), strict=True))


def draw_matrix(rng: np.random.Generator, rows: int, columns: int, mean: float) -> NDArray[np.int64]:
    """Draw a matrix (rows, columns) of units of density, distributed by Poisson's law.

    >>> counts = np.bincount(draw_matrix(np.random.default_rng(0), 7, 28, 0.6).ravel())
    >>> counts.tolist()  # Xenakis: 107, 65, 19, 4, 1 of 196
    [108, 64, 19, 4, 1]
    """
    total = rows * columns
    shares: list[float] = []
    chance, k = float(np.exp(-mean)), 0
    while k == 0 or sum(shares) < total - 0.5:  # P(k) = exp(-mean) mean^k / k!
        shares.append(chance * total)
        k += 1
        chance *= mean / k
    counts = np.floor(shares).astype(int)
    rest = total - int(counts.sum())
    for at in np.argsort(counts - np.array(shares), kind="stable")[:rest].tolist():  # largest remainders
        counts[at] += 1
    counts[0] += total - int(counts.sum())
    units = np.repeat(np.arange(len(counts)), counts)
    return rng.permutation(units).reshape(rows, columns)


def draw_arrivals(rng: np.random.Generator, rate: float, length: float) -> NDArray[np.float64]:
    """Draw the times, from 0 to `length`, of a Poisson process with a rate."""
    if rate <= 0:
        return np.zeros(0)
    times = np.zeros(0)
    while not len(times) or times[-1] < length:
        waits = rng.exponential(1 / rate, int(rate * length) + 8)
        times = np.concatenate([times, (times[-1] if len(times) else 0.0) + np.cumsum(waits)])
    return times[times < length]


def draw_durations(rng: np.random.Generator, mean: float, n: int) -> NDArray[np.int64]:
    """Draw `n` durations in ticks by the exponential law with a mean in quarters.

    They are whole sixteenths, at least one.
    """
    sixteenths = np.round(rng.exponential(mean * TICKS_PER_QUARTER / GRID, n))
    ticks: NDArray[np.int64] = np.maximum(sixteenths, 1).astype(np.int64) * GRID
    return ticks


def draw_linear(rng: np.random.Generator, widest: float, n: int) -> NDArray[np.float64]:
    """Draw `n` sizes between 0 and `widest` with density 2/a (1 - x/a), a the widest."""
    return widest * (1 - np.sqrt(1 - rng.random(n)))


def draw_walk(rng: np.random.Generator, n: int, widest: int, low: int, high: int) -> NDArray[np.int64]:
    """Draw `n` pitches from low to high with intervals by the linear law.

    Intervals go up or down and turn back at the limits.
    """
    sizes, ways = np.round(draw_linear(rng, widest, n)).astype(int), rng.choice([-1, 1], n)
    pitches, at = np.zeros(n, dtype=np.int64), int(rng.integers(low, high + 1))
    for place, (size, way) in enumerate(zip(sizes.tolist(), ways.tolist(), strict=True)):
        goal = at + way * size
        at = goal if low <= goal <= high else min(max(at - way * size, low), high)
        pitches[place] = at
    return pitches


def nearest_in_scale(pitches: NDArray[np.int64], key: Key, low: int, high: int) -> NDArray[np.int64]:
    """Move each pitch to the nearest in the key's scale between low and high.

    Of two it takes the lower.
    """
    scale = SCALES[key.mode]
    allowed = np.array([pitch for pitch in range(low, high + 1) if (pitch - key.tonic) % 12 in scale])
    return allowed[np.abs(pitches[:, None] - allowed[None, :]).argmin(axis=1)] if len(pitches) else pitches


def _fill_ends(parts: list[list[tuple[int, ...]]], piece: Plan) -> list[list[tuple[int, ...]]]:
    """Start the first sound at 0 and hold the last to the end, to fill all bars."""
    sounding = [(rows[0][0], part) for part, rows in enumerate(parts) if rows]
    if not sounding:  # chance left every cell empty: one sound, as long as the piece
        low, high = piece.ranges[0]
        return [[(0, piece.end, (low + high) // 2)], *parts[1:]]
    first = min(sounding)[1]
    onset, duration, pitch = parts[first][0]
    parts[first][0] = (0, onset + duration, pitch)
    last = max((rows[-1][0], part) for part, rows in enumerate(parts) if rows)[1]
    onset, _, pitch = parts[last][-1]
    parts[last][-1] = (onset, piece.end - onset, pitch)
    return parts
