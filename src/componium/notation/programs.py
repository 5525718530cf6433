"""General MIDI programs by the name that a score gives a part.

>>> find_program("Violin II"), find_program("Bassus"), find_program("Fagotti")
(40, 52, 70)
>>> find_program("Bass", others=["Soprano", "Bass"])
52
"""

import re
from collections.abc import Sequence
from functools import lru_cache

from componium.music.instruments import INSTRUMENTS

CHOIR = 52
_VOICES = frozenset(
    re.split(
        " ",
        "soprano sopran s alto altus a tenor t tenore bassus baritone bariton baritono mezzo mezzosoprano cantus canto "
        "superius discantus discant triplum contratenor contra quintus quinto sextus sesto basso vagans voice vox voce "
        "chorus choir coro chor singstimme gesang vocals treble countertenor contralto motetus "
        "duplum dupl tripl ct sopranos altos tenors",
    )
)
_BASSES = frozenset(("bass", "b"))  # a singer beside other singers, else the instrument
_STANDARD = {instrument.name.replace("-", " "): program for program, instrument in enumerate(INSTRUMENTS)}
_SHORT = {  # short names, and those of other tongues
    "drumset": 0, "klavier": 0, "piano": 0, "pianoforte": 0, "cembalo": 6, "clavecin": 6, "clavier": 6,
    "continuo": 6, "bells": 14, "organ": 19, "organo": 19, "orgel": 19, "orgue": 19, "gitarre": 24, "guitar": 24,
    "guitarra": 24, "laute": 24, "liuto": 24, "lute": 24, "bass": 32, "violine": 40, "violinen": 40, "violini": 40,
    "violino": 40, "violon": 40, "vl": 40, "vln": 40, "bratsche": 41, "va": 41, "viole": 41, "vla": 41, "celli": 42,
    "vc": 42, "violoncelli": 42, "violoncello": 42, "vlc": 42, "cb": 43, "contrabbasso": 43, "contrebasse": 43,
    "double bass": 43, "kontrabass": 43, "violone": 43, "arpa": 46, "harfe": 46, "pauken": 47, "timp": 47,
    "strings": 48, "cornet": 56, "cornett": 56, "tromba": 56, "trombe": 56, "trompete": 56, "trompette": 56,
    "posaune": 57, "cor": 60, "corni": 60, "corno": 60, "horn": 60, "alto saxophone": 65, "sax": 65,
    "saxophone": 65, "tenor saxophone": 66, "hautbois": 68, "ob": 68, "oboi": 68, "basson": 70, "fagott": 70,
    "fagotti": 70, "fagotto": 70, "cl": 71, "clarinetto": 71, "klarinette": 71, "fl": 73, "flauti": 73,
    "flauto": 73, "flöte": 73, "flûte": 73, "traverso": 73, "blockflöte": 74, "recorder": 74, "synth": 80,
}  # fmt: skip
_MOST_WORDS = max(name.count(" ") + 1 for name in (*_STANDARD, *_SHORT))
_MOST_LETTERS = 200  # of a name, that are looked at


def find_program(name: str, others: Sequence[str] = ()) -> int | None:
    """Return the program for a part called `name`, or None if the name is unknown.

    `others` are the names of the parts beside it.
    """
    words = _words(name)
    if set(words) & _VOICES or (set(words) & _BASSES and _among_singers(tuple(others))):
        return CHOIR
    for length in range(min(len(words), _MOST_WORDS), 0, -1):
        for start in range(len(words) - length + 1):
            program = _find(" ".join(words[start : start + length]))
            if program is not None:
                return program
    return None


@lru_cache(maxsize=64)
def _among_singers(names: tuple[str, ...]) -> bool:
    return any(word in _VOICES for name in names for word in _words(name))


def _words(name: str) -> list[str]:
    words = re.findall(r"[^\W\d_]+", name[:_MOST_LETTERS].lower())
    return [word for word in words if not re.fullmatch(r"i{1,3}|iv|v|in", word)]


def _find(name: str) -> int | None:
    for form in (name, name.removesuffix("s")):
        if form in _SHORT or form in _STANDARD:
            return _SHORT.get(form, _STANDARD.get(form))
    return None
