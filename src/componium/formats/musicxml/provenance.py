"""Provenance in the head of a MusicXML file: a field of <miscellaneous>."""

from collections.abc import Iterator
from xml.etree.ElementTree import Element

from componium.formats.musicxml.spans import Edit, Span
from componium.formats.musicxml.text import clean, escape
from componium.music.provenance import PROVENANCE, provenance_of
from componium.music.score import Score


def provenance_edits(root: Element, spans: dict[Element, Span], before: Score, target: Score) -> Iterator[Edit]:
    """Yield the edit that states the provenance of a score, in place of an older one."""
    text = clean(provenance_of(target))
    if text == provenance_of(before):
        return
    line = f'<miscellaneous-field name="{PROVENANCE}">{escape(text)}</miscellaneous-field>'
    old = root.find(f"identification/miscellaneous/miscellaneous-field[@name='{PROVENANCE}']")
    if old is not None:
        yield Edit(*spans[old].outer, line)
        return
    for path, name in (("identification/miscellaneous", ""), ("identification", "miscellaneous")):
        parent = root.find(path)
        if parent is not None and spans[parent].end < spans[parent].stop:
            yield Edit(spans[parent].end, spans[parent].end, _within(line, name))
            return
    following = next((child for child in root if child.tag in ("defaults", "credit", "part-list")), None)
    if following is not None and root.find("identification") is None:
        at = spans[following].start
        yield Edit(at, at, _within(_within(line, "miscellaneous"), "identification"))


def _within(text: str, name: str) -> str:
    return f"<{name}>{text}</{name}>" if name else text
