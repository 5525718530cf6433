"""A small Transformer with random weights, and ids to read."""

import numpy as np

from componium.codecs.events.codec import Events
from componium.decoding.style.measuring import measure_profiles
from componium.decoding.style.profile import profiles_to_json
from componium.methods.transformer import Transformer
from componium.music.score import Key, Meter, Score, Track, notes

CODEC = Events(styles=("x",))
PIECE = Score(tuple(Track(notes([(480 * at, 480, low + at % 5) for at in range(16)])) for low in (67, 48)),
              meters=(Meter(0, 4, 4),), keys=(Key(0, 0),))
PROFILES = profiles_to_json(measure_profiles([(PIECE, ("x",))]))
V = len(CODEC.vocab)
BLOCK_SIZE = 96
RANDOM_IDS = np.random.default_rng(1).integers(0, V, (3, 4 * BLOCK_SIZE))


def random_net(*, smear: bool = True, n_layer: int = 2, n_head: int = 4, n_embd: int = 128) -> Transformer:
    rng = np.random.default_rng(0)

    def matrix(*shape: int, size: float = 1.0) -> np.ndarray:
        return (size / np.sqrt(shape[-1]) * rng.standard_normal(shape)).astype(np.float32)

    c = n_embd
    weights = {"embed.weight": matrix(V, c, size=2.0), "norm.weight": 1 + matrix(c)}
    for name in (f"blocks.{at}." for at in range(n_layer)):
        weights |= {f"{name}qkv.weight": matrix(3 * c, c, size=1.5), f"{name}out.weight": matrix(c, c),
                    f"{name}up.weight": matrix(4 * c, c), f"{name}down.weight": matrix(c, 4 * c),
                    f"{name}norm_1.weight": 1 + matrix(c), f"{name}norm_2.weight": 1 + matrix(c)}
        weights |= {f"{name}smear": matrix(n_head, size=2.0)} if smear else {}
    net = Transformer(n_layer=n_layer, n_head=n_head, n_embd=c, block_size=BLOCK_SIZE, smear=smear)
    return net.set_weights({"codec": CODEC.config(), "profiles": PROFILES}, weights)
