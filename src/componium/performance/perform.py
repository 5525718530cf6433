"""Play a score by rules, with the weights of its style."""

from collections.abc import Mapping

import numpy as np

from componium import registry
from componium.errors import ControlError, UnknownNameError
from componium.music.score import Score
from componium.performance.effect import add_up
from componium.performance.performance import Performance
from componium.performance.piece import prepare
from componium.performance.playing import play
from componium.performance.styles import style_of, weights_of


def perform(
    score: Score,
    style: str | None = None,
    *,
    expression: float = 1.0,
    weights: Mapping[str, float] | None = None,
    seed: int | np.random.Generator | None = None,
) -> Performance:
    """Play a score: phrasing, accents, articulation, tempo.

    style       whose weights the rules have, such as "chorales"; by default what the score states, in `info` under
                "style" or "rhythm"; general weights for one that is not known
    expression  0 (exactly as written) to 1 (default); all changes are proportional to it
    weights     weights of rules by name, in place of the style's: 0 switches a rule off. The names are those of
                `componium.registry.names("rules")`
    seed        of small random deviations, or a Generator; None (default) for none

    The same arguments give the same performance. Raises ControlError for an expression outside 0 to 1 or a weight
    that is not finite, UnknownNameError for an unknown rule.

    >>> from componium.music.score import Track, notes
    >>> score = Score((Track(notes([(480 * at, 480, 60 + at) for at in range(8)])),))
    >>> perform(score, expression=0).sounding is score
    True
    >>> velocities = perform(score, "air").played[0]["velocity"]
    >>> bool(velocities.max() > velocities.min())
    True
    """
    if not 0 <= expression <= 1:
        raise ControlError(f"an expression of {expression}", expected="0 to 1")
    changed = _checked(weights or {})
    if expression == 0 or score.n_notes == 0:
        return Performance(score, score, tuple(track.notes for track in score.tracks))
    style = style_of(score) if style is None else style
    piece = prepare(score, style, None if seed is None else np.random.default_rng(seed))
    weighted = {name: weight for name, weight in {**weights_of(style), **changed}.items() if weight}
    rules = {name: registry.load_function("rules", name) for name in sorted(weighted)}
    return play(piece, add_up((expression * weighted[name], rule(piece)) for name, rule in rules.items()))


def _checked(weights: Mapping[str, float]) -> Mapping[str, float]:
    for name, weight in weights.items():
        if name not in registry.names("rules"):
            raise UnknownNameError("performance rule", name, registry.names("rules"))
        if not np.isfinite(weight):
            raise ControlError(f"a weight of {weight} for {name}", expected="a finite number")
    return weights
