"""Seams between bars: harmony on either side of a bar line, motion of parts.

A harmony is a triad, numbered 12 * quality + root over the tonic, quality being 0 (major), 1 (minor) or 2 (diminished):
the triad in which most of what sounds lies, weighted by duration. In several parts it is that of the beat next to the
bar line; in one part that of the whole bar.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from componium.decoding.draws import choose
from componium.decoding.style.plan import TICKS_PER_QUARTER, Plan
from componium.methods._shared.bars import METER, MINOR, PARTS, PIECE, Bars, type_ints
from componium.methods._shared.plan import tonal_parts
from componium.music.theory import is_parallel

UNIT = TICKS_PER_QUARTER // 24
TRIADS = np.array([[(pitch - root) % 12 in shape for pitch in range(12)]
                   for shape in ((0, 4, 7), (0, 3, 7), (0, 3, 6)) for root in range(12)], dtype=np.float64)
MISSING = 0.1  # what a note that a triad lacks takes from it, in shares of all that sounds
KINDS = len(TRIADS) ** 2
UNSEEN = 1e-9  # the chance of a progression that the music doesn't make
NAMES = ("I", "bII", "II", "bIII", "III", "IV", "#IV", "V", "bVI", "VI", "bVII", "VII")


@dataclass(frozen=True)
class Seams:
    """Ends of each bar: harmonies (B,), first and last pitches (B, P), -1 for none.

    The parts are those that have pitches.
    """

    entry: type_ints
    exit: type_ints
    first: type_ints
    last: type_ints

    @property
    def kinds(self) -> type_ints:
        """Harmonies of each bar as one number, 36 * entry + exit: (B,)."""
        chosen: type_ints = len(TRIADS) * self.entry + self.exit
        return chosen

    def joins(self, before: type_ints, after: type_ints) -> NDArray[np.bool_]:
        """Return the mask of pairs without parallel fifths or octaves: (before, after).

        The outer parts are judged.

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
    """Return the Roman numeral of a harmony, in small letters for minor.

    >>> [name_of(harmony) for harmony in (0, 7, 12 + 2, 24 + 11)]
    ['I', 'V', 'ii', 'viio']
    """
    quality, root = divmod(int(harmony), 12)
    return NAMES[root] if quality == 0 else NAMES[root].lower() + "o" * (quality == 2)


def seams_of(music: Bars, piece: Plan) -> Seams:
    """Return the seams of all bars, as they sound in the piece's key and meter."""
    parts, window = tonal_parts(piece), (piece.beat_ticks if len(piece.programs) > 1 else piece.bar_ticks) // UNIT
    end = piece.bar_ticks // UNIT
    bars = np.repeat(np.arange(len(music.about)), np.diff(music.first))
    tonal = np.isin(music.notes[:, 3], parts)
    music, bars = replace(music, notes=music.notes[tonal]), bars[tonal]
    entry, exit_ = (_harmonies(music, bars, start, start + window, piece.key.tonic) for start in (0, end - window))
    return Seams(entry, exit_, *_edges(music, bars, parts))


def _harmonies(music: Bars, bars: type_ints, start: int, stop: int, tonic: int) -> type_ints:
    """Return the harmony of each bar between two times."""
    onset, duration, pitch = music.notes[:, 0], music.notes[:, 1], music.notes[:, 2]
    inside = np.clip(np.minimum(onset + duration, stop) - np.maximum(onset, start), 0, None)
    weights = np.bincount(12 * bars + (pitch - tonic) % 12, inside, minlength=12 * len(music.about)).reshape(-1, 12)
    shares = weights / np.maximum(weights.sum(axis=1, keepdims=True), 1)
    chosen: type_ints = (shares @ TRIADS.T - MISSING * ((shares == 0).astype(float) @ TRIADS.T)).argmax(axis=1)
    return chosen


def _edges(music: Bars, bars: type_ints, parts: Sequence[int]) -> tuple[type_ints, type_ints]:
    """Return the first and the last pitch of some parts of each bar, (B, P)."""
    onset, pitch, part = music.notes[:, 0], music.notes[:, 2], np.searchsorted(parts, music.notes[:, 3])
    order = np.lexsort((pitch, onset))
    first, last = (np.full((len(music.about), len(parts)), -1) for _ in range(2))
    last[bars[order], part[order]] = pitch[order]  # the latest is written last
    order = order[::-1]
    first[bars[order], part[order]] = pitch[order]
    return first, last


def progressions(music: Bars, seams: Seams, piece: Plan) -> type_ints:
    """Count the progressions over bar lines in pieces of these parts, meter and mode.

    Shape (36, 36), from harmony to harmony.
    """
    about, meter = music.about, str(piece.meter)
    same = (about[1:, PIECE] == about[:-1, PIECE]) & (about[1:, PARTS] == len(piece.programs))
    same &= about[1:, MINOR] == ("minor" in piece.key.mode)
    same &= about[1:, METER] == (music.meters.index(meter) if meter in music.meters else -1)
    counts = np.zeros((len(TRIADS), len(TRIADS)), dtype=np.int64)
    np.add.at(counts, (seams.exit[:-1][same], seams.entry[1:][same]), 1)
    return counts


def harmonic_plan(
    usual: NDArray[np.float64], counts: type_ints, joints: Sequence[tuple[int, int]], rng: np.random.Generator
) -> list[int]:
    """Draw a kind of bar for each column so that neighbors make a usual progression.

    `usual` (columns, KINDS) is the weight of each kind in each column, `counts` the number of progressions, `joints`
    the pairs of columns that follow each other: round the phrase, then from one of its columns to the last two. Drawn
    from the Markov chain that closes this circle (backward weights, forward draws). Where the music is too small for
    any such circle, some progression is one that it does not make.
    """
    kinds = np.flatnonzero(usual.any(axis=0))
    entry, exit_ = np.divmod(kinds, len(TRIADS))
    step = np.maximum(counts / np.maximum(counts.sum(axis=1, keepdims=True), 1), UNSEEN)[exit_][:, entry]
    fit, phrase, (leaving, _) = usual[:, kinds] / usual.sum(axis=1, keepdims=True), len(usual) - 2, joints[-2]
    fit[-2] *= step @ fit[-1]
    fit[leaving] *= step @ fit[-2]
    closing = [step]  # from the kind of a column (row) on to the first column's (column), last column first
    for at in reversed(range(1, phrase)):
        closing.append(step @ (fit[at][:, None] * closing[-1]))
    path = [choose(fit[0] * np.diag(closing[-1]), rng)]
    for at in range(1, phrase):
        path.append(choose(step[path[-1]] * fit[at] * closing[phrase - 1 - at][:, path[0]], rng))
    for before, at in ((leaving, phrase), (phrase, phrase + 1)):
        path.append(choose(step[path[before]] * fit[at], rng))
    return [int(kinds[at]) for at in path]
