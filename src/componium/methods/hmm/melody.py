"""Melody over hidden states: closing states, the drawn line, repeated notes."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from componium.decoding.style.plan import Plan
from componium.methods.hmm.baum_welch import Chain, draw_states, type_floats, type_ints
from componium.methods.hmm.states import WIDEST

type_rows = list[tuple[int, ...]]


def closing_weights(model: Mapping[str, Any]) -> type_floats:
    """Return the log weight of each state as a close under the tonic.

    Closes are in tonic harmony with the tonic in the bass, if any state is.
    """
    weights: type_floats = model["chain"].emits[:, 0].copy()
    close = np.array([state[0] == "T" and max(state[1:]) % 12 == 0 for state in model["states"]])
    if close.any():
        weights[~close] = -np.inf
    return weights


def draw_melody(model: Mapping[str, Any], path: type_ints, piece: Plan, rng: np.random.Generator) -> list[int]:
    """Draw a pitch for each beat, among all melodies in range.

    They are weighted by the states under them and by their intervals.
    """
    low, high = piece.ranges[0]
    pitches = np.arange(low, high + 1)
    leaps = pitches[None, :] - pitches[:, None]
    moves = np.where(np.abs(leaps) <= WIDEST, model["leaps"][np.clip(leaps + WIDEST, 0, 2 * WIDEST)], -np.inf)
    start = (-0.05 * (pitches - (low + high) / 2) ** 2).astype(np.float64)
    degrees = (pitches - piece.key.tonic) % 12
    fits = model["chain"].emits[path][:, degrees]
    fits[-1, (degrees != 0) if piece.closed else (degrees == 0)] = -np.inf
    drawn = draw_states(Chain(start, moves, np.zeros((len(pitches), 1))), fits, rng)
    return [int(pitch) for pitch in pitches[drawn]]


def limit_repeats(rows: Sequence[tuple[int, ...]], most: int) -> type_rows:
    """Return the line with no pitch struck more than `most` times in a row.

    Further ones are held on.
    """
    line: type_rows = []
    run = 0
    for onset, length, pitch in rows:
        run = run + 1 if line and line[-1][2] == pitch else 1
        if run > most:
            line[-1] = (line[-1][0], onset + length - line[-1][0], pitch)
        else:
            line.append((onset, length, pitch))
    return line
