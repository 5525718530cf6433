"""Sequences to fill in: cells hidden, what is seen told ahead, then the piece.

A cell is one voice in one bar. A sequence with hidden cells reads

    BOS  Style ... Program...                   the prefix
    Bar_k ... [Hole_v [Count_n] ...] [HoleChords]
      Pos_p [Chord_c]  Voice_v Pitch_n ...      what is seen, from the first bar with a hole to the last bar
    Fill
    Bar_k ...                                   the piece, from its first bar to the last with a hole
      Pos_p [Chord_c]  Voice_v Pitch_n ...
    EOS

So what is to be written stands where it always stands, after what sounds before it, and the bars that follow are known.
Hole_v is a hidden cell; Count_n is the number of notes that it is to have; HoleChords is a bar whose chords are hidden.
Compare Donahue et al., "Enabling language models to fill in the blanks" (2020), and Thickstun et al., "Anticipatory
music transformer" (2023), which puts what is known just before it is needed.
"""

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from componium.codecs.events.chords import STEP
from componium.codecs.events.grid import bar_length
from componium.codecs.events.prefix import METER, PROGRAMS, UNKNOWN, prefix_length
from componium.codecs.vocab import Vocab
from componium.decoding.region import Region
from componium.errors import CodecError
from componium.music.types import type_ids, type_mask

COUNTS = (0, 1, 2, 3, 4, 6, 8, 12, 16)  # Count_n: up to n notes, and more than the value before
MORE = "more"
HEADS = ("Bar", "Meter", "Key", "Tempo", "Upbeat")
BAR, POSITION, VOICE, PITCH, DURATION, VELOCITY = range(6)  # columns of notes; of a chord VOICE is its id
NONE = -1


@dataclass(frozen=True, eq=False, slots=True)
class Cells:
    """The ids of a piece as arrays.

    vocab   the vocabulary
    prefix  (P,), ids before the first bar
    heads   (H, 2), bar from 0 and id, in the order of the ids
    notes   (N, 6), bar from 0 and ids of position, voice, pitch, duration and velocity, NONE for what isn't stated; a
            chord is a row with its id in place of the voice, and no pitch
    """

    vocab: Vocab
    prefix: type_ids
    heads: NDArray[np.int64]
    notes: NDArray[np.int64]

    @classmethod
    def parse(cls, vocab: Vocab, ids: type_ids) -> Self:
        """Return the cells of a whole piece, as `Events.encode` gives its ids."""
        first = prefix_length(vocab, ids)
        bar = np.cumsum(_is(vocab, ids, "Bar")) - 1
        places = np.arange(len(ids))
        is_head = np.logical_or.reduce([_is(vocab, ids, name) for name in HEADS]) & (places >= first)
        is_chord = _is(vocab, ids, "Chord")
        at = np.flatnonzero(_is(vocab, ids, "Pitch") | is_chord)
        after = np.append(ids, [vocab.id("EOS")] * 2)

        def latest(name: str) -> type_ids:
            place = np.maximum.accumulate(np.where(_is(vocab, ids, name), places, NONE))[at]
            return np.where(place >= first, ids[place], NONE)

        duration = np.where(_is(vocab, after[at + 1], "Dur"), after[at + 1], NONE)
        last = np.where(duration == NONE, after[at + 1], after[at + 2])
        velocity = np.where(_is(vocab, last, "Vel"), last, NONE)
        notes = np.stack([bar[at], latest("Pos"), latest("Voice"), ids[at], duration, velocity], axis=1)
        chords = is_chord[at]
        notes[chords, VOICE], notes[chords, PITCH:] = notes[chords, PITCH], NONE
        return cls(vocab, ids[:first], np.stack([bar[is_head], ids[is_head]], axis=1), notes)

    @property
    def n_bars(self) -> int:
        """Number of bars."""
        return int(self.heads[-1, 0]) + 1 if len(self.heads) else 0

    @property
    def n_voices(self) -> int:
        """Number of voices."""
        return len(self.prefix) - PROGRAMS

    @property
    def is_chord(self) -> type_mask:
        """Rows of `notes` that are chords, (N,)."""
        mask: type_mask = _is(self.vocab, self.notes[:, VOICE], "Chord")
        return mask

    @property
    def voices(self) -> NDArray[np.int64]:
        """The voice of each row of `notes`, from 0, (N,); 0 for chords."""
        stated = (self.notes[:, VOICE] != NONE) & ~self.is_chord
        return np.where(stated, self.notes[:, VOICE] - self.vocab.ids("Voice").start, 0)

    @property
    def lines(self) -> NDArray[np.int64]:
        """Bar lines in 24ths of a quarter, the end of the last bar included, (bars + 1,)."""
        lengths = np.zeros(self.n_bars, dtype=np.int64)
        meters = self.heads[_is(self.vocab, self.heads[:, 1], "Meter")]
        stated = [(0, int(self.prefix[METER])), *meters.tolist()]
        for bar, index in stated:
            word = str(self.vocab.entries[index][1])
            if word != UNKNOWN:
                numerator, denominator = map(int, word.split("/"))
                lengths[bar:] = bar_length((numerator, denominator))
        return np.concatenate([[0], np.cumsum(lengths)])

    @property
    def silence(self) -> int:
        """Silence before an upbeat, in 24ths of a quarter; 0 without one."""
        first = self.notes[(self.notes[:, BAR] == 0) & ~self.is_chord]
        if not _is(self.vocab, self.heads[:, 1], "Upbeat").any() or not len(first):
            return 0
        return int(self.vocab.values[first[0, POSITION]]) // STEP * STEP

    def ids(self) -> type_ids:
        """Return the ids of the whole piece."""
        return np.concatenate([self.prefix, lay_out(self.heads, self.notes), [self.vocab.id("EOS")]])

    def hide(self, region: Region) -> type_ids:
        """Return the ids of the piece with a region hidden.

        For an empty region they are those of the whole piece. Raises CodecError for a region of other bars or voices.
        """
        shape = (self.n_bars, self.n_voices)
        if region.cells.shape != shape:
            raise CodecError(f"a region of {region.cells.shape[0]} bars and {region.cells.shape[1]} voices",
                             expected=f"{shape[0]} bars and {shape[1]} voices")
        no_chords = region.chords & self.is_chord.any()
        asked = np.flatnonzero(region.cells.any(axis=1) | no_chords)
        if not len(asked):
            return self.ids()
        ahead = self._ahead(region, no_chords, int(asked[0]))
        until = self.heads[:, 0] <= asked[-1], self.notes[:, BAR] <= asked[-1]
        piece = lay_out(self.heads[until[0]], self.notes[until[1]])
        return np.concatenate([self.prefix, ahead, [self.vocab.id("Fill")], piece, [self.vocab.id("EOS")]])

    def _ahead(self, region: Region, no_chords: type_mask, first: int) -> type_ids:
        """Return the ids of what is seen from a bar on, with marks of holes."""
        bars, voices = np.nonzero(region.cells)
        holes = np.stack([bars, self.vocab.ids("Hole").start + voices], axis=1)
        count = region.counts[bars, voices]
        counts = np.stack([bars, self.vocab.ids("Count").start + np.searchsorted(COUNTS, count)], axis=1)
        marks = np.stack([holes, counts], axis=1).reshape(-1, 2)
        marks = marks[np.stack([np.ones(len(bars), dtype=bool), count >= 0], axis=1).ravel()]
        unwritten = np.flatnonzero(no_chords)
        chords = np.stack([unwritten, np.full(len(unwritten), self.vocab.id("HoleChords"))], axis=1)
        heads = np.concatenate([self.heads[self.heads[:, 0] >= first], marks, chords])
        heads = heads[np.argsort(heads[:, 0], kind="stable")]
        bar = self.notes[:, BAR]
        hidden = np.where(self.is_chord, no_chords[bar], region.cells[bar, self.voices])
        return lay_out(heads, self.notes[~hidden & (bar >= first)])


def lay_out(heads: NDArray[np.int64], notes: NDArray[np.int64]) -> type_ids:
    """Return ids: of each bar its heads, then its notes in their order.

    A position is stated once.
    """
    begins = np.ones(len(notes), dtype=bool)
    begins[1:] = (np.diff(notes[:, BAR]) != 0) | (np.diff(notes[:, POSITION]) != 0)
    rows = notes[:, POSITION:].copy()
    rows[~begins, 0] = NONE
    stated = rows != NONE
    bars = np.concatenate([heads[:, 0], np.repeat(notes[:, BAR], stated.sum(axis=1))])
    ids = np.concatenate([heads[:, 1], rows[stated]])
    return ids[np.argsort(bars, kind="stable")]


def in_order(vocab: Vocab, ids: type_ids) -> type_ids:
    """Return ids with what is ahead of Fill put behind the piece.

    Of what stands ahead only the bars after the last with a hole are kept; the piece states the others. Any ids will
    do; without Fill they are as they were.
    """
    if "Fill" not in vocab.families or not (ids == vocab.id("Fill")).any():
        return ids
    fill = int(np.argmax(ids == vocab.id("Fill")))
    ahead, piece = ids[:fill], ids[fill + 1 :]
    ends = np.flatnonzero(piece == vocab.id("EOS"))
    piece = piece[: ends[0]] if len(ends) else piece
    starts = np.flatnonzero(_is(vocab, ahead, "Bar"))
    holes = np.flatnonzero(_is(vocab, ahead, "Hole") | (ahead == vocab.id("HoleChords")))
    after = starts[starts > (holes[-1] if len(holes) else NONE)]
    prefix = ahead[: starts[0]] if len(starts) else ahead
    return np.concatenate([prefix, piece, ahead[after[0] :] if len(after) else ahead[:0]])


def _is(vocab: Vocab, ids: type_ids, family: str) -> type_mask:
    """Return which ids are of a family, (T,)."""
    if family not in vocab.families:
        return np.zeros(len(ids), dtype=bool)
    part = vocab.ids(family)
    mask: type_mask = (ids >= part.start) & (ids < part.stop)
    return mask
