"""Musical dice game: two dice choose each bar from a column of bars.

After the *Musikalisches Würfelspiel* attributed to Mozart (published by Simrock, 1793; composed 1787): a table with a
column for each bar of the piece and a row for each sum from 2 to 12. Any throw gives a piece, because all bars of a
column begin and end alike. Here the table is made from a corpus:

- A column has a harmony to begin with and one to end with (seams.py), as pieces of the style usually have them at that
  place of an eight-bar phrase; the last two columns are the closes of real pieces. From column to column the end of one
  and the beginning of the next make a progression that real pieces make over a bar line.
- A bar enters a column if it has these harmonies, no note is held over its bar lines, every part begins with it, its
  first and last notes lie near the style's usual place (`REACH`), so that no part leaps at a seam by more than twice
  that, and it makes no parallel fifths or octaves between the outer parts with any bar that it may meet.

The throws are kept in the score: `score.about("dice")` is "3+4 1+1 6+2 ...".
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from componium.corpora.base import Corpus
from componium.decoding.controls import Controls
from componium.decoding.style.plan import TICKS_PER_QUARTER, Plan, sample_plan
from componium.decoding.style.profile import profiles_from_json, profiles_to_json
from componium.errors import ControlError, CorpusError
from componium.methods._shared.bars import (
    KIT,
    LEFT,
    METER,
    MINOR,
    NUMBER,
    PARTS,
    Bars,
    bars_of,
    kit_of_plan,
    to_key,
    type_ints,
)
from componium.methods._shared.parameters import check_range
from componium.methods._shared.plan import close_parts
from componium.methods.base import Whole, profiles_of
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
    """Musical dice game after Mozart.

      phrase  columns before the table begins again, 1 to 64; the close comes after them

    >>> Dice().get_params()
    {'phrase': 8}
    """

    CONTROLS = frozenset({"style", "key", "meter", "qpm", "bars", "duration", "instruments", "ending"})
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
        """Cut the training pieces into bars.

        Raises CorpusError if none has a key and a whole bar, ControlError.
        """
        self.check_params()
        self.profiles_, self.bars_ = profiles_of(corpus.train), bars_of(corpus)
        if not self.bars_.whole.any():
            raise CorpusError("no bar to choose from", where=corpus.name, expected="pieces with a key and one meter")
        return self

    def get_weights(self) -> tuple[dict[str, Any], type_weights]:
        plain, arrays = self.bars_.to_weights()
        return {"profiles": profiles_to_json(self.profiles_), "bars": plain}, arrays

    def set_weights(self, learned: Mapping[str, Any], weights: type_weights) -> Self:
        self.profiles_ = profiles_from_json(learned.get("profiles"))
        self.bars_ = Bars.from_weights(learned["bars"], weights)
        return self

    def _compose(self, controls: Controls, rng: np.random.Generator) -> Score:
        return self._throw(*self._prepare(self.bars_, controls, rng), rng)

    def _prepare(self, bars: Bars, controls: Controls, rng: np.random.Generator) -> tuple[Bars, Plan]:
        """Return the bars in the key of a plan, and a plan for which there are bars.

        A rare meter that was not requested, and for which there are none, is drawn anew.
        """
        for left in reversed(range(DRAWS)):
            piece = sample_plan(controls, self.profiles_, rng)
            music = to_key(bars, piece.key, piece.ranges)
            try:
                select_bars(music, piece)
                return music, piece
            except ControlError:
                if not left:
                    raise
        raise AssertionError

    def _throw(self, music: Bars, piece: Plan, rng: np.random.Generator) -> Score:
        columns = make_table(music, piece, self.phrase, rng)
        closing = min(2, piece.bars)
        order = [at % self.phrase for at in range(piece.bars - closing)] + [self.phrase, self.phrase + 1][-closing:]
        throws = rng.integers(1, 7, size=(piece.bars, 2)).tolist()
        cells = [columns[column][(one + two - 2) % len(columns[column])]
                 for column, (one, two) in zip(order, throws, strict=True)]
        score = piece.score(_lay_out(music, cells, piece))
        return replace(score, info=(*score.info, ("dice", " ".join(f"{one}+{two}" for one, two in throws))))


def make_table(music: Bars, piece: Plan, phrase: int, rng: np.random.Generator) -> list[list[int]]:
    """Return the columns of the table, each a bar for each sum from 2 on.

    There are `phrase` of them, then the last bar but one and the last. `music` are bars as they sound in the piece's
    key; the harmonies of the columns are drawn. Where a column has fewer than eleven bars, each stands for several
    sums. Raises ControlError if it has none.
    """
    seams = seams_of(music, piece)
    choices, joints = _candidates(music, seams, piece, phrase), column_pairs(piece.bars, phrase)
    usual = np.stack([_kind_weights(music, seams, bars, at, phrase) for at, bars in enumerate(choices)])
    kinds = harmonic_plan(usual, progressions(music, seams, piece), joints, rng)
    columns: list[type_ints] = []
    for at, (bars, kind) in enumerate(zip(choices, kinds, strict=True)):
        fits = bars[seams.kinds[bars] == kind]
        for one, other in joints:  # a bar that would move in parallels to or from a bar already chosen is left out
            if other == at and one < at:
                fits = _first_nonempty(fits, np.logical_and.reduce(seams.joins(columns[one], fits), 0))
            if one == at and other < at:
                fits = _first_nonempty(fits, np.logical_and.reduce(seams.joins(fits, columns[other]), 1))
        columns.append(fits[np.linspace(0, len(fits) - 1, min(len(fits), len(SUMS))).astype(int)])
    for one, other in joints:
        columns[one], columns[other] = _prune(columns[one], columns[other], seams)
    return [column.tolist() for column in columns]


def _prune(before: type_ints, after: type_ints, seams: Seams) -> tuple[type_ints, type_ints]:
    """Remove clashing bars until any bar of one column joins any of the other.

    One pair is left at least.
    """
    while not (joined := seams.joins(before, after)).all() and len(before) * len(after) > 1:
        bad, worse = (1 - joined.mean(axis=1)) * (len(before) > 1), (1 - joined.mean(axis=0)) * (len(after) > 1)
        if bad.max() >= worse.max():
            before = np.delete(before, bad.argmax())
        else:
            after = np.delete(after, worse.argmax())
    return before, after


def column_pairs(bars: int, phrase: int) -> list[tuple[int, int]]:
    """Return the pairs of columns that follow each other in a piece of so many bars.

    They go round the phrase, and from its last bar to the close.

    >>> column_pairs(8, 4)
    [(0, 1), (1, 2), (2, 3), (3, 0), (1, 4), (4, 5)]
    """
    around = [(at, (at + 1) % phrase) for at in range(phrase)]
    return [*around, ((max(bars, 3) - 3) % phrase, phrase), (phrase, phrase + 1)]


def _candidates(music: Bars, seams: Seams, piece: Plan, phrase: int) -> list[type_ints]:
    """Return the bars that may stand in each column, whatever their harmony.

    They lie near the usual pitches of each part. The very last end on the tonic in their lowest part, or, with an open
    ending, do not.
    """
    chosen = np.array(select_bars(music, piece))
    ends, left = np.stack([seams.first[chosen], seams.last[chosen]]), music.about[chosen, LEFT]
    is_near = (np.abs(ends - np.median(ends, axis=(0, 1))) <= REACH).all(axis=(0, 2))
    is_right = (seams.last[chosen].min(axis=1) % 12 == piece.key.tonic) == piece.closed
    near = _first_nonempty(chosen, is_near)
    return [*[near] * phrase, _first_nonempty(chosen, is_near & (left == 1), is_near),
            _first_nonempty(chosen, is_right & is_near & (left == 0), is_right & (left == 0), is_right)]


def _first_nonempty(bars: type_ints, *masks: NDArray[np.bool_]) -> type_ints:
    """Return the bars under the first mask that has any; all bars if none has."""
    return next((bars[mask] for mask in masks if mask.any()), bars)


def select_bars(music: Bars, piece: Plan) -> list[int]:
    """Return the whole bars in the plan's meter for so many parts.

    They are of its mode and style or, where there are few, of any.
    """
    about, meters = music.about, music.meters
    meter = meters.index(str(piece.meter)) if str(piece.meter) in meters else -1
    every = music.whole & (about[:, PARTS] == len(piece.programs)) & (about[:, METER] == meter)
    every &= about[:, KIT] == kit_of_plan(piece)
    own = every & (about[:, MINOR] == ("minor" in piece.key.mode))
    for fits in (own & music.has_style(piece.style), every & music.has_style(piece.style), own, every):
        if fits.sum() >= ENOUGH or (fits is every and fits.any()):
            return [int(bar) for bar in np.flatnonzero(fits)]
    raise ControlError(f"no bars in {piece.meter} for {len(piece.programs)} parts in their ranges",
                       expected="a meter and instruments that the corpus has bars for")


def _kind_weights(music: Bars, seams: Seams, bars: type_ints, at: int, phrase: int) -> NDArray[np.float64]:
    """Return the weight of each kind of bar in a column.

    It is how full the kind makes the column, times how usual it is at this place.
    """
    kinds, here = seams.kinds[bars], music.about[bars, NUMBER] % phrase == at
    here = here if at < phrase and here.any() else np.ones(len(bars), dtype=bool)
    counts, usual = np.bincount(kinds, minlength=KINDS), np.bincount(kinds[here], minlength=KINDS)
    return np.asarray(np.minimum(counts, len(SUMS)) ** FULL * usual, dtype=np.float64)


def _lay_out(music: Bars, cells: Sequence[int], piece: Plan) -> list[list[tuple[int, ...]]]:
    """Return each part's rows of (onset, duration, pitch), the bars one after another."""
    parts: list[list[tuple[int, ...]]] = [[] for _ in piece.programs]
    for at, cell in enumerate(cells):
        for onset, duration, pitch, part in music.of(cell).tolist():
            parts[part].append((at * piece.bar_ticks + onset * UNIT, duration * UNIT, pitch))
    return close_parts(parts, piece)


