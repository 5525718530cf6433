"""Dreams along a contour: lines drawn exactly, silence kept, density and register followed."""

from itertools import product

import numpy as np
import pytest

from componium.decoding.contour import Contour
from componium.decoding.style.plan import Plan
from componium.methods.dream import Dream
from componium.methods.dream.following import onsets_of, seats_of, shares, smooth
from componium.methods.dream.lines import draw_lines
from componium.methods.dream.roll import HOLD, N_TOKENS, PITCHES, SILENCE, STRIKE, settle
from componium.music.score import Key, Meter, Score

RNG = np.random.default_rng
TOKENS = (SILENCE, STRIKE + 40, HOLD + 40, STRIKE + 43, HOLD + 43)  # those of the small example


def probability(line: tuple[int, ...], scores: np.ndarray, onsets: np.ndarray, repeat: float) -> float:
    """The weight of a line, by its definition."""
    total, sounding = 0.0, -1
    for at, token in enumerate(line):
        pitch = (token - STRIKE) % PITCHES if token >= STRIKE else -1
        if token >= HOLD and pitch != sounding:
            return 0.0
        total += scores[at, 0, token] + (onsets[at] + repeat * (pitch == sounding) if STRIKE <= token < HOLD else 0)
        sounding = pitch
    return float(np.exp(total))


def test_lines_are_drawn_in_proportion_to_their_weights() -> None:
    """Against the enumeration of all lines of three cells."""
    scores = np.full((3, 1, N_TOKENS), -np.inf)
    scores[:, 0, TOKENS] = RNG(0).normal(0, 1, (3, len(TOKENS)))
    onsets, repeat = np.array([0.5, -1.0, 0.3]), -0.7
    lines = list(product(TOKENS, repeat=3))
    weights = np.array([probability(line, scores, onsets, repeat) for line in lines])
    rng, n = RNG(1), 4000
    wide = np.repeat(scores, n, axis=1)
    drawn = [tuple(line) for line in draw_lines(wide, onsets, repeat, rng).T.tolist()]
    found = np.array([drawn.count(line) for line in lines]) / n
    assert not found[weights == 0].any()
    np.testing.assert_allclose(found, weights / weights.sum(), atol=0.03)


def model() -> Dream:
    """A net that has learned nothing: all its weights are 0."""
    from componium.inference.dream import shapes_of

    made = Dream(**{**Dream.TINY, "n_voices": 4, "sweeps": 16})
    weights = {name: np.zeros(shape, np.float32) for name, shape in shapes_of(made._sizes).items()}
    return made.set_weights({"profiles": {}}, weights)


def contour(n: int = 96, pickup: int = 0) -> Contour:
    """Sparse and low at first, then dense and high; silent between."""
    half = np.arange(n) >= n // 2
    silent = (np.arange(n) >= n // 2 - 6) & ~half
    return Contour(np.where(half, 0.5, 0.1), np.where(half, 6.0, -6.0), np.zeros(n), np.zeros((n, 12)), silent, pickup)


def dreamed(n_voices: int, seed: int = 0, pickup: int = 0) -> Score:
    plan = Plan(Key(0, -1), Meter(0, 3, 4), 8, (40,) * n_voices, ((40, 90),) * n_voices, qpm=90.0)
    return model().follow(plan, contour(pickup=pickup), rng=RNG(seed))


@pytest.mark.parametrize("n_voices", [1, 2, 3, 4, 5, 9])
def test_any_number_of_voices_follows_the_contour(n_voices: int) -> None:
    score = dreamed(n_voices)
    assert len(score.tracks) == n_voices and all(len(track.notes) for track in score.tracks)
    notes = np.concatenate([track.notes for track in score.tracks])
    before, after = (notes[side] for side in (notes["onset"] < 5040, notes["onset"] >= 5760))
    assert len(after) > 1.5 * len(before) and after["pitch"].mean() > before["pitch"].mean() + 4
    assert not ((notes["onset"] < 5760) & (notes["onset"] + notes["duration"] > 5040)).any(), "the silence"
    assert score.end == 96 * 120 and notes["pitch"].min() >= 40 and notes["pitch"].max() <= 90


def test_the_same_seed_gives_the_same_notes_and_a_pickup_is_a_bar_of_its_own() -> None:
    assert dreamed(3, 4) == dreamed(3, 4) != dreamed(3, 5)
    assert [str(meter) for meter in dreamed(3, pickup=2).meters] == ["1/8", "3/4"]


def test_every_sweep_is_reported_and_added_voices_have_their_own() -> None:
    seen: list[tuple[int, int]] = []
    plan = Plan(Key(0, 0), Meter(0, 4, 4), 6, (40,) * 6, ((40, 90),) * 6)
    model().follow(plan, contour(), rng=RNG(0), on_sweep=lambda at, n, score: seen.append((at, n)))
    assert seen == [(at, 20) for at in range(20)]


def test_small_parts() -> None:
    assert seats_of(2, 4) == [0, 3] and shares(64)[0] == 1.0 and shares(64)[-1] == 0.05
    assert smooth(np.ones(30)) == pytest.approx(np.ones(30))
    line = np.array([[STRIKE + 5], [HOLD + 5], [HOLD + 7], [SILENCE]])
    assert onsets_of(line)[:, 0].tolist() == [True, False, True, False] and settle(line)[2, 0] == STRIKE + 7
