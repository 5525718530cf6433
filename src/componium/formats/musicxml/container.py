"""Container of MusicXML, compressed (.mxl, a zip) or plain, as an element tree.

Source: MusicXML 4.0, "Compressed MXL files". Nothing is extracted to disk. Only the root file that
META-INF/container.xml names (or else the first .xml or .musicxml) is unpacked, and no further than the limit. Entities
are never declared or fetched; a DOCTYPE that only points to the standard DTD is let pass and not looked at.
"""

import codecs
import io
import re
import zipfile
import zlib
from typing import NoReturn
from xml.etree import ElementTree
from xml.parsers import expat

from componium.errors import FormatError, LimitError, NotThisFormatError

MAX_XML = 50 * 1024 * 1024
MAX_RATIO = 300  # sheet music packs 20 to 60 times smaller
MAX_MEMBERS = 1000
MAX_TAGS = 4_000_000  # an element takes some 100 bytes
_CONTAINER = "META-INF/container.xml"
_CONTAINER_XML = b"""<?xml version="1.0" encoding="UTF-8"?>
<container><rootfiles><rootfile full-path="score.musicxml" media-type="application/vnd.recordare.musicxml+xml"/>
</rootfiles></container>
"""
_KINDS = (
    (b"MThd", "a MIDI file"), (b"%PDF", "a PDF file"), (b"RIFF", "a RIFF file"), (b"X:", "an ABC tune book"),
    (b"!!!", "a Humdrum file"), (b"**kern", "a Humdrum file"), (b"\x7fELF", "a program"), (b"\x1f\x8b", "a gzip file"),
    (b"\x89PNG", "a picture"), (b"\xff\xd8", "a picture"), (b"{", "a JSON file"), (b"\\version", "a LilyPond file"),
)  # fmt: skip


def parse(data: bytes) -> ElementTree.Element:
    """Return the root element of the music in `data`.

    Raises NotThisFormatError, LimitError or FormatError, with the byte or line.
    """
    xml = _as_utf8(_unpack(data) if data[:4] in (b"PK\x03\x04", b"PK\x05\x06") else data)
    _check_prolog(xml)
    if xml.count(b"<") > MAX_TAGS:
        raise LimitError("the score has too many elements", expected=f"at most {MAX_TAGS} tags")
    parser = ElementTree.XMLParser(encoding="utf-8")
    try:
        parser.feed(xml)
        root = parser.close()
    except ElementTree.ParseError as error:
        line, column = error.position
        raise FormatError("not well-formed XML", where=f"line {line}, column {column}", expected=str(error)) from None
    return _plain(root)


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


def _unpack(data: bytes) -> bytes:
    if data.count(b"PK\x01\x02") > MAX_MEMBERS:
        raise LimitError("too many files in the archive", expected=f"at most {MAX_MEMBERS}")
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return _member(archive, _root_file(archive))
    except FormatError:
        raise
    # zipfile raises RuntimeError, or a subclass, for a password or a compression that it does not support.
    except (zipfile.BadZipFile, zlib.error, RuntimeError, OSError, EOFError, ValueError) as error:
        raise FormatError("a broken .mxl archive", where="byte 0", expected=str(error) or "a zip file") from None


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


def _as_utf8(xml: bytes) -> bytes:
    """Return the document in UTF-8, whatever encoding it claims.

    What comes after must not be fooled by an encoding.
    """
    if len(xml) > MAX_XML:
        raise LimitError("the score is too large", expected=f"at most {MAX_XML} bytes")
    encoding = _encoding(xml)
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
