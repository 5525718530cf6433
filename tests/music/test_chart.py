"""Charts: how people write them, numerals by the textbook, what is no chord."""

import pytest

from componium.errors import ControlError
from componium.music.chart import chord_in, parse_chart
from componium.music.chords import PlainChord
from componium.music.pitch import parse_key


@pytest.mark.parametrize(("text", "bars"), [
    ("C | Am F | G7 | C", (("C",), ("Am", "F"), ("G7",), ("C",))),
    ("| C | Am F |", (("C",), ("Am", "F"))),
    ("C\nAm F\n\nG7", (("C",), ("Am", "F"), ("G7",))),
    ("C || F", (("C",), ("F",))),
    ("[C]Amazing [F]grace\n[G7]how sweet", (("C", "F"), ("G7",))),
    ("I | vi IV | V7", (("I",), ("vi", "IV"), ("V7",))),
    ("C F | % | N.C.", (("C", "F"), ("C", "F"), ("N.C.",))),
])  # fmt: skip
def test_bars_are_read_as_people_write_them(text: str, bars: tuple) -> None:
    chart = parse_chart(text)
    assert chart.bars == bars
    assert parse_chart(str(chart)) == chart


@pytest.mark.parametrize(("text", "where"), [
    ("C | H | D", "bar 2"), ("C\nF\nnonsense", "bar 3"), ("C | V9/q", "bar 2"), ("%", "bar 1"), ("", "such as"),
    ("| |", "such as"), ("C | I5", "bar 2"),
])  # fmt: skip
def test_what_is_no_chord_is_refused_with_its_bar(text: str, where: str) -> None:
    with pytest.raises(ControlError, match=where):
        parse_chart(text)


# Numerals as in Piston and DeVoto, Harmony, and Kostka and Payne, Tonal Harmony; bII and bVII as in popular music.
@pytest.mark.parametrize(("key", "numerals", "names"), [
    ("C major", "I ii iii IV V vi vii°", "C Dm Em F G Am Bdim"),
    ("A minor", "i ii° III iv v V VI VII vii°", "Am Bdim C Dm Em E F G G#dim"),
    ("D major", "V7 ii7 Imaj7 iiø7 vii°7 III+", "A7 Em7 Dmaj7 Em7b5 C#dim7 F#aug"),
    ("C major", "V/V V7/ii vii°7/V IV/IV V65/vi", "D A7 F#dim7 Bb E7"),
    ("C major", "bII bVII bVI #iv°", "C# Bb G# F#dim"),
    ("A minor", "bII V6 i64", "Bb E Am"),
])  # fmt: skip
def test_numerals_are_chords_of_the_key(key: str, numerals: str, names: str) -> None:
    parsed = parse_key(key)
    found = [chord_in(text, parsed) for text in numerals.split()]
    assert [chord.name(0) if chord else "" for chord in found] == names.split()


def test_symbols_do_not_depend_on_the_key() -> None:
    assert chord_in("F#m7/E", parse_key("Eb major")) == PlainChord(6, "m7")
    assert chord_in("N.C.", parse_key("C")) is None


def test_what_a_chord_loses_is_said() -> None:
    chart = parse_chart("C Cmaj Cmin7 CM7 C°7 | C6 C9 C7b9 C/E | IV V65 iii6 V13 ii7")
    assert chart.simplified() == {"C6": "C", "C9": "C7", "C7b9": "C7", "C/E": "C", "V65": "V7", "iii6": "iii",
                                  "V13": "V7"}  # fmt: skip
    assert parse_chart(" ".join(chart.simplified().values())).simplified() == {}
