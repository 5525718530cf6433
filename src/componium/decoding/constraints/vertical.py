"""What sounds together: pairs of voices that clash or cross more often than the style's do are made rarer.

A pair is two notes of different voices that sound at once, the later of which begins on a beat: between beats voices
pass by each other, and may. Voices are numbered from the top down. A pair clashes a second, a tritone or a seventh
apart, or a fourth above the lowest voice (as in counterpoint since Fux); it crosses if the voice that should be lower
sounds the higher pitch.
"""

from collections.abc import Sequence
from functools import cache
from itertools import combinations
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from componium.metrics.harmony import CONSONANT, CONSONANT_ABOVE_THE_BASS
from componium.music.score import Score
from componium.music.time import beat_lines

CLASHES = ~np.array([CONSONANT_ABOVE_THE_BASS, CONSONANT])  # by whether one of the two is the lowest voice
REACH = 128  # semitones: no two pitches are further apart
GAIN = 0.5  # nats off a pair of a kind that comes twice as often as it should
MOST = 3.0  # nats off
FEWEST = 0.005  # a kind that the style has less of is measured by this
NEAR = 5  # semitones
HEARD = 50  # pairs as the style has them, that are taken as heard at the beginning

type_sounding = Sequence[tuple[int, int]]  # voices and the pitches that they sound


class Vertical:
    """The pairs of one sequence so far. `usual` are the shares of pairs that clash, and that cross, 0 to 1; `lowest` is
    the number of the lowest voice. Pitches may be counted from anywhere, in semitones.

    >>> pairs = Vertical((0.1, 0.02), lowest=1)
    >>> for _ in range(30):
    ...     pairs.hear(0, 62, [(1, 60)])  # a second
    >>> np.flatnonzero(pairs.bias(0, np.arange(60, 73), None, [(1, 60)]) < -1).tolist()
    [1, 2, 5, 6, 10, 11]
    """

    def __init__(self, usual: Sequence[float], lowest: int) -> None:
        self._usual, self._lowest = np.maximum(usual, FEWEST), lowest
        self._n_pairs, self._found = float(HEARD), HEARD * self._usual

    def hear(self, voice: int, pitch: int, sounding: type_sounding) -> None:
        """Take in a note that begins on a beat, and what the other voices sound then."""
        if sounding:
            self._found += self._kinds(voice, pitch, sounding)
            self._n_pairs += len(sounding)

    def bias(
        self, voice: int, pitches: NDArray[np.int64], own: int | None, sounding: type_sounding
    ) -> NDArray[np.float32]:
        """What is to be added (P,) to the logits of a voice's pitches (P,) on a beat: nothing while the style isn't
        exceeded. The voice's `own` last pitch loses as much as those near it, lest voices stay to be consonant."""
        excess = self._found / (self._n_pairs * self._usual) - 1
        if not sounding or excess.max() <= 0:
            return np.zeros(len(pitches), dtype=np.float32)
        off = np.minimum(np.maximum(GAIN * excess, 0), MOST).astype(np.float32)
        bias: NDArray[np.float32] = -off @ self._kinds(voice, pitches, sounding)
        if own is not None:
            away = np.abs(pitches - own)
            near = bias[(away > 0) & (away <= NEAR)]
            np.minimum(bias, np.add.reduce(near) / len(near), out=bias, where=away == 0)
        return bias

    def _kinds(self, voice: int, pitches: NDArray[np.int64] | int, sounding: type_sounding) -> NDArray[np.float32]:
        """How many pairs a voice's pitches, (P,) or one, would make that clash, and that cross: (2, P) or (2,)."""
        tables = (_kinds_by_gap(self._lowest in (voice, other), voice < other) for other, _ in sounding)
        each = [table[:, pitches - sounded + REACH] for table, (_, sounded) in zip(tables, sounding, strict=True)]
        found: NDArray[np.float32] = sum(each[1:], each[0])
        return found


@cache
def _kinds_by_gap(with_lowest: bool, is_upper: bool) -> NDArray[np.float32]:
    """Whether a voice clashes, and crosses, that lies -REACH to REACH semitones above another: (2, 2 * REACH + 1)."""
    above = np.arange(-REACH, REACH + 1)
    gaps = above if is_upper else -above  # the upper voice's pitch less the lower's
    return np.stack([CLASHES[int(with_lowest), gaps % 12], gaps < 0]).astype(np.float32)


def pair_counts(score: Score) -> NDArray[np.int64]:
    """How many pairs there are in all, how many of them clash, and how many cross; tracks are voices, from the top."""
    counts, lowest, beats = np.zeros(3, dtype=np.int64), len(score.tracks) - 1, beat_lines(score)
    for (_, upper), (number, lower) in combinations(enumerate(track.notes for track in score.tracks), 2):
        one, other = _begun_during(upper, lower, "left"), _begun_during(lower, upper, "right")
        pairs = np.concatenate([one, other[::-1]], axis=1)
        pairs = pairs[:, np.isin(np.maximum(upper["onset"][pairs[0]], lower["onset"][pairs[1]]), beats)]
        gaps = upper["pitch"][pairs[0]].astype(np.int64) - lower["pitch"][pairs[1]]
        counts += [len(gaps), CLASHES[int(number == lowest), gaps % 12].sum(), (gaps < 0).sum()]
    return counts


def _begun_during(notes: NDArray[Any], others: NDArray[Any], side: Literal["left", "right"]) -> NDArray[np.int64]:
    """Rows of `notes`, and of `others` that begin while those sound, (2, N); side "right": after they have begun."""
    first = np.searchsorted(others["onset"], notes["onset"], side=side)
    n = np.maximum(np.searchsorted(others["onset"], notes["onset"] + notes["duration"]) - first, 0)
    skipped = np.repeat(first - (n.cumsum() - n), n)
    return np.stack([np.repeat(np.arange(len(notes)), n), skipped + np.arange(n.sum())])
