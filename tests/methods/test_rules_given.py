"""Rules with a soprano, a bass or numerals given: kept, set without a fault, and refused with the reason."""

import sys
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("ortools")

from componium.decoding.controls import Controls
from componium.decoding.request import Request
from componium.decoding.style.plan import settle_plan
from componium.errors import ControlError
from componium.methods.rules import Rules
from componium.methods.rules.chords import CHORDS, triads
from componium.methods.rules.given import ChordTask, build_problem, numeral, read_given, read_numerals
from componium.methods.rules.search import backtrack, cp_sat, solutions
from componium.music.pitch import parse_key
from componium.music.score import Meter, Score, Track, notes
from methods.rules_enumerated import enumerated

sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks" / "rules"))

import checker

BAR = 4 * 480
# The first two lines of "Old Hundredth" (Genevan Psalter, 1551) in G, a note a beat from the downbeat.
HUNDREDTH = (67, 67, 66, 64, 62, 67, 69, 71, 71, 71, 71, 69, 67, 72, 71, 69, 67)
BASS = (48, 53, 50, 55, 57, 53, 55, 48)


def tune(pitches: tuple[int, ...], key: str = "G major") -> Score:
    rows = [(480 * at, 480, pitch) for at, pitch in enumerate(pitches)]
    return Score((Track(notes(rows), 52),), meters=(Meter(0, 4, 4),), keys=(parse_key(key),))


def degrees(score: Score) -> list[int | None]:
    _, chords = checker.sonorities(score)
    named = (checker._named(chord, *checker.scale(score.keys[0])) for chord in chords)
    return [name and name[0] for name in named]


@pytest.mark.parametrize("seed", [None, 1])
def test_a_given_soprano_is_kept_and_set_without_a_fault(seed: int | None) -> None:
    melody = tune(HUNDREDTH)
    found = Rules().harmonize(melody, rng=None if seed is None else np.random.default_rng(seed))
    assert found.tracks[0] == melody.tracks[0] and len(found.tracks) == 4
    thrice = [fault for fault in checker.chorale(found, BAR) if "part 0" not in fault]  # the tune repeats a note
    assert thrice == []


def test_a_given_bass_is_kept_and_set_without_a_fault() -> None:
    found = Rules(given="bass").harmonize(tune(BASS, "C major"), rng=np.random.default_rng(1))
    assert tuple(found.tracks[3].notes["pitch"].tolist()) == BASS
    assert checker.chorale(found, BAR) == []


@pytest.mark.parametrize(("numerals", "key"), [
    ("I vi ii6 V I", "D major"), ("i iv V VI ii°6 V i", "E minor"), ("I IV V I", "C major"),
])  # fmt: skip
@pytest.mark.parametrize("parts", [3, 4])
def test_given_numerals_are_the_chords(numerals: str, key: str, parts: int) -> None:
    controls = Controls(key=parse_key(key), instruments=(52,) * parts)
    score, = Rules(numerals=numerals).generate(Request(controls), 1, rng=np.random.default_rng(0))
    rows = read_numerals(numerals, score.keys[0])
    names = {str(numeral(chord)): chord.degree + 1 for chord in triads(score.keys[0].mode)}
    assert degrees(score) == [names[word.rstrip("6")] for word in numerals.split()]
    assert checker.chorale(score, BAR) == []
    _, chords = checker.sonorities(score)
    for (place, role), chord in zip(rows, chords, strict=True):
        assert (chord[-1] - score.keys[0].tonic) % 12 == CHORDS[place].notes[role]


@pytest.mark.parametrize(("numerals", "key", "chords"), [
    ("vi V6/V V I", "C major", [{9, 0, 4}, {2, 6, 9}, {7, 11, 2}, {0, 4, 7}]),
    ("i vii°6/iv iv V i", "A minor", [{0, 3, 7}, {4, 7, 10}, {5, 8, 0}, {7, 11, 2}, {0, 3, 7}]),
])  # fmt: skip
def test_numerals_name_applied_dominants(numerals: str, key: str, chords: list[set[int]]) -> None:
    score, = Rules(numerals=numerals).generate(Request(Controls(key=parse_key(key))), 1, rng=np.random.default_rng(0))
    found = chords_of(score)
    assert all(one <= other for one, other in zip(found, chords, strict=True))
    _, pitches = checker.sonorities(score)
    assert (pitches[1][-1] - score.keys[0].tonic) % 12 == {"C major": 6, "A minor": 7}[key]  # the third


def test_soprano_and_numerals_together() -> None:
    melody = tune((64, 65, 62, 60), "C major")
    found = Rules(numerals="I IV V I").harmonize(melody)
    assert degrees(found) == [1, 4, 5, 1] and found.tracks[0] == melody.tracks[0]
    with pytest.raises(ControlError, match="3 numerals; expected 4"):
        Rules(numerals="I V I").harmonize(melody)
    with pytest.raises(ControlError, match="clash: chord note, at bars 1"):
        Rules(numerals="I V IV I").harmonize(melody)  # F isn't in V


def chords_of(score: Score) -> list[set[int]]:
    _, chords = checker.sonorities(score)
    assert checker.parallels(chords) == []
    assert [fault for fault in checker.voices(chords) if "part 0" not in fault] == []  # the given part isn't judged
    return [{(pitch - score.keys[0].tonic) % 12 for pitch in chord} for chord in chords]


@pytest.mark.parametrize(("pitches", "key", "at", "chord", "then"), [
    ((72, 71, 72, 69, 66, 67, 72, 71, 72), "C major", 4, ({2, 6, 9}, {6, 9, 0}), {7, 11, 2}),  # to the dominant
    ((72, 71, 67, 68, 69, 65, 67, 72), "C major", 3, ({4, 8, 11}, {8, 11, 2}), {9, 0, 4}),  # to the sixth degree
    ((69, 71, 72, 70, 69, 68, 69), "A minor", 3, ({10, 1, 7}, {1, 4, 7}, {1, 5, 8}), None),  # a flattened second
])  # fmt: skip
def test_a_note_outside_the_key_is_set_by_an_applied_dominant_that_goes_where_it_leads(
    pitches: tuple[int, ...], key: str, at: int, chord: tuple[set[int], ...], then: set[int] | None
) -> None:
    found = Rules().harmonize(tune(pitches, key))
    assert tuple(found.tracks[0].notes["pitch"].tolist()) == pitches
    chords = chords_of(found)
    assert any(chords[at] <= each for each in chord)
    assert then is None or chords[at + 1] <= then


def test_chords_are_borrowed_only_where_those_of_the_key_do_not_do() -> None:
    diatonic = {frozenset(triad.notes) for triad in triads("major")}
    assert all(any(chord <= each for each in diatonic) for chord in chords_of(Rules().harmonize(tune(HUNDREDTH))))


def test_minor_may_raise_its_sixth_and_end_on_a_major_chord() -> None:
    chords = chords_of(Rules().harmonize(tune((69, 74, 76, 78, 80, 81, 80, 81), "A minor")))
    assert 9 in chords[3] and 11 in chords[4]
    assert 4 in chords_of(Rules().harmonize(tune((69, 71, 72, 74, 71, 73), "A minor")))[-1]


def test_a_close_from_the_subdominant_is_made_where_no_dominant_holds_the_note() -> None:
    chords = chords_of(Rules().harmonize(tune((60, 62, 64, 62, 67, 65, 64), "C major")))
    assert chords[-2] <= {5, 9, 0} and chords[-1] <= {0, 4, 7}


@pytest.mark.parametrize(("pitches", "key", "told"), [
    ((60, 62, 64, 70, 72), "C major", "clash: progression, at bars 2"),
    ((64, 65, 63, 65, 64), "E phrygian", "no chord of E phrygian holds Eb4.*chord note, at bar 1"),
])  # fmt: skip
def test_a_soprano_that_cannot_be_set_says_which_rules_clash(pitches: tuple[int, ...], key: str, told: str) -> None:
    with pytest.raises(ControlError, match=told):
        Rules().harmonize(tune(pitches, key))


def test_wrong_numerals_are_refused() -> None:
    for wrong in ("I X I", "I V7 I", "I v I", "I", "I V/vii V", "I V/V6 V"):
        with pytest.raises(ControlError, match="expected"):
            Rules(numerals=wrong).generate(n=1, rng=np.random.default_rng(0))
    with pytest.raises(ControlError, match="2 bars"):
        Rules(numerals="I V I V I").generate(Request(Controls(bars=4)), 1, rng=np.random.default_rng(0))


def test_chords_stand_on_beats_and_stop_at_rests() -> None:
    rows = [(0, 240, 60), (240, 240, 62), (480, 960, 64), (1920, 480, 67)]  # eighths, a half note, a rest
    told = read_given(Score((Track(notes(rows)),), keys=(parse_key("C"),)), 0)
    assert told == ChordTask([(0, 480), (480, 1440), (1920, 2400)], [0, 0, 1], [60, 64, 67], 0)


@pytest.mark.parametrize(("pitches", "numerals"), [((64, 62, 60), ""), ((64, 65, 62, 60), "I IV V I")])
def test_both_searches_have_the_same_solutions(pitches: tuple[int, ...], numerals: str) -> None:
    """Every harmonisation in narrow ranges, by the plain search and by CP-SAT."""
    told = read_given(tune(pitches, "C major"), 0)
    piece = settle_plan(Controls(), key=parse_key("C"), meter=Meter(0, 4, 4), programs=(0,) * 4,
                    ranges=((60, 79), (55, 64), (50, 57), (41, 53)))
    problem, _ = build_problem(piece, told, np.random.default_rng(0), read_numerals(numerals, piece.key))
    plain = {tuple(values) for values in solutions(problem, np.random.default_rng(0))}
    assert len(plain) > 3 and plain == enumerated(problem)
    for search in (cp_sat, backtrack):
        assert tuple(search(problem, np.random.default_rng(3)) or ()) in plain
