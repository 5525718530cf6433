"""Prefix of a sequence: the places of its tokens, and the offset of its pitches."""

from componium.codecs.vocab import Vocab
from componium.music.types import type_ids, type_mask

UNKNOWN = "?"
SPAN = 6  # semitones, at most, from the pitch that is written to the one that sounds
# Places of the prefix's tokens in a sequence.
STYLE, METER, KEY, TEMPO, TEXTURE, VOICES, PROGRAMS = 1, 2, 3, 4, 5, 6, 7


def prefix_length(vocab: Vocab, ids: type_ids) -> int:
    """Return the number of ids before the first bar."""
    n_voices = int(ids[VOICES]) - int(vocab.ids("Voices").start) + 1
    return PROGRAMS + n_voices


def pitch_offset(vocab: Vocab, key: int, *, relative: bool) -> int:
    """Return the semitones, -5 to 6, from written to sounding pitches.

    vocab, key  the vocabulary, and the id of the prefix's Key token
    relative    whether pitches are written relative to the key
    """
    word = vocab.entries[key][1]
    return (int(str(word).split("_")[0]) + 5) % 12 - 5 if relative and word != UNKNOWN else 0


def is_pitch(vocab: Vocab, ids: type_ids) -> type_mask:
    """Return which ids are pitches, (T,)."""
    pitches = vocab.ids("Pitch")
    mask: type_mask = (ids >= pitches.start) & (ids < pitches.stop)
    return mask
