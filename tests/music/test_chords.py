"""Chord symbols and Roman numerals: what is parsed is written again as it stood."""

import pytest

from componium.errors import ControlError
from componium.music.chords import (
    KINDS,
    NO_CHORD,
    Numeral,
    PlainChord,
    is_usual_symbol,
    parse_numeral,
    parse_symbol,
    reduce_symbol,
    transpose_name,
)


@pytest.mark.parametrize("suffix", KINDS.values())
@pytest.mark.parametrize("rest", ["", "(add9)", "(b5)(no3)", "/F#", "(#11)/Bb"])
def test_symbols_of_every_kind_are_written_as_they_were(suffix, rest):
    symbol = parse_symbol(f"Eb{suffix}{rest}")
    assert str(symbol) == f"Eb{suffix}{rest}"
    assert (symbol.root, symbol.kind) == ("Eb", suffix)
    assert len(symbol.alterations) == rest.count("(")


def test_an_unknown_kind_keeps_its_brackets():
    symbol = parse_symbol("Cwild(b9)/E")
    assert (symbol.kind, symbol.alterations, symbol.bass) == ("wild(b9)", (), "E")


@pytest.mark.parametrize("text", ["", "H", NO_CHORD, "c"])
def test_without_a_root_there_is_no_symbol(text):
    assert parse_symbol(text) is None


@pytest.mark.parametrize(("text", "expected"), [
    ("Am", True), ("(G7)", True), ("F♯dim/A", True), ("Bø7", True), ("Coda", False), ("Am or C", False), ("", False),
])  # fmt: skip
def test_annotations_are_no_usual_symbols(text, expected):
    assert is_usual_symbol(text) is expected


def test_twelve_semitones_and_back_give_the_same_name():
    for name in ("C", "F#", "Bb", "Cbb", "G##"):
        assert transpose_name(name, 12) == name
        assert transpose_name(transpose_name(name, 5), -5) == name


@pytest.mark.parametrize("text", ["I", "ii", "vii°", "III+", "V7", "ii65", "IV64", "V/ii", "vii°6/V"])
def test_numerals_are_written_as_they_were(text):
    assert str(parse_numeral(text)) == text


def test_a_small_o_stands_for_the_ring():
    assert parse_numeral("viio6") == Numeral(6, is_major=False, fifth="°", figure="6")


@pytest.mark.parametrize("text", ["", "VIII", "iV", "V/", "/V", "H", "6", "V/x"])
def test_what_is_no_numeral_is_refused(text):
    with pytest.raises(ControlError, match="no Roman numeral is written"):
        parse_numeral(text)


@pytest.mark.parametrize(("text", "root", "quality"), [
    ("C", 0, ""), ("Bbmaj7", 10, "maj7"), ("F#m7b5", 6, "m7b5"), ("Gø", 7, "m7b5"), ("D9", 2, "7"), ("Am6", 9, "m"),
    ("Ebdim7", 3, "dim7"), ("Co", 0, "dim"), ("E+", 4, "aug"), ("A7sus4", 9, "7"), ("Dsus2", 2, "sus4"),
    ("Cm(maj7)", 0, "m"), ("G7(b9)/B", 7, "7"), ("F6/9", 5, ""), ("C(add9)", 0, ""), ("Dm6(add9)", 2, "m"),
])  # fmt: skip
def test_a_symbol_is_reduced_to_the_nearest_quality(text, root, quality):
    assert reduce_symbol(text) == PlainChord(root, quality)


def test_the_pitch_classes_of_a_reduced_chord_begin_with_its_root():
    assert PlainChord(7, "7").pitch_classes == (7, 11, 2, 5)


def test_no_chord_is_not_reduced():
    assert reduce_symbol("N.C.") is None
