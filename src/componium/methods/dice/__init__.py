"""Dice: each bar is chosen by the sum of two dice from a column of bars that all fit there.

After the *Musikalisches Würfelspiel* attributed to Mozart (published by Simrock, 1793; composed 1787): a table with a
column for each bar of the piece and a row for each sum from 2 to 12. Whatever is thrown, the bars fit, because all bars
of a column begin and end alike. Here the table is made from a corpus:

- A column asks for a harmony to begin with and one to end with (_seams.py), as pieces of the style usually have them at
  that place of an eight-bar phrase; the last two columns are the closes of real pieces. From column to column the end
  of one and the beginning of the next make a progression that real pieces make over a bar line.
- A bar gets into a column if it has these harmonies, no note is held over its bar lines, every part begins with it, and
  its first and last notes lie near the style's usual place (`REACH`), so that no part leaps at a seam more than twice
  that; and if it makes no parallel fifths or octaves between the outer parts with any bar it may meet.

The throws are kept in the score: `score.about("dice")` is "3+4 1+1 6+2 ...".
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from componium.codecs.events.guide import TICKS_PER_QUARTER
from componium.corpora.base import Corpus
from componium.decoding.controls import Controls
from componium.errors import ControlError, CorpusError
from componium.methods._shared.bars import LEFT, METER, MINOR, NUMBER, PARTS, Bars, bars_of, tuned, type_ints
from componium.methods._shared.parameters import check_range
from componium.methods._shared.plan import Plan, ended, plan, usual_in
from componium.methods.base import Whole
from componium.methods.dice.seams import KINDS, Seams, harmonic_plan, progressions, seams_of
from componium.music.score import Score
from componium.music.types import type_weights
from componium.progress import type_on_progress

SUMS = range(2, 13)
PHRASE, LONGEST_PHRASE = 8, 64  # columns before the table begins again
REACH = 5  # semitones that a bar's first or last note may lie from its part's usual place
ENOUGH = 60  # bars to make a table of
DRAWS = 20
FULL = 2.0  # how much a column that is full is preferred to one of few bars
UNIT = TICKS_PER_QUARTER // 24


class Dice(Whole):
    """Mozart's dice. `phrase` is the number of columns before the table is used again; the close comes after them.

    >>> Dice().get_params()
    {'phrase': 8}
    """

    CONTROLS = frozenset({"style", "key", "meter", "qpm", "bars", "instruments", "ending"})
    TINY: ClassVar[Mapping[str, Any]] = {"phrase": 4}

    def __init__(self, *, phrase: int = PHRASE) -> None:
        self.phrase = phrase

    def check_params(self) -> None:
        super().check_params()
        check_range("phrase", self.phrase, 1, LONGEST_PHRASE)

    def fit(
        self,
        corpus: Corpus,
        *,
        run_dir: Path | None = None,
        resume: bool = False,
        on_progress: type_on_progress | None = None,
    ) -> Self:
        """Cut the training pieces into bars. Raises CorpusError if none has a key and a whole bar."""
        self.check_params()
        self.usual_, self.bars_ = usual_in(corpus), bars_of(corpus)
        if not self.bars_.whole.any():
            raise CorpusError("no bar to choose from", where=corpus.name, expected="pieces with a key and one metre")
        return self

    def get_weights(self) -> tuple[dict[str, Any], type_weights]:
        plain, arrays = self.bars_.to_weights()
        return {"usual": self.usual_, "bars": plain}, arrays

    def set_weights(self, learned: Mapping[str, Any], weights: type_weights) -> Self:
        self.usual_, self.bars_ = dict(learned["usual"]), Bars.from_weights(learned["bars"], weights)
        return self

    def _compose(self, wishes: Controls, rng: np.random.Generator) -> Score:
        return self._throw(*self._prepared(self.bars_, wishes, rng), rng)

    def _prepared(self, bars: Bars, wishes: Controls, rng: np.random.Generator) -> tuple[Bars, Plan]:
        """A plan for which there are bars: a rare metre that nobody asked for, and that has none, is drawn anew."""
        for left in reversed(range(DRAWS)):
            piece = plan(wishes, self.usual_, rng)
            stock = tuned(bars, piece.key, piece.ranges)
            try:
                _fitting(stock, piece)
                return stock, piece
            except ControlError:
                if not left:
                    raise
        raise AssertionError

    def _throw(self, stock: Bars, piece: Plan, rng: np.random.Generator) -> Score:
        columns = table(stock, piece, self.phrase, rng)
        closing = min(2, piece.bars)
        order = [at % self.phrase for at in range(piece.bars - closing)] + [self.phrase, self.phrase + 1][-closing:]
        throws = rng.integers(1, 7, size=(piece.bars, 2)).tolist()
        cells = [columns[column][(one + two - 2) % len(columns[column])]
                 for column, (one, two) in zip(order, throws, strict=True)]
        score = piece.score(_laid_out(stock, cells, piece))
        return replace(score, info=(*score.info, ("dice", " ".join(f"{one}+{two}" for one, two in throws))))


def table(stock: Bars, piece: Plan, phrase: int, rng: np.random.Generator) -> list[list[int]]:
    """The columns: `phrase` of them, then the last bar but one and the last; each has a bar for each sum, from 2 on.

    `stock` are bars as they sound in the piece's key; their harmonies are drawn. Where a column finds fewer
    than eleven bars, they stand for several sums. Raises ControlError if it finds none.
    """
    seams = seams_of(stock, piece)
    choices, joints = _choices(stock, seams, piece, phrase), joints_of(piece.bars, phrase)
    usual = np.stack([_usual(stock, seams, bars, at, phrase) for at, bars in enumerate(choices)])
    kinds = harmonic_plan(usual, progressions(stock, seams, piece), joints, rng)
    columns: list[type_ints] = []
    for at, (bars, kind) in enumerate(zip(choices, kinds, strict=True)):
        fits = bars[seams.kinds[bars] == kind]
        for one, other in joints:  # a bar that would move in parallels to or from a bar already chosen is left out
            if other == at and one < at:
                fits = _first_some(fits, np.logical_and.reduce(seams.joins(columns[one], fits), 0))
            if one == at and other < at:
                fits = _first_some(fits, np.logical_and.reduce(seams.joins(fits, columns[other]), 1))
        columns.append(fits[np.linspace(0, len(fits) - 1, min(len(fits), len(SUMS))).astype(int)])
    for one, other in joints:
        columns[one], columns[other] = _agreeing(columns[one], columns[other], seams)
    return [column.tolist() for column in columns]


def _agreeing(before: type_ints, after: type_ints, seams: Seams) -> tuple[type_ints, type_ints]:
    """Two columns without the bars that clash most, until any bar of one joins any of the other (or one pair is left).
    """
    while not (joined := seams.joins(before, after)).all() and len(before) * len(after) > 1:
        bad, worse = (1 - joined.mean(axis=1)) * (len(before) > 1), (1 - joined.mean(axis=0)) * (len(after) > 1)
        if bad.max() >= worse.max():
            before = np.delete(before, bad.argmax())
        else:
            after = np.delete(after, worse.argmax())
    return before, after


def joints_of(bars: int, phrase: int) -> list[tuple[int, int]]:
    """Which columns follow each other in a piece of so many bars: round the phrase, and from its last bar to the close.

    >>> joints_of(8, 4)
    [(0, 1), (1, 2), (2, 3), (3, 0), (1, 4), (4, 5)]
    """
    around = [(at, (at + 1) % phrase) for at in range(phrase)]
    return [*around, ((max(bars, 3) - 3) % phrase, phrase), (phrase, phrase + 1)]


def _choices(stock: Bars, seams: Seams, piece: Plan, phrase: int) -> list[type_ints]:
    """The bars that may stand in each column, whatever their harmony: near the usual pitches of each part.

    The very last end on the tonic in their lowest part, or, if open, don't.
    """
    found = np.array(_fitting(stock, piece))
    ends, left = np.stack([seams.first[found], seams.last[found]]), stock.about[found, LEFT]
    is_near = (np.abs(ends - np.median(ends, axis=(0, 1))) <= REACH).all(axis=(0, 2))
    is_right = (seams.last[found].min(axis=1) % 12 == piece.key.tonic) == piece.closed
    near = _first_some(found, is_near)
    return [*[near] * phrase, _first_some(found, is_near & (left == 1), is_near),
            _first_some(found, is_right & is_near & (left == 0), is_right & (left == 0), is_right)]


def _first_some(bars: type_ints, *wanted: NDArray[np.bool_]) -> type_ints:
    """Those of the bars that the first wish leaves any of; all, if none does."""
    return next((bars[wish] for wish in wanted if wish.any()), bars)


def _fitting(stock: Bars, piece: Plan) -> list[int]:
    """The whole bars in this metre for so many parts: in this mode and style, or, where there are few, in any."""
    about, meters = stock.about, stock.meters
    meter = meters.index(str(piece.meter)) if str(piece.meter) in meters else -1
    every = stock.whole & (about[:, PARTS] == len(piece.programs)) & (about[:, METER] == meter)
    own = every & (about[:, MINOR] == ("minor" in piece.key.mode))
    for fits in (own & stock.has_style(piece.style), every & stock.has_style(piece.style), own, every):
        if fits.sum() >= ENOUGH or (fits is every and fits.any()):
            return [int(bar) for bar in np.flatnonzero(fits)]
    raise ControlError(f"no bars in {piece.meter} for {len(piece.programs)} parts in their ranges",
                       expected="a metre and instruments that the corpus has bars for")


def _usual(stock: Bars, seams: Seams, bars: type_ints, at: int, phrase: int) -> NDArray[np.float64]:
    """How fit each kind of bar is for a column: how full it makes it, times how usual it is at this place."""
    kinds, here = seams.kinds[bars], stock.about[bars, NUMBER] % phrase == at
    here = here if at < phrase and here.any() else np.ones(len(bars), dtype=bool)
    counts, usual = np.bincount(kinds, minlength=KINDS), np.bincount(kinds[here], minlength=KINDS)
    return np.asarray(np.minimum(counts, len(SUMS)) ** FULL * usual, dtype=np.float64)


def _laid_out(stock: Bars, cells: Sequence[int], piece: Plan) -> list[list[tuple[int, ...]]]:
    """The bars one after another, each part's rows of (onset, duration, pitch)."""
    parts: list[list[tuple[int, ...]]] = [[] for _ in piece.programs]
    for at, cell in enumerate(cells):
        for onset, duration, pitch, part in stock.of(cell).tolist():
            parts[part].append((at * piece.bar_ticks + onset * UNIT, duration * UNIT, pitch))
    return ended(parts, piece)


