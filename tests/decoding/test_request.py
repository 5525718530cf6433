"""Request: what is set, and the constraints that it switches off."""

import numpy as np
import pytest

from componium import registry
from componium.codecs.events.codec import Events
from componium.codecs.melody import Melody
from componium.decoding.constraints.base import constraint_classes
from componium.decoding.controls import Controls
from componium.decoding.region import Region
from componium.decoding.request import Request
from componium.decoding.style.profile import Setting, StyleProfile
from componium.errors import UnknownNameError
from componium.music.score import Score, Track, notes
from guiding import walk

SCORE = Score((Track(notes([(0, 1920, 60)])),))
PARTS = {
    "balance": {"2": ((1.0, 0.2), (0.5, 0.2))}, "dissonance": {"pairs": (0.1, 0.02)}, "intervals": {"rare": (6,)},
    "parallels": {"rate": 0.05}, "repetition": {"figures": (4,) * 12, "repeats": (0.2, 0.2)},
    "ranges": {"by_voices": {"2": ((55, 79), (36, 60))}},
}  # fmt: skip
PROFILE = StyleProfile(settings=(Setting("4/4", 0, "major", 90, "poly", (40, 42)),),
                       openings={"major": ((0, 0b10010001, 1),)}, parts=PARTS)  # fmt: skip
ALL = ("balance", "cadence", "density", "dissonance", "intervals", "opening", "parallels", "ranges", "repetition",
       "tonality")  # fmt: skip


def guide_of(**switches: bool):
    codec, request = Events(), Request(Controls(bars=4), constraints=switches)
    plan = codec.plan(request, {"": PROFILE}, np.random.default_rng(0))
    return codec.guide(plan, request, PROFILE)


def test_the_names_of_all_that_is_set() -> None:
    assert Request().fields() == set()
    request = Request(Controls(bars=4, style="jig"), SCORE, Region.of(SCORE), constraints={"parallels": False})
    assert request.fields() == {"bars", "style", "prompt", "region"}


def test_all_constraints_are_on_by_default() -> None:
    assert guide_of().constraints.names == ALL
    assert guide_of(parallels=True).constraints.names == ALL


@pytest.mark.parametrize("name", ALL)
def test_each_constraint_is_switched_off_by_name(name: str) -> None:
    assert guide_of(**{name: False}).constraints.names == tuple(other for other in ALL if other != name)


def test_a_constraint_of_steps_is_switched_off_too() -> None:
    codec = Melody()
    for switches, names in (({}, ("repetition",)), ({"repetition": False, "parallels": False}, ())):
        request = Request(Controls(bars=1), constraints=switches)
        plan = codec.plan(request, {}, np.random.default_rng(0))
        assert codec.guide(plan, request, StyleProfile()).constraints.names == names


def test_an_unknown_constraint_is_refused_with_the_near_names() -> None:
    with pytest.raises(UnknownNameError, match="parallels"):
        guide_of(paralels=False)
    codec, request = Melody(), Request(constraints={"cadense": False})
    plan = codec.plan(request, {}, np.random.default_rng(0))
    with pytest.raises(UnknownNameError, match="cadence"):
        codec.guide(plan, request, StyleProfile())


def test_a_constraint_of_another_package_takes_part_and_is_switched_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "_entry_points", lambda kind: {"quiet": "added_constraint"})
    constraint_classes.cache_clear()
    try:
        assert "quiet" in guide_of().constraints.names
        highest = {switch: max(int(track.notes["pitch"].max()) for track in
                               walk(guide_of(quiet=switch), np.random.default_rng(1)).tracks if len(track.notes))
                   for switch in (True, False)}  # fmt: skip
        assert highest[True] <= 60 < highest[False]
    finally:
        monkeypatch.undo()
        constraint_classes.cache_clear()
