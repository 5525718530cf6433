"""Transformer: attention over everything so far. This half composes, in numpy; nn/transformer.py learns.

The model is decoder-only (Vaswani et al. 2017), with rotary positions (Su et al. 2021), RMS norms before each part, a
squared ReLU (So et al. 2021), no biases, and one matrix for embedding and output (Press and Wolf 2017).

Keys and values of past ids are kept (one preallocated array a layer), so a step costs one row of each matrix. When the
window of `block_size` ids is full it moves on: the prefix stays, and after it the last half from a bar line on, read
anew in one pass. So memory is bounded, a bar costs the same at the 1,000th as at the 64th, and the model never sees
anything but what it was trained on: a prefix, then bars.

Shapes: B batch, T time, C channels (n_embd), H heads, D = C / H, V vocabulary.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from componium.checkpoints.store import weight
from componium.codecs.base import Codec
from componium.codecs.events.survey import survey
from componium.corpora.base import Corpus
from componium.errors import ControlError
from componium.inference.attention import (
    Layer,
    attend,
    layer_of,
    normed,
    paired,
    product,
    rotary_turns,
    rotated,
    smeared,
    type_array,
)
from componium.methods.base import Autoregressive, codec_for, examples_of
from componium.music.types import type_ids, type_weights
from componium.progress import type_on_progress
from componium.training.fitting import learn

POSITIONS = ("rotary", "relative")
N_PARTS = 5  # what is common, and four voices
WITHIN = ("Pitch", "Dur", "Vel")  # families of ids that belong to the voice begun before them


@dataclass
class State:
    """What was read. Row b's window is ids[b, start[b]:length]; what lies before `start` is padding.

    parts: the part that each id belongs to. keys and values: one array (B, H, block_size, D) a layer; latest: the last
    key of each, unmixed.
    """

    ids: NDArray[np.int64]
    parts: NDArray[np.int64]
    start: NDArray[np.int64]
    length: int
    keys: list[type_array]
    values: list[type_array]
    latest: list[type_array]


class Transformer(Autoregressive):
    """`n_layer` blocks, `n_head` heads, `n_embd` channels, a window of `block_size` ids, `dropout` in training.

    With `smear` a head's keys are mixed with those just before, so that it finds a place by what came before it.
    `positions` are "rotary", or "relative": a learned vector for each distance, after Music Transformer. In the first
    `n_apart` blocks each voice has a net of its own, and hears only itself and what belongs to no voice.
    `start` is a model of the same size to go on from: "default" for the shipped one, or a folder.
    `training` are the fields of training.Settings by name (steps, minutes, batch_size, learning_rate, seed ...).
    """

    TINY: ClassVar[Mapping[str, Any]] = {
        "n_layer": 1, "n_head": 2, "n_embd": 32, "block_size": 96, "dropout": 0.0,
        "training": {"steps": 20, "batch_size": 4, "validate_every": 10, "warmup": 5, "log_every": 5},
    }

    def __init__(
        self,
        *,
        n_layer: int = 4,
        n_head: int = 4,
        n_embd: int = 256,
        block_size: int = 512,
        dropout: float = 0.1,
        smear: bool = True,
        positions: str = "rotary",
        n_apart: int = 0,
        codec: str = "events",
        start: str | None = None,
        training: Mapping[str, Any] | None = None,
    ) -> None:
        self.n_layer, self.n_head, self.n_embd, self.block_size = n_layer, n_head, n_embd, block_size
        self.dropout, self.smear, self.positions, self.n_apart = dropout, smear, positions, n_apart
        self.codec, self.start, self.training = codec, start, training

    def _sizes(self) -> dict[str, Any]:
        names = ("n_layer", "n_head", "n_embd", "block_size", "dropout", "smear", "positions", "n_apart")
        return {name: getattr(self, name) for name in names}

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
        if self.positions not in POSITIONS:
            raise ControlError(f"positions {self.positions!r}", expected=" or ".join(POSITIONS))
        codec = codec_for(self.codec, corpus)
        part_after = parts_begun(codec).tolist() if self.n_apart else ()

        def make_module() -> Any:
            from componium.nn.transformer import TransformerModule

            return TransformerModule(len(codec.vocab), **self._sizes(), part_after=part_after)

        settings = {**(self.training or {}), "block_size": self.block_size}
        examples = examples_of(codec, corpus.train), examples_of(codec, corpus.validation)
        weights = learn(make_module, codec, *examples, settings, start=self.start,
                        run_dir=run_dir, resume=resume, on_progress=on_progress)
        return self.set_weights({"codec": codec.config(), "seen": survey(codec, examples[0])}, weights)

    def get_weights(self) -> tuple[dict[str, Any], type_weights]:
        return {"codec": self.codec_.config(), "seen": self.seen_}, self.weights_

    def set_weights(self, learned: Mapping[str, Any], weights: type_weights) -> Self:
        codec, c = self.codec_from(learned), self.n_embd
        self.embed_ = weight(weights, "embed.weight", (len(codec.vocab), c))
        self.part_after_ = parts_begun(codec) if self.n_apart else np.zeros(len(codec.vocab), dtype=np.int64)
        self.layers_ = [self._layers(weights, at) for at in range(self.n_layer)]
        self.output_ = np.ascontiguousarray((self.embed_ * weight(weights, "norm.weight", (c,))).T)
        self.turns_ = rotary_turns(self.block_size, c // self.n_head)
        self.codec_, self.seen_, self.weights_ = codec, dict(learned["seen"]), weights
        return self

    def _layers(self, weights: type_weights, at: int) -> list[Layer]:
        """The matrices of one block: of the only net, or of each part's."""
        parts = [f".parts.{part}" for part in range(N_PARTS)] if at < self.n_apart else [""]
        size, smear = (self.n_embd, self.n_head), self.smear and at >= self.n_apart
        layers = [layer_of(weights, f"blocks.{at}.", *size, smear=smear, part=part) for part in parts]
        if self.positions == "relative":
            shape = (self.block_size, self.n_embd // self.n_head)
            layers[0].distances = weight(weights, f"blocks.{at}.embed_distance", shape)[:, paired(shape[1])]
        return layers

    def empty_state(self, batch: int) -> State:
        shape = (batch, self.n_head, self.block_size, self.n_embd // self.n_head)
        keys, values = ([np.zeros(shape, dtype=np.float32) for _ in range(self.n_layer)] for _ in range(2))
        latest = [np.zeros((batch, self.n_head, shape[-1]), dtype=np.float32) for _ in range(self.n_layer)]
        ids = np.full((batch, self.block_size), self.codec_.pad, dtype=np.int64)
        return State(ids, np.zeros_like(ids), np.zeros(batch, dtype=np.int64), 0, keys, values, latest)

    def select(self, state: State, rows: NDArray[np.int64]) -> State:
        each = (state.keys, state.values, state.latest)
        keys, values, latest = ([array[rows] for array in arrays] for arrays in each)
        kept = (state.ids[rows], state.parts[rows], state.start[rows])
        return State(*kept, state.length, keys, values, latest)

    def step(self, state: State, tokens: type_ids) -> tuple[type_array, State]:
        if state.length == self.block_size:
            self._move_on(state)
        return self._read(state, np.asarray(tokens)[:, None]), state

    def _move_on(self, state: State) -> None:
        """Keep each row's prefix and its last half from a bar line on, flush right: the keys and values made of them.

        Nothing is read anew, so what is kept still knows of what is dropped, and a token costs the same in long takes.
        """
        kept = [self._kept(ids, start) for ids, start in zip(state.ids, state.start.tolist(), strict=True)]
        longest = max(map(len, kept))
        columns = np.stack([np.pad(row, (longest - len(row), 0)) for row in kept])
        state.start, state.length = np.array([longest - len(row) for row in kept]), longest
        for array in (state.ids, state.parts):
            array[:, :longest] = np.take_along_axis(array, columns, axis=1)
        turns = (self.turns_[:longest] * self.turns_[columns].conj())[:, None]  # from the places that they had
        for keys, values in zip(state.keys, state.values, strict=True):
            still = np.take_along_axis(keys, columns[:, None, :, None], axis=2)
            keys[:, :, :longest] = rotated(still, turns) if self.positions == "rotary" else still
            values[:, :, :longest] = np.take_along_axis(values, columns[:, None, :, None], axis=2)

    def _kept(self, ids: type_ids, start: int) -> NDArray[np.int64]:
        """The columns of a row that stay when the window moves on."""
        window, half = ids[start:], self.block_size // 2
        (prefix,) = np.nonzero(self.codec_.is_condition(window))
        lines = self.codec_.bar_starts(window)
        later = lines[lines >= len(window) - half]
        tail = np.arange(later[0] if len(later) else len(window) - half + len(prefix), len(window))
        columns: NDArray[np.int64] = start + np.concatenate([prefix, tail])
        return columns

    def _read(self, state: State, ids: NDArray[np.int64]) -> type_array:
        """Take in ids (B, T) and give the logits (B, V) after the last."""
        batch, time = ids.shape
        begin, end = state.length, state.length + time
        state.ids[:, begin:end] = ids
        if self.n_apart:
            state.parts[:, begin:end] = self._parts(state, ids, begin)
        parts = state.parts[:, begin:end].ravel()
        x: type_array = self.embed_[ids.ravel()]  # (B * T, C): products of flat matrices are the fastest
        hidden = self._hidden(state, begin, end)
        each = zip(self.layers_, state.keys, state.values, state.latest, strict=True)
        for layers, keys, values, latest in each:
            three = product(normed(x), layers, "qkv", parts)
            qkv = three.reshape(batch, time, 3, self.n_head, -1).transpose(2, 0, 3, 1, 4)
            if len(layers[0].smear):
                if hidden is not None:  # keys of padding are as if there were none
                    padded = np.arange(begin, end) < state.start[:, None]
                    np.copyto(qkv[1], np.float32(0), where=padded[:, None, :, None])
                mixed = smeared(qkv[1], latest, layers[0].smear)
                latest[:], qkv[1] = qkv[1, :, :, -1], mixed
            distances = layers[0].distances
            turned = qkv[:2] if distances is not None else rotated(qkv[:2], self.turns_[begin:end])
            keys[:, :, begin:end], values[:, :, begin:end] = turned[1], qkv[2]
            unheard = self._unheard(state, begin, end, hidden) if len(layers) > 1 else hidden
            mixed = attend(turned[0], keys[:, :, :end], values[:, :, :end], unheard, distances)
            x += product(mixed.transpose(0, 2, 1, 3).reshape(batch * time, -1), layers, "out", parts)
            grown = product(normed(x), layers, "up", parts)
            np.maximum(grown, 0.0, out=grown)
            x += product(np.square(grown, out=grown), layers, "down", parts)
        state.length = end
        logits: type_array = normed(x.reshape(batch, time, -1)[:, -1]) @ self.output_
        return logits

    def _hidden(self, state: State, begin: int, end: int) -> NDArray[np.bool_] | None:
        """Which columns each query may not see, (B, 1, T, end): those to come, and padding. None if all are seen."""
        padded = bool(state.start.any())
        if end - begin == 1 and not padded:
            return None
        columns = np.arange(end)
        later = columns > np.arange(begin, end)[:, None]
        before = (columns < state.start[:, None])[:, None, None, :]
        # A padded query sees itself, since it must see something; nothing ever looks at what it makes of it.
        itself = columns == np.arange(begin, end)[:, None]
        hidden: NDArray[np.bool_] = (later | before) & ~itself
        return hidden

    def _parts(self, state: State, ids: NDArray[np.int64], begin: int) -> NDArray[np.int64]:
        """The part (B, T) of each id that comes: the one it begins, or the last one begun."""
        last = state.parts[:, begin - 1 : begin] if begin else np.zeros((len(ids), 1), dtype=np.int64)
        begun = np.concatenate([last, self.part_after_[ids]], axis=1)
        places = np.maximum.accumulate(np.arange(begun.shape[1]) * (begun >= 0), axis=1)
        return np.take_along_axis(begun, places, axis=1)[:, 1:]

    def _unheard(
        self, state: State, begin: int, end: int, hidden: NDArray[np.bool_] | None
    ) -> NDArray[np.bool_]:
        """`hidden`, and the keys of other voices' ids: (B, 1, T, end)."""
        keys, queries = state.parts[:, None, :end], state.parts[:, begin:end, None]
        apart: NDArray[np.bool_] = ((keys != queries) & (keys != 0))[:, None]
        return apart if hidden is None else apart | hidden


def parts_begun(codec: Codec) -> NDArray[np.int64]:
    """For each id the part that it begins: 0 for what belongs to no voice, -1 if it stays in the last one.

    Voices beyond the fourth share nets with the first. Raises ControlError for a codec that tells no voices.
    """
    names = [codec.vocab.family(index) for index in range(len(codec.vocab))]
    if "Voice" not in names:
        raise ControlError("nets for each voice, and a codec that tells no voices", expected="the codec events")
    of_voice = 1 + codec.vocab.values % (N_PARTS - 1)
    found = [voice if name == "Voice" else -1 if name in WITHIN else 0
             for name, voice in zip(names, of_voice.tolist(), strict=True)]  # fmt: skip
    return np.array(found, dtype=np.int64)
