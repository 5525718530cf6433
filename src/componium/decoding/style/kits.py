"""Kit of a piece: the drums that are struck in it.

A style's kits are those of pieces of it, kept by the constraint `kit`: rows of pitches from the lowest.
"""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from componium.decoding.style.profile import StyleProfile
from componium.music.instruments import DRUMS
from componium.music.score import Score

RARE = 0.005  # of a piece's strokes: drums struck less often aren't in the kit that others may have


def kit_of(score: Score, rare: float = RARE) -> tuple[int, ...]:
    """Return the drums of a score, from the lowest.

    Left out are those that have at most a share `rare` of the strokes.
    """
    struck: list[NDArray[np.int64]] = [track.notes["pitch"] for track in score.tracks if track.is_drum]
    drums, counts = np.unique(np.concatenate([*struck, np.zeros(0, dtype=np.int64)]), return_counts=True)
    return tuple(int(drum) for drum in drums[counts > rare * counts.sum()])


def draw_kit(
    style: str, profiles: Mapping[str, StyleProfile], programs: Sequence[int], rng: np.random.Generator,
    score: Score | None = None,
) -> tuple[int, ...]:  # fmt: skip
    """Draw the kit of a piece, from the lowest drum.

    It is one of the style's or, where it has none, of all styles'. All drums of a score that is given are in it too. It
    is empty for a piece without drums, and where no kits are known, so that there may be any.
    """
    known = (profiles.get(name, StyleProfile()).part("kit").get("kits", ()) for name in (style, ""))
    kits: Sequence[Sequence[int]] = next((kits for kits in known if kits), ())
    if DRUMS not in programs or not kits:
        return ()
    drawn = kits[int(rng.spawn(1)[0].integers(len(kits)))]
    return tuple(sorted({*drawn, *(kit_of(score, 0.0) if score is not None else ())}))
