"""Rules: a checker with its own code finds no fault; both searches agree; what can't be written says why."""

import sys
from itertools import product
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("ortools")

from componium.decoding.controls import Controls
from componium.decoding.request import Request
from componium.errors import ControlError
from componium.methods.rules import Rules
from componium.methods.rules.model import Problem, Slot, add_counterpoint
from componium.methods.rules.search import backtrack, conflicting_rules, cp_sat
from componium.methods.rules.table import SPECIES, rows
from componium.music.pitch import parse_key
from componium.music.score import Meter, Score, Track, notes
from methods.rules_enumerated import enumerated

sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks" / "rules"))

import bench
import checker

# Fux's first exercise (Gradus, book 2, lesson 1): the cantus firmus in D, and his counterpoint above it.
FUX_CANTUS = (62, 65, 64, 62, 67, 65, 69, 67, 65, 64, 62)
FUX_ABOVE = (69, 69, 67, 69, 71, 72, 72, 71, 74, 73, 74)


def two(upper: tuple[int, ...], lower: tuple[int, ...]) -> Score:
    parts = (notes([(at * 4, 4, pitch) for at, pitch in enumerate(line)]) for line in (upper, lower))
    return Score(tuple(map(Track, parts)), 1, meters=(Meter(0, 4, 4),), keys=(parse_key("D dorian"),))


def test_the_checker_passes_fux() -> None:
    assert checker.two_parts(two(FUX_ABOVE, FUX_CANTUS), 1) == []


@pytest.mark.parametrize(("at", "pitch", "fault"), [
    (1, 64, "a step of -5|perfect|repeated|dissonance of -1"), (3, 68, "a dissonance"), (9, 72, "no cadence|chromatic"),
    (5, 77, "a step of 6"), (0, 65, "begins"),
])  # fmt: skip
def test_the_checker_finds_what_is_broken(at: int, pitch: int, fault: str) -> None:
    changed = (*FUX_ABOVE[:at], pitch, *FUX_ABOVE[at + 1 :])
    found = " ".join(checker.two_parts(two(changed, FUX_CANTUS), 1))
    assert any(part in found for part in fault.split("|"))


@pytest.mark.parametrize(("upper", "lower", "species", "fault"), [
    ((69, 71, 69, 71, 74, 73, 74), (62, 64, 65, 67, 65, 64, 62), 1, "a trill"),
    ((69, 57, 60, 62, 62, 61, 62), (62, 53, 57, 55, 53, 52, 50), 1, "a step of -12"),
    ((62, 65, 67, 69, 62), (62, 60, 67, 64, 62), 1, "a unison on the downbeat"),
])  # fmt: skip
def test_the_checker_finds_trills_octaves_and_unisons(
    upper: tuple[int, ...], lower: tuple[int, ...], species: int, fault: str
) -> None:
    assert fault in " ".join(checker.two_parts(two(upper, lower), species))


def test_the_checker_hears_octaves_off_the_beat() -> None:
    upper = notes([(2, 4, 72), (6, 4, 74), (10, 4, 76), (14, 2, 73), (16, 4, 74)])  # syncopes, over 60 62 64 64 62
    lower = notes([(at * 4, 4, pitch) for at, pitch in enumerate((60, 62, 64, 64, 62))])
    score = Score((Track(upper), Track(lower)), 1, meters=(Meter(0, 4, 4),), keys=(parse_key("D dorian"),))
    assert "octaves on two weak halves" in " ".join(checker.two_parts(score, 4))


@pytest.mark.parametrize(("chords", "fault"), [
    (((72, 67, 64, 60), (71, 67, 62, 55), (72, 67, 64, 52)), "doesn't end on its root"),
    (((72, 67, 64, 60), (72, 69, 65, 53), (72, 67, 64, 60)), "ends with 1 after 4"),
    (((72, 67, 64, 60), (72, 69, 65, 53)), "ends with 4"),
])  # fmt: skip
def test_the_checker_hears_how_phrases_end(chords: tuple[tuple[int, ...], ...], fault: str) -> None:
    last = len(chords) - 1
    rows = ([(at, 4 if at == last else 1, pitch) for at, pitch in enumerate(line)]
            for line in zip(*chords, strict=True))
    score = Score(tuple(Track(notes(row)) for row in rows), 1, meters=(Meter(0, 4, 4),), keys=(parse_key("C"),))
    assert fault in " ".join(checker.chorale(score, 4))


def test_the_checker_hears_parallels() -> None:
    assert checker.parallels([(67, 60), (69, 62)]) == ["chord 1: parallel 7 in parts 0 and 1"]
    assert checker.parallels([(72, 60), (71, 62)]) == checker.parallels([(67, 60), (67, 60)]) == []


@pytest.mark.parametrize("kind", bench.KINDS)
@pytest.mark.parametrize("take", [3, 12])
def test_no_hard_rule_is_broken(kind: str, take: int) -> None:
    score, _ = bench.compose(kind, take, 4)
    assert bench.faults(kind, score) == []


def test_a_cantus_of_fux_is_kept_and_set() -> None:
    score = Rules(cantus=FUX_CANTUS).generate(n=1, rng=np.random.default_rng(0))[0]
    assert tuple(score.tracks[1].notes["pitch"].tolist()) == FUX_CANTUS
    assert checker.two_parts(score, 1) == []


def small(bars: int = 5) -> Problem:
    """First species above a cantus of five bars, from six notes."""
    problem = Problem()
    cantus = [problem.add([pitch]) for pitch in (0, 5, 4, 2, 0)[-bars:]]
    line = [problem.add([7, 9, 11, 12, 14, 16]) for _ in cantus]
    add_counterpoint(problem, cantus, line, [Slot(at, True) for at in range(len(cantus))], True, True)
    return problem.rule(SPECIES[1])


def test_cp_sat_has_the_solutions_that_trying_everything_has() -> None:
    problem = small()
    hard = [place for place in problem.places if place[0].hard]
    brute = {values for values in product(*problem.domains) if all(problem.holds(place, values) for place in hard)}
    assert enumerated(problem) == brute != set()


def test_both_searches_find_solutions_and_the_same_seed_the_same() -> None:
    problem = small()
    for search in (cp_sat, backtrack):
        one, again = (search(problem, np.random.default_rng(4)) for _ in range(2))
        assert one is not None and one == again
        assert all(problem.holds(place, one) for place in problem.places if place[0].hard)


def test_what_cannot_be_written_says_which_rules_clash() -> None:
    problem = small()
    problem.domains[-1] = [11, 14]  # no octave at the end
    assert cp_sat(problem, np.random.default_rng(0)) is backtrack(problem, np.random.default_rng(0)) is None
    assert conflicting_rules(problem) == ["perfect end"]


def test_the_rules_that_clash_are_few_enough() -> None:
    problem = small()
    problem.domains[-2], problem.domains[-1] = [14], [12]  # the end can't be come to from below
    named = conflicting_rules(problem)
    kept = [place for place in problem.places if place[0].name in named]
    assert named
    for name in named:
        problem.places = [place for place in kept if place[0].name != name]
        assert cp_sat(problem, np.random.default_rng(0)) is not None


def test_a_cantus_that_leaps_at_its_end_is_refused_by_the_rule() -> None:
    with pytest.raises(ControlError, match="cadence of the cantus"):
        Rules(cantus=(62, 65, 64, 67, 62)).generate(n=1, rng=np.random.default_rng(0))


def test_presets_are_hiller_and_isaacsons_experiments() -> None:
    first = Rules(preset="illiac-1").generate(Request(Controls(bars=12)), 1, rng=np.random.default_rng(1))[0]
    starts = [int(track.notes["onset"][0]) for track in first.tracks]
    assert starts[0] == 0 < starts[1] < starts[2] == starts[3]  # one part, then two, then four
    second = Rules(preset="illiac-2").generate(Request(Controls(bars=8)), 1, rng=np.random.default_rng(1))[0]
    assert checker.strings(second) == []


def test_every_row_has_a_name_and_a_source_and_stands_in_the_docs() -> None:
    page = (Path(__file__).parents[2] / "docs" / "methods" / "rules.md").read_text(encoding="utf-8")
    for row in rows():
        kind = "hard" if row.hard else f"soft, {row.price}"
        assert row.name and row.forbids and f"| {row.name} | {row.forbids} | {kind} | {row.source} |\n" in page
