"""Reverberation of a small room, by a synthetic stereo impulse response.

The response is a few echoes in the first 60 ms, then noise from a fixed seed whose high frequencies decay sooner than
the low ones. Its power is set so that `wet` is the ratio of reverberant to direct sound.
"""

from collections.abc import Iterable, Iterator
from functools import cache

import numpy as np
from numpy.typing import NDArray

from componium.audio.oscillators import fast_fft_length, noise, type_wave

SECONDS = 1.25  # to fall by 60 dB at low frequencies
_BANDS = ((80, 400, 1.0), (400, 1600, 0.85), (1600, 5000, 0.6), (5000, 12_000, 0.35))  # Hz, Hz, share of SECONDS
_ECHOES = ((0.011, 0.5, 0.2), (0.017, 0.2, 0.5), (0.023, 0.45, 0.15), (0.031, 0.15, 0.4), (0.041, 0.25, 0.2),
           (0.047, 0.15, 0.3))  # seconds, left, right


@cache
def impulse_response(rate: int) -> type_wave:
    """Return the room's impulse response, (2, T), of power 1 in each channel."""
    length = int(SECONDS * rate)
    time = np.arange(length, dtype=np.float32) / rate
    room = np.zeros((2, length), dtype=np.float32)
    for at, (low, high, share) in enumerate(_BANDS):
        fall = np.exp(-np.log(1000) * time / (SECONDS * share)) * np.clip(time / 0.04, 0, 1)
        for side in (0, 1):
            if low < 0.4 * rate:
                room[side] += fall * noise(low, min(high, 0.45 * rate), length, rate, 3000 + 2 * at + side)
    room /= np.sqrt((room**2).sum(axis=1, keepdims=True))
    for second, left, right in _ECHOES:
        room[:, int(second * rate)] += np.array([left, right], dtype=np.float32)
    room[:, -rate // 20 :] *= np.linspace(1, 0, len(room[0, -rate // 20 :]), dtype=np.float32)
    scaled: type_wave = room / np.sqrt((room**2).sum(axis=1, keepdims=True))
    return scaled


def add_reverb(blocks: Iterable[type_wave], rate: int, wet: float) -> Iterator[type_wave]:
    """Add reverberation to stereo blocks (T, 2); a last block holds its tail.

    `wet` is the level of the reverberation relative to the direct sound.
    """
    room = impulse_response(rate) * np.float32(wet * np.sqrt(2))  # the send is the mean of two channels
    tail = np.zeros((2, room.shape[1]), dtype=np.float32)
    spectra: dict[int, NDArray[np.complex64]] = {}
    for block in blocks:
        length = len(block)
        size = fast_fft_length(length + room.shape[1])
        if size not in spectra:
            spectra = {size: np.fft.rfft(room, size).astype(np.complex64)}
        send = np.fft.rfft(block.mean(axis=1), size)
        answer = np.fft.irfft(spectra[size] * send, size)[:, : length + room.shape[1]]
        reverberant = answer.astype(np.float32, copy=False)
        reverberant[:, : tail.shape[1]] += tail[:, : reverberant.shape[1]]
        tail = reverberant[:, length:].copy()
        yield block + reverberant[:, :length].T
    yield tail.T
