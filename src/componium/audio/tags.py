"""Tags of sound files: title and comment, as RIFF INFO (WAV) and ID3 (MP3).

libsndfile writes those of FLAC and Ogg itself; to an MP3 it writes text in no stated encoding.

Sources: Microsoft and IBM, *Multimedia Programming Interface and Data Specifications 1.0* (1991), LIST INFO;
M. Nilsson, *ID3 tag version 2.4.0* (2000).
"""

from collections.abc import Mapping
from pathlib import Path

TAGS = ("title", "comment")
_RIFF, _ID3 = {"title": b"INAM", "comment": b"ICMT"}, {"title": b"TIT2", "comment": b"COMM"}
_UTF8 = b"\3"


def tag_wav(path: Path, tags: Mapping[str, str]) -> None:
    """Append tags to a WAV file as a LIST chunk, in UTF-8."""
    body = b"INFO" + b"".join(_riff_chunk(_RIFF[name], text.encode() + b"\0") for name, text in tags.items())
    if body == b"INFO":
        return
    with open(path, "rb+") as file:
        file.seek(0, 2)
        file.write(_riff_chunk(b"LIST", body))
        size = file.tell() - 8
        file.seek(4)
        file.write(size.to_bytes(4, "little"))


def tag_mp3(path: Path, tags: Mapping[str, str]) -> None:
    """Put tags before the frames of an MP3 file as an ID3v2.4 tag, in UTF-8."""
    frames = b"".join(_id3_frame(name, text.encode()) for name, text in tags.items())
    if frames:
        path.write_bytes(b"ID3\4\0\0" + _syncsafe(len(frames)) + frames + path.read_bytes())


def _riff_chunk(name: bytes, content: bytes) -> bytes:
    return name + len(content).to_bytes(4, "little") + content + b"\0" * (len(content) % 2)


def _id3_frame(name: str, text: bytes) -> bytes:
    """Return a frame; a comment also states its language and a description, here none."""
    content = _UTF8 + (b"und\0" if name == "comment" else b"") + text
    return _ID3[name] + _syncsafe(len(content)) + b"\0\0" + content


def _syncsafe(number: int) -> bytes:
    """Return four bytes of seven bits each."""
    return bytes(number >> shift & 0x7F for shift in (21, 14, 7, 0))
