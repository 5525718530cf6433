"""Transformer in 8 bits, run by ONNX Runtime.

It is that of inference/transformer.py, several times as fast where the net is large.
A step reads every weight once, so its cost is that of reading memory, a quarter of float32's. The weights are those of
the model's file; keys and values stay in the arrays of a Cache, into which the graph writes.

Shapes: B batch, T ids read at once, S ids in the window, C channels (n_embd), H heads, D = C / H, V vocabulary.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from componium.checkpoints import weight
from componium.checkpoints.quantization import BLOCK, SCALES, is_quantized
from componium.codecs.base import Codec
from componium.errors import CheckpointError
from componium.inference.attention import paired, rotated, type_array
from componium.inference.graph import GRAPH
from componium.inference.windowed import Cache, WindowedNet
from componium.music.types import type_ids, type_weights


@dataclass
class _Bound:
    """Arrays that the graph reads and writes in a step, by a binding that holds them.

    last     place of the last id in each row's window, (B,)
    longest  ids in the longest window, (1,)
    """

    binding: Any
    x: type_array  # (B, 1, C)
    last: NDArray[np.int32]
    longest: NDArray[np.int32]
    logits: type_array  # (B, 1, V)

    def share(self, array: NDArray[Any], source: str = "", target: str = "") -> None:
        """Bind an array to the graph's input `source` and output `target`."""
        from onnxruntime import OrtValue

        value = OrtValue.ortvalue_from_numpy(array)  # the same memory
        if source:
            self.binding.bind_ortvalue_input(source, value)
        if target:
            self.binding.bind_ortvalue_output(target, value)


class QuantizedTransformerNet(WindowedNet):
    """Transformer with rotary positions, its matrices in 8 bits.

    With `smear` each key is mixed with the one before it. In the cache a row's keys and values begin at place 0, its
    padding being left out. Raises CheckpointError for weights that don't fit.
    """

    def __init__(self, weights: type_weights, codec: Codec, *, smear: bool, **sizes: Any) -> None:
        super().__init__(weights, codec, **sizes)
        self.smear, self._made_of = smear, (weights, codec, {"smear": smear, **sizes})
        self.session = _session(weights[GRAPH], dict(self._arrays(weights)))

    def __reduce__(self) -> tuple[Any, ...]:
        """Return what another process makes the net of: a session can't be sent."""
        return _make, self._made_of

    def _run(self, ids: type_ids, cache: Cache, end: int) -> type_array:
        if ids.shape[1] > 1 and cache.length and len(ids) > 1:  # the operator reads several ids after others of one row
            for at in range(ids.shape[1] - 1):
                self._run(ids[:, at : at + 1], cache, cache.length + 1)
                cache.length += 1
            ids = ids[:, -1:]
        bound = cache.engine = cache.engine or self._bind(cache)
        last = end - 1 - cache.start
        bound.last[:] = last
        bound.longest[0] = last.max() + 1
        if ids.shape[1] == 1:
            np.take(self.embed, ids, axis=0, out=bound.x)
            self.session.run_with_iobinding(bound.binding)
        else:
            x = self.embed[ids]
            bound.share(x, "x")
            self.session.run_with_iobinding(bound.binding)
            bound.share(bound.x, "x")
        return bound.logits[:, 0].copy()

    def _bind(self, cache: Cache) -> "_Bound":
        """Return the graph bound to the cache's arrays, which it reads and writes."""
        batch = len(cache.ids)
        bound = _Bound(
            self.session.io_binding(),
            x=np.zeros((batch, 1, self.n_embd), dtype=np.float32),
            last=np.zeros(batch, dtype=np.int32),
            longest=np.zeros(1, dtype=np.int32),
            logits=np.zeros((batch, 1, len(self.codec.vocab)), dtype=np.float32),
        )
        bound.share(bound.x, "x")
        bound.share(bound.last, "last_place")
        bound.share(bound.longest, "longest")
        bound.share(bound.logits, target="logits")
        for at in range(self.n_layer):
            name = f"blocks.{at}."
            bound.share(cache.keys[at], f"{name}past_keys", f"{name}present_keys")
            bound.share(cache.values[at], f"{name}past_values", f"{name}present_values")
            if self.smear:
                bound.share(cache.latest[at].reshape(batch, 1, self.n_embd), f"{name}before", f"{name}latest")
        return bound

    def _move(self, cache: Cache, columns: NDArray[np.int64], start: NDArray[np.int64]) -> None:
        for row, (first, old) in enumerate(zip(cache.start.tolist(), start.tolist(), strict=True)):
            source = columns[row, first:] - old
            n = len(source)
            turns = self.turns[:n] * self.turns[source].conj()
            for keys, values in zip(cache.keys, cache.values, strict=True):
                keys[row, :, :n] = rotated(keys[row][:, source], turns)
                values[row, :, :n] = values[row][:, source]

    def _arrays(self, weights: type_weights) -> Iterator[tuple[str, NDArray[Any]]]:
        """Yield (name, array) of all that the graph is fed with."""
        c, head_size = self.n_embd, self.n_embd // self.n_head
        yield from (("cosines", self.turns.real), ("sines", self.turns.imag))
        yield from _matrix(weights, "embed.weight", (len(self.codec.vocab), c))
        yield "norm.weight", weight(weights, "norm.weight", (c,))
        rows = np.arange(3 * c).reshape(3, self.n_head, head_size)
        rows[:2] = rows[:2][:, :, paired(head_size)]
        for at in range(self.n_layer):
            name = f"blocks.{at}."
            yield from _matrix(weights, f"{name}qkv.weight", (3 * c, c), rows.ravel())
            for part, shape in (("out", (c, c)), ("up", (4 * c, c)), ("down", (c, 4 * c))):
                yield from _matrix(weights, f"{name}{part}.weight", shape)
            for norm in ("norm_1", "norm_2"):
                yield f"{name}{norm}.weight", weight(weights, f"{name}{norm}.weight", (c,))
            if self.smear:
                shares = 1 / (1 + np.exp(-weight(weights, f"{name}smear", (self.n_head,))))
                yield f"{name}share", np.repeat(shares, head_size)


def _make(weights: type_weights, codec: Codec, sizes: dict[str, Any]) -> QuantizedTransformerNet:
    return QuantizedTransformerNet(weights, codec, **sizes)


def _matrix(
    weights: type_weights, name: str, shape: tuple[int, int], rows: NDArray[np.int64] | None = None
) -> Iterator[tuple[str, NDArray[Any]]]:
    """Yield a matrix in 8 bits, (N, K / 64, 64), and its scales.

    rows  another order of its rows
    """
    if not is_quantized(weights, name) or weights[name].shape != shape:
        raise CheckpointError(f"the weight {name} is not in 8 bits", expected=f"shape {shape}, with scales")
    levels, scales = weights[name], weights[name + SCALES]
    if rows is not None:
        levels, scales = levels[rows], scales[rows]
    yield name, levels.reshape(shape[0], -1, BLOCK)
    yield name + SCALES, scales


def _session(graph: NDArray[np.uint8], arrays: type_weights) -> Any:
    """Return an ONNX Runtime session of the graph, fed with the arrays, on one thread."""
    from onnxruntime import InferenceSession, OrtValue, SessionOptions

    options = SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1  # a step is too short to be divided
    kinds = {name: array.dtype if array.dtype == np.uint8 else np.float32 for name, array in arrays.items()}
    values = [OrtValue.ortvalue_from_numpy(np.ascontiguousarray(array, kinds[name])) for name, array in arrays.items()]
    options.add_external_initializers(list(arrays), values)
    try:
        return InferenceSession(graph.tobytes(), options, providers=["CPUExecutionProvider"])
    except Exception as error:  # the runtime's errors have no common base of their own
        raise CheckpointError(f"a graph that ONNX Runtime refuses: {error}", expected="the graph that save wrote",
                              advice="set COMPONIUM_ENGINE=numpy, or save the model again") from error
