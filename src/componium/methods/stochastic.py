"""Stochastic: nothing but the laws of chance, as Xenakis composed *Achorripsis*.

After Iannis Xenakis, *Achorripsis* (1957) and *Formalized Music* (1963; revised 1992), chapter I. Four laws:

1. A matrix of cells, a row a timbre (here: a part) and a column a stretch of time. How many cells hold 0, 1, 2, ...
   units of density follows Poisson's law with mean `mean_events` (0.6 in *Achorripsis*); which ones, chance.
2. Within a cell sounds come as a Poisson process: the waiting times between them follow the exponential law, `density`
   sounds a bar for each unit.
3. From sound to sound the interval follows the linear law, small ones likelier than large ones, up to `widest`.
4. How long a sound lasts follows the exponential law too, up to the next one of its part.

It learns nothing: it needs no music. Where a key is asked for, pitches go to the nearest one of its scale.
"""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from componium.decoding.controls import Controls
from componium.decoding.style.plan import TICKS_PER_QUARTER
from componium.methods._shared.plan import Plan, settled
from componium.methods.base import Untaught
from componium.music.instruments import INSTRUMENTS, find
from componium.music.score import Key, Meter, Score
from componium.music.theory import SCALES

# Timbres near those of the 21 instruments of Achorripsis: winds, brass, strings bowed and plucked, tuned percussion.
TIMBRES = ("piccolo", "oboe", "clarinet", "trumpet", "xylophone", "pizzicato strings", "cello")
QPM = 104.0  # Achorripsis has two quarters a bar at half note 52
GRID = TICKS_PER_QUARTER // 4  # sounds begin on sixteenths, so that they can be written down


class Stochastic(Untaught):
    """Xenakis' laws. `mean_events` units of density a cell on average, cells of `cell_bars` bars, `density` sounds a
    bar for a unit, intervals of up to `widest` semitones, sounds of `duration` quarters on average.
    """

    CONTROLS = frozenset({"key", "meter", "qpm", "bars", "instruments"})

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

    def _compose(self, wishes: Controls, rng: np.random.Generator) -> Score:
        in_key = wishes.key is not None
        piece = settled(
            wishes, key=Key(0, 0), meter=Meter(0, 2, 2), programs=[find(name) for name in TIMBRES], qpm=QPM,
            ranges=[(INSTRUMENTS[find(name)].low, INSTRUMENTS[find(name)].high) for name in TIMBRES],
        )  # fmt: skip
        columns = -(-piece.bars // self.cell_bars)
        matrix = cells(rng, len(piece.programs), columns, self.mean_events)
        parts = [self._part(piece, row, matrix[row], in_key, rng) for row in range(len(piece.programs))]
        score = piece.score(_filled(parts, piece))
        told = "; ".join(" ".join(map(str, row)) for row in matrix.tolist())
        return replace(score, keys=score.keys if in_key else (), info=(*score.info, ("densities", told)))

    def _part(
        self, piece: Plan, row: int, densities: NDArray[np.int64], in_key: bool, rng: np.random.Generator
    ) -> list[tuple[int, ...]]:
        """The sounds of one timbre: (onset, duration, pitch)."""
        length = self.cell_bars * piece.bar_ticks
        onsets: list[int] = []
        for column, units in enumerate(densities.tolist()):
            times = arrivals(rng, units * self.density / piece.bar_ticks, length)
            onsets += (column * length + np.round(times / GRID).astype(int) * GRID).tolist()
        onsets = sorted({onset for onset in onsets if onset < piece.end})
        pitches = walk(rng, len(onsets), self.widest, *piece.ranges[row])
        pitches = nearest_in_scale(pitches, piece.key, *piece.ranges[row]) if in_key else pitches
        lengths = durations(rng, self.duration, len(onsets))
        room = np.diff([*onsets, piece.end])
        return list(zip(onsets, np.minimum(lengths, room).tolist(), pitches.tolist(), strict=True))


def cells(rng: np.random.Generator, rows: int, columns: int, mean: float) -> NDArray[np.int64]:
    """A matrix [rows, columns] of units of density, as many of each as Poisson's law has it, placed by chance.

    >>> counts = np.bincount(cells(np.random.default_rng(0), 7, 28, 0.6).ravel())
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


def arrivals(rng: np.random.Generator, rate: float, length: float) -> NDArray[np.float64]:
    """The times, from 0 to `length`, of a Poisson process of so many arrivals a unit of time."""
    if rate <= 0:
        return np.zeros(0)
    times = np.zeros(0)
    while not len(times) or times[-1] < length:
        waits = rng.exponential(1 / rate, int(rate * length) + 8)
        times = np.concatenate([times, (times[-1] if len(times) else 0.0) + np.cumsum(waits)])
    return times[times < length]


def durations(rng: np.random.Generator, mean: float, n: int) -> NDArray[np.int64]:
    """`n` durations in ticks by the exponential law, `mean` in quarters: whole sixteenths, at least one."""
    sixteenths = np.round(rng.exponential(mean * TICKS_PER_QUARTER / GRID, n))
    found: NDArray[np.int64] = np.maximum(sixteenths, 1).astype(np.int64) * GRID
    return found


def linear_law(rng: np.random.Generator, widest: float, n: int) -> NDArray[np.float64]:
    """`n` sizes between 0 and `widest` with density 2/a (1 - x/a), a being the widest."""
    return widest * (1 - np.sqrt(1 - rng.random(n)))


def walk(rng: np.random.Generator, n: int, widest: int, low: int, high: int) -> NDArray[np.int64]:
    """`n` pitches from low to high; intervals by the linear law, up or down, turned back at the edges."""
    sizes, ways = np.round(linear_law(rng, widest, n)).astype(int), rng.choice([-1, 1], n)
    pitches, at = np.zeros(n, dtype=np.int64), int(rng.integers(low, high + 1))
    for place, (size, way) in enumerate(zip(sizes.tolist(), ways.tolist(), strict=True)):
        goal = at + way * size
        at = goal if low <= goal <= high else min(max(at - way * size, low), high)
        pitches[place] = at
    return pitches


def nearest_in_scale(pitches: NDArray[np.int64], key: Key, low: int, high: int) -> NDArray[np.int64]:
    """Each pitch, or the nearest in the key's scale between low and high (of two the lower)."""
    scale = SCALES[key.mode]
    allowed = np.array([pitch for pitch in range(low, high + 1) if (pitch - key.tonic) % 12 in scale])
    return allowed[np.abs(pitches[:, None] - allowed[None, :]).argmin(axis=1)] if len(pitches) else pitches


def _filled(parts: list[list[tuple[int, ...]]], piece: Plan) -> list[list[tuple[int, ...]]]:
    """The parts with the first sound at 0 and the last held to the end, so that the piece has all its bars."""
    heard = [(rows[0][0], part) for part, rows in enumerate(parts) if rows]
    if not heard:  # chance left every cell empty: one sound, as long as the piece
        low, high = piece.ranges[0]
        return [[(0, piece.end, (low + high) // 2)], *parts[1:]]
    first = min(heard)[1]
    onset, duration, pitch = parts[first][0]
    parts[first][0] = (0, onset + duration, pitch)
    last = max((rows[-1][0], part) for part, rows in enumerate(parts) if rows)[1]
    onset, _, pitch = parts[last][-1]
    parts[last][-1] = (onset, piece.end - onset, pitch)
    return parts
