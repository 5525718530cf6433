"""Training examples of filling in: windows of a piece with cells hidden at random."""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from componium.codecs.events.cells import BAR, NONE, POSITION, VOICE, Cells
from componium.codecs.events.prefix import METER, TEMPO, UNKNOWN, VOICES
from componium.decoding.region import Region
from componium.music.types import type_ids, type_mask

MOST = 6  # windows of one piece, at most
ROOMS = (0.35, 0.6, 0.85)  # the shares of a row that a window may take
AHEAD = 1.5  # ids of a window with holes, for each of the plain one
COUNTED, COUNTED_CELLS = 0.25, 0.7  # the share of windows whose cells say how many notes they had, and of their cells


def fill_examples(cells: Cells, size: int, rng: np.random.Generator) -> Iterator[type_ids]:
    """Yield windows of a piece with something hidden, of at most `size` ids each."""
    if not cells.n_bars:
        return
    lengths = ids_by_bar(cells)
    room = size * float(rng.choice(ROOMS)) - len(cells.prefix)
    first = 0 if rng.random() < 0.5 else int(rng.integers(cells.n_bars))
    for _ in range(MOST):
        if first >= cells.n_bars:
            return
        total = np.cumsum(lengths[first:] * AHEAD + cells.n_voices)
        last = first + max(int(np.searchsorted(total, room)), 1)
        window = cut(cells, first, last)
        region = _draw_region(window, rng)
        ids = window.hide(region)
        if len(ids) <= size and (region.cells.any() or (region.chords.any() and window.is_chord.any())):
            yield ids
        first = last


def ids_by_bar(cells: Cells) -> NDArray[np.int64]:
    """Return the number of ids of each bar, (n_bars,)."""
    notes = cells.notes
    begins = np.ones(len(notes), dtype=np.int64)
    begins[1:] = (np.diff(notes[:, BAR]) != 0) | (np.diff(notes[:, POSITION]) != 0)
    stated = begins + (notes[:, POSITION + 1 :] != NONE).sum(axis=1)
    counts = np.bincount(notes[:, BAR], weights=stated, minlength=cells.n_bars)
    return np.bincount(cells.heads[:, 0], minlength=cells.n_bars) + counts.astype(np.int64)


def cut(cells: Cells, first: int, last: int) -> Cells:
    """Return bars `first` to `last`, `last` excluded, as a piece.

    Its prefix states the meter and the tempo in force where it begins, unless they are unknown; a meter that the prefix
    hides stands in the first bar's head. Key stays the piece's: all pitches are relative to it.
    """
    last = min(last, cells.n_bars)
    prefix, vocab, heads = cells.prefix.copy(), cells.vocab, cells.heads
    here = heads[(heads[:, 0] >= first) & (heads[:, 0] < last)].copy()
    here[:, 0] -= first
    for name, place in (("Meter", METER), ("Tempo", TEMPO)):
        part = vocab.ids(name)
        is_stated = (heads[:, 1] >= part.start) & (heads[:, 1] < part.stop)
        before = heads[is_stated & (heads[:, 0] <= first)]
        if not len(before):
            continue
        if prefix[place] != vocab.id(name, UNKNOWN):
            prefix[place] = before[-1, 1]
            restated = (here[:, 0] == 0) & (here[:, 1] >= part.start) & (here[:, 1] < part.stop)
            here = here[~restated]
        elif name == "Meter" and before[-1, 0] < first:
            here = np.concatenate([here[:1], [[0, before[-1, 1]]], here[1:]])
    inside = (cells.notes[:, BAR] >= first) & (cells.notes[:, BAR] < last)
    notes = cells.notes[inside].copy()
    notes[:, BAR] -= first
    return Cells(vocab, prefix, here, notes)


def _draw_region(cells: Cells, rng: np.random.Generator) -> Region:
    """Draw what to hide: cells, and now and then chords, or these alone."""
    shape = (cells.n_bars, cells.n_voices)
    hidden, chords = draw_cells(*shape, rng), np.zeros(cells.n_bars, dtype=bool)
    if cells.is_chord.any():
        hidden, chords = _draw_chords(hidden, rng)
    counts = np.full(shape, -1, dtype=np.int64)
    if rng.random() < COUNTED:
        held = np.zeros(shape, dtype=np.int64)
        played = ~cells.is_chord
        np.add.at(held, (cells.notes[played, BAR], cells.voices[played]), 1)
        counts = np.where(rng.random(shape) < COUNTED_CELLS, held, counts)
    return Region(hidden, chords, counts)


def _draw_chords(hidden: type_mask, rng: np.random.Generator) -> tuple[type_mask, type_mask]:
    """Return the cells and the bars of chords to hide."""
    n_bars, kind = len(hidden), rng.random()
    chords: type_mask = np.zeros(n_bars, dtype=bool)
    if kind < 0.15:  # a piece, or a tune, that lacks nothing but its chords
        chords = rng.random(n_bars) < (0.5 if rng.random() < 0.3 else 1.0)
        chords[rng.integers(n_bars)] = True
        return np.zeros_like(hidden), chords
    if kind < 0.45:
        chords = np.all(hidden, axis=1)
    elif kind < 0.55:
        chords = np.any(hidden, axis=1)
    return hidden, chords


def draw_cells(n_bars: int, n_voices: int, rng: np.random.Generator) -> type_mask:
    """Draw the cells to hide, (n_bars, n_voices), at least one.

    They are all voices of some bars, whole voices, some voices of some bars, or any.
    """
    hidden = np.zeros((n_bars, n_voices), dtype=bool)
    kind, several = rng.random(), n_voices > 1
    width = int(rng.integers(1, max(n_bars // 2, 1) + 1))
    start = int(rng.integers(0, n_bars - width + 1))
    voices = rng.random(n_voices) < rng.uniform(0.2, 0.9)
    voices[rng.integers(n_voices)] = True
    if several and voices.all():
        voices[rng.integers(n_voices)] = False
    if kind < 0.3 or (kind < 0.7 and not several):
        hidden[start : start + width] = True
    elif kind < 0.55 and several:
        hidden[:, voices] = True
    elif kind < 0.8 and several:
        hidden[start : start + width, voices] = True
    else:
        hidden = rng.random(hidden.shape) < rng.uniform(0.1, 0.8)
    if not hidden.any():
        hidden[rng.integers(n_bars), rng.integers(n_voices)] = True
    return hidden


def keep_voices(cells: Cells, kept: type_mask) -> Cells:
    """Return a piece without some of its voices; at least one is kept."""
    vocab, first = cells.vocab, cells.vocab.ids("Voice").start
    prefix = np.concatenate([cells.prefix[: -cells.n_voices], cells.prefix[-cells.n_voices :][kept]])
    n_voices = int(kept.sum())
    prefix[VOICES] = vocab.id("Voices", n_voices)
    notes = cells.notes[cells.is_chord | kept[cells.voices]].copy()
    moved = Cells(vocab, prefix, cells.heads, notes)
    number = np.cumsum(kept) - 1
    voices = first + number[moved.voices] if n_voices > 1 else np.full(len(notes), NONE)
    notes[:, VOICE] = np.where(moved.is_chord, notes[:, VOICE], voices)
    return moved
