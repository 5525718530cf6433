"""Ornaments within beats: a second hidden Markov model, on top of the harmony.

After the ornamentation stage of Allan and Williams (2005): passing notes, turns, suspensions. A hidden state is the
patterns of all parts in one beat together; observed of a part are the degree that it stands on, whether it stays where
it was a beat ago, and how far it goes to the next beat. A suspension is a pattern that begins tied and moves on by
step.

Conventions: pitches are semitones over a tonic, (beats, parts), -1 for silence. A pattern is whether the beat's note is
tied to the one before, then (place, steps, raised) for each further note: its place in twelfths of a beat, its distance
from the beat's note in steps of the scale, and 1 if it stands a semitone above the scale.
"""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from itertools import combinations, pairwise
from typing import Any

import numpy as np

from componium.methods.hmm.baum_welch import Chain, draw_states, type_ints, viterbi
from componium.music.score import Score
from componium.music.theory import is_parallel
from componium.music.time import beat_lines

GRID = 12  # places in a beat
MOST_STATES, SMOOTHING = 400, 0.05
WIDEST = 12  # semitones from beat to beat that are distinguished
type_pattern = tuple[int, tuple[tuple[int, int, int], ...]]
PLAIN: type_pattern = (0, ())


def read_patterns(score: Score, beats: type_ints, scale: Collection[int]) -> list[list[type_pattern | None]]:
    """Return the pattern of each part at each beat: (beats, parts); None in silence."""
    lines = beat_lines(score)
    patterns: list[list[type_pattern | None]] = [[None] * len(score.tracks) for _ in beats]
    for part, track in enumerate(score.tracks):
        onsets, pitches = track.notes["onset"], track.notes["pitch"].astype(int) - score.keys[0].tonic
        first = np.searchsorted(onsets, lines)
        for at in np.flatnonzero(beats[:, part] >= 0).tolist():
            start, length, base = int(lines[at]), int(lines[at + 1] - lines[at]), int(beats[at, part])
            tied = int(not (first[at] < len(onsets) and onsets[first[at]] == start))
            inner = [(int(onsets[n] - start) * GRID // length, *steps_to(base, int(pitches[n]), scale))
                     for n in range(first[at], first[at + 1]) if onsets[n] > start]
            patterns[at][part] = (tied, tuple(inner))
    return patterns


def steps_to(base: int, other: int, scale: Collection[int]) -> tuple[int, int]:
    """Return the steps of the scale from `base` to `other`, and 1 if it is raised.

    >>> steps_to(4, 7, (0, 2, 4, 5, 7, 9, 11)), steps_to(0, -1, (0, 2, 4, 5, 7, 9, 11))
    ((2, 0), (-1, 0))
    """
    raised = int(other % 12 not in scale)
    target = other - raised
    between = range(base + 1, target + 1) if target > base else range(target, base)
    steps = sum(pitch % 12 in scale for pitch in between)
    return (steps if target > base else -steps), raised


def pitch_after_steps(base: int, steps: int, raised: int, scale: Collection[int]) -> int:
    """Return the pitch some steps of the scale from `base`: the inverse of `steps_to`."""
    pitch, way = base, 1 if steps > 0 else -1
    for _ in range(abs(steps)):
        pitch += way
        while pitch % 12 not in scale:
            pitch += way
    return pitch + raised


def fit_patterns(pieces: Sequence[tuple[type_ints, list[list[type_pattern | None]]]]) -> dict[str, Any]:
    """Count the model of pieces, each its beats and their patterns.

    It has the commonest states, smoothed.
    """
    rows = [[_state(row) for row in patterns] for _, patterns in pieces]
    common = [state for state, _ in Counter(s for row in rows for s in row if s).most_common(MOST_STATES)]
    patterns = sorted({pattern for state in common for pattern in state})
    number, states = {pattern: at for at, pattern in enumerate(patterns)}, {s: at for at, s in enumerate(common)}
    start, moves = np.full(len(states), SMOOTHING), np.full((len(states), len(states)), SMOOTHING)
    stands, goes = np.full((len(patterns), 24), SMOOTHING), np.full((len(patterns), 2 * WIDEST + 2), SMOOTHING)
    for (beats, _), row in zip(pieces, rows, strict=True):
        seen = _observe(beats)
        path = [states.get(state, -1) if state else -1 for state in row]
        for at, here in enumerate(path):
            if here >= 0:
                kinds = [number[pattern] for pattern in common[here]]
                np.add.at(stands, (kinds, seen[0][at]), 1)
                np.add.at(goes, (kinds, seen[1][at]), 1)
                if at == 0:
                    start[here] += 1
                elif path[at - 1] >= 0:
                    moves[path[at - 1], here] += 1
    tables = [np.log(table / table.sum(axis=-1, keepdims=True)) for table in (start, moves, stands, goes)]
    of = np.array([[number[pattern] for pattern in state] for state in common], dtype=np.int64)
    return {"patterns": patterns, "of": of, **dict(zip(("start", "moves", "stands", "goes"), tables, strict=True))}


def _state(row: Sequence[type_pattern | None]) -> tuple[type_pattern, ...] | None:
    """Return the patterns of all parts together; None where one is silent."""
    sounding = tuple(pattern for pattern in row if pattern is not None)
    return sounding if len(sounding) == len(row) else None


def _observe(beats: type_ints) -> tuple[type_ints, type_ints]:
    """Return what is observed of each part at each beat: its degree and its motion.

    Where it stands says also whether it stays.
    """
    before = np.vstack([np.full((1, beats.shape[1]), -2), beats[:-1]])
    after = np.vstack([beats[1:], np.full((1, beats.shape[1]), -1)])
    goes = np.where(after >= 0, np.clip(after - beats, -WIDEST, WIDEST) + WIDEST, 2 * WIDEST + 1)
    return beats % 12 * 2 + (before == beats), goes


def choose_patterns(
    model: Mapping[str, Any], beats: type_ints, *, top: Sequence[type_pattern | None] | None = None,
    share: float = 1.0, rng: np.random.Generator | None = None,
) -> list[list[type_pattern]]:
    """Return a pattern for each part at each beat: the likeliest, or with `rng` drawn.

      top    the first part's patterns, where they are known
      share  share of the beats that keep their patterns, drawn; without `rng` all or (0) none

    The last beat has none.
    """
    seen, of = _observe(beats), model["of"]
    fits = np.zeros((len(beats), len(of)))
    for part in range(beats.shape[1]):
        sounds = beats[:, part] >= 0
        stated = model["stands"][:, seen[0][:, part]] + model["goes"][:, seen[1][:, part]]  # (patterns, beats)
        fits[sounds] += stated[of[:, part]].T[sounds]
    for at, pattern in enumerate(top or ()):
        same = np.array([model["patterns"][first] == pattern for first in of[:, 0]])
        if pattern is not None and same.any():
            fits[at, ~same] = -np.inf
    chain = Chain(model["start"], model["moves"], np.zeros((len(of), 1)))
    path = viterbi(chain, fits)[0] if rng is None else draw_states(chain, fits, rng)
    rows = [[model["patterns"][kind] for kind in of[state]] for state in path.tolist()]
    kept = np.full(len(beats), share > 0) if rng is None else rng.random(len(beats)) < share
    kept[-1] = False
    return [row if keep else [PLAIN] * len(row) for row, keep in zip(rows, kept, strict=True)]


def avoid_parallels(
    patterns: Sequence[Sequence[type_pattern]], beats: type_ints, scale: Collection[int]
) -> list[list[type_pattern]]:
    """Return the patterns without those that bring parallel fifths or octaves.

    In such beats the parts under the top one are plain.
    """
    result: list[list[type_pattern]] = []
    before: list[tuple[int, ...]] = []
    for at, row in enumerate(patterns):
        plain = [row[0], *((tied, ()) for tied, _ in row[1:])]
        after = [tuple(beats[at + 1].tolist())] if at + 1 < len(beats) else []
        ways = [(_sonorities(each, beats[at].tolist(), scale), each) for each in (list(row), plain)]
        known, kept = min(ways, key=lambda way: _parallels([*before, *way[0], *after]))  # of equals the first
        result.append(kept)
        before = known[-1:]
    return result


def _sonorities(row: Sequence[type_pattern], bases: Sequence[int], scale: Collection[int]) -> list[tuple[int, ...]]:
    """Return the pitches that sound together, from place to place of a beat."""
    parts = []
    for (_, inner), base in zip(row, bases, strict=True):
        later = inner if base >= 0 else ()
        inside = {place: pitch_after_steps(base, steps, raised, scale) for place, steps, raised in later}
        parts.append({0: base} | inside)
    return [tuple(part[max(on for on in part if on <= place)] for part in parts)
            for place in sorted(set().union(*parts))]


def _parallels(chords: Sequence[tuple[int, ...]]) -> int:
    """Count the pairs of parts that move in parallel fifths or octaves."""
    count = 0
    for one, other in pairwise(chords):
        for high, low in combinations(range(len(one)), 2):
            sound = min(one[high], one[low], other[high], other[low]) >= 0
            moves = is_parallel(one[high] - one[low], other[high] - one[high], other[low] - one[low])
            count += bool(sound and moves)
    return count


def apply_patterns(
    pitches: Sequence[int], patterns: Sequence[type_pattern], lines: Sequence[int], scale: Collection[int],
    limits: tuple[int, int],
) -> list[tuple[int, ...]]:
    """Return a part's rows of (onset, duration, pitch) with a pattern in each beat.

    There is no gap but where the part is silent. A beat whose notes would leave the `limits` is plain; a tied note is
    struck if the note before is another.
    """
    rows: list[tuple[int, ...]] = []
    for at, (base, (tied, inner)) in enumerate(zip(pitches, patterns, strict=True)):
        if base < 0:
            continue
        start, stop = lines[at], lines[at + 1]
        notes = {start + (stop - start) * place // GRID: pitch_after_steps(base, steps, raised, scale)
                 for place, steps, raised in inner}
        if any(not limits[0] <= pitch <= limits[1] for pitch in notes.values()):
            notes = {}
        onsets = sorted({start, *notes})
        new = [(on, off - on, notes.get(on, base)) for on, off in zip(onsets, [*onsets[1:], stop], strict=True)]
        if tied and rows and rows[-1][2] == base and rows[-1][0] + rows[-1][1] == start:
            rows[-1] = (rows[-1][0], rows[-1][1] + new[0][1], base)
            new = new[1:]
        rows += new
    return rows


def parse_patterns(rows: Sequence[Any]) -> list[type_pattern]:
    """Return patterns from lists as JSON gives them back."""
    return [(int(tied), tuple((int(place), int(steps), int(raised)) for place, steps, raised in inner))
            for tied, inner in rows]

