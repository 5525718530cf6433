"""What the benchmarks of Markov chains share: every order and every smoothing in one pass over the music."""

import numpy as np

from componium.methods.markov.smoothing import SMOOTHINGS


def nats(method, rows, orders):
    """The nats of encoded pieces under a chain fitted to the highest order: (smoothings, orders), in SMOOTHINGS' order.

    Its tables hold those of every lower order, so each context is looked up once. Counted are the ids after the prefix,
    under the grammar's mask, as in `Autoregressive.log_probs`.
    """
    codec, total = method.codec_, np.zeros((len(SMOOTHINGS), len(orders)))
    for ids in rows:
        counted = ~codec.is_condition(ids)
        grammar, state = codec.initial_state(), method.empty_state(1)
        codec.advance(grammar, int(ids[0]))
        for at in range(1, len(ids)):
            state = np.append(state[:, 1:], ids[None, at - 1 : at], axis=1)
            if counted[at]:
                total -= log_chances(method, state[0], codec.allowed_next(grammar), int(ids[at]), orders)
            codec.advance(grammar, int(ids[at]))
    return total


def log_chances(method, context, allowed, index, orders):
    """What each smoothing at each order gives one id, among those that the grammar allows."""
    history, n_vocab = method._history(context), len(allowed)
    result = np.zeros((len(SMOOTHINGS), len(orders)))
    for row, smooth in enumerate(SMOOTHINGS.values()):
        for at, order in enumerate(orders):
            if at and order > len(history):  # no longer context was seen than at the order before
                result[row, at] = result[row, at - 1]
                continue
            chances = smooth(history[: order + 1], n_vocab, order)
            result[row, at] = np.log(chances[index] / chances[allowed].sum())
    return result
