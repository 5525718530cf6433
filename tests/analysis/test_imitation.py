"""Imitation: a canon imitates throughout, at its lag and interval; voices together don't."""

import numpy as np
import pytest

from componium.analysis.imitation import imitations
from componium.metrics.form import imitation
from componium.music.score import Score, Track, notes

LINE = np.random.default_rng(0).integers(55, 75, 32)


def canon(lag: int, shift: int) -> Score:
    """Return a line in quarters, and the same after `lag` quarters and so many semitones higher."""
    voices = [[(480 * (at + later), 480, int(pitch) + up) for at, pitch in enumerate(LINE)]
              for later, up in ((0, 0), (lag, shift))]  # fmt: skip
    return Score(tuple(Track(notes(rows)) for rows in voices))


@pytest.mark.parametrize(("lag", "shift", "share"), [(4, -7, 0.5), (16, 12, 0.5), (17, 0, 0.0), (0, -12, 0.0)])
def test_a_canon_imitates_at_its_lag_and_interval(lag: int, shift: int, share: float) -> None:
    n_figures, found = imitations(canon(lag, shift))
    assert n_figures == 2 * (len(LINE) - 3) and imitation(canon(lag, shift)) == len(found) / n_figures == share
    assert set(found) == ({(480 * lag, shift)} if share else set())
