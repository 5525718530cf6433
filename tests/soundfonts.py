"""A SoundFont made by hand: two samples and their headers, nothing else."""

import io
import struct

import numpy as np

RATE = 22_050


def sines():
    """Two sines of half a second, 440 and 330 Hz, as 16-bit integers."""
    time = np.arange(RATE // 2) / RATE
    return [np.rint(12_000 * np.sin(2 * np.pi * hertz * time)).astype("<i2") for hertz in (440, 330)]


def chunk(name, body):
    return name + struct.pack("<I", len(body)) + body + b"\0" * (len(body) % 2)


def font(bodies, headers, version):
    """Return a SoundFont of sample bodies, headers (start, end, loop start, loop end, type) and a major version."""
    rows = [struct.pack("<20s5IBbHH", b"sine", *row[:4], RATE, 69, 0, 0, row[4]) for row in (*headers, (0, 0, 0, 0, 0))]
    info = chunk(b"LIST", b"INFO" + chunk(b"ifil", struct.pack("<HH", version, 1)) + chunk(b"INAM", b"odd"))
    sdta = chunk(b"LIST", b"sdta" + chunk(b"smpl", b"".join(bodies)))
    pdta = chunk(b"LIST", b"pdta" + chunk(b"phdr", bytes(76)) + chunk(b"shdr", b"".join(rows)))
    return chunk(b"RIFF", b"sfbk" + info + sdta + pdta)


def compressed():
    """Return an .sf3 whose first sample is Ogg Vorbis and whose second is not compressed. Needs soundfile."""
    import soundfile

    ogg, (first, second) = io.BytesIO(), sines()
    soundfile.write(ogg, first, RATE, format="OGG", subtype="VORBIS")
    body = ogg.getvalue() + b"\0" * (len(ogg.getvalue()) % 2)
    at = len(body) // 2
    headers = [(0, len(ogg.getvalue()), 1000, 9000, 0x11), (at, at + len(second), at + 500, at + 8000, 1)]
    return font([body, second.tobytes()], headers, 3)
