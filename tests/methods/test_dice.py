"""Dice: the throws are fair, what is thrown is played, and every bar fits at its place."""

from collections import Counter
from itertools import pairwise

import numpy as np
import pytest

import stand_in
from componium.controls import Controls
from componium.methods import make
from componium.methods._bars import tuned
from componium.methods._plan import plan
from componium.methods.dice import REACH, Dice, table
from componium.pitch import parse_key, parse_meter
from componium.score import Score
from componium.transform import slice_bars


@pytest.fixture(scope="module")
def dice() -> Dice:
    return make("dice").fit(stand_in.music())


def thrown(score: Score) -> list[tuple[int, int]]:
    return [tuple(map(int, word.split("+"))) for word in score.about("dice").split()]


def test_sums_are_as_likely_as_two_fair_dice_make_them(dice: Dice) -> None:
    scores = dice.generate(60, controls=Controls(style="jig", bars=64), rng=np.random.default_rng(5))
    throws = [throw for score in scores for throw in thrown(score)]
    assert {pip for throw in throws for pip in throw} == set(range(1, 7))
    counts = Counter(map(sum, throws))
    expected = {total: len(throws) * (6 - abs(7 - total)) / 36 for total in range(2, 13)}
    chi_squared = sum((counts[total] - wanted) ** 2 / wanted for total, wanted in expected.items())
    assert chi_squared < 29.59  # 10 degrees of freedom, p = 0.001


def test_what_is_thrown_is_what_is_played(dice: Dice) -> None:
    wish = Controls(style="jig", bars=10, key=parse_key("D"), meter=parse_meter("6/8"), ending="closed")
    score, = dice.generate(1, controls=wish, rng=np.random.default_rng(1))
    stream = np.random.default_rng(1).spawn(1)[0]
    piece = plan(wish, dice.usual_, stream)
    stock = tuned(dice.bars_, piece.key, piece.ranges)
    columns = table(stock, piece, dice.phrase)
    for bar, (one, two) in enumerate(thrown(score)[:8]):
        column = columns[bar % dice.phrase]
        rows = stock.of(column[(one + two - 2) % len(column)])
        heard = slice_bars(score, bar, bar + 1).tracks[0].notes
        assert heard["pitch"].tolist() == rows[:, 2].tolist()
        assert (heard["onset"] // 20).tolist() == rows[:, 0].tolist()


def test_any_bar_of_a_column_joins_any_of_the_next(dice: Dice) -> None:
    piece = plan(Controls(style="chorales", meter=parse_meter("4/4")), dice.usual_, np.random.default_rng(0))
    stock = tuned(dice.bars_, piece.key, piece.ranges)
    columns = table(stock, piece, 4)
    for before, after in pairwise(columns[:4]):
        for one in before:
            for other in after:
                for part in range(4):
                    last = [row for row in stock.of(one).tolist() if row[3] == part][-1]
                    first = next(row for row in stock.of(other).tolist() if row[3] == part)
                    assert abs(first[2] - last[2]) <= 2 * REACH


def test_a_column_has_at_most_a_bar_for_each_sum(dice: Dice) -> None:
    piece = plan(Controls(style="jig"), dice.usual_, np.random.default_rng(0))
    columns = table(tuned(dice.bars_, piece.key, piece.ranges), piece, 8)
    assert len(columns) == 10 and all(1 <= len(column) <= 11 for column in columns)
