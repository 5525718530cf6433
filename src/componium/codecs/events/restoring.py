"""Restoring: regions and notes between a score's own bars and those of the codec."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from componium.codecs.events.grid import MAX_TRACKS, Bars
from componium.codecs.events.velocities import usual_velocity
from componium.decoding.context import TICKS
from componium.decoding.region import Region
from componium.decoding.style.measuring import is_monophonic
from componium.errors import ControlError
from componium.music.score import Chord, Score, Track
from componium.music.time import bar_lines
from componium.music.transform import change_ticks_per_quarter


def texture_beside(score: Score, region: Region) -> str:
    """Return the texture of a score with a region written.

    It is "mono" if no voice then sounds two notes at once, else "poly". Where the region leaves polyphony open, what
    stands there counts.
    """
    lines = bar_lines(score)
    for voice, track in enumerate(score.tracks):
        most = region.polyphony[voice] if region.polyphony and region.cells[:, voice].any() else 0
        bars = np.searchsorted(lines, track.notes["onset"], side="right") - 1
        kept = track.notes[~region.cells[bars, voice]] if most else track.notes
        if most > 1 or not is_monophonic(kept):
            return "poly"
    return "mono"


class Restorer:
    """Converter between the bars of a score and those of its canonical form.

    score   to be filled in
    n_bars  bars of its canonical form
    cut     silence that the canonical form lacks before its upbeat, in 24ths of a quarter
    pad     silence that fills up the score's first bar in the codec's, likewise

    Raises ControlError for more tracks than the codec keeps.
    """

    def __init__(self, score: Score, n_bars: int, cut: int) -> None:
        if len(score.tracks) > MAX_TRACKS:
            raise ControlError(f"{len(score.tracks)} tracks", expected=f"at most {MAX_TRACKS}")
        self._score, self._lines, self._cut = score, bar_lines(score), cut
        fine = change_ticks_per_quarter(score, TICKS)
        bars = Bars(fine)
        self._moved, self.pad = bars.moved, bars.pad
        self._which = np.searchsorted(bars.moved, bars.starts[:n_bars], side="right") - 1

    def region(self, region: Region) -> Region:
        """Return a region of the score as one of its canonical form.

        That may have a bar more, with a last note that is nearer to the next bar line, or a bar less, without a last
        one that only a held note reaches. Raises ControlError if none of the region is left.
        """
        which = np.minimum(self._which, len(region.cells) - 1)
        is_own = self._which < len(region.cells)
        cells, chords = region.cells[which] & is_own[:, None], region.chords[which] & is_own
        if not cells.any() and not chords.any():
            raise ControlError("a region in bars without an onset that a model could write",
                               expected="bars before the end of the last notes")  # fmt: skip
        return replace(region, cells=cells, chords=chords, counts=region.counts[which])

    def score(self, filled: Score) -> Score:
        """Return a canonical score in the time of the score's own bars."""
        tracks = [self._track(*pair) for pair in zip(filled.tracks, self._score.tracks, strict=True)]
        ticks = self._ticks(np.array([chord.tick for chord in filled.chords], dtype=np.int64)).tolist()
        chords = [Chord(tick, chord.symbol) for tick, chord in zip(ticks, filled.chords, strict=True)]
        return replace(self._score, tracks=tuple(tracks), chords=tuple(chords))

    def _track(self, track: Track, own: Track) -> Track:
        notes = track.notes.copy()
        usual = usual_velocity(own, self._score.tracks)
        notes["velocity"] = np.where(notes["velocity"], notes["velocity"], usual)
        end = self._ticks(notes["onset"] + notes["duration"])
        notes["onset"] = self._ticks(notes["onset"])
        notes["duration"] = np.maximum(end - notes["onset"], 1)
        return replace(track, notes=notes)

    def _ticks(self, ticks: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return canonical ticks as the score's own."""
        laid = ticks + self._cut
        bar = np.clip(np.searchsorted(self._moved, laid, side="right") - 1, 0, len(self._lines) - 1)
        inside = laid - self._moved[bar] - np.where(bar == 0, self.pad, 0)
        own: NDArray[np.int64] = self._lines[bar] + inside * self._score.ticks_per_quarter // TICKS
        return np.maximum(own, 0)
