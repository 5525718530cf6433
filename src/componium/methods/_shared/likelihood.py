"""Log-likelihood of token sequences under a model and its codec's grammar."""

from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from componium.codecs.base import Codec
from componium.decoding.sampling import Step, type_on_step
from componium.errors import CodecError
from componium.music.types import type_ids, type_mask


class Model(Protocol):
    """The part of an autoregressive method that likelihoods need."""

    @property
    def codec_(self) -> Codec:
        """The codec of its ids."""
        ...

    def empty_state(self, batch: int) -> Any:
        """Return the state of `batch` sequences before their first id."""

    def step(self, state: Any, ids: type_ids) -> tuple[NDArray[np.float32], Any]:
        """Return the logits (B, V) after one more id a sequence, and the new state."""
        ...

    def select(self, state: Any, rows: NDArray[np.int64]) -> Any:
        """Return the state of some of the sequences."""


def token_log_probs(
    model: Model, rows: Sequence[type_ids], names: Sequence[str] = (), on_step: type_on_step | None = None
) -> list[NDArray[np.float64]]:
    """Return the nats (all <= 0) of each id of each row, given those before it.

    Ids of the prefix count 0. Rows are read side by side as one batch. `on_step` is called with a Step for each id that
    counts. Raises CodecError, with the row's name where there are names, for an id that the grammar forbids.
    """
    order = sorted(range(len(rows)), key=lambda row: -len(rows[row]))  # the longest first: the others leave
    codec, live, state = model.codec_, order, model.empty_state(len(rows))
    logs, counted = [np.zeros(len(ids)) for ids in rows], [~codec.is_condition(ids) for ids in rows]
    grammars, none = [codec.initial_state() for _ in rows], np.zeros(len(codec.vocab), dtype=np.float32)
    for at in range(max(map(len, rows), default=0)):
        if at:
            logits, state = model.step(state, np.array([rows[row][at - 1] for row in live]))
        for place, row in enumerate(live):
            index = int(rows[row][at])
            if at and counted[row][at]:
                allowed = codec.allowed_next(grammars[row])
                if not allowed[index]:
                    where = ", ".join([*names[row : row + 1], f"id {at}"])
                    raise CodecError(f"the grammar forbids {codec.vocab.token(index)}", where=where)
                logs[row][at] = _log_share(logits[place], index, allowed)
                if on_step:
                    on_step(Step(row, logits[place], allowed, none, index))
            codec.advance(grammars[row], index)
        n_left = sum(len(rows[row]) > at + 1 for row in live)
        if n_left < len(live):
            live, state = live[:n_left], model.select(state, np.arange(n_left))
    return logs


def _log_share(logits: NDArray[np.float32], index: int, allowed: type_mask) -> float:
    """Return the log-probability of an id among those allowed."""
    row = logits[allowed].astype(np.float64)
    top = row.max()
    return float(logits[index]) - float(top) - float(np.log(np.exp(row - top).sum()))
