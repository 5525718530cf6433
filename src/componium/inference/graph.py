"""ONNX graph of a Transformer whose matrices are in 8 bits.

The graph has no weights: it names them, and `inference.quantized` feeds them from the model's one file. It is built
when a model is saved, by the package `onnx`, so that composing needs ONNX Runtime alone. Matrices are multiplied by the
operator MatMulNBits, activations being rounded to 8 bits as well; GroupQueryAttention rotates queries and keys, and
writes keys and values into the arrays that it is given.

Shapes: B batch, T ids read at once, S ids in the window, C channels (n_embd), H heads, D = C / H, V vocabulary.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from componium.checkpoints.quantization import BLOCK, SCALES
from componium.errors import MissingExtraError

GRAPH = "onnx.graph"  # its name among a model's arrays: the bytes of the graph
OPSETS = {"": 21, "com.microsoft": 1}
EPSILON = 1e-5  # of the norms
CONSTANTS = {"first": [0], "last": [-1], "end": [2**31], "time": [1]}  # of slices


def build_graph(n_vocab: int, *, n_layer: int, n_head: int, n_embd: int, block_size: int, smear: bool) -> bytes:
    """Return the serialized graph of a Transformer of these sizes.

    Raises MissingExtraError without the package onnx.
    """
    try:
        import onnx
    except ImportError as error:
        raise MissingExtraError("onnx, which builds the graph of a net in 8 bits,", "train") from error
    graph = _Graph(onnx, n_head, n_embd, block_size)
    graph.take("x", (None, None, n_embd))
    graph.take("last_place", (None,), np.int32)
    graph.take("longest", (1,), np.int32)
    for name in ("cosines", "sines"):
        graph.feed(name, (block_size, n_embd // n_head // 2))
    x = "x"
    for at in range(n_layer):
        x = graph.block(x, at, smear)
    x = graph.add("Slice", [x, "last", "end", "time"])
    graph.product(graph.norm(x, "norm.weight"), "embed.weight", n_vocab, n_embd, "logits")
    graph.give("logits", (None, 1, n_vocab))
    return graph.serialized()


class _Graph:
    """Graph under construction: its nodes, inputs, outputs and weights."""

    def __init__(self, onnx: Any, n_head: int, n_embd: int, block_size: int) -> None:
        self.onnx, self.n_head, self.n_embd = onnx, n_head, n_embd
        self.cache = (None, n_head, block_size, n_embd // n_head)
        self.nodes, self.inputs, self.outputs = list[Any](), list[Any](), list[Any]()
        self.fed = [onnx.numpy_helper.from_array(np.array(value), name) for name, value in CONSTANTS.items()]

    def block(self, x: str, at: int, smear: bool) -> str:
        """Add block number `at` of the net.

        `x` names the stream (B, T, C); returned is the name of what the block makes of it.
        """
        c, name = self.n_embd, f"blocks.{at}."
        qkv = self.product(self.norm(x, f"{name}norm_1.weight"), f"{name}qkv.weight", 3 * c, c)
        q, k, v = parts = [f"{name}{part}" for part in "qkv"]
        self.add("Split", [qkv], parts, axis=-1, num_outputs=3)
        if smear:
            k = self.smear(k, name)
        x = self.add("Add", [x, self.product(self.attention(q, k, v, name), f"{name}out.weight", c, c)])
        wide = self.product(self.norm(x, f"{name}norm_2.weight"), f"{name}up.weight", 4 * c, c)
        wide = self.add("Relu", [wide])
        return self.add("Add", [x, self.product(self.add("Mul", [wide, wide]), f"{name}down.weight", c, 4 * c)])

    def smear(self, k: str, name: str) -> str:
        """Mix each key with the one before it; the last is given for the next call."""
        self.take(f"{name}before", (None, 1, self.n_embd))
        self.give(f"{name}latest", (None, 1, self.n_embd))
        self.feed(f"{name}share", (self.n_embd,))
        known = self.add("Concat", [f"{name}before", k], axis=1)
        self.add("Slice", [known, "last", "end", "time"], [f"{name}latest"])
        earlier = self.add("Slice", [known, "first", "last", "time"])
        return self.add("Add", [k, self.add("Mul", [self.add("Sub", [earlier, k]), f"{name}share"])])

    def attention(self, q: str, k: str, v: str, name: str) -> str:
        """Add attention over all keys so far, the new ones being written into the cache."""
        past, present = ([f"{name}{when}_{kind}" for kind in ("keys", "values")] for when in ("past", "present"))
        for one in past:
            self.take(one, self.cache)
        for one in present:
            self.give(one, self.cache)
        mixed = f"{name}mixed"
        sizes = {"num_heads": self.n_head, "kv_num_heads": self.n_head, "do_rotary": 1, "rotary_interleaved": 1}
        return self.add("GroupQueryAttention", [q, k, v, *past, "last_place", "longest", "cosines", "sines"],
                        [mixed, *present], "com.microsoft", **sizes)  # fmt: skip

    def norm(self, x: str, gain: str) -> str:
        """Divide by the root mean square, and multiply by the gain."""
        self.feed(gain, (self.n_embd,))
        return self.add("SimplifiedLayerNormalization", [x, gain], axis=-1, epsilon=EPSILON, stash_type=1)

    def product(self, x: str, name: str, n: int, k: int, out: str = "") -> str:
        """Multiply by a matrix (n, k) in 8 bits."""
        self.feed(name, (n, k // BLOCK, BLOCK), np.uint8)
        self.feed(name + SCALES, (n, k // BLOCK))
        return self.add("MatMulNBits", [x, name, name + SCALES], [out] if out else None, "com.microsoft",
                        N=n, K=k, bits=8, block_size=BLOCK, accuracy_level=4)  # fmt: skip

    def add(
        self, kind: str, inputs: Sequence[str], outputs: Sequence[str] | None = None, domain: str = "", **options: Any
    ) -> str:
        """Add a node; return the name of its first output."""
        outputs = list(outputs or [f"{kind}.{len(self.nodes)}"])
        self.nodes.append(self.onnx.helper.make_node(kind, list(inputs), outputs, domain=domain, **options))
        return outputs[0]

    def take(self, name: str, shape: Sequence[int | None], kind: Any = np.float32) -> None:
        """Add an input."""
        self.inputs.append(self._tensor(name, shape, kind))

    def give(self, name: str, shape: Sequence[int | None]) -> None:
        """Add an output."""
        self.outputs.append(self._tensor(name, shape, np.float32))

    def feed(self, name: str, shape: Sequence[int], kind: Any = np.float32) -> None:
        """Declare an array that is given when the graph is loaded."""
        tensor = self.onnx.TensorProto(name=name, dims=shape, data_type=self._type(kind))
        tensor.data_location = self.onnx.TensorProto.EXTERNAL
        tensor.external_data.add(key="location", value="model.safetensors")
        self.fed.append(tensor)

    def serialized(self) -> bytes:
        """Return the graph as bytes."""
        helper = self.onnx.helper
        graph = helper.make_graph(self.nodes, "transformer", self.inputs, self.outputs, self.fed)
        opsets = [helper.make_opsetid(domain, version) for domain, version in OPSETS.items()]
        data: bytes = helper.make_model(graph, opset_imports=opsets, ir_version=10).SerializeToString()
        return data

    def _tensor(self, name: str, shape: Sequence[int | None], kind: Any) -> Any:
        return self.onnx.helper.make_tensor_value_info(name, self._type(kind), shape)

    def _type(self, kind: Any) -> int:
        return int(self.onnx.helper.np_dtype_to_tensor_dtype(np.dtype(kind)))
