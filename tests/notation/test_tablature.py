"""Tablature: textbook chords and scales, the laws of a hand, and the cheapest way by trying all."""

from itertools import product
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from componium.formats import musicxml, read, tab
from componium.music.score import Meter, Score, Track, notes
from componium.notation.sheet import notate
from componium.notation.tablature import (
    BASS,
    FRET,
    GUITAR,
    HEIGHT,
    SHIFT,
    SHIFT_FRET,
    SPAN,
    Place,
    Sound,
    Tuning,
    arrange,
    sounds_of,
    tuning_of,
)

CHORDS = {  # as every method for beginners has them: from the lowest string, x where it is silent
    "E": "0 2 2 1 0 0", "A": "x 0 2 2 2 0", "C": "x 3 2 0 1 0", "G": "3 2 0 0 0 3", "D": "x x 0 2 3 2",
    "F": "1 3 3 2 1 1", "Bm": "x 2 4 4 3 2", "Am7": "x 0 2 0 1 0",
}  # fmt: skip


def pitches_of(diagram: str) -> list[int]:
    frets = zip(reversed(GUITAR.strings), diagram.split(), strict=True)
    return [pitch + int(fret) for pitch, fret in frets if fret != "x"]


@pytest.mark.parametrize("name", CHORDS)
def test_chords_are_stopped_as_in_the_textbook(name: str) -> None:
    pitches = pitches_of(CHORDS[name])
    places = arrange([Sound(0, 4, pitch) for pitch in pitches], GUITAR).places
    frets = [next((str(place.fret) for place in places if place and place.string == string), "x")
             for string in range(6, 0, -1)]  # fmt: skip
    assert " ".join(frets) == CHORDS[name]


def test_a_scale_is_played_in_first_position() -> None:
    line = [Sound(at, at + 1, pitch) for at, pitch in enumerate((48, 50, 52, 53, 55, 57, 59, 60))]
    assert [str(place) for place in arrange(line, GUITAR).places] == [
        "5/3", "4/0", "4/2", "4/3", "3/0", "3/2", "2/0", "2/1"]


def test_a_held_bass_keeps_its_string_and_its_fret_under_the_hand() -> None:
    line = [Sound(0, 8, 43), *(Sound(at, at + 1, pitch) for at, pitch in enumerate((67, 66, 64, 62)))]
    assert [str(place) for place in arrange(line, GUITAR).places] == ["6/3", "1/3", "1/2", "1/0", "2/3"]


def test_what_no_hand_can_play_gets_no_place() -> None:
    assert arrange([Sound(0, 1, 39), Sound(0, 1, 90)], GUITAR).places == [None, None]
    seven = arrange([Sound(0, 1, pitch) for pitch in (40, 45, 50, 55, 59, 62, 67)], GUITAR).places
    assert sum(place is None for place in seven) == 1 and seven[0] and seven[-1]
    wide = arrange([Sound(0, 1, 41), Sound(0, 1, 76)], GUITAR).places  # first and twelfth fret
    assert wide == [None, Place(1, 12)]


def test_a_note_ends_early_where_its_string_is_needed_and_is_counted() -> None:
    fingering = arrange([Sound(0, 4, 41), Sound(1, 2, 40)], GUITAR)
    assert fingering.n_cut == 1 and [str(place) for place in fingering.places] == ["6/1", "6/0"]


rows = st.lists(st.tuples(st.integers(0, 12), st.integers(1, 4), st.integers(36, 86)), max_size=24)


@given(rows, st.sampled_from([GUITAR, BASS]))
def test_every_place_sounds_its_pitch_and_each_chord_fits_the_hand(rows, tuning: Tuning) -> None:
    sounds = sorted(Sound(onset, onset + length, pitch) for onset, length, pitch in rows)
    places = arrange(sounds, tuning).places
    for sound, place in zip(sounds, places, strict=True):
        assert place is None or tuning.strings[place.string - 1] + place.fret == sound.pitch
        assert place is None or 0 <= place.fret <= tuning.frets
    for onset in {sound.onset for sound in sounds}:
        chord = [place for sound, place in zip(sounds, places, strict=True) if place and sound.onset == onset]
        stopped = [place.fret for place in chord if place.fret]
        assert len({place.string for place in chord}) == len(chord) <= 6
        assert not stopped or max(stopped) - min(stopped) < SPAN


def cost(places: tuple[Place, ...]) -> float:
    """Return the cost of a line of short notes, by trying every position at every note."""
    least = float("inf")
    choices = [range(max(place.fret - 3, 1), place.fret + 1) if place.fret else range(1, 13) for place in places]
    for positions in product(*choices):
        total, before = 0.0, 1
        for place, position in zip(places, positions, strict=True):
            total += SHIFT + SHIFT_FRET * abs(position - before) if position != before else 0
            total += HEIGHT * (position - 1) + FRET * place.fret
            before = position
        least = min(least, total)
    return least


@given(st.lists(st.integers(52, 67), min_size=1, max_size=3))
def test_the_way_through_a_line_is_the_cheapest_of_all(pitches: list[int]) -> None:
    found = arrange([Sound(at, at + 1, pitch) for at, pitch in enumerate(pitches)], GUITAR).places
    ways = [[Place(string, pitch - open_pitch) for string, open_pitch in enumerate(GUITAR.strings, start=1)
             if 0 <= pitch - open_pitch <= 9] for pitch in pitches]  # fmt: skip
    assert None not in found
    assert cost(tuple(filter(None, found))) == pytest.approx(min(cost(way) for way in product(*ways)))


def guitar(rows: list[tuple[int, ...]], program: int = 24) -> Track:
    return Track(notes(rows), program, name="Guitar")


def test_the_lowest_string_is_dropped_where_the_part_needs_it() -> None:
    low, usual = tuning_of(guitar([(0, 480, 38)])), tuning_of(guitar([(0, 480, 40)]))
    assert low and usual and low.strings[-1] == 38 and usual == GUITAR
    assert tuning_of(guitar([(0, 480, 30)])) == GUITAR and tuning_of(guitar([(0, 480, 30)], 33)) == BASS
    assert tuning_of(guitar([(0, 480, 60)], 40)) is None


def test_tied_notes_are_one_sound() -> None:
    notation = notate(Score((guitar([(0, 2400, 60), (2400, 480, 62)]),), meters=(Meter(0, 2, 4),)))
    sounds = sounds_of(notation.parts[0], notation.measures)
    assert [(sound.pitch, (sound.end - sound.onset) // (sounds[1].end - sounds[1].onset)) for sound in sounds] == [
        (60, 5), (62, 1)]


def test_the_text_has_each_fret_at_its_beat_and_says_what_cannot_be_played() -> None:
    part = guitar([(0, 480, 48), (480, 480, 52), (960, 240, 55), (1440, 480, 91)])
    score = Score((part, Track(notes([(0, 480, 60)]))), title="Air")
    assert tab.dumps(score).decode() == """Air

Guitar (strings from below: E2 A2 D3 G3 B3 E4)

   1
   1   2   3   4
               ?
E4|----------------|
B3|----------------|
G3|--------0-------|
D3|----2-----------|
A2|3---------------|
E2|----------------|

Not playable on this instrument (?): 1 note at 1 place.
  bar 1, quarter 4: G6
"""


def test_a_score_without_guitars_and_a_pickup_are_written() -> None:
    assert tab.NO_PART in tab.dumps(Score((Track(notes([(0, 480, 60)])),))).decode()
    score = Score((guitar([(0, 480, 60), (480, 1920, 64)]),), meters=(Meter(0, 1, 4), Meter(480, 4, 4)))
    assert "   0    1\n   4    1   2   3   4\n" in tab.dumps(score).decode()


def test_musicxml_has_string_and_fret(tmp_path: Path) -> None:
    score = Score((guitar([(0, 480, 48), (480, 1920, 64), (480, 1920, 60)]), Track(notes([(0, 480, 60)]), 40)),
                  meters=(Meter(0, 4, 4),))
    (tmp_path / "a.musicxml").write_bytes(musicxml.dumps(score))
    text = (tmp_path / "a.musicxml").read_text()
    assert text.count("<technical>") == 5  # a note, and a chord of two that is tied over the bar line
    assert "<technical><string>5</string><fret>3</fret></technical>" in text
    assert "scordatura" not in text and read(tmp_path / "a.musicxml") == musicxml.canonicalize(score)


def test_musicxml_states_a_lowered_string() -> None:
    score = Score((guitar([(0, 480, 38), (480, 480, 40)]),))
    text = musicxml.dumps(score).decode()
    accord = '<accord string="6"><tuning-step>D</tuning-step><tuning-octave>2</tuning-octave></accord>'
    assert text.count(accord) == 1 and text.count("<string>6</string>") == 2 and "<fret>2</fret>" in text
    assert musicxml.loads(text.encode()) == musicxml.canonicalize(score)
