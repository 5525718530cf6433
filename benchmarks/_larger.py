"""The shipped net made larger with zeros: it computes the same, at the cost of 14 million weights."""

import numpy as np

SIZES = {"n_layer": 8, "n_head": 6, "n_embd": 384, "block_size": 1024}


def larger_net():
    """Return the shipped net with further layers, heads and channels, all zeros."""
    from componium import methods
    from componium.methods.transformer import Transformer
    from componium.weights import SHIPPED

    small = methods.load(SHIPPED)
    learned, saved = small.get_weights()
    n_vocab, shrink = len(small.codec_.vocab), (small.n_embd / SIZES["n_embd"]) ** 0.5  # zeros lower the norm's mean
    weights = {"embed.weight": _padded(saved["embed.weight"], (n_vocab, SIZES["n_embd"])),
               "norm.weight": shrink * _padded(saved["norm.weight"], (SIZES["n_embd"],))}
    for name in (f"blocks.{at}." for at in range(SIZES["n_layer"])):
        block = _empty_block()
        if f"{name}qkv.weight" in saved:
            block |= _block(saved, name, small, shrink)
        weights |= {f"{name}{part}": array for part, array in block.items()}
    return Transformer(**SIZES).set_weights(learned, weights)


def _empty_block():
    c = SIZES["n_embd"]
    shapes = {"qkv": (3 * c, c), "out": (c, c), "up": (4 * c, c), "down": (c, 4 * c)}
    matrices = {f"{part}.weight": np.zeros(shape, dtype=np.float32) for part, shape in shapes.items()}
    norms = {f"{norm}.weight": np.ones(c, dtype=np.float32) for norm in ("norm_1", "norm_2")}
    return {**matrices, **norms, "smear": np.zeros(SIZES["n_head"], dtype=np.float32)}


def _block(saved, name, small, shrink):
    old, c, heads = small.n_embd, SIZES["n_embd"], SIZES["n_head"]
    qkv = saved[f"{name}qkv.weight"].reshape(3, small.n_head, c // heads, old)
    block = {"qkv.weight": _padded(qkv, (3, heads, c // heads, c)).reshape(3 * c, c)}
    for part, shape in {"out": (c, c), "up": (4 * c, c), "down": (c, 4 * c)}.items():
        block[f"{part}.weight"] = _padded(saved[f"{name}{part}.weight"], shape)
    norms = {f"{norm}.weight": shrink * _padded(saved[f"{name}{norm}.weight"], (c,)) for norm in ("norm_1", "norm_2")}
    return {**block, **norms, "smear": _padded(saved[f"{name}smear"], (heads,))}


def _padded(array, shape):
    result = np.zeros(shape, dtype=np.float32)
    result[tuple(map(slice, array.shape))] = array
    return result
