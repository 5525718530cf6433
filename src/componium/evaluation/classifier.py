"""Classifiers that tell two sets of pieces apart by features, cross-validated.

Two kinds learn to tell generated from real pieces: logistic regression on standardized features, and gradient-boosted
trees (Friedman, "Greedy function approximation: a gradient boosting machine", Annals of Statistics 29, 2001), which see
combinations too. To both an undefined value is the median, and marked as undefined. Each piece is judged by
classifiers that have not seen it: the pieces are split into folds, equal ones in one fold, several times over, and
the ranks of a piece in all splits are averaged. Needs scikit-learn (the extra `evaluate`).
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from componium.errors import MissingExtraError

CLASSIFIERS = ("logistic regression", "boosted trees")
FOLDS, REPEATS = 5, 4
type_matrix = NDArray[np.float64]
type_labels = NDArray[np.int64]


def make_classifier(kind: str, seed: int) -> Any:
    """Return an unfitted classifier of CLASSIFIERS that takes nan.

    Raises MissingExtraError without scikit-learn.
    """
    try:
        from sklearn.ensemble import HistGradientBoostingClassifier
        from sklearn.impute import SimpleImputer
        from sklearn.linear_model import LogisticRegression
        from sklearn.pipeline import make_pipeline
        from sklearn.preprocessing import StandardScaler
    except ImportError as error:
        raise MissingExtraError("scikit-learn", "evaluate") from error
    fill = SimpleImputer(strategy="median", add_indicator=True, keep_empty_features=True)
    if kind == "boosted trees":
        trees = HistGradientBoostingClassifier(
            learning_rate=0.1, max_iter=60, max_depth=3, min_samples_leaf=5, l2_regularization=1.0,
            early_stopping=False, class_weight="balanced", random_state=seed,
        )  # fmt: skip
        return make_pipeline(fill, trees)
    return make_pipeline(fill, StandardScaler(), LogisticRegression(C=0.1, class_weight="balanced", max_iter=1000))


def out_of_fold_ranks(
    features: type_matrix, labels: type_labels, groups: Sequence[int], *, kind: str, seed: int
) -> NDArray[np.float64]:
    """Return for each piece its mean rank among all by the odds of label 1, 0 to 1.

    features   (pieces, features), nan where undefined
    labels     (pieces,), 1 for generated pieces, 0 for real ones; FOLDS of each at least
    groups     a number for each piece; pieces with one number are always in one fold
    kind       one of CLASSIFIERS
    seed       of the folds and the classifiers

    Raises MissingExtraError without scikit-learn.
    """
    ranks = np.zeros(len(labels))
    for repeat in range(REPEATS):
        odds = np.zeros(len(labels))
        model = make_classifier(kind, seed + repeat)  # before the folds, so that it says what is missing
        for train, test in _folds(features, labels, groups, seed + repeat):
            odds[test] = model.fit(features[train], labels[train]).decision_function(features[test])
        ranks += _ranks(odds) / REPEATS
    return ranks


def _folds(features: type_matrix, labels: type_labels, groups: Sequence[int], seed: int) -> Any:
    from sklearn.model_selection import StratifiedGroupKFold

    return StratifiedGroupKFold(FOLDS, shuffle=True, random_state=seed).split(features, labels, groups)


def _ranks(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the share of all values below each, of equal ones the half."""
    ordered = np.sort(values)
    below, up_to = np.searchsorted(ordered, values, "left"), np.searchsorted(ordered, values, "right")
    result: NDArray[np.float64] = (below + up_to) / (2 * len(values))
    return result
