"""Frame Transformer: attention over whole frames, and a small net for the notes within one. This half composes.

The codec `frames` tells what sounds at each step of a grid, from the top down. A causal Transformer reads each finished
frame once, as a set of pitches: what sounds, what has begun, what has ended. A residual net then foretells the next
frame's tokens one by one, from what the Transformer makes of the past, the pitches of the frame said so far and the
last of them:

    p(frame_t | past) = prod_k p(pitch_k | h(frame_1 .. frame_t-1), {pitch_1 .. pitch_k-1}, pitch_k-1)

After the RNN-NADE of Boulanger-Lewandowski, Bengio and Vincent (2012), with attention for the recurrence. Since the
past is read once a frame rather than once a note, four voices cost little more than one. nn/frame_transformer.py
learns.

Shapes: B batch, F frames, C channels (n_embd), H heads, D = C / H, K = 128 pitches, V vocabulary.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from componium.checkpoints.store import weight
from componium.codecs.frames import Frames
from componium.corpora.base import Corpus
from componium.inference.attention import Layer, attend, layer_of, normed, rotary_turns, rotated, smeared, type_array
from componium.methods.base import Autoregressive, examples_of
from componium.music.types import type_ids, type_weights
from componium.progress import type_on_progress
from componium.training.fitting import learn

N_PITCHES = 128
OLDEST = 32  # frames that a note's age is counted to
WIDEST = 12  # semitones of a move that is foretold as such


@dataclass
class State:
    """What was read of each of B sequences.

    ids: the ids in its window. count: its finished frames. before: the last of them. ages: for how many frames each
    pitch has sounded. said: the pitches of the frame begun, and last: the lowest of those (128: none). past: what is
    made of the finished frames. keys, values: one array (B, H, F, D) a layer; latest: the keys of the last, unmixed.
    """

    ids: list[list[int]]
    count: NDArray[np.int64]
    before: type_array
    ages: NDArray[np.int64]
    said: type_array
    last: NDArray[np.int64]
    past: type_array
    keys: list[type_array]
    values: list[type_array]
    latest: list[type_array]


class FrameTransformer(Autoregressive):
    """`n_layer` blocks, `n_head` heads, `n_embd` channels, a window of `block_size` ids; `steps` a quarter in the grid.

    `start` is a model of the same size to go on from: a folder. `dropout` is for training.
    `training` are the fields of training.Settings by name (steps, minutes, batch_size, learning_rate, seed ...).
    """

    CONTROLS = frozenset({"bars", "meter", "qpm", "key"})
    TINY: ClassVar[Mapping[str, Any]] = {
        "n_layer": 1, "n_head": 2, "n_embd": 32, "block_size": 96, "dropout": 0.0,
        "training": {"steps": 20, "batch_size": 4, "validate_every": 10, "warmup": 5, "log_every": 5},
    }

    def __init__(
        self,
        *,
        steps: int = 4,
        n_layer: int = 3,
        n_head: int = 4,
        n_embd: int = 256,
        block_size: int = 640,
        dropout: float = 0.2,
        start: str | None = None,
        training: Mapping[str, Any] | None = None,
    ) -> None:
        self.steps, self.n_layer, self.n_head, self.n_embd = steps, n_layer, n_head, n_embd
        self.block_size, self.dropout, self.start, self.training = block_size, dropout, start, training

    def make_codec(self) -> Frames:
        return Frames(self.steps)

    def make_module(self, codec: Frames, **parts: Any) -> Any:
        """The torch half, untrained; `parts` may name another trunk or head (see nn/frame_transformer.py)."""
        from componium.nn.frame_transformer import FrameTransformerModule

        names = ("n_layer", "n_head", "n_embd", "block_size", "dropout")
        sizes: dict[str, Any] = {name: getattr(self, name) for name in names}
        first = codec.vocab.ids("Pitch").start
        ids = {"bos": codec.bos, "eos": codec.eos, "end": codec.end, "first": first}
        return FrameTransformerModule(len(codec.vocab), **ids, **sizes, **parts)

    def fit(
        self,
        corpus: Corpus,
        *,
        run_dir: Path | None = None,
        resume: bool = False,
        on_progress: type_on_progress | None = None,
    ) -> Self:
        """Train. Raises MissingExtraError without torch, CorpusError for an empty training split."""
        self.check_params()
        codec = self.make_codec()
        settings = {**(self.training or {}), "block_size": self.block_size}
        examples = examples_of(codec, corpus.train), examples_of(codec, corpus.validation)
        weights = learn(lambda: self.make_module(codec), codec, *examples, settings, start=self.start,
                        run_dir=run_dir, resume=resume, on_progress=on_progress)
        return self.set_weights({"codec": codec.config()}, weights)

    def get_weights(self) -> tuple[dict[str, Any], type_weights]:
        return {"codec": self.codec_.config()}, self.weights_

    def set_weights(self, learned: Mapping[str, Any], weights: type_weights) -> Self:
        codec, c = self.codec_from(learned), self.n_embd
        begins = weight(weights, "begins.weight", (c, 1)).T
        self.read_ = np.concatenate([*(_read(weights, name, c) for name in ("sounding", "begun", "ended")), begins])
        self.from_age_ = np.ascontiguousarray(weight(weights, "ages.weight", (c, OLDEST)).T)
        self.unknown_ = weight(weights, "unknown", (c,))
        names = [f"trunk.blocks.{at}." for at in range(self.n_layer)]
        self.layers_: list[Layer] = [layer_of(weights, name, c, self.n_head, smear=True) for name in names]
        gain, gain_1, gain_2 = (weight(weights, f"{name}.weight", (c,)) for name in
                                ("norm", "head.norm_1", "head.norm_2"))  # fmt: skip
        self.gain_ = gain
        self.from_past_ = np.ascontiguousarray(weight(weights, "head.past.weight", (c, c)).T)
        parts = (_read(weights, f"head.{name}", c) for name in ("said", "kept", "before"))
        self.from_said_, self.from_kept_, self.from_before_ = parts
        self.from_last_ = weight(weights, "head.last.weight", (N_PITCHES + 1, c))
        self.up_ = np.ascontiguousarray((weight(weights, "head.up.weight", (3 * c, c)) * gain_1).T)
        self.down_ = np.ascontiguousarray(weight(weights, "head.down.weight", (c, 3 * c)).T)
        n_vocab = len(codec.vocab)
        self.out_ = np.ascontiguousarray((weight(weights, "head.out.weight", (n_vocab, c)) * gain_2).T)
        self.bias_ = weight(weights, "head.out.bias", (n_vocab,))
        self.moves_ = (weight(weights, "head.moves.weight", (2 * WIDEST + 1, c)) * gain_2).T
        self.moves_bias_ = weight(weights, "head.moves.bias", (2 * WIDEST + 1,))
        self.turns_ = rotary_turns(self.block_size + 1, c // self.n_head)
        self.codec_, self.seen_, self.weights_ = codec, {}, weights
        return self

    def empty_state(self, batch: int) -> State:
        shape = (batch, self.n_head, self.block_size, self.n_embd // self.n_head)
        keys, values = ([np.zeros(shape, dtype=np.float32) for _ in range(self.n_layer)] for _ in range(2))
        latest = [np.zeros((batch, self.n_head, shape[-1]), dtype=np.float32) for _ in range(self.n_layer)]
        before, said = (np.zeros((batch, N_PITCHES), dtype=np.float32) for _ in range(2))
        count, ages = np.zeros(batch, dtype=np.int64), np.zeros((batch, N_PITCHES), dtype=np.int64)
        past = np.tile(self.unknown_, (batch, 1))
        return State([[] for _ in range(batch)], count, before, ages, said, np.full(batch, N_PITCHES), past,
                     keys, values, latest)  # fmt: skip

    def select(self, state: State, rows: NDArray[np.int64]) -> State:
        each = (state.keys, state.values, state.latest)
        keys, values, latest = ([array[rows] for array in arrays] for arrays in each)
        ids = [list(state.ids[row]) for row in rows.tolist()]
        return State(ids, state.count[rows], state.before[rows], state.ages[rows], state.said[rows], state.last[rows],
                     state.past[rows], keys, values, latest)  # fmt: skip

    def step(self, state: State, tokens: type_ids) -> tuple[type_array, State]:
        tokens = np.asarray(tokens)
        for row, ids in enumerate(state.ids):
            if len(ids) == self.block_size:
                self._move_on(state, row)
        self._take(state, np.arange(len(tokens)), tokens)
        x = state.past @ self.from_past_ + state.said @ self.from_said_ + self.from_last_[state.last]
        x = x + (state.said * state.before) @ self.from_kept_ + state.before @ self.from_before_
        grown = np.maximum(normed(x) @ self.up_, 0.0)
        x = normed(x + (grown * grown) @ self.down_)
        logits: type_array = x @ self.out_ + self.bias_
        logits[:, self.codec_.vocab.ids("Pitch")] += _moved(state.before, x @ self.moves_ + self.moves_bias_)
        return logits, state

    def _move_on(self, state: State, row: int) -> None:
        """Keep the last half of a row's window from the start of a frame on: the keys and values made of it."""
        ids = np.array(state.ids[row])
        starts = self.codec_.bar_starts(ids)
        later = starts[starts >= len(ids) // 2]
        cut = int(later[0]) if len(later) else len(ids) // 2
        count = int(state.count[row])
        n_dropped = int(np.isin(ids[:cut], (self.codec_.bos, self.codec_.vocab.id("End"))).sum())
        kept = count - n_dropped
        turns = self.turns_[:kept] * self.turns_[n_dropped:count].conj()  # from the places that they had
        for keys, values in zip(state.keys, state.values, strict=True):
            keys[row, :, :kept] = rotated(keys[row, :, n_dropped:count], turns)
            values[row, :, :kept] = values[row, :, n_dropped:count]
        state.ids[row], state.count[row] = ids[cut:].tolist(), kept

    def _take(self, state: State, rows: NDArray[np.int64], tokens: type_ids) -> None:
        """Take in one token in each of some rows."""
        for row, token in zip(rows.tolist(), tokens.tolist(), strict=True):
            state.ids[row].append(token)
        pitch = self.codec_.vocab.values[tokens]
        is_pitch = self.codec_.is_note(tokens)
        state.said[rows[is_pitch], pitch[is_pitch]] = 1.0
        state.last[rows] = np.where(is_pitch, pitch, N_PITCHES)
        begins = tokens == self.codec_.bos
        closed = begins | (tokens == self.codec_.vocab.id("End"))
        if closed.any():
            self._close(state, rows[closed], begins[closed])

    def _close(self, state: State, rows: NDArray[np.int64], begins: NDArray[np.bool_]) -> None:
        """Read the frames that have come to their end."""
        now, before = state.said[rows], state.before[rows] * ~begins[:, None]
        x = np.concatenate([now, now * (1 - before), before * (1 - now), begins[:, None]], axis=1)
        x = x.astype(np.float32) @ self.read_
        ages = np.where(now > 0, state.ages[rows] * ~begins[:, None] + 1, 0)
        counts = (np.minimum(ages, OLDEST)[..., None] == np.arange(1, OLDEST + 1)).sum(axis=1)
        x = x + counts.astype(np.float32) @ self.from_age_
        place = state.count[rows]
        end = int(place.max()) + 1
        turns = self.turns_[place][:, None, None]  # a place of its own for each row
        hidden = (np.arange(end) > place[:, None])[:, None, None]
        each = zip(self.layers_, state.keys, state.values, state.latest, strict=True)
        for layer, keys, values, latest in each:
            qkv = (normed(x) @ layer.qkv).reshape(len(rows), 1, 3, self.n_head, -1).transpose(2, 0, 3, 1, 4)
            key = smeared(qkv[1], latest[rows], layer.smear)
            latest[rows] = qkv[1, :, :, 0]
            keys[rows, :, place], values[rows, :, place] = rotated(key, turns)[:, :, 0], qkv[2][:, :, 0]
            mixed = attend(rotated(qkv[0], turns), keys[rows, :, :end], values[rows, :, :end], hidden)
            x = x + mixed.reshape(len(rows), -1) @ layer.out
            grown = np.maximum(normed(x) @ layer.up, 0.0)
            x = x + (grown * grown) @ layer.down
        state.past[rows] = normed(x) * self.gain_
        state.count[rows], state.before[rows], state.ages[rows], state.said[rows] = place + 1, now, ages, 0.0


def _read(weights: type_weights, name: str, c: int) -> type_array:
    """(128, C): what a pitch adds, by itself and by its pitch class."""
    each = weight(weights, f"{name}.each.weight", (c, N_PITCHES))
    classes = weight(weights, f"{name}.classes.weight", (c, 12))
    table: type_array = np.ascontiguousarray((each + classes[:, np.arange(N_PITCHES) % 12]).T)
    return table


def _moved(before: type_array, moves: type_array) -> type_array:
    """(B, 128): what the pitches of the frame before (B, 128) add at each move from them."""
    row, pitch = np.nonzero(before)
    target = pitch[:, None] + np.arange(-WIDEST, WIDEST + 1)
    inside = (target >= 0) & (target < N_PITCHES)
    bonus = np.zeros_like(before)
    np.add.at(bonus, (row[:, None], np.clip(target, 0, N_PITCHES - 1)), moves[row] * inside)
    return bonus
