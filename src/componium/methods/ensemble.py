"""Ensemble: the average of several models' distributions of the next token.

The mean of the members' distributions (or, as an option, of their logarithms: a product of experts, Hinton 2002) is the
distribution that is drawn from. By Jensen's inequality the arithmetic mean needs, for any music, at most as many nats
as its members do on average; and it often needs fewer than the best of them, since they err in different places.

Members share one codec. Each member's distribution is first restricted to what the grammar allows, so that the
inequality holds for the likelihood as it is measured.
"""

from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from componium.codecs.base import Codec
from componium.codecs.encoded import examples_of
from componium.corpora.base import Corpus
from componium.errors import CheckpointError, CodecError, ControlError
from componium.methods._shared.members import check_member, codec_of, dump_member, fit_member, restore_member
from componium.methods._shared.parameters import check_choice
from componium.methods.base import Autoregressive
from componium.music.types import type_ids, type_weights
from componium.progress import type_on_progress

MEMBERS: tuple[Mapping[str, Any], ...] = ({"method": "markov", "order": 3}, {"method": "markov", "order": 6},
                                          {"method": "markov", "order": 10})
AVERAGES = ("arithmetic", "geometric")
MIXTURES = ("equal", "validation")
EM_STEPS, NEWTON_STEPS = 50, 30
POSITIONS = 3000  # tokens on which the geometric mean's weights are chosen


@dataclass
class State:
    """States of the members, and the grammar state of each row."""

    members: list[Any]
    rows: list[Any]


class Ensemble(Autoregressive):
    """Average of several autoregressive models.

      members  each {"method": name, and its parameters} to be fitted, or {"folder": path of a fitted model}
      average  "arithmetic" or "geometric"
      mixture  "equal", or "validation": the weights under which the validation pieces are likeliest (those of the
               geometric mean need not sum to 1)
    """

    TINY: ClassVar[Mapping[str, Any]] = {"members": [{"method": "markov", "order": order} for order in (1, 4)]}

    def __init__(
        self,
        *,
        members: Sequence[Mapping[str, Any]] = MEMBERS,
        average: str = "arithmetic",
        mixture: str = "equal",
    ) -> None:
        self.members, self.average, self.mixture = members, average, mixture

    def fit(
        self,
        corpus: Corpus,
        *,
        run_dir: Path | None = None,
        resume: bool = False,
        on_progress: type_on_progress | None = None,
    ) -> Self:
        """Fit the members, and weight them.

        Raises ControlError, CodecError for members of different codecs.
        """
        self.check_params()
        fitted = [fit_member(member, corpus) for member in self.members]
        self._take(fitted, np.full(len(fitted), 1 / len(fitted)))
        if self.mixture == "validation" and len(corpus.validation):
            self.mixture_ = (likeliest_mixture(self._chances(corpus.validation)) if self.average == "arithmetic"
                             else likeliest_powers(*self._distributions(corpus.validation)))
        return self

    def check_params(self) -> None:
        super().check_params()
        check_choice("average", self.average, AVERAGES)
        check_choice("mixture", self.mixture, MIXTURES)
        if not self.members or not all(isinstance(member, Mapping) for member in self.members):
            raise ControlError(f"members={self.members!r}", expected="one or more descriptions of members")
        for member in self.members:
            check_member(member)

    def make_codec(self) -> Codec:
        """Return the codec of the first member."""
        return codec_of(self.members[0])

    def _take(self, members: list[Autoregressive], mixture: NDArray[np.float64]) -> None:
        configs = [member.codec_.config() for member in members]
        if any(config != configs[0] for config in configs):
            raise CodecError("members that write music down differently", expected="one codec, with the same styles")
        self.members_, self.mixture_ = members, mixture
        self.codec_, self.profiles_ = members[0].codec_, members[0].profiles_

    def _chances(self, corpus: Corpus) -> NDArray[np.float64]:
        """Return each member's probability of each counted token: (T, members)."""
        rows = []
        for example in examples_of(self.codec_, corpus):
            counted = ~self.codec_.is_condition(example.ids)
            rows.append(np.exp([member.token_log_probs([example.ids])[0][counted] for member in self.members_]).T)
        return np.concatenate(rows)

    def _distributions(self, corpus: Corpus) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
        """Return log distributions at some tokens (T, members, V), and the tokens (T,).

        Pieces are taken evenly until they have POSITIONS counted tokens.
        """
        examples = examples_of(self.codec_, corpus)
        logs: list[NDArray[np.float32]] = []
        tokens: list[int] = []
        for at in np.random.default_rng(0).permutation(len(examples)).tolist():
            ids = examples[at].ids
            counted, state = ~self.codec_.is_condition(ids), self.empty_state(1)
            for place in range(1, len(ids)):
                found, state = self._narrowed(state, ids[place - 1 : place])
                if counted[place] and len(tokens) < POSITIONS:
                    logs.append(found[:, 0].astype(np.float32))
                    tokens.append(int(ids[place]))
            if len(tokens) >= POSITIONS:
                break
        return np.stack(logs), np.array(tokens)

    def get_weights(self) -> tuple[dict[str, Any], type_weights]:
        codec: Codec = self.codec_
        described, arrays = [], {}
        for at, member in enumerate(self.members_):
            about, weights = dump_member(member)
            described.append(about)
            arrays.update({f"{at}.{key}": array for key, array in weights.items()})
        return {"codec": codec.config(), "members": described, "mixture": self.mixture_.tolist()}, arrays

    def set_weights(self, learned: Mapping[str, Any], weights: type_weights) -> Self:
        members = [restore_member(described, weights, f"{at}.") for at, described in enumerate(learned["members"])]
        if len(learned["mixture"]) != len(members) or not members:
            raise CheckpointError("an ensemble whose mixture doesn't match its members")
        self._take(members, np.array(learned["mixture"], dtype=np.float64))
        return self

    def empty_state(self, batch: int) -> State:
        codec = self.codec_
        rows = [codec.initial_state() for _ in range(batch)]
        return State([member.empty_state(batch) for member in self.members_], rows)

    def select(self, state: State, rows: NDArray[np.int64]) -> State:
        chosen = [member.select(own, rows) for member, own in zip(self.members_, state.members, strict=True)]
        return State(chosen, [deepcopy(state.rows[row]) for row in rows.tolist()])

    def step(self, state: State, tokens: type_ids) -> tuple[NDArray[np.float32], State]:
        logs, state = self._narrowed(state, tokens)
        return averaged(logs, self.mixture_, self.average).astype(np.float32), state

    def _narrowed(self, state: State, tokens: type_ids) -> tuple[NDArray[np.float64], State]:
        """Return the members' log distributions over allowed tokens: (members, B, V)."""
        masks = np.stack([self._advanced(row, int(token)) for row, token in zip(state.rows, tokens, strict=True)])
        logs = []
        for at, member in enumerate(self.members_):
            logits, state.members[at] = member.step(state.members[at], tokens)
            narrowed = np.where(masks, logits.astype(np.float64), -np.inf)
            logs.append(narrowed - np.logaddexp.reduce(narrowed, axis=1, keepdims=True))
        return np.stack(logs), state

    def _advanced(self, row: Any, token: int) -> NDArray[np.bool_]:
        """Advance a row's grammar by one token; return the mask of what it then allows."""
        self.codec_.advance(row, token)
        return self.codec_.allowed_next(row)


def averaged(logs: NDArray[np.float64], mixture: NDArray[np.float64], average: str) -> NDArray[np.float64]:
    """Return the log of the weighted mean of distributions, from logs (members, B, V).

    >>> logs = np.log([[[0.5, 0.5]], [[0.9, 0.1]]])
    >>> np.exp(averaged(logs, np.array([0.5, 0.5]), "arithmetic")).round(3).tolist()
    [[0.7, 0.3]]
    >>> np.exp(averaged(logs, np.array([0.5, 0.5]), "geometric")).round(3).tolist()
    [[0.75, 0.25]]
    """
    if average == "arithmetic":
        with np.errstate(divide="ignore"):
            weighted = logs + np.log(mixture)[:, None, None]
        mean: NDArray[np.float64] = np.logaddexp.reduce(weighted, axis=0)
        return np.maximum(mean, FLOOR)
    mean = (np.maximum(logs, FLOOR) * mixture[:, None, None]).sum(axis=0)
    mean = mean - np.logaddexp.reduce(mean, axis=1, keepdims=True)
    return np.maximum(mean, FLOOR)


FLOOR = -1e4  # in place of minus infinity, with which logits can't be computed


def likeliest_mixture(chances: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the weights (members,) that maximize the likelihood of tokens, by EM.

    `chances` (T, members) are the members' probabilities of the tokens.

    >>> likeliest_mixture(np.array([[0.9, 0.1], [0.8, 0.2], [0.1, 0.9]])).round(2).tolist()
    [0.68, 0.32]
    """
    mixture = np.full(chances.shape[1], 1 / chances.shape[1])
    for _ in range(EM_STEPS):
        shares = chances * mixture
        total = shares.sum(axis=1, keepdims=True)
        mixture = (shares / np.where(total > 0, total, 1.0)).mean(axis=0)
        mixture /= mixture.sum()
    return mixture


def likeliest_powers(logs: NDArray[np.float32], tokens: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return the weights (members,) of the likeliest geometric mean, none below 0.

    `logs` (T, members, V) are the logs of the members' distributions, `tokens` (T,) what came. The weights need not sum
    to 1: together the members may be surer than each of them, or less sure. The likelihood is concave in them; Newton's
    method finds its maximum.
    """
    logs, n = np.maximum(logs, np.float32(FLOOR)), logs.shape[1]
    at = np.arange(len(tokens))
    powers = np.full(n, 1 / n)
    for _ in range(NEWTON_STEPS):
        mean = np.einsum("m,tmv->tv", powers, logs)
        chances = np.exp(mean - np.logaddexp.reduce(mean, axis=1, keepdims=True))
        expected = np.einsum("tv,tmv->tm", chances, logs)
        spread = np.einsum("tv,tmv,tnv->mn", chances, logs, logs, optimize=True) - expected.T @ expected
        slope = (logs[at, :, tokens] - expected).sum(axis=0)
        free = (powers > 0) | (slope > 0)
        change = np.zeros(n)
        change[free] = np.linalg.solve(spread[np.ix_(free, free)] + 1e-6 * len(at) * np.eye(free.sum()), slope[free])
        powers = np.maximum(powers + change, 0.0)
    return powers
