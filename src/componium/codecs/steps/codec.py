"""Stepwise codecs: those whose ids each last a whole number of steps."""

import math
from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction
from functools import cached_property
from typing import Any, ClassVar

import numpy as np

from componium.analysis.meter import main_meter
from componium.codecs.base import Codec, NotePlace
from componium.codecs.steps.grid import TICKS, to_steps
from componium.codecs.steps.guide import Begun, StepsGuide
from componium.decoding.constraints.base import build_constraints
from componium.decoding.request import Request
from componium.decoding.sampling import Guide
from componium.decoding.style.length import continued_length
from componium.decoding.style.observed import observe_plan
from componium.decoding.style.plan import Plan, check_beside_prompt, settle_plan
from componium.decoding.style.profile import StyleProfile, type_range
from componium.errors import ControlError
from componium.music.score import Key, Meter, Score
from componium.music.time import bar_lines, bar_quarters, meters_of
from componium.music.types import type_ids, type_mask

STRUCK = ("repetition",)  # constraints that apply to one voice of struck notes


class Stepwise(Codec):
    """A codec whose ids each last a whole number of steps, `steps` a quarter.

    Its guide counts steps: `steps_of`, `pitches_of` and `is_silent` give the time and the sounding pitches.
    """

    steps: int
    can_strike: ClassVar[bool] = True  # whether a pitch that sounds on and one struck again differ
    keeps_time: ClassVar[bool] = True  # whether ids last as long as the notes that they stand for
    RANGE: ClassVar[type_range] = (0, 127)
    QPM: ClassVar[float | None] = None

    @abstractmethod
    def steps_of(self, index: int) -> int:
        """Return the steps that an id lasts; 0 for bos, eos, pad."""

    @abstractmethod
    def pitches_of(self, index: int) -> tuple[int, ...]:
        """Return the MIDI pitches that an id strikes, from the lowest up."""

    @abstractmethod
    def is_silent(self, state: Any) -> type_mask:
        """Return which ids let time pass in silence in a state of the grammar, (V,)."""

    def may_close(self, state: Any, tonic: int | None, lowest: int) -> type_mask:
        """Return which ids may come in the last quarter, (V,).

        Its lowest pitch is the tonic, if one is given; no pitch is below `lowest`.
        """
        return np.ones(len(self.vocab), dtype=bool)

    @property
    def supported_controls(self) -> frozenset[str]:
        return frozenset({"bars", "duration", "instruments", "meter", "qpm", "prompt"})

    def plan(self, request: Request, profiles: Mapping[str, StyleProfile], rng: np.random.Generator) -> Plan:
        controls, program, meter, qpm = request.controls, 0, Meter(0, 4, 4), self.QPM
        if len(controls.instruments or ()) > 1:
            raise ControlError(f"{len(controls.instruments or ())} instruments of one voice", expected="one")
        if request.score is not None:
            if not request.score.tracks:
                raise ControlError("an empty prompt", expected="at least one note")
            check_beside_prompt(request.score, replace(controls, key=None))
            program, meter = request.score.tracks[0].program, replace(main_meter(request.score), tick=0)
            qpm = request.score.tempos[0].qpm if request.score.tempos else None
        plan = settle_plan(controls, key=Key(0, 0), meter=meter, programs=(program,), ranges=(self.RANGE,), qpm=qpm)
        if request.score is not None:
            begun = self._begun(request.score).bars
            bars, qpm = continued_length(request.score, begun, controls, meter, qpm)
            plan = replace(plan, bars=bars, qpm=qpm)
        return replace(plan, is_keyed=controls.key is not None)

    def guide(self, plan: Plan, request: Request, profile: StyleProfile) -> Guide:
        constraints = build_constraints(plan, profile, request.constraints, only=STRUCK if self.can_strike else ())
        given = self.encode(request.score).ids[:-1] if request.score is not None else np.array([self.bos])
        begun = self._begun(request.score) if request.score is not None else Begun()
        return StepsGuide(self, plan, constraints, given, begun)

    def plan_of(self, score: Score, profile: StyleProfile) -> Plan:
        plan = observe_plan(score, profile)
        bars = math.ceil(Fraction(max(score.end, 1), score.ticks_per_quarter) / bar_quarters(plan.meter))
        return replace(plan, bars=bars, ranges=(self.RANGE,), programs=plan.programs[:1],
                       is_keyed=plan.is_keyed and "key" in self.supported_controls)  # fmt: skip

    def note_places(self, score: Score, ids: type_ids, bar: int, voice: int) -> list[NotePlace]:
        """Return the notes of one bar and voice of a score that the codec keeps.

        Voices are merged: a note is one that begins on its step and has its pitch.
        """
        begin, end = bar_lines(score)[bar : bar + 2].tolist()
        struck: dict[tuple[int, int], int] = {}
        now = 0
        for at, index in enumerate(ids.tolist()):
            for pitch in self.pitches_of(index):
                struck.setdefault((now, pitch), at)
            now += self.steps_of(index)
        found = []
        for onset, duration, pitch in score.tracks[voice].notes[["onset", "duration", "pitch"]].tolist():
            step = int(to_steps(onset, score.ticks_per_quarter, self.steps))
            if begin <= onset < end and (step, pitch) in struck:
                quarters = Fraction(onset - begin, score.ticks_per_quarter), Fraction(duration, score.ticks_per_quarter)
                found.append(NotePlace(struck[step, pitch], *quarters, pitch))
        return found

    def strikes(self, ids: type_ids, at: int) -> type_mask:
        return self._strikes

    @cached_property
    def _strikes(self) -> type_mask:
        table = np.zeros((len(self.vocab), 128), dtype=bool)
        for index in range(len(self.vocab)):
            table[index, list(self.pitches_of(index))] = True
        return table

    def _begun(self, prompt: Score) -> Begun:
        """Return the bars of a prompt, the last one whole.

        They are its own where the codec keeps its time, else bars of its main meter. Raises ControlError if it has no
        notes.
        """
        steps = sum(map(self.steps_of, self.encode(prompt).ids.tolist()))
        if not steps:
            raise ControlError("an empty prompt", expected="at least one note that the codec keeps")
        meter = replace(main_meter(prompt), tick=0)
        if not self.keeps_time:
            bar = bar_quarters(meter) * self.steps
            bars = math.ceil(steps / bar)
            return Begun(bars, round(bars * bar), (meter,))
        lines = to_steps(bar_lines(prompt), prompt.ticks_per_quarter, self.steps)
        bars = int(np.searchsorted(lines, min(steps, int(lines[-1]))))
        meters = [replace(each, tick=to_steps(each.tick, prompt.ticks_per_quarter, self.steps) * TICKS // self.steps)
                  for each in meters_of(prompt)]  # fmt: skip
        end = int(lines[bars])
        return Begun(bars, end, tuple(each for each in meters if each.tick < end * TICKS // self.steps))
