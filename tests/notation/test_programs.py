"""Programs by name: an instrument's noun, whatever qualifies it; else a voice."""

import pytest

from componium.music.instruments import INSTRUMENTS
from componium.notation.programs import find_program

NAMES = {
    "Alto Saxophone": 65, "Tenor Saxophone": 66, "Bass Clarinet in Bb": 71, "Clarinetto basso": 71, "Alto Flute": 73,
    "Horn in A": 60, "Piano a 4 mani": 0, "Bass Trombone": 57, "Baritone Horn": 60, "Piccolo Trumpet": 56,
    "Contrabassoon": 70, "Tenor Recorder": 74, "Electric Piano": 4, "Electric Guitar": 27, "Corno inglese": 69,
    "Contrabass Clarinet": 71, "Contrabass": 43, "Bass": 32, "Piccolo": 72, "Violini II": 40, "Basso continuo": 6,
    "[Fortepian.]": 0, "Alto": 52, "CANTVS.": 52, "QVINTO": 52, "Baſso Ripieno": 52, "GŁOS.": 52, "Śpiew": 52,
    "Chant": 52, "S (T 1)": 52, "A": 52, "Mezzo-soprano": 52, "Sopran und Alt": 52, "Something else": None,
    "": None, "Sonata in A": None,
}  # fmt: skip


@pytest.mark.parametrize(("name", "program"), NAMES.items())
def test_the_noun_names_the_instrument(name: str, program: int | None) -> None:
    assert find_program(name) == program


def test_all_names_of_general_midi_are_known() -> None:
    assert [find_program(instrument.name) for instrument in INSTRUMENTS] == list(range(128))


def test_a_bass_sings_beside_singers_only() -> None:
    assert find_program("Bass", ["Soprano", "Alto", "Tenor", "Bass"]) == 52
    assert find_program("Bass", ["Alto Sax", "Tenor Sax", "Bass"]) == 32
