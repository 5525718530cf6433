"""Recurrence: bars come back as planned, and new ones are new, whatever a model would write."""

from dataclasses import replace

import numpy as np
import pytest

from componium.analysis.form import bar_contents
from componium.analysis.repeats import ALIKE, WIDEST, likenesses
from componium.codecs.events.codec import Events
from componium.decoding.constraints.recurrence import MOST_PLANS, Recurrence
from componium.decoding.controls import Controls
from componium.decoding.request import Request
from componium.decoding.sampling import Sampling, draw
from componium.decoding.style.form import Form
from componium.decoding.style.profile import Setting, StyleProfile
from componium.decoding.style.repeats import Repeat
from componium.music.score import Score, Track, notes
from guiding import bias_of, mask_of

MONO, POLY = Setting("4/4", 2, "major", texture="mono", programs=(40,)), Setting("4/4", 0, "major", programs=(0, 0))
NEW = Repeat()


def compose(setting: Setting, repeats: tuple[Repeat, ...], seed: int, form: Form | None = None, **switches) -> Score:
    """Return what a model for which all notes are alike composes by a plan; it states no durations."""
    codec, rng, profile = Events(styles=("jig",)), np.random.default_rng(seed), StyleProfile(settings=(setting,))
    request = Request(Controls(style="jig", bars=len(repeats)), constraints=switches)
    plan = codec.plan(request, {"jig": profile}, rng)
    ranges = ((55, 79),) * len(setting.programs)
    guide = codec.guide(replace(plan, repeats=repeats, form=form or Form(), closing=0, ranges=ranges), request, profile)
    costs = {"Vel": 30.0, "Dur": 30.0, "Bar": 2.0}
    logits = np.array([-costs.get(codec.vocab.family(at), 0.0) for at in range(len(codec.vocab))], dtype=np.float32)
    ids = []
    while not guide.done:
        ids.append(draw(bias_of(guide) + logits, mask_of(guide), Sampling(), rng))
        guide.advance(ids[-1])
    return guide.finish(codec.decode(ids))


def likeness_of(score: Score) -> np.ndarray:
    return likenesses(bar_contents(score))


@pytest.mark.parametrize("setting", [MONO, POLY])
@pytest.mark.parametrize("form", [Form(), Form("A", upbeat=24)])
def test_bars_come_back_exactly_and_transposed(setting: Setting, form: Form) -> None:
    plan = (NEW, NEW, Repeat(0), Repeat(1), Repeat(0, 3), NEW, NEW)
    scores = [compose(setting, plan, seed, form) for seed in range(12)]
    found = [likeness_of(score) for score in scores if all(bar_contents(score)[:2])]  # empty bars are like none
    assert len(found) >= 6
    assert np.mean([one[WIDEST, 2, 0] for one in found]) > 0.9 and np.mean([one[WIDEST, 3, 1] for one in found]) > 0.9
    assert np.mean([one[WIDEST + 3, 4, 0] for one in found]) > 0.5  # where the range has room


def test_what_is_planned_as_varied_is_between_new_and_the_same() -> None:
    plans = (NEW, Repeat(0, 0, 0.8), NEW)
    with_plan = [likeness_of(compose(MONO, plans, seed))[WIDEST, 1, 0] for seed in range(10)]
    without = [likeness_of(compose(MONO, plans, seed, recurrence=False))[WIDEST, 1, 0] for seed in range(10)]
    assert 2 * np.mean(without) < np.mean(with_plan) < 0.9


@pytest.mark.parametrize("setting", [MONO, POLY])
def test_a_new_bar_is_not_alike_to_an_earlier_one(setting: Setting) -> None:
    plan = tuple(Repeat(unlike=bar) for bar in range(12))
    for seed in range(2):
        score = compose(setting, plan, seed)
        found = likeness_of(score)[WIDEST]
        alike = [found[at, :at].max() for at in range(1, 11) if len(bar_contents(score)[at]) > 2]
        assert np.mean(np.array(alike) >= ALIKE) <= 0.1


def tune(n_bars: int) -> Score:
    rows = [(480 * at, 480, 60 + at % 8 * at % 11) for at in range(4 * n_bars)]
    return Score((Track(notes(rows)),))


def test_a_style_keeps_a_few_pieces_of_all_its_lengths() -> None:
    measured = Recurrence.measure([tune(bars) for bars in range(2, 20)])
    bars = [row[0] for row in measured["plans"]]
    assert bars == sorted(bars) and len(bars) == 5 and bars[0] <= 4 and bars[-1] >= 16
    assert len(Recurrence.measure([tune(4)] * 800)["plans"]) == MOST_PLANS
    assert Recurrence.measure([]) == {} == Recurrence.measure([tune(1)])
