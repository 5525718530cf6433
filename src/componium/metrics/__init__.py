"""Metrics of music: one file a family, each metric a pure function.

`describe` returns every scalar metric of a score by name. A family lists its scalar metrics, f(score) -> float, in
SCALARS; those with a second argument (a key, a meter, a reference) are called by themselves.

Conventions in all families
- Drums have no pitch: they count in rhythm and structure, never in pitch and harmony.
- A line is one voice of one track (see analysis.lines); of a chord, its highest note.
- Undefined values (the range of no notes) are nan.
"""

from componium import registry
from componium.metrics._statistics import mean_of
from componium.music.score import Score


def describe(score: Score) -> dict[str, float]:
    """Return every scalar metric of a score, by the name of its function.

    >>> from componium.music.score import Track, notes
    >>> score = Score(tracks=(Track(notes([(0, 960, 60), (960, 960, 67)])),))
    >>> metrics = describe(score)
    >>> metrics["pitch_range"], metrics["pitch_entropy"], metrics["n_bars"]
    (7.0, 1.0, 1.0)
    """
    families = [registry.load("metrics", name) for name in registry.names("metrics")]
    functions = [function for family in families for function in getattr(family, "SCALARS", ())]
    return {function.__name__: float(function(score)) for function in functions}


__all__ = ["describe", "mean_of"]
