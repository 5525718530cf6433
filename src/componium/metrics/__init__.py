"""What can be measured of music: one file a family, each metric a pure function of a Score.

`describe` gives every scalar metric of a score by name. A family lists its scalar metrics in SCALARS; those that need
more than the score (a key, a metre, a reference) are called by themselves.

Conventions in all families
- Drums have no pitch: they count in rhythm and structure, never in pitch and harmony.
- A line is what one voice of one track plays; where it plays a chord, its highest note.
- What is undefined (the range of no notes) is nan.
"""

from componium import registry
from componium.metrics._statistics import mean_of
from componium.music.score import Score


def describe(score: Score) -> dict[str, float]:
    """Every scalar metric of every family, by the function's name, in order.

    >>> from componium.music.score import Track, notes
    >>> score = Score(tracks=(Track(notes([(0, 960, 60), (960, 960, 67)])),))
    >>> found = describe(score)
    >>> found["pitch_range"], found["pitch_entropy"], found["n_bars"]
    (7.0, 1.0, 1.0)
    """
    families = [registry.load("metrics", name) for name in registry.names("metrics")]
    functions = [function for family in families for function in getattr(family, "SCALARS", ())]
    return {function.__name__: float(function(score)) for function in functions}


__all__ = ["describe", "mean_of"]
