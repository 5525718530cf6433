"""Compressed SoundFonts (.sf3) as plain ones (.sf2), which every player plays.

A SoundFont is a RIFF file: `sdta` holds the samples, `pdta` the tables of presets, instruments and sample headers. In
an .sf3, MuseScore's extension, each sample is an Ogg Vorbis file: its header has byte offsets as start and end, and its
loop is relative to its start. Here all are decoded to 16 bits and the headers count samples again; the rest is copied.

Source of the format: SoundFont Technical Specification 2.01 (Creative Technology, 1998), sections 4 to 7.
"""

import io
import struct

import numpy as np
from numpy.typing import NDArray

from componium.errors import FormatError, MissingExtraError

_HEADER = np.dtype([
    ("name", "S20"), ("start", "<u4"), ("end", "<u4"), ("loop_start", "<u4"), ("loop_end", "<u4"), ("rate", "<u4"),
    ("pitch", "u1"), ("correction", "i1"), ("link", "<u2"), ("type", "<u2"),
])  # fmt: skip
_VORBIS = 0x10  # bit of a sample's type
_GUARD = 46  # zeros that follow each sample
_VERSION = struct.pack("<HH", 2, 1)

type_chunks = dict[bytes, bytes]


def is_compressed(head: bytes) -> bool:
    """Return True if a file that begins with these 36 bytes is a SoundFont 3."""
    return head[24:28] == b"ifil" and int.from_bytes(head[32:34], "little") == 3


def decompress(data: bytes) -> bytes:
    """Return a compressed SoundFont (.sf3) as a plain one (.sf2).

    Raises FormatError if `data` isn't a whole SoundFont, MissingExtraError without soundfile.
    """
    try:
        info, sdta, pdta = (_list(_chunks(data[12:]), name) for name in (b"INFO", b"sdta", b"pdta"))
        headers = np.frombuffer(pdta[b"shdr"], _HEADER).copy()
        smpl = sdta[b"smpl"]
    except (KeyError, ValueError) as error:
        raise FormatError("not a whole SoundFont", expected="a RIFF file of form sfbk") from error
    info[b"ifil"] = _VERSION
    sdta = {b"smpl": _decode(smpl, headers)}
    pdta[b"shdr"] = headers.tobytes()
    lists = {b"INFO": info, b"sdta": sdta, b"pdta": pdta}
    body = b"".join(_chunk(b"LIST", name + _joined(chunks)) for name, chunks in lists.items())
    return _chunk(b"RIFF", b"sfbk" + body)


def _decode(smpl: bytes, headers: NDArray[np.void]) -> bytes:
    """Return all samples as 16-bit integers, and set `headers` to their new places.

    The last header is the table's terminal record.
    """
    parts, at = [], 0
    for header in headers[:-1]:
        start = header["start"]
        if header["type"] & _VORBIS:
            samples = _vorbis(smpl[start : header["end"]], header["name"])
        else:
            samples = np.frombuffer(smpl[2 * start : 2 * header["end"]], "<i2")
            header["loop_start"] -= start
            header["loop_end"] -= start
        header["start"], header["end"] = at, at + len(samples)
        header["loop_start"] += at
        header["loop_end"] += at
        header["type"] &= 0xFFFF ^ _VORBIS
        parts += [samples, np.zeros(_GUARD, "<i2")]
        at += len(samples) + _GUARD
    return b"".join(part.tobytes() for part in parts)


def _vorbis(data: bytes, name: bytes) -> NDArray[np.int16]:
    try:
        import soundfile
    except ImportError as error:
        raise MissingExtraError("soundfile, which decodes a compressed SoundFont,", "sound") from error
    try:
        samples: NDArray[np.int16] = soundfile.read(io.BytesIO(data), dtype="int16")[0]
    except soundfile.SoundFileError as error:
        raise FormatError("a sample that can't be decoded", where=name.decode("latin-1")) from error
    return samples


def _list(chunks: list[tuple[bytes, bytes]], name: bytes) -> type_chunks:
    """Return the chunks of the first LIST of a name."""
    lists = {body[:4]: body[4:] for id_, body in chunks if id_ == b"LIST"}
    return dict(_chunks(lists[name]))


def _chunks(data: bytes) -> list[tuple[bytes, bytes]]:
    """Return the chunks (id, body) of `data`; ValueError if one isn't whole."""
    found, at = [], 0
    while at + 8 <= len(data):
        size = int.from_bytes(data[at + 4 : at + 8], "little")
        body = data[at + 8 : at + 8 + size]
        if len(body) < size:
            raise ValueError("a chunk is cut")
        found.append((data[at : at + 4], body))
        at += 8 + size + size % 2
    return found


def _joined(chunks: type_chunks) -> bytes:
    return b"".join(_chunk(id_, body) for id_, body in chunks.items())


def _chunk(id_: bytes, body: bytes) -> bytes:
    return id_ + len(body).to_bytes(4, "little") + body + b"\0" * (len(body) % 2)
