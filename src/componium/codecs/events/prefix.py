"""Prefix of a sequence: the places of its tokens, and the offset of its pitches."""

from dataclasses import replace

import numpy as np

from componium.codecs.events.grid import MAX_TRACKS, METERS, split_bar
from componium.codecs.vocab import Vocab
from componium.decoding.style.profile import Setting, StyleProfile
from componium.music.types import type_ids, type_mask

UNKNOWN = "?"
SPAN = 6  # semitones, at most, from the pitch that is written to the one that sounds
METER_WORDS = tuple(f"{numerator}/{denominator}" for numerator, denominator in METERS)
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


def is_tonal(vocab: Vocab, ids: type_ids) -> type_mask:
    """Return which ids are pitches of other voices than drums, (T,).

    A pitch of drums names a drum, and is the same in every key.
    """
    mask = is_pitch(vocab, ids)
    is_drum = ids[PROGRAMS : prefix_length(vocab, ids)] == vocab.id("Program", "drums")
    if not is_drum.any():
        return mask
    voices, n_voices = vocab.ids("Voice"), len(is_drum)
    is_voice = (ids >= voices.start) & (ids < voices.stop)
    last = np.maximum.accumulate(np.where(is_voice, np.arange(len(ids)), 0))  # the Voice before each id; 0 for none
    voice = np.where(is_voice[last], np.minimum(ids[last] - voices.start, n_voices - 1), 0)
    tonal: type_mask = mask & ~is_drum[voice]
    return tonal


def canonical_settings(profile: StyleProfile) -> StyleProfile:
    """Return a profile whose settings are as this codec states them."""
    settings = tuple(map(_canonical_setting, profile.settings))
    return profile if settings == profile.settings else replace(profile, settings=settings)


def _canonical_setting(setting: Setting) -> Setting:
    """Return a setting whose meter and number of programs have tokens."""
    meter, programs = setting.meter, setting.programs[:MAX_TRACKS] or (0,)
    if meter and meter not in METER_WORDS:
        meter = "/".join(map(str, split_bar(meter)[0]))
    is_same = meter == setting.meter and len(programs) == len(setting.programs)
    return setting if is_same else replace(setting, meter=meter, programs=programs)
