"""Augmentation: variants are the same piece in another key, with less stated about it."""

import numpy as np
import pytest

from componium.codecs.events.augmentation import hide, transpose
from componium.codecs.events.codec import Events
from componium.codecs.events.prefix import KEY, METER, STYLE, prefix_length
from componium.errors import CodecError
from componium.music.score import Key, Meter, Score, Tempo, Track, notes
from componium.music.types import type_ids

SCORE = Score((Track(notes([(0, 480, 60), (480, 480, 67)]), 40), Track(notes([(0, 960, 48)]), 42)),
              meters=(Meter(0, 2, 4),), keys=(Key(0, 0),), tempos=(Tempo(0, 90.0),),
              info=(("style", "a"),))  # fmt: skip
each_way = pytest.mark.parametrize("relative", [True, False])


def pitches(codec: Events, ids: type_ids) -> list[list[int]]:
    return [track.notes["pitch"].tolist() for track in codec.decode(ids).tracks]


@each_way
@pytest.mark.parametrize("semitones", range(-12, 13))
def test_a_transposition_sounds_higher_in_another_key(relative: bool, semitones: int) -> None:
    codec = Events(("a",), relative=relative)
    moved = transpose(codec.vocab, codec.encode(SCORE).ids, semitones, relative=relative)
    assert pitches(codec, moved) == [[60 + semitones, 67 + semitones], [48 + semitones]]
    assert codec.decode(moved).keys[0].tonic == semitones % 12


@each_way
def test_a_transposition_beyond_midi_is_refused(relative: bool) -> None:
    codec = Events(relative=relative)
    with pytest.raises(CodecError, match="70"):
        transpose(codec.vocab, codec.encode(SCORE).ids, 70, relative=relative)


@each_way
@pytest.mark.parametrize("names", [{"Style"}, {"Meter"}, {"Key"}, {"Tempo"}, {"Program"}, {"Bar"}, {"Meter", "Key"}])
def test_what_is_hidden_is_unknown_and_the_notes_stay(relative: bool, names: set[str]) -> None:
    codec = Events(("a",), relative=relative)
    ids = codec.encode(SCORE).ids
    hidden = hide(codec.vocab, ids, names, relative=relative)
    assert codec.decode(hidden).tracks[0].notes.tolist() == codec.decode(ids).tracks[0].notes.tolist()
    unknown = {codec.vocab.family(index) for index in hidden.tolist() if codec.vocab.entry(index)[1] == "?"}
    assert unknown == names
    state = codec.initial_state()
    for index in hidden.tolist():
        assert codec.allowed_next(state)[index]
        codec.advance(state, index)


def test_a_hidden_meter_is_stated_in_the_first_bar() -> None:
    codec = Events()
    hidden = hide(codec.vocab, codec.encode(SCORE).ids, {"Meter"}, relative=True)
    first = prefix_length(codec.vocab, hidden)
    tokens = [codec.vocab.token(int(index)) for index in hidden]
    assert (tokens[METER], tokens[first], tokens[first + 1]) == ("Meter_?", "Bar_1", "Meter_2/4")


@each_way
def test_variants_go_into_the_near_keys_or_into_all_and_bear_any_of_the_styles(relative: bool) -> None:
    codec, rng = Events(("a", "b", "c"), relative=relative), np.random.default_rng(0)
    ids = codec.encode(SCORE).ids
    variants = [codec.augment(ids, ("a", "b"), rng) for _ in range(300)]
    widest = 2 if relative else 6
    assert {pitches(codec, variant)[0][0] - 60 for variant in variants} == set(range(-widest, widest + 1))
    styles = [codec.vocab.token(int(variant[STYLE])) for variant in variants]
    assert set(styles) == {"Style_a", "Style_b", "Style_?"} and 10 < styles.count("Style_?") < 60
    keys = {codec.vocab.token(int(variant[KEY])) for variant in variants}
    assert ("Key_?" in keys) != relative


def test_drums_are_not_transposed() -> None:
    codec, rng = Events(), np.random.default_rng(0)
    ids = codec.encode(Score((Track(notes([(0, 480, 36)]), is_drum=True), SCORE.tracks[0]))).ids
    assert all(pitches(codec, codec.augment(ids, (), rng)) == [[36], [60, 67]] for _ in range(20))
