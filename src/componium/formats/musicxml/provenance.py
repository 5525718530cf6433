"""Provenance in the head of a MusicXML file: a field of <miscellaneous>."""

from collections.abc import Iterator

from componium.formats.musicxml.spans import Document, Edit
from componium.formats.musicxml.text import clean, escape
from componium.music.provenance import PROVENANCE, provenance_of
from componium.music.score import Score


def provenance_edits(document: Document, before: Score, target: Score) -> Iterator[Edit]:
    """Yield the edit that states the provenance of a score, in place of an older one."""
    text, root = clean(provenance_of(target)), document.root
    if text == provenance_of(before):
        return
    line = f'<miscellaneous-field name="{PROVENANCE}">{escape(text)}</miscellaneous-field>'
    old = root.find(f"identification/miscellaneous/miscellaneous-field[@name='{PROVENANCE}']")
    if old is not None:
        yield from document.replaced([old], [line])
        return
    for path, name in (("identification/miscellaneous", ""), ("identification", "miscellaneous")):
        parent = root.find(path)
        if parent is not None:
            if len(parent):
                yield document.within(parent, _within(line, name))
            return
    following = next((child for child in root if child.tag in ("defaults", "credit", "part-list")), None)
    if following is not None:
        yield document.before(following, _within(_within(line, "miscellaneous"), "identification"))


def _within(text: str, name: str) -> str:
    return f"<{name}>{text}</{name}>" if name else text
