"""Triples: the net has its source's size and shapes, its loss presses times to be positive, both halves are one."""

from pathlib import Path

import numpy as np
import pytest

from componium.corpora import Corpus, Piece
from componium.decoding.controls import Controls
from componium.decoding.request import Request
from componium.methods.triples import WINDOW, Triples, Windows, triples_of
from componium.music.score import Meter, Score, Track, notes
from componium.render.plots import read_log


@pytest.mark.train
def test_it_has_its_sources_weights_and_shapes() -> None:
    import torch

    from componium.nn.triples import WINDOW, TriplesModule

    module = TriplesModule()
    assert sum(value.numel() for value in module.parameters()) == 84_354
    pitch, step, duration = module(torch.rand(5, WINDOW, 3))
    assert (pitch.shape, step.shape, duration.shape) == ((5, 128), (5,), (5,))


@pytest.mark.train
def test_a_negative_time_costs_more_than_its_square() -> None:
    import torch

    from componium.nn.triples import penalized_error

    truth = torch.tensor([0.5])
    assert float(penalized_error(truth, torch.tensor([0.7]))) == pytest.approx(0.04)
    assert float(penalized_error(truth, torch.tensor([-0.2]))) == pytest.approx(0.49 + 2.0)


@pytest.mark.train
def test_its_loss_is_that_of_pitch_step_and_duration_together() -> None:
    import torch

    from componium.nn.triples import PITCH_SHARE, loss

    even = torch.zeros(1, 128)
    following = torch.tensor([[60.0, 0.5, 1.0]])
    found, n = loss((even, torch.tensor([0.5]), torch.tensor([0.9])), following)
    assert n == 1
    assert float(found) == pytest.approx(PITCH_SHARE * float(torch.log(torch.tensor(128.0))) + 0.01, abs=1e-6)


@pytest.mark.train
def test_its_run_states_that_its_loss_is_no_likelihood(tmp_path: Path) -> None:
    score = Score((Track(notes([(480 * at, 240, 60 + at % 5) for at in range(40)])),))
    corpus = Corpus("one", (Piece("train", score, split="train"), Piece("held out", score, split="validation")))
    texts: list[str] = []
    Triples(**Triples.TINY).fit(corpus, run_dir=tmp_path, on_progress=lambda progress: texts.append(progress.text))
    assert read_log(tmp_path).unit == "a note: 0.05 nats of pitch + squared quarters"
    assert "squared quarters" in texts[-1] and "token)" not in texts[-1]


def taught():
    """A method with weights drawn by chance, and its net."""
    import torch

    from componium.nn.triples import TriplesModule

    with torch.random.fork_rng():
        torch.manual_seed(2)
        module = TriplesModule(24)
    weights = {name: value.detach().numpy().copy() for name, value in module.state_dict().items()}
    usual = {"meter": [4, 4], "qpm": 120.0, "program": 0}
    return module, Triples(n_hidden=24).set_weights(usual, weights)


@pytest.mark.train
def test_both_halves_of_the_net_are_equal() -> None:
    import torch

    module, method = taught()
    window = np.random.default_rng(1).random((WINDOW, 3), dtype=np.float32)
    logits, step, duration = method.net_.predict(window)
    with torch.no_grad():
        told = module(torch.from_numpy(window)[None])
    np.testing.assert_allclose(logits, told[0][0].numpy(), atol=1e-4)
    assert (step, duration) == pytest.approx((float(told[1]), float(told[2])), abs=1e-4)


@pytest.mark.train
def test_its_notes_stand_in_whole_bars_and_none_sounds_on_under_itself() -> None:
    _, method = taught()
    wishes = Controls(bars=6, meter=Meter(0, 3, 4))
    (score,) = method.generate(Request(wishes), 1, rng=np.random.default_rng(3))
    rows = score.tracks[0].notes
    ends = rows["onset"] + rows["duration"]
    assert score.end == 6 * 3 * 480 and (rows["onset"] % 120 == 0).all()
    for pitch in set(rows["pitch"].tolist()):
        same = rows["pitch"] == pitch
        assert (ends[same][:-1] <= rows["onset"][same][1:]).all()


def test_windows_begin_before_the_first_note_and_go_through_the_piece() -> None:
    score = Score((Track(notes([(480 * at, 240, 60 + at) for at in range(30)])),))
    (batch,) = Windows([triples_of(score)], 64, 0, augment=False, shuffle=False).batches(0)
    inputs, targets = batch
    assert inputs.shape == (30, WINDOW, 3) and (inputs[0] == 0).all()
    assert targets[:, 0].tolist() == list(range(60, 90)) and set(targets[1:, 1].tolist()) == {1.0}
    np.testing.assert_allclose(inputs[-1][:, 0] * 128, np.arange(64, 89))
