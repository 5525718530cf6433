"""Voices of a part and their stems: nothing crosses, nothing is lost, and what is one line stays one."""

from collections import Counter
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from componium.music.score import Meter, Score, Track, notes
from componium.notation import marks
from componium.notation.sheet import QUARTER, notate
from componium.notation.voices import separate_voices

rows = st.lists(st.tuples(st.integers(0, 8), st.integers(1, 4), st.integers(55, 75)), max_size=30).map(
    lambda found: [(onset, onset + duration, pitch, 80, 0) for onset, duration, pitch in found])


def pitches(lines) -> list[list[tuple[int, ...]]]:
    return [[tuple(pitch for pitch, _ in chord.notes) for chord in line] for line in lines]


def stems_of(*voices: list[tuple[int, int, int]]) -> dict[tuple[int, int], str]:
    """Return the stems of the first bar, onsets in eighths."""
    found = [(240 * onset, 240 * length, pitch, 80, number) for number, voice in enumerate(voices)
             for onset, length, pitch in voice]  # fmt: skip
    measure, = notate(Score((Track(notes(found)),), meters=(Meter(0, 4, 4),))).parts[0].measures
    beamed = {voice.number: marks.beams(voice.events, Meter(0, 4, 4), 0) for voice in measure}
    return {(number, 2 * onset // QUARTER): way for (number, onset), way in marks.stems(measure, beamed).items()}


@given(rows)
def test_lines_hold_every_note_and_never_overlap(found):
    lines = separate_voices(found)
    held = [(chord.onset, chord.end, *note) for line in lines for chord in line for note in chord.notes]
    assert Counter(held) == Counter(row[:4] for row in found)
    assert all(first.end <= second.onset for line in lines for first, second in pairwise(line))


@given(rows)
def test_no_chord_has_a_note_of_another_length_between_its_notes(found):
    chords = [chord for line in separate_voices(found) for chord in line]
    for chord in chords:
        low, high = chord.notes[0][0], chord.notes[-1][0]
        others = [other for other in chords if other.onset <= chord.onset < other.end and other[:2] != chord[:2]]
        assert not [pitch for other in others for pitch, _ in other.notes if low < pitch < high]


def test_three_free_voices_are_three_lines():
    upper, middle, lower = [(0, 4, 76), (4, 8, 77)], [(0, 2, 69), (2, 6, 67), (6, 8, 65)], [(0, 4, 60), (4, 8, 62)]
    lines = separate_voices([(*row, 80, 0) for row in (*upper, *middle, *lower)])
    assert pitches(lines) == [[(76,), (77,)], [(69,), (67,), (65,)], [(60,), (62,)]]


def test_a_line_goes_on_where_it_is_near():
    lines = separate_voices([(*row, 80, 0) for row in ((0, 4, 72), (0, 3, 60), (3, 6, 59), (4, 8, 74), (6, 8, 57))])
    assert pitches(lines) == [[(72,), (74,)], [(60,), (59,), (57,)]]


def test_of_voices_that_sound_together_the_higher_has_stems_up():
    assert stems_of([(0, 4, 72), (4, 4, 74)], [(0, 2, 60), (2, 2, 62), (4, 4, 64)]) == {
        (1, 0): "up", (1, 4): "up", (2, 0): "down", (2, 2): "down", (2, 4): "down"}
    assert stems_of([(0, 4, 60)], [(0, 4, 72)]) == {(1, 0): "down", (2, 0): "up"}
    assert stems_of([(0, 4, 60)], [(0, 4, 60)]) == {(1, 0): "up", (2, 0): "down"}


def test_one_in_the_middle_turns_to_where_there_is_room():
    assert stems_of([(0, 4, 79)], [(0, 4, 66)], [(0, 4, 60)])[2, 0] == "up"
    assert stems_of([(0, 4, 79)], [(0, 4, 74)], [(0, 4, 60)])[2, 0] == "down"


def test_notes_alone_have_no_stem_of_ours_but_those_under_a_beam_do():
    assert stems_of([(0, 1, 72), (1, 1, 71), (2, 2, 69)], [(1, 1, 60)]) == {(1, 0): "up", (1, 1): "up", (2, 1): "down"}
