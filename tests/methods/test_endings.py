"""Endings: drawn several times from one state, of which the best is kept."""

from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from componium.decoding.controls import Controls
from componium.decoding.critics import PART, mark_of_close
from componium.decoding.request import Request
from componium.decoding.sampling import Sampling, Step, sample
from componium.methods import Autoregressive, make
from componium.methods._shared.endings import BARS, n_endings, sample_with_endings
from componium.music.time import n_bars
from componium.testing.music import STYLE, make_corpus

REQUEST = Request(Controls(bars=6, style=STYLE, ending="closed"))


@cache
def model() -> Autoregressive:
    method = make("markov", order=3).fit(make_corpus())
    assert isinstance(method, Autoregressive)
    return method


def drawn(seed: int, counts: tuple[int, ...], judge) -> tuple[list[list[int]], list]:  # type: ignore[no-untyped-def]
    """Return the ids of takes whose endings are judged, and their guides."""
    method, rngs = model(), np.random.default_rng(seed).spawn(len(counts))
    plans = [method.plan(REQUEST, rng) for rng in rngs]
    guides = [method.codec_.guide(plan, REQUEST, method.profile_of(plan.style)) for plan in plans]
    length = min(len(guide.given) for guide in guides)
    for guide in guides:
        for index in guide.given[:length].tolist():
            guide.advance(index)
    prompts = np.stack([guide.given[:length] for guide in guides])
    rows: list[list[int]] = [[] for _ in counts]
    how = (method, prompts, guides, rngs, Sampling(), None)
    for row, index in sample(*how) if judge is None else sample_with_endings(*how, counts, judge):
        rows[row].append(index)
    return rows, guides


@pytest.mark.parametrize("seed", range(3))
def test_the_ending_with_the_highest_mark_is_kept(seed: int) -> None:
    heard: dict[int, list[tuple[float, list[int]]]] = {}

    def judge(row: int, guide, ids: list[int]) -> float:  # type: ignore[no-untyped-def]
        assert guide.done
        heard.setdefault(row, []).append((sum(ids) % 97, ids))
        return sum(ids) % 97

    alone, _ = drawn(seed, (1, 1, 1), None)
    rows, guides = drawn(seed, (4, 1, 8), judge)
    assert sorted(heard) == [0, 2] and (len(heard[0]), len(heard[2])) == (4, 8)
    assert rows[1] == alone[1] and all(guide.done for guide in guides)
    for row, tries in heard.items():
        best, ids = max(tries, key=lambda each: each[0])
        assert rows[row][-len(ids) :] == ids or sum(rows[row][-len(ids) :]) % 97 == best
        begun = rows[row][: -len(ids)]
        assert alone[row][: len(begun)] == begun  # what comes before is as it would be
        assert alone[row] == begun + tries[0][1]  # the first ending is the one that would have been drawn alone


class Coins:
    """A model that draws 0 three times in four, else 1."""

    def initial_state(self, ids: np.ndarray) -> tuple[np.ndarray, int]:
        return self.step(len(ids), ids[:, -1])

    def select(self, state: int, rows: np.ndarray) -> int:
        return len(rows)

    def step(self, state: int, ids: np.ndarray) -> tuple[np.ndarray, int]:
        assert len(ids) == state
        return np.tile(np.log(np.array([0.75, 0.25], dtype=np.float32)), (state, 1)), state


class Eight:
    """A guide of eight ids, two a bar."""

    def __init__(self) -> None:
        self.ids: list[int] = []

    done = property(lambda self: len(self.ids) == 8)
    bars_left = bars_to_close = property(lambda self: 4 - len(self.ids) // 2)
    is_of_time = False

    def mask(self, out: np.ndarray) -> None:
        out[:] = True

    def bias(self, out: np.ndarray) -> None:
        out[:] = 0

    def advance(self, index: int) -> None:
        self.ids.append(index)

    def copy(self) -> "Eight":
        other = Eight()
        other.ids = list(self.ids)
        return other


class Returning(Eight):
    """The same, of which the last two bars are the first two again: it closes with the second."""

    bars_to_close = property(lambda self: 2 - len(self.ids) // 2 if len(self.ids) < 4 else None)

    def mask(self, out: np.ndarray) -> None:
        out[:] = len(self.ids) < 4
        if len(self.ids) >= 4:
            out[self.ids[len(self.ids) - 4]] = True

    def copy(self) -> "Returning":
        other = Returning()
        other.ids = list(self.ids)
        return other


@pytest.mark.parametrize("seed", range(5))
def test_where_a_strain_comes_back_its_first_close_is_chosen(seed: int) -> None:
    tries: list[tuple[int, list[int]]] = []

    def judge(row: int, guide: Returning, ids: list[int]) -> float:
        assert len(guide.ids) == 4 and guide.ids[1:] == ids
        tries.append((sum(ids), ids))
        return sum(ids)

    start, guides = np.zeros((1, 1), dtype=np.int64), [Returning()]
    steps: list[Step] = []
    rngs = [np.random.default_rng(seed)]
    pairs = sample_with_endings(Coins(), start, guides, rngs, Sampling(), steps.append, (6,), judge)
    ids = [index for _, index in pairs]
    assert ids == guides[0].ids == ids[:4] * 2 and sum(ids[1:4]) == max(tries)[0]
    assert len(tries) == 6 and [step.id for step in steps] == ids


@pytest.mark.parametrize("seed", range(5))
def test_of_equal_marks_the_likeliest_is_kept(seed: int) -> None:
    tries: list[list[int]] = []

    def judge(row: int, guide: Eight, ids: list[int]) -> float:
        assert guide.ids[4:] == ids  # the last two bars
        tries.append(ids)
        return 0.0

    start, guides = np.zeros((1, 1), dtype=np.int64), [Eight()]
    pairs = sample_with_endings(Coins(), start, guides, [np.random.default_rng(seed)], Sampling(), None, (6,), judge)
    ids = [index for _, index in pairs]
    assert len(tries) == 6 and ids == guides[0].ids
    assert sum(ids[4:]) == min(map(sum, tries)) and ids[4:] in tries


def test_one_ending_gives_the_notes_of_plain_sampling() -> None:
    for seed in range(3):
        rows, guides = drawn(seed, (1, 1), lambda *_: 0.0)
        plain, _ = drawn(seed, (1, 1), None)
        assert rows == plain and all(guide.done for guide in guides)


def test_takes_do_not_depend_on_the_batch() -> None:
    request = replace(REQUEST, endings=4)
    three = model().generate(request, 3, rng=np.random.default_rng(1))
    one = model().generate(request, 1, rng=np.random.default_rng(1))
    assert three[:1] == one and all(n_bars(score) == 6 for score in three)


def test_a_take_is_done_once() -> None:
    done = list(model().compose_each(replace(REQUEST, endings=4), 2, rng=np.random.default_rng(1)))
    assert sorted(take for take, _ in done) == [0, 1]


def test_endings_change_only_the_last_bars_and_do_change_them() -> None:
    changed = 0
    for seed in range(4):
        one, other = (model().generate(replace(REQUEST, endings=count), rng=np.random.default_rng(seed))[0]
                      for count in (1, 8))  # fmt: skip
        begin = (6 - BARS) * 4 * one.ticks_per_quarter * one.meters[0].numerator // one.meters[0].denominator
        first, second = (track.notes[track.notes["onset"] < begin][["onset", "pitch"]].tolist()
                         for track in (one.tracks[0], other.tracks[0]))  # fmt: skip
        assert first == second
        changed += one != other
    assert changed


def test_open_endings_are_chosen_without_regard_to_the_tonic() -> None:
    asked, profile = replace(REQUEST, controls=replace(REQUEST.controls, ending="open")), model().profile_of(STYLE)
    once, several = (model().generate(replace(asked, endings=count), 6, rng=np.random.default_rng(2))
                     for count in (1, 8))  # fmt: skip
    marks = [[mark_of_close(score, profile, closed=False) for score in scores] for scores in (once, several)]
    assert all(one <= other for one, other in zip(*marks, strict=True)) and marks[0] != marks[1]


@pytest.mark.parametrize(("closed", "on_triad", "drawn"), [(0.5, 0.1, 8), (0.4, 0.5, 8), (0.4, 0.4, 1), (0.4, None, 8)])
def test_endings_are_drawn_once_in_a_style_whose_pieces_do_not_close(
    closed: float, on_triad: float | None, drawn: int
) -> None:
    marks = {"ends_by_leap": (0.1, 0.3), **({} if on_triad is None else {"final_triad": (on_triad, 0.5)})}
    profile = replace(model().profile_of(STYLE), parts={PART: marks})
    asked = {ending: Request(Controls(bars=6, style=STYLE, ending=ending), endings=8) for ending in (None, "closed")}
    assert n_endings(asked[None], replace(profile, closed=closed)) == drawn
    assert n_endings(asked["closed"], replace(profile, closed=closed)) == 8


def test_steps_are_those_of_what_is_kept() -> None:
    steps: list[int] = []
    request = replace(REQUEST, endings=4)
    (score,) = model().generate(request, 1, rng=np.random.default_rng(3), on_step=lambda step: steps.append(step.id))
    ids = model().codec_.encode(score).ids.tolist()
    assert steps[-1] == model().codec_.eos and [index for index in steps if index in set(ids)][-3:] == ids[-3:]
