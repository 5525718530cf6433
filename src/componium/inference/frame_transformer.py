"""Frame Transformer in numpy: the composing half of nn/frame_transformer.py.

Shapes: B batch, F frames, C channels (n_embd), H heads, D = C / H, K = 128 pitches, V vocabulary.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from componium.checkpoints import weight
from componium.codecs.base import Codec
from componium.inference.attention import Layer, attend, normed, read_layer, rotary_turns, rotated, smeared, type_array
from componium.music.types import type_ids, type_weights

N_PITCHES = 128
OLDEST = 32  # frames that a note's age is counted to
WIDEST = 12  # semitones of a move from the frame before that has a weight of its own


@dataclass
class State:
    """Cache of B sequences.

    ids           ids in its window
    count         finished frames
    before        pitches of the last of them
    ages          frames for which each pitch has sounded
    said          pitches of the frame begun
    last          the lowest of those; 128: none
    past          the trunk's output for the finished frames
    keys, values  an array (B, H, F, D) a layer
    latest        the last key of each layer, before it is mixed with the one before it
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


class FrameTransformerNet:
    """Transformer over frames, and a residual net over the notes of a frame.

    Its sizes are those of the torch module.

    Raises CheckpointError for weights that don't fit.
    """

    def __init__(
        self, weights: type_weights, codec: Codec, *, n_layer: int, n_head: int, n_embd: int, block_size: int
    ) -> None:
        self.codec, self.n_layer, self.n_head, self.n_embd, self.block_size = codec, n_layer, n_head, n_embd, block_size
        c = n_embd
        begins = weight(weights, "begins.weight", (c, 1)).T
        frame = [_read(weights, name, c) for name in ("sounding", "begun", "ended")]
        self.from_frame = np.concatenate([*frame, begins])
        self.from_age = np.ascontiguousarray(weight(weights, "ages.weight", (c, OLDEST)).T)
        self.unknown = weight(weights, "unknown", (c,))
        names = (f"trunk.blocks.{at}." for at in range(self.n_layer))
        self.layers: list[Layer] = [read_layer(weights, name, c, self.n_head, smear=True) for name in names]
        gain, gain_1, gain_2 = (weight(weights, f"{name}.weight", (c,)) for name in
                                ("norm", "head.norm_1", "head.norm_2"))  # fmt: skip
        self.gain = gain
        self.from_past = np.ascontiguousarray(weight(weights, "head.past.weight", (c, c)).T)
        parts = (_read(weights, f"head.{name}", c) for name in ("said", "kept", "before"))
        self.from_said, self.from_kept, self.from_before = parts
        self.from_last = weight(weights, "head.last.weight", (N_PITCHES + 1, c))
        self.up = np.ascontiguousarray((weight(weights, "head.up.weight", (3 * c, c)) * gain_1).T)
        self.down = np.ascontiguousarray(weight(weights, "head.down.weight", (c, 3 * c)).T)
        n_vocab = len(codec.vocab)
        self.out = np.ascontiguousarray((weight(weights, "head.out.weight", (n_vocab, c)) * gain_2).T)
        self.bias = weight(weights, "head.out.bias", (n_vocab,))
        self.moves = (weight(weights, "head.moves.weight", (2 * WIDEST + 1, c)) * gain_2).T
        self.moves_bias = weight(weights, "head.moves.bias", (2 * WIDEST + 1,))
        self.turns = rotary_turns(self.block_size + 1, c // self.n_head)

    def state(self, batch: int) -> State:
        """Return the state of `batch` sequences before their first id."""
        shape = (batch, self.n_head, self.block_size, self.n_embd // self.n_head)
        keys, values = ([np.zeros(shape, dtype=np.float32) for _ in range(self.n_layer)] for _ in range(2))
        latest = [np.zeros((batch, self.n_head, shape[-1]), dtype=np.float32) for _ in range(self.n_layer)]
        before, said = (np.zeros((batch, N_PITCHES), dtype=np.float32) for _ in range(2))
        count, ages = np.zeros(batch, dtype=np.int64), np.zeros((batch, N_PITCHES), dtype=np.int64)
        past = np.tile(self.unknown, (batch, 1))
        return State([[] for _ in range(batch)], count, before, ages, said, np.full(batch, N_PITCHES), past,
                     keys, values, latest)  # fmt: skip

    def select(self, state: State, rows: NDArray[np.int64]) -> State:
        """Return the state of some of the sequences."""
        each = (state.keys, state.values, state.latest)
        keys, values, latest = ([array[rows] for array in arrays] for arrays in each)
        ids = [list(state.ids[row]) for row in rows.tolist()]
        return State(ids, state.count[rows], state.before[rows], state.ages[rows], state.said[rows], state.last[rows],
                     state.past[rows], keys, values, latest)  # fmt: skip

    def step(self, state: State, tokens: type_ids) -> type_array:
        """Read an id a sequence, (B,); return the logits (B, V) of the next."""
        for row, ids in enumerate(state.ids):
            if len(ids) == self.block_size:
                self._move_on(state, row)
        self._take(state, np.arange(len(tokens)), tokens)
        x = state.past @ self.from_past + state.said @ self.from_said + self.from_last[state.last]
        x = x + (state.said * state.before) @ self.from_kept + state.before @ self.from_before
        grown = np.maximum(normed(x) @ self.up, 0.0)
        x = normed(x + (grown * grown) @ self.down)
        logits: type_array = x @ self.out + self.bias
        logits[:, self.codec.vocab.ids("Pitch")] += _moved(state.before, x @ self.moves + self.moves_bias)
        return logits

    def _move_on(self, state: State, row: int) -> None:
        """Keep the last half of a row's window, from the start of a frame on."""
        ids = np.array(state.ids[row])
        starts = self.codec.bar_starts(ids)
        later = starts[starts >= len(ids) // 2]
        cut = int(later[0]) if len(later) else len(ids) // 2
        count = int(state.count[row])
        n_dropped = int(np.isin(ids[:cut], (self.codec.bos, self.codec.vocab.id("End"))).sum())
        kept = count - n_dropped
        turns = self.turns[:kept] * self.turns[n_dropped:count].conj()  # from the places that they had
        for keys, values in zip(state.keys, state.values, strict=True):
            keys[row, :, :kept] = rotated(keys[row, :, n_dropped:count], turns)
            values[row, :, :kept] = values[row, :, n_dropped:count]
        state.ids[row], state.count[row] = ids[cut:].tolist(), kept

    def _take(self, state: State, rows: NDArray[np.int64], tokens: type_ids) -> None:
        """Read an id in each of some rows."""
        for row, token in zip(rows.tolist(), tokens.tolist(), strict=True):
            state.ids[row].append(token)
        pitch = self.codec.vocab.values[tokens]
        is_pitch = self.codec.is_note(tokens)
        state.said[rows[is_pitch], pitch[is_pitch]] = 1.0
        state.last[rows] = np.where(is_pitch, pitch, N_PITCHES)
        begins = tokens == self.codec.bos
        closed = begins | (tokens == self.codec.vocab.id("End"))
        if closed.any():
            self._close(state, rows[closed], begins[closed])

    def _close(self, state: State, rows: NDArray[np.int64], begins: NDArray[np.bool_]) -> None:
        """Read the frames that have ended."""
        now, before = state.said[rows], state.before[rows] * ~begins[:, None]
        x = np.concatenate([now, now * (1 - before), before * (1 - now), begins[:, None]], axis=1)
        x = x.astype(np.float32) @ self.from_frame
        ages = np.where(now > 0, state.ages[rows] * ~begins[:, None] + 1, 0)
        counts = (np.minimum(ages, OLDEST)[..., None] == np.arange(1, OLDEST + 1)).sum(axis=1)
        x = x + counts.astype(np.float32) @ self.from_age
        place = state.count[rows]
        end = int(place.max()) + 1
        turns = self.turns[place][:, None, None]  # a place of its own for each row
        hidden = (np.arange(end) > place[:, None])[:, None, None]
        each = zip(self.layers, state.keys, state.values, state.latest, strict=True)
        for layer, keys, values, latest in each:
            qkv = (normed(x) @ layer.qkv).reshape(len(rows), 1, 3, self.n_head, -1).transpose(2, 0, 3, 1, 4)
            key = smeared(qkv[1], latest[rows], layer.smear)
            latest[rows] = qkv[1, :, :, 0]
            keys[rows, :, place], values[rows, :, place] = rotated(key, turns)[:, :, 0], qkv[2][:, :, 0]
            mixed = attend(rotated(qkv[0], turns), keys[rows, :, :end], values[rows, :, :end], hidden)
            x = x + mixed.reshape(len(rows), -1) @ layer.out
            grown = np.maximum(normed(x) @ layer.up, 0.0)
            x = x + (grown * grown) @ layer.down
        state.past[rows] = normed(x) * self.gain
        state.count[rows], state.before[rows], state.ages[rows], state.said[rows] = place + 1, now, ages, 0.0


def _read(weights: type_weights, name: str, c: int) -> type_array:
    """Return the sum (128, C) of the embeddings of each pitch and of its pitch class."""
    each = weight(weights, f"{name}.each.weight", (c, N_PITCHES))
    classes = weight(weights, f"{name}.classes.weight", (c, 12))
    table: type_array = np.ascontiguousarray((each + classes[:, np.arange(N_PITCHES) % 12]).T)
    return table


def _moved(before: type_array, moves: type_array) -> type_array:
    """Return what moves from the frame before add to the logits, (B, 128).

    `before` (B, 128) has its pitches.
    """
    row, pitch = np.nonzero(before)
    target = pitch[:, None] + np.arange(-WIDEST, WIDEST + 1)
    inside = (target >= 0) & (target < N_PITCHES)
    bonus = np.zeros_like(before)
    np.add.at(bonus, (row[:, None], np.clip(target, 0, N_PITCHES - 1)), moves[row] * inside)
    return bonus
