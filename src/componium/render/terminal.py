"""Scores as text: a piano roll for the terminal, and one line a bar.

The roll uses Unicode half blocks: a character is two semitones high and, where there is room, a sixteenth wide; `│` is
a bar line. With `color` each part has a color, brighter where a note begins (ANSI, 256 colors); without, there are no
escape sequences. The caller decides (by the terminal, NO_COLOR).

>>> from componium.music.score import Score, Track, notes
>>> score = Score(tracks=(Track(notes([(0, 480, 60), (480, 480, 62), (960, 960, 64)]), name="Violin"),))
>>> print(roll(score, width=40, color=False))
    1
 E4 │        ▀▀▀▀▀▀▀▀│
    │    ▀▀▀▀        │
 C4 │▀▀▀▀            │
>>> bar_text(score, 0)
'V C4 D4 E4'
"""

import shutil
from itertools import groupby
from math import ceil

import numpy as np
from numpy.typing import NDArray

from componium.music.pitch import pitch_to_name
from componium.music.score import Key, Score, Track
from componium.music.time import bar_lines, bar_numbers, bar_quarters, meters_of
from componium.render.pianoroll import part_names

GUTTER = 4  # characters left of the first bar line
_NAMED = (0, 4)  # the pitch classes that are labeled
# The colors of a note's beginning and of its continuation, by part, among xterm's 256.
_COLORS = ((75, 32), (228, 178), (209, 166), (120, 71), (213, 133), (159, 73), (252, 244), (183, 98))


def roll(score: Score, *, width: int | None = None, color: bool = True) -> str:
    """Return the piano roll of a score, in systems.

    A system has at most `width` characters (at least 40; default: the terminal's width).
    """
    room = max(width or shutil.get_terminal_size().columns, 40) - GUTTER - 1
    lines = bar_lines(score)
    if len(lines) < 2:
        return "(no notes)"
    cells = min(_cells(score), room - 1)
    per_system = max(room // (cells + 1), 1)
    starts = range(0, len(lines) - 1, per_system)
    systems = [_system(score, lines[at : at + per_system + 1], at, cells, color) for at in starts]
    legend = [_legend(score)] if color else []
    return "\n\n".join(legend + systems)


def bar_text(score: Score, bar: int) -> str:
    """Return the notes that begin in one bar (counted from 0) by part, as text.

    They are spelled after the key: "S D5 E5 | A A4 | T F4 ~".

    `+` joins notes of one onset, `~` is a note held from the bar before, `-` a part without notes.
    """
    lines = bar_lines(score, end=max(score.end, 1))
    start, stop = (int(lines[bar]), int(lines[bar + 1])) if bar < len(lines) - 1 else (int(lines[-1]), int(lines[-1]))
    fifths = _fifths(score.keys, start)
    parts = zip(_short(part_names(score)), score.tracks, strict=True)
    return " | ".join(f"{name} {_part_text(track, start, stop, fifths)}" for name, track in parts)


def line_text(score: Score) -> str:
    """Return the notes of the first part as text, such as "G4 B4 D5".

    `~` is a note held from before, `-` is silence.

    >>> from componium.music.score import Score, Track, notes
    >>> line_text(Score((Track(notes([(0, 480, 67), (480, 480, 71)])), Track(notes([(0, 960, 43)])))))
    'G4 B4'
    """
    return _part_text(score.tracks[0], 0, max(score.end, 1), _fifths(score.keys, 0)) if score.tracks else "-"


def _fifths(keys: tuple[Key, ...], tick: int) -> int:
    return next((key.fifths for key in reversed(keys) if key.tick <= tick), 0)


def _part_text(track: Track, start: int, stop: int, fifths: int) -> str:
    array = track.notes
    held = bool(np.any((array["onset"] < start) & (array["onset"] + array["duration"] > start)))
    words = ["~"] if held else []
    last = -1
    for note in array[(array["onset"] >= start) & (array["onset"] < stop)]:
        name = f"x{note['pitch']}" if track.is_drum else pitch_to_name(int(note["pitch"]), fifths)
        if note["onset"] == last:
            words[-1] += f"+{name}"
        else:
            words.append(name)
        last = note["onset"]
    return " ".join(words) or "-"


def _short(names: list[str]) -> list[str]:
    """Return the shortest distinct prefixes, one to four letters, else numbers."""
    for length in (1, 2, 3, 4):
        short = [name[:length].strip() for name in names]
        if len(set(short)) == len(short):
            return short
    return [str(at + 1) for at in range(len(names))]


def _cells(score: Score) -> int:
    """Return the characters a bar has: one a sixteenth, of the longest bar."""
    return max(ceil(4 * bar_quarters(meter)) for meter in meters_of(score))


def _legend(score: Score) -> str:
    return "  ".join(
        f"\x1b[38;5;{_COLORS[part % len(_COLORS)][0]}m██\x1b[0m {name}" for part, name in enumerate(part_names(score))
    )


def _system(score: Score, lines: NDArray[np.int64], first: int, cells: int, color: bool) -> str:
    low, high = _span(score)
    grid = _grid(score, lines, cells, low, high)
    fifths = _fifths(score.keys, int(lines[0]))
    numbers = bar_numbers(bar_lines(score))[first : first + len(lines) - 1]
    rows = [" " * GUTTER + "".join(f"{number:<{cells + 1}}" for number in numbers.tolist()).rstrip()]
    for upper in range(high, low, -2):
        name = pitch_to_name(upper, fifths) if upper % 12 in _NAMED else ""
        pairs = list(zip(grid[upper - low].tolist(), grid[upper - 1 - low].tolist(), strict=True))
        bars = [_drawn(pairs[at : at + cells], color) for at in range(0, len(pairs), cells)]
        rows.append(f"{name:>{GUTTER - 1}} │" + "│".join(bars) + "│")
    return "\n".join(rows)


def _span(score: Score) -> tuple[int, int]:
    """Return the lowest and highest pitch, extended so that a C is in an upper half."""
    pitches = np.concatenate([track.notes["pitch"] for track in score.tracks])
    low, high = int(pitches.min()), int(pitches.max())
    return low - (low + 1) % 2, high + high % 2


def _grid(score: Score, lines: NDArray[np.int64], cells: int, low: int, high: int) -> NDArray[np.int64]:
    """Return what sounds at each pitch and character.

    It is 0, or twice the part's number from 1, and one more where a note begins.
    """
    grid = np.zeros((high - low + 1, cells * (len(lines) - 1)), dtype=np.int64)
    places = np.arange(len(lines)) * cells
    for part, track in enumerate(score.tracks):
        onset, offset = track.notes["onset"], track.notes["onset"] + track.notes["duration"]
        shown = (onset < lines[-1]) & (offset > lines[0])
        left = np.floor(np.interp(onset[shown], lines, places) + 1e-6).astype(int)
        right = np.ceil(np.interp(offset[shown], lines, places) - 1e-6).astype(int)
        begins = onset[shown] >= lines[0]
        for pitch, start, stop, new in zip(track.notes["pitch"][shown] - low, left, right, begins, strict=True):
            grid[pitch, start : max(stop, start + 1)] = 2 * part + 2
            grid[pitch, start] += int(new)
    return grid


def _drawn(pairs: list[tuple[int, int]], color: bool) -> str:
    """Return characters for pairs of cells, the upper and the lower.

    Equal neighbors share one escape sequence.
    """
    if not color:
        return "".join(_block(upper, lower) for upper, lower in pairs)
    return "".join(_colored(*pair, len(list(run))) for pair, run in groupby(pairs))


def _block(upper: int, lower: int) -> str:
    return " ▄▀█"[2 * (upper > 0) + (lower > 0)]


def _colored(upper: int, lower: int, times: int) -> str:
    if not upper and not lower:
        return " " * times
    if upper and lower:
        return f"\x1b[38;5;{_code(upper)};48;5;{_code(lower)}m{'▀' * times}\x1b[0m"
    return f"\x1b[38;5;{_code(upper or lower)}m{_block(upper, lower) * times}\x1b[0m"


def _code(cell: int) -> int:
    return _COLORS[(cell // 2 - 1) % len(_COLORS)][1 - cell % 2]
