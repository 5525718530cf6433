"""Dream: strength 0 is the input, what is kept is kept, rolls are music, and both halves of the net are equal."""

from dataclasses import replace
from functools import cache
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from componium.corpora import Corpus, Piece
from componium.errors import ControlError, NotFittedError
from componium.methods.dream import Dream
from componium.methods.dream import roll as rolls
from componium.methods.dream.windows import MaskedWindows
from componium.music.score import Key, Meter, Score, Tempo, Track, notes
from componium.music.transform import slice_bars
from strategies import scores


def tune(seed: int = 0, bars: int = 4) -> Score:
    rng = np.random.default_rng(seed)
    parts = [[(480 * at, 480, base + int(step)) for at, step in enumerate(rng.integers(0, 12, 4 * bars))]
             for base in (67, 48)]
    return Score(tuple(Track(notes(part), 40) for part in parts), tempos=(Tempo(0, 100.0),),
                 meters=(Meter(0, 4, 4),), keys=(Key(0, 0),))


@cache
def fitted() -> Dream:
    """A net with random weights."""
    from componium.inference.dream import shapes_of

    model = Dream(**Dream.TINY)
    rng = np.random.default_rng(0)
    weights = {name: rng.normal(0, 0.3, shape).astype(np.float32) for name, shape in shapes_of(model._sizes).items()}
    return model.set_weights({"profiles": {}}, weights)


@given(scores(), st.integers(0, 99))
@settings(deadline=None, max_examples=20)
def test_at_strength_0_the_input_comes_back_exactly(score: Score, seed: int) -> None:
    assert fitted().dream(score, strength=0, rng=np.random.default_rng(seed)) == score


@given(st.integers(0, 99), st.sampled_from([0.2, 0.6, 1.0]))
@settings(deadline=None, max_examples=10)
def test_kept_bars_and_parts_are_kept_exactly(seed: int, strength: float) -> None:
    score = tune(seed)
    made = fitted().dream(score, strength=strength, rng=np.random.default_rng(seed), keep_bars=[1], keep_parts=[1])
    assert made.tracks[1] == score.tracks[1]
    assert slice_bars(made, 1, 2).tracks[0] == slice_bars(score, 1, 2).tracks[0]
    assert (made.meters, made.keys, made.tempos) == (score.meters, score.keys, score.tempos)


def test_a_stronger_dream_may_change_all_that_a_weaker_may() -> None:
    def beats(strength: float) -> np.ndarray:
        from componium.methods.dream import _free

        return _free(rolls.roll_of(tune(), 2), strength, np.random.default_rng(3))

    weak, strong = beats(0.3), beats(0.7)
    assert 0 < weak.sum() < strong.sum() < beats(1.0).sum() == strong.size
    assert not (weak & ~strong).any()


def test_outside_the_free_beats_every_cell_is_as_it_was() -> None:
    from componium.methods.dream import _free

    score, rng = tune(2, bars=8), np.random.default_rng(5)
    roll = rolls.roll_of(score, 2)
    free = _free(roll, 0.5, np.random.default_rng(5))
    made = rolls.roll_of(fitted().dream(score, strength=0.5, rng=rng), 2).cells
    length = min(len(made), len(roll.cells))
    kept = ~free[:length]

    def pitches(cells: np.ndarray) -> np.ndarray:
        return np.where(cells < rolls.STRIKE, -1, (cells - rolls.STRIKE) % rolls.PITCHES)

    assert kept.any()
    assert (pitches(made[:length])[kept] == pitches(roll.cells[:length])[kept]).all()
    assert (made[:length] != roll.cells[:length]).any()


@given(st.lists(st.integers(0, rolls.N_TOKENS - 1).filter(lambda token: token not in (1, 2)), min_size=1, max_size=40))
@settings(deadline=None, max_examples=60)
def test_any_cells_are_music_and_settled_cells_come_back(line: list[int]) -> None:
    cells = np.array(line)
    rows = rolls.rows_of(cells, 120)
    assert all(duration > 0 and 21 <= pitch <= 108 for _, duration, pitch in rows)
    assert [a[0] + a[1] <= b[0] for a, b in pairwise(rows)].count(False) == 0
    again = rolls._line(Score((Track(notes(rows)),)), notes(rows), len(cells))
    np.testing.assert_array_equal(again, rolls.settle(cells))


def test_a_repeated_note_and_a_held_one_are_told_apart() -> None:
    line = rolls.roll_of(Score((Track(notes([(0, 240, 60), (240, 240, 60), (480, 480, 60)])),)), 1).cells[:, 0]
    strike, hold = rolls.STRIKE + 39, rolls.HOLD + 39
    assert line[:8].tolist() == [strike, hold, strike, hold, strike, hold, hold, hold]


def test_chords_in_one_part_keep_their_top_and_bass() -> None:
    chord = Track(notes([(0, 480, pitch) for pitch in (36, 48, 52, 55, 60)]))
    cells = rolls.roll_of(Score((chord,)), 3).cells
    assert [(int(token) - rolls.STRIKE) + 21 for token in cells[0]] == [60, 55, 36]


def test_windows_are_a_function_of_seed_and_epoch_and_hide_what_they_ask() -> None:
    made = MaskedWindows([rolls.roll_of(tune(at), 2) for at in range(3)], block_size=32, batch_size=2, seed=1,
                         augment=True)
    first, again = (list(made.batches(4)) for _ in range(2))
    for (x, y), (same_x, same_y) in zip(first, again, strict=True):
        np.testing.assert_array_equal(x, same_x)
        np.testing.assert_array_equal(y, same_y)
        asked = y.reshape(*x.shape[:2], 2) >= 0
        np.testing.assert_array_equal(asked, x[..., :2] == rolls.MASKED)


@pytest.mark.train
def test_both_halves_of_the_net_are_equal() -> None:
    import torch

    from componium.nn.dream import DreamModule

    model = fitted()
    module = DreamModule(**model._sizes, block_size=32, dropout=0.1).eval()
    module.load_state_dict({name: torch.from_numpy(array) for name, array in model.net_.weights.items()})
    x = next(MaskedWindows([rolls.roll_of(tune(), 2)], block_size=32, batch_size=3, seed=0, augment=True).batches(0))[0]
    with torch.no_grad():
        expected = module(torch.from_numpy(x)).numpy().reshape(*x.shape[:2], 2, rolls.N_TOKENS)
    np.testing.assert_allclose(model.net_(x), expected, atol=1e-4)


@pytest.mark.train
def test_one_batch_is_learned_and_a_stopped_run_goes_on(tmp_path) -> None:
    pieces = tuple(Piece(str(at), tune(at), ("x",), "x", "train") for at in range(2))
    told = {**Dream.TINY["training"], "checkpoint_every": 4}
    short = Dream(**{**Dream.TINY, "training": told}).fit(Corpus("x", pieces), run_dir=tmp_path)
    longer = Dream(**{**Dream.TINY, "training": {**told, "steps": 120, "learning_rate": 2e-2}})
    longer.fit(Corpus("x", pieces), run_dir=tmp_path, resume=True)

    def cost(model: Dream) -> float:
        made = MaskedWindows([rolls.roll_of(tune(0), 2)], block_size=32, batch_size=8, seed=9, augment=False)
        x, y = next(made.batches(0))
        logits = model.net_(x).reshape(-1, rolls.N_TOKENS)[y.ravel() >= 0].astype(float)
        told = np.log(np.exp(logits).sum(axis=1)) - logits[np.arange(len(logits)), y.ravel()[y.ravel() >= 0]]
        return float(told.mean())

    assert cost(longer) < 0.8 * cost(short)


@pytest.mark.parametrize(("change", "reason"), [
    ({"strength": 1.5}, "strength"), ({"strength": -0.1}, "strength"), ({"keep_bars": [9]}, "bar 9"),
    ({"keep_parts": [3]}, "part 3"),
])  # fmt: skip
def test_what_cannot_be_dreamed_is_refused_by_name(change: dict, reason: str) -> None:
    with pytest.raises(ControlError, match=reason):
        fitted().dream(tune(), **{"strength": 0.5, **change}, rng=np.random.default_rng(0))


def test_an_empty_score_and_an_unfitted_dream_are_refused() -> None:
    with pytest.raises(ControlError, match="without notes"):
        fitted().dream(replace(tune(), tracks=()), strength=0.5, rng=np.random.default_rng(0))
    with pytest.raises(NotFittedError):
        Dream().dream(tune(), rng=np.random.default_rng(0))
