"""Style retention: how often a classifier names the style that was asked for.

The classifier learns the styles from real training pieces, by the features of `features` and the length of a bar, which
dances are told by. Then it names the style of generated pieces, and of real ones that were held out: no method can be
expected to do much better than those. All pieces are cut to windows of the same number of bars.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from componium.analysis.meter import main_meter
from componium.errors import CorpusError
from componium.evaluation.classifier import make_classifier, one_thread, type_matrix
from componium.evaluation.features import measure
from componium.evaluation.windows import windows
from componium.metrics.distance import Interval
from componium.metrics.effect_size import Z95
from componium.music.score import Score
from componium.music.time import bar_quarters

MOST = 300  # training pieces of a style
type_by_style = Mapping[str, Sequence[Score]]


@dataclass(frozen=True, slots=True)
class Retention:
    """The share of one style's pieces that the classifier gives to that style.

    takes, held_out                     of generated pieces, and of real ones held out; nan for none
    takes_interval, held_out_interval   their 95 % intervals (Wilson's)
    named                               the styles that generated pieces were given to, the commonest first, as shares
    """

    style: str
    n_takes: int
    takes: float
    takes_interval: Interval
    n_held_out: int
    held_out: float
    held_out_interval: Interval
    named: tuple[tuple[str, float], ...]


def style_retention(
    generated: type_by_style, training: type_by_style, held_out: type_by_style, *, bars: int, seed: int = 0
) -> tuple[Retention, ...]:
    """Return how often a classifier names the style asked for, style by style.

    generated  takes by the style that was asked for
    training   real pieces by style, to learn from; two styles at least, of each 300 pieces at most (drawn) are used
    held_out   other real pieces by style
    bars       of the windows; shorter pieces are left out
    seed       of the classifier and of the pieces drawn (default: 0)

    Raises CorpusError for fewer than two styles to learn, MissingExtraError without scikit-learn (extra `evaluate`).
    """
    rng = np.random.default_rng(seed)
    learned = {style: _matrix(_drawn(windows(scores, bars), rng)) for style, scores in training.items()}
    learned = {style: rows for style, rows in learned.items() if len(rows)}
    if len(learned) < 2:
        raise CorpusError(f"{len(learned)} styles with pieces of {bars} bars", expected="two or more to tell apart")
    labels = [style for style, rows in learned.items() for _ in rows]
    with one_thread():
        classifier = make_classifier("boosted trees", seed).fit(np.concatenate(list(learned.values())), labels)
    names = {side: {style: _named(classifier, windows(scores, bars)) for style, scores in sets.items()}
             for side, sets in (("takes", generated), ("held out", held_out))}  # fmt: skip
    return tuple(_retention(style, names["takes"][style], names["held out"].get(style, [])) for style in generated)


def _drawn(scores: list[Score], rng: np.random.Generator) -> list[Score]:
    return [scores[at] for at in sorted(rng.permutation(len(scores))[:MOST].tolist())]


def _matrix(scores: Sequence[Score]) -> type_matrix:
    rows = [[*measure(score).values(), float(bar_quarters(main_meter(score)))] for score in scores]
    return np.array(rows, dtype=np.float64)


def _named(classifier: object, scores: list[Score]) -> list[str]:
    return [str(name) for name in classifier.predict(_matrix(scores))] if scores else []  # type: ignore[attr-defined]


def _retention(style: str, takes: list[str], held_out: list[str]) -> Retention:
    counts = sorted(((name, takes.count(name) / len(takes)) for name in set(takes)), key=lambda row: (-row[1], row[0]))
    (share, interval), (real, real_interval) = (_rate(names, style) for names in (takes, held_out))
    return Retention(style, len(takes), share, interval, len(held_out), real, real_interval, tuple(counts))


def _rate(names: list[str], style: str) -> tuple[float, Interval]:
    """Return the share of a style among names, and its 95 % interval.

    After Wilson, "Probable inference, the law of succession, and statistical inference" (JASA 22, 1927).
    """
    n, share = len(names), names.count(style) / len(names) if names else math.nan
    if not n:
        return share, Interval(math.nan, math.nan)
    z = Z95**2 / n
    middle, half = share + z / 2, math.sqrt(z * (share * (1 - share) + z / 4))
    return share, Interval(max((middle - half) / (1 + z), 0.0), min((middle + half) / (1 + z), 1.0))
