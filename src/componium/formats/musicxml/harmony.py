"""MusicXML's <harmony> as a chord symbol: root, kind, alterations, bass.

>>> from xml.etree.ElementTree import fromstring
>>> root = "<root><root-step>B</root-step><root-alter>-1</root-alter></root>"
>>> symbol(fromstring(f"<harmony>{root}<kind>minor-seventh</kind><bass><bass-step>F</bass-step></bass></harmony>"))
'Bbm7/F'
"""

import re
from xml.etree.ElementTree import Element

from componium.music.pitch import LINE_OF_FIFTHS, fifths_to_name

KINDS = {
    "major": "", "minor": "m", "augmented": "aug", "diminished": "dim", "dominant": "7", "major-seventh": "maj7",
    "minor-seventh": "m7", "diminished-seventh": "dim7", "augmented-seventh": "aug7", "half-diminished": "m7b5",
    "major-minor": "m(maj7)", "major-sixth": "6", "minor-sixth": "m6", "dominant-ninth": "9", "major-ninth": "maj9",
    "minor-ninth": "m9", "dominant-11th": "11", "major-11th": "maj11", "minor-11th": "m11", "dominant-13th": "13",
    "major-13th": "maj13", "minor-13th": "m13", "suspended-second": "sus2", "suspended-fourth": "sus4", "power": "5",
}  # fmt: skip
_DEGREES = {"add": "add", "subtract": "no", "alter": ""}


def symbol(element: Element, semitones: int = 0) -> str:
    """The chord symbol, moved by `semitones` as the notes are; "N.C." for no chord, "" for what has no root."""
    kind = element.find("kind")
    value = (kind.text or "").strip() if kind is not None else ""
    if value == "none":
        return "N.C."
    root = _name(element, "root", semitones)
    if not root:
        return ""
    suffix = KINDS.get(value, (kind.get("text") or "") if kind is not None else "")
    degrees = "".join(_degree(degree) for degree in element.iterfind("degree"))
    bass = _name(element, "bass", semitones)
    return (root + suffix + degrees + (f"/{bass}" if bass else ""))[:40]


def _name(element: Element, which: str, semitones: int) -> str:
    step = (element.findtext(f"{which}/{which}-step") or "").strip()
    alter = re.fullmatch(r"\s*(-?[012])(\.0*)?\s*", element.findtext(f"{which}/{which}-alter") or "0")
    if step not in tuple(LINE_OF_FIFTHS):
        return ""
    fifths = LINE_OF_FIFTHS.index(step) - 1 + 7 * (int(alter[1]) if alter else 0)
    return fifths_to_name(fifths + (7 * semitones + 5) % 12 - 5)


def _degree(element: Element) -> str:
    value, alter = (element.findtext(f"degree-{part}") or "" for part in ("value", "alter"))
    kind = _DEGREES.get((element.findtext("degree-type") or "").strip(), "")
    sign = {"-1": "b", "1": "#"}.get(alter.strip(), "")
    return f"({kind}{sign}{value.strip()[:2]})" if value.strip().isdecimal() else ""
