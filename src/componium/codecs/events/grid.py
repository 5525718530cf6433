"""Grid of the events codec: bars of known meters, and the onsets possible in them.

Time is in 24ths of a quarter. A note may begin on 16ths, 32nds and triplets of eighths and 16ths, counted from its bar
line. A bar whose meter is not in METERS is laid out as several that are; a short first bar (a pickup) is filled with
silence at its front, unless its meter alternates with the one after it.
"""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from componium.codecs.events.chords import STEP as CHORD_STEP
from componium.codecs.events.chords import canonical_chords
from componium.decoding.context import TICKS
from componium.decoding.style.measuring import is_monophonic
from componium.decoding.style.profile import MODES, nearest_qpm
from componium.music.pitch import key_of
from componium.music.score import Chord, Key, Meter, Score, Tempo, Track
from componium.music.time import bar_lines, meters_of
from componium.music.transform import change_ticks_per_quarter

GRID = np.array([0, 3, 4, 6, 8, 9, 12, 15, 16, 18, 20, 21])
OFTEN = 4  # a meter that a piece begins with, and that one in so many of its bars has, is one of its own meters
LONGEST_BAR = 8 * TICKS
METERS = tuple(
    (numerator, denominator)
    for denominator in (2, 4, 8, 16)
    for numerator in range(1, 17)
    if 4 * TICKS * numerator <= LONGEST_BAR * denominator
)
POSITIONS = np.array([q + g for q in range(0, LONGEST_BAR, TICKS) for g in GRID])
_EDGES = np.append(POSITIONS, LONGEST_BAR)
# Up to two quarters every difference that the 16th and triplet grids make, then ever wider steps.
DURATIONS = np.array(
    sorted({q + g for q in (0, TICKS) for g in GRID} - {0} | set(range(48, 97, 6)) | set(range(96, 193, 12)))
    + list(range(216, 385, 24))
)
MAX_TRACKS = 16


def bar_length(meter: tuple[int, int]) -> int:
    """Return the length of a bar in 24ths of a quarter."""
    return 4 * TICKS * meter[0] // meter[1]


def _by_length() -> dict[int, tuple[int, int]]:
    """Return the most common meter of each length: the smallest denominator from 4 up."""
    order = sorted(METERS, key=lambda meter: (meter[1] == 2, meter[1]), reverse=True)
    return {bar_length(meter): meter for meter in order}


METER_OF_LENGTH = _by_length()


def _pieces(length: int) -> list[tuple[int, int]]:
    """Return meters from METERS that together last `length`, rounded up to 16ths."""
    left, pieces = max(-(-length // 6) * 6, 6), []
    while left:
        part = left if left in METER_OF_LENGTH else max(n for n in METER_OF_LENGTH if n <= min(left, 4 * TICKS))
        pieces.append(METER_OF_LENGTH[part])
        left -= part
    return pieces


def split_bar(meter: str) -> list[tuple[int, int]]:
    """Return the meters from METERS in which a bar of any meter is laid out.

    >>> split_bar("12/4")
    [(4, 4), (8, 4)]
    """
    numerator, denominator = map(int, meter.split("/"))
    return _pieces(bar_length((numerator, denominator)))


def position_before(onset: int) -> int:
    """Return the last place of the grid at or before an onset from the bar line.

    >>> position_before(77)
    76
    """
    return int(POSITIONS[np.searchsorted(POSITIONS, onset, side="right") - 1])


def snap(relative: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the nearest place of the grid to times from a bar line, or the later."""
    middles = (_EDGES[1:] + _EDGES[:-1]) / 2
    return _EDGES[np.searchsorted(middles, relative, side="right")]


def _alternates(layout: list[list[tuple[int, int]]]) -> bool:
    """Return whether a quarter of the bars have the first one's meter.

    It is no pickup then.
    """
    times = layout.count(layout[0])
    return times > 1 and times * OFTEN >= len(layout)


class Bars:
    """The layout of a score's bars on the grid's.

    starts   onsets of the grid's bars, and the end of the last
    meters   of the grid's bars
    sources  the score's own ticks of their onsets, to look up the key and tempo in force
    moved    onsets on the grid of the score's own bars, and the end of the last
    pad      silence before the first bar, which fills up a pickup
    """

    def __init__(self, score: Score) -> None:
        self.lines = bar_lines(score)
        meters = meters_of(score)
        which = np.searchsorted([meter.tick for meter in meters], self.lines[:-1], side="right") - 1
        lengths = np.diff(self.lines)
        layout = []
        for length, at in zip(lengths.tolist(), which.tolist(), strict=True):
            nominal = (meters[at].numerator, meters[at].denominator)
            fits = nominal in METERS and bar_length(nominal) == length
            layout.append([nominal] if fits else _pieces(length))
        self.pad = 0
        if len(layout) > 1 and len(layout[1]) == 1:
            short = bar_length(layout[1][0]) - sum(map(bar_length, layout[0]))
            if short > 0 and not _alternates(layout):
                self.pad, layout[0] = short, layout[1]
        self.meters = [meter for pieces in layout for meter in pieces]
        self.starts = np.concatenate([[0], np.cumsum([bar_length(m) for m in self.meters])]).astype(np.int64)
        self.sources = np.repeat(self.lines[:-1], [len(pieces) for pieces in layout])
        counts = np.cumsum([0] + [len(pieces) for pieces in layout])
        self.moved = self.starts[counts]  # where each of the score's own bar lines went

    def place(self, ticks: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the score's own ticks laid on the grid's bars, not snapped."""
        bar = np.minimum(np.searchsorted(self.lines, ticks, side="right") - 1, len(self.lines) - 1)
        shift = np.where(bar == 0, self.pad, 0)
        placed: NDArray[np.int64] = self.moved[bar] + shift + ticks - self.lines[bar]
        return placed

    def snap(self, ticks: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return ticks moved to the nearest place in their bar, or to the next bar line."""
        bar = np.clip(np.searchsorted(self.starts, ticks, side="right") - 1, 0, len(self.starts) - 2)
        relative = snap(ticks - self.starts[bar])
        snapped: NDArray[np.int64] = np.minimum(self.starts[bar] + relative, self.starts[bar + 1])
        return snapped


def following_onset(onsets: NDArray[np.int64], end: int) -> NDArray[np.int64]:
    """Return the next later onset of each of some sorted onsets, or `end`."""
    after = np.searchsorted(onsets, onsets, side="right")
    return np.append(onsets, end)[after]


def _fit_track(track: Track, bars: Bars) -> Track:
    mono = is_monophonic(track.notes)
    notes = track.notes.copy()
    end = int(bars.starts[-1])
    onset = bars.snap(bars.place(track.notes["onset"]))
    offset = bars.place(track.notes["onset"] + track.notes["duration"])
    inside = onset < end
    notes, onset, offset = notes[inside], onset[inside], offset[inside]
    notes["onset"] = onset
    order = np.lexsort((-offset, notes["pitch"], onset))
    if mono:  # notes that met on one place of the grid: the longest stays
        order = np.lexsort((onset - offset, onset))
    notes, offset = notes[order], offset[order]
    same = (np.diff(notes["onset"]) == 0) & (mono | (np.diff(notes["pitch"]) == 0))
    keep = np.concatenate([[True], ~same]) if len(notes) else np.zeros(0, dtype=bool)
    notes, offset = notes[keep], offset[keep]
    notes["duration"] = _fit_durations(notes["onset"], offset, bars, end)
    notes["voice"] = 0
    return Track(notes, 0 if track.is_drum else track.program, track.is_drum)


def _fit_durations(
    onset: NDArray[np.int64], offset: NDArray[np.int64], bars: Bars, end: int
) -> NDArray[np.int64]:
    """Return durations with a token: to the voice's next onset, or one of DURATIONS."""
    following = following_onset(onset, end)
    snapped = bars.snap(np.minimum(offset, end))
    exact = np.isin(offset - onset, DURATIONS) | (offset == following)
    legato = snapped == following
    floor = DURATIONS[np.maximum(np.searchsorted(DURATIONS, snapped - onset, side="right") - 1, 0)]
    # Never longer than it was into the next note: two notes apart stay apart.
    floor = np.where(offset <= following, np.minimum(floor, following - onset), floor)
    return np.where(exact, offset - onset, np.where(legato, following - onset, floor))


def _in_force(events: tuple[Tempo, ...] | tuple[Key, ...], sources: NDArray[np.int64]) -> list[Tempo | Key | None]:
    at = np.searchsorted([event.tick for event in events], sources, side="right") - 1
    return [events[i] if i >= 0 else None for i in at.tolist()]


def canonicalize(score: Score, styles: tuple[str, ...]) -> Score:
    """Return the score as the events codec keeps it, without chords; see there.

    Velocities stay as they are.
    """
    return lay(score, styles)[0]


def lay(score: Score, styles: tuple[str, ...], *, chords: bool = False) -> tuple[Score, int]:
    """Return a score laid on the grid, and the silence before it that fills a pickup.

    styles  those that are kept
    chords  keep chord symbols too, as the codec states them
    """
    fine = change_ticks_per_quarter(score, TICKS)
    tracks = fine.tracks
    if len(tracks) > MAX_TRACKS:
        most = sorted(sorted(range(len(tracks)), key=lambda at: -len(tracks[at].notes))[:MAX_TRACKS])
        tracks = tuple(tracks[at] for at in most)
    style = score.about("style")
    plain = Score(ticks_per_quarter=TICKS, info=(("style", style),) if style in styles else ())
    fine = replace(fine, tracks=tracks)
    silent = [Track(program=0 if track.is_drum else track.program, is_drum=track.is_drum) for track in tracks]
    nothing = replace(plain, tracks=tuple(silent) or (Track(),))
    if fine.end == 0:
        return nothing, 0
    bars = Bars(fine)
    tempos, keys, meters = _changes(fine, bars)
    fitted = tuple(_fit_track(track, bars) for track in tracks)
    if not any(len(track.notes) for track in fitted):  # each was nearer to the end
        return nothing, 0
    laid = _without_late_changes(replace(plain, tracks=fitted, tempos=tempos, keys=keys, meters=meters))
    if chords and fine.chords and laid.end:
        laid = replace(laid, chords=_fit_chords(fine.chords, bars, laid))
    return laid, bars.pad


def _changes(fine: Score, bars: Bars) -> tuple[tuple[Tempo, ...], tuple[Key, ...], tuple[Meter, ...]]:
    """Return the changes of tempo, key and meter at the grid's bar lines."""
    tempos: list[Tempo] = []
    keys: list[Key] = []
    meters: list[Meter] = []
    for start, meter, tempo, key in zip(
        bars.starts.tolist(), bars.meters, _in_force(fine.tempos, bars.sources), _in_force(fine.keys, bars.sources),
        strict=False,
    ):
        if not meters or (meters[-1].numerator, meters[-1].denominator) != meter:
            meters.append(Meter(start, *meter))
        if isinstance(tempo, Tempo) and (not tempos or tempos[-1].qpm != nearest_qpm(tempo.qpm)):
            tempos.append(Tempo(start, float(nearest_qpm(tempo.qpm))))
        if isinstance(key, Key):
            same = key_of(key.tonic, MODES[key.mode], start)
            if not keys or (keys[-1].fifths, keys[-1].mode) != (same.fifths, same.mode):
                keys.append(same)
    return tuple(tempos), tuple(keys), tuple(meters)


def _fit_chords(chords: tuple[Chord, ...], bars: Bars, laid: Score) -> tuple[Chord, ...]:
    """Return chords moved back to 16ths of the grid, as `canonical_chords` keeps them."""
    ticks = bars.place(np.array([chord.tick for chord in chords]))
    lines = bar_lines(laid)
    bar = np.minimum(np.searchsorted(lines, ticks, side="right") - 1, len(lines) - 1)
    ticks -= (ticks - lines[bar]) % CHORD_STEP
    key = laid.keys[0] if laid.keys and laid.keys[0].tick == 0 else None
    return canonical_chords(chords, ticks.tolist(), int(lines[-1]), key.fifths if key else 0)


def _without_late_changes(score: Score) -> Score:
    """Drop changes of meter, key and tempo after the last sound."""
    end = max(score.end, 1)
    return replace(
        score,
        tempos=tuple(tempo for tempo in score.tempos if tempo.tick < end),
        meters=tuple(meter for meter in score.meters if meter.tick < end),
        keys=tuple(key for key in score.keys if key.tick < end),
    )
