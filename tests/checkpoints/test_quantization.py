"""Weights in 8 bits: how far they may be from those that were saved, and what is left as it is."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from componium.checkpoints import weight
from componium.checkpoints.quantization import SCALES, quantize
from componium.corpora import Corpus, Piece
from componium.errors import ControlError
from componium.methods import make
from componium.music.score import Score, Track, notes


@given(st.integers(0, 2**32 - 1), st.sampled_from([1e-30, 1e-3, 1.0, 1e6]))
def test_no_weight_is_off_by_more_than_half_a_level_of_its_block(seed: int, size: float) -> None:
    matrix = (size * np.random.default_rng(seed).standard_normal((3, 128))).astype(np.float32)
    again = weight(quantize({"a": matrix}), "a", matrix.shape)
    half_levels = np.repeat(np.abs(matrix.reshape(3, 2, 64)).max(axis=2) / 254, 64, axis=1)
    assert (np.abs(again - matrix) <= 1.001 * half_levels).all()


def test_zeros_stay_zeros() -> None:
    assert not weight(quantize({"a": np.zeros((2, 64), dtype=np.float32)}), "a", (2, 64)).any()


def test_only_matrices_that_blocks_divide_are_quantized_and_only_once() -> None:
    weights = {"norm": np.ones(64, np.float32), "odd": np.ones((2, 63), np.float32), "ids": np.ones((2, 64), np.int64),
               "wide": np.ones((2, 4096), np.float32), "half": np.ones((2, 64), np.float16)}
    once = quantize(weights)
    assert {name: array.dtype for name, array in once.items()} == {
        **{name: weights[name].dtype for name in ("norm", "odd", "ids")}, "wide": np.uint8, "wide" + SCALES: np.float32,
        "half": np.uint8, "half" + SCALES: np.float32}
    twice = quantize(once)
    assert all(twice[name] is once[name] for name in once) and len(twice) == len(once)


def test_a_method_that_counts_refuses_8_bits(tmp_path: Path) -> None:
    score = Score((Track(notes([(480 * at, 480, 60 + at % 5) for at in range(16)])),))
    model = make("markov").fit(Corpus("x", (Piece("a", score, ("x",), "x", "train"),)))
    with pytest.raises(ControlError, match="8 bits"):
        model.save(tmp_path, bits=8)
