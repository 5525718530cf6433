"""Spelling of pitches, and the clef of a part.

Spelling: of the names of a pitch, the one nearest to the key on the line of fifths, with room for the raised leading
note of each mode (so G sharp, never A flat, in A minor; and the same in C major, as the fifth of E major).

Clefs: the one that needs the fewest ledger lines, of treble and bass; the alto clef only for violas, the treble clef
an octave lower only for guitars, tenors, and singers whose mean pitch is below middle C, percussion for drums. Cellos,
bassoons and other low instruments keep the bass clef as long as they go below middle C.
"""

import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from componium.music.pitch import ACCIDENTALS, spell
from componium.music.score import Key, Track

CLEFS = {"treble": (64, 77), "treble_8": (52, 65), "alto": (53, 67), "bass": (43, 57)}  # bottom and top line, pitches
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
