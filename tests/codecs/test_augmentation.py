"""Augmentation: variants are the same piece in another key, with less stated about it."""

import numpy as np
import pytest

from componium.codecs.events.augmentation import hide, transpose
from componium.codecs.events.codec import Events
from componium.codecs.events.prefix import KEY, METER, STYLE, prefix_length
from componium.errors import CodecError
from componium.music.pitch import key_of
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


def in_key(tonic: int, *, drums_first: bool = True) -> Score:
    """A kit beside a tune in a key."""
    kit = Track(notes([(0, 240, 36), (0, 240, 42), (240, 240, 38)]), is_drum=True)
    tune = Track(notes([(0, 480, 60 + tonic), (480, 480, 67 + tonic)]), 40)
    return Score((kit, tune) if drums_first else (tune, kit), meters=(Meter(0, 2, 4),), keys=(key_of(tonic, "major"),))


@pytest.mark.parametrize("tonic", range(12))
def test_drums_are_written_alike_in_every_key(tonic: int) -> None:
    codec, score = Events(), in_key(tonic)
    words = [codec.vocab.token(int(index)) for index in codec.encode(score).ids]
    assert [word for word in words if word.startswith("Pitch")][:2] == ["Pitch_36", "Pitch_42"]
    assert pitches(codec, codec.encode(score).ids)[0] == [36, 42, 38]


@each_way
@pytest.mark.parametrize("drums_first", [True, False])
def test_drums_are_not_transposed_where_the_tune_is(relative: bool, drums_first: bool) -> None:
    codec, rng = Events(relative=relative), np.random.default_rng(0)
    ids = codec.encode(in_key(2, drums_first=drums_first)).ids
    variants = [pitches(codec, codec.augment(ids, (), rng)) for _ in range(200)]
    kits, tunes = zip(*(variant if drums_first else variant[::-1] for variant in variants), strict=True)
    assert all(kit == [36, 42, 38] for kit in kits)
    assert len({tune[0] for tune in tunes}) == (5 if relative else 13)


@each_way
@pytest.mark.parametrize("names", [{"Key"}, {"Program"}, {"Key", "Program"}])
def test_drums_stay_drums_whatever_is_hidden(relative: bool, names: set[str]) -> None:
    codec = Events(relative=relative)
    score = in_key(9)
    back = codec.decode(hide(codec.vocab, codec.encode(score).ids, names, relative=relative))
    assert back.tracks[0].is_drum and back.tracks[0].notes["pitch"].tolist() == [36, 42, 38]
