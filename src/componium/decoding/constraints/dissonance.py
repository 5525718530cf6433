"""Dissonance: clashes and crossings are penalized where the style has fewer.

A pair is two notes of different voices that sound at once, the later of which begins on a beat; between beats voices
pass each other freely. Voices are numbered from the top down. A pair clashes a second, a tritone or a seventh apart, or
a fourth above the lowest voice (as in counterpoint since Fux); it crosses if the lower voice sounds the higher pitch.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache
from itertools import combinations
from typing import Any, Literal, Self

import numpy as np
from numpy.typing import NDArray

from componium.decoding.constraints.base import Choice, Constraint
from componium.decoding.context import Context
from componium.decoding.style.plan import Plan
from componium.decoding.style.profile import StyleProfile
from componium.music.score import Score
from componium.music.theory import CONSONANT, CONSONANT_ABOVE_BASS
from componium.music.time import beat_lines

CONSONANT_TABLES = [np.isin(np.arange(12), kept) for kept in (CONSONANT_ABOVE_BASS, CONSONANT)]
CLASHES = ~np.array(CONSONANT_TABLES)  # by interval class; second, with the lowest voice
REACH = 160  # semitones: no two pitches are further apart
GAIN = 8.0  # nats by which a kind of pair is penalized that is twice as frequent as in the style
MOST = 3.0  # nats of penalty at most
FEWEST = 0.005  # least share of a kind of pair in a style
NEAR = 5  # semitones
PRIOR = 50  # pseudo-counts: pairs in the style's shares, counted before the first

type_sounding = Sequence[tuple[int, int]]  # voices and the pitches that they sound


class Dissonance(Constraint):
    """The counts of clashing and crossing pairs of one piece.

    usual   shares of pairs that clash, and that cross, in the style, 0 to 1
    lowest  number of the lowest voice

    >>> pairs = Dissonance((0.1, 0.02), lowest=1)
    >>> for _ in range(30):
    ...     pairs.count(0, 62, [(1, 60)])  # a second
    >>> np.flatnonzero(pairs.penalties(0, np.arange(60, 73), None, [(1, 60)]) < -1).tolist()
    [1, 2, 5, 6, 10, 11]
    """

    def __init__(self, usual: Sequence[float], lowest: int) -> None:
        self._usual, self._lowest = np.maximum(usual, FEWEST), lowest
        self.n_pairs, self.counts = float(PRIOR), PRIOR * self._usual

    @staticmethod
    def measure(scores: Sequence[Score]) -> Mapping[str, Any]:
        """Return the shares of pairs that clash, and that cross; none for one voice."""
        pitched = [replace(score, tracks=tuple(track for track in score.tracks if not track.is_drum))
                   for score in scores]  # fmt: skip
        n_pairs, *kinds = np.sum([pair_counts(score) for score in pitched], axis=0).tolist()
        return {"pairs": [round(count / n_pairs, 4) for count in kinds]} if n_pairs else {}

    @classmethod
    def build(cls, plan: Plan, profile: StyleProfile) -> Self | None:
        pairs = profile.part("dissonance").get("pairs")
        return cls(pairs, Context(plan).bass) if pairs else None

    def observe(self, kind: str, value: int, context: Context) -> None:
        if kind == "position":
            for (voice, pitch), lower in context.settled:
                self.count(voice, pitch, [lower])

    def bias(self, choice: Choice, context: Context) -> None:
        if context.is_on_beat and not choice.added:
            latest = context.motion.latest(context.voice)
            choice.bias += self.penalties(context.voice, choice.values, latest, context.others_sounding())

    def count(self, voice: int, pitch: int, sounding: type_sounding) -> None:
        """Count the pairs of a note that begins on a beat with the other voices' notes."""
        if sounding:
            self.counts = self.counts + self._kinds(voice, pitch, sounding)
            self.n_pairs += len(sounding)

    def penalties(
        self, voice: int, pitches: NDArray[np.int64], own: int | None, sounding: type_sounding
    ) -> NDArray[np.float32]:
        """Return the bias (P,) of a voice's pitches (P,) on a beat, in nats.

        It is 0 while the style's shares aren't exceeded. The voice's `own` last pitch is penalized as much as those
        near it, so that voices don't repeat notes in order to be consonant.
        """
        excess = self.counts / (self.n_pairs * self._usual) - 1
        if not sounding or excess.max() <= 0:
            return np.zeros(len(pitches), dtype=np.float32)
        off = np.minimum(np.maximum(GAIN * excess, 0), MOST).astype(np.float32)
        bias: NDArray[np.float32] = -off @ self._kinds(voice, pitches, sounding)
        if own is not None:
            away = np.abs(pitches - own)
            near = bias[(away > 0) & (away <= NEAR)]
            if len(near):
                np.minimum(bias, np.add.reduce(near) / len(near), out=bias, where=away == 0)
        return bias

    def _kinds(self, voice: int, pitches: NDArray[np.int64] | int, sounding: type_sounding) -> NDArray[np.float32]:
        """Return the numbers of clashes and crossings of pitches, (2, P), or (2,) of one."""
        tables = (_kinds_by_gap(self._lowest in (voice, other), voice < other) for other, _ in sounding)
        each = [table.take(pitches - (sounded - REACH), axis=1)
                for table, (_, sounded) in zip(tables, sounding, strict=True)]
        total: NDArray[np.float32] = sum(each[1:], each[0])
        return total


@cache
def _kinds_by_gap(with_lowest: bool, is_upper: bool) -> NDArray[np.float32]:
    """Return whether intervals clash, and cross, by semitones, (2, 2 * REACH + 1)."""
    above = np.arange(-REACH, REACH + 1)
    gaps = above if is_upper else -above  # the upper voice's pitch less the lower's
    return np.stack([CLASHES[int(with_lowest), gaps % 12], gaps < 0]).astype(np.float32)


def pair_counts(score: Score) -> NDArray[np.int64]:
    """Return the numbers of pairs, of clashes and of crossings, (3,)."""
    counts, lowest, beats = np.zeros(3, dtype=np.int64), len(score.tracks) - 1, beat_lines(score)
    for (_, upper), (number, lower) in combinations(enumerate(track.notes for track in score.tracks), 2):
        one, other = _begun_during(upper, lower, "left"), _begun_during(lower, upper, "right")
        pairs = np.concatenate([one, other[::-1]], axis=1)
        pairs = pairs[:, np.isin(np.maximum(upper["onset"][pairs[0]], lower["onset"][pairs[1]]), beats)]
        gaps = upper["pitch"][pairs[0]].astype(np.int64) - lower["pitch"][pairs[1]]
        counts += [len(gaps), CLASHES[int(number == lowest), gaps % 12].sum(), (gaps < 0).sum()]
    return counts


def _begun_during(notes: NDArray[Any], others: NDArray[Any], side: Literal["left", "right"]) -> NDArray[np.int64]:
    """Return indices of notes, and of others that begin while these sound, (2, N).

    side  "left" counts notes that begin together, "right" doesn't
    """
    first = np.searchsorted(others["onset"], notes["onset"], side=side)
    n = np.maximum(np.searchsorted(others["onset"], notes["onset"] + notes["duration"]) - first, 0)
    skipped = np.repeat(first - (n.cumsum() - n), n)
    return np.stack([np.repeat(np.arange(len(notes)), n), skipped + np.arange(n.sum())])
