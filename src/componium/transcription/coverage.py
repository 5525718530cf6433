"""Coverage of a transcription: notes a minute, share of silence, advice.

Silence is the share of the recording in which no note was transcribed, whatever sounds in it.
"""

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np

from componium.music.score import Score
from componium.music.time import duration_seconds, tick_to_second
from componium.transcription import model

SECONDS = "recording_seconds"  # the entry of a score's `info` that states the length of its recording


class Coverage(NamedTuple):
    """Notes and sounding time of the transcriptions of one or more recordings.

    `seconds` is the length of the recordings, `sounding_seconds` the part of it in which at least one note sounds.
    """

    n_notes: int
    seconds: float
    sounding_seconds: float

    @property
    def notes_per_minute(self) -> float:
        """The notes per minute of the recordings."""
        return 60 * self.n_notes / self.seconds if self.seconds else 0.0

    @property
    def silence(self) -> float:
        """The share of the recordings in which no note sounds, 0 to 1."""
        return min(max(1 - self.sounding_seconds / self.seconds, 0.0), 1.0) if self.seconds else 1.0

    def __str__(self) -> str:
        return f"{self.n_notes} notes, {self.notes_per_minute:.0f} a minute, {self.silence:.0%} silence"


def measure(scores: Iterable[Score]) -> Coverage:
    """Measure transcribed scores together.

    A score that doesn't state the length of its recording counts as long as it is.

    >>> str(measure([Score(info=((SECONDS, "30"),))]))
    '0 notes, 0 a minute, 100% silence'
    """
    rows = [(score.n_notes, _recording_seconds(score), _sounding_seconds(score)) for score in scores]
    n_notes, seconds, sounding = (sum(column) for column in zip((0, 0.0, 0.0), *rows, strict=True))
    return Coverage(int(n_notes), float(seconds), float(sounding))


def advice() -> str:
    """Return a line on installing polyphonic transcription, "" if it is there."""
    missing = model.missing()
    return f"transcribed as a solo line: for several notes at once run {missing}" if missing else ""


def _recording_seconds(score: Score) -> float:
    return float(score.about(SECONDS) or duration_seconds(score))


def _sounding_seconds(score: Score) -> float:
    """Return the seconds in which at least one note sounds."""
    if not score.n_notes:
        return 0.0
    rows = np.concatenate([track.notes for track in score.tracks])
    rows = rows[np.argsort(rows["onset"], kind="stable")]
    begins, ends = rows["onset"].astype(np.int64), rows["onset"].astype(np.int64) + rows["duration"]
    reached = np.maximum.accumulate(np.concatenate([[0], ends]))
    begins, ends = np.maximum(begins, reached[:-1]), np.maximum(ends, reached[:-1])
    return float((tick_to_second(score, ends) - tick_to_second(score, begins)).sum())
