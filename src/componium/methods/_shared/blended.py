"""Several styles at once: the mean of the logits of one method in each.

Each sequence has a row for every style, and the rows differ in the Style id of their prefix alone. They are read side
by side as one batch, their logits are averaged, and the one id that is drawn is the next of all of them. The mean of
logits is the geometric mean of the distributions up to a factor: a product of experts (Hinton, "Training products of
experts by minimizing contrastive divergence", 2002), the experts being one net under several conditions.

Plan, masks and constraints are those of the style that is named first, and so is the style that the score states.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from componium.codecs.base import Codec
from componium.decoding.request import Request
from componium.decoding.style.names import check_style, split_styles
from componium.decoding.style.profile import StyleProfile, styles_of
from componium.errors import ControlError
from componium.methods._shared.likelihood import token_log_probs
from componium.music.score import Score
from componium.music.types import type_ids

STYLE = "Style"  # the family of the ids that state a style


class Conditioned(Protocol):
    """The part of an autoregressive method that draws and scores sequences."""

    @property
    def codec_(self) -> Codec:
        """The codec of its ids."""
        ...

    @property
    def rhythm(self) -> float:
        """The usual `rhythm` of Sampling."""
        ...

    def profile_of(self, style: str) -> StyleProfile:
        """Return the profile of a style."""
        ...

    def generate(self, request: Request | None = None, n: int = 1, *, rng: np.random.Generator) -> list[Score]:
        """Compose `n` scores."""
        ...

    def log_prob(self, scores: Sequence[Score]) -> NDArray[np.float64]:
        """Return the log-likelihood of each score in nats, (n,)."""
        ...

    def empty_state(self, batch: int) -> Any:
        """Return the state of `batch` sequences before their first id."""

    def initial_state(self, ids: type_ids) -> tuple[NDArray[np.float32], Any]:
        """Return the logits (B, V) after ids (B, T), and the state."""
        ...

    def step(self, state: Any, ids: type_ids) -> tuple[NDArray[np.float32], Any]:
        """Return the logits (B, V) after one more id a sequence, and the new state."""
        ...

    def select(self, state: Any, rows: NDArray[np.int64]) -> Any:
        """Return the state of some of the sequences."""


class State(NamedTuple):
    """The number of sequences, and the method's state of their rows, style by style."""

    batch: int
    rows: Any


@dataclass(frozen=True)
class Blended:
    """A method under several styles: the mean of their logits, (B, V).

    Ids that state a style count for nothing: each row reads its own.
    """

    method: Conditioned
    styles: tuple[str, ...]

    @property
    def codec_(self) -> Codec:
        """The codec of the method."""
        return self.method.codec_

    @property
    def rhythm(self) -> float:
        """That of the method."""
        return self.method.rhythm

    def profile_of(self, style: str) -> StyleProfile:
        """Return the profile of a style."""
        return self.method.profile_of(style)

    def generate(self, request: Request | None = None, n: int = 1, *, rng: np.random.Generator) -> list[Score]:
        """Compose `n` scores in the styles that the request names."""
        return self.method.generate(request, n, rng=rng)

    def log_prob(self, scores: Sequence[Score]) -> NDArray[np.float64]:
        """Return the log-likelihood of each score in nats, (n,), whatever style it states."""
        rows = [self.codec_.encode(score).ids for score in scores]
        return np.array([logs.sum() for logs in token_log_probs(self, rows)])

    def empty_state(self, batch: int) -> State:
        """Return the state of `batch` sequences before their first id."""
        return State(batch, self.method.empty_state(batch * len(self.styles)))

    def initial_state(self, ids: type_ids) -> tuple[NDArray[np.float32], State]:
        """Return the logits (B, V) after ids (B, T), and the state."""
        logits, rows = self.method.initial_state(self._rows(ids))
        return self._mean(logits), State(len(ids), rows)

    def step(self, state: State, ids: type_ids) -> tuple[NDArray[np.float32], State]:
        """Return the logits (B, V) after one more id a sequence, and the new state."""
        logits, rows = self.method.step(state.rows, self._rows(ids))
        return self._mean(logits), State(state.batch, rows)

    def select(self, state: State, rows: NDArray[np.int64]) -> State:
        """Return the state of some of the sequences."""
        chosen = np.concatenate([rows + at * state.batch for at in range(len(self.styles))])
        return State(len(rows), self.method.select(state.rows, chosen))

    def _rows(self, ids: type_ids) -> type_ids:
        """Return the ids once a style, one below the other, with its own Style id."""
        vocab = self.codec_.vocab
        part = vocab.ids(STYLE)
        is_style = (ids >= part.start) & (ids < part.stop)
        return np.concatenate([np.where(is_style, vocab.id(STYLE, style), ids) for style in self.styles])

    def _mean(self, logits: NDArray[np.float32]) -> NDArray[np.float32]:
        by_style = logits.reshape(len(self.styles), -1, logits.shape[-1])
        mean: NDArray[np.float32] = by_style.mean(axis=0, dtype=np.float32)
        return mean


def blend(method: Conditioned, request: Request, profiles: Mapping[str, StyleProfile]) -> Conditioned:
    """Return a method as a request's styles condition it.

    It is itself for one style or none.

    profiles  those of the styles that it has learned

    Raises ControlError for a style that it has not learned, and for a codec that states none.
    """
    styles = asked_styles(request, profiles)
    if len(styles) < 2:
        return method
    for style in styles:
        check_style(style, styles_of(profiles))
    if STYLE not in method.codec_.vocab.families:
        raise ControlError(f"{' and '.join(styles)} at once, by a codec that states no style", expected="one style")
    return Blended(method, styles)


def asked_styles(request: Request, profiles: Mapping[str, StyleProfile]) -> tuple[str, ...]:
    """Return the styles that a request asks for."""
    style = request.controls.style
    return split_styles(style, profiles) if style is not None else ()


def in_first_style(request: Request, profiles: Mapping[str, StyleProfile]) -> Request:
    """Return a request that asks for the first of its styles alone."""
    styles = asked_styles(request, profiles)
    return replace(request, controls=replace(request.controls, style=styles[0])) if len(styles) > 1 else request
