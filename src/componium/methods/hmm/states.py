"""Chord states of the HMM: counted in a corpus beat by beat, and their parallels.

Pitches are semitones over the lowest tonic, (beats, parts), -1 for silence. A state is (function, semitones of each
lower part below the top one); functions are T, D, S and X: tonic, dominant, subdominant, other.
"""

from collections import Counter
from collections.abc import Sequence
from itertools import combinations
from typing import Any

import numpy as np

from componium.errors import CorpusError
from componium.methods.hmm.baum_welch import chain_of, type_floats, type_ints
from componium.music.score import Score
from componium.music.theory import is_parallel
from componium.music.time import beat_lines

MOST_STATES = 400
SMOOTHING = 0.02
PRIOR = 3.0  # counts for each new way on from a chord, chosen on validation chorales among 0.3, 1, 3, 5, 10, 30
WIDEST = 9  # semitones between beats of the melody


def count_parallels(below: type_ints, steps: Sequence[int]) -> list[type_floats]:
    """Count parallel fifths and octaves between any two chords, by steps of the top.

    `below` (chords, parts) are the parts' distances under the top one.

    >>> count_parallels(np.array([[0, 7], [0, 4]]), [2])[0].tolist()
    [[1.0, 0.0], [0.0, 0.0]]
    """
    counts: dict[int, type_floats] = {}
    for step in set(steps):
        moved = step - (below[None] - below[:, None])  # (from, to, parts)
        counts[step] = np.zeros(moved.shape[:2])
        for high, low in combinations(range(below.shape[1]), 2):
            gap = below[:, low] - below[:, high]
            counts[step] += is_parallel(gap[:, None], moved[..., high], moved[..., low])
    return [counts[step] for step in steps]


def beat_pitches(score: Score) -> type_ints:
    """Return the pitches at each beat, over the lowest tonic: (beats, parts).

    Silence is -1.
    """
    places = beat_notes(score)
    pitches = np.full(places.shape, -1, dtype=np.int64)
    for part, track in enumerate(score.tracks):
        sounds = places[:, part] >= 0
        found = track.notes["pitch"][places[sounds, part]].astype(int)
        pitches[sounds, part] = np.maximum(found - score.keys[0].tonic, 0)
    return pitches


def beat_notes(score: Score) -> type_ints:
    """Return the places in their tracks of the notes at each beat, (beats, parts).

    Silence is -1.
    """
    ticks = beat_lines(score)[:-1]
    places = np.full((len(ticks), len(score.tracks)), -1, dtype=np.int64)
    for part, track in enumerate(score.tracks):
        if len(track.notes):
            at = np.searchsorted(track.notes["onset"], ticks, side="right") - 1
            sounds = (at >= 0) & (track.notes["onset"][at] + track.notes["duration"][at] > ticks)
            places[sounds, part] = at[sounds]
    return places


def count_states(pieces: Sequence[type_ints]) -> dict[str, Any]:
    """Count the model of pieces in parts: its commonest states, smoothed."""
    rows = [[state_of(beat) for beat in beats.tolist()] for beats in pieces]
    common = Counter(state for row in rows for state in row if state).most_common(MOST_STATES)
    numbers = {state: at for at, (state, _) in enumerate(common)}
    if not numbers:
        raise CorpusError("no beat at which all parts sound")
    total = len(numbers)
    shares = np.array([n for _, n in common], dtype=float)
    start = np.full(total, SMOOTHING)
    moves = np.zeros((total, total))
    emits = np.full((total, 12), SMOOTHING)
    for beats, row in zip(pieces, rows, strict=True):
        path = [numbers.get(state, -1) if state else -1 for state in row]
        if path and path[0] >= 0:
            start[path[0]] += 1
        for at, here in enumerate(path):
            if here >= 0:
                emits[here, beats[at, 0] % 12] += 1
                if at and path[at - 1] >= 0:
                    moves[path[at - 1], here] += 1
    met = np.maximum((moves > 0).sum(axis=1, keepdims=True), 1)  # Witten and Bell: a count for each new way on
    moves += PRIOR * met * shares / shares.sum()
    chain = chain_of(*(table / table.sum(axis=-1, keepdims=True) for table in (start, moves, emits)))
    leaps = log_intervals([beats[:, 0] for beats in pieces])
    return {"chain": chain, "states": [list(state) for state in numbers], "leaps": leaps}


def state_of(beat: list[int]) -> tuple[Any, ...] | None:
    """Return the function and the distance of each lower part under the first.

    None where a part is silent.
    """
    return (_function(beat), *[beat[0] - pitch for pitch in beat[1:]]) if min(beat) >= 0 else None


def _function(beat: list[int]) -> str:
    bass, above = min(beat) % 12, {(pitch - min(beat)) % 12 for pitch in beat}
    if bass in (3, 4, 7) and above & {8, 9} and not above & {7}:  # a sixth chord is what its root is
        return "D" if bass == 7 and 4 not in above and 5 not in above else "T"
    return {0: "T", 9: "T", 8: "T", 3: "T", 4: "T", 7: "D", 11: "D", 5: "S", 2: "S"}.get(bass, "X")


def log_intervals(lines: Sequence[type_ints]) -> type_floats:
    """Return the log probability of each melodic interval from beat to beat.

    Intervals go from -WIDEST to WIDEST.
    """
    counts = np.ones(2 * WIDEST + 1)
    for line in lines:
        steps = np.diff(line)[(line[1:] >= 0) & (line[:-1] >= 0)]
        np.add.at(counts, steps[np.abs(steps) <= WIDEST] + WIDEST, 1)
    logs: type_floats = np.log(counts / counts.sum())
    return logs
