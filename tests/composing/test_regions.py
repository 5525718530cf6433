"""Verbs that write a region: what is kept stays exactly, limits hold, what can't be met is refused."""

from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import componium
from componium.analysis.meter import counted_bars
from componium.composing.parts import parts_of
from componium.composing.record import read_take
from componium.errors import ControlError
from componium.methods import Method
from componium.methods.base import make
from componium.music.instruments import DRUMS, of_part
from componium.music.score import Chord, Key, Meter, Score, Track, notes
from componium.music.time import bar_lines
from componium.music.transform import slice_bars
from componium.testing.music import make_corpus, make_tune

quick = settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
seeds = st.integers(0, 2**32 - 1)


@pytest.fixture(scope="module")
def method() -> Method:
    return make("markov", order=1, codec={"name": "events", "regions": True}).fit(make_corpus())


@pytest.fixture(scope="module")
def plain() -> Method:
    return make("markov", order=2).fit(make_corpus())


@pytest.fixture(scope="module")
def melody() -> Score:
    score = make_tune(5)
    return replace(score, tracks=score.tracks[:1])


def rows(track):
    return track.notes[["onset", "duration", "pitch"]].tolist()


def most_at_once(notes) -> int:
    ends = notes["onset"] + notes["duration"]
    return max((int(((notes["onset"] <= at) & (ends > at)).sum()) for at in notes["onset"]), default=0)


@quick
@given(seed=seeds, voices=st.integers(2, 4))
def test_harmonize_keeps_the_melody(method: Method, melody: Score, seed: int, voices: int) -> None:
    take = componium.harmonize(melody, voices=voices, method=method, seed=seed)
    assert take.score.tracks[0].notes.tolist() == melody.tracks[0].notes.tolist()
    assert len(take.score.tracks) == voices and take.score.n_bars == melody.n_bars
    assert all(most_at_once(track.notes) <= 1 for track in take.score.tracks[1:])
    assert any(len(track.notes) for track in take.score.tracks[1:])


@quick
@given(seed=seeds, instruments=st.lists(st.sampled_from([0, 24, 40, 42, 71, DRUMS]), min_size=1, max_size=2))
def test_accompany_keeps_the_tune_and_the_ranges(method: Method, melody: Score, seed: int, instruments: list) -> None:
    names = ["drums" if each == DRUMS else of_part(each).name for each in instruments]
    take = componium.accompany(melody, names, method=method, seed=seed)
    assert take.score.tracks[:1] == melody.tracks
    parts = parts_of(instruments)
    assert len(take.score.tracks) == 1 + len(parts)
    for part, track in zip(parts, take.score.tracks[1:], strict=True):
        assert track.is_drum == (part.program == DRUMS) and part.program in (track.program, DRUMS)
        assert most_at_once(track.notes) <= part.at_once
        assert all(part.low <= pitch <= part.high for pitch in track.notes["pitch"].tolist())


@quick
@given(seed=seeds, instruments=st.lists(st.sampled_from([40, 42, 56, 73]), min_size=2, max_size=4))
def test_arrange_keeps_the_outer_voices_up_to_octaves(method: Method, seed: int, instruments: list) -> None:
    score = make_tune(6)
    take = componium.arrange(score, instruments, method=method, seed=seed)
    assert [track.program for track in take.score.tracks] == instruments
    assert (take.score.meters, take.score.keys, take.score.n_bars) == (score.meters, score.keys, score.n_bars)
    for old, new in ((score.tracks[0], take.score.tracks[0]), (score.tracks[-1], take.score.tracks[-1])):
        assert old.notes["onset"].tolist() == new.notes["onset"].tolist()
        assert old.notes["duration"].tolist() == new.notes["duration"].tolist()
        assert ((old.notes["pitch"].astype(int) - new.notes["pitch"]) % 12 == 0).all()
        assert all(of_part(new.program).low <= pitch <= of_part(new.program).high for pitch in new.notes["pitch"])


def test_arrange_keeps_the_melody_alone_if_asked(method: Method) -> None:
    score = make_tune(6)
    both, melody = (componium.arrange(score, ["violin", "cello"], keep=keep, method=method, seed=1).score
                    for keep in ("outer", "melody"))  # fmt: skip
    assert rows(both.tracks[0]) == rows(melody.tracks[0])
    assert rows(both.tracks[1]) != rows(melody.tracks[1])


@pytest.mark.parametrize("which", ["method", "plain"])
def test_vary_writes_a_share_of_the_cells(which: str, request: pytest.FixtureRequest) -> None:
    score, method = slice_bars(make_tune(7), 0, 4), request.getfixturevalue(which)
    take = componium.vary(score, strength=0.25, method=method, seed=3)
    lines, changed = bar_lines(score), 0
    for old, new in zip(score.tracks, take.score.tracks, strict=True):
        for start, stop in pairwise(lines.tolist()):
            cells = [track.notes[(track.notes["onset"] >= start) & (track.notes["onset"] < stop)].tolist()
                     for track in (old, new)]  # fmt: skip
            changed += cells[0] != cells[1]
    assert 0 < changed <= round(0.25 * score.n_bars * len(score.tracks))
    assert len(take.measured["changed"]) == changed


def test_vary_leaves_what_is_to_be_kept(method: Method) -> None:
    score = make_tune(7)
    first, second = componium.vary(score, strength=1, keep_bars=[0], keep_tracks=[1], method=method, seed=3, n=2)
    assert first.score != second.score and (first.number, second.number) == (1, 2)
    for take in (first, second):
        assert take.score.tracks[1] == score.tracks[1]
        inside = [track.notes[track.notes["onset"] < bar_lines(score)[1]].tolist()
                  for track in (score.tracks[0], take.score.tracks[0])]  # fmt: skip
        assert inside[0] == inside[1]
    assert componium.vary(score, strength=0, method=method, seed=3).score == score


@quick
@given(seed=seeds, low=st.integers(40, 70), width=st.integers(0, 20), most=st.integers(1, 3))
def test_register_and_polyphony_hold(method: Method, seed: int, low: int, width: int, most: int) -> None:
    score = make_tune(8)
    filled = componium.infill(score, bars=(1, 4), voices=[1], register=(low, low + width), polyphony=most,
                              method=method, seed=seed).score  # fmt: skip
    start, stop = bar_lines(score)[[1, 4]]
    notes = filled.tracks[1].notes
    written = notes[(notes["onset"] >= start) & (notes["onset"] < stop)]
    assert all(low <= pitch <= low + width for pitch in written["pitch"].tolist())
    assert most_at_once(written) <= most
    assert filled.tracks[0] == score.tracks[0]


def test_several_notes_may_sound_at_once_if_asked(method: Method, melody: Score) -> None:
    filled = componium.infill(melody, bars=(1, 5), polyphony=4, method=method, seed=2).score
    assert 1 < most_at_once(filled.tracks[0].notes) <= 4


@pytest.mark.parametrize("wrong", [
    {"register": ("C5", "C4")}, {"register": "C4"}, {"register": ("C4", "H9")}, {"register": (1, 200)},
    {"polyphony": 0},
])  # fmt: skip
def test_limits_that_make_no_sense_are_refused(method: Method, melody: Score, wrong: dict) -> None:
    with pytest.raises(ControlError):
        componium.infill(melody, bars=(0, 1), method=method, **wrong)


def test_harmonize_with_tries_keeps_the_melody_and_draws_once_more(method: Method, melody: Score) -> None:
    take = componium.harmonize(melody, voices=3, tries=3, method=method, seed=1)
    assert take.score.tracks[0].notes.tolist() == melody.tracks[0].notes.tolist() and not take.score.chords
    assert take.asked == {"voices": 3, "tries": 3} and take.sampling["temperature"] == 0
    assert take.score == componium.harmonize(melody, voices=3, tries=3, method=method, seed=1).score


def test_chords_for_a_tune_begin_each_bar(method: Method, melody: Score) -> None:
    take = componium.harmonize(melody, chords_only=True, method=method, seed=1)
    assert take.score.tracks == melody.tracks and take.score.chords[0].tick == 0
    assert take.score.chords == componium.harmonize(melody, chords_only=True, method=method, seed=1).score.chords


def test_chords_by_a_method_without_regions_are_labels(plain: Method) -> None:
    score = make_tune(5)
    take = componium.harmonize(score, chords_only=True, method=plain)
    assert take.score.tracks == score.tracks and take.score.chords
    assert all(isinstance(chord, Chord) for chord in take.score.chords)


def test_a_method_without_regions_harmonizes_by_resampling(plain: Method) -> None:
    score = slice_bars(make_tune(5), 0, 2)
    melody = replace(score, tracks=score.tracks[:1])
    take = componium.harmonize(melody, voices=2, method=plain, seed=1)
    assert take.score.tracks[0].notes.tolist() == melody.tracks[0].notes.tolist()
    assert len(take.score.tracks[1].notes)


def test_refusals_say_why(method: Method, plain: Method, melody: Score) -> None:
    with pytest.raises(ControlError, match="can't accompany"):
        componium.accompany(melody, method=plain)
    with pytest.raises(ControlError, match="no instruments"):
        componium.accompany(melody, [], method=method)
    with pytest.raises(ControlError, match="2 voices for a melody of 2"):
        componium.harmonize(make_tune(5), voices=2, method=method)
    with pytest.raises(ControlError, match="one of them"):
        componium.harmonize(melody, given="bass", method=method)
    with pytest.raises(ControlError, match="tries by markov"):
        componium.harmonize(melody, tries=2, method=plain)
    with pytest.raises(ControlError, match="no sweeps"):
        componium.vary(melody, method=method, on_state=print)
    with pytest.raises(ControlError, match="register and polyphony by markov"):
        componium.infill(melody, bars=(0, 1), register=("C4", "C5"), polyphony=1, method=plain)
    with pytest.raises(ControlError, match="outer or melody"):
        componium.arrange(melody, ["violin"], keep="bass", method=method)
    with pytest.raises(ControlError, match="no instrument that has pitches"):
        componium.arrange(melody, ["drums"], method=method)


def test_one_part_is_arranged_note_for_note(method: Method, melody: Score) -> None:
    take = componium.arrange(melody, ["violin"], method=method, seed=1)
    assert rows(take.score.tracks[0])[0][:2] == rows(melody.tracks[0])[0][:2]
    assert take.score.n_notes == melody.n_notes


def test_a_take_of_a_verb_is_read_again(method: Method, melody: Score, tmp_path) -> None:
    take = componium.infill(melody, bars=(0, 1), method=method, seed=1)
    take.write(tmp_path / "take.mid")
    take.write(tmp_path / "take.json")
    read = read_take(tmp_path / "take.json")
    assert read.asked["bars"] == "1" and read.request.controls.bars is None


@pytest.mark.parametrize("seed", range(3))
def test_a_last_bar_that_is_shorter_by_the_upbeat_stays_so(method: Method, seed: int) -> None:
    piece = score_with_upbeat()
    assert (counted_bars(piece), piece.end) == (4, 4 * 1920)
    takes = [
        componium.accompany(piece, ["cello"], method=method, seed=seed),
        componium.harmonize(piece, method="hmm", seed=seed),
        componium.infill(piece, bars=(4, 5), method=method, seed=seed),
    ]
    for take in takes:
        assert take.score.end / take.score.ticks_per_quarter <= 16 and counted_bars(take.score) == 4


def score_with_upbeat() -> Score:
    """Return a tune of an upbeat, three bars, and a fourth that is a quarter shorter."""
    rows = [(480 * at, 480, 60 + (0, 2, 4, 5, 7, 4, 2, 0)[at % 8]) for at in range(16)]
    meters = (Meter(0, 1, 4), Meter(480, 4, 4))
    return Score((Track(notes(rows), 40, name="Tune"),), meters=meters, keys=(Key(0, 0),))
