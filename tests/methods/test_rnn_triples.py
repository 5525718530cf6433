"""The triples net has its source's size and shapes, and its loss presses times to be positive."""

import pytest


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

    from componium.nn.triples import pressed

    truth = torch.tensor([0.5])
    assert float(pressed(truth, torch.tensor([0.7]))) == pytest.approx(0.04)
    assert float(pressed(truth, torch.tensor([-0.2]))) == pytest.approx(0.49 + 2.0)


@pytest.mark.train
def test_its_loss_is_that_of_pitch_step_and_duration_together() -> None:
    import torch

    from componium.nn.triples import PITCH_SHARE, loss

    even = torch.zeros(1, 128)
    following = torch.tensor([[60.0, 0.5, 1.0]])
    found = float(loss((even, torch.tensor([0.5]), torch.tensor([0.9])), following))
    assert found == pytest.approx(PITCH_SHARE * float(torch.log(torch.tensor(128.0))) + 0.01, abs=1e-6)
