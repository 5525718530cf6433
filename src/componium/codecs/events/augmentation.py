"""Augmentation: variants of a training piece, without decoding its ids."""

from collections.abc import Collection, Sequence

import numpy as np

from componium.codecs.events.chords import shift_chords
from componium.codecs.events.prefix import (
    KEY,
    METER,
    PROGRAMS,
    STYLE,
    TEMPO,
    UNKNOWN,
    is_tonal,
    pitch_offset,
    prefix_length,
)
from componium.codecs.vocab import Vocab
from componium.errors import CodecError
from componium.music.types import type_ids

LOWEST, HIGHEST = 28, 100  # E1 to E7: no note goes beyond them by transposition
HIDDEN = 0.1  # the share of variants in which a property of the prefix is unknown


def augment(
    vocab: Vocab, ids: type_ids, styles: Sequence[str], rng: np.random.Generator, *, relative: bool
) -> type_ids:
    """Return a variant of a piece.

    It is transposed, all but its drums, states one of the piece's styles, and has some properties unknown. Where
    pitches are relative to the key, all keys are written alike, so a piece goes at most two semitones away; else it
    goes into any key.
    """
    pitches = vocab.values[ids[is_tonal(vocab, ids)]] + pitch_offset(vocab, int(ids[KEY]), relative=relative)
    if len(pitches):
        widest = 2 if relative else 6
        low = max(-widest, min(LOWEST - int(pitches.min()), 0))
        high = min(widest, max(HIGHEST - int(pitches.max()), 0))
        ids = transpose(vocab, ids, int(rng.integers(low, high + 1)), relative=relative)
    known = [style for style in styles if vocab.has("Style", style)]
    if known:
        ids = ids.copy()
        ids[STYLE] = vocab.id("Style", known[rng.integers(len(known))])
    names = ("Style", "Meter", "Tempo", "Program", "Bar") + (() if relative else ("Key",))
    hidden = {name for name, at in zip(names, rng.random(len(names)), strict=True) if at < HIDDEN}
    return hide(vocab, ids, hidden, relative=relative)


def transpose(vocab: Vocab, ids: type_ids, semitones: int, *, relative: bool) -> type_ids:
    """Return the ids of the piece `semitones` higher, its drums as they are.

    Raises CodecError for pitches outside 0-127.
    """
    ids, before = ids.copy(), pitch_offset(vocab, int(ids[KEY]), relative=relative)
    keys, is_note = vocab.ids("Key"), is_tonal(vocab, ids)
    is_key = (ids > keys.start) & (ids < keys.stop)
    mode, tonic = np.divmod(ids[is_key] - keys.start - 1, 12)
    ids[is_key] = keys.start + 1 + 12 * mode + (tonic + semitones) % 12
    sounding = vocab.values[ids[is_note]] + before + semitones
    if len(sounding) and not 0 <= sounding.min() <= sounding.max() <= 127:
        raise CodecError(f"a transposition by {semitones}", expected="pitches 0 to 127")
    up = semitones + before - pitch_offset(vocab, int(ids[KEY]), relative=relative)
    ids[is_note] += up
    return _move_chords(vocab, ids, up)


def _move_chords(vocab: Vocab, ids: type_ids, semitones: int) -> type_ids:
    """Move the roots of chords in place; return the ids."""
    if "Chord" in vocab.families:
        part = vocab.ids("Chord")
        is_chord = (ids >= part.start) & (ids < part.stop)
        ids[is_chord] = part.start + shift_chords(ids[is_chord] - part.start, semitones)
    return ids


def without_chords(vocab: Vocab, ids: type_ids) -> type_ids:
    """Return the ids without chords, nor positions that have nothing else."""
    chords, positions, details = vocab.ids("Chord"), vocab.ids("Pos"), (vocab.ids("Voice"), vocab.ids("Pitch"))
    is_chord = (ids >= chords.start) & (ids < chords.stop)
    after = np.append(ids[1:], vocab.id("EOS"))
    leads_on = np.logical_or.reduce([(after >= part.start) & (after < part.stop) for part in details])
    alone = np.append(is_chord[1:], False) & ~np.append(leads_on[1:], False)
    is_position = (ids >= positions.start) & (ids < positions.stop)
    kept: type_ids = ids[~is_chord & ~(is_position & alone)]
    return kept


def hide(vocab: Vocab, ids: type_ids, names: Collection[str], *, relative: bool) -> type_ids:
    """Return the ids with some properties unknown.

    names  "Style", "Meter", "Key", "Tempo" or "Program" are unknown in the prefix, "Bar" in every bar; that a voice is
           drums stays stated

    A meter that the prefix hides is stated in the first bar, since positions mean nothing without it. Pitches relative
    to a key that is hidden become MIDI pitches.
    """
    ids = ids.copy()
    if "Key" in names:
        offset = pitch_offset(vocab, int(ids[KEY]), relative=relative)
        ids[is_tonal(vocab, ids)] += offset
        ids = _move_chords(vocab, ids, offset)
    for name, place in (("Style", STYLE), ("Meter", METER), ("Key", KEY), ("Tempo", TEMPO)):
        if name in names:
            meter = ids[place]
            ids[place] = vocab.id(name, UNKNOWN)
            first = prefix_length(vocab, ids) + 1
            if place == METER and meter != ids[place] and len(ids) > first:
                ids = np.insert(ids, first, meter)
    if "Program" in names:
        programs = ids[PROGRAMS : prefix_length(vocab, ids)]
        programs[programs != vocab.id("Program", "drums")] = vocab.id("Program", UNKNOWN)
    if "Bar" in names:
        bars = vocab.ids("Bar")
        ids[(ids >= bars.start) & (ids < bars.stop)] = bars.start
    return ids
