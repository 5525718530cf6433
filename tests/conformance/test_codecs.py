"""Every codec that the registry finds passes the conformance suite; its laws hold for scores of any shape."""

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from componium import registry
from componium.codecs.base import Codec
from componium.codecs.melody import Melody
from componium.music.score import Score
from componium.testing import checks_for
from componium.testing.codecs import LAWS, WALKS, check_registered
from strategies import scores

CODECS = {name: registry.load_class("codecs", name, Codec)() for name in registry.names("codecs")}
CODECS["events with regions"] = registry.load_class("codecs", "events", Codec)(regions=True)
CODECS["events without velocities"] = registry.load_class("codecs", "events", Codec)(velocities=False)
CODECS |= {f"melody-{kind}": Melody(2, kind) for kind in ("pair", "sounding")}
each_codec = pytest.mark.parametrize("codec", CODECS.values(), ids=CODECS)
quick = settings(max_examples=60, deadline=None)


@pytest.mark.parametrize("check", [pytest.param(check, id=f"{codec}-{name}") for codec, thing in CODECS.items()
                                   for name, check in checks_for(thing)])  # fmt: skip
def test_codec(check: Callable[[], None]) -> None:
    check()


@each_codec
def test_the_registry_finds_a_codec_by_its_config(codec: Codec) -> None:
    check_registered(codec)


@each_codec
@pytest.mark.parametrize("law", LAWS)
@quick
@given(score=scores())
def test_a_law_holds_for_any_score(codec: Codec, law: Callable[[Codec, Score], None], score: Score) -> None:
    law(codec, score)


@each_codec
@pytest.mark.parametrize("walk", WALKS)
@quick
@given(seed=st.integers(0, 2**32))
def test_a_law_holds_for_any_ids(
    codec: Codec, walk: Callable[[Codec, np.random.Generator], None], seed: int
) -> None:
    walk(codec, np.random.default_rng(seed))
