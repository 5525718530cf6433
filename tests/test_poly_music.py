"""The protocol of benchmarks/poly_music, held to models that need no training, and the exact chance of a frame."""

import importlib.util
import os
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from componium.codecs.frames import Frames
from componium.methods.frame_transformer import FrameTransformer

FOLDER = Path(__file__).parents[1] / "benchmarks" / "poly_music"
# Nats a frame: each key as often as in training (all frames); each key after itself (frames 2 to T).
ANCHORS = {
    "JSB_Chorales": (11.060, 10.491),
    "Nottingham": (10.252, 5.153),
    "MuseData": (11.510, 8.559),
    "Piano_midi": (11.046, 8.265),
}


@pytest.fixture(scope="module")
def bench() -> ModuleType:
    pytest.importorskip("scipy")
    spec = importlib.util.spec_from_file_location("poly_music_bench", FOLDER / "bench.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.data
@pytest.mark.skipif("COMPONIUM_DATA" not in os.environ, reason="COMPONIUM_DATA names no folder")
@pytest.mark.parametrize("name", ANCHORS)
def test_anchors_are_reproduced(bench: ModuleType, name: str) -> None:
    rolls = bench.load(name)
    assert (bench.unigram(rolls), bench.keywise_markov(rolls)) == pytest.approx(ANCHORS[name], abs=0.005)


def some_roll(n_frames: int = 40) -> np.ndarray:
    rng = np.random.default_rng(5)
    roll = np.zeros((n_frames, 88), dtype=bool)
    roll[np.arange(n_frames)[:, None], rng.integers(30, 60, (n_frames, 4))] = True
    roll[7] = False  # a silent frame counts too
    return roll


@pytest.mark.train
@pytest.mark.parametrize("trunk", ["attention", "lstm", "wavenet"])
def test_a_factorised_frame_costs_the_sum_of_its_keys(trunk: str) -> None:
    """Chances of tokens from the top down are the chances of the 128 yeses and noes."""
    import torch
    from torch.nn import functional

    codec = Frames(steps=1)
    method = FrameTransformer(steps=1, n_layer=1, n_head=2, n_embd=32)
    with torch.random.fork_rng():
        torch.manual_seed(0)
        module = method.make_module(codec, trunk=trunk, head="factorised").eval()
    roll = np.pad(some_roll(), ((0, 0), (21, 19)))
    ids = torch.from_numpy(codec.encode_roll(roll))[None]
    asked: list[torch.Tensor] = []
    ask = module.head.asked
    module.head.asked = lambda *told: asked.append(ask(*told)) or asked[-1]
    with torch.no_grad():
        logits = module(ids[:, :-2])[0]
    logits[:, codec.eos] = -1e9
    by_tokens = functional.cross_entropy(logits, ids[0, 1:-1], reduction="sum")
    frame = codec.frame_of(ids[0].numpy())[1:-1]
    firsts = np.flatnonzero(np.diff(frame, prepend=-1))  # one of its tokens each: all ask the same past
    keys = asked[0][0, firsts, :128]
    by_keys = functional.binary_cross_entropy_with_logits(keys, torch.from_numpy(roll).float(), reduction="sum")
    assert by_tokens.item() == pytest.approx(by_keys.item(), rel=1e-5)


@pytest.mark.train
def test_moving_windows_foretell_each_id_once(bench: ModuleType) -> None:
    """Averaging a model with itself changes nothing; a moving window begins as one that holds the whole piece."""
    codec = Frames(steps=1)
    method = FrameTransformer(steps=1, n_layer=1, n_head=2, n_embd=32)
    module = method.make_module(codec).eval()
    rolls = [some_roll(), some_roll(60)]
    for of_each in bench.losses(codec, [module, module], rolls, 640):
        assert of_each == pytest.approx(of_each[0], rel=1e-5)
    ids = bench.ids_of(codec, rolls)[1][:-1]
    moved, whole = (bench.log_probs(codec, [module], ids, block)[0] for block in (100, 640))
    assert moved.shape == (len(ids) - 1,) and (moved < 0).all()
    np.testing.assert_allclose(moved[:90], whole[:90], atol=0.05)
