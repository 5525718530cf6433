"""Chord symbols as MusicXML's <harmony>: root, kind, alterations, bass.

>>> print(write_harmony("Bbm7/F"))
<harmony><root><root-step>B</root-step><root-alter>-1</root-alter></root><kind text="m7">minor-seventh</kind>\
<bass><bass-step>F</bass-step></bass></harmony>
>>> read_harmony(fromstring(write_harmony("Bbm7/F")))
'Bbm7/F'
>>> canonicalize_symbol("Am7"), canonicalize_symbol("C7(b9)"), canonicalize_symbol("H dim")
('Am7', 'C7(b9)', '')
"""

import re
from functools import lru_cache
from xml.etree.ElementTree import Element, fromstring

from componium.formats.musicxml.text import escape
from componium.music.chords import KIND_NAMES, KINDS, NO_CHORD, Alteration, ChordSymbol, parse_symbol, transpose_name
from componium.music.pitch import ACCIDENTALS, LETTERS

MAX_LENGTH = 40  # of a symbol that is read
_ACTIONS = {"add": "add", "subtract": "no", "alter": ""}  # <degree-type> -> the word in the brackets
_TYPES = {action: type_ for type_, action in _ACTIONS.items()}


def read_harmony(element: Element, semitones: int = 0) -> str:
    """Return the chord symbol, transposed by `semitones` as the notes are.

    It is "N.C." for no chord, "" without a root.
    """
    kind = element.find("kind")
    name = (kind.text or "").strip() if kind is not None else ""
    if name == "none":
        return NO_CHORD
    root = _read_note(element, "root", semitones)
    if not root:
        return ""
    suffix = KINDS.get(name, (kind.get("text") or "") if kind is not None else "")
    alterations = tuple(filter(None, map(_read_degree, element.iterfind("degree"))))
    return str(ChordSymbol(root, suffix, alterations, _read_note(element, "bass", semitones)))[:MAX_LENGTH]


def _read_note(element: Element, tag: str, semitones: int) -> str:
    """Return the name of a <root> or <bass>, transposed, or ""."""
    step = (element.findtext(f"{tag}/{tag}-step") or "").strip()
    match = re.fullmatch(r"\s*(-?[012])(\.0*)?\s*", element.findtext(f"{tag}/{tag}-alter") or "0")
    alter = int(match[1]) if match else 0
    return transpose_name(step + "#" * alter + "b" * -alter, semitones) if step in LETTERS else ""


def _read_degree(element: Element) -> Alteration | None:
    value, alter = ((element.findtext(f"degree-{part}") or "").strip() for part in ("value", "alter"))
    action = _ACTIONS.get((element.findtext("degree-type") or "").strip(), "")
    return Alteration(action, {"-1": "b", "1": "#"}.get(alter, ""), value[:2]) if value.isdecimal() else None


def write_harmony(symbol: str, offset: int = 0) -> str:
    """Return the element for a chord symbol, `offset` divisions after its place.

    It is "" if the symbol has no root.
    """
    moved = f"<offset>{offset}</offset>" if offset else ""
    if symbol == NO_CHORD:
        root = '<root><root-step text="">C</root-step></root>'
        return f'<harmony>{root}<kind text="{NO_CHORD}">none</kind>{moved}</harmony>'
    chord = parse_symbol(symbol)
    if chord is None:
        return ""
    name = KIND_NAMES.get(chord.kind, "other")
    text = chord.kind if name == "other" else chord.kind.replace("b5", "♭5")  # of another kind it is all that is read
    kind = f'<kind text="{escape(text)}">{name}</kind>'
    bass = _write_note("bass", chord.bass) if chord.bass else ""
    degrees = "".join(map(_write_degree, chord.alterations))
    return f"<harmony>{_write_note('root', chord.root)}{kind}{bass}{degrees}{moved}</harmony>"


def _write_note(tag: str, name: str) -> str:
    alter = f"<{tag}-alter>{ACCIDENTALS[name[1:]]}</{tag}-alter>" if name[1:] else ""
    return f"<{tag}><{tag}-step>{name[0]}</{tag}-step>{alter}</{tag}>"


def _write_degree(alteration: Alteration) -> str:
    action, accidental, degree = alteration
    alter = f"<degree-alter>{ACCIDENTALS[accidental]}</degree-alter>"
    return f"<degree><degree-value>{degree}</degree-value>{alter}<degree-type>{_TYPES[action]}</degree-type></degree>"


@lru_cache(maxsize=4096)
def canonicalize_symbol(symbol: str) -> str:
    """Return the symbol as it is read back, "" if it is not written."""
    written = write_harmony(symbol)
    return read_harmony(fromstring(written)) if written else ""
