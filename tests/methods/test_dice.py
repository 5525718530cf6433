"""Dice: the throws are fair, what is thrown is played, and every bar fits at its place."""

from collections import Counter
from itertools import product

import numpy as np
import pytest

import stand_in
from componium.corpora import Corpus, Piece
from componium.decoding.controls import Controls
from componium.decoding.request import Request
from componium.decoding.style.plan import Plan, settle_plan
from componium.methods import make
from componium.methods._shared.bars import Bars, bars_of, to_key
from componium.methods._shared.plan import pitched_plan
from componium.methods.dice import REACH, Dice, column_pairs, make_table
from componium.methods.dice.seams import KINDS, harmonic_plan, name_of, progressions, seams_of
from componium.music.pitch import parse_key, parse_meter
from componium.music.score import Key, Score, Track, notes
from componium.music.transform import slice_bars


@pytest.fixture(scope="module")
def dice() -> Dice:
    return make("dice").fit(stand_in.music())


def thrown(score: Score) -> list[tuple[int, int]]:
    return [tuple(map(int, word.split("+"))) for word in score.about("dice").split()]


def test_sums_are_as_likely_as_two_fair_dice_make_them(dice: Dice) -> None:
    scores = dice.generate(Request(Controls(style="jig", bars=64)), 60, rng=np.random.default_rng(5))
    throws = [throw for score in scores for throw in thrown(score)]
    assert {pip for throw in throws for pip in throw} == set(range(1, 7))
    counts = Counter(map(sum, throws))
    expected = {total: len(throws) * (6 - abs(7 - total)) / 36 for total in range(2, 13)}
    chi_squared = sum((counts[total] - wanted) ** 2 / wanted for total, wanted in expected.items())
    assert chi_squared < 29.59  # 10 degrees of freedom, p = 0.001


def test_what_is_thrown_is_what_is_played(dice: Dice) -> None:
    wish = Controls(style="jig", bars=10, key=parse_key("D"), meter=parse_meter("6/8"), ending="closed")
    score, = dice.generate(Request(wish), 1, rng=np.random.default_rng(1))
    stream = np.random.default_rng(1).spawn(1)[0]
    piece = pitched_plan(wish, dice.profiles_, stream)
    stock = to_key(dice.bars_, piece.key, piece.ranges)
    columns = make_table(stock, piece, dice.phrase, stream)
    for bar, (one, two) in enumerate(thrown(score)[:8]):
        column = columns[bar % dice.phrase]
        rows = stock.of(column[(one + two - 2) % len(column)])
        heard = slice_bars(score, bar, bar + 1).tracks[0].notes
        assert heard["pitch"].tolist() == rows[:, 2].tolist()
        assert (heard["onset"] // 20).tolist() == rows[:, 0].tolist()


WISHES = [Controls(style="chorales", meter=parse_meter("4/4"), bars=bars) for bars in (6, 16, 23)]


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("wish", [*WISHES, Controls(style="jig", bars=9)], ids=lambda wish: f"{wish.style} {wish.bars}")
def test_any_bar_of_a_column_joins_any_of_the_next(dice: Dice, wish: Controls, seed: int) -> None:
    """In voice-leading: no part leaps more than twice REACH, and outer parts don't move in fifths or octaves."""
    stock, piece = prepared(dice, wish)
    columns = make_table(stock, piece, 4, np.random.default_rng(seed))
    for one, other in column_pairs(piece.bars, 4)[:-1]:  # the very last bar may lie anywhere
        for before, after in product(columns[one], columns[other]):
            last, first = ends(stock, before)[1], ends(stock, after)[0]
            assert max(abs(to - start) for start, to in zip(last, first, strict=True)) <= 2 * REACH
            if len(columns[one]) * len(columns[other]) > 1 and len(first) > 1:
                (top, low), (next_top, next_low) = (last[0], last[-1]), (first[0], first[-1])
                is_parallel = (top - low) % 12 == (next_top - next_low) % 12 in (0, 7) and top != next_top
                assert not is_parallel or low == next_low


@pytest.mark.parametrize("seed", range(4))
def test_harmony_goes_on_as_in_the_music_at_every_join(dice: Dice, seed: int) -> None:
    """All bars of a column begin with one triad and end with one; from column to column pieces of the corpus do it."""
    stock, piece = prepared(dice, WISHES[1])
    seams = seams_of(stock, piece)
    counts = progressions(stock, seams, piece)
    columns = make_table(stock, piece, 4, np.random.default_rng(seed))
    for column in columns:
        assert len(set(seams.entry[column].tolist())) == len(set(seams.exit[column].tolist())) == 1
    for one, other in column_pairs(piece.bars, 4):
        assert counts[seams.exit[columns[one][0]], seams.entry[columns[other][0]]] > 0


def test_harmonies_of_a_bar_by_hand() -> None:
    """C major, then G7 without its fifth (F is no part of the triad), in four parts of two halves, in F: V, then II."""
    parts = [[(0, 2, 72), (2, 2, 71)], [(0, 2, 67), (2, 2, 67)], [(0, 2, 64), (2, 2, 65)], [(0, 2, 48), (2, 2, 43)]]
    tracks = tuple(Track(notes([(480 * on, 480 * last, pitch) for on, last, pitch in rows])) for rows in parts)
    score = Score(tracks, meters=(parse_meter("4/4"),), keys=(parse_key("F"),))
    stock = bars_of(Corpus("one", (Piece("bar", score, ("two",)),)))
    piece = settle_plan(Controls(), key=Key(0, 0), meter=parse_meter("4/4"), programs=[0] * 4, ranges=[(0, 127)] * 4)
    seams = seams_of(stock, piece)
    assert (name_of(seams.entry[0]), name_of(seams.exit[0])) == ("V", "II")
    assert (seams.first[0] - seams.last[0]).tolist() == [1, 0, -1, 5]


def test_the_harmonic_plan_is_one_that_closes() -> None:
    """Kinds I-V, V-I and I-I; only V to I and I to V or I are heard: every joint of every plan is one of these."""
    one, five = 0, 7
    usual = np.zeros((6, KINDS))
    usual[:, [36 * one + five, 36 * five + one, 36 * one + one]] = 1
    usual[5, 36 * one + five] = 0
    counts = np.zeros((36, 36), dtype=np.int64)
    counts[five, one], counts[one, five], counts[one, one] = 5, 3, 2
    joints, found = column_pairs(8, 4), set()
    for seed in range(100):
        plan_ = harmonic_plan(usual, counts, joints, np.random.default_rng(seed))
        found.add(tuple(plan_))
        assert all(counts[plan_[before] % 36, plan_[after] // 36] for before, after in joints)
    assert len(found) > 20


def test_a_column_has_at_most_a_bar_for_each_sum(dice: Dice) -> None:
    columns = make_table(*prepared(dice, Controls(style="jig")), 8, np.random.default_rng(0))
    assert len(columns) == 10 and all(1 <= len(column) <= 11 for column in columns)


def prepared(dice: Dice, wish: Controls) -> tuple[Bars, Plan]:
    piece = pitched_plan(wish, dice.profiles_, np.random.default_rng(0))
    return to_key(dice.bars_, piece.key, piece.ranges), piece


def ends(stock: Bars, bar: int) -> tuple[list[int], list[int]]:
    """The first and the last pitch of each part."""
    lines = {}
    for _, _, pitch, part in stock.of(bar).tolist():
        lines.setdefault(part, []).append(pitch)
    return [lines[part][0] for part in sorted(lines)], [lines[part][-1] for part in sorted(lines)]
