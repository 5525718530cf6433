"""The package's own chances for the next step of a melody: Markov by each smoothing, an ensemble of orders, an HMM.

Steps are ids: 0 for silence, then the pitches. A model gives the chances (CLASSES,) after a history of ids.
"""

from types import SimpleNamespace

import numpy as np

from componium.methods.hmm.baum_welch import baum_welch
from componium.methods.markov import Markov, _count

ORDER, MEMBERS = 7, (1, 3, 5, 7)
STATES, LEARNED, ROUNDS = 24, 300, 25  # hidden states; tunes that they are learned from, and steps of Baum-Welch


class Steps:
    """What a table row needs of a model: the likeliest step and the chance of one."""

    def __init__(self, chances, low):
        self.chances, self.low, self.last = chances, low, (None, None)

    def _after(self, history, window):
        seen = tuple(history[-window:] if window else history)
        if seen != self.last[0]:
            ids = np.array([step - self.low + 1 if step else 0 for step in seen], dtype=np.int64)
            self.last = seen, self.chances(ids)
        return self.last[1]

    def best(self, history, window):
        found = int(self._after(history, window).argmax())
        return found + self.low - 1 if found else 0

    def chance(self, history, step, window):
        return float(self._after(history, window)[step - self.low + 1 if step else 0])


def markov(rows, n_classes, order, smoothing):
    """The chances of Markov of an order, by its own counting and smoothing."""
    model = Markov(order=order, smoothing=smoothing)
    model.codec_ = SimpleNamespace(vocab=range(n_classes))
    model.tables_ = [_count(rows, length, n_classes) for length in range(order + 1)]
    model._ready()

    def chances(ids):
        context = np.concatenate([np.full(order, -1), ids])[-order:]
        return np.exp(model._log_distribution(context).astype(np.float64))

    return chances


def hmm(rows, n_classes, seed=0):
    """The chances of what a hidden Markov model of STATES states emits next, by its forward filter."""
    chain, _ = baum_welch(rows[:LEARNED], STATES, n_classes, np.random.default_rng(seed), restarts=1, steps=ROUNDS)
    start, moves, emits = (np.exp(table) for table in (chain.start, chain.moves, chain.emits))

    def chances(ids):
        state = start
        for index in ids:
            state = state * emits[:, index]
            state = (state / state.sum()) @ moves
        return state @ emits

    return chances


def models(tunes, n_classes, low):
    """Each method that can predict, by name."""
    rows = [np.array([step - low + 1 if step else 0 for step in tune], dtype=np.int64) for tune in tunes]
    each = {f"markov, {smoothing}": markov(rows, n_classes, ORDER, smoothing) for smoothing in ("kneser-ney", "ppm")}
    members = [markov(rows, n_classes, order, "kneser-ney") for order in MEMBERS]
    each["ensemble of four markov"] = lambda ids: np.mean([member(ids) for member in members], axis=0)
    each["hmm, 24 states"] = hmm(rows, n_classes)
    return {name: Steps(chances, low) for name, chances in each.items()}
