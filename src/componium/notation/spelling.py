"""Spelling of pitches, and the clef of a part.

Spelling: a note among others is spelled by those around it (`spell_notes`): D sharp, not E flat, in A minor.
A pitch alone has the name nearest to the key on the line of fifths, with room for the raised leading note of each mode
(so G sharp, never A flat, in A minor; and the same in C major, as the third of E major).

Clefs: the one that needs the fewest ledger lines, of treble and bass; the alto clef only for violas, the treble clef
an octave lower only for guitars, tenors, and singers whose mean pitch is below middle C, percussion for drums. Cellos,
bassoons and other low instruments keep the bass clef as long as they go below middle C.
"""

import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from componium.music.pitch import ACCIDENTALS, LETTERS, LINE_OF_FIFTHS, spell
from componium.music.score import Key, Track

CLEFS = {"treble": (64, 77), "treble_8": (52, 65), "alto": (53, 67), "bass": (43, 57)}  # bottom and top line, pitches
BEFORE, AFTER = 10, 42  # notes of the context, the note itself among the latter
_LOWEST_TONIC, _LOWEST_NOTE = -4, -5  # on the line of fifths: from the tonic of the major key, and from a tonic
_MOST_ALTERED = 2  # semitones
_HIGHER = {"phrygian": 1, "locrian": 2}  # how much further their leading note lies on the line of fifths
_SINGERS, _VIOLA, _GUITARS = (52, 53, 54), 41, range(24, 32)
_LOW = (*range(32, 40), 42, 43, 47, 57, 58, 70)  # basses, cello, contrabass, timpani, trombone, tuba, bassoon


class Spelling(NamedTuple):
    """Pitch as written: letter, alteration in semitones, octave of the letter.

    The octave is 4 from middle C on; -1 to 9.
    """

    step: str
    alter: int
    octave: int


def spell_pitch(pitch: int, key: Key) -> Spelling:
    """Return the spelling of a MIDI pitch in a key.

    >>> spell_pitch(68, Key(0, 0, "minor")), spell_pitch(70, Key(0, -1))
    (Spelling(step='G', alter=1, octave=4), Spelling(step='B', alter=-1, octave=4))
    """
    name = spell(pitch % 12, key.fifths + _HIGHER.get(key.mode, 0) if pitch > 1 else 0)  # no octave -2
    alter = ACCIDENTALS[name[1:]]
    return Spelling(name[0], alter, (pitch - alter) // 12 - 1)


def spell_notes(pitches: NDArray[np.int64], keys: Sequence[Key]) -> list[Spelling]:
    """Return the spellings of notes by onset, each by those around it.

    pitches  (N,), MIDI pitches
    keys     N, the key in force at each

    Each pitch class may be the tonic, by as much as it is among the 10 notes before and the 41 after. From a tonic a
    note is spelled as in the harmonic chromatic scale; the letter that most of them give it is chosen. Tonics are
    spelled from four fifths below the tonic of the major key to seven above: in C major from A flat to C sharp.

    Source: the first stage of Meredith's ps13 (2006, "The ps13 pitch spelling algorithm", Journal of New Music Research
    35), which starts from the first note where this starts from the key. Of the notes of 30 string quartets (OpenScore)
    95.6 % come out as printed, of 60 songs 97.9 %; by the key alone 93.7 and 97.0 %.

    >>> minor = [Key(0, 0, "minor")] * 6
    >>> [str_spelling(each) for each in spell_notes(np.array([69, 72, 75, 76, 68, 69]), minor)]
    ['A4', 'C5', 'D#5', 'E5', 'G#4', 'A4']
    """
    classes, n = pitches % 12, len(pitches)
    begun = np.concatenate([np.zeros((1, 12), dtype=np.int32), np.eye(12, dtype=np.int32)[classes].cumsum(axis=0)])
    weights = begun[np.minimum(np.arange(n) + AFTER, n)] - begun[np.maximum(np.arange(n) - BEFORE, 0)]
    fifths = np.array([key.fifths for key in keys], dtype=np.int16)[:, None]
    tonics = _from(fifths + _LOWEST_TONIC, np.arange(12, dtype=np.int16))
    letters = _from(tonics + _LOWEST_NOTE, classes[:, None].astype(np.int16)) % 7
    strengths = np.stack([(weights * (letters == letter)).sum(axis=1) for letter in range(7)], axis=1)
    chosen = [LINE_OF_FIFTHS[(letter + 1) % 7] for letter in strengths.argmax(axis=1).tolist()]
    return [_spelled(*each) for each in zip(pitches.tolist(), chosen, keys, strict=True)]


def _from(lowest: NDArray[np.int16], classes: NDArray[np.int16]) -> NDArray[np.int16]:
    """Return the places of pitch classes on the line of fifths.

    Each is the lowest that is allowed, or up to 11 above.
    """
    return lowest + (7 * classes - lowest) % 12


def _spelled(pitch: int, letter: str, key: Key) -> Spelling:
    """Return the spelling of a pitch by a letter.

    It is by the key where that letter would be too far off.
    """
    alter = (pitch - LETTERS[letter] + 6) % 12 - 6
    octave = (pitch - alter) // 12 - 1
    is_written = abs(alter) <= _MOST_ALTERED and octave >= -1
    return Spelling(letter, alter, octave) if is_written else spell_pitch(pitch, key)


def str_spelling(spelling: Spelling) -> str:
    """Return the name of a note as written: "F#4", "Bbb3"."""
    step, alter, octave = spelling
    return f"{step}{'#' * alter}{'b' * -alter}{octave}"


def guess_key(sounding: Iterable[tuple[int, int]]) -> Key:
    """Return a key to spell by where none is given, from (pitch, duration) pairs.

    It is the major key whose scale holds most of the sound; of several, the one of fewest signs, sharps before flats.
    """
    weight = [0] * 12
    for pitch, duration in sounding:
        weight[pitch % 12] += duration
    held = {fifths: sum(weight[7 * place % 12] for place in range(fifths - 1, fifths + 6)) for fifths in range(-6, 7)}
    return Key(0, max(held, key=lambda fifths: (held[fifths], -abs(fifths), fifths)))


def choose_clef(track: Track) -> str:
    """Return one of CLEFS, or "percussion"."""
    if track.is_drum:
        return "percussion"
    name = track.name.lower()
    if re.search(r"\b(tenor|tenore)\b", name) and not re.search("sax|trombone|recorder|clef", name):
        return "treble_8"
    allowed = ["treble", "bass"]
    if track.program == _VIOLA or re.search(r"\b(viola|violas|bratsche)\b", name):
        allowed = ["alto", "treble"]
    elif track.program in _GUITARS:
        allowed = ["treble_8", "treble"]
    pitches: Sequence[int] = track.notes["pitch"].tolist()
    if track.program in _SINGERS and sum(pitches) < 60 * len(pitches):
        allowed = ["treble", "bass", "treble_8"]
    if track.program in _LOW and min(pitches, default=0) < 60:
        return "bass"
    return min(allowed, key=lambda clef: _ledger(pitches, *CLEFS[clef]))


def _ledger(pitches: Sequence[int], bottom: int, top: int) -> int:
    return sum(max(bottom - 2 - pitch, pitch - top - 2, 0) for pitch in pitches)
