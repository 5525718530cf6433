"""The protocol of benchmarks/jsb_16th: its anchor, and that windows and averages change nothing they shouldn't."""

import importlib.util
import os
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

FOLDER = Path(__file__).parents[1] / "benchmarks" / "jsb_16th"


@pytest.fixture(scope="module")
def bench() -> ModuleType:
    spec = importlib.util.spec_from_file_location("jsb_16th_bench", FOLDER / "bench.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.data
@pytest.mark.skipif("COMPONIUM_DATA" not in os.environ, reason="COMPONIUM_DATA names no folder")
def test_the_anchor_is_reproduced(bench: ModuleType) -> None:
    assert bench.bigram(bench.load()) == pytest.approx([3.724, 3.923], abs=0.005)


def some_piece(n_frames: int) -> np.ndarray:
    rng = np.random.default_rng(4)
    return np.where(rng.random((n_frames, 4)) < 0.1, 128, rng.integers(50, 70, (n_frames, 4)))


def test_pieces_are_cut_at_bar_lines_and_transposing_keeps_silence(bench: ModuleType) -> None:
    codec, piece = bench.Voices((0, 1, 2, 3)), some_piece(100)
    ids = codec.encode(piece)
    assert codec.bar_starts(ids).tolist() == [1 + 4 * 48, 1 + 4 * 96]
    moved = codec.augment(ids, (), np.random.default_rng(0))
    steps = set((moved - ids)[ids >= codec.first][(piece != 128).reshape(-1)].tolist())
    assert len(steps) == 1 and steps != {0}
    assert np.array_equal(moved[1:-1][(piece == 128).reshape(-1)], ids[1:-1][(piece == 128).reshape(-1)])


@pytest.mark.train
def test_a_net_foretells_by_what_came_before_alone(bench: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    """Causal; and a window that moves on begins as one that holds the whole piece."""
    from componium.nn.frame_transformer import FrameTransformerModule

    monkeypatch.setattr(bench, "SIZES", {**bench.SIZES, "n_layer": 1, "n_head": 2, "n_embd": 32})
    codec = bench.Voices((0, 1, 2, 3))
    ids = {"bos": codec.bos, "eos": codec.eos, "end": codec.end, "first": codec.first}
    parts = {**ids, **bench.SIZES, "n_kinds": 516, "n_closing": 129, "periods": (4, 16)}
    module = FrameTransformerModule(len(codec.vocab), **parts).eval()
    one, two = some_piece(150), some_piece(150)
    two[40:] = two[40:] // 2 + 20
    first, second = -bench.log_chances(module, np.stack([codec.encode(piece) for piece in (one, two)]))
    assert len(first) == 600 and (first > 0).all()
    np.testing.assert_allclose(first[:160], second[:160], atol=1e-3)
    assert not np.allclose(first[160:], second[160:], atol=1e-2)
    monkeypatch.setattr(bench, "SIZES", {**bench.SIZES, "block_size": 400})
    again = -bench.log_chances(module, codec.encode(one)[None])[0]
    np.testing.assert_allclose(again[:400], first[:400], atol=0.02)
    own, own_again, seeds_averaged, in_its_key = bench.losses({0: module, 3: module}, [one], (0,))
    assert own == own_again == pytest.approx(seeds_averaged, rel=1e-6) == pytest.approx(in_its_key, rel=1e-6)
    [fourth_up] = bench.losses({0: module}, [bench.moved(one, 5)], (0,))[:1]
    at_home, alone, both = bench.losses({0: module}, [one], (0, 5))
    assert at_home == pytest.approx(alone, rel=1e-6)
    assert both <= (at_home + fourth_up) / 2  # a mean of chances is never below their geometric mean


def test_voices_may_be_told_in_any_order(bench: ModuleType) -> None:
    piece = np.array([[70, 60, 50, 40], [71, 61, 128, 41]])
    ids = bench.Voices((3, 0, 2, 1)).encode(piece)[1:-1].reshape(2, 4) - bench.Voices.first
    assert (ids % 129).tolist() == [[40, 70, 50, 60], [41, 71, 128, 61]]
    assert (ids // 129).tolist() == [[3, 2, 1, 0]] * 2
    assert [bench.order_of(seed) for seed in (0, 3)] == [(0, 1, 2, 3)] * 2
