"""Bars of a corpus, each on its own, for methods that recombine bars.

Pitches are transposed to a tonic of C (by -6 to 5 semitones), those of drums excepted; times are in 24ths of a quarter
from the bar line. A bar is `whole` if no note is held over either of its lines, every part begins it with a note, and
something sounds to its end (unless it is the last of its piece).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from componium.analysis.meter import main_meter
from componium.codecs.events.grid import bar_length, canonicalize
from componium.corpora.base import Corpus, Piece
from componium.decoding.style.plan import Plan
from componium.decoding.style.profile import type_range
from componium.errors import CheckpointError
from componium.methods._shared.tables import check_pointers, check_range_of, check_shape
from componium.music.instruments import DRUMS
from componium.music.score import Key, Score, Track
from componium.music.theory import best_octave
from componium.music.time import bar_lines

type_ints = NDArray[np.int64]


@dataclass(frozen=True)
class Bars:
    """Bars in the order of their pieces.

      notes     (N, 4): onset, duration, pitch, part; those of bar b are notes[first[b]:first[b + 1]]
      about     (B, 7): the columns PIECE, NUMBER (from 0), LEFT (bars after it), PARTS, METER, MINOR, KIT (bit k is set
                if part k is drums)
      pieces    ids of the pieces; styles: the styles of each; meters: the meters as text
    """

    notes: type_ints
    first: type_ints
    about: type_ints
    whole: NDArray[np.bool_]
    pieces: tuple[str, ...]
    styles: tuple[tuple[str, ...], ...]
    meters: tuple[str, ...]

    def of(self, bar: int) -> type_ints:
        """Return the notes of a bar, (n, 4), in the order of their onsets."""
        rows: type_ints = self.notes[self.first[bar] : self.first[bar + 1]]
        return rows

    def has_style(self, style: str) -> NDArray[np.bool_]:
        """Return the mask of the bars of a style, (B,)."""
        by_piece = np.array([style in styles for styles in self.styles], dtype=bool)
        mask: NDArray[np.bool_] = by_piece[self.about[:, PIECE]]
        return mask

    def to_weights(self) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
        """Return plain values and arrays to be saved."""
        plain = {"pieces": list(self.pieces), "styles": list(map(list, self.styles)), "meters": list(self.meters)}
        return plain, {"notes": self.notes.astype(np.int16), "first": self.first.astype(np.int32),
                       "about": self.about.astype(np.int32), "whole": self.whole}

    @classmethod
    def from_weights(cls, plain: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]]) -> Self:
        """Return the bars that `to_weights` described.

        Raises CheckpointError if a part is missing.
        """
        try:
            check_music(plain, arrays, 4, KIT + 1)
            check_shape("whole", arrays["whole"], len(arrays["about"]))
            notes, first, about = (arrays[name].astype(np.int64) for name in ("notes", "first", "about"))
            return cls(notes, first, about, arrays["whole"].astype(bool), tuple(plain["pieces"]),
                       tuple(map(tuple, plain["styles"])), tuple(plain["meters"]))
        except KeyError as error:
            raise CheckpointError(f"the bars lack {error}", expected="what save wrote") from error


MOST_PARTS = 32


def check_music(plain: Mapping[str, Any], arrays: Mapping[str, NDArray[Any]], n_note: int, n_about: int) -> None:
    """Raise CheckpointError for saved bars or slices that can't be.

    n_note   columns of a note: onset, duration, pitch, part, and more
    n_about  columns of what is known of a bar: PIECE, two more, PARTS, METER, MINOR, and more
    """
    notes = check_shape("notes", arrays["notes"], None, n_note, kinds="i")
    about = check_shape("about", arrays["about"], None, n_about, kinds="i")
    check_pointers("first", arrays["first"], len(about), len(notes))
    for column, (low, end) in enumerate(((0, 1 << 15), (1, 1 << 15), (-64, 192), (0, MOST_PARTS))):
        check_range_of("notes", notes[:, column], low, end)
    if len(plain["styles"]) != len(plain["pieces"]) or not all(isinstance(styles, list) for styles in plain["styles"]):
        raise CheckpointError("styles that aren't those of the pieces", expected="a list of names for each")
    ends = {PIECE: len(plain["pieces"]), PARTS: MOST_PARTS + 1, METER: len(plain["meters"]), MINOR: 2}
    for column, end in ends.items():
        check_range_of("about", about[:, column], 0, end)


PIECE, NUMBER, LEFT, PARTS, METER, MINOR, KIT = range(7)
# What a pitch class over the tonic moves by, from major to minor (which keeps its leading note) and back.
TO_MINOR = np.array([0, 0, 0, 0, -1, 0, 0, 0, 0, -1, 0, 0])
TO_MAJOR = np.array([0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 1, 0])


def bars_of(corpus: Corpus) -> Bars:
    """Return the bars of the training pieces, in the corpus's order.

    Pieces without a key are left out. A piece's meter is its main one; its bars of another are not whole.
    """
    meters: dict[str, int] = {}
    notes: list[type_ints] = []
    about: list[tuple[int, ...]] = []
    whole: list[bool] = []
    kept: list[Piece] = []
    for piece in corpus.train.pieces:
        score = canonicalize(piece.score, ())
        if score.n_notes and score.keys:
            meter = main_meter(score)
            number = meters.setdefault(str(meter), len(meters))
            length = bar_length((meter.numerator, meter.denominator))
            for rows, row, is_whole in _cut(score, len(kept), number, length):
                notes.append(rows)
                about.append(row)
                whole.append(is_whole)
            kept.append(piece)
    first = np.concatenate([[0], np.cumsum([len(rows) for rows in notes])]).astype(np.int64)
    joined = np.concatenate([np.zeros((0, 4), dtype=np.int64), *notes])
    return Bars(joined, first, np.array(about, dtype=np.int64).reshape(-1, KIT + 1), np.array(whole, dtype=bool),
                tuple(piece.id for piece in kept), tuple(piece.styles for piece in kept), tuple(meters))


def kit_of(is_drum: Iterable[bool]) -> int:
    """Return which parts are drums, as bits: bit k is set if part k is.

    >>> kit_of([False, False, True])
    4
    """
    return sum(1 << part for part, drums in enumerate(is_drum) if drums)


def kit_of_plan(piece: Plan) -> int:
    """Return which parts of a plan are drums, as `kit_of` does."""
    return kit_of(program == DRUMS for program in piece.programs)


def in_kit(part: Any, kit: Any) -> NDArray[np.bool_]:
    """Return whether parts are drums, by their numbers and `kit_of` their pieces."""
    mask: NDArray[np.bool_] = np.right_shift(np.asarray(kit, dtype=np.int64), part) % 2 == 1
    return mask


def to_c(track: Track, key: Key) -> type_ints:
    """Return the pitches of a track, transposed to a tonic of C unless they are drums."""
    pitches: type_ints = track.notes["pitch"].astype(np.int64) - (0 if track.is_drum else offset_of(key.tonic))
    return pitches


def offset_of(tonic: int) -> int:
    """Return the semitones, -5 to 6, from C up to a tonic."""
    return (tonic + 5) % 12 - 5


def to_key(bars: Bars, key: Key, ranges: Sequence[type_range]) -> Bars:
    """Transpose bars to a key, each part in the octave that suits its range best.

    Drums stay. Bars of the other mode get the third, sixth and seventh of this one. Bars with a note outside its range
    are no longer whole.
    """
    counts = np.diff(bars.first)
    is_drum = in_kit(bars.notes[:, 3], np.repeat(bars.about[:, KIT], counts))
    of_other = np.repeat(bars.about[:, MINOR] != ("minor" in key.mode), counts)
    notes = move_to_key(bars.notes, key, ranges, of_other, is_drum)
    wrong = out_of_range(notes, ranges, is_drum)
    so_far = np.concatenate([[0], np.cumsum(wrong)])
    playable = so_far[bars.first[1:]] == so_far[bars.first[:-1]]
    return replace(bars, notes=notes, whole=bars.whole & playable)


def move_to_key(
    notes: type_ints, key: Key, ranges: Sequence[type_range], of_other: NDArray[np.bool_], is_drum: NDArray[np.bool_]
) -> type_ints:
    """Return notes over a tonic of C in a key, each part but drums in its best octave.

    notes     rows whose columns 2 and 3 are pitch and part
    of_other  the notes of the other mode, (N,), whose third, sixth and seventh change
    is_drum   the notes of drums, (N,)
    """
    moved = notes.copy()
    changed, tonal = of_other & ~is_drum, ~is_drum
    moved[changed, 2] += (TO_MINOR if "minor" in key.mode else TO_MAJOR)[moved[changed, 2] % 12]
    moved[tonal, 2] += offset_of(key.tonic)
    for part, (low, high) in enumerate(ranges):
        mine = tonal & (moved[:, 3] == part)
        moved[mine, 2] += best_octave(moved[mine, 2], low, high)
    return moved


def out_of_range(notes: type_ints, ranges: Sequence[type_range], is_drum: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return the notes outside the range of their part, (N,); drums have none."""
    low, high = np.array([*ranges, *[(0, 127)] * 32]).T
    outside: NDArray[np.bool_] = (notes[:, 2] < low[notes[:, 3]]) | (notes[:, 2] > high[notes[:, 3]])
    return outside & ~is_drum


def _cut(score: Score, piece: int, meter: int, length: int) -> list[tuple[type_ints, tuple[int, ...], bool]]:
    """Return (notes, row of `about`, is whole) for each bar of a canonical score.

    A bar that isn't `length` long, in 24ths, is not whole.
    """
    lines, key, kit = bar_lines(score), score.keys[-1], kit_of(track.is_drum for track in score.tracks)
    columns = [np.stack([track.notes["onset"], track.notes["duration"], to_c(track, key),
                         np.full(len(track.notes), part)], axis=1) for part, track in enumerate(score.tracks)]
    rows = np.concatenate(columns).astype(np.int64)
    rows = rows[np.lexsort((rows[:, 2], rows[:, 3], rows[:, 0]))]
    bars = np.searchsorted(lines, rows[:, 0], side="right") - 1
    held = rows[:, 0] + rows[:, 1] > lines[bars + 1]  # into the next bar
    bars_cut: list[tuple[type_ints, tuple[int, ...], bool]] = []
    for bar, line in enumerate(lines[:-1].tolist()):
        mine = rows[bars == bar] - np.array([line, 0, 0, 0])
        begins = set(mine[mine[:, 0] == 0, 3].tolist())
        is_full = len(mine) > 0 and (bar == len(lines) - 2 or int((mine[:, 0] + mine[:, 1]).max()) == length)
        is_whole = bool(len(begins) == len(score.tracks) and not held[bars == bar].any()
                        and lines[bar + 1] - line == length and is_full)
        about = (piece, bar, len(lines) - 2 - bar, len(score.tracks), meter, int("minor" in key.mode), kit)
        bars_cut.append((mine, about, is_whole))
    return bars_cut
