"""Integrated loudness in LUFS, by ITU-R BS.1770-4.

K-weighting, blocks of 400 ms, two gates.

The two filters are the standard's, by their analogue parameters (B. De Man, "Evaluation of implementations of the
EBU R128 loudness measurement", AES 145, 2018), so that they hold at any sample rate. They are applied in the frequency
domain, block after block, so that a long piece is never in memory as a whole.

>>> import numpy as np
>>> tone = np.sin(2 * np.pi * 997 * np.arange(48000) / 48000).astype(np.float32)
>>> round(loudness([np.stack([tone, 0 * tone], axis=1)], 48000), 1)   # the standard's own example
-3.0
"""

from collections.abc import Iterable
from functools import cache

import numpy as np
from numpy.typing import NDArray

from componium.audio.oscillators import fast_fft_length, type_wave

SILENCE = -70.0  # LUFS: the absolute gate, and the loudness reported for silence


@cache
def k_weighting(size: int, rate: int) -> NDArray[np.complex64]:
    """Return the response of the two K filters at the rfft bins of `size` samples."""
    z = np.exp(-2j * np.pi * np.fft.rfftfreq(size))
    response = np.ones(len(z), dtype=np.complex128)
    for b, a in (_shelf(rate), _high_pass(rate)):
        response *= (b[0] + b[1] * z + b[2] * z**2) / (a[0] + a[1] * z + a[2] * z**2)
    return response.astype(np.complex64)


def _shelf(rate: int) -> tuple[list[float], list[float]]:
    k, q, high = float(np.tan(np.pi * 1681.974450955533 / rate)), 0.7071752369554196, 10 ** (3.999843853973347 / 20)
    band = high**0.4996667741545416
    b = [high + band * k / q + k * k, 2 * (k * k - high), high - band * k / q + k * k]
    return b, [1 + k / q + k * k, 2 * (k * k - 1), 1 - k / q + k * k]


def _high_pass(rate: int) -> tuple[list[float], list[float]]:
    k, q = float(np.tan(np.pi * 38.13547087602444 / rate)), 0.5003270373238773
    scale = 1 + k / q + k * k  # the standard leaves the numerator unscaled
    return [scale, -2 * scale, scale], [1 + k / q + k * k, 2 * (k * k - 1), 1 - k / q + k * k]


def weighted_energy(wave: type_wave, rate: int) -> float:
    """Return the K-weighted energy of a short mono sound.

    This is the sum of squares, divided by the rate.
    """
    size = fast_fft_length(len(wave))
    spectrum = np.abs(np.fft.rfft(wave, size) * k_weighting(size, rate)) ** 2
    return float(2 * np.sum(spectrum) / size / rate)


class LoudnessMeter:
    """A loudness meter for stereo blocks of any length.

    `lufs` is the loudness of all blocks so far.
    """

    def __init__(self, rate: int) -> None:
        self._rate = rate
        self._hop = rate // 10
        self._past = np.zeros((2, max(rate // 10, 64)), dtype=np.float32)  # the filters ring for less than this
        self._squares = np.zeros(0, dtype=np.float32)  # not yet a whole hop
        self._hops: list[float] = []
        self.peak = 0.0

    def add(self, block: type_wave) -> None:
        """Measure one more block, (T, 2)."""
        if not len(block):
            return
        self.peak = max(self.peak, float(np.abs(block).max()))
        sound = np.concatenate([self._past, block.T], axis=1)
        history = self._past.shape[1]
        size = fast_fft_length(sound.shape[1])
        weighted = np.fft.irfft(np.fft.rfft(sound, size) * k_weighting(size, self._rate), size)
        current = weighted[:, history : sound.shape[1]]
        self._past = sound[:, -history:].copy()
        squares = np.concatenate([self._squares, np.einsum("ct,ct->t", current, current)])
        whole = len(squares) // self._hop * self._hop
        self._hops += squares[:whole].reshape(-1, self._hop).mean(axis=1).tolist()
        self._squares = squares[whole:]

    @property
    def lufs(self) -> float:
        """Integrated loudness in LUFS; SILENCE if nothing passes the gates."""
        hops = np.array(self._hops or [float(self._squares.mean()) if len(self._squares) else 0.0])
        width = min(4, len(hops))
        power = np.convolve(hops, np.ones(width) / width, mode="valid")
        power = power[power > _power(SILENCE)]
        if not len(power):
            return SILENCE
        return _lufs(float(power[power > power.mean() / 10].mean()))


def loudness(blocks: Iterable[type_wave], rate: int) -> float:
    """Return the integrated loudness of stereo blocks (T, 2) in LUFS.

    It is SILENCE (-70) if nothing passes the gates.
    """
    meter = LoudnessMeter(rate)
    for block in blocks:
        meter.add(block)
    return meter.lufs


def _power(lufs: float) -> float:
    return float(10 ** ((lufs + 0.691) / 10))


def _lufs(power: float) -> float:
    return float(-0.691 + 10 * np.log10(power))
