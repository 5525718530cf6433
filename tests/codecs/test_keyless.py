"""A score that states no key is read in the key of its notes; nothing is added to what is filled in."""

from dataclasses import replace

import numpy as np

from componium.codecs.events import Events
from componium.codecs.events.prefix import KEY
from componium.composing.extend import extend
from componium.composing.infill import infill
from componium.corpora.base import Corpus, Piece
from componium.decoding.region import Region
from componium.decoding.request import Request
from componium.decoding.style.measuring import measure_profiles
from componium.methods import make
from componium.music.score import Key, Meter, Score, Track, notes

SCALE = [62, 64, 66, 67, 69, 71, 73, 74, 73, 71, 69, 67, 66, 64, 66, 62]  # D major
PIECE = Score((Track(notes([(480 * at, 480, pitch) for at, pitch in enumerate(SCALE)])),), meters=(Meter(0, 4, 4),),
              keys=(Key(0, 2),))  # fmt: skip
KEYLESS = replace(PIECE, keys=())
CORPUS = Corpus("some", (Piece("a", PIECE, ("x",), split="train"),))


def given(request: Request) -> list[str]:
    codec, profile = Events(("x",), regions=True), measure_profiles([(PIECE, ("x",))])[""]
    plan = codec.plan(request, {"": profile}, np.random.default_rng(1))
    assert plan.is_keyed and plan.key.tonic == 2
    return [codec.vocab.token(index) for index in codec.guide(plan, request, profile).given]


def test_a_piece_to_go_on_from_is_read_in_the_key_of_its_notes() -> None:
    assert given(Request(score=KEYLESS)) == given(Request(score=PIECE))
    assert given(Request(score=KEYLESS))[KEY] == "Key_2_major"


def test_and_so_is_a_piece_to_fill_in() -> None:
    region = Region.of(PIECE, bars=(1, 2))
    assert given(Request(score=KEYLESS, region=region)) == given(Request(score=PIECE, region=region))


def test_the_result_of_filling_states_no_more_than_the_piece() -> None:
    method = make("markov", order=2).fit(CORPUS)
    filled = [infill(score, bars=(1, 2), method=method, seed=1).score for score in (KEYLESS, PIECE)]
    assert [score.keys for score in filled] == [(), PIECE.keys]


def test_what_is_extended_states_the_key_it_was_read_in() -> None:
    method = make("markov", order=2).fit(CORPUS)
    longer, other = (extend(score, 2, method=method, seed=1).score for score in (KEYLESS, PIECE))
    assert longer.keys == other.keys
    assert longer.tracks[0].notes["pitch"].tolist() == other.tracks[0].notes["pitch"].tolist()


def test_drums_have_no_key() -> None:
    drums = replace(KEYLESS, tracks=(replace(KEYLESS.tracks[0], is_drum=True),))
    codec, profile = Events(("x",)), measure_profiles([(PIECE, ("x",))])[""]
    assert not codec.plan(Request(score=drums), {"": profile}, np.random.default_rng(1)).is_keyed
