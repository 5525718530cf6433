import pytest
from hypothesis import given
from hypothesis import strategies as st

from componium.audio.drums import drum_of
from componium.errors import ComponiumError, ControlError, UnknownNameError
from componium.formats.musicxml import dumps, loads
from componium.formats.musicxml.drums import drum
from componium.music.instruments import HI_HAT_OF_EDGE, INSTRUMENTS, find
from componium.music.score import Score, Track, notes


def test_there_are_128_and_their_names_differ():
    assert len(INSTRUMENTS) == 128
    assert len({instrument.name for instrument in INSTRUMENTS}) == 128
    assert all(0 <= one.low < one.high <= 127 for one in INSTRUMENTS)


@pytest.mark.parametrize("program", range(128))
def test_every_name_and_number_finds_its_program(program):
    assert find(INSTRUMENTS[program].name) == program
    assert find(str(program)) == program


@pytest.mark.parametrize(  # General MIDI 1 sound set, numbers counted from 0
    ("name", "program"),
    [("acoustic grand piano", 0), ("harpsichord", 6), ("church organ", 19), ("violin", 40), ("cello", 42),
     ("trumpet", 56), ("flute", 73), ("fiddle", 110), ("gunshot", 127), ("steel drums", 114), ("sitar", 104)],
)
def test_general_midi(name, program):
    assert find(name) == program


@pytest.mark.parametrize(
    ("name", "program"), [("Piano", 0), ("tin_whistle", 78), ("ACOUSTIC  Grand Piano", 0), ("bass", 32)]
)
def test_what_people_call_them(name, program):
    assert find(name) == program


def test_a_misspelt_name_brings_the_near_ones():
    with pytest.raises(UnknownNameError) as caught:
        find("violine")
    assert "violin" in caught.value.near


@pytest.mark.parametrize("name", ["128", "9" * 5000])
def test_a_number_outside_general_midi_is_refused(name):
    with pytest.raises(ControlError):
        find(name)


@given(st.one_of(st.text(max_size=8), st.text("²³٣0123456789", max_size=5)))
def test_any_text_at_all_gives_a_program_or_a_typed_error(name):
    try:
        assert 0 <= find(name) <= 127
    except ComponiumError as error:
        assert error.what


@pytest.mark.parametrize(("edge", "hi_hat"), list(HI_HAT_OF_EDGE.items()))
def test_the_edge_of_a_hi_hat_sounds_and_is_written_as_the_hi_hat(edge: int, hi_hat: int) -> None:
    assert drum_of(edge) == drum_of(hi_hat)
    assert drum(edge) == drum(hi_hat)
    score = Score((Track(notes([(0, 240, edge), (240, 240, hi_hat), (480, 240, 36)]), is_drum=True),))
    read = loads(dumps(score))  # which tells them apart all the same
    assert read.tracks[0].notes["pitch"].tolist() == [edge, hi_hat, 36]
