"""Guides as tests ask them: a fresh array for each mask and bias."""

import numpy as np


def mask_of(guide) -> np.ndarray:
    """Return which ids the guide allows next, (V,)."""
    mask = np.zeros(len(guide.codec.vocab), dtype=bool)
    guide.mask(mask)
    return mask


def bias_of(guide) -> np.ndarray:
    """Return what the guide adds to the logits, (V,)."""
    bias = np.zeros(len(guide.codec.vocab), dtype=np.float32)
    guide.bias(bias)
    return bias
