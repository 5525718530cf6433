"""Performances: a score, and beside it the notes as they are played."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from componium.music.score import Score, type_notes
from componium.music.time import tick_to_second


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Performance:
    """A score and its played notes.

    score     as written, unchanged
    sounding  as played: a Score whose notes have the played onsets, durations and velocities, and whose tempos are the
              tempo curve. Its ticks may be finer; bar lines stand where they are written
    played    for each track the played notes, dtype NOTE in ticks of `sounding`: row i is note i of the written track

    >>> from componium.music.score import Track, notes
    >>> from componium.performance.perform import perform
    >>> score = Score((Track(notes([(480 * at, 480, 60 + at) for at in range(8)])),))
    >>> performance = perform(score, "air")
    >>> performance.score is score, performance.sounding.n_notes
    (True, 8)
    """

    score: Score
    sounding: Score
    played: tuple[type_notes, ...]

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Performance):
            return NotImplemented
        return (self.score, self.sounding) == (other.score, other.sounding)

    def __hash__(self) -> int:
        return hash((self.score, self.sounding))

    def __repr__(self) -> str:
        return f"<Performance of {self.score!r}>"

    def seconds(self, track: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Return onsets and durations of a track's notes in seconds, in written order."""
        notes = self.played[track]
        onset, offset = tick_to_second(self.sounding, np.stack([notes["onset"], notes["onset"] + notes["duration"]]))
        return onset, offset - onset

    def _repr_html_(self) -> str:
        html: str = self.score._repr_html_()
        return html
