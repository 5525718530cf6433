"""Laws of performances: nothing is lost, order is kept, and no expression is the score itself."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

import componium
from componium import registry
from componium.errors import ControlError, UnknownNameError
from componium.formats import midi
from componium.music.score import DEFAULT_VELOCITY, Meter, Score, Tempo, Track, notes
from componium.music.transform import change_ticks_per_quarter, quantize
from componium.performance.perform import perform
from componium.performance.styles import FAMILIES, FAMILY_OF, GENERAL, weights_of
from strategies import scores

STYLES = ["", "unheard of", "jig", "hornpipe", "chorales", "piano", "quartets", "organ", "drums", "rock"]
SIXTEENTHS = (0, 0.25, 0.5, 0.75)
some_scores = scores(last_onset=40_000, max_notes=12, n_tracks=(0, 3))
styles = st.sampled_from(STYLES)
seeds = st.none() | st.integers(0, 99)


@settings(max_examples=25)
@given(some_scores, styles)
def test_without_expression_the_score_itself_sounds(score, style):
    performance = perform(score, style, expression=0, seed=1)
    assert performance.sounding is performance.score is score
    assert midi.dumps(performance) == midi.dumps(score)


@settings(max_examples=25)
@given(some_scores, styles, seeds)
def test_the_score_is_unchanged_and_the_same_arguments_give_the_same_performance(score, style, seed):
    before = replace(score)
    performance = perform(score, style, seed=seed)
    assert performance.score is score and score == before
    assert performance == perform(score, style, seed=seed)


@settings(max_examples=25)
@given(some_scores, styles, st.floats(0.05, 1), seeds)
def test_every_played_note_is_a_written_one_and_the_reverse(score, style, expression, seed):
    performance = perform(score, style, expression=expression, seed=seed)
    for written, played, track in zip(score.tracks, performance.played, performance.sounding.tracks, strict=True):
        assert np.array_equal(written.notes["pitch"], played["pitch"])
        assert np.array_equal(written.notes["voice"], played["voice"])
        assert sorted(played.tolist()) == sorted(track.notes.tolist())
        assert (played["onset"] >= 0).all() and (played["duration"] >= 1).all()
        assert ((played["velocity"] >= 1) & (played["velocity"] <= 127)).all()
    assert performance.sounding.title == score.title and performance.sounding.info == score.info
    assert len(performance.sounding.meters) == len(score.meters)


@settings(max_examples=25)
@given(some_scores, styles, seeds)
def test_onsets_of_a_track_keep_their_order(score, style, seed):
    performance = perform(score, style, seed=seed)
    for written, played in zip(score.tracks, performance.played, strict=True):
        later = np.diff(written.notes["onset"]) > 0
        assert (np.diff(played["onset"])[later] > 0).all()


@settings(max_examples=25)
@given(some_scores.filter(lambda score: score.n_notes), styles, seeds)
def test_the_notes_that_end_last_do_so_when_played(score, style, seed):
    performance = perform(score, style, seed=seed)
    for written, played in zip(score.tracks, performance.played, strict=True):
        last = written.notes["onset"] + written.notes["duration"] == score.end
        ends = (played["onset"] + played["duration"]) / performance.sounding.ticks_per_quarter
        assert np.allclose(ends[last], score.end / score.ticks_per_quarter)
        assert (ends <= score.end / score.ticks_per_quarter).all()


@settings(max_examples=25)
@given(some_scores, styles, seeds)
def test_midi_of_a_performance_reads_as_the_score(score, style, seed):
    assert midi.loads(midi.dumps(perform(score, style, seed=seed)), strict=True) == midi.canonicalize(score)


@settings(max_examples=25, phases=[Phase.generate])
@given(scores(grid=120, ticks_per_quarter=480, drums=False, max_notes=40), st.sampled_from(STYLES[:8]), seeds)
def test_quantizing_what_is_played_gives_the_written_notes(score, style, seed):
    performance = perform(score, style, seed=seed)
    back = quantize(performance.sounding, SIXTEENTHS)
    for written, played in zip(score.tracks, back.tracks, strict=True):
        for name in ("onset", "pitch"):
            assert np.array_equal(written.notes[name], played.notes[name])
        one, two = (np.sort(notes["onset"] + notes["duration"]) for notes in (written.notes, played.notes))
        assert np.array_equal(one, two)


@settings(max_examples=25)
@given(some_scores, styles, st.floats(0.1, 0.5))
def test_loudness_and_tempo_are_proportional_to_the_expression(score, style, expression):
    whole, part = perform(score, style), perform(score, style, expression=expression)
    for written, one, two in zip(score.tracks, whole.played, part.played, strict=True):
        base = np.where(written.notes["velocity"] > 0, written.notes["velocity"], DEFAULT_VELOCITY)
        inside = (one["velocity"] > 1) & (one["velocity"] < 127) & (base > 8)
        expected = base * (one["velocity"] / base) ** expression
        assert (np.abs(expected - two["velocity"])[inside] <= 1.5).all()


def tune(bars=16, **fields):
    """Eighths up and down in 4/4, each bar ending with a quarter."""
    rows = [(1920 * bar + 240 * at, 240 if at < 6 else 480, 67 + (at + bar) % 7) for bar in range(bars)
            for at in range(7)]  # fmt: skip
    given = {"tempos": (Tempo(0, 120.0),), "meters": (Meter(0, 4, 4),)}
    return Score((Track(notes(rows), program=40),), **{**given, **fields})


def test_a_piece_lasts_about_as_long_as_written_and_ends_slower():
    performance = perform(tune(), "piano")
    onset, duration = performance.seconds(0)
    assert 1.0 < (onset[-1] + duration[-1]) / 32.0 < 1.15
    assert performance.sounding.tempos[-1].qpm < 0.75 * 120


def test_a_change_of_tempo_is_kept():
    performance = perform(tune(tempos=(Tempo(0, 120.0), Tempo(1920 * 8, 60.0))), "jig")
    middle = next(tempo for tempo in performance.sounding.tempos if tempo.tick >= 1920 * 8)
    assert middle.tick == 1920 * 8 and 50 < middle.qpm < 70


def test_a_style_is_what_the_score_states():
    stated = tune(info={"style": "hornpipe"})
    assert perform(stated).sounding == perform(stated, "hornpipe").sounding != perform(stated, "").sounding


def test_finer_ticks_where_they_are_coarse():
    coarse = change_ticks_per_quarter(tune(), 8)
    assert perform(coarse).sounding.ticks_per_quarter == 480
    assert perform(Score()).sounding == Score()


def test_a_rule_is_switched_off_by_name():
    silent = dict.fromkeys(registry.names("rules"), 0.0)
    assert {tempo.qpm for tempo in perform(tune(), weights=silent).sounding.tempos} == {120.0}
    assert perform(tune(), weights={"melody": 0}) != perform(tune(), weights={"climax": 0})
    with pytest.raises(UnknownNameError, match="did you mean swing"):
        perform(tune(), weights={"swin": 1})
    with pytest.raises(ControlError, match="expected a finite number"):
        perform(tune(), weights={"swing": float("nan")})


@pytest.mark.parametrize("expression", [-0.1, 1.1, float("nan")])
def test_an_expression_outside_is_refused(expression):
    with pytest.raises(ControlError, match="expected 0 to 1"):
        perform(tune(), expression=expression)


def test_each_rule_has_a_weight_in_general_and_families_name_known_rules():
    assert set(GENERAL) == set(registry.names("rules"))
    assert all(set(weights) <= set(GENERAL) for weights in FAMILIES.values())
    assert set(FAMILY_OF.values()) == set(FAMILIES) - {"general"}
    assert weights_of("jig")["metrical_accent"] > weights_of("chorales")["metrical_accent"]


def test_the_page_states_each_rule_and_all_weights():
    page = (Path(__file__).parents[2] / "docs/performance.md").read_text(encoding="utf-8")
    for name in registry.names("rules"):
        row = [f"{({**GENERAL, **family})[name]:g}" for family in FAMILIES.values()]
        assert f"| `{name}` | {' | '.join(row)} |" in page
        assert page.count(f"| `{name}` | ") == 2


def test_pages_show_the_score_and_sound_the_performance(tmp_path):
    performance = componium.perform(tune(), "jig")
    componium.write(performance, tmp_path / "played.abc")
    componium.write(performance.score, tmp_path / "written.abc")
    assert (tmp_path / "played.abc").read_bytes() == (tmp_path / "written.abc").read_bytes()
    componium.write(performance, tmp_path / "played.mid")
    assert (tmp_path / "played.mid").read_bytes() != midi.dumps(performance.score)
    assert componium.read(tmp_path / "played.mid") == midi.canonicalize(performance.score)
