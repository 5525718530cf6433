"""Headings: a take is named like a piece of music, and takes are told apart by their provenance."""

import pytest

from componium.composing.compose import compose
from componium.composing.extend import extend
from componium.composing.headings import tempo_word, title_of
from componium.music.pitch import parse_key
from componium.music.score import Meter, Score, Track, notes


@pytest.mark.parametrize(
    ("style", "key", "title"),
    [
        ("reel", "G major", "Reel in G"), ("chorales", "D minor", "Chorale in D minor"),
        ("waltz", "Bb major", "Waltz in B-flat"), ("slip jig", "E dorian", "Slip Jig in E dorian"),
        ("piano", "F# minor", "Prelude in F-sharp minor"), ("", "C major", "Piece in C"),
    ],
)  # fmt: skip
def test_titles(style, key, title):
    assert title_of(Score(keys=(parse_key(key),)), style) == title


def test_without_a_key_the_style_alone_is_the_title():
    assert title_of(Score(), "drums") == "Drum Study"


@pytest.mark.parametrize(
    ("meter", "qpm", "word"),
    [((4, 4), 59, "Largo"), ((4, 4), 76, "Andante"), ((4, 4), 120, "Allegro"), ((2, 2), 120, "Larghetto"),
     ((6, 8), 180, "Allegro"), ((4, 4), 240, "Prestissimo")],
)  # fmt: skip
def test_tempo_words_count_beats(meter, qpm, word):
    assert tempo_word(Score(meters=(Meter(0, *meter),)), "quartets", qpm) == word


def test_beats_are_those_of_the_main_meter_not_of_a_short_first_bar():
    tune = Score((Track(notes([(240 * at, 240, 60) for at in range(13)])),), meters=(Meter(0, 1, 8), Meter(240, 6, 8)))
    assert tempo_word(tune, "quartets", 180) == "Allegro"


def test_a_march_in_sixteenths_is_a_march():
    march = Score((Track(notes([(120 * at, 120, 60) for at in range(16)])),), meters=(Meter(0, 2, 4),))
    assert tempo_word(march, "march", 87) == "Tempo di marcia"


def test_a_dance_has_its_own_word_near_its_own_tempo_only():
    assert [tempo_word(Score(), "reel", qpm) for qpm in (60, 190)] == ["Larghetto", "Lively"]


def test_a_take_has_a_heading_and_its_provenance_has_the_seed():
    first, second = compose("jig", key="G major", bars=4, seed=1, n=2)
    assert first.score.title == second.score.title == "Jig in G"
    assert first.score.about("tempo")
    assert "seed: 1; take: 1" in first.provenance and "seed: 1; take: 2" in second.provenance


def test_a_prompt_keeps_its_title():
    begun = compose("jig", bars=4, seed=1)
    assert extend(begun, 2, seed=2).score.title == begun.score.title
