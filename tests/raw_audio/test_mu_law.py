"""Sound as ids: the paper's mu-law at points worked out by hand."""

import numpy as np
import pytest

from componium.errors import ControlError
from componium.raw_audio import mu_law


def test_mu_law_is_the_papers() -> None:
    """f(x) = sign(x) ln(1 + 255 |x|) / ln 256, at points whose values can be worked out by hand."""
    steps = 2.0 ** np.arange(9)
    samples = (steps - 1) / 255  # ln(1 + 255 x) is then k ln 2, so that f(x) = k / 8
    np.testing.assert_allclose(mu_law.compress(samples), np.arange(9) / 8, atol=1e-12)
    np.testing.assert_allclose(mu_law.compress(-samples), -np.arange(9) / 8, atol=1e-12)
    np.testing.assert_allclose(mu_law.expand(np.arange(9) / 8), samples, atol=1e-12)
    assert mu_law.encode(np.array([-1.0, -0.5, 0.0, 0.5, 1.0, 2.0])).tolist() == [0, 16, 128, 239, 255, 255]


def test_every_level_comes_back_as_itself() -> None:
    levels = np.arange(256)
    np.testing.assert_array_equal(mu_law.encode(mu_law.decode(levels)), levels)
    samples = np.linspace(-1, 1, 4001)
    error = np.abs(mu_law.decode(mu_law.encode(samples)) - samples)
    assert (error <= (np.abs(samples) + 1 / 255) * 0.0221).all()  # half a step is ln 256 / 255 of 1/mu + |x|


@pytest.mark.parametrize("ids", [[256], [-1]])
def test_an_id_that_is_no_sample_is_refused(ids) -> None:
    with pytest.raises(ControlError, match="mu-law"):
        mu_law.decode(ids)
