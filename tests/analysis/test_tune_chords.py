"""Chords of tunes: textbook tunes get the chords that everyone plays to them."""

import json
from pathlib import Path

import numpy as np
import pytest

from componium.analysis import tune_chords
from componium.analysis.chord_labels import label_chords
from componium.analysis.tune_chords import STATES, chords_of_tune, find_chords, load_tables, spans_of
from componium.music.score import Key, Meter, Score, Track, notes
from componium.music.transform import transpose


def tune(pitches, key=None, meter=(4, 4), length=480):
    rows = [(length * at, length, pitch) for at, pitch in enumerate(pitches) if pitch]
    return Score((Track(notes(rows)),), meters=(Meter(0, *meter),), keys=(key or Key(0, 0),))


TWINKLE = [60, 60, 67, 67, 69, 69, 67, 67, 65, 65, 64, 64, 62, 62, 60, 60]


def by_span(score):
    chords = chords_of_tune(score)
    at = np.searchsorted([chord.tick for chord in chords], [span.start for span in spans_of(score)], side="right") - 1
    return [chords[place].symbol for place in at]


def test_a_tune_of_tonic_subdominant_and_dominant_is_harmonized_by_them():
    assert by_span(tune(TWINKLE))[:3] == ["C", "C", "F"] and by_span(tune(TWINKLE))[-1] == "C"
    assert set(by_span(tune(TWINKLE))) <= {"C", "F", "G", "G7", "Am", "Dm"}


@pytest.mark.parametrize("semitones", [-5, 2, 6])
def test_chords_move_with_the_tune(semitones):
    score = tune(TWINKLE)
    moved = chords_of_tune(transpose(score, semitones))
    back = [chord.symbol for chord in chords_of_tune(score)]
    assert len(moved) == len(back)
    assert [tune_chords.STATES.index(each) for each in map(reduce, moved)] == [
        tune_chords.STATES.index(shift(each, semitones)) for each in map(reduce, chords_of_tune(score))]  # fmt: skip


def reduce(chord):
    from componium.music.chords import reduce_symbol

    return reduce_symbol(chord.symbol)


def shift(chord, semitones):
    return chord._replace(root=(chord.root + semitones) % 12)


def test_a_minor_tune_ends_on_its_minor_tonic():
    score = tune([69, 71, 72, 74, 76, 76, 68, 71, 69, 69, 69, 69], Key(0, 0, "minor"))
    assert by_span(score)[-1] == "Am" and any(symbol[0] == "E" for symbol in by_span(score))


@pytest.mark.parametrize(("meter", "ticks"), [((4, 4), 960), ((6, 8), 720), ((2, 2), 960), ((3, 4), 1440)])
def test_spans_are_half_bars_where_bars_have_halves(meter, ticks):
    score = tune([60] * 24, meter=meter)
    assert {span.stop - span.start for span in spans_of(score)[:-1]} == {ticks}


def test_without_notes_there_are_no_chords_and_silence_keeps_the_path():
    assert chords_of_tune(Score()) == ()
    rests = tune([60, 64, 67, 72] + [0] * 8 + [60] * 4)
    assert {symbol[:1] for symbol in by_span(rests)} <= set("CFGA")


def test_a_single_line_is_a_tune_and_parts_are_labeled():
    score = tune(TWINKLE)
    both = Score((*score.tracks, Track(notes([(0, 7680, 48)]))), meters=score.meters, keys=score.keys)
    assert find_chords(score) == chords_of_tune(score)
    assert find_chords(both) == label_chords(both) != chords_of_tune(score)


def test_the_tables_are_distributions_and_the_file_is_small():
    for table in load_tables():
        np.testing.assert_allclose(np.exp(table.moves).sum(axis=2), 1)
        assert table.moves.shape == (2, len(STATES), len(STATES))
    path = Path(tune_chords.__file__).parent / "tune_chords.json"
    assert path.stat().st_size < 20_000 and json.loads(path.read_text())["moves"].keys() == {"major", "minor"}
