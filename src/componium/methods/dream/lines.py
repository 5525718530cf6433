"""Exact draws of whole lines by forward filtering and backward sampling.

A masked net gives the chances of each hidden cell by itself. A line is music only if a pitch is held on after it was
struck, and an onset has a weight of its own. That is a hidden Markov model (Rabiner 1989) with the net's chances as
emissions: a hold follows a strike or a hold of its pitch, and anything else follows anything.
"""

import numpy as np
from numpy.typing import NDArray

from componium.methods.dream.roll import PITCHES, SILENCE, STRIKE, type_cells

type_scores = NDArray[np.float64]
FAINTEST = -60.0  # nats below the likeliest token of a cell, to which a possible one is raised: no product is 0
STRIKES, HOLDS = slice(1, 1 + PITCHES), slice(1 + PITCHES, 1 + 2 * PITCHES)  # after silence, in the tables below


def draw_lines(scores: type_scores, onsets: type_scores, repeat: float, rng: np.random.Generator) -> type_cells:
    """Draw a token for each cell; return them, (T, I).

    scores  (T, I, V), nats of each token; -inf for those that a cell can't have
    onsets  (T,), nats added for a note that begins there
    repeat  nats added for striking the pitch that sounds already
    rng     the source of randomness

    At least one line must be possible: its first cell no hold, each hold after a strike or hold of its pitch.
    """
    again = np.exp(repeat) - 1
    return _backward(_forward(_chances(scores, onsets), again), again, rng)


def _chances(scores: type_scores, onsets: type_scores) -> type_scores:
    """Return the chances of silence, strikes and holds, (T, I, 1 + 2 PITCHES)."""
    kept = np.concatenate([scores[..., SILENCE, None], scores[..., STRIKE:]], axis=-1)
    kept[..., STRIKES] += onsets[:, None, None]
    possible = kept > -np.inf
    result: type_scores = np.exp(np.maximum(kept - kept.max(axis=-1, keepdims=True), FAINTEST)) * possible
    return result


def _forward(chances: type_scores, again: float) -> type_scores:
    """Return the chances of each token given the cells before it, in place."""
    sounding = np.zeros((chances.shape[1], PITCHES))
    for now in chances:
        now[:, STRIKES] *= 1 + again * sounding
        now[:, HOLDS] *= sounding
        now /= now.sum(axis=1, keepdims=True)
        sounding = now[:, STRIKES] + now[:, HOLDS]
    return chances


def _backward(forward: type_scores, again: float, rng: np.random.Generator) -> type_cells:
    """Draw the last token of each line, then each token given the one after it."""
    n_steps, n_voices, n_tokens = forward.shape
    tokens = np.arange(n_tokens)
    pitch_of, is_strike = np.where(tokens, (tokens - 1) % PITCHES, -1), (tokens > 0) & (tokens <= PITCHES)
    drawn, uniform = np.zeros((n_steps, n_voices), dtype=np.int64), rng.random((n_steps, n_voices, 1))
    follows: type_scores = np.ones((n_voices, n_tokens))
    for at in range(n_steps - 1, -1, -1):
        total = (forward[at] * follows).cumsum(axis=1)
        drawn[at] = after = (total <= uniform[at] * total[:, -1:]).sum(axis=1)
        same = pitch_of == pitch_of[after][:, None]
        follows = np.where((after > PITCHES)[:, None], same, 1 + again * (same & is_strike[after][:, None]))
    return np.where(drawn == 0, SILENCE, drawn - 1 + STRIKE)
