"""Markov: the next id depends on the last few. The plain baseline that every other method is held against.

All contexts from length 0 to `order` are counted, and their distributions are interpolated after Witten and Bell (1991;
Chen and Goodman 1998, section 2.6):

    p(w | h) = (count(h w) + distinct(h) * p(w | h')) / (count(h) + distinct(h))

where h' is h without its first id, and below the empty context all ids are equally likely. A context that was never
seen leaves the shorter one's distribution as it is.

Contexts are kept as sorted 64-bit hashes with their continuations, so a million notes take seconds to count and some
tens of megabytes; that two contexts share a hash has a chance below one in a million for a hundred million of them.
"""

from collections.abc import Mapping
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from componium.codecs._base import type_ids
from componium.corpora._base import Corpus
from componium.errors import CheckpointError, ControlError, CorpusError
from componium.methods._base import Autoregressive, Run, codec_for, examples_of, type_weights
from componium.usual import survey

_MULTIPLIER = np.uint64(0x9E3779B97F4A7C15)  # 2**64 over the golden ratio, odd: multiplying by it loses nothing


class Markov(Autoregressive):
    """`order` ids of context (0 to 16); `variants` more copies of each piece in other keys, as the codec makes them.

    >>> Markov().parameters()
    {'order': 6, 'variants': 0, 'codec': 'events', 'seed': 0}
    """

    TINY: ClassVar[Mapping[str, Any]] = {"order": 3}

    def __init__(self, *, order: int = 6, variants: int = 0, codec: str = "events", seed: int = 0) -> None:
        self.order, self.variants, self.codec_name, self.seed = order, variants, codec, seed

    def parameters(self) -> dict[str, Any]:
        return {"order": self.order, "variants": self.variants, "codec": self.codec_name, "seed": self.seed}

    def fit(self, corpus: Corpus, run: Run | None = None) -> Self:
        """Count. Raises CorpusError for an empty training split."""
        self.codec_ = codec_for(self.codec_name, corpus)
        examples = examples_of(self.codec_, corpus.train)
        self.seen_ = survey(self.codec_, examples)
        if not examples:
            raise CorpusError("nothing to learn from", expected="at least one piece in the training split")
        rng = np.random.default_rng(self.seed)
        rows = [example.ids for example in examples]
        for _ in range(self.variants):
            rows += [self.codec_.augment(example.ids, example.styles, rng) for example in examples]
        self.tables_ = [_count(rows, length, len(self.codec_.vocab)) for length in range(self.order + 1)]
        return self

    def get_weights(self) -> tuple[dict[str, Any], type_weights]:
        learned = {"codec": self.codec.config(), "seen": self.seen_}
        tables = enumerate(self.tables_)
        return learned, {f"{length}.{name}": array for length, table in tables for name, array in table.items()}

    def set_weights(self, learned: Mapping[str, Any], weights: type_weights) -> Self:
        self.codec_, self.seen_ = self.codec_from(learned), dict(learned["seen"])
        names = ("hash", "start", "token", "count")
        try:
            self.tables_ = [{name: weights[f"{length}.{name}"] for name in names} for length in range(self.order + 1)]
        except KeyError as error:
            raise CheckpointError(f"no array {error} among the weights", advice="fit the method again") from error
        return self

    def transitions(self) -> tuple[NDArray[np.int64], list[str]]:
        """How often each token came straight after each, (row, column) = (before, after), and the tokens in words.

        Only tokens that occur have a row. Raises NotFittedError, ControlError for order 0, which counts no pairs.
        """
        vocab = self.codec.vocab
        if not self.order:
            raise ControlError("the transitions of a Markov model of order 0", expected="an order of 1 or more")
        table, pairs = self.tables_[1], np.zeros((len(vocab), len(vocab)), dtype=np.int64)
        after = np.repeat(np.arange(len(table["hash"])), np.diff(table["start"]))
        hashes = _extend(np.zeros(len(vocab), np.uint64), np.arange(1, len(vocab) + 1, dtype=np.uint64))
        before = np.argsort(hashes)[np.searchsorted(np.sort(hashes), table["hash"])]
        pairs[before[after], table["token"].astype(np.int64)] = table["count"]
        seen = np.flatnonzero(pairs.any(axis=0) | pairs.any(axis=1))
        return pairs[np.ix_(seen, seen)], [vocab.token(int(index)) for index in seen]

    # The state is the last `order` ids of each sequence, -1 before the first: shape (B, order).

    def initial_state(self, batch: int) -> NDArray[np.int64]:
        return -np.ones((batch, self.order if self.codec else 0), dtype=np.int64)

    def select(self, state: NDArray[np.int64], rows: NDArray[np.int64]) -> NDArray[np.int64]:
        return state[rows]

    def step(self, state: NDArray[np.int64], tokens: type_ids) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
        state = np.concatenate([state, tokens[:, None]], axis=1)[:, 1:] if self.order else state
        return np.stack([self._log_distribution(row) for row in state]), state

    def _log_distribution(self, context: NDArray[np.int64]) -> NDArray[np.float32]:
        n_vocab = len(self.codec.vocab)
        chances = np.full(n_vocab, 1.0 / n_vocab)
        code = np.uint64(0)
        for length, table in enumerate(self.tables_):
            if length:
                index = context[-length]
                if index < 0:
                    break
                code = _extend(code, np.uint64(index + 1))
            at = int(np.searchsorted(table["hash"], code))
            if at == len(table["hash"]) or table["hash"][at] != code:
                break
            part = slice(int(table["start"][at]), int(table["start"][at + 1]))
            counts = table["count"][part]
            distinct = part.stop - part.start
            chances *= distinct
            chances[table["token"][part]] += counts
            chances /= counts.sum() + distinct
        result: NDArray[np.float32] = np.log(chances).astype(np.float32)
        return result


def _extend(code: Any, index: Any) -> Any:
    """The hash of a context with one earlier id (numbered from 1) put before it; works on arrays too."""
    with np.errstate(over="ignore"):  # wrapping round is what a hash does
        mixed = (code ^ index) * _MULTIPLIER
        return mixed ^ (mixed >> np.uint64(29))


def _count(rows: list[type_ids], length: int, n_vocab: int) -> type_weights:
    """For contexts of one length: their sorted hashes, where each one's continuations start, those and their counts."""
    codes, tokens = [], []
    for ids in rows:
        if len(ids) > length:
            code = np.zeros(len(ids) - length, dtype=np.uint64)
            for back in range(1, length + 1):
                code = _extend(code, ids[length - back : len(ids) - back].astype(np.uint64) + np.uint64(1))
            codes.append(code)
            tokens.append(ids[length:])
    code, token = np.concatenate(codes), np.concatenate(tokens)
    order = np.lexsort((token, code))
    code, token = code[order], token[order]
    new = np.concatenate([[True], (np.diff(code) != 0) | (np.diff(token) != 0)])
    firsts = np.flatnonzero(new)
    counts = np.diff(np.append(firsts, len(code)))
    hashes, starts = np.unique(code[firsts], return_index=True)
    return {
        "hash": hashes,
        "start": np.append(starts, len(firsts)).astype(np.int64),
        "token": token[firsts].astype(np.uint16 if n_vocab < 2**16 else np.int64),
        "count": counts.astype(np.uint32),
    }
