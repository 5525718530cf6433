"""Guides for tests: masks, biases and random walks."""

from collections.abc import Collection

import numpy as np

from componium.music.score import Score


def mask_of(guide) -> np.ndarray:
    """Return which ids the guide allows next, (V,)."""
    mask = np.zeros(len(guide.codec.vocab), dtype=bool)
    guide.mask(mask)
    return mask


def bias_of(guide) -> np.ndarray:
    """Return the bias of each id, in nats, (V,)."""
    bias = np.zeros(len(guide.codec.vocab), dtype=np.float32)
    guide.bias(bias)
    return bias


def walk_ids(guide, rng: np.random.Generator, likely: Collection[str] = (), share: float = 0.3) -> list[int]:
    """Draw ids evenly among those that the guide allows, until it is done.

    In a `share` of the steps only ids of the families `likely` are drawn, where any is allowed: walks that prefer
    "Bar" and "EOS" end soon. Fails at an empty mask.
    """
    vocab, ids = guide.codec.vocab, []
    while not guide.done:
        allowed = np.flatnonzero(mask_of(guide))
        assert len(allowed), f"nothing may follow {' '.join(map(vocab.token, ids[-12:]))}"
        wanted = [index for index in allowed if vocab.family(int(index)) in likely]
        ids.append(int(rng.choice(wanted if wanted and rng.random() < share else allowed)))
        guide.advance(ids[-1])
    return ids


def walk(guide, rng: np.random.Generator, likely: Collection[str] = ("Bar", "EOS"), share: float = 0.3) -> Score:
    """Return the score of a random walk, as `walk_ids` draws it."""
    return guide.finish(guide.codec.decode(walk_ids(guide, rng, likely, share)))
