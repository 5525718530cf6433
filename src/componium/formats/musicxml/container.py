"""Container of MusicXML, compressed (.mxl, a zip) or plain, as an element tree.

Source: MusicXML 4.0, "Compressed MXL files". Nothing is extracted to disk. Only the root file that
META-INF/container.xml names (or else the first .xml or .musicxml) is unpacked, and no further than the limit. Entities
are never declared or fetched; a DOCTYPE that only points to the standard DTD is let pass and not looked at.
"""

import codecs
import io
import re
import struct
import zipfile
import zlib
from contextlib import suppress
from typing import NoReturn
from xml.etree import ElementTree
from xml.parsers import expat

from componium.errors import FormatError, LimitError, NotThisFormatError
from componium.formats._repair import drop_zeros, repair

MAX_XML = 50 * 1024 * 1024
MAX_RATIO = 300  # sheet music packs 20 to 60 times smaller
MAX_MEMBERS = 1000
MAX_TAGS = 4_000_000  # an element takes some 100 bytes
_MEASURE_DEPTH = 3  # elements from the root to a measure (or its part, in a timewise score)
_CONTAINER = "META-INF/container.xml"
_LOCAL = b"PK\x03\x04"  # begins a file in an archive
_HEADER = struct.Struct("<8xH16xHH")  # compression, lengths of its name and of more about it
_PIECE = 1 << 14
_CONTAINER_XML = b"""<?xml version="1.0" encoding="UTF-8"?>
<container><rootfiles><rootfile full-path="score.musicxml" media-type="application/vnd.recordare.musicxml+xml"/>
</rootfiles></container>
"""
_KINDS = (
    (b"MThd", "a MIDI file"), (b"%PDF", "a PDF file"), (b"RIFF", "a RIFF file"), (b"X:", "an ABC tune book"),
    (b"!!!", "a Humdrum file"), (b"**kern", "a Humdrum file"), (b"\x7fELF", "a program"), (b"\x1f\x8b", "a gzip file"),
    (b"\x89PNG", "a picture"), (b"\xff\xd8", "a picture"), (b"{", "a JSON file"), (b"\\version", "a LilyPond file"),
)  # fmt: skip


def parse(data: bytes, *, strict: bool = False) -> ElementTree.Element:
    """Return the root element of the music in `data`.

    Of a damaged document it is what stands before the damage, with a RepairWarning that names its place, unless
    `strict`. Raises NotThisFormatError, LimitError or FormatError, with the byte or line.
    """
    return parse_document(read_document(data, strict=strict), strict=strict)


def read_document(data: bytes, *, strict: bool = False) -> bytes:
    """Return the document in `data`, in UTF-8. Raises as `parse` does."""
    xml = _as_utf8(_unpack(data, strict) if _is_packed(data) else data, strict=strict)
    _check_prolog(xml)
    if xml.count(b"<") > MAX_TAGS:
        raise LimitError("the score has too many elements", expected=f"at most {MAX_TAGS} tags")
    return xml


def parse_document(xml: bytes, *, strict: bool = False) -> ElementTree.Element:
    """Return the root element of a document in UTF-8, tags without namespaces."""
    root, error = _tree(xml)
    return _plain(root if error is None else _salvage(xml, error, strict))


def replace_document(data: bytes, xml: bytes) -> bytes:
    """Return a file with another document (UTF-8), in the encoding that it has.

    All other files of an archive stay.
    """
    if not _is_packed(data):
        return _encode_like(data, xml)
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as archive, zipfile.ZipFile(buffer, "w") as patched:
        root = _root_file(archive)
        patched.comment = archive.comment
        for info in archive.infolist():
            content = archive.read(info)
            patched.writestr(info, _encode_like(content, xml) if info is root else content, info.compress_type)
    return buffer.getvalue()


def _encode_like(document: bytes, xml: bytes) -> bytes:
    encoding = _encoding(document)
    if encoding != "utf-16":
        return xml.decode().encode(encoding)
    return document[:2] + xml.decode().encode("utf-16-le" if document[0] == 0xFF else "utf-16-be")


def _is_packed(data: bytes) -> bool:
    return data[:4] in (b"PK\x03\x04", b"PK\x05\x06")


def _tree(xml: bytes) -> tuple[ElementTree.Element, ElementTree.ParseError | None]:
    """Return the root element, or any element and what is wrong with the document."""
    parser = ElementTree.XMLParser(encoding="utf-8")
    try:
        parser.feed(xml)
        return parser.close(), None
    except ElementTree.ParseError as error:
        return ElementTree.Element("none"), error.with_traceback(None)  # which would keep the tree


def _salvage(xml: bytes, error: ElementTree.ParseError, strict: bool) -> ElementTree.Element:
    """Return the tree up to where the document is damaged.

    The note or other mark that is cut off there is left out.
    """
    where = "line {}, column {}".format(*error.position)
    stack = _open_elements(xml)
    if not stack or not any(element.tag.rpartition("}")[2] == "note" for element in stack[0].iter()):
        raise FormatError("not well-formed XML", where=where, expected=str(error)) from None
    if len(stack) > _MEASURE_DEPTH:
        stack[_MEASURE_DEPTH - 1].remove(stack[_MEASURE_DEPTH])
    repair(f"not well-formed XML ({error.msg.partition(':')[0]}), read up to there", strict=strict, where=where)
    return stack[0]


def _open_elements(xml: bytes) -> list[ElementTree.Element]:
    """Return the elements without an end, from the root inwards; the root in any case."""
    parser: ElementTree.XMLPullParser[ElementTree.Element] = ElementTree.XMLPullParser(("start", "end"))
    stack: list[ElementTree.Element] = []
    with suppress(ElementTree.ParseError):
        for at in range(0, len(xml), _PIECE):
            parser.feed(xml[at : at + _PIECE])
            _follow(parser, stack)
        parser.close()
    with suppress(ElementTree.ParseError):
        _follow(parser, stack)
    return stack


def _follow(parser: "ElementTree.XMLPullParser[ElementTree.Element]", stack: list[ElementTree.Element]) -> None:
    """Keep a stack of the open elements while they begin and end."""
    for event in parser.read_events():
        if event[0] == "start":
            stack.append(event[1])  # type: ignore[arg-type,misc]  # the stubs know of no such event
        elif len(stack) > 1:
            stack.pop()


def check_size(xml: bytes) -> bytes:
    """Return the document if `parse` would take it. Raises LimitError."""
    if len(xml) > MAX_XML or xml.count(b"<") > MAX_TAGS:
        raise LimitError("the score is too large for one file", expected=f"at most {MAX_XML} bytes, {MAX_TAGS} tags")
    return xml


def pack(xml: bytes) -> bytes:
    """Return a document as an .mxl archive, byte for byte reproducible."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in ((_CONTAINER, _CONTAINER_XML), ("score.musicxml", xml)):
            info = zipfile.ZipInfo(name, date_time=(1980, 1, 1, 0, 0, 0))
            tight = len(zlib.compress(content)) * MAX_RATIO // 2 < len(content)  # would look like a bomb
            archive.writestr(info, content, zipfile.ZIP_STORED if tight else zipfile.ZIP_DEFLATED)
    return buffer.getvalue()


def _unpack(data: bytes, strict: bool) -> bytes:
    if data.count(b"PK\x01\x02") > MAX_MEMBERS:
        raise LimitError("too many files in the archive", expected=f"at most {MAX_MEMBERS}")
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return _member(archive, _root_file(archive))
    except FormatError:
        raise
    # zipfile raises RuntimeError, or a subclass, for a password or a compression that it does not support.
    except (zipfile.BadZipFile, zlib.error, RuntimeError, OSError, EOFError, ValueError) as error:
        xml = _salvage_member(data)
        if b"<note" not in xml:
            raise FormatError("a broken .mxl archive", where="byte 0", expected=str(error) or "a zip file") from None
        repair(f"a broken .mxl archive ({error}), read up to there", strict=strict, where=f"byte {len(data)}")
        return xml


def _salvage_member(data: bytes) -> bytes:
    """Return what can be unpacked of the first score in an archive without its end."""
    at = data.find(_LOCAL)
    for _ in range(MAX_MEMBERS):
        if at < 0 or len(data) < at + _HEADER.size:
            break
        method, name_length, extra_length = _HEADER.unpack_from(data, at)
        start = at + _HEADER.size + name_length
        name = data[at + _HEADER.size : start].lower()
        if name.endswith((b".xml", b".musicxml")) and not name.startswith((b"meta-inf/", b"__macosx/")):
            return _inflate(data[start + extra_length :], method)
        at = data.find(_LOCAL, start)
    return b""


def _inflate(packed: bytes, method: int) -> bytes:
    if method != zipfile.ZIP_DEFLATED:
        return packed if method == zipfile.ZIP_STORED else b""
    inflater, limit = zlib.decompressobj(-15), min(MAX_XML, max(MAX_RATIO * len(packed), 1024 * 1024))
    parts: list[bytes] = []
    with suppress(zlib.error):  # what comes before a damage is kept
        for at in range(0, len(packed), _PIECE):
            parts.append(inflater.decompress(packed[at : at + _PIECE], limit))
            limit -= len(parts[-1])
            if limit <= 0:
                break
    return b"".join(parts)


def _root_file(archive: zipfile.ZipFile) -> zipfile.ZipInfo:
    files = {info.filename: info for info in archive.infolist()}
    if _CONTAINER in files:
        container = _as_utf8(_member(archive, files[_CONTAINER]))
        named = re.search(rb"<rootfile\b[^<>]*?full-path\s*=\s*[\"']([^\"']+)", container)
        if named and named[1].decode("utf-8", "replace") in files:
            return files[named[1].decode("utf-8", "replace")]
    for name, info in files.items():
        if name.lower().endswith((".xml", ".musicxml")) and not name.startswith(("META-INF/", "__MACOSX/")):
            return info
    raise NotThisFormatError("a zip archive without music", expected="a .musicxml file in it")


def _member(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> bytes:
    if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise FormatError("a compression that .mxl does not have", where=info.filename, expected="deflate")
    if info.file_size > max(MAX_RATIO * info.compress_size, 1024 * 1024):
        raise LimitError("a suspiciously high compression ratio", where=info.filename, expected=f"at most {MAX_RATIO}")
    with archive.open(info) as file:
        content = file.read(MAX_XML + 1)
    if len(content) > MAX_XML:
        raise LimitError("too large when unpacked", where=info.filename, expected=f"at most {MAX_XML} bytes")
    return content


def _as_utf8(xml: bytes, *, strict: bool = False) -> bytes:
    """Return the document in UTF-8, whatever encoding it claims, without zero bytes.

    What comes after must not be fooled by an encoding.
    """
    if len(xml) > MAX_XML:
        raise LimitError("the score is too large", expected=f"at most {MAX_XML} bytes")
    encoding = _encoding(xml)
    # A file that is cut short may end within a letter.
    xml = xml[: len(xml) // 2 * 2] if encoding.startswith("utf-16") else drop_zeros(xml, strict=strict)
    if encoding == "utf-8":
        return xml
    try:
        return xml.decode(encoding).encode()
    except (UnicodeError, LookupError):
        raise FormatError("text that is not in its declared encoding", where="byte 0", expected=encoding) from None


def _encoding(xml: bytes) -> str:
    for mark, encoding in ((codecs.BOM_UTF8, "utf-8"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16")):
        if xml.startswith(mark):
            return encoding
    for start, encoding in ((b"<\0", "utf-16-le"), (b"\0<", "utf-16-be")):
        if xml.startswith(start):
            return encoding
    claimed = re.match(rb"\s*<\?xml[^>]*?encoding\s*=\s*[\"']([A-Za-z0-9._-]{1,40})[\"']", xml)
    name = claimed[1].decode().lower() if claimed else "utf-8"
    known = {"utf-8": "utf-8", "utf8": "utf-8", "us-ascii": "utf-8", "ascii": "utf-8", "iso-8859-1": "latin-1"}
    known |= {"latin-1": "latin-1", "windows-1252": "cp1252", "utf-16": "utf-8", "iso-8859-15": "iso-8859-15"}
    if name not in known:
        raise FormatError(f"the encoding {name}, which is not supported", where="line 1", expected="UTF-8 or UTF-16")
    return known[name]


class _PrologRead(Exception):  # noqa: N818  (a signal, not an error)
    pass


def _check_prolog(xml: bytes) -> None:
    """Refuse what is not MusicXML by its first tag, and any entity before it.

    After the first tag there can be none.
    """

    def refuse(*_: object) -> NoReturn:
        raise FormatError("the document declares entities", where="the DOCTYPE", expected="none")

    def first_tag(name: str, _: object) -> NoReturn:
        if name.rpartition(":")[2] not in ("score-partwise", "score-timewise"):
            kind = {"html": "a web page", "opus": "a MusicXML opus, a list of other files", "mei": "an MEI score"}
            raise NotThisFormatError(kind.get(name.lower(), f"XML that begins with <{name}>"), expected="MusicXML")
        raise _PrologRead

    prolog = expat.ParserCreate("utf-8")
    prolog.EntityDeclHandler = refuse
    prolog.StartElementHandler = first_tag
    try:
        prolog.Parse(xml, True)
    except _PrologRead:
        return
    except expat.ExpatError as error:
        kind = next((name for start, name in _KINDS if xml.lstrip().startswith(start)), "")
        if kind or b"<" not in xml[:1000]:
            kind = kind or ("text or binary data" if xml else "an empty file")
            raise NotThisFormatError(kind, expected="MusicXML") from None
        where = f"line {error.lineno}, column {error.offset}"
        raise FormatError("not well-formed XML", where=where, expected=expat.ErrorString(error.code)) from None


def _plain(root: ElementTree.Element) -> ElementTree.Element:
    """Remove namespaces, which a few programs put before every tag."""
    if "}" in root.tag:
        for element in root.iter():
            element.tag = element.tag.rpartition("}")[2]
    return root
