"""Windows: everything is learned, almost nothing is padding, and an epoch is a function of its number."""

import numpy as np
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from componium.codecs.base import Example
from componium.codecs.events.codec import Events
from componium.training.batching import IGNORED, Windows
from strategies import scores

QUICK = (Phase.explicit, Phase.reuse, Phase.generate)  # shrinking several scores at once takes minutes
CODEC = Events(styles=("a", "b"))


def examples(drawn: list) -> list[Example]:
    return [Example(CODEC.encode(score).ids, ("a",)) for score in drawn]


@settings(max_examples=40, deadline=None, phases=QUICK)
@given(drawn=st.lists(scores(n_tracks=(1, 3), max_notes=40), min_size=1, max_size=6))
def test_every_id_but_the_first_is_a_target(drawn: list) -> None:
    kept = examples(drawn)
    windows = Windows(CODEC, kept, block_size=48, batch_size=3, seed=0, augment=False)
    learned = np.concatenate([batch.targets[batch.targets != IGNORED] for batch in windows.batches(0)])
    wanted = np.concatenate([example.ids[1:] for example in kept])
    assert np.bincount(learned, minlength=700)[np.unique(wanted)].min() >= 1
    assert len(learned) >= len(wanted)


@settings(max_examples=40, deadline=None, phases=QUICK)
@given(drawn=st.lists(scores(n_tracks=(1, 3), max_notes=40), min_size=1, max_size=6))
def test_a_target_is_the_next_input(drawn: list) -> None:
    for batch in Windows(CODEC, examples(drawn), block_size=48, batch_size=3, seed=0).batches(0):
        here, after = batch.targets[:, :-1], batch.inputs[:, 1:]
        assert ((here == after) | (here == IGNORED)).all()


def test_an_epoch_is_a_function_of_seed_and_number() -> None:
    rng = np.random.default_rng(0)
    ids = [np.concatenate([CODEC.encode(_tune(rng)).ids]) for _ in range(5)]

    def first(seed: int, epoch: int) -> np.ndarray:
        windows = Windows(CODEC, [Example(row) for row in ids], block_size=64, batch_size=2, seed=seed)
        return np.concatenate([batch.inputs for batch in windows.batches(epoch)])

    assert np.array_equal(first(1, 2), first(1, 2))
    assert not np.array_equal(first(1, 2)[:2], first(1, 3)[:2])
    assert not np.array_equal(first(1, 2)[:2], first(2, 2)[:2])


def test_rows_are_shuffled_where_that_is_asked_for() -> None:
    rng = np.random.default_rng(0)
    kept = [Example(CODEC.encode(_tune(rng)).ids) for _ in range(5)]
    size = {"block_size": 64, "batch_size": 2, "seed": 0}
    each = [Windows(CODEC, kept, **size, shuffle_rows=on) for on in (False, True)]
    plain, shuffled = (np.concatenate([batch.inputs for batch in windows.batches(1)]) for windows in each)
    assert not np.array_equal(plain, shuffled)
    assert sorted(map(tuple, plain.tolist())) == sorted(map(tuple, shuffled.tolist()))


@pytest.mark.parametrize("length", [40, 300])
def test_padding_is_rare(length: int) -> None:
    rng = np.random.default_rng(0)
    kept = [Example(CODEC.encode(_tune(rng, length)).ids) for _ in range(150)]
    batches = list(Windows(CODEC, kept, block_size=256, batch_size=4, seed=0).batches(0))
    padded = sum(int((batch.inputs == CODEC.pad).sum()) for batch in batches)
    assert padded / sum(batch.inputs.size for batch in batches) < 0.02


def _tune(rng: np.random.Generator, length: int = 60):
    from componium.music.score import Score, Track, notes

    rows = [(240 * at, 240, int(pitch)) for at, pitch in enumerate(rng.integers(60, 80, length))]
    return Score((Track(notes(rows)),))


@pytest.mark.parametrize("fills", [0.5, 1.0])
def test_sequences_to_fill_in_are_never_cut(fills: float) -> None:
    codec, rng = Events(styles=("a",), regions=True), np.random.default_rng(0)
    kept = [Example(codec.encode(_tune(rng)).ids, ("a",)) for _ in range(40)]
    windows = Windows(codec, kept, block_size=120, batch_size=4, seed=0, fills=fills)
    rows = np.concatenate([batch.inputs for batch in windows.batches(0)])
    begun = (rows == codec.vocab.id("Fill")).sum(axis=1)
    holes = codec.vocab.ids("Hole")
    assert begun.sum() > 10
    for row in rows[begun > 0]:
        marks = np.flatnonzero((row >= holes.start) & (row < holes.stop))
        assert row[: marks[0]].tolist().count(codec.bos) > 0
