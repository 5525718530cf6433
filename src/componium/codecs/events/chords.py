"""Chord tokens: a root relative to the key and one of ten qualities, or no chord.

A sequence with chords states the one in force where a bar begins, and each change, at a 16th.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from componium.music.chords import NO_CHORD, QUALITIES, PlainChord, reduce_symbol
from componium.music.score import Chord

NONE = "none"
STEP = 6  # chords change on 16ths, in 24ths of a quarter
_QUALITIES = tuple(QUALITIES)
CHORD_WORDS = (*(f"{root}_{quality or 'maj'}" for root in range(12) for quality in _QUALITIES), NONE)


def chord_word(symbol: str, offset: int) -> str:
    """Return the value of the token for a chord symbol.

    offset  semitones from written to sounding pitches

    >>> chord_word("D7/F#", 2), chord_word("N.C.", 2)
    ('0_7', 'none')
    """
    return word_of(reduce_symbol(symbol), offset)


def word_of(chord: PlainChord | None, offset: int) -> str:
    """Return the value of the token for a chord, or for none.

    >>> word_of(PlainChord(2, ""), 0)
    '2_maj'
    """
    return f"{(chord.root - offset) % 12}_{chord.quality or 'maj'}" if chord else NONE


def chord_symbol(word: str, offset: int, fifths: int) -> str:
    """Return the symbol of a chord token, spelled for a key signature.

    >>> chord_symbol("0_7", 2, 2), chord_symbol("none", 2, 2)
    ('D7', 'N.C.')
    """
    if word == NONE:
        return NO_CHORD
    root, quality = word.split("_")
    return PlainChord((int(root) + offset) % 12, "" if quality == "maj" else quality).name(fifths)


def shift_chords(places: NDArray[np.int64], semitones: int) -> NDArray[np.int64]:
    """Return places in CHORD_WORDS with roots moved up by semitones.

    >>> shift_chords(np.array([0, 115, 120]), 2).tolist()
    [20, 15, 120]
    """
    root, quality = np.divmod(places, len(_QUALITIES))
    return np.where(root < 12, (root + semitones) % 12 * len(_QUALITIES) + quality, places)


def chords_from(chords: Sequence[Chord], tick: int) -> tuple[Chord, ...]:
    """Return chords with those up to a tick replaced by the last of them, at 0.

    >>> [(chord.tick, chord.symbol) for chord in chords_from([Chord(0, "N.C."), Chord(48, "C"), Chord(96, "F")], 72)]
    [(0, 'C'), (96, 'F')]
    """
    early = [chord for chord in chords if chord.tick <= tick]
    later = tuple(chord for chord in chords if chord.tick > tick)
    return (replace(early[-1], tick=0), *later) if early else later


def canonical_chords(chords: Sequence[Chord], ticks: Sequence[int], end: int, fifths: int) -> tuple[Chord, ...]:
    """Return chords reduced to their tokens, where they change, the first at 0.

    chords  of a score
    ticks   their onsets on the grid, at most one chord at each
    end     the end of the last bar; later chords are left out
    fifths  key signature that roots are spelled for
    """
    symbols = {0: NO_CHORD}
    for chord, tick in zip(chords, ticks, strict=True):
        symbols[tick] = chord_symbol(chord_word(chord.symbol, 0), 0, fifths)
    result: list[Chord] = []
    for tick in sorted(symbols):
        if tick < end and (not result or result[-1].symbol != symbols[tick]):
            result.append(Chord(tick, symbols[tick]))
    return tuple(result)
