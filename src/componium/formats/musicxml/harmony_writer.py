"""Chord symbols as MusicXML's <harmony>: the way back from _harmony.

>>> print(harmony("Bbm7/F"))
<harmony><root><root-step>B</root-step><root-alter>-1</root-alter></root><kind text="m7">minor-seventh</kind>\
<bass><bass-step>F</bass-step></bass></harmony>
>>> canonical("Am7"), canonical("C7(b9)"), canonical("H dim")
('Am7', 'C7(b9)', '')
"""

import re
from functools import lru_cache
from xml.etree.ElementTree import fromstring

from componium.formats.musicxml import harmony as _harmony
from componium.formats.musicxml.text import escape
from componium.music.pitch import ACCIDENTALS

_NOTE = r"[A-G](?:##|bb|[#b]?)"
_SYMBOL = re.compile(rf"({_NOTE})(.*?)(?:/({_NOTE}))?", re.DOTALL)
_DEGREES = re.compile(r"\((add|no|)([#b]?)(\d{1,2})\)")
_KINDS = {suffix: kind for kind, suffix in _harmony.KINDS.items()}
_TYPES = {"add": "add", "no": "subtract", "": "alter"}


def harmony(symbol: str, offset: int = 0) -> str:
    """The element for a chord symbol, `offset` divisions after where it stands; "" if the symbol has no root."""
    moved = f"<offset>{offset}</offset>" if offset else ""
    if symbol == "N.C.":
        root = '<root><root-step text="">C</root-step></root>'
        return f'<harmony>{root}<kind text="N.C.">none</kind>{moved}</harmony>'
    found = _SYMBOL.fullmatch(symbol)
    if not found:
        return ""
    suffix, degrees = _split(found[2])
    kind = f'<kind text="{escape(suffix)}">{_KINDS.get(suffix, "other")}</kind>'
    bass = _named("bass", found[3]) if found[3] else ""
    return f"<harmony>{_named('root', found[1])}{kind}{bass}{degrees}{moved}</harmony>"


def _split(text: str) -> tuple[str, str]:
    """The kind's suffix, and the <degree>s of the alterations in brackets behind it."""
    bare = _DEGREES.sub("", text)
    degrees = _DEGREES.findall(text)
    if not text.startswith(bare) or bare not in _KINDS or not degrees:
        return text, ""
    return bare, "".join(_degree(*degree) for degree in degrees)


def _degree(kind: str, sign: str, value: str) -> str:
    alter = f"<degree-alter>{ACCIDENTALS[sign]}</degree-alter>"
    return f"<degree><degree-value>{value}</degree-value>{alter}<degree-type>{_TYPES[kind]}</degree-type></degree>"


def _named(which: str, name: str) -> str:
    alter = f"<{which}-alter>{ACCIDENTALS[name[1:]]}</{which}-alter>" if name[1:] else ""
    return f"<{which}><{which}-step>{name[0]}</{which}-step>{alter}</{which}>"


@lru_cache(maxsize=4096)
def canonical(symbol: str) -> str:
    """The symbol as it is read back, "" if it can't be written."""
    written = harmony(symbol)
    return _harmony.symbol(fromstring(written)) if written else ""
