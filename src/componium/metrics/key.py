"""Key: strength of the tonality.

Conventions: the correlation is that of analysis.key, over all pitched notes, weighted by duration.
"""

from componium.analysis.key import key_correlations
from componium.analysis.lines import pitched
from componium.music.score import Score


def key_clarity(score: Score) -> float:
    """Return the correlation with the best major or minor key, -1 to 1.

    0 without pitched notes.
    """
    return float(key_correlations(pitched(score)).max())


SCALARS = (key_clarity,)
