"""Dream: music resampled toward what a net has learned (Gibbs sampling).

After Coconet (Huang et al. 2017): a net learns to fill in any hidden cells of a roll from those that are not (orderless
NADE, Uria et al. 2014). Composing is Gibbs sampling: again and again cells are hidden and drawn anew given the others,
many at first and ever fewer, by the schedule of Yao et al. (2014):

    share hidden in sweep n of N = max(least, most - (most - least) n / (0.75 N))

`strength` is the share of a piece, in beats of single voices, that may change at all. At 0 the piece comes back as it
is; at 1 nothing of it is left but its length, meter, key, ranges and number of parts. What may change is nested: a
stronger dream of the same seed may change all that a weaker one may. The rest, and what is to be kept, stays.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from math import gcd
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from componium.corpora.base import Corpus
from componium.decoding.contour import Contour
from componium.decoding.controls import ALL_CONTROLS, MAX_REPEATS, Controls
from componium.decoding.style.plan import TICKS_PER_QUARTER, Plan
from componium.decoding.style.profile import profiles_from_json, profiles_to_json
from componium.errors import CheckpointError, ControlError
from componium.inference.dream import DreamNet
from componium.methods._shared.parameters import check_range, check_sizes
from componium.methods._shared.plan import close_parts, pitched_plan, without_drums
from componium.methods.base import Whole, profiles_of
from componium.methods.dream.following import Steering, follow, shares
from componium.methods.dream.roll import (
    ABSENT,
    KEYS,
    LOW,
    MASKED,
    N_TOKENS,
    PITCHES,
    PLACES,
    SILENCE,
    STRIKE,
    Roll,
    context_of,
    key_id,
    roll_of,
    rows_of,
    settle,
    type_cells,
)
from componium.methods.dream.windows import learn
from componium.music.score import Meter, Score, Track, notes
from componium.music.theory import SCALES
from componium.music.time import bar_lines
from componium.music.transform import change_ticks_per_quarter
from componium.music.types import type_weights
from componium.progress import type_on_progress
from componium.training.settings import settings_of

STEP_TICKS = TICKS_PER_QUARTER // 4
BEAT = 4  # steps
OUTSIDE = -1.5  # nats off for a note outside the key, when composing from nothing
MOST_STEPS = 200_000
FEATURES = ("place", "key", "edge")


@dataclass(frozen=True)
class _Draw:
    """Region and biases of a Gibbs sampler.

    `free` (T, I) may change; `bias` (T or 1, I, V) is added to the logits.
    """

    free: NDArray[np.bool_]
    bias: NDArray[np.float32]
    rng: np.random.Generator
    on_sweep: Callable[[int, type_cells], None] | None = None


class Dream(Whole):
    """Masked Gibbs sampling over voices and sixteenths.

        strength     share of a piece that `dream` may change, 0 to 1, unless it is given there
        sweeps       Gibbs sweeps at strength 1
        temperature  of the draws, above 0
        n_voices     voices of the net
        n_layer      blocks
        n_head       heads of each block's attention
        n_embd       channels
        dropout      share of outputs that are dropped in training, 0 to below 1
        training     fields of training.loop.Settings by name: steps, minutes, batch_size, learning_rate, seed ...
    """

    CONTROLS = ALL_CONTROLS - {"energy", "form", "prompt", "upbeat"}
    TINY: ClassVar[Mapping[str, Any]] = {
        "n_layer": 1, "n_head": 2, "n_embd": 16, "sweeps": 4, "n_voices": 2,
        "training": {"steps": 4, "batch_size": 2, "block_size": 32, "warmup": 1},
    }  # fmt: skip

    def __init__(
        self, strength: float = 0.5, sweeps: int = 64, temperature: float = 0.9, n_voices: int = 4, n_layer: int = 4,
        n_head: int = 4, n_embd: int = 128, dropout: float = 0.1, training: Mapping[str, Any] | None = None,
    ) -> None:  # fmt: skip
        self.strength, self.sweeps, self.temperature = strength, sweeps, temperature
        self.n_voices, self.n_layer, self.n_head, self.n_embd = n_voices, n_layer, n_head, n_embd
        self.dropout, self.training = dropout, training

    @property
    def _sizes(self) -> dict[str, Any]:
        return {"n_voices": self.n_voices, "n_tokens": N_TOKENS, "places": PLACES, "keys": KEYS,
                "n_layer": self.n_layer, "n_head": self.n_head, "n_embd": self.n_embd}

    @property
    def _training(self) -> dict[str, Any]:
        return {"steps": 3000, "batch_size": 16, "block_size": 64, "weight_decay": 0.01, **(self.training or {})}

    def fit(
        self,
        corpus: Corpus,
        *,
        run_dir: Path | None = None,
        resume: bool = False,
        on_progress: type_on_progress | None = None,
    ) -> Self:
        self.check_params()
        corpus, settings = without_drums(corpus), self._training
        sizes = {**self._sizes, "block_size": settings["block_size"], "dropout": self.dropout}
        sides = [[roll_of(piece.score, self.n_voices) for piece in side.pieces if piece.score.n_notes]
                 for side in (corpus.train, corpus.validation)]  # fmt: skip
        weights = learn(sizes, sides[0], sides[1], settings, run_dir=run_dir, resume=resume, on_progress=on_progress)
        return self.set_weights({"profiles": profiles_to_json(profiles_of(corpus.train))}, weights)

    def check_params(self) -> None:
        super().check_params()
        check_sizes(self.get_params())
        settings_of("loop", self.training)
        check_range("strength", self.strength, 0, 1)

    def get_weights(self) -> tuple[dict[str, Any], type_weights]:
        return {"profiles": profiles_to_json(self.profiles_)}, dict(self.net_.weights)

    def set_weights(self, learned: Mapping[str, Any], weights: type_weights) -> Self:
        if "profiles" not in learned:
            raise CheckpointError("a model without style profiles", advice="fit the method again")
        self.profiles_ = profiles_from_json(learned.get("profiles"))
        self.net_ = DreamNet(weights, self._sizes)
        return self

    def dream(
        self, score: Score, *, strength: float | None = None, rng: np.random.Generator,
        keep_bars: Collection[int] = (), keep_parts: Collection[int] = (),
        on_sweep: Callable[[int, Score], None] | None = None,
    ) -> Score:  # fmt: skip
        """Return a variant of a score; at `strength` 0 the score itself.

        The stronger, the more is drawn anew, up to all at 1. Drums and silent tracks stay. Tracks that aren't lines, or
        are more than the net has voices, are reduced to its voices.
        """
        strength = self.strength if strength is None else strength
        if not 0 <= strength <= 1:
            raise ControlError(f"a strength of {strength:g}", expected="0 (unchanged) to 1 (free)")
        net = self.net_
        if strength == 0:
            return score
        score = change_ticks_per_quarter(score, TICKS_PER_QUARTER)
        if not score.n_notes or all(track.is_drum for track in score.tracks):
            raise ControlError("a score without notes to dream upon", expected="at least one, and not of drums")
        if score.end > MOST_STEPS * STEP_TICKS:
            raise ControlError("too long a score", expected=f"at most {MOST_STEPS // 16} bars of 4/4")
        roll = roll_of(score, self.n_voices)
        free = _free(roll, strength, rng) & _changeable(score, roll, keep_bars, keep_parts)
        bias = np.zeros((1, net.n_voices, N_TOKENS), dtype=np.float32)
        for voice, (low, high) in enumerate(_ranges(roll.cells)):
            bias[0, voice] = _within(low, high)
        report = (lambda at, cells: on_sweep(at, _with_cells(score, cells))) if on_sweep else None
        sweeps = max(round(self.sweeps * strength), 1)
        return _with_cells(score, self._sample(roll, _Draw(free, bias, rng, report), sweeps))

    def _compose(self, controls: Controls, rng: np.random.Generator) -> Score:
        """Compose from hidden cells alone."""
        piece = pitched_plan(controls, self.profiles_, rng)
        if len(piece.programs) > self.n_voices:
            raise ControlError(f"{len(piece.programs)} parts", expected=f"at most {self.n_voices}, as this net has")
        if piece.bar_ticks % STEP_TICKS:
            raise ControlError(f"a meter of {piece.meter}", expected="bars of whole sixteenths")
        n_steps, bar = piece.end // STEP_TICKS, piece.bar_ticks // STEP_TICKS
        parts = len(piece.programs)
        cells = np.full((n_steps, self.n_voices), ABSENT, dtype=np.int64)
        cells[:, :parts] = MASKED
        key = key_id(piece.score([[] for _ in piece.programs]))
        roll = Roll(cells, context_of(np.arange(0, n_steps + 1, bar), n_steps, key))
        drawn = self._sample(roll, _Draw(cells == MASKED, _plan_bias(piece, self.n_voices, n_steps), rng), self.sweeps)
        rows = [rows_of(drawn[:, voice], STEP_TICKS) for voice in range(parts)]
        return piece.score([_unrepeated(part, MAX_REPEATS) for part in close_parts(rows, piece)])

    def follow(
        self, plan: Plan, contour: Contour, *, rng: np.random.Generator,
        on_sweep: Callable[[int, int, Score], None] | None = None,
    ) -> Score:  # fmt: skip
        """Return a score along a contour, in any number of voices.

        plan      key, meter, programs and ranges; the contour has the length
        contour   targets of each sixteenth
        rng       the source of randomness
        on_sweep  called with the number of each sweep, from 0, how many there are, and the score after it
        """
        bar = plan.bar_ticks // STEP_TICKS
        lines = np.unique([0, *range(contour.pickup, len(contour), bar), len(contour)])
        context = context_of(lines, len(contour), key_id(plan.score([[] for _ in plan.programs])))
        report = (lambda at, n, cells: on_sweep(at, n, _along(plan, contour, cells))) if on_sweep else None
        cells = follow(
            Steering(contour, plan, self.n_voices), context, self.n_voices, partial(self._logits, rng), self.sweeps,
            temperature=self.temperature, rng=rng, on_sweep=report,
        )  # fmt: skip
        return _along(plan, contour, cells)

    def _sample(self, roll: Roll, draw: _Draw, sweeps: int) -> type_cells:
        """Return cells after annealed blocked Gibbs sampling of the free ones."""
        cells = roll.cells.copy()
        for at, share in enumerate(shares(sweeps)):
            hidden = draw.free & (draw.rng.random(cells.shape) < share)
            if hidden.any():
                cells[hidden] = self._drawn(np.where(hidden, MASKED, cells), roll.context, hidden, draw)
            if draw.on_sweep:
                draw.on_sweep(at, cells)
        return settle(cells)

    def _drawn(self, cells: type_cells, context: type_cells, hidden: NDArray[np.bool_], draw: _Draw) -> type_cells:
        """Return new values of the hidden cells, all at once, given the others."""
        logits = self._logits(draw.rng, cells, context)
        allowed = (logits + draw.bias)[hidden] / self.temperature
        noise = draw.rng.gumbel(size=allowed.shape)
        chosen: type_cells = (allowed + noise).argmax(axis=1)
        return chosen

    def _logits(self, rng: np.random.Generator, cells: type_cells, context: type_cells) -> NDArray[np.float32]:
        """Return the logits of every cell, in windows cut at random."""
        return self.logits(cells, context, int(rng.integers(self._training["block_size"])))

    def logits(self, cells: type_cells, context: type_cells, offset: int = 0) -> NDArray[np.float32]:
        """Return the logits (T, I, V) of every cell (T, I).

        They are computed in windows of block_size, the first cut short by `offset`.
        """
        size = self._training["block_size"]
        total = -(-(len(cells) + offset) // size) * size
        rows = np.zeros((total, self.n_voices + len(FEATURES)), dtype=np.int64)
        rows[:, : self.n_voices] = ABSENT
        rows[offset : offset + len(cells)] = np.concatenate([cells, context], axis=1)
        windows = rows.reshape(-1, size, rows.shape[1])
        blocks = np.concatenate([self.net_(windows[at : at + 8]) for at in range(0, len(windows), 8)])
        result: NDArray[np.float32] = blocks.reshape(total, self.n_voices, N_TOKENS)[offset : offset + len(cells)]
        return result


def _along(plan: Plan, contour: Contour, cells: type_cells) -> Score:
    """Return the score of cells (T, I) along a contour, a pickup in a bar of its own."""
    parts = [_unrepeated(rows_of(line, STEP_TICKS), MAX_REPEATS) for line in cells.T]
    score = plan.score(parts)
    if not contour.pickup:
        return score
    unit = gcd(contour.pickup, BEAT)
    first = Meter(0, contour.pickup // unit, 16 // unit)
    return replace(score, meters=(first, replace(plan.meter, tick=contour.pickup * STEP_TICKS)))


def _free(roll: Roll, strength: float, rng: np.random.Generator) -> NDArray[np.bool_]:
    """Return the beats of voices that may change.

    Those of a weaker strength are among them.
    """
    drawn = rng.random((-(-len(roll.cells) // BEAT), roll.cells.shape[1]))
    result: NDArray[np.bool_] = (drawn < strength).repeat(BEAT, axis=0)[: len(roll.cells)] & (roll.cells != ABSENT)
    return result


def _changeable(score: Score, roll: Roll, bars: Collection[int], parts: Collection[int]) -> NDArray[np.bool_]:
    result = np.ones(roll.cells.shape, dtype=bool)
    lines, voices = bar_lines(score) // STEP_TICKS, _voices_of(score, roll.cells)
    for bar in bars:
        if not 0 <= bar < len(lines) - 1:
            raise ControlError(f"bar {bar} is to be kept", expected=f"0 to {len(lines) - 2}")
        result[lines[bar] : lines[bar + 1]] = False
    n_parts = len(score.tracks) if voices else len(roll.cells.T)
    for part in parts:
        if not 0 <= part < n_parts:
            raise ControlError(f"part {part} is to be kept", expected=f"0 to {n_parts - 1}")
        if not voices or part in voices:
            result[:, voices.get(part, part)] = False
    return result


def _ranges(cells: type_cells) -> list[tuple[int, int]]:
    """Return the lowest and highest pitch of each voice, widened by a third."""
    ranges = []
    for line in cells.T:
        pitches = (line[line >= STRIKE] - STRIKE) % PITCHES + LOW
        ranges.append((int(pitches.min()) - 4, int(pitches.max()) + 4) if len(pitches) else (LOW, LOW + PITCHES - 1))
    return ranges


def _within(low: int, high: int) -> NDArray[np.float32]:
    """Return 0 for silence and for pitches from low to high, else -inf, (V,)."""
    pitch = np.arange(N_TOKENS - STRIKE) % PITCHES + LOW
    allowed = np.concatenate([np.arange(STRIKE) == SILENCE, (pitch >= low) & (pitch <= high)])
    return np.where(allowed, 0, -np.inf).astype(np.float32)


def _plan_bias(plan: Plan, n_voices: int, n_steps: int) -> NDArray[np.float32]:
    """Return the biases of a plan, (T, I, V).

    They are its ranges, its key, no silence in the lowest part, and on the last beat its ending.
    """
    bias = np.zeros((n_steps, n_voices, N_TOKENS), dtype=np.float32)
    degree = (np.arange(N_TOKENS - STRIKE) % PITCHES + LOW - plan.key.tonic) % 12
    outside = ~np.isin(degree, SCALES[plan.key.mode])
    bias[:, :, STRIKE:] += np.where(outside, OUTSIDE, 0).astype(np.float32)
    for voice, (low, high) in enumerate(plan.ranges):
        bias[:, voice] += _within(max(low, LOW), min(high, LOW + PITCHES - 1))
    lowest = len(plan.programs) - 1
    bias[:, lowest, SILENCE] = -np.inf
    last = bias[-max(plan.beat_ticks // STEP_TICKS, 1) :, lowest, STRIKE:]
    wrong = (degree == 0) != plan.closed
    if np.isfinite(last[:, ~wrong]).any():
        last[:, wrong] = -np.inf
    return bias


def _unrepeated(part: Sequence[tuple[int, ...]], most: int) -> list[tuple[int, ...]]:
    """Return a part whose note is held where it was struck more than `most` times."""
    rows: list[tuple[int, ...]] = []
    running = 0
    for row in part:
        running = running + 1 if rows and rows[-1][2] == row[2] else 1
        if running > most:
            rows[-1] = (rows[-1][0], row[0] + row[1] - rows[-1][0], row[2])
        else:
            rows.append(row)
    return rows


def _with_cells(score: Score, cells: type_cells) -> Score:
    """Return a score (of TICKS_PER_QUARTER) with other notes.

    Its tracks are kept where it has as many with pitches, else there are as many as voices, and its drums.
    """
    made = {voice: notes(rows_of(np.where(line == MASKED, SILENCE, line), STEP_TICKS))
            for voice, line in enumerate(cells.T) if (line != ABSENT).any()}  # fmt: skip
    if voices := _voices_of(score, cells):
        tracks = [replace(track, notes=made[voices[at]]) if at in voices else track
                  for at, track in enumerate(score.tracks)]  # fmt: skip
    else:
        program = next(track.program for track in score.tracks if not track.is_drum and len(track.notes))
        tracks = [*(Track(rows, program) for rows in made.values()), *(t for t in score.tracks if t.is_drum)]
    return replace(score, tracks=tuple(tracks))


def _voices_of(score: Score, cells: type_cells) -> dict[int, int]:
    """Return the voice of each track that is one, by their numbers.

    It is empty for a score that was reduced.
    """
    parts = [at for at, track in enumerate(score.tracks) if not track.is_drum and len(track.notes)]
    present = [voice for voice, line in enumerate(cells.T) if (line != ABSENT).any()]
    return dict(zip(parts, present, strict=True)) if len(parts) == len(present) else {}


