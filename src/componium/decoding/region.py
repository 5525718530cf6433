"""Region of a score to write: cells of one bar and voice; all else is kept."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Self

import numpy as np
from numpy.typing import NDArray

from componium.analysis.meter import last_line
from componium.errors import ControlError
from componium.music.score import Chord, Score
from componium.music.time import bar_lines, n_bars
from componium.music.transform import end_notes, splice_cells

CHOIR = ("soprano", "alto", "tenor", "bass")


@dataclass(frozen=True, eq=False, slots=True)
class Region:
    """The cells of a score to write.

    cells      (bars, voices), which cells are to be written
    chords     (bars,), the bars whose chord symbols are to be written
    counts     (bars, voices), how many notes a cell is to have; -1 where that is left open
    rhythm     whether the notes keep their onsets and durations, so that pitches alone are written
    ranges     (voices,), the lowest and highest pitch that may be written in each; () leaves them open
    polyphony  (voices,), the most notes that may sound at once where each is written, 0 leaves it open; () all of them
    """

    cells: NDArray[np.bool_]
    chords: NDArray[np.bool_]
    counts: NDArray[np.int64]
    rhythm: bool = False
    ranges: tuple[tuple[int, int], ...] = ()
    polyphony: tuple[int, ...] = ()

    @classmethod
    def of(
        cls,
        score: Score,
        *,
        bars: tuple[int, int] | None = None,
        voices: Sequence[int | str] | None = None,
        chords: bool = False,
    ) -> Self:
        """Return the region of some bars and voices of a score.

        bars    from and to, 0-based and half-open; all by default
        voices  tracks by number from 0, or by name; all by default
        chords  whether the chord symbols of these bars are to be written too

        Raises ControlError for bars or voices that the score doesn't have.

        >>> from componium.music.score import Track, notes
        >>> score = Score(tracks=(Track(notes([(0, 3840, 60)]), name="Alto"), Track(notes([(0, 3840, 48)]))))
        >>> Region.of(score, bars=(1, 2), voices=["alto"]).cells.tolist()
        [[False, False], [True, False]]
        """
        total = n_bars(score)
        first, last = bars if bars is not None else (0, total)
        if not 0 <= first < last <= total:
            raise ControlError(f"bars {first} to {last}", expected=f"0 to {total}, half-open, at least one bar")
        numbers = range(len(score.tracks)) if voices is None else [find_voice(score, voice) for voice in voices]
        cells = np.zeros((total, len(score.tracks)), dtype=bool)
        cells[first:last, list(numbers)] = True
        return cls(cells, np.asarray(cells.any(axis=1) & chords), np.full(cells.shape, -1, dtype=np.int64))

    def splice(self, original: Score, filled: Score) -> Score:
        """Return the original score with the notes of `filled` inside the region.

        Both scores have the same ticks per quarter, bars and number of tracks. A note belongs to the bar of its onset.
        A last bar that is shorter by the upbeat stays so.
        """
        tracks = splice_cells(original, filled, self.cells)
        spliced = replace(original, tracks=tracks, chords=self._splice_chords(original, filled, bar_lines(original)))
        return end_notes(spliced, last_line(original))

    def _splice_chords(self, original: Score, filled: Score, lines: NDArray[np.int64]) -> tuple[Chord, ...]:
        """Return the chords of `filled` where they are written, else the original's."""
        if not self.chords.any():
            return original.chords
        chords: list[Chord] = []
        source = [filled if is_written else original for is_written in self.chords]
        for bar, score in enumerate(source):
            before = [chord for chord in score.chords if chord.tick <= lines[bar]]
            if before and (bar == 0 or source[bar - 1] is not score):
                chords.append(Chord(int(lines[bar]), before[-1].symbol))
            chords += [chord for chord in score.chords if lines[bar] <= chord.tick < lines[bar + 1]]
        return tuple(chords)


def find_voice(score: Score, voice: int | str) -> int:
    """Return the number of a track, from 0, given by its number or name.

    Names are those of the tracks; where none is called so, "soprano", "alto", "tenor" and "bass" are the parts of four,
    and "soprano" and "bass" the first and last of any. Raises ControlError for a track that the score doesn't have.

    >>> from componium.music.score import Track
    >>> find_voice(Score(tracks=(Track(),) * 4), "tenor")
    2
    """
    names = [track.name.lower() for track in score.tracks]
    if isinstance(voice, int) and 0 <= voice < len(names):
        return voice
    if isinstance(voice, str) and names.count(voice.lower()) == 1:
        return names.index(voice.lower())
    if isinstance(voice, str) and voice.lower() not in names and voice.lower() in (parts := _parts(len(names))):
        return parts[voice.lower()]
    known = ", ".join(f"{number} {track.name}".strip() for number, track in enumerate(score.tracks))
    raise ControlError(f"a voice {voice!r}", expected=f"one of {known}")


def _parts(n: int) -> dict[str, int]:
    """Return the numbers of a choir's voices in a score of `n` tracks."""
    if n == len(CHOIR):
        return {name: number for number, name in enumerate(CHOIR)}
    return {CHOIR[0]: 0, CHOIR[-1]: n - 1} if n else {}
