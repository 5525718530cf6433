"""Dice: each bar is chosen by the sum of two dice from a column of bars that all fit there.

After the *Musikalisches Würfelspiel* attributed to Mozart (published by Simrock, 1793; composed 1787): a table with a
column for each bar of the piece and a row for each sum from 2 to 12. Whatever is thrown, the bars fit, because all bars
of a column begin and end alike. Here the table is made from a corpus:

- A column asks for a harmony (the chord under its downbeat, by degree) as pieces of the style usually have it at that
  place of an eight-bar phrase; the last two columns are the closes of real pieces.
- A bar gets into a column if its downbeat has that harmony, no note is held over its bar lines, every part begins with
  it, and its first and last notes lie near the style's usual place (`REACH`), so that no part leaps at a seam more than
  twice that.

The throws are kept in the score: `score.about("dice")` is "3+4 1+1 6+2 ...".
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, ClassVar, Self

import numpy as np

from componium.controls import Controls
from componium.corpora._base import Corpus
from componium.errors import ControlError, CorpusError, NotFittedError
from componium.guides import TICKS_PER_QUARTER
from componium.methods._bars import LEFT, METER, MINOR, NUMBER, PARTS, Bars, bars_of, tuned, type_ints
from componium.methods._base import Method, Run, type_weights
from componium.methods._plan import Plan, ended, plan, usual_in
from componium.score import Score

SUMS = range(2, 13)
PHRASE = 8  # columns before the table begins again
REACH = 5  # semitones that a bar's first or last note may lie from its part's usual place
ENOUGH = 60  # bars to make a table of
DRAWS = 20
UNIT = TICKS_PER_QUARTER // 24


class Dice(Method):
    """Mozart's dice. `phrase` is the number of columns before the table is used again; the close comes after them.

    >>> Dice().parameters()
    {'phrase': 8}
    """

    obeys: ClassVar[frozenset[str]] = frozenset({"style", "key", "meter", "qpm", "bars", "instruments", "ending"})
    TINY: ClassVar[Mapping[str, Any]] = {"phrase": 4}

    def __init__(self, *, phrase: int = PHRASE) -> None:
        self.phrase = phrase

    def parameters(self) -> dict[str, Any]:
        return {"phrase": self.phrase}

    def fit(self, corpus: Corpus, run: Run | None = None) -> Self:
        """Cut the training pieces into bars. Raises CorpusError if none has a key and a whole bar."""
        self.usual_, self.bars_ = usual_in(corpus), bars_of(corpus)
        if not self.bars_.whole.any():
            raise CorpusError("no bar to choose from", where=corpus.name, expected="pieces with a key and one metre")
        return self

    def get_weights(self) -> tuple[dict[str, Any], type_weights]:
        plain, arrays = self._fitted().to_weights()
        return {"usual": self.usual_, "bars": plain}, arrays

    def set_weights(self, learned: Mapping[str, Any], weights: type_weights) -> Self:
        self.usual_, self.bars_ = dict(learned["usual"]), Bars.from_weights(learned["bars"], weights)
        return self

    def _fitted(self) -> Bars:
        if not hasattr(self, "bars_"):
            raise NotFittedError("these Dice have no table", advice="call fit(corpus), or load one")
        return self.bars_

    def generate(
        self, n: int = 1, *, controls: Controls | None = None, prompt: Score | None = None, rng: np.random.Generator
    ) -> list[Score]:
        """Throw the dice for `n` scores. Raises ControlError where too few bars of the corpus fit the wishes."""
        wishes, bars = controls or Controls(), self._fitted()
        self.refuse(wishes, prompt)
        return [self._throw(*self._prepared(bars, wishes, stream), stream) for stream in rng.spawn(n)]

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
        columns = table(stock, piece, self.phrase)
        closing = min(2, piece.bars)
        order = [at % self.phrase for at in range(piece.bars - closing)] + [self.phrase, self.phrase + 1][-closing:]
        throws = rng.integers(1, 7, size=(piece.bars, 2)).tolist()
        cells = [columns[column][(one + two - 2) % len(columns[column])]
                 for column, (one, two) in zip(order, throws, strict=True)]
        score = piece.score(_laid_out(stock, cells, piece))
        return replace(score, info=(*score.info, ("dice", " ".join(f"{one}+{two}" for one, two in throws))))


def table(stock: Bars, piece: Plan, phrase: int = PHRASE) -> list[list[int]]:
    """The columns: `phrase` of them, then the last bar but one and the last; each has a bar for each sum, from 2 on.

    `stock` are bars as they sound in the piece's key. Where a column finds fewer than eleven bars, they stand for
    several sums. Raises ControlError if it finds none.
    """
    found = _fitting(stock, piece)
    tonic = piece.key.tonic
    degrees = {bar: (_bass(stock.of(bar)) - tonic) % 12 for bar in found}
    centres = _centres(stock, found)
    near = [bar for bar in found if _is_near(stock.of(bar), centres)] or found
    numbers = stock.about[:, NUMBER]
    columns = [_column([bar for bar in near if degrees[bar] == degree] or near)
               for degree in (_usual_degree(numbers, degrees, at, phrase) for at in range(phrase))]
    return [*columns, *_closes(stock, near, found, piece)]


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


def _column(fitting: Sequence[int]) -> list[int]:
    """Eleven bars, spread evenly over the corpus; all, if there are fewer."""
    return [fitting[at] for at in np.linspace(0, len(fitting) - 1, min(len(fitting), len(SUMS))).astype(int).tolist()]


def _usual_degree(numbers: type_ints, degrees: Mapping[int, int], at: int, phrase: int) -> int:
    """The commonest harmony on this bar of a phrase."""
    counts = Counter(degree for bar, degree in degrees.items() if numbers[bar] % phrase == at)
    return max(sorted(counts), key=lambda degree: counts[degree]) if counts else 0


def _closes(stock: Bars, near: Sequence[int], found: Sequence[int], piece: Plan) -> list[list[int]]:
    """The columns of the last two bars. The very last end on the tonic in their lowest part, or, if open, don't."""
    left = stock.about[:, LEFT]
    right = [bar for bar in found if (_last_bass(stock.of(bar)) % 12 == piece.key.tonic) == piece.closed] or found
    before = [bar for bar in near if left[bar] == 1]
    return [_column(before or near), _column([bar for bar in right if left[bar] == 0] or right)]


def _bass(rows: type_ints) -> int:
    """The lowest pitch on the downbeat: what its harmony stands on."""
    return int(rows[rows[:, 0] == 0, 2].min())


def _last_bass(rows: type_ints) -> int:
    """The lowest of the notes that sound at the end."""
    ends = rows[:, 0] + rows[:, 1]
    return int(rows[ends == ends.max(), 2].min())


def _ends(rows: type_ints) -> tuple[list[int], list[int]]:
    """The first and the last pitch of each part."""
    parts = np.unique(rows[:, 3])
    lines = [rows[rows[:, 3] == part, 2] for part in parts]
    return [int(line[0]) for line in lines], [int(line[-1]) for line in lines]


def _centres(stock: Bars, found: Sequence[int]) -> list[float]:
    """The median pitch of each part over the bars found."""
    notes = np.concatenate([stock.of(bar) for bar in found[:: max(len(found) // 500, 1)]])
    return [float(np.median(notes[notes[:, 3] == part, 2])) for part in np.unique(notes[:, 3])]


def _is_near(rows: type_ints, centres: Sequence[float]) -> bool:
    return all(abs(pitch - centre) <= REACH
               for side in _ends(rows) for pitch, centre in zip(side, centres, strict=False))


def _laid_out(stock: Bars, cells: Sequence[int], piece: Plan) -> list[list[tuple[int, ...]]]:
    """The bars one after another, each part's rows of (onset, duration, pitch)."""
    parts: list[list[tuple[int, ...]]] = [[] for _ in piece.programs]
    for at, cell in enumerate(cells):
        for onset, duration, pitch, part in stock.of(cell).tolist():
            parts[part].append((at * piece.bar_ticks + onset * UNIT, duration * UNIT, pitch))
    return ended(parts, piece)


