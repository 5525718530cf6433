"""Markov chain of variable order: the next id depends on the last few.

The plain baseline of the learned methods. All contexts of length 0 to `order` are counted; smoothing.py mixes their
distributions: after Kneser and Ney, after Witten and Bell, or by partial matching (PPM), which uses the longest context
seen, so that the order varies. A context that was never seen leaves the shorter one's distribution as it is.

The codec defines the ids: with `events` a word of the score, with `melody` a pitch or hold on a grid or a pair of pitch
and duration, with `notechord` a whole chord.

Contexts are kept as sorted 64-bit hashes with their continuations, so a million notes take seconds to count and some
tens of megabytes. The probability that two contexts share a hash is below one in a million for a hundred million of
them.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from componium.codecs.encoded import training_examples
from componium.corpora.base import Corpus
from componium.decoding.style.profile import profiles_from_json, profiles_to_json
from componium.errors import CheckpointError, ControlError
from componium.methods._shared.parameters import check_choice, check_range
from componium.methods._shared.tables import check_pointers, check_range_of, check_shape
from componium.methods.base import Autoregressive, codec_for, profiles_of
from componium.methods.markov.smoothing import SMOOTHINGS, Seen, discounts
from componium.music.types import type_ids, type_weights
from componium.progress import type_on_progress

_MULTIPLIER = np.uint64(0x9E3779B97F4A7C15)  # 2**64 over the golden ratio, odd: multiplying by it loses nothing
MOST_VARIANTS = 1000
HIGHEST_ORDER = 16


class Markov(Autoregressive):
    """Markov chain with smoothed n-gram counts.

      order      ids of context, 0 to 16
      smoothing  "kneser-ney", "witten-bell" or "ppm"
      variants   further copies of each piece to count, varied by the codec (events: transposed)
      codec      a codec's name, or its options with "name" among them: {"name": "melody", "kind": "pair"}
      seed       of the variants

    >>> Markov().get_params()
    {'order': 8, 'smoothing': 'kneser-ney', 'variants': 0, 'codec': 'events', 'seed': 0}
    """

    TINY: ClassVar[Mapping[str, Any]] = {"order": 3}

    def __init__(
        self,
        *,
        order: int = 8,
        smoothing: str = "kneser-ney",
        variants: int = 0,
        codec: str | Mapping[str, Any] = "events",
        seed: int = 0,
    ) -> None:
        self.order, self.smoothing, self.variants, self.seed = order, smoothing, variants, seed
        self.codec = codec

    def fit(
        self,
        corpus: Corpus,
        *,
        run_dir: Path | None = None,
        resume: bool = False,
        on_progress: type_on_progress | None = None,
    ) -> Self:
        """Count what follows each context.

        Raises CorpusError for an empty training split, ControlError.
        """
        self.check_params()
        self.codec_ = codec_for(self.codec, corpus)
        examples = training_examples(self.codec_, corpus)
        self.profiles_ = profiles_of(corpus.train)
        rng = np.random.default_rng(self.seed)
        rows = [example.ids for example in examples]
        for _ in range(self.variants):
            rows += [self.codec_.augment(example.ids, example.styles, rng) for example in examples]
        self.tables_ = [_count(rows, length, len(self.codec_.vocab)) for length in range(self.order + 1)]
        return self._ready()

    def check_params(self) -> None:
        super().check_params()
        check_range("order", self.order, 0, HIGHEST_ORDER)
        check_range("variants", self.variants, 0, MOST_VARIANTS)
        self.make_codec()
        check_choice("smoothing", self.smoothing, SMOOTHINGS)

    def _ready(self) -> Self:
        """Compute the discounts of each length, which are not saved."""
        self.discounts_ = [np.stack([discounts(table[name].astype(np.int64)) for name in ("count", "kinds")])
                           for table in self.tables_]
        return self

    def get_weights(self) -> tuple[dict[str, Any], type_weights]:
        learned = {"codec": self.codec_.config(), "profiles": profiles_to_json(self.profiles_)}
        tables = enumerate(self.tables_)
        return learned, {f"{length}.{name}": array for length, table in tables for name, array in table.items()}

    def set_weights(self, learned: Mapping[str, Any], weights: type_weights) -> Self:
        self.codec_, self.profiles_ = self.codec_from(learned), profiles_from_json(learned.get("profiles"))
        self.check_params()
        names = ("hash", "start", "token", "count", "kinds")
        try:
            self.tables_ = [{name: weights[f"{length}.{name}"] for name in names} for length in range(self.order + 1)]
        except KeyError as error:
            raise CheckpointError(f"no array {error} among the weights", advice="fit the method again") from error
        for table in self.tables_:
            check_shape("hash", table["hash"], None, kinds="u")
            n_seen = len(check_shape("token", table["token"], None, kinds="iu"))
            check_pointers("start", table["start"], len(table["hash"]), n_seen)
            check_range_of("token", table["token"], 0, len(self.codec_.vocab))
            for name in ("count", "kinds"):
                check_range_of(name, check_shape(name, table[name], n_seen, kinds="iu"), 0, 1 << 62)
        return self._ready()

    def transitions(self) -> tuple[NDArray[np.int64], list[str]]:
        """Return the counts of pairs (row before, column after), and the tokens by name.

        Only tokens that occur have a row. Raises NotFittedError, ControlError for order 0, which counts no pairs.
        """
        vocab = self.codec_.vocab
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

    def empty_state(self, batch: int) -> NDArray[np.int64]:
        return -np.ones((batch, self.order), dtype=np.int64)

    def select(self, state: NDArray[np.int64], rows: NDArray[np.int64]) -> NDArray[np.int64]:
        return state[rows]

    def step(self, state: NDArray[np.int64], tokens: type_ids) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
        state = np.concatenate([state, tokens[:, None]], axis=1)[:, 1:] if self.order else state
        return np.stack([self._log_distribution(row) for row in state]), state

    def _log_distribution(self, context: NDArray[np.int64]) -> NDArray[np.float32]:
        chances = SMOOTHINGS[self.smoothing](self._history(context), len(self.codec_.vocab), self.order)
        result: NDArray[np.float32] = np.log(chances).astype(np.float32)
        return result

    def _history(self, context: NDArray[np.int64]) -> list[Seen]:
        """Return the continuations of the last 0, 1, 2, ... ids, as far as they were seen."""
        history, code = [], np.uint64(0)
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
            token, count, kinds = (table[name][part].astype(np.int64) for name in ("token", "count", "kinds"))
            history.append(Seen(token, count, kinds, self.discounts_[length]))
        return history


def _extend(code: Any, index: Any) -> Any:
    """Return the hash of a context with one earlier id (numbered from 1) before it.

    Works on arrays too.
    """
    with np.errstate(over="ignore"):  # wrapping round is what a hash does
        mixed = (code ^ index) * _MULTIPLIER
        return mixed ^ (mixed >> np.uint64(29))


def _count(rows: list[type_ids], length: int, n_vocab: int) -> type_weights:
    """Count the continuations of the contexts of one length.

    Returns the sorted hashes of the contexts, the places where the continuations of each start, and the continuations
    with their counts. `kinds` is the number of contexts one longer in which a continuation occurs: the number of
    different ids (or the start of a piece) before the context.
    """
    codes, tokens, before = [], [], []
    for ids in rows:
        if len(ids) > length:
            code = np.zeros(len(ids) - length, dtype=np.uint64)
            for back in range(1, length + 1):
                code = _extend(code, ids[length - back : len(ids) - back].astype(np.uint64) + np.uint64(1))
            codes.append(code)
            tokens.append(ids[length:])
            before.append(np.concatenate([[-1], ids])[: len(ids) - length])
    code, token, earlier = np.concatenate(codes), np.concatenate(tokens), np.concatenate(before)
    order = np.lexsort((earlier, token, code))
    code, token, earlier = code[order], token[order], earlier[order]
    new = np.concatenate([[True], (np.diff(code) != 0) | (np.diff(token) != 0)])
    is_other = new | np.concatenate([[True], np.diff(earlier) != 0])
    firsts = np.flatnonzero(new)
    counts = np.diff(np.append(firsts, len(code)))
    hashes, starts = np.unique(code[firsts], return_index=True)
    return {
        "hash": hashes,
        "start": np.append(starts, len(firsts)).astype(np.int64),
        "token": token[firsts].astype(np.uint16 if n_vocab < 2**16 else np.int64),
        "count": counts.astype(np.uint32),
        "kinds": np.add.reduceat(is_other, firsts).astype(np.uint32),
    }
