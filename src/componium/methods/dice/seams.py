"""Where one bar ends and the next begins: the harmony on either side, and how every part moves.

A harmony is a triad, numbered 12 * quality + root over the tonic, quality being 0 (major), 1 (minor) or 2 (diminished):
the triad in which most of what sounds lies, weighed by duration. In several parts the beat next to the bar line is
heard; one part alone tells its harmony by the whole bar.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from componium.decoding.sampling import choose
from componium.decoding.style.plan import TICKS_PER_QUARTER
from componium.methods._shared.bars import METER, MINOR, PARTS, PIECE, Bars, type_ints
from componium.methods._shared.plan import Plan
from componium.music.theory import is_parallel

UNIT = TICKS_PER_QUARTER // 24
TRIADS = np.array([[(pitch - root) % 12 in shape for pitch in range(12)]
                   for shape in ((0, 4, 7), (0, 3, 7), (0, 3, 6)) for root in range(12)], dtype=np.float64)
MISSING = 0.1  # what a note that a triad lacks takes from it, in shares of all that sounds
KINDS = len(TRIADS) ** 2
UNHEARD = 1e-9  # the chance of a progression that the music doesn't make
NAMES = ("I", "bII", "II", "bIII", "III", "IV", "#IV", "V", "bVI", "VI", "bVII", "VII")


@dataclass(frozen=True)
class Seams:
    """The two ends of each bar: harmonies (B,), and the first and the last pitch of each part (B, P), -1 for none."""

    entry: type_ints
    exit: type_ints
    first: type_ints
    last: type_ints

    @property
    def kinds(self) -> type_ints:
        """Each bar's two harmonies as one number, 36 * entry + exit: (B,)."""
        found: type_ints = len(TRIADS) * self.entry + self.exit
        return found

    def joins(self, before: type_ints, after: type_ints) -> NDArray[np.bool_]:
        """Which bars may follow which without parallel fifths or octaves between the outer parts: (before, after).

        >>> fifths = np.array([[67, 60], [69, 62], [71, 57]])
        >>> Seams(np.zeros(3), np.zeros(3), fifths, fifths).joins(np.array([0]), np.array([1, 2])).tolist()
        [[False, True]]
        """
        outer = [0, self.first.shape[1] - 1]
        here, there = self.last[np.ix_(before, outer)][:, None], self.first[np.ix_(after, outer)][None]
        steps = there - here
        parallel = is_parallel(here[..., 0] - here[..., 1], steps[..., 0], steps[..., 1])
        joins: NDArray[np.bool_] = np.logical_not(parallel) | (self.first.shape[1] == 1)
        return joins


def name_of(harmony: int) -> str:
    """In words, small for minor.

    >>> [name_of(harmony) for harmony in (0, 7, 12 + 2, 24 + 11)]
    ['I', 'V', 'ii', 'viio']
    """
    quality, root = divmod(int(harmony), 12)
    return NAMES[root] if quality == 0 else NAMES[root].lower() + "o" * (quality == 2)


def seams_of(stock: Bars, piece: Plan) -> Seams:
    """The seams of all bars, as they sound in the piece's key and metre."""
    parts, window = len(piece.programs), (piece.beat_ticks if len(piece.programs) > 1 else piece.bar_ticks) // UNIT
    end = piece.bar_ticks // UNIT
    bars = np.repeat(np.arange(len(stock.about)), np.diff(stock.first))
    entry, exit_ = (_harmonies(stock, bars, start, start + window, piece.key.tonic) for start in (0, end - window))
    return Seams(entry, exit_, *_edges(stock, bars, parts))


def _harmonies(stock: Bars, bars: type_ints, start: int, stop: int, tonic: int) -> type_ints:
    """The harmony of each bar between two times, by all that sounds then."""
    onset, duration, pitch = stock.notes[:, 0], stock.notes[:, 1], stock.notes[:, 2]
    inside = np.clip(np.minimum(onset + duration, stop) - np.maximum(onset, start), 0, None)
    weights = np.bincount(12 * bars + (pitch - tonic) % 12, inside, minlength=12 * len(stock.about)).reshape(-1, 12)
    shares = weights / np.maximum(weights.sum(axis=1, keepdims=True), 1)
    found: type_ints = (shares @ TRIADS.T - MISSING * ((shares == 0).astype(float) @ TRIADS.T)).argmax(axis=1)
    return found


def _edges(stock: Bars, bars: type_ints, parts: int) -> tuple[type_ints, type_ints]:
    """The first and the last pitch of each of so many parts of each bar."""
    onset, pitch, part = stock.notes[:, 0], stock.notes[:, 2], stock.notes[:, 3]
    order = np.lexsort((pitch, onset))
    order = order[part[order] < parts]
    first, last = (np.full((len(stock.about), parts), -1) for _ in range(2))
    last[bars[order], part[order]] = pitch[order]  # the latest is written last
    order = order[::-1]
    first[bars[order], part[order]] = pitch[order]
    return first, last


def progressions(stock: Bars, seams: Seams, piece: Plan) -> type_ints:
    """How often each harmony leads to each over a bar line in pieces of these parts, metre and mode: (36, 36)."""
    about, meter = stock.about, str(piece.meter)
    same = (about[1:, PIECE] == about[:-1, PIECE]) & (about[1:, PARTS] == len(piece.programs))
    same &= about[1:, MINOR] == ("minor" in piece.key.mode)
    same &= about[1:, METER] == (stock.meters.index(meter) if meter in stock.meters else -1)
    counts = np.zeros((len(TRIADS), len(TRIADS)), dtype=np.int64)
    np.add.at(counts, (seams.exit[:-1][same], seams.entry[1:][same]), 1)
    return counts


def harmonic_plan(
    usual: NDArray[np.float64], counts: type_ints, joints: Sequence[tuple[int, int]], rng: np.random.Generator
) -> list[int]:
    """A kind of bar for each column, drawn so that all that follow each other make a progression that the music makes.

    `usual` (columns, KINDS) is how fit each kind is for each column, `counts` how often each harmony leads to each,
    `joints` which columns follow each other: round the phrase, then from one of its columns to the last two. Drawn from
    the Markov chain that closes this circle (backward weights, forward draws). Where the music is too small for any
    such round, some progression is one that it doesn't make.
    """
    kinds = np.flatnonzero(usual.any(axis=0))
    entry, exit_ = np.divmod(kinds, len(TRIADS))
    step = np.maximum(counts / np.maximum(counts.sum(axis=1, keepdims=True), 1), UNHEARD)[exit_][:, entry]
    fit, phrase, (leaving, _) = usual[:, kinds] / usual.sum(axis=1, keepdims=True), len(usual) - 2, joints[-2]
    fit[-2] *= step @ fit[-1]
    fit[leaving] *= step @ fit[-2]
    round_ = [step]  # from the kind of a column (row) on to the first column's (column), last column first
    for at in reversed(range(1, phrase)):
        round_.append(step @ (fit[at][:, None] * round_[-1]))
    path = [choose(fit[0] * np.diag(round_[-1]), rng)]
    for at in range(1, phrase):
        path.append(choose(step[path[-1]] * fit[at] * round_[phrase - 1 - at][:, path[0]], rng))
    for before, at in ((leaving, phrase), (phrase, phrase + 1)):
        path.append(choose(step[path[before]] * fit[at], rng))
    return [int(kinds[at]) for at in path]
