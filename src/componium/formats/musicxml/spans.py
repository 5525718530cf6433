"""Spans of elements in the bytes of an XML document, and edits of those bytes.

Nothing but what is edited changes: comments, blanks, prolog and the order of attributes stay.

>>> from xml.etree.ElementTree import fromstring
>>> xml = b"<a><!-- b --><b x='>'/><c>1</c></a>"
>>> root = fromstring(xml)
>>> spans = find_spans(xml, root)
>>> [xml[slice(*spans[child].outer)] for child in root]
[b"<b x='>'/>", b'<c>1</c>']
>>> apply_edits(xml, [Edit(*spans[root[1]].outer, "<d/>")])
b"<a><!-- b --><b x='>'/><d/></a>"
"""

import re
from collections.abc import Iterable
from typing import NamedTuple
from xml.etree.ElementTree import Element
from xml.parsers import expat

_TAG = re.compile(rb"<[^\s/>]+(?:[^>\"']|\"[^\"]*\"|'[^']*')*>")


class Span(NamedTuple):
    """Bytes of an element: where its tags begin and end. An empty element has one tag."""

    start: int
    inner: int  # the end of its first tag
    end: int  # the start of its last tag, `inner` if it has one tag
    stop: int

    @property
    def outer(self) -> tuple[int, int]:
        """The bytes from tag to tag, both included."""
        return self.start, self.stop


class Edit(NamedTuple):
    """Replacement of the bytes from `start` to `stop`; an insertion if they are the same."""

    start: int
    stop: int
    text: str


def find_spans(xml: bytes, root: Element) -> dict[Element, Span]:
    """Return the span of each element of a document in UTF-8, of which `root` is the tree."""
    found: list[Span] = []
    opened: list[int] = []

    def begin(_: str, __: object) -> None:
        start = parser.CurrentByteIndex
        tag = _TAG.match(xml, start)
        inner = tag.end() if tag else start
        opened.append(len(found))
        found.append(Span(start, inner, inner, inner))

    def finish(_: str) -> None:
        at = opened.pop()
        span = found[at]
        if not xml.endswith(b"/>", span.start, span.inner):
            end = parser.CurrentByteIndex
            found[at] = span._replace(end=end, stop=xml.index(b">", end) + 1)

    parser = expat.ParserCreate("utf-8")
    parser.StartElementHandler, parser.EndElementHandler = begin, finish
    parser.Parse(xml, True)
    return dict(zip(root.iter(), found, strict=True))


def apply_edits(xml: bytes, edits: Iterable[Edit]) -> bytes:
    """Return the document with all edits made; those at one place in their order."""
    parts: list[bytes] = []
    at = 0
    for start, stop, text in sorted(edits, key=lambda edit: edit[:2]):
        parts += [xml[at:start], text.encode()]
        at = stop
    return b"".join([*parts, xml[at:]])
