"""Sampling's rhythm: choices of time have a temperature of their own, and a guide says where they are."""

import numpy as np
import pytest

from componium.decoding.request import Request
from componium.decoding.sampling import Sampling, sample
from componium.decoding.style.plan import Plan
from componium.decoding.style.profile import StyleProfile
from componium.errors import ControlError
from componium.methods.base import make_codec
from componium.music.score import Key, Meter


class Flat:
    """A model in which all ids are alike, but for one of each family."""

    def __init__(self, size: int) -> None:
        self.logits = np.where(np.arange(size) % 7, 0.0, 3.0).astype(np.float32)

    def initial_state(self, ids):
        return np.tile(self.logits, (len(ids), 1)), None

    def step(self, state, ids):
        return np.tile(self.logits, (len(ids), 1)), None

    def select(self, state, rows):
        return None


def test_of_time_is_hotter_by_the_factor():
    assert Sampling(0.5, rhythm=1.5).of_time() == Sampling(0.75)
    assert Sampling(0, rhythm=1.5).of_time().temperature == 0
    assert Sampling(10, rhythm=2).of_time().temperature == 10


@pytest.mark.parametrize("rhythm", [0, -1, 11, "hot", True])
def test_other_values_are_refused(rhythm):
    with pytest.raises(ControlError):
        Sampling(rhythm=rhythm)


def test_only_choices_of_time_change(monkeypatch):
    seen = []

    def draw(logits, mask, sampling, rng):
        seen.append((sampling.temperature, mask.copy()))
        return int(rng.choice(np.flatnonzero(mask)))

    monkeypatch.setattr("componium.decoding.sampling.draw", draw)
    codec = make_codec("events")
    plan = Plan(Key(0, 0), Meter(0, 2, 4), 4, (40, 42), ((48, 84),) * 2)
    guide = codec.guide(plan, Request(), StyleProfile())
    for index in guide.given.tolist():
        guide.advance(index)
    list(sample(Flat(len(codec.vocab)), guide.given[None], [guide], [np.random.default_rng(0)],
                Sampling(rhythm=2.0)))  # fmt: skip
    pitch, place = (codec.vocab.ids(name) for name in ("Pitch", "Pos"))
    hot = [mask for temperature, mask in seen if temperature == 2.0]
    cold = [mask for temperature, mask in seen if temperature == 1.0]
    assert hot and cold and not any(mask[pitch].any() for mask in hot) and not any(mask[place].any() for mask in cold)
