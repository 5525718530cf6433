"""Conformance checks of codecs: round trips, grammar, any ids.

LAWS are functions of a codec and a score, WALKS of a codec and a random generator: a test that draws scores in a way of
its own may call them directly.
"""

import json
from collections.abc import Callable
from functools import partial

import numpy as np

from componium.codecs.base import Codec, from_config
from componium.errors import CodecError
from componium.music.score import Score
from componium.testing.checks import must_raise, require, type_checks
from componium.testing.music import make_tune, random_score

N_SCORES, N_WALKS, LONGEST = 40, 20, 120


def codec_checks(codec: Codec) -> type_checks:
    """Return (name, check) for every check of a codec."""
    return [
        *((check.__name__, partial(check, codec)) for check in (check_vocab, check_config, check_bounds)),
        *((law.__name__, partial(_on_scores, codec, law)) for law in LAWS),
        *((walk.__name__, partial(_on_seeds, codec, walk)) for walk in WALKS),
    ]


def _on_scores(codec: Codec, law: Callable[[Codec, Score], None]) -> None:
    rng = np.random.default_rng(0)
    for score in (Score(), make_tune(0), *(random_score(rng) for _ in range(N_SCORES))):
        law(codec, score)


def _on_seeds(codec: Codec, walk: Callable[[Codec, np.random.Generator], None]) -> None:
    for rng in np.random.default_rng(0).spawn(N_WALKS):
        walk(codec, rng)


def check_vocab(codec: Codec) -> None:
    """Check that names and ids are one to one, and bos, eos and pad three ids."""
    vocab = codec.vocab
    require(len({vocab.token(index) for index in range(len(vocab))}) == len(vocab), "two ids have one name")
    require(all(vocab.id(*vocab.entry(index)) == index for index in range(len(vocab))), "an entry has another id")
    require(len({codec.bos, codec.eos, codec.pad}) == 3, "bos, eos and pad must differ")


def check_config(codec: Codec) -> None:
    """Check that `config` gives plain values from which an equal codec is built."""
    config = codec.config()
    require(json.loads(json.dumps(config)) == config, "config must be plain JSON values")
    options = {name: value for name, value in config.items() if name != "name"}
    again = type(codec)(**options)
    require(again.config() == config and again.vocab.entries == codec.vocab.entries, "the codec rebuilt differs")


def check_registered(codec: Codec) -> None:
    """Check that the registry finds the codec by the name in its config."""
    require(type(from_config(codec.config())) is type(codec), "the name leads to another codec")


def check_bounds(codec: Codec) -> None:
    """Check that ids outside the vocabulary are refused."""
    for index in (-1, len(codec.vocab)):
        with must_raise(CodecError, f"the id {index}"):
            codec.decode([codec.bos, index])


def check_round_trip(codec: Codec, score: Score) -> None:
    """Check that decoding an encoded score gives its canonical form."""
    require(codec.decode(codec.encode(score).ids) == codec.canonicalize(score), f"not canonical: {score!r}")


def check_canonical(codec: Codec, score: Score) -> None:
    """Check that canonicalizing is idempotent and does not change the ids."""
    canonical = codec.canonicalize(score)
    require(codec.canonicalize(canonical) == canonical, f"canonicalized twice it differs: {score!r}")
    require(np.array_equal(codec.encode(canonical).ids, codec.encode(score).ids), f"other ids: {score!r}")


def check_encoding(codec: Codec, score: Score) -> None:
    """Check that ids go from bos to eos and the grammar allows each of them.

    The mask of targets is as long as the ids, and the prefix is none.
    """
    ids, targets = codec.encode(score)
    require(ids[0] == codec.bos and ids[-1] == codec.eos, "ids must go from bos to eos")
    require(targets.shape == ids.shape and not targets[codec.is_condition(ids)].any(), "the prefix is no target")
    state = codec.initial_state()
    for index in ids.tolist():
        require(codec.allowed_next(state)[index], f"the grammar forbids {codec.vocab.token(index)}")
        codec.advance(state, index)


def check_any_ids(codec: Codec, rng: np.random.Generator) -> None:
    """Check that any ids decode to a score."""
    ids = rng.integers(0, len(codec.vocab), int(rng.integers(LONGEST))).tolist()
    require(isinstance(codec.decode(ids), Score), "decode must return a Score")


def check_walk(codec: Codec, rng: np.random.Generator) -> None:
    """Check that ids drawn under the grammar decode to a score that encodes again."""
    state, ids = codec.initial_state(), list[int]()
    while len(ids) < LONGEST and (not ids or ids[-1] != codec.eos):
        allowed = np.flatnonzero(codec.allowed_next(state))
        require(len(allowed), "the grammar must allow at least one id until eos")
        ids.append(int(rng.choice(allowed)))
        codec.advance(state, ids[-1])
    check_round_trip(codec, codec.decode(ids))


LAWS = (check_round_trip, check_canonical, check_encoding)
WALKS = (check_any_ids, check_walk)
