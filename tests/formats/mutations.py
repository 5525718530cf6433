"""Damage done to files at random, for tests and for benchmarks/robustness."""

import numpy as np

_TELLING = (0x00, 0x01, 0x7F, 0x80, 0xFF, 0xF0, 0x2F, 0x51, ord("<"), ord('"'), ord("|"), ord("("), ord("9"))


def mutate(data: bytes, rng: np.random.Generator) -> bytes:
    """The bytes of a file with one to eight changes: bytes changed, put in, taken out, repeated, cut off."""
    out = bytearray(data)
    for _ in range(int(rng.integers(1, 9))):
        at, length = (int(rng.integers(0, max(size, 1))) for size in (len(out), 32))
        match int(rng.integers(7)):
            case 0:
                out[at:at + 1] = bytes([int(rng.integers(256))])
            case 1:
                out[at:at + 1] = bytes([int(rng.choice(_TELLING))])
            case 2:
                out[at:at] = rng.bytes(length)
            case 3:
                del out[at:at + length]
            case 4:
                out[at:at] = out[at:at + length * 8]
            case 5:
                out[at:at + 1] = bytes([out[at] ^ 1 << int(rng.integers(8))]) if out else b""
            case 6 if rng.integers(4) == 0:
                del out[at:]
    return bytes(out)
