"""How wishes steer the sampling of a plain codec: one whose ids are steps of a grid and name no metre, key or bar.

What can be met by counting steps is met exactly: bars, metre, tempo, one instrument and its range, no note struck too
often; and no figure goes round for longer than in any style learned from. A key, a style, an ending, or several
instruments mean nothing to such a codec, and are refused by name. The piece begins and ends with a sound, and fills its
last bar.
"""

from collections.abc import Mapping
from copy import deepcopy
from dataclasses import asdict, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from componium.codecs.base import Codec
from componium.codecs.steps import Stepwise
from componium.decoding.constraints.figures import Figures
from componium.decoding.controls import DEFAULT_BARS, MAX_REPEATS, Controls
from componium.errors import ControlError
from componium.music.instruments import DRUMS, INSTRUMENTS
from componium.music.score import Meter, Score, Tempo
from componium.music.time import bar_quarters, meters_of
from componium.music.types import type_ids, type_mask

OBEYED = ("bars", "instruments", "meter", "qpm")
OF_THE_PROMPT = ("instruments", "meter", "qpm")  # what a prompt has settled


def plain_guide(
    codec: Codec, controls: Controls, prompt: Score | None, seen: Mapping[str, Any]
) -> "PlainGuide":
    """What sees to the wishes in one sequence of a plain codec; `seen` is what `survey` tells, by style.

    Raises ControlError for what can't be met.
    """
    if not isinstance(codec, Stepwise):
        raise ControlError(f"the codec {type(codec).__name__} takes no controls", expected="one whose ids are steps")
    _refuse(codec, controls)
    meter, given, program = controls.meter or Meter(0, 4, 4), codec.encode(Score()).ids[:1], 0
    if prompt is not None:
        controls, given = _settled(controls, prompt), codec.encode(prompt).ids[:-1]
        meter, program = replace(meters_of(prompt)[0], tick=0), prompt.tracks[0].program
    bar = bar_quarters(meter) * codec.steps
    if bar.denominator > 1:
        raise ControlError(f"a metre of {meter}", expected=f"bars of whole steps, {codec.steps} a quarter")
    begun = -(-sum(map(codec.steps_of, given.tolist())) // int(bar))
    if prompt is not None and begun == 0:
        raise ControlError("an empty prompt", expected="at least one note that the codec keeps")
    bars = controls.bars or begun + DEFAULT_BARS
    if begun and bars < begun + 1:
        raise ControlError(f"{bars} bars after a prompt of {begun}", expected=f"at least {begun + 1} bars in all")
    low, high = INSTRUMENTS[controls.instruments[0]][1:] if controls.instruments else (0, 127)
    within = [codec.pitches_of(index) for index in range(len(codec.vocab))]
    if len({row[0] for row in within if row and low <= row[0] <= row[-1] <= high}) < 2:
        raise ControlError(f"an instrument from {low} to {high}", expected="one that can play what the model has heard")
    wished = replace(controls, meter=meter, bars=bars, instruments=controls.instruments or (program,))
    figures = [usual["figures"] for usual in seen.values() if usual.get("figures")] if prompt is None else []
    most = {"figures": np.max(figures, axis=0).tolist()} if figures else {}
    return PlainGuide(codec, wished, given, bars * int(bar), (low, high), most)


def _refuse(codec: Codec, controls: Controls) -> None:
    name = codec.config()["name"]
    wished = {field for field, value in asdict(controls).items() if value != getattr(Controls(), field)}
    if beyond := sorted(wished - set(OBEYED)):
        raise ControlError(f"a model of the codec {name} can't be asked for {', '.join(beyond)}",
                           expected=f"wishes among {', '.join(OBEYED)}")
    if DRUMS in (controls.instruments or ()):
        raise ControlError(f"drums of a model of the codec {name}", expected="an instrument that has pitches")
    if controls.instruments is not None and len(controls.instruments) > 1:
        raise ControlError(f"{len(controls.instruments)} instruments of a model of the codec {name}", expected="one")


def _settled(controls: Controls, prompt: Score) -> Controls:
    """The wishes with the prompt's tempo."""
    for name in OF_THE_PROMPT:
        if getattr(controls, name) is not None:
            raise ControlError(f"a wish for {name} beside a prompt, which has its own", advice="leave it out")
    if not prompt.tracks:
        raise ControlError("an empty prompt", expected="at least one note")
    return replace(controls, qpm=prompt.tempos[0].qpm if prompt.tempos else None)


class PlainGuide:
    """The guide of one sequence: first the ids given, then what grammar and wishes allow, up to `end` steps.

    No pitch lies outside `within` (lowest, highest). `usual` says for how long figures may go round (see _figures.py).
    """

    def __init__(
        self, codec: Any, controls: Controls, given: type_ids, end: int, within: tuple[int, int],
        usual: Mapping[str, Any],
    ) -> None:  # fmt: skip
        self.codec, self.controls, self.end, self.state = codec, controls, end, codec.initial_state()
        self.given, self.queue = given, given.tolist()
        self.done, self.now = False, 0
        self._bias: NDArray[np.float32] = np.zeros(len(codec.vocab), dtype=np.float32)
        pitches = [codec.pitches_of(index) for index in range(len(codec.vocab))]
        self._lengths = np.array([codec.steps_of(index) for index in range(len(codec.vocab))])
        self._lowest = np.array([row[0] if row else -1 for row in pitches])
        self._outside = np.array([bool(row) and not within[0] <= row[0] <= row[-1] <= within[1] for row in pitches])
        self._highest = np.array([row[-1] if row else -1 for row in pitches])
        self._last, self._run = -1, 0  # the pitch last struck, and how often running
        self._figures = Figures(usual, 1)

    def mask(self, out: type_mask) -> None:
        """Write the grammar's mask, less what the controls forbid."""
        out[:] = self._mask()

    def bias(self, out: NDArray[np.float32]) -> None:
        """Write what is added to the logits."""
        out[:] = self._bias

    def copy(self) -> "PlainGuide":
        """Return an independent guide in the same state."""
        return deepcopy(self)

    def _mask(self) -> type_mask:
        allowed: type_mask = self.codec.allowed_next(self.state)
        if self.queue or self.now == self.end:
            only = np.zeros_like(allowed)
            only[self.queue[0] if self.queue else self.codec.eos] = True
            return only
        allowed[self.codec.eos] = False
        arrives = self._lengths + self.now
        silent = self.codec.is_silent(self.state) & ((self.now == 0) | (arrives == self.end))
        allowed &= ~(self._outside | silent | (arrives > self.end))
        if self._run >= MAX_REPEATS:
            allowed &= self._lowest != self._last
        if worn := self._figures.worn(0, self.now):
            fresh = allowed & ~np.isin(self._highest, list(worn))
            allowed = fresh if fresh.any() else allowed
        return allowed

    def advance(self, index: int) -> None:
        """Move on past the chosen id."""
        if self.queue:
            self.queue.pop(0)
        self.codec.advance(self.state, index)
        if self._highest[index] >= 0:
            self._figures.begin(0, int(self._highest[index]), self.now)
        self.now += int(self._lengths[index])
        for pitch in self.codec.pitches_of(index):
            self._run = self._run + 1 if pitch == self._last else 1
            self._last = pitch
        self.done = index == self.codec.eos

    def finish(self, score: Score) -> Score:
        """The decoded score with what the codec can't say: metre, tempo, the instrument."""
        wish = self.controls
        (program,) = wish.instruments or (0,)
        named = (replace(track, program=program, name=INSTRUMENTS[program].name) for track in score.tracks)
        return replace(score, tracks=tuple(named), meters=(wish.meter,) if wish.meter else (),
                       tempos=(Tempo(0, wish.qpm),) if wish.qpm is not None else ())
