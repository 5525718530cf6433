"""Guide of the events codec: its grammar, narrowed by plan and constraints.

The prefix, which states the plan, isn't drawn from the model, nor is a prompt: these ids are given. From there on the
grammar's mask is narrowed by the plan's length and by each constraint, so that the request holds by construction.
"""

from copy import copy
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from componium.codecs.base import Codec
from componium.codecs.events.grammar import PIECE, Grammar, State, fold
from componium.codecs.events.grid import DURATIONS, METER_OF_LENGTH, POSITIONS, lay
from componium.codecs.events.known import Known
from componium.codecs.events.progression import Progression
from componium.codecs.events.restoring import Restorer
from componium.codecs.events.strains import Script, Strains
from componium.codecs.events.upbeat import cut_silence
from componium.codecs.events.velocities import continued
from componium.decoding.constraints.base import Choice, ConstraintSet, type_kind
from componium.decoding.context import TICKS, Context
from componium.decoding.request import Request
from componium.decoding.style.form import Form
from componium.decoding.style.plan import TICKS_PER_QUARTER, Plan, name_tracks
from componium.music.chords import NO_CHORD
from componium.music.instruments import DRUMS
from componium.music.score import Chord, Meter, Score, Tempo
from componium.music.time import bar_lines
from componium.music.transform import change_ticks_per_quarter, slice_ticks
from componium.music.types import type_ids, type_mask

FAMILIES: dict[type_kind, str] = {
    "position": "Pos", "voice": "Voice", "pitch": "Pitch", "duration": "Dur", "bar": "Bar", "end": "EOS",
}  # fmt: skip
HEADS = ("Meter", "Key", "Tempo")
NEVER = ("Hole", "HoleChords", "Count", "Fill", "Upbeat", "Chord")  # drawn only where they are known to be wanted
TIMED = frozenset({"body", "note"})  # phases
HIGHEST = 127


def _kinds_by_phase(note: type_kind) -> dict[str, tuple[type_kind, ...]]:
    """Return the kinds of choice that are open in each phase.

    `note` is what a note begins with: its voice where there are several, else its pitch.
    """
    after: tuple[type_kind, ...] = ("position", "bar", "end")
    return {"position": (note,), "Pitch": ("pitch",), "body": after, "chord": (note, *after),
            "note": ("duration", note, *after)}  # fmt: skip


class EventsGuide:
    """Guide of one sequence.

    It begins with the ids `given`, a prefix, a prompt or what is seen of a piece to fill in; grammar, plan and
    constraints allow the rest. `offset` is the number of semitones from the pitches that are written to those that
    sound, drums aside; `prompt_bars` the number of bars of a prompt; `known` what is known of a piece to fill in,
    `restorer` what puts it back into the time of the piece.
    """

    def __init__(
        self, codec: Codec, grammar: Grammar, plan: Plan, constraints: ConstraintSet, given: type_ids,
        *, offset: int, request: Request, prompt_bars: int = 0, known: Known | None = None,
        restorer: Restorer | None = None,
    ) -> None:  # fmt: skip
        self.codec, self.given, self.done = codec, given, False
        self.constraints = constraints
        self._grammar, self._plan, self._request, self._restorer = grammar, plan, request, restorer
        self._state, self._context = State(), Context(plan)
        self._queue: list[int] = given.tolist()
        self._prompt_bars, self._known = prompt_bars, known
        self._prompt = lay(request.score, ())[0] if prompt_bars and request.score is not None else None
        states_chords = bool(plan.chords) and "Chord" in codec.vocab.families
        self._progression = Progression(codec.vocab, plan, offset) if states_chords else None
        has_form = known is None and not prompt_bars and plan.form != Form()
        self._strains = Strains(plan, codec.vocab) if has_form else None
        self._n_bars = self._strains.n_bars if self._strains else plan.bars
        self._script, self._followed = Script(), list[int]()  # of the bar; what the last one is
        if known is not None:
            self._queue += known.begin_bar()
        self._slices = {name: codec.vocab.ids(name) for name in codec.vocab.families}
        self._never = [self._slices[name] for name in NEVER if name in self._slices]
        self._open_kinds = _kinds_by_phase("voice" if len(plan.programs) > 1 else "pitch")
        values: dict[type_kind, NDArray[np.int64]] = {
            "position": POSITIONS, "voice": np.arange(len(plan.programs)), "duration": DURATIONS,
            "pitch": codec.vocab.values[self._slices["Pitch"]] + offset, "end": np.zeros(1, dtype=np.int64),
            "bar": np.zeros(len(codec.vocab.families["Bar"]), dtype=np.int64),
        }  # fmt: skip
        self._choices: dict[type_kind, Choice] = {kind: Choice(kind, values[kind]) for kind in FAMILIES}
        first = self._slices["Voice"].start
        self._spans = {kind: self._slices[family] for kind, family in FAMILIES.items()}
        self._spans["voice"] = slice(first, first + len(plan.programs))
        self._pitches = {False: values["pitch"], True: values["pitch"] - offset}  # by whether the voice is drums
        self._is_midi = {is_drum: (of >= 0) & (of <= HIGHEST) for is_drum, of in self._pitches.items()}

    @property
    def bars_left(self) -> int | None:
        """Number of bars still to be written, the present one included."""
        return self._context.bars_left

    @property
    def bars_to_close(self) -> int | None:
        """Number of bars to the close of the piece.

        Or to that of the strain that comes back as its last.
        """
        if self._strains is None:
            return self.bars_left
        if self._script.is_last and self._script.body is not None:
            return None if self._followed else self.bars_left
        return self._strains.bars_to_close(self._context.position)

    @property
    def is_of_time(self) -> bool:
        """True where the next id may be an onset, a duration or a bar."""
        return self._state.phase in TIMED

    def mask(self, out: type_mask) -> None:
        """Write the grammar's mask, narrowed by the plan and the constraints."""
        if self._queue:
            out[:] = False
            out[self._queue[0]] = True
            return
        self._grammar.allow(self._state, out)
        if self._known is not None:
            self._narrow(self._known, out)
        else:
            for part in self._never:
                out[part] = False
            if self._state.phase == "start":
                self._first_bar(out)
            elif self._state.phase in ("body", "note", "chord"):
                self._in_bar(out)
            if self._progression is not None:
                self._progression.narrow(self._state, out)
        is_given = self._known is not None or self._progression is not None
        before = out.copy() if is_given else out
        self._constrain(out)
        if is_given and not out.any():
            self._let_known(before, out)
        if self._followed and out[self._followed[0]]:
            out[:] = False
            out[self._followed[0]] = True

    def _narrow(self, known: Known, out: type_mask) -> None:
        """Narrow the grammar's mask to what is known and to the limits of what is written."""
        known.narrow(self._state, self._context, out)
        if "pitch" in self._kinds():
            known.narrow_pitches(out[self._spans["pitch"]], self._choice("pitch").values, self._state)

    def _let_known(self, before: type_mask, out: type_mask) -> None:
        """Write what a mask allows, since what is known breaks a constraint.

        Where it allows to go on to what is known, no further note is added.
        """
        out[:] = before
        voices = out[self._spans["voice"]]
        if voices.any() and np.count_nonzero(out) > np.count_nonzero(voices):
            voices[:] = False

    def _constrain(self, out: type_mask) -> None:
        self._context.open_voices[:] = out[self._spans["voice"]]
        for kind in self._kinds():
            choice = self._choice(kind)
            choice.mask = out[self._spans[kind]]
            if kind == "pitch":
                choice.mask &= self._is_midi[self._context.is_drum[self._context.voice]]
            self.constraints.allow(choice, self._context)

    def bias(self, out: NDArray[np.float32]) -> None:
        """Write the bias of each id, added to the logits, in nats."""
        out[:] = 0.0
        if self._queue:
            return
        for kind in self._kinds():
            if kind == "pitch" and not self._context.has_pitch[self._context.voice]:
                continue
            choice = self._choice(kind)
            choice.bias = out[self._spans[kind]]
            self.constraints.bias(choice, self._context)

    def _choice(self, kind: type_kind) -> Choice:
        """Return the choice of a kind, with the pitches that sound in the voice."""
        choice = self._choices[kind]
        if kind == "pitch":
            choice.values = self._pitches[self._context.is_drum[self._context.voice]]
        return choice

    def _kinds(self) -> tuple[type_kind, ...]:
        """Return the kinds of choice that are open."""
        phase = self._state.phase
        self._choices["pitch"].added = phase == "note"
        return self._open_kinds.get(phase, ())

    def _first_bar(self, out: type_mask) -> None:
        bars = self._slices["Bar"]
        out[:] = False
        out[bars.start + fold(self._n_bars)] = True

    def _in_bar(self, out: type_mask) -> None:
        """Keep to the plan's bars and headings, begin on the downbeat, fill the last bar."""
        slices, state, context = self._slices, self._state, self._context
        bars = slices["Bar"]
        if state.phase == "body" and state.meter != "?":
            for name in HEADS:
                out[slices[name]] = False
        if context.is_last_bar:
            out[slices["Dur"]] = out[bars] = False
        else:
            out[self.codec.eos] = False
            if out[bars].any():
                out[bars] = False
                out[bars.start + fold(self._n_bars - state.bar - 1)] = True
        if state.phase == "note" and state.stage < 1:
            room = state.length * (self._n_bars - state.bar) - state.position
            out[slices["Dur"].start + int(np.searchsorted(DURATIONS, room, side="right")) : slices["Dur"].stop] = False
        if state.phase == "note" and context.last[context.voice] >= HIGHEST:
            out[slices["Voice"].start + context.voice] = False  # no pitch is left above it for a chord
        if state.bar < self._prompt_bars:  # nothing is added to the prompt's own bars
            out[: bars.start] = out[bars.stop :] = False
        elif state.bar == 0 and state.position < 0:
            onset = self._strains.onset if self._strains else 0
            out[slices["Pos"]] &= onset == POSITIONS
            out[bars] = False
        elif self._strains is not None and self._strains.onset:
            self._in_strain(self._strains.onset, out)

    def _in_strain(self, upbeat: int, out: type_mask) -> None:
        """Keep a bar that is followed by an upbeat, or completes the first, to its script."""
        slices, script, state = self._slices, self._script, self._state
        positions, bars = out[slices["Pos"]], out[slices["Bar"]].copy()
        if self._context.is_last_bar:
            positions &= upbeat > POSITIONS
        elif script.is_open and script.body is not None and state.position < upbeat:
            onsets = positions & (upbeat <= POSITIONS)
            out[:] = False
            out[slices["Pos"]], out[slices["Bar"]] = onsets, bars
        elif script.upbeat is not None:
            may_begin = bool(script.upbeat) and bool(out[script.upbeat[0]])
            positions &= upbeat > POSITIONS
            if may_begin:
                out[script.upbeat[0]], out[slices["Bar"]] = True, False

    def advance(self, index: int) -> None:
        """Move past the chosen id."""
        is_forced = bool(self._queue)
        if is_forced:
            self._queue.pop(0)
        elif self._followed:
            self._followed = self._followed[1:] if index == self._followed[0] else []
        family, value = self.codec.vocab.entry(index)
        if self._known is None or self._is_in_piece(family):
            self._take_in(family, value, index)
            if self._known is not None and not is_forced:
                self._follow(self._known, family, index)
        self._grammar.advance(self._state, index)
        if self._strains is not None:
            self._add_to_strain(self._strains, family, value, index, is_forced)
        self.done = index == self.codec.eos

    def _add_to_strain(self, strains: Strains, family: str, value: int | str, index: int, is_forced: bool) -> None:
        """Keep an id; queue what is given of a bar that it begins, or what follows it."""
        if family == "Bar":
            self._script = strains.begin_bar()
            self._queue += self._given_ids(strains, self._script)
            return
        strains.add(index, family, value)
        upbeat = self._script.upbeat
        if upbeat and index == upbeat[0] and not is_forced:
            self._queue += [*upbeat[1:], self._next_bar()]

    def _given_ids(self, strains: Strains, script: Script) -> list[int]:
        """Return the ids that are forced in a bar that has begun."""
        if self._context.bar == 0 and strains.onset and "Upbeat" in self._slices:
            return [self._slices["Upbeat"].start]
        if script.body is None:
            return []
        if not script.is_last:
            after = () if script.is_open else (*(script.upbeat or ()), self._next_bar())
            return [*script.body, *after]
        closing = strains.closing()
        self._context.plan = replace(self._plan, closing=self._plan.closing if closing is None else closing)
        followed = [*script.body, self.codec.eos]
        self._followed = followed if self._may_end_with(followed) else []
        return []

    def _may_end_with(self, ids: list[int]) -> bool:
        """Return whether the piece may go on and end with ids."""
        guide, mask = self.copy(), np.zeros(len(self.codec.vocab), dtype=np.bool_)
        for index in ids:
            guide.mask(mask)
            if not mask[index]:
                return False
            guide.advance(index)
        return True

    def _next_bar(self) -> int:
        return int(self._slices["Bar"].start) + fold(self._n_bars - self._context.bar - 1)

    def _is_in_piece(self, family: str) -> bool:
        """Return whether a token belongs to the prefix or the piece."""
        return self._state.section == PIECE or (self._state.bar < 0 and family != "Bar")

    def _follow(self, known: Known, family: str, index: int) -> None:
        """Queue the ids that must follow one that was chosen."""
        if family == "Bar":
            self._queue += known.begin_bar()[1:]
        elif family in ("Chord", "Voice", "Pitch"):
            self._queue += known.take(index, family, self._state.position)

    def _take_in(self, family: str, value: int | str, index: int) -> None:
        """Update the context and the constraints by a token."""
        context = self._context
        if self._progression is not None:
            self._progression.advance(family)
        if family == "Pitch":
            pitch = int(self._choice("pitch").values[index - self._slices["Pitch"].start])
            context.begin_note(pitch)
            self.constraints.observe("pitch", pitch, context)
        elif family == "Voice":
            context.voice = int(value)
        elif family == "Pos":
            context.begin_onset(int(value))
            self.constraints.observe("position", int(value), context)
        elif family == "Dur":
            context.set_duration(int(value))
            self.constraints.observe("duration", int(value), context)
        elif family == "Bar":
            context.begin_bar(self._n_bars - context.bar - 1)
        elif family == "Meter" and value != "?":
            context.set_meter(str(value))

    def copy(self) -> "EventsGuide":
        """Return an independent guide in the same state."""
        other = copy(self)
        other._state, other._context = self._state.copy(), self._context.copy()
        other._queue = list(self._queue)
        other._known = self._known.copy() if self._known is not None else None
        other._progression = self._progression.copy() if self._progression is not None else None
        other._strains = self._strains.copy() if self._strains is not None else None
        other.constraints = self.constraints.copy()
        other._choices = {kind: choice.copy() for kind, choice in self._choices.items()}
        return other

    def finish(self, score: Score) -> Score:
        """Return the decoded score with exact tempo, the key's spelling and instruments.

        Of a piece to fill in it is the piece itself, with what was written in its place.
        """
        request = self._request
        if self._restorer is not None and request.score is not None and request.region is not None:
            return request.region.splice(request.score, self._restorer.score(score))
        if self._prompt is not None:
            score = continued(score, self._prompt, velocities=not self._grammar.velocities)
        controls, score = request.controls, change_ticks_per_quarter(self._with_upbeat(score), TICKS_PER_QUARTER)
        if self._plan.chords:
            score = replace(score, chords=_symbols(self._plan))
        is_exact = controls.qpm is not None or controls.duration is not None or self._prompt_bars > 0
        if is_exact and self._plan.qpm is not None and len(score.tempos) <= 1:
            score = replace(score, tempos=(Tempo(0, self._plan.qpm),))
        if controls.key is not None and len(score.keys) <= 1:
            score = replace(score, keys=(replace(controls.key, tick=0),))
        tracks = score.tracks
        if controls.instruments is not None:
            tracks = tuple(replace(track, program=0 if program == DRUMS else program, is_drum=program == DRUMS)
                           for track, program in zip(tracks, self._plan.programs, strict=True))  # fmt: skip
        return replace(score, tracks=name_tracks(tracks))

    def _with_upbeat(self, score: Score) -> Score:
        """Return a decoded score with a short first bar, and a last one that completes it."""
        onset = self._plan.upbeat_onset if self._strains is not None else 0
        if not onset:
            return score
        lines = bar_lines(score)
        score = cut_silence(score, onset) if lines[1] == lines[2] - lines[1] else score
        return trim(score, self._plan.bars * (onset + self._plan.form.upbeat))

    def bar(self, number: int, score: Score) -> Score:
        """Return a bar that was decoded as it is in the finished score."""
        onset = self._plan.upbeat_onset if self._strains is not None else 0
        if onset and number == 0:
            end = int(bar_lines(score)[1])
            short = slice_ticks(score, end - self._plan.form.upbeat, end)
            return replace(short, meters=(Meter(0, *METER_OF_LENGTH[self._plan.form.upbeat]),))
        return trim(score, onset) if onset and number + 1 == self._n_bars else score


def trim(score: Score, end: int) -> Score:
    """Return a score without what sounds after a tick."""
    return slice_ticks(score, 0, end)


def _symbols(plan: Plan) -> tuple[Chord, ...]:
    """Return the chord symbols of a plan, one where the chord changes."""
    ratio, chords = TICKS_PER_QUARTER // TICKS, plan.chords
    return tuple(Chord(onset * ratio, chord.name(plan.key.fifths) if chord else NO_CHORD)
                 for at, (onset, chord) in enumerate(chords) if at == 0 or chord != chords[at - 1][1])  # fmt: skip
