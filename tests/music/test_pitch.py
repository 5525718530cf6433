import pytest
from hypothesis import given
from hypothesis import strategies as st

from componium.errors import ControlError
from componium.music.pitch import (
    fifths_to_name,
    key_of,
    name_to_fifths,
    name_to_pitch,
    parse_key,
    parse_meter,
    pitch_to_name,
    spell,
    str_key,
)
from componium.music.score import MODES, Key, Meter
from strategies import all_keys


@given(st.integers(0, 127), st.integers(-7, 7))
def test_a_pitch_leads_to_its_name_and_back(pitch, fifths):
    assert name_to_pitch(pitch_to_name(pitch, fifths)) == pitch


@given(st.integers(-14, 14))
def test_the_line_of_fifths_leads_to_names_and_back(fifths):
    assert name_to_fifths(fifths_to_name(fifths)) == fifths


@given(all_keys)
def test_a_key_reads_back_as_written(key):
    assert parse_key(str_key(key)) == key


@given(st.integers(0, 11), st.sampled_from(sorted(MODES)))
def test_key_of_stands_on_the_tonic_with_six_accidentals_at_most(tonic, mode):
    key = key_of(tonic, mode)
    assert key.tonic == tonic
    assert -5 <= key.fifths <= 6


def test_the_circle_of_fifths():
    majors = [str_key(Key(0, fifths)).split()[0] for fifths in range(-7, 8)]
    assert majors == ["Cb", "Gb", "Db", "Ab", "Eb", "Bb", "F", "C", "G", "D", "A", "E", "B", "F#", "C#"]
    minors = [str_key(Key(0, fifths, "minor")).split()[0] for fifths in range(-7, 8)]
    assert minors == ["Ab", "Eb", "Bb", "F", "C", "G", "D", "A", "E", "B", "F#", "C#", "G#", "D#", "A#"]


@pytest.mark.parametrize(
    ("fifths", "scale"),
    [(0, "C Db/C# D Eb E F F# G G# A Bb B"), (4, "B# C# D D# E E# F# G G# A A# B"),
     (-4, "C Db D Eb Fb F Gb G Ab A Bb Cb")],
)
def test_scale_notes_are_spelled_after_the_signature(fifths, scale):
    for pitch_class, names in enumerate(scale.split()):
        key = Key(0, fifths)
        if (pitch_class - key.tonic) % 12 in (0, 2, 4, 5, 7, 9, 11):
            assert spell(pitch_class, fifths) in names.split("/")


@pytest.mark.parametrize(
    ("name", "pitch"),
    [("C4", 60), ("A4", 69), ("C-1", 0), ("G9", 127), ("B#3", 60), ("Cb4", 59), ("F##2", 43), ("Ebb5", 74),
     ("f♯3", 54)],
)
def test_pitches_by_name(name, pitch):
    assert name_to_pitch(name) == pitch


@pytest.mark.parametrize(
    ("text", "key"),
    [("D minor", (-1, "minor")), ("Bb", (-2, "major")), ("F# dorian", (4, "dorian")), ("c", (-3, "minor")),
     ("Am", (0, "minor")), ("CM", (0, "major")), ("A mix", (2, "mixolydian")), ("E♭-major", (-3, "major")),
     ("g#", (5, "minor")), ("bb", (-5, "minor")), ("G# major", (-4, "major")), (" E Phrygian ", (0, "phrygian"))],
)
def test_keys_as_people_write_them(text, key):
    assert parse_key(text) == Key(0, *key)


@pytest.mark.parametrize("text", ["", "H", "C4", "Q minor", "C mi nor", "D blue", "##", "C " + "m" * 10_000])
def test_what_is_no_key_is_refused(text):
    with pytest.raises(ControlError):
        parse_key(text)


@pytest.mark.parametrize(("text", "meter"), [("3/4", (3, 4)), ("C", (4, 4)), ("C|", (2, 2)), (" 12 / 8 ", (12, 8))])
def test_meters_as_people_write_them(text, meter):
    assert parse_meter(text) == Meter(0, *meter)
    assert str(parse_meter(text)) == f"{meter[0]}/{meter[1]}"


@pytest.mark.parametrize("text", ["", "3", "0/4", "4/3", "256/4", "3/0", "-3/4", "a/b"])
def test_what_is_no_meter_is_refused(text):
    with pytest.raises(ControlError):
        parse_meter(text)


@pytest.mark.parametrize("text", ["", "H4", "C", "C##b4", "C10", "Ab9", "Cb-1"])
def test_what_is_no_pitch_is_refused(text):
    with pytest.raises(ControlError):
        name_to_pitch(text)


@given(st.text(max_size=12))
def test_any_text_at_all_gives_a_value_or_a_control_error(text):
    for parse in (parse_key, parse_meter, name_to_pitch, name_to_fifths):
        try:
            parse(text)
        except ControlError as error:
            assert error.expected
