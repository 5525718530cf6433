"""The numbers behind the plots, against counting one by one, and the reading of training logs."""

import json
from collections import Counter
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from componium.errors import ControlError, FormatError
from componium.music.pitch import parse_key
from componium.music.score import Key, Score, Track, notes
from componium.render.plots import data
from componium.render.plots.log import is_log, read_log
from strategies import scores

values = st.lists(st.floats(0, 40), max_size=60).map(lambda some: np.array(some, dtype=float))


def rows(score, *, drums):
    """Every note as (onset, pitch, duration), in order of onset."""
    found = [(int(n["onset"]), int(n["pitch"]), int(n["duration"])) for t in score.tracks
             if drums or not t.is_drum for n in t.notes]  # fmt: skip
    return sorted(found)


@given(scores())
def test_points_are_the_notes_but_drums(score):
    time, pitch = data.points(score)
    expected = [(onset / score.ticks_per_quarter, p) for onset, p, _ in rows(score, drums=False)]
    assert sorted(zip(time.tolist(), pitch.tolist(), strict=True)) == expected
    assert (np.diff(time) >= 0).all()


@given(st.lists(scores(), max_size=3))
def test_pitches_are_counted_over_all_pieces(some):
    expected = Counter(pitch for score in some for _, pitch, _ in rows(score, drums=False))
    assert data.pitch_counts(some).tolist() == [expected[pitch] for pitch in range(128)]


@given(st.lists(scores(), max_size=3))
def test_steps_are_between_notes_of_one_piece_in_order(some):
    expected = []
    for score in some:
        onsets = [onset for onset, _, _ in rows(score, drums=True)]
        expected += [(b - a) / score.ticks_per_quarter for a, b in pairwise(onsets)]
    assert data.steps(some).tolist() == expected


@given(st.lists(scores(), max_size=3))
def test_durations_are_in_quarters(some):
    expected = sorted(d / score.ticks_per_quarter for score in some for _, _, d in rows(score, drums=True))
    assert sorted(data.durations(some).tolist()) == expected


@given(values, st.integers(1, 16))
def test_quarters_are_counted_in_twelfths(some, span):
    expected = Counter(min(round(12 * value), 12 * span + 1) for value in some.tolist())
    assert data.quarter_counts(some, span).tolist() == [expected[at] for at in range(12 * span + 2)]


@given(values)
def test_a_span_holds_nearly_all_values_that_it_can(some):
    span = data.span_of(some)
    assert 2 <= span <= 16
    assert span == 16 or np.quantile(some if len(some) else [0], 0.98) <= span
    assert span == 2 or np.quantile(some, 0.98) > span - 1


@given(scores())
def test_a_profile_counts_pitch_classes_from_c_or_from_the_tonic(score):
    expected = Counter(pitch % 12 for _, pitch, _ in rows(score, drums=False))
    assert data.profile([score]).tolist() == [expected[at] for at in range(12)]
    tonic = data.tonic_of(score)
    assert data.profile([score], relative=True).tolist() == [expected[(at + tonic) % 12] for at in range(12)]


@given(scores())
def test_transitions_are_from_a_note_to_the_next_of_its_line(score):
    expected = Counter()
    for track in score.tracks:
        for voice in set() if track.is_drum else {int(note["voice"]) for note in track.notes}:
            highest = {}
            for note in track.notes:
                if note["voice"] == voice:
                    onset = int(note["onset"])
                    highest[onset] = max(highest.get(onset, 0), int(note["pitch"]))
            line = [highest[onset] for onset in sorted(highest)]
            expected.update(pairwise(line))
    counts = data.transitions([score])
    assert {(int(a), int(b)): int(counts[a, b]) for a, b in np.argwhere(counts)} == dict(expected)
    classes = Counter()
    for (a, b), count in expected.items():
        classes[a % 12, b % 12] += count
    folded = data.folded(counts)
    assert {(int(a), int(b)): int(folded[a, b]) for a, b in np.argwhere(folded)} == dict(classes)


@pytest.mark.parametrize("name", ["C", "D minor", "Gb", "B", "F# dorian"])
def test_relative_to_its_tonic_a_tune_is_the_same_in_every_key(name):
    key = parse_key(name)
    tune = [(480 * at, 480, 60 + key.tonic + step) for at, step in enumerate([0, 4, 7, 0])]
    score = Score(tracks=(Track(notes(tune)),), keys=(key,))
    assert np.flatnonzero(data.profile([score], relative=True)).tolist() == [0, 4, 7]
    folded = data.folded(data.transitions([score], relative=True))
    assert np.argwhere(folded).tolist() == [[0, 4], [4, 7], [7, 0]]


def test_the_tonic_is_the_written_keys_else_the_found_ones():
    scale = Track(notes([(480 * at, 480, pitch) for at, pitch in enumerate([62, 64, 66, 67, 69, 71, 73, 74])]))
    assert data.tonic_of(Score(tracks=(scale,))) == 2
    assert data.tonic_of(Score(tracks=(scale,), keys=(Key(0, -2),))) == 10
    assert data.tonic_of(Score()) == 0


@given(st.lists(st.lists(st.integers(0, 9), min_size=3, max_size=3), min_size=1, max_size=5))
def test_rows_are_shares_or_nothing(matrix):
    for shares, counts in zip(data.row_shares(matrix).tolist(), matrix, strict=True):
        assert shares == pytest.approx([count / sum(counts) if sum(counts) else 0 for count in counts])


@pytest.mark.parametrize("wrong", [[1, 2], [[1, -1]], [[float("nan")]], [[float("inf")]], [[[1]]], [], [[]]])
def test_what_is_no_matrix_is_refused(wrong):
    with pytest.raises(ControlError, match="no transition matrix"):
        data.row_shares(wrong)


@given(st.lists(st.integers(0, 9), min_size=1), st.integers(0, 4))
def test_a_running_mean_is_of_the_neighbors(some, half):
    expected = [np.mean(some[max(at - half, 0) : at + half + 1]) for at in range(len(some))]
    assert data.running_mean(np.array(some, dtype=float), 2 * half + 1) == pytest.approx(expected)


@given(st.lists(st.integers(0, 9)))
def test_percents_are_of_the_sum(counts):
    shares = data.percent(np.array(counts, dtype=float))
    assert shares.sum() == pytest.approx(100 if sum(counts) else 0)


def log(folder, *lines, end="\n"):
    texts = [line if isinstance(line, str) else json.dumps(line) for line in lines]
    (folder / "log.jsonl").write_text("\n".join(texts) + end)
    return folder


def test_a_log_is_read_by_step(tmp_path):
    run = log(tmp_path, {"step": 10, "loss": 3.0, "rate": 0.1}, {"step": 20, "loss": 9}, {"step": 20, "loss": 2},
              {"step": 20, "validation": 2.5}, {"step": 30, "loss": float("nan")}, "")  # fmt: skip
    found = read_log(run)
    assert (found.name, is_log(run), is_log(run / "log.jsonl")) == (tmp_path.name, True, True)
    assert found.curves["training"].tolist() == [[10, 3], [20, 2]]  # what came later counts
    assert found.curves["validation"].tolist() == [[20, 2.5]]
    assert found.unit == "nats a token"
    assert read_log(run / "log.jsonl").name == tmp_path.name


def test_a_line_still_being_written_is_left_out(tmp_path):
    found = read_log(log(tmp_path, {"step": 10, "loss": 3.0}, '{"step": 20, "lo', end=""))
    assert found.curves["training"].tolist() == [[10, 3]]


def test_a_log_states_its_unit_and_the_losses_of_two_nets(tmp_path):
    found = read_log(log(tmp_path, {"step": 0, "unit": "hinge loss"}, {"step": 5, "discriminator": 2, "generator": -1},
                         {"step": 5, "coverage": 0.5}))  # fmt: skip
    assert found.unit == "hinge loss"
    assert {name: curve.tolist() for name, curve in found.curves.items()} == {
        "discriminator": [[5, 2]], "generator": [[5, -1]], "coverage of validation bars": [[5, 0.5]]}


@pytest.mark.parametrize(
    "line", ["{", "[1]", '{"step": "x", "loss": 1}', '{"loss": 1}', "[" * 100_000, "\x00\xff", '{"step": true}']
)
def test_what_is_no_log_is_an_error_that_says_where(tmp_path, line):
    with pytest.raises(FormatError, match="line 2"):
        read_log(log(tmp_path, {"step": 10, "loss": 3.0}, line))


def test_a_log_without_losses_is_an_error(tmp_path):
    with pytest.raises(FormatError, match="no losses"):
        read_log(log(tmp_path, {"step": 10}))
