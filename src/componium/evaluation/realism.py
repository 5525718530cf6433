"""Realism: how far generated pieces can be told from real ones by features.

Both sets are cut to windows of the same number of bars (`windows`), and measured by the same features (`features`).
Of each feature Cliff's delta states how often it is larger in generated pieces than in real ones. A classifier that
sees all features states how well the two sets can be told apart at all: its AUC is the chance that, of a generated and
a real piece that it has not seen, it takes the right one for generated. 0.5 is chance, 1 is always. Real pieces against
other real ones of the style come to about 0.5. What no feature measures, none can tell.

Intervals hold 95 % over pieces (DeLong et al., 1988); few pieces make wide ones.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from componium.errors import CorpusError
from componium.evaluation.classifier import CLASSIFIERS, FOLDS, out_of_fold_ranks
from componium.evaluation.features import GROUP_OF, measure
from componium.evaluation.windows import n_whole_bars, windows
from componium.metrics import mean_of
from componium.metrics.distance import Interval
from componium.metrics.effect_size import auc, auc_interval, cliffs_delta, delta_interval
from componium.music.score import Score

FEWEST = 2 * FOLDS  # pieces of a set


@dataclass(frozen=True, slots=True)
class Effect:
    """One feature of generated and of real pieces.

    feature    its name, that of its function
    group      "form", "harmony", "voice leading", "rhythm", "melody" or "density"
    generated  its mean over the generated pieces in which it is defined
    real       its mean over the real ones
    delta      Cliff's delta, -1 to 1: P(generated > real) - P(generated < real)
    interval   its 95 % interval
    """

    feature: str
    group: str
    generated: float
    real: float
    delta: float
    interval: Interval


@dataclass(frozen=True, slots=True)
class Discrimination:
    """The AUC of one kind of classifier, 0.5 (chance) to 1, with its 95 % interval."""

    classifier: str
    auc: float
    interval: Interval


@dataclass(frozen=True, slots=True)
class Realism:
    """The features and AUC by which generated pieces are told from real ones.

    bars         of each piece compared
    n_generated  pieces compared; those with fewer bars are left out
    n_real       the same of real ones
    auc          of the classifiers together (the mean of their ranks): 0.5 can't be told, 1 always can
    interval     its 95 % interval
    classifiers  the AUC of each alone
    effects      the features by group; only those defined for two pieces of each set
    """

    bars: int
    n_generated: int
    n_real: int
    auc: float
    interval: Interval
    classifiers: tuple[Discrimination, ...]
    effects: tuple[Effect, ...]

    def largest(self, count: int = 5) -> tuple[Effect, ...]:
        """Return the features that differ most, by the size of their delta."""
        return tuple(sorted(self.effects, key=lambda effect: -abs(effect.delta))[:count])

    def to_json(self) -> dict[str, Any]:
        """Return all as plain values."""
        return asdict(self)


def realism(
    generated: Sequence[Score], reference: Sequence[Score], *, seed: int = 0, bars: int | None = None
) -> Realism:
    """Compare generated pieces with real ones of the style, at equal length.

    generated  from 10 pieces, of `bars` bars at least
    reference  from 10 real pieces, best those that the method did not learn from; one of fewer bars is left out
    seed       of the folds and classifiers (default: 0)
    bars       of the windows compared (default: as many as nine in ten of the generated pieces have)

    Raises CorpusError for too few pieces, MissingExtraError without scikit-learn (the extra `evaluate`).
    """
    length = bars or _usual_length(generated)
    sets = {"generated": windows(generated, length), "real": windows(reference, length)}
    for name, scores in sets.items():
        if len(scores) < FEWEST:
            raise CorpusError(f"{len(scores)} {name} pieces of {length} bars or more", expected=f"at least {FEWEST}",
                              advice="give more pieces, or fewer bars")
    rows = {name: [measure(score) for score in scores] for name, scores in sets.items()}
    together, classifiers = _discriminate(rows, _groups([*sets["generated"], *sets["real"]]), seed)
    counts = len(sets["generated"]), len(sets["real"])
    return Realism(length, *counts, together.auc, together.interval, classifiers, _effects(rows))


def _usual_length(generated: Sequence[Score]) -> int:
    """Return the number of bars that nine in ten of the pieces have; 1 for no pieces."""
    lengths = sorted(n_whole_bars(score) for score in generated if score.n_notes)
    return lengths[len(lengths) // 10] if lengths else 1


def _groups(scores: Sequence[Score]) -> list[int]:
    """Return a number for each score, the same for scores with the same notes."""
    numbers: dict[tuple[bytes, ...], int] = {}
    notes = (tuple(sorted(track.notes.tobytes() for track in score.tracks)) for score in scores)
    return [numbers.setdefault(music, len(numbers)) for music in notes]


def _effects(rows: dict[str, list[dict[str, float]]]) -> tuple[Effect, ...]:
    effects = []
    for name, group in GROUP_OF.items():
        ours, theirs = (np.array([row[name] for row in rows[side]]) for side in ("generated", "real"))
        if min(np.count_nonzero(~np.isnan(values)) for values in (ours, theirs)) >= 2:
            means = mean_of(ours.tolist()), mean_of(theirs.tolist())
            effects.append(Effect(name, group, *means, cliffs_delta(ours, theirs), delta_interval(ours, theirs)))
    return tuple(effects)


def _discriminate(
    rows: dict[str, list[dict[str, float]]], groups: list[int], seed: int
) -> tuple[Discrimination, tuple[Discrimination, ...]]:
    """Return the AUC of the classifiers together, and of each."""
    features = np.array([list(row.values()) for row in (*rows["generated"], *rows["real"])])
    features = features[:, ~np.isnan(features).all(axis=0)]
    labels = np.repeat([1, 0], [len(rows["generated"]), len(rows["real"])])
    ranks = {kind: out_of_fold_ranks(features, labels, groups, kind=kind, seed=seed) for kind in CLASSIFIERS}
    ranks["together"] = np.mean(list(ranks.values()), axis=0)
    found = [_discrimination(kind, values, labels == 1) for kind, values in ranks.items()]
    return found[-1], tuple(found[:-1])


def _discrimination(kind: str, ranks: NDArray[np.float64], is_generated: NDArray[np.bool_]) -> Discrimination:
    sides = ranks[is_generated], ranks[~is_generated]
    return Discrimination(kind, auc(*sides), auc_interval(*sides))
