"""Damage done to files at random, for tests and for benchmarks/robustness."""

import numpy as np

_TELLING = (0x00, 0x01, 0x7F, 0x80, 0xFF, 0xF0, 0x2F, 0x51, ord("<"), ord('"'), ord("|"), ord("("), ord("9"))


def mutate(data: bytes, rng: np.random.Generator) -> bytes:
    """The bytes of a file with one to eight changes; in a third of cases only digits become other numbers.

    The changes: bytes changed, put in, taken out, repeated, cut off. Numbers changed leave XML well-formed.
    """
    out = bytearray(data)
    change = _change_number if rng.integers(3) == 0 else _change_bytes
    for _ in range(int(rng.integers(1, 9))):
        change(out, rng)
    return bytes(out)


def _change_number(out: bytearray, rng: np.random.Generator) -> None:
    """The first digit after a random place becomes another, none, or many."""
    start = int(rng.integers(0, max(len(out), 1)))
    digits = (at for at in range(start, min(start + 2000, len(out))) if 48 <= out[at] < 58)
    at = next(digits, None)
    if at is not None:
        out[at:at + 1] = str(rng.choice(["0", "7", "-1", "99", "1e9", "999999999999", "", "0.5"])).encode()


def _change_bytes(out: bytearray, rng: np.random.Generator) -> None:
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
