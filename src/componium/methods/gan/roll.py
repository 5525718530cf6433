"""Bars as piano rolls: the pitch of every part at every 16th, struck or held.

A roll is not a row of token ids, so this is no codec; it is what the adversarial method sees. A part is a line: of a
chord in one part its top note is kept. Pitches are relative to a tonic of C, in a window of PITCHES semitones for
each part; what lies outside is brought in by octaves. What isn't a multiple of a 16th goes to the 16th it lies in.

Shapes: N bars, M parts, W steps (of the longest bar learned, to a multiple of 4), K = PITCHES + 2 rows of a step: one
for each pitch, one for a rest, one for a stroke. Beyond a bar's end, and in parts that a piece lacks, all is 0. What a
net says of a step has K rows too, but means other things: a pitch begins, or a rest, or what was there goes on
(`HOLD`). `from_rows` resolves it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from componium.analysis.meter import main_meter
from componium.codecs.events.grid import canonicalize
from componium.corpora.base import Corpus
from componium.decoding.context import TICKS
from componium.methods._shared.bars import offset_of
from componium.music.score import Meter, Score
from componium.music.theory import fold
from componium.music.time import bar_lines, bar_quarters

PITCHES = 36
REST = PITCHES
HOLD = PITCHES + 1
ROWS = PITCHES + 2
STEP = TICKS // 4  # a 16th
PLACES = 4  # bars of a phrase
MOST_PARTS = 8
type_codes = NDArray[np.int8]  # (..., M, W): 0 to PITCHES - 1, REST, or -1 beyond the bar
type_floats = NDArray[np.float32]
type_bars = tuple[type_codes, NDArray[np.bool_]]  # codes and strokes


@dataclass(frozen=True)
class Layout:
    """Meaning of the axes of rolls.

    `lowest` is the pitch of row 0 of each part.
    """

    meters: tuple[str, ...]
    styles: tuple[str, ...]
    lowest: tuple[int, ...]

    @property
    def width(self) -> int:
        """Width W: the steps of the longest bar, to a multiple of 4."""
        return -(-max(map(steps_of, self.meters)) // 4) * 4

    @property
    def n_conditions(self) -> int:
        """Size Q of a row of conditions."""
        return len(self.meters) + len(self.styles) + PLACES + 2 + len(self.lowest)

    def conditions(
        self, meter: str, styles: Sequence[str], parts: int, minor: bool, place: int, last: bool
    ) -> type_floats:
        """Return the conditions (Q,) of a bar.

        They are its meter, styles, place in a phrase, mode, whether it is the last, and the parts.
        """
        row = [name == meter for name in self.meters] + [name in styles for name in self.styles]
        row += [place % PLACES == at for at in range(PLACES)] + [minor, last]
        return np.array([*row, *(at < parts for at in range(len(self.lowest)))], dtype=np.float32)


@dataclass(frozen=True)
class Rolls:
    """Bars with their conditions and predecessors.

    `codes` (N, M, W), `struck` (N, M, W), `conditions` (N, Q), and the number of the bar before; -1: none.
    """

    codes: type_codes
    struck: NDArray[np.bool_]
    conditions: type_floats
    before: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.codes)

    def earlier(self, chosen: NDArray[np.int64]) -> type_bars:
        """Return codes and strokes of the bars before some; -1 where there is none."""
        before = self.before[chosen]
        none = (before < 0)[:, None, None]
        return np.where(none, np.int8(-1), self.codes[before]), self.struck[before] & ~none


def steps_of(meter: Meter | str) -> int:
    """Return the 16ths in a bar; 0 where they don't fill it."""
    parsed = Meter(0, *map(int, meter.split("/"))) if isinstance(meter, str) else meter
    steps = bar_quarters(parsed) * 4
    return int(steps) if steps.denominator == 1 else 0


def to_roll(codes: type_codes, struck: NDArray[np.bool_]) -> type_floats:
    """Return a roll (..., M, K, W) from codes and strokes (..., M, W)."""
    rows = codes[..., None, :] == np.arange(PITCHES + 1, dtype=np.int8)[:, None]
    return np.concatenate([rows, struck[..., None, :] & (codes[..., None, :] >= 0)], axis=-2).astype(np.float32)


def from_rows(rows: type_codes, last: type_codes) -> type_bars:
    """Return codes and strokes from rows (..., W); `last` (...) sounded just before."""
    codes = rows.copy()
    for step in range(rows.shape[-1]):
        codes[..., step] = np.where(rows[..., step] == HOLD, last, rows[..., step])
        last = codes[..., step]
    return codes, (rows >= 0) & (rows < REST)


def last_of(codes: type_codes) -> type_codes:
    """Return what each line (..., W) sounds at the end; a rest where there is none."""
    end = codes.shape[-1] - 1 - (codes >= 0)[..., ::-1].argmax(axis=-1)
    last = np.take_along_axis(codes, end[..., None], axis=-1)[..., 0]
    result: type_codes = np.where(last < 0, np.int8(REST), last)
    return result


def layout_of(corpus: Corpus) -> Layout:
    """Return the meters, styles and parts of a corpus.

    The window of each part is about the middle of its pitches.
    """
    scores = [piece.score for piece in corpus.pieces if _usable(piece.score)]
    meters = sorted({str(main_meter(score)) for score in scores})
    pitches: list[list[int]] = [[] for _ in range(max((len(score.tracks) for score in scores), default=0))]
    for score in scores:
        for part, track in zip(pitches, score.tracks, strict=False):
            part += (track.notes["pitch"] - offset_of(score.keys[-1].tonic)).tolist()
    lowest = [round((np.percentile(part, 1) + np.percentile(part, 99) - PITCHES) / 2) if part else 48
              for part in pitches]
    return Layout(tuple(meters), corpus.styles, tuple(int(pitch) for pitch in lowest))


def rolls_of(corpus: Corpus, layout: Layout) -> Rolls:
    """Return every full bar of the pieces that fit the layout, in order.

    One that begins with a rest in all parts is an upbeat: places in a phrase are counted from the next.
    """
    codes, struck, conditions = [], [], []
    before: list[int] = []
    for piece in corpus.pieces:
        if not _usable(piece.score) or not _fits(piece.score, layout):
            continue
        bars = _bars(canonicalize(piece.score, ()), layout)
        meter, minor = str(main_meter(piece.score)), "minor" in piece.score.keys[-1].mode
        leads_in = bool(bars) and _is_silent(bars[0][0][:, 0])
        for number, (code, stroke) in enumerate(bars):
            codes.append(code)
            struck.append(stroke)
            place, last = number - leads_in, number == len(bars) - 1
            conditions.append(layout.conditions(meter, piece.styles, len(piece.score.tracks), minor, place, last))
            before.append(len(before) - 1 if number else -1)
    shape = (0, len(layout.lowest), layout.width if layout.meters else 0)
    if not codes:
        empty = np.zeros((0, layout.n_conditions), dtype=np.float32)
        return Rolls(np.zeros(shape, np.int8), np.zeros(shape, bool), empty, np.zeros(0, np.int64))
    return Rolls(np.stack(codes), np.stack(struck), np.stack(conditions), np.array(before, dtype=np.int64))


def _is_silent(step: type_codes) -> bool:
    """Return True if all parts (M,) rest."""
    return bool((step[step >= 0] == REST).all())


def _usable(score: Score) -> bool:
    if not score.n_notes or not score.keys or len(score.tracks) > MOST_PARTS:
        return False
    return steps_of(main_meter(score)) > 0 and not any(track.is_drum for track in score.tracks)


def _fits(score: Score, layout: Layout) -> bool:
    return str(main_meter(score)) in layout.meters and len(score.tracks) <= len(layout.lowest)


def _bars(score: Score, layout: Layout) -> list[tuple[type_codes, NDArray[np.bool_]]]:
    """Return the full bars of a canonical score."""
    lines, steps = bar_lines(score), steps_of(main_meter(score))
    end = int(lines[-1]) // STEP + 1
    codes = np.full((len(layout.lowest), end), -1, dtype=np.int8)
    struck = np.zeros(codes.shape, dtype=bool)
    codes[: len(score.tracks)] = REST
    for part, track in enumerate(score.tracks):
        row = track.notes["pitch"].astype(int) - offset_of(score.keys[-1].tonic) - layout.lowest[part]
        row = fold(row, 0, PITCHES - 1)
        for onset, duration, pitch in zip(track.notes["onset"], track.notes["duration"], row, strict=True):
            first, stop = int(onset) // STEP, max((int(onset + duration)) // STEP, int(onset) // STEP + 1)
            codes[part, first:stop], struck[part, first:stop] = pitch, False
            struck[part, first] = True
    bars = []
    for line, stop in zip(lines[:-1].tolist(), lines[1:].tolist(), strict=True):
        if stop - line == steps * STEP:
            there = slice(line // STEP, line // STEP + steps)
            room = ((0, 0), (0, layout.width - steps))
            bars.append((np.pad(codes[:, there], room, constant_values=-1), np.pad(struck[:, there], room)))
    return bars


def distances(some: Rolls | tuple[Any, Any], others: Rolls) -> NDArray[np.float32]:
    """Return the distance of each of some bars to each of others, (n, N).

    It is the share of steps, over all parts, that differ: another pitch sounds, or one is struck and the other held.
    """
    codes, struck = (some.codes, some.struck) if isinstance(some, Rolls) else some
    other = _cells(others.codes, others.struck)
    return np.stack([(row != other).mean(axis=1, dtype=np.float32) for row in _cells(codes, struck)])


def _cells(codes: type_codes, struck: NDArray[np.bool_]) -> NDArray[np.int8]:
    """Return one number a step for what sounds and whether it is struck."""
    cells: NDArray[np.int8] = (2 * codes + struck).astype(np.int8).reshape(len(codes), -1)
    return cells


def coverage(generated: tuple[Any, Any], real: Rolls, nearest: int = 5) -> float:
    """Return the share of real bars that have a generated neighbor.

    That is one as near as their `nearest`-th real neighbor (Naeem et al. 2020): 1 if every kind of bar is generated;
    near 0 if few are, or none that are like real music.

    1 if every kind of bar is made; near 0 if few are, or none that are real music.
    """
    return float((distances(generated, real).min(axis=0) <= radii(real, nearest)).mean())


def radii(real: Rolls, nearest: int = 5) -> type_floats:
    """Return the distance of each real bar to its `nearest`-th neighbor."""
    if len(real) < 2:
        return np.zeros(len(real), dtype=np.float32)
    among = distances(real, real)
    np.fill_diagonal(among, np.inf)
    result: type_floats = np.sort(among, axis=1)[:, min(nearest, len(real) - 1) - 1]
    return result


def layout_to_plain(layout: Layout) -> dict[str, Any]:
    """Return a layout as plain values."""
    return {"meters": list(layout.meters), "styles": list(layout.styles), "lowest": list(layout.lowest)}


def layout_from(plain: Mapping[str, Any]) -> Layout:
    """Return the layout that `layout_to_plain` described."""
    return Layout(tuple(plain["meters"]), tuple(plain["styles"]), tuple(plain["lowest"]))
