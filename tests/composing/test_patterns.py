"""Accompaniment by patterns: the tune stays, and what is played under it is the chord in force."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from componium.composing.patterns import LOWEST_BASS, LOWEST_CHORD, PATTERNS, accompany_by_pattern, pattern_of
from componium.errors import ControlError
from componium.music.chords import reduce_symbol
from componium.music.score import Chord, Key, Meter, Score, Track, notes
from componium.music.time import bar_lines

METERS = [(2, 4), (3, 4), (4, 4), (2, 2), (6, 8), (9, 8), (12, 8), (5, 4), (3, 8)]


def tune(meter=(4, 4), bars=4, chords=((0, "C"), (1, "F"), (2, "G7"), (3, "C")), upbeat=0):
    bar = 1920 * meter[0] // meter[1]
    meters = (Meter(0, upbeat, meter[1]), Meter(upbeat * 1920 // meter[1], *meter)) if upbeat else (Meter(0, *meter),)
    first = meters[-1].tick
    rows = [(first + bar * at, bar, 72 + at) for at in range(bars)] + ([(0, first, 67)] if upbeat else [])
    return Score((Track(notes(rows), 40),), meters=meters, keys=(Key(0, 0),),
                 chords=tuple(Chord(first + bar * at, symbol) for at, symbol in chords))  # fmt: skip


def in_force(score, tick):
    return reduce_symbol([chord.symbol for chord in score.chords if chord.tick <= tick][-1])


@pytest.mark.parametrize("name", PATTERNS)
@pytest.mark.parametrize("meter", METERS)
def test_the_tune_stays_and_every_note_is_of_the_chord_in_force(name, meter):
    score = tune(meter)
    full = accompany_by_pattern(score, name)
    assert full.tracks[0] == score.tracks[0] and full.chords == score.chords and len(full.tracks) == 3
    assert full.end == score.end
    for track in full.tracks[1:]:
        assert len(track.notes)
        for onset, pitch in zip(track.notes["onset"].tolist(), track.notes["pitch"].tolist(), strict=True):
            assert pitch % 12 in in_force(score, onset).pitch_classes
        ends = track.notes["onset"] + track.notes["duration"]
        lines = bar_lines(score)
        assert (ends <= lines[np.searchsorted(lines, track.notes["onset"], side="right")]).all()


SYMBOLS = ["C", "Dm", "Em", "F", "G7", "Am", "Bdim", "Bb", "E7", "N.C."]


@given(st.lists(st.sampled_from(SYMBOLS), min_size=4, max_size=4))
def test_chords_move_little_and_stay_in_their_register(symbols):
    full = accompany_by_pattern(tune(chords=tuple(enumerate(symbols))), "reel")
    chords, bass = (track.notes for track in full.tracks[1:])
    assert not len(chords) or (chords["pitch"].min() >= LOWEST_CHORD and chords["pitch"].max() <= LOWEST_CHORD + 22)
    assert not len(bass) or (bass["pitch"].min() >= LOWEST_BASS and bass["pitch"].max() < LOWEST_BASS + 24)


def test_the_bass_begins_each_chord_on_its_root_and_goes_on_to_the_fifth():
    score = tune(chords=((0, "C"), (2, "G")))
    pitches = accompany_by_pattern(score, "reel").tracks[2].notes["pitch"] % 12
    assert pitches.tolist() == [0, 7, 0, 7, 7, 2, 7]  # the last bar holds the root


def test_an_upbeat_is_silent_and_the_last_bar_is_held():
    score = tune(upbeat=1)
    full = accompany_by_pattern(score, "reel")
    for track in full.tracks[1:]:
        assert track.notes["onset"].min() >= 480
        assert (track.notes["onset"] + track.notes["duration"]).max() == score.end
    assert len(full.tracks[2].notes) == 3 * 2 + 1


def test_a_tune_without_symbols_gets_them_and_an_unknown_pattern_is_refused():
    score = tune(chords=())
    assert accompany_by_pattern(score).chords
    with pytest.raises(ControlError, match="pattern 'polka'"):
        accompany_by_pattern(score, "polka")
    assert len(accompany_by_pattern(Score()).tracks) == 2


@pytest.mark.parametrize(("style", "meter", "name"), [
    ("jig", (6, 8), "jig"), ("reel", (2, 2), "reel"), ("", (9, 8), "jig"), ("", (3, 4), "waltz"), ("", (4, 4), "song"),
    ("march", (6, 8), "jig"), ("march", (2, 4), "march"), ("air", (6, 8), "jig"), ("waltz", (9, 8), "waltz"),
])  # fmt: skip
def test_the_pattern_suits_the_style_else_the_meter(style, meter, name):
    assert pattern_of(style, Meter(0, *meter)) == name
