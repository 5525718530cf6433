"""Melody: the top line, and the two kinds of token."""

import numpy as np
import pytest

from componium.codecs.melody import Melody
from componium.codecs.steps.grid import top_line
from componium.errors import CodecError
from componium.music.score import Score, Track, notes


def tokens(codec: Melody, score: Score) -> str:
    return " ".join(codec.vocab.token(int(index)) for index in codec.encode(score).ids[1:-1])


def test_the_highest_part_is_kept() -> None:
    low, high = notes([(0, 960, 48), (960, 480, 84)]), notes([(0, 480, 72), (480, 480, 71)])
    assert top_line(Score((Track(low), Track(high), Track(notes([(0, 480, 99)]), is_drum=True))), 1) == [
        (0, 1, 72), (1, 1, 71)]


def test_what_begins_under_a_higher_note_is_left_out_and_a_higher_one_cuts() -> None:
    array = notes([(0, 960, 72), (480, 480, 60), (960, 960, 64), (1440, 480, 67), (1440, 480, 55)])
    assert top_line(Score((Track(array),)), 1) == [(0, 2, 72), (2, 1, 64), (3, 1, 67)]


def test_a_note_struck_again_while_it_sounds_begins_again() -> None:
    assert top_line(Score((Track(notes([(0, 960, 60), (480, 480, 60)])),)), 1) == [(0, 1, 60), (1, 1, 60)]


def test_a_pair_beyond_eight_quarters_becomes_a_rest() -> None:
    score = Score((Track(notes([(0, 480 * 10, 60), (480 * 30, 480, 62)])),))
    assert tokens(Melody(1, "pair"), score) == "Note_60:8 Rest_8 Rest_8 Rest_6 Note_62:1"


def test_a_note_struck_again_sounds_on_in_the_kind_sounding() -> None:
    codec = Melody(1, "sounding")
    score = Score((Track(notes([(0, 480, 60), (480, 960, 60), (1920, 480, 64)])),))
    assert tokens(codec, score) == "Pitch_60 Pitch_60 Pitch_60 Rest Pitch_64"
    ids = codec.encode(score).ids
    rows = codec.decode(ids).tracks[0].notes[["onset", "duration", "pitch"]]
    assert rows.tolist() == [(0, 1440, 60), (1920, 480, 64)]
    assert codec.is_note(ids).tolist() == [False, True, False, False, False, True, False]
    assert not codec.can_strike


def test_hold_without_a_note_is_silence() -> None:
    codec = Melody(1)
    hold, pitch = codec.vocab.id("Hold"), codec.vocab.id("Pitch", 60)
    rows = codec.decode([hold, pitch, hold]).tracks[0].notes[["onset", "duration", "pitch"]]
    assert rows.tolist() == [(480, 960, 60)]


@pytest.mark.parametrize("kind", ["hold", "pair", "sounding"])
def test_a_variant_is_the_melody_transposed(kind: str) -> None:
    codec = Melody(2, kind)
    score = Score((Track(notes([(0, 480, 60), (720, 240, 64)])),))
    rng, found = np.random.default_rng(0), set()
    for _ in range(60):
        array = codec.decode(codec.augment(codec.encode(score).ids, (), rng)).tracks[0].notes
        assert array["onset"].tolist() == [0, 720]
        assert array["pitch"][1] - array["pitch"][0] == 4
        found.add(int(array["pitch"][0]) - 60)
    assert found == set(range(-6, 7))


@pytest.mark.parametrize("wrong", [{"steps": 0}, {"steps": 7}, {"kind": "triples"}])
def test_what_is_not_a_grid_or_a_kind_is_refused(wrong: dict) -> None:
    with pytest.raises(CodecError):
        Melody(**wrong)
