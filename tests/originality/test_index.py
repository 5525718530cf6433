import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from componium.errors import CheckpointError
from componium.music.score import Meter, Score, Track, notes
from componium.originality.index import Index, Shared
from componium.originality.seeds import MOST


def tune(steps, gaps, *, first=60, factor=1, start=0):
    """A line from melodic intervals and times between onsets, in ticks."""
    pitches = first + np.concatenate([[0], np.cumsum(steps)]).astype(int)
    onsets = start + factor * np.concatenate([[0], np.cumsum(gaps)]).astype(int)
    return [(int(onset), 10, int(pitch)) for onset, pitch in zip(onsets, pitches, strict=True)]


def score(*lines, **fields):
    return Score(tracks=tuple(Track(notes(line)) for line in lines), **fields)


def random_steps(rng, n):
    return np.diff(rng.integers(55, 62, n + 1)), rng.choice([120, 240, 480], n)


def naive_longest(one, other):
    """The longest shared run by trying every pair of places."""
    best = 0
    for i in range(len(one)):
        for j in range(len(other)):
            n = 1
            while i + n < len(one) and j + n < len(other):
                (a, _, p), (b, _, q) = one[i + n], other[j + n]
                (a0, _, p0), (b0, _, q0) = one[i + n - 1], other[j + n - 1]
                first_gap = (one[i + 1][0] - one[i][0]) * (b - b0) == (other[j + 1][0] - other[j][0]) * (a - a0)
                if p - p0 != q - q0 or not first_gap:
                    break
                n += 1
            best = max(best, n)
    return best


@settings(max_examples=40)
@given(
    st.integers(0, 2**32), st.integers(8, 40), st.integers(-20, 20), st.sampled_from([1, 2, 3, 7]), st.integers(0, 4),
)
def test_a_pasted_passage_transposed_and_stretched_is_found_at_its_length(seed, length, up, factor, at):
    rng = np.random.default_rng(seed)
    body = [random_steps(rng, 60) for _ in range(5)]
    index = Index.of((f"piece {i}", score(tune(*one))) for i, one in enumerate(body))
    steps, gaps = body[at]
    begin = int(rng.integers(0, 61 - length))
    pasted_steps, pasted_gaps = steps[begin:begin + length - 1], gaps[begin:begin + length - 1]
    # Nothing in the body leaps by 11 or 13: so the passage ends where it was pasted in.
    line = tune([11, -13, *pasted_steps, 13, -11], [77, 91, *pasted_gaps, 35, 1], first=60 + up, factor=factor)
    found = index.longest_shared(score([(0, 5, 40)], line))
    assert found.notes == length
    assert found.line == 1
    other = Index.of([(found.piece, score(tune(*body[int(found.piece.split()[1])])))])
    assert other.longest_shared(score(line)).notes == length
    if length > 16:  # short ones may stand elsewhere as well
        assert found.piece == f"piece {at}"


@given(st.integers(0, 2**32))
def test_the_longest_is_that_of_trying_every_pair(seed):
    rng = np.random.default_rng(seed)
    one, other = (tune(rng.choice([-1, 1], 40), rng.choice([120, 240], 40)) for _ in range(2))
    longest = naive_longest(one, other)
    assert Index.of([("a", score(other))], k=4).longest_shared(score(one)).notes == (longest if longest >= 4 else 0)


def test_lines_end_where_they_end():
    line = tune([2, 2, 1, 2, 2, 2, 1, -1, -2, -2, -2], [480] * 11)
    halves = Index.of([("a", score(line[:6])), ("b", score(line[6:]))])
    assert halves.longest_shared(score(line)) == Shared()
    assert str(Shared()) == "nothing shared"
    assert Index.of([("a", score(line[:6], line))]).longest_shared(score(line)).notes == 12


def test_where_it_stands():
    line = tune([2, 2, 1, 2, 2, 2, 1, -1, -2, -2, -2], [480] * 11)
    body = score(tune([11], [480], first=40), tune([2, 2, 1, 2, 2, 2, 1, -1, -2, -2, -2], [480] * 11, start=1920))
    index = Index.of([("empty", Score()), ("body", body)])
    found = index.longest_shared(score(line, meters=(Meter(0, 3, 4),)))
    assert (found.notes, found.piece, found.bar, found.piece_bar) == (12, "body", 1, 2)
    assert found.bars == pytest.approx((11 * 480 + 10) / 1440)
    assert str(found) == "12 notes (3.7 bars) from bar 1, as in body from bar 2"


def test_pieces_can_be_left_out():
    line = score(tune([2, 2, 1, 2, 2, 2, 1], [480] * 7))
    index = Index.of([("one", line), ("other", line)])
    assert index.longest_shared(line, but={"one"}).piece == "other"
    assert index.longest_shared(line, but={"one", "other"}).notes == 0


def test_rhythm_counts():
    steps = [2, 2, 1, 2, 2, 2, 1]
    index = Index.of([("even", score(tune(steps, [480] * 7)))])
    assert index.longest_shared(score(tune(steps, [480, 240] * 3 + [480]))).notes == 0


def test_nothing_and_drums_share_nothing():
    line = tune([2, 2, 1, 2, 2, 2, 1], [480] * 7)
    drums = Score(tracks=(Track(notes(line), is_drum=True),))
    index = Index.of([("a", score(line)), ("drums", drums)])
    assert index.n_notes == 8
    assert index.longest_shared(Score()).notes == 0
    assert index.longest_shared(drums).notes == 0
    assert Index.of([]).longest_shared(score(line)).notes == 0


@pytest.mark.parametrize(("turn", "found"), [([], 0), ([2, 2, -4], 1003)])
def test_repeated_notes_count_only_beside_others(turn, found):
    steps = [*turn, *[0] * 999]
    index = Index.of([("a", score(tune(steps, [5] * len(steps))))])
    flat = [*turn, *[0] * 3000]
    assert index.longest_shared(score(tune(flat, [1] * len(flat)))).notes == found


def test_what_stands_in_very_many_places_counts_only_beside_others():
    scale, piece = tune([2] * 9, [480] * 9), tune([2] * 9 + [-7], [480] * 10)
    many = [(f"{at}", score(scale)) for at in range(MOST)]
    assert Index.of(many).longest_shared(score(scale)).notes == 0
    assert Index.of([*many, ("piece", score(piece))]).longest_shared(score(piece)).notes == 11


def test_saved_and_loaded_it_finds_the_same(tmp_path):
    rng = np.random.default_rng(1)
    body = [tune(*random_steps(rng, 50)) for _ in range(3)]
    index = Index.of((f"Nº {i} 曲", score(one)) for i, one in enumerate(body))
    index.save(tmp_path / "index.npz")
    again = Index.load(tmp_path / "index.npz")
    assert again.names == index.names
    assert again.longest_shared(score(body[1][5:30])) == index.longest_shared(score(body[1][5:30]))
    again.save(tmp_path / "again.npz")
    assert (tmp_path / "again.npz").read_bytes() == (tmp_path / "index.npz").read_bytes()


@pytest.mark.parametrize("cut", [0, 10, 300, -1])
def test_a_broken_file_is_refused(tmp_path, cut):
    path = tmp_path / "index.npz"
    Index.of([("a", score(tune([1] * 9, [1] * 9)))]).save(path)
    path.write_bytes(path.read_bytes()[:cut])
    with pytest.raises(CheckpointError, match="not an index"):
        Index.load(path)


def test_another_file_of_arrays_is_refused(tmp_path):
    np.savez(tmp_path / "other.npz", interval=np.zeros(3))
    with pytest.raises(CheckpointError):
        Index.load(tmp_path / "other.npz")
