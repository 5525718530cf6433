"""Explanation of the hidden Markov model's notes by the harmony expected.

What is known before a beat are the chords of the beats before it, for a lower part the beat's top note too. The top
note is expected by the chords that may come and by its interval, a lower one by its distance in those chords.
"""

from collections.abc import Mapping, Sequence
from fractions import Fraction
from math import log2
from typing import Any

import numpy as np
from numpy.typing import NDArray

from componium.decoding.explanation import Candidate, NoteExplanation
from componium.methods.hmm.baum_welch import Chain, forward, log_sum, type_floats, type_ints
from componium.methods.hmm.states import WIDEST, beat_pitches, state_of
from componium.music.score import Score
from componium.music.time import bar_lines, beat_lines

FUNCTIONS = {"T": "tonic", "S": "subdominant", "D": "dominant"}  # by the letter of a state
type_chances = NDArray[np.float64]


def explain_bar(score: Score, model: Mapping[str, Any], bar: int, voice: int) -> tuple[NoteExplanation, ...]:
    """Return the explanations of the notes of one bar and voice, both from 0.

    The score states its key.
    """
    begin, end = bar_lines(score)[bar : bar + 2].tolist()
    beats, ticks, tonic = beat_pitches(score), beat_lines(score), score.keys[0].tonic
    expected = expected_states(model, beats)
    found = []
    for onset, duration, pitch in score.tracks[voice].notes[["onset", "duration", "pitch"]].tolist():
        if begin <= onset < end:
            times = Fraction(onset - begin, score.ticks_per_quarter), Fraction(duration, score.ticks_per_quarter)
            beat = int(np.searchsorted(ticks, onset))
            if onset != ticks[beat]:
                found.append(NoteExplanation(*times, pitch, (Candidate(pitch),), reasons=(ORNAMENT,)))
                continue
            states, chances = _chances(model, beats, expected[beat], beat, voice)
            candidates = [Candidate(at + tonic, float(chances[at]), float(chances[at]))
                          for at in np.argsort(-chances, kind="stable").tolist() if chances[at] > 0]
            found.append(_explanation(*times, pitch, candidates, harmony(model, states)))
    return tuple(found)


ORNAMENT = "between the beats: an ornament of the second model"


def expected_states(model: Mapping[str, Any], beats: type_ints) -> type_floats:
    """Return the log probability of each state given the beats before: (T, K).

    A chord that was learned is known; of any other the top note is.
    """
    chain: Chain = model["chain"]
    numbers = {tuple(state): at for at, state in enumerate(model["states"])} if beats.shape[1] > 1 else {}
    path = np.array([numbers.get(state_of(beat) or (), -1) for beat in beats.tolist()])
    known = np.where((beats[:, 0] >= 0)[:, None], chain.fits(beats[:, 0] % 12), 0.0)
    stated = np.where((path[:, None] < 0) | (path[:, None] == np.arange(len(model["states"]))), known, -np.inf)
    passed = forward(chain, stated)
    rows = [chain.start]
    rows += [log_sum(row[:, None] + chain.moves, axis=0) for row in passed[:-1]]
    logs: type_floats = np.stack(rows)
    return logs - log_sum(logs, axis=1)[:, None]


def _chances(
    model: Mapping[str, Any], beats: type_ints, expected: type_floats, beat: int, voice: int
) -> tuple[type_chances, type_chances]:
    """Return the chances of each state (K,) and pitch over the tonic (128,)."""
    chain, top = model["chain"], int(beats[beat, 0])
    degrees = np.arange(128) % 12
    if voice == 0:
        weights = np.exp(expected) @ np.exp(chain.emits)[:, degrees]
        before = int(beats[beat - 1, 0]) if beat else -1
        if before >= 0:
            leaps = np.arange(128) - before
            near = np.abs(leaps) <= WIDEST
            weights *= np.where(near, np.exp(model["leaps"][np.clip(leaps + WIDEST, 0, 2 * WIDEST)]), 0.0)
        return np.exp(expected), weights / weights.sum()
    states = np.exp(expected + (chain.emits[:, top % 12] if top >= 0 else 0.0))
    states /= states.sum()
    pitches = np.zeros(128)
    for state, chance in zip(model["states"], states.tolist(), strict=True):
        pitch = top - int(state[voice])
        if top >= 0 and 0 <= pitch < 128:
            pitches[pitch] += chance
    return states, pitches


def harmony(model: Mapping[str, Any], states: type_chances) -> tuple[str, ...]:
    """Return the harmony expected, in words, from the chance of each state (K,).

    >>> harmony({"states": [["T", 4], ["D", 3], ["T", 7]]}, np.array([0.5, 0.3, 0.2]))
    ('harmony expected: tonic 70%, dominant 30%',)
    """
    shares: dict[str, float] = {}
    for state, chance in zip(model["states"], states.tolist(), strict=True):
        name = FUNCTIONS.get(state[0], "other")
        shares[name] = shares.get(name, 0.0) + chance
    if set(shares) == {"other"}:  # of one part the states have no names
        return ()
    likely = sorted(((chance, name) for name, chance in shares.items() if chance >= 0.01), reverse=True)
    return (f"harmony expected: {', '.join(f'{name} {chance:.0%}' for chance, name in likely)}",)


def _explanation(
    onset: Fraction, duration: Fraction, pitch: int, candidates: Sequence[Candidate], reasons: tuple[str, ...]
) -> NoteExplanation:
    chance = next((each.chance for each in candidates if each.pitch == pitch), None)
    if chance is None:
        return NoteExplanation(onset, duration, pitch, (*candidates, Candidate(pitch, 0.0, 0.0)),
                               reasons=(*reasons, "no chord that was learned has this note here"))
    return NoteExplanation(onset, duration, pitch, tuple(candidates), -log2(chance), reasons=reasons)
