"""One suite for every codec that the registry finds."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from componium import registry
from componium.codecs.base import Codec, from_config
from componium.music.score import Score
from strategies import scores

CODECS = [registry.load_class("codecs", name, Codec)() for name in registry.names("codecs")]
each_codec = pytest.mark.parametrize("codec", CODECS, ids=lambda codec: type(codec).__name__)
quick = settings(max_examples=60, deadline=None)


@each_codec
def test_names_and_ids_are_one_to_one(codec: Codec) -> None:
    assert len({codec.vocab.token(index) for index in range(len(codec.vocab))}) == len(codec.vocab)
    assert all(codec.vocab.id(*codec.vocab.entry(index)) == index for index in range(len(codec.vocab)))


@each_codec
def test_a_codec_is_rebuilt_from_its_config(codec: Codec) -> None:
    again = from_config(codec.config())
    assert again.config() == codec.config() and again.vocab.entries == codec.vocab.entries


@each_codec
@quick
@given(score=scores())
def test_decoding_what_was_encoded_is_canonicalizing(codec: Codec, score: Score) -> None:
    assert codec.decode(codec.encode(score).ids) == codec.canonicalize(score)


@each_codec
@quick
@given(score=scores())
def test_canonicalizing_twice_is_canonicalizing(codec: Codec, score: Score) -> None:
    once = codec.canonicalize(score)
    assert codec.canonicalize(once) == once
    assert np.array_equal(codec.encode(once).ids, codec.encode(score).ids)


@each_codec
@quick
@given(score=scores())
def test_the_grammar_allows_what_is_encoded(codec: Codec, score: Score) -> None:
    state = codec.initial_state()
    for index in codec.encode(score).ids.tolist():
        assert codec.allowed_next(state)[index], codec.vocab.token(index)
        codec.advance(state, index)


@each_codec
@quick
@given(data=st.data())
def test_any_ids_decode(codec: Codec, data: st.DataObject) -> None:
    ids = data.draw(st.lists(st.integers(0, len(codec.vocab) - 1), max_size=60))
    assert isinstance(codec.decode(ids), Score)


@each_codec
@quick
@given(seed=st.integers(0, 2**32))
def test_any_walk_under_the_grammar_is_a_score_that_encodes_again(codec: Codec, seed: int) -> None:
    rng = np.random.default_rng(seed)
    state, ids = codec.initial_state(), []
    while len(ids) < 120 and (not ids or ids[-1] != codec.eos):
        allowed = np.flatnonzero(codec.allowed_next(state))
        ids.append(int(rng.choice(allowed)))
        codec.advance(state, ids[-1])
    score = codec.decode(ids)
    assert codec.decode(codec.encode(score).ids) == codec.canonicalize(score)
