"""Detection of the Standard MIDI File in some bytes, or of what they are instead.

An RMID file (.rmi) is a RIFF container whose "data" chunk is a Standard MIDI File; a MacBinary header or other junk of
up to 4 KB before the file is skipped.
"""

from componium.errors import NotThisFormatError
from componium.formats.midi.events import Repairs

_JUNK = 4096
_KINDS: tuple[tuple[bytes, str], ...] = (
    (b"SMF2CLIP", "a MIDI 2.0 clip file"),
    (b"\xf0", "a System Exclusive dump (.syx)"),
    (b"RIFF", "a RIFF file of another kind (a WAV, perhaps)"),
    (b"\x89PNG", "a PNG picture"),
    (b"\xff\xd8\xff", "a JPEG picture"),
    (b"GIF8", "a GIF picture"),
    (b"PK\x03\x04", "a ZIP archive (compressed MusicXML, .mxl, is one)"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"%PDF", "a PDF document"),
    (b"ID3", "an MP3 recording"),
    (b"OggS", "an Ogg recording"),
    (b"fLaC", "a FLAC recording"),
    (b"XMF_", "an Extensible Music Format file"),
    (b"MTrk", "a MIDI track without its file's header"),
)
_TEXTS: tuple[tuple[bytes, str], ...] = (
    (b"<!doctype html", "an HTML page (a download that failed, perhaps)"),
    (b"<html", "an HTML page (a download that failed, perhaps)"),
    (b"<?xml", "an XML document (MusicXML, perhaps)"),
    (b"<score", "a MusicXML document"),
    (b"x:", "a tune in ABC"),
    (b"%abc", "a tune in ABC"),
    (b"!!!", "a Humdrum document"),
    (b"**kern", "a Humdrum document"),
    (b"{", "a JSON document"),
)


def find_smf(data: bytes, repairs: Repairs) -> tuple[int, int]:
    """Return start and stop of the Standard MIDI File in `data`.

    Raises NotThisFormatError, naming what `data` seems to be.
    """
    if data.startswith(b"MThd"):
        return 0, len(data)
    if data.startswith(b"RIFF") and data[8:12] == b"RMID":
        return _in_riff(data, repairs)
    kind = describe_bytes(data)
    start = data.find(b"MThd", 0, _JUNK) if not kind else -1
    if start < 0:
        raise NotThisFormatError(
            f"not a MIDI file but {kind or 'something unknown'}", where="byte 0", expected="MThd, or RIFF and RMID"
        )
    repairs.add("bytes before the header were skipped", 0)
    return start, len(data)


def describe_bytes(data: bytes) -> str:
    """Describe bytes that are no MIDI file; empty if they are unknown."""
    if not data:
        return "an empty file"
    if not data.strip(b"\0 \t\r\n"):
        return "a file of blanks"
    head = data[:200].removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    kinds = [kind for magic, kind in _KINDS if data.startswith(magic)]
    kinds += [kind for magic, kind in _TEXTS if head.startswith(magic)]
    return kinds[0] if kinds else ""


def _in_riff(data: bytes, repairs: Repairs) -> tuple[int, int]:
    start = data.find(b"MThd", 12)
    if start < 0:
        raise NotThisFormatError("an RMID file without MIDI in it", where="byte 12", expected="MThd")
    size = int.from_bytes(data[start - 4:start], "little")
    if data[start - 8:start - 4] != b"data" or start + size > len(data):
        repairs.add("the RIFF container's lengths are wrong", start - 8)
        return start, len(data)
    return start, start + size
