"""Spans of elements in the bytes of an XML document, and edits of those bytes.

Nothing but what is edited changes: comments, blanks, prolog and the order of attributes stay.

>>> from xml.etree.ElementTree import fromstring
>>> xml = b"<a><!-- b --><b x='>'/><c>1</c></a>"
>>> document = Document(xml, fromstring(xml))
>>> b, c = document.root
>>> document.text(b), document.edited(document.replaced([c], ["<d/>"]))
("<b x='>'/>", b"<a><!-- b --><b x='>'/><d/></a>")
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple
from xml.etree.ElementTree import Element
from xml.parsers import expat

_MOST_BLANKS = 200
_TAG = re.compile(rb"<[^\s/>]+(?:[^>\"']|\"[^\"]*\"|'[^']*')*>")


class Span(NamedTuple):
    """Bytes of an element: where its tags begin and end. An empty element has one tag."""

    start: int
    inner: int  # the end of its first tag
    end: int  # the start of its last tag, `inner` if it has one tag
    stop: int


class Edit(NamedTuple):
    """Replacement of the bytes from `start` to `stop`, an insertion if none."""

    start: int
    stop: int
    text: str


def find_spans(xml: bytes, root: Element) -> dict[Element, Span]:
    """Return the span of each element of a document in UTF-8 and its tree."""
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


class Document:
    """Document in UTF-8 with its tree, whose elements are edited by their bytes."""

    def __init__(self, xml: bytes, root: Element) -> None:
        self.xml, self.root, self.spans = xml, root, find_spans(xml, root)

    def text(self, element: Element) -> str:
        """Return an element as it is written."""
        span = self.spans[element]
        return self.xml[span.start : span.stop].decode()

    def replaced(self, elements: Sequence[Element], texts: Sequence[str]) -> Iterator[Edit]:
        """Yield the edits that put others in place of some elements.

        Each stands after the blanks that the first one had.
        """
        spans = [self.spans[element] for element in elements]
        blanks = self._blanks(spans[0].start)
        yield Edit(spans[0].start if texts else spans[0].start - len(blanks), spans[0].stop, blanks.join(texts))
        for span in spans[1:]:
            yield Edit(span.start - len(self._blanks(span.start)), span.stop, "")

    def before(self, element: Element, text: str) -> Edit:
        """Return the edit that puts another element before one."""
        at = self.spans[element].start
        return Edit(at, at, text + self._blanks(at) if text else "")

    def within(self, element: Element, text: str) -> Edit:
        """Return the edit that puts an element at the end of another, which isn't empty."""
        at = self.spans[element].end
        return Edit(at, at, text)

    def added(self, measure: Element, texts: Sequence[str]) -> Edit:
        """Return the edit that adds elements to a measure, before its last barline.

        The measure must have some.
        """
        last = measure[-1]
        at = self.spans[last].start
        blanks = self._blanks(at)
        if last.tag == "barline" and last.get("location", "right") == "right":
            return Edit(at, at, "".join(text + blanks for text in texts))
        return Edit(self.spans[last].stop, self.spans[last].stop, "".join(blanks + text for text in texts))

    def _blanks(self, at: int) -> str:
        """Return the blanks before a place."""
        head = self.xml[max(at - _MOST_BLANKS, 0) : at]
        return head[len(head.rstrip()) :].decode()

    def edited(self, edits: Iterable[Edit]) -> bytes:
        """Return the document with all edits made; those at one place in their order."""
        parts: list[bytes] = []
        at = 0
        for start, stop, text in sorted(edits, key=lambda edit: edit[:2]):
            parts += [self.xml[at:start], text.encode()]
            at = max(at, stop)
        return b"".join([*parts, self.xml[at:]])
