"""Critics: marks of a piece by how far it is like the pieces of its style.

A critic is a name and the features that it measures; each feature is a metric, whose docstring has its formula. What
counts is not what is good anywhere, but the style's own pieces: of each feature their mean m and standard deviation s
are measured. With z = |value - m| / s, but at most FURTHEST, over the features that are defined,

    mark = exp(-mean(z^2) / 2)

1 is as the style's pieces are on average, and the mark of a piece whose features are all one standard deviation away is
0.61. So a close that nine in ten pieces have is better than none, and one that few pieces have is worse. Cadences are
measured in the last END bars, so that the key is that in which a long piece ends, all else in the whole piece.
"""

import math
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

from componium.decoding.style.profile import StyleProfile
from componium.decoding.style.typical import Typical
from componium.errors import UnknownNameError
from componium.metrics import cadence, harmony, melody, pitch, progression, voice_leading
from componium.music.score import Score
from componium.music.time import n_bars
from componium.music.transform import slice_bars

type_feature = Callable[[Score], float]

CADENCE = "cadence"
CRITICS: dict[str, tuple[type_feature, ...]] = {
    CADENCE: (
        progression.final_authentic, cadence.final_triad, cadence.final_tonic, cadence.final_approach,
        cadence.final_length, cadence.ends_by_leap,
    ),
    "phrases": (progression.phrase_triad_rate,),
    "dissonances": (voice_leading.dissonance_resolution, harmony.consonance_rate),
    "parallels": (harmony.parallel_fifths, harmony.parallel_octaves),
    "melody": (pitch.step_rate, pitch.leap_rate, melody.turn_rate, melody.leap_recovery, melody.melodic_range),
}  # fmt: skip
OF_TONIC = frozenset({progression.final_authentic, cadence.final_tonic})  # what an open ending has not
PART = "critics"  # of a profile
FURTHEST = 3.0  # standard deviations, beyond which nothing is worse
FEWEST = 5  # pieces with a feature, and half of all, of which it is measured
END = 16  # bars
type_statistics = Mapping[str, tuple[float, float]]


@dataclass(frozen=True, slots=True)
class Search:
    """Number of tries of each take, and the names of the critics that choose."""

    tries: int = 1
    critics: tuple[str, ...] = tuple(CRITICS)


def measure_critics(scores: Sequence[Score]) -> dict[str, tuple[float, float]]:
    """Return mean and standard deviation of each feature of a style's pieces, by name.

    Features that fewer than FEWEST pieces, or less than half of them, have are left out.
    """
    measured: dict[str, tuple[float, float]] = {}
    for name, features in CRITICS.items():
        parts = [_measured_part(name, score) for score in scores]
        for feature in features:
            values = [value for value in map(feature, parts) if not math.isnan(value)]
            if len(values) >= max(FEWEST, len(scores) / 2):
                typical = Typical.of(values)
                measured[feature.__name__] = round(typical.mean, 4), round(typical.spread, 4)
    return measured


def _measured_part(name: str, score: Score) -> Score:
    """Return the part of a score that a critic measures."""
    bars = n_bars(score)
    return slice_bars(score, bars - END, bars) if name == CADENCE and bars > END else score


def check_critics(names: Collection[str] | None) -> tuple[str, ...]:
    """Return the names of critics, all for None. Raises UnknownNameError."""
    for name in names or ():
        if name not in CRITICS:
            raise UnknownNameError("critic", str(name), CRITICS)
    return tuple(CRITICS) if names is None else tuple(dict.fromkeys(names))


def critique(score: Score, profile: StyleProfile, names: Collection[str] | None = None) -> dict[str, float]:
    """Return the mark of each critic, 0 to 1, by its name.

    names  of the critics; all by default

    A critic is left out if the style, or the piece, has none of its features. Raises UnknownNameError.
    """
    statistics: type_statistics = profile.part(PART)
    marks = {name: _mark(_measured_part(name, score), CRITICS[name], statistics) for name in check_critics(names)}
    return {name: mark for name, mark in marks.items() if not math.isnan(mark)}


def mark_of_close(score: Score, profile: StyleProfile, *, closed: bool) -> float:
    """Return the mark of the critic of cadences, 0 if nothing is known.

    closed  False for an open ending, which need not come to the tonic
    """
    features = [feature for feature in CRITICS[CADENCE] if closed or feature not in OF_TONIC]
    mark = _mark(_measured_part(CADENCE, score), features, profile.part(PART))
    return 0.0 if math.isnan(mark) else mark


def total(marks: Mapping[str, float]) -> float:
    """Return the mean of marks, 0 without any.

    >>> total({"cadence": 0.9, "phrases": 0.5})
    0.7
    """
    return sum(marks.values()) / len(marks) if marks else 0.0


def _mark(score: Score, features: Sequence[type_feature], statistics: type_statistics) -> float:
    """Return the mark of one critic, nan if none of its features is defined."""
    known = {feature: Typical(*statistics[feature.__name__]) for feature in features if feature.__name__ in statistics}
    values = [(typical, feature(score)) for feature, typical in known.items()]
    squares = [min(typical.distance(value), FURTHEST) ** 2 for typical, value in values if not math.isnan(value)]
    return math.exp(-sum(squares) / len(squares) / 2) if squares else math.nan
