"""What codecs on an even grid share: how time passes, and the top line of a score.

A codec whose ids each last a whole number of steps is `Stepwise`: a guide then counts the steps and knows where the
piece stands, without knowing the codec.
"""

from typing import Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from componium.errors import CodecError
from componium.music.score import Score, type_notes
from componium.music.types import type_ids, type_mask

SUPPORTED_CONTROLS = frozenset({"bars", "instruments", "meter", "qpm", "prompt"})
TICKS = 480  # a quarter, in the scores that these codecs decode to
MAX_STEPS = 1_000_000
FARTHEST = 6  # semitones that a piece is transposed by in training
LOWEST, HIGHEST = 21, 108  # and the pitches within which it stays


@runtime_checkable
class Stepwise(Protocol):
    """A codec that tells a guide how time passes and what sounds."""

    steps: int

    def steps_of(self, index: int) -> int:
        """How many steps an id lasts; 0 for bos, eos, pad."""
        ...

    def pitches_of(self, index: int) -> tuple[int, ...]:
        """The MIDI pitches that an id strikes, from the lowest up."""
        ...

    def is_silent(self, state: Any) -> type_mask:
        """Which ids let time pass in silence, the grammar standing at `state`, shape (V,)."""
        ...


def check_steps(steps: int) -> int:
    """`steps` a quarter, if a grid of them lies on ticks. Raises CodecError."""
    if not 1 <= steps <= 24 or TICKS % steps:
        raise CodecError(f"{steps} steps a quarter", expected="a divisor of 480 up to 24")
    return steps


def to_steps(ticks: Any, ticks_per_quarter: int, steps: int) -> Any:
    """The nearest step to each tick, of two as near the later.

    >>> to_steps(np.array([0, 59, 60, 480]), 480, 4).tolist()
    [0, 0, 1, 4]
    """
    return (2 * ticks * steps + ticks_per_quarter) // (2 * ticks_per_quarter)


def top_line(score: Score, steps: int) -> list[tuple[int, int, int]]:
    """The part that lies highest, as one line: (onset, duration, pitch) in steps. Raises CodecError beyond MAX_STEPS.

    The part is the one with the highest mean pitch, drums left out. Of notes that begin on one step the highest stays;
    one that begins under a higher one that still sounds is left out; each lasts at most to the next.
    """
    parts = [track.notes for track in score.tracks if not track.is_drum and len(track.notes)]
    if not parts:
        return []
    line: list[tuple[int, int, int]] = []
    for onset, offset, pitch in _placed(max(parts, key=lambda array: float(array["pitch"].mean())), score, steps):
        if line:
            begun, duration, above = line[-1]
            if onset < begun + duration:
                if pitch <= above and (pitch < above or onset == begun):
                    continue
                line[-1] = (begun, onset - begun, above)
        line.append((onset, offset - onset, pitch))
    return line


def _placed(array: type_notes, score: Score, steps: int) -> list[tuple[int, int, int]]:
    """Notes as (onset, offset, pitch) in steps, each of at least one, in time, of one step the highest first."""
    onset = to_steps(array["onset"], score.ticks_per_quarter, steps)
    offset = np.maximum(to_steps(array["onset"] + array["duration"], score.ticks_per_quarter, steps), onset + 1)
    if int(offset.max()) > MAX_STEPS:
        raise CodecError(f"{int(offset.max())} steps", expected=f"at most {MAX_STEPS}")
    order = np.lexsort((-offset, -array["pitch"], onset))
    columns = (onset[order].tolist(), offset[order].tolist(), array["pitch"][order].tolist())
    return list(zip(*columns, strict=True))


def transposition(pitches: NDArray[np.int64], rng: np.random.Generator) -> int:
    """Semitones, -6 to 6, by which a piece may go and stay within the piano's keys."""
    low = max(-FARTHEST, min(LOWEST - int(pitches.min()), 0))
    high = min(FARTHEST, max(HIGHEST - int(pitches.max()), 0))
    return int(rng.integers(low, high + 1))


def checked(ids: Any, n_vocab: int, eos: int) -> list[int]:
    """Any ids up to the first eos. Raises CodecError for one outside the vocabulary."""
    array: type_ids = np.asarray(ids, dtype=np.int64).reshape(-1)
    if len(array) and not 0 <= array.min() <= array.max() < n_vocab:
        raise CodecError("an id outside the vocabulary", expected=f"0 to {n_vocab - 1}")
    listed: list[int] = array.tolist()
    return listed[: listed.index(eos)] if eos in listed else listed
