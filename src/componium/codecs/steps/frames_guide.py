"""How wishes steer the sampling of the `frames` codec: so many steps, in the key's scale, ending on its tonic.

A frame has no bars, parts or keys of its own, so what is obeyed is what a mask on its tokens can see to: the number of
steps (bars of a metre), and which pitches may sound. Tempo, metre and key are then written into the score.
"""

from copy import deepcopy
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from componium.codecs.frames import Frames
from componium.decoding.controls import DEFAULT_BARS, Controls
from componium.errors import ControlError
from componium.music.score import Key, Meter, Score, Tempo
from componium.music.theory import SCALES
from componium.music.time import bar_quarters
from componium.music.types import type_mask

DEFAULT_METER, DEFAULT_QPM = Meter(0, 4, 4), 90.0
OUTSIDE = -3.0  # nats by which a pitch outside the key's scale is rarer
LOWEST, HIGHEST = 28, 100  # E1 to E7, as far as the training pieces of any style go


class FramesGuide:
    """The guide of one sequence. Raises ControlError for a metre whose bar isn't whole steps."""

    def __init__(self, codec: Frames, controls: Controls) -> None:
        self.codec, self.controls, self.state = codec, controls, codec.initial_state()
        self.meter = controls.meter or DEFAULT_METER
        length = bar_quarters(self.meter) * codec.steps
        if length != int(length):
            raise ControlError(f"bars of {self.meter} on a grid of {codec.steps} steps a quarter",
                               expected="a bar of whole steps")
        self.left = self.steps = int(length) * (controls.bars or DEFAULT_BARS)
        self.closing = min(codec.steps, self.left)  # the last steps, under which the tonic lies
        self.done, self.given = False, np.array([codec.bos])
        self._pitches = codec.vocab.ids("Pitch")
        self._tonic = np.ones(128, dtype=bool)
        self._bias: NDArray[np.float32] = np.zeros(len(codec.vocab), dtype=np.float32)
        if controls.key is not None:
            self._set_key(controls.key)

    def _set_key(self, key: Key) -> None:
        above = (np.arange(128) - key.tonic) % 12
        self._tonic = above == 0
        self._bias[self._pitches] = np.where(np.isin(above, SCALES[key.mode]), 0.0, OUTSIDE)

    def mask(self, out: type_mask) -> None:
        """Write the grammar's mask, less what the controls forbid."""
        out[:] = self._mask()

    def bias(self, out: NDArray[np.float32]) -> None:
        """Write what is added to the logits."""
        out[:] = self._bias

    def copy(self) -> "FramesGuide":
        """Return an independent guide in the same state."""
        return deepcopy(self)

    def _mask(self) -> type_mask:
        mask, codec = self.codec.allowed_next(self.state), self.codec
        if not self.state.begun:
            return mask
        mask[codec.eos] = self.left == 0
        if self.left == 0:
            mask[codec.end], mask[self._pitches] = False, False
            return mask
        pitches = mask[self._pitches]  # a view
        pitches[:LOWEST] = pitches[HIGHEST + 1 :] = False
        if self.left <= self.closing:
            lowest_tonic = LOWEST + int(np.argmax(self._tonic[LOWEST:]))
            pitches[:lowest_tonic] = False
            mask[codec.end] = self.state.lowest < 128 and bool(self._tonic[self.state.lowest])
        elif self.state.lowest == 128 and self.left == self.steps:
            mask[codec.end] = False  # it begins with a sound
        return mask

    def advance(self, index: int) -> None:
        """Move on past the chosen id."""
        self.codec.advance(self.state, index)
        self.left -= index == self.codec.end
        self.done = index == self.codec.eos

    def finish(self, score: Score) -> Score:
        """The decoded score with what the codec can't say: metre, tempo and key."""
        keys = (replace(self.controls.key, tick=0),) if self.controls.key else ()
        tempos = (Tempo(0, self.controls.qpm or DEFAULT_QPM),)
        return replace(score, meters=(replace(self.meter, tick=0),), tempos=tempos, keys=keys)
