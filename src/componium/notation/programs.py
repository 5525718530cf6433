"""General MIDI programs by the name that a score gives a part.

An instrument's noun decides ("alto saxophone", "piano a 4 mani", "horn in A"). Words that qualify one ("alto", "bass",
"piccolo") count where there is no noun; those of voices are then a choir.

>>> find_program("Violin II"), find_program("Bassus"), find_program("Fagotti"), find_program("Alto Sax")
(40, 52, 70, 65)
>>> find_program("Bass", others=["Soprano", "Bass"]), find_program("Bass clarinet"), find_program("GŁOS.")
(52, 71, 52)
"""

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache

from componium.music.instruments import INSTRUMENTS

CHOIR = 52
VOICES = frozenset((52, 53, 54, 85, 91))  # programs that sound like singers
_VOICES = frozenset(
    re.split(
        " ",
        "soprano soprani soprany sopran sopranos altus alto altos alt alty altu tenor tenore tenori tenory tenors "
        "bassus basus basso bassi bas basy baritone bariton baritono baryton mezzo mezzosoprano cantus canto superius "
        "discantus discant triplum contratenor contra quintus quinto quinta sextus sesto septima octava vagans voice "
        "voices vox voce voix chorus choir coro chor chœur chór singstimme singstimmen stimme gesang chant vocals "
        "vocal treble countertenor contralto motetus duplum dupl tripl ct śpiew spiew śpiewak głos głosy glos zpěv "
        "men women",
    )
)
_LETTERS = frozenset("satc")  # voices, in a name that has nothing else
_BASSES = frozenset(("bass", "b"))  # a singer beside other singers, else the instrument
_STANDARD = {instrument.name.replace("-", " "): program for program, instrument in enumerate(INSTRUMENTS)}
_UNNUMBERED = {name.removesuffix(" 1"): program for name, program in _STANDARD.items() if name.endswith(" 1")}
_SHORT = {  # short names, and those of other tongues
    "drumset": 0, "klavier": 0, "piano": 0, "pianoforte": 0, "fortepiano": 0, "fortepian": 0, "pf": 0, "pno": 0,
    "hammerklavier": 0, "e piano": 4, "cembalo": 6, "clavecin": 6, "clavier": 6, "continuo": 6, "klawesyn": 6,
    "clavichord": 7, "bells": 14, "campana": 14, "campane": 14, "organ": 19, "organo": 19, "orgel": 19, "orgue": 19,
    "organy": 19, "piano accordion": 21, "akkordeon": 21, "concertina": 21, "gitarre": 24, "guitar": 24, "guitare": 24,
    "guitarra": 24, "chitarra": 24, "gitara": 24, "laute": 24, "liuto": 24, "lute": 24, "luth": 24, "theorbo": 24,
    "tiorba": 24, "ukulele": 24, "mandolin": 25, "mandolino": 25, "electric guitar": 27, "electric bass": 33,
    "bass guitar": 33, "violine": 40, "violinen": 40, "violini": 40, "violino": 40, "violon": 40, "skrzypce": 40,
    "vl": 40, "vln": 40, "vn": 40, "bratsche": 41, "va": 41, "viole": 41, "vla": 41, "altówka": 41, "celli": 42,
    "vc": 42, "violoncelli": 42, "violoncello": 42, "violoncelle": 42, "vlc": 42, "wiolonczela": 42, "gamba": 42,
    "cb": 43, "contrabbasso": 43, "contrebasse": 43, "kontrabass": 43, "kontrabas": 43, "violone": 43,
    "double bass": 43, "string bass": 43, "upright bass": 32, "arpa": 46, "harfe": 46, "harpe": 46, "harfa": 46,
    "pauken": 47, "pauke": 47, "timpano": 47, "timbales": 47, "kotły": 47, "timp": 47, "strings": 48, "streicher": 48,
    "archi": 48, "cornet": 56, "cornett": 56, "tromba": 56, "trombe": 56, "trompete": 56, "trompeten": 56,
    "trompette": 56, "trąbka": 56, "flugelhorn": 56, "clarino": 56, "clarini": 56, "tpt": 56, "posaune": 57,
    "posaunen": 57, "tromboni": 57, "puzon": 57, "sackbut": 57, "tbn": 57, "euphonium": 58, "cor": 60, "corni": 60,
    "corno": 60, "horn": 60, "hörner": 60, "waldhorn": 60, "waltornia": 60, "róg": 60, "hn": 60, "brass": 61,
    "soprano saxophone": 64, "sax": 65, "saxophone": 65, "saxofon": 65, "saxophon": 65, "saksofon": 65,
    "alto saxophone": 65, "tenor saxophone": 66, "baritone saxophone": 67, "hautbois": 68, "ob": 68, "oboi": 68,
    "obój": 68, "cor anglais": 69, "corno inglese": 69, "englischhorn": 69, "basson": 70, "fagott": 70, "fagotte": 70,
    "fagotti": 70, "fagotto": 70, "fagot": 70, "contrabassoon": 70, "kontrafagott": 70, "controfagotto": 70,
    "contrebasson": 70, "bsn": 70, "fg": 70, "cl": 71, "clarinetto": 71, "clarinetti": 71, "klarinette": 71,
    "klarinetten": 71, "clarinette": 71, "klarnet": 71, "bassklarinette": 71, "chalumeau": 71, "flauto piccolo": 72,
    "ottavino": 72, "fl": 73, "flauti": 73, "flauto": 73, "flöte": 73, "flöten": 73, "flûte": 73, "flet": 73,
    "traverso": 73, "blockflöte": 74, "recorder": 74, "tin whistle": 78, "synth": 80, "bagpipes": 109, "bass drum": 116,
    "gran cassa": 116, "grosse trommel": 116,
}  # fmt: skip
_QUALIFIERS = {"bass": 32, "piccolo": 72, "contrabass": 43}  # instruments, where they do not qualify another one


def find_program(name: str, others: Sequence[str] = ()) -> int | None:
    """Return the program for a part called `name`, or None if the name is unknown.

    `others` are the names of the parts beside it.
    """
    standard = _STANDARD.get(" ".join(name.casefold().replace("-", " ").split()))
    noun = _find_noun(name) if standard is None else standard
    if noun is not None:
        return noun
    words = _words(name)
    if _sings(name) or (set(words) & _BASSES and _any_sings(tuple(others))):
        return CHOIR
    return next((_QUALIFIERS[word] for word in words if word in _QUALIFIERS), None)


@lru_cache(4096)
def _sings(name: str) -> bool:
    """Return True for the name of a voice, not of an instrument."""
    words = _words(name)
    letters_only = bool(words) and all(word in _LETTERS or word in _BASSES or word in _VOICES for word in words)
    found = set(words) & (_VOICES | _LETTERS if letters_only else _VOICES)
    return bool(found) and _find_noun(name) is None


@lru_cache(4096)
def _find_noun(name: str) -> int | None:
    """Return the program of the instrument that a name has the most words of."""
    words = _words(name)[:20]
    for length in range(min(len(words), 4), 0, -1):
        for start in range(len(words) - length + 1):
            program = next(_programs(" ".join(words[start : start + length])), None)
            if program is not None:
                return program
    return None


@lru_cache(maxsize=64)
def _any_sings(names: tuple[str, ...]) -> bool:
    return any(_sings(name) for name in names)


def _words(name: str) -> list[str]:
    """Return the words of a name in lower case, without numerals; CANTVS as cantus."""
    words = re.findall(r"[^\W\d_]+", name[:200].casefold())
    words = [re.sub(r"(?<=[^aeiou])v(?=[^aeiou])|(?<=q)v", "u", word) for word in words]
    return [word for word in words if not re.fullmatch(r"i{1,3}|iv|v|in", word)]


def _programs(phrase: str) -> Iterator[int]:
    for form in (phrase, phrase.removesuffix("s")):
        for table in (_SHORT, _STANDARD, _UNNUMBERED):
            if form in table and form not in _QUALIFIERS:
                yield table[form]
