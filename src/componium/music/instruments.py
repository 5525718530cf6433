"""General MIDI instruments: number, name and playable range.

>>> find("violin"), find("acoustic grand piano"), INSTRUMENTS[40].name
(40, 0, 'violin')
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING, NamedTuple

from componium.errors import ControlError, UnknownNameError

if TYPE_CHECKING:
    from componium.music.events import Track


class Instrument(NamedTuple):
    """A General MIDI program: its name, and its lowest and highest pitch (included)."""

    name: str
    low: int
    high: int


# Eight a family, in the order of the General MIDI standard (MIDI Association RP-003); ranges from orchestration
# handbooks, rounded out to what a player of the instrument is asked for.
_FAMILIES: tuple[tuple[str, int, int], ...] = (
    ("acoustic grand piano, bright acoustic piano, electric grand piano, honky-tonk piano, "
     "electric piano 1, electric piano 2, harpsichord, clavinet", 21, 108),
    ("celesta, glockenspiel, music box, vibraphone, marimba, xylophone, tubular bells, dulcimer", 45, 108),
    ("drawbar organ, percussive organ, rock organ, church organ, reed organ, accordion, "
     "harmonica, tango accordion", 24, 103),
    ("nylon guitar, steel guitar, jazz guitar, clean electric guitar, muted electric guitar, "
     "overdriven guitar, distortion guitar, guitar harmonics", 40, 88),
    ("acoustic bass, fingered electric bass, picked electric bass, fretless bass, "
     "slap bass 1, slap bass 2, synth bass 1, synth bass 2", 24, 67),
    ("violin, viola, cello, contrabass, tremolo strings, pizzicato strings, harp, timpani", 24, 103),
    ("string ensemble 1, string ensemble 2, synth strings 1, synth strings 2, "
     "choir aahs, voice oohs, synth choir, orchestra hit", 28, 96),
    ("trumpet, trombone, tuba, muted trumpet, french horn, brass section, synth brass 1, synth brass 2", 28, 84),
    ("soprano sax, alto sax, tenor sax, baritone sax, oboe, english horn, bassoon, clarinet", 34, 91),
    ("piccolo, flute, recorder, pan flute, blown bottle, shakuhachi, whistle, ocarina", 55, 108),
    ("square lead, sawtooth lead, calliope lead, chiff lead, charang lead, voice lead, fifths lead, "
     "bass lead", 21, 108),
    ("new age pad, warm pad, polysynth pad, choir pad, bowed pad, metallic pad, halo pad, sweep pad", 21, 108),
    ("rain, soundtrack, crystal, atmosphere, brightness, goblins, echoes, sci-fi", 21, 108),
    ("sitar, banjo, shamisen, koto, kalimba, bagpipe, fiddle, shanai", 40, 100),
    ("tinkle bell, agogo, steel drums, woodblock, taiko drum, melodic tom, synth drum, reverse cymbal", 24, 108),
    ("guitar fret noise, breath noise, seashore, bird tweet, telephone ring, helicopter, applause, gunshot", 0, 127),
)
_OWN_RANGES = {
    "violin": (55, 103), "viola": (48, 91), "cello": (36, 83), "contrabass": (28, 67), "timpani": (36, 60),
    "harp": (24, 103), "trumpet": (54, 84), "trombone": (40, 77), "tuba": (28, 65), "muted trumpet": (54, 84),
    "french horn": (34, 77), "soprano sax": (56, 88), "alto sax": (49, 81), "tenor sax": (44, 76),
    "baritone sax": (36, 69), "oboe": (58, 91), "english horn": (52, 81), "bassoon": (34, 75), "clarinet": (50, 91),
    "piccolo": (74, 108), "flute": (59, 98), "recorder": (60, 86), "fiddle": (55, 103), "glockenspiel": (79, 108),
    "celesta": (60, 108), "vibraphone": (53, 89), "xylophone": (65, 108), "accordion": (41, 93),
    "harpsichord": (29, 89), "choir aahs": (36, 84), "voice oohs": (36, 84), "bagpipe": (55, 84), "whistle": (62, 100),
}
INSTRUMENTS: tuple[Instrument, ...] = tuple(
    Instrument(name, *_OWN_RANGES.get(name, (low, high)))
    for names, low, high in _FAMILIES
    for name in names.split(", ")
)
DRUMS = 128  # beyond the programs: the part of the drums, where controls name instruments
# Notes that electronic drum kits send for the edge of the closed and of the open hi-hat, and those of General MIDI.
HI_HAT_OF_EDGE = {22: 42, 26: 46}
SINGERS = frozenset({52, 53, 54})  # choir aahs, voice oohs, synth choir
# Sung parts sound on the church organ unless a choir is asked for: of a SoundFont's choir aahs it takes two thirds of a
# second until a note is at 90 % of its level, when a quarter note of a chorale is nearly over; see benchmarks/attack.
SUNG_DEFAULT = 19
_KIT = Instrument("drums", 0, 127)
# Common short names.
_ALIASES = {
    "piano": 0, "organ": 19, "guitar": 24, "bass": 32, "strings": 48, "choir": 52, "voice": 52, "horn": 60,
    "sax": 65, "double bass": 43, "synth": 80, "violoncello": 42, "sopran": 52, "soprano": 52, "alto": 52,
    "tenor": 52, "brass": 61, "tin whistle": 78, "pizzicato": 45, "lute": 24, "bells": 14,
}

_AT_ONCE = {0: 5, 1: 4, 2: 5, 3: 6}  # by family: a hand on keys, mallets, a hand on keys, strings of a guitar
_AT_ONCE_OF = {22: 2, 46: 5, 48: 4, 49: 4, 50: 4, 51: 4, DRUMS: 4}  # harmonica, harp, ensembles, drums


def has_two_hands(number: int) -> bool:
    """Return whether the music of an instrument is written for two hands.

    >>> has_two_hands(6), has_two_hands(40)  # a harpsichord, a violin
    (True, False)
    """
    return number < 8 or number in range(16, 21)


def polyphony(number: int) -> int:
    """Return the most notes that an instrument, or a hand, usually sounds at once.

    >>> polyphony(0), polyphony(40), polyphony(DRUMS)
    (5, 1, 4)
    """
    return _AT_ONCE_OF.get(number) or _AT_ONCE.get(number // 8, 1)


def find(name: str) -> int:
    """Return the program of an instrument, 0 to 127.

    `name` is a General MIDI name, a common short name, or a number as text. Raises UnknownNameError, with the near
    names, if there is none, ControlError for a number outside 0-127.
    """
    word = " ".join(name.lower().replace("_", " ").replace("-", " ").split())
    if word.isdecimal():
        if len(word) > 3 or int(word) > 127:
            raise ControlError(f"program {word}", expected="0 to 127")
        return int(word)
    names = {instrument.name.replace("-", " "): program for program, instrument in enumerate(INSTRUMENTS)}
    for table in (names, _ALIASES):
        if word in table:
            return table[word]
    raise UnknownNameError("instrument", name, [*names, *_ALIASES])


def find_part(name: str) -> int:
    """Return the program of an instrument as `find` does, or DRUMS for drums.

    >>> find_part("drums"), find_part("cello")
    (128, 42)
    """
    return DRUMS if name.strip().lower() in ("drums", "drum kit", "percussion") else find(name)


def programs_of(tracks: "Iterable[Track]") -> tuple[int, ...]:
    """Return the program of each track, DRUMS for drums."""
    return tuple(DRUMS if track.is_drum else track.program for track in tracks)


def of_part(number: int) -> Instrument:
    """Return the instrument of a program, or of DRUMS.

    >>> of_part(DRUMS).name, of_part(40).name
    ('drums', 'violin')
    """
    return _KIT if number == DRUMS else INSTRUMENTS[number]
