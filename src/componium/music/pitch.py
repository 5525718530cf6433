"""Names of pitches, keys and meters, and the numbers behind them.

>>> pitch_to_name(61), pitch_to_name(61, fifths=-3), name_to_pitch("F#3")
('C#4', 'Db4', 54)
>>> parse_key("D minor"), str_key(parse_key("Bb"))
(Key(tick=0, fifths=-1, mode='minor'), 'Bb major')
>>> parse_meter("6/8")
Meter(tick=0, numerator=6, denominator=8)
"""

import re

from componium.errors import ControlError
from componium.music.events import MODES, Key, Meter

LETTERS = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
LINE_OF_FIFTHS = "FCGDAEB"  # F is -1, C is 0, ... B is 5
# Where the tonic of each mode stands on the line of fifths, from that of the major key with the same signature.
TONIC_FIFTHS = {mode: (7 * tonic + 1) % 12 - 1 for mode, tonic in MODES.items()}
ACCIDENTALS = {"": 0, "#": 1, "♯": 1, "##": 2, "x": 2, "b": -1, "♭": -1, "bb": -2, "-": -1}


def name_to_fifths(name: str) -> int:
    """Return the place of a note name without octave on the line of fifths.

    C is 0, G 1, F -1, Bb -2. Raises ControlError if it is no note name.
    """
    match = re.fullmatch(r"([A-Ga-g])(##|bb|[#♯x♭b-]?)", name.strip())
    if not match:
        raise ControlError(f"no note is called {name!r}", expected="a letter A to G, then # or b or nothing")
    return LINE_OF_FIFTHS.index(match[1].upper()) - 1 + 7 * ACCIDENTALS[match[2]]


def fifths_to_name(fifths: int) -> str:
    """Return the note name at a place on the line of fifths: 0 is C, -2 is Bb."""
    octaves, letter = divmod(fifths + 1, 7)
    return LINE_OF_FIFTHS[letter] + ("#" * octaves if octaves >= 0 else "b" * -octaves)


def name_to_pitch_class(name: str) -> int:
    """Return the pitch class of a note name without octave.

    Raises ControlError if it is no note name.

    >>> name_to_pitch_class("Bb"), name_to_pitch_class("B#")
    (10, 0)
    """
    return 7 * name_to_fifths(name) % 12


def spell(pitch_class: int, fifths: int = 0) -> str:
    """Return the name of a pitch class nearest to a key signature of `fifths`."""
    center = fifths + 2  # the middle of the seven notes of the scale
    low = center - 5
    return fifths_to_name(low + (7 * pitch_class - low) % 12)


def pitch_to_name(pitch: int, fifths: int = 0) -> str:
    """Return the name of a pitch with octave (60 is C4), spelled after a signature."""
    name = spell(pitch % 12, fifths)
    shift = name.count("#") - name.count("b")  # the octave number is that of the letter: Cb5 sounds like B4
    return f"{name}{(pitch - shift) // 12 - 1}"


def name_to_pitch(name: str) -> int:
    """Return the MIDI pitch of a name with octave: "C4" is 60.

    Raises ControlError if it is no pitch name, or lies outside 0-127.
    """
    match = re.fullmatch(r"([A-Ga-g])(##|bb|[#♯x♭b]?)(-?\d{1,2})", name.strip())
    if not match:
        raise ControlError(f"no pitch is called {name!r}", expected="a letter, # or b or nothing, and an octave: F#4")
    pitch = 12 * (int(match[3]) + 1) + LETTERS[match[1].upper()] + ACCIDENTALS[match[2]]
    if not 0 <= pitch <= 127:
        raise ControlError(f"{name} is out of range", expected="C-1 to G9")
    return pitch


def parse_key(text: str) -> Key:
    """Parse a key such as "D minor", "Bb", "F# dorian", "c" (small: minor) or "Am".

    Raises ControlError if it is none.
    """
    match = re.fullmatch(r"\s*([A-Ga-g])([#♯b♭]?)\s*[- ]?\s*([A-Za-z]*)\s*", text)
    word = match[3] if match else ""
    word = "maj" if word == "M" else word.lower()
    small = match is not None and match[1].islower() and not word
    modes = {"": "minor" if small else "major", "m": "minor", "min": "minor", "maj": "major", "mix": "mixolydian"}
    mode = modes.get(word) or next((m for m in MODES if len(word) >= 3 and m.startswith(word)), None)
    if not match or mode is None:
        raise ControlError(f"no key is called {text!r}", expected=f"a note and one of {', '.join(MODES)}: 'D minor'")
    tonic = name_to_fifths(match[1].upper() + match[2])
    return make_key(tonic, mode)


def make_key(tonic_fifths: int, mode: str, tick: int = 0) -> Key:
    """Return the key on a tonic given by its place on the line of fifths.

    It is respelled if it would need over seven accidentals.
    """
    fifths = tonic_fifths - TONIC_FIFTHS[mode]
    while fifths > 7:
        fifths -= 12
    while fifths < -7:
        fifths += 12
    return Key(tick, fifths, mode)


def key_of(tonic: int, mode: str, tick: int = 0) -> Key:
    """Return the key on a tonic pitch class, with the fewest accidentals (F#, not Gb)."""
    fifths = (7 * (tonic - MODES[mode])) % 12
    return Key(tick, fifths - 12 if fifths > 6 else fifths, mode)


def str_key(key: Key) -> str:
    """Return the name of a key: "D minor", "F# dorian"."""
    return f"{fifths_to_name(key.fifths + TONIC_FIFTHS[key.mode])} {key.mode}"


def parse_meter(text: str) -> Meter:
    """Parse a meter such as "3/4", "C" (4/4) or "C|" (2/2). Raises ControlError."""
    text = {"C": "4/4", "C|": "2/2"}.get(text.strip(), text.strip())
    match = re.fullmatch(r"(\d{1,3})\s*/\s*(\d{1,3})", text)
    numerator, denominator = (int(match[1]), int(match[2])) if match else (0, 0)
    if not 1 <= numerator <= 255 or denominator not in (1, 2, 4, 8, 16, 32, 64, 128):
        raise ControlError(f"no meter is written {text!r}", expected="two numbers, the lower a power of two: 3/4")
    return Meter(0, numerator, denominator)
