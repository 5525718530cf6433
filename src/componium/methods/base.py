"""What a method is: it learns from a Corpus, it composes Scores, and where it can it says how likely a Score is.

Rules for a method's file, held to by one conformance suite
- The constructor stores its arguments and does nothing else; every method can be built without any.
- What is learned ends in `_`; using it before `fit` raises NotFittedError.
- Randomness is an argument.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from inspect import signature
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from componium import registry
from componium.checkpoints import store as checkpoint
from componium.codecs.base import Codec, Example, from_config
from componium.codecs.events.guide import guide_for
from componium.corpora.base import Corpus
from componium.decoding.controls import Controls
from componium.decoding.sampling import Sampling, sample
from componium.errors import CheckpointError, CodecError, ControlError, NotFittedError
from componium.music.score import Score
from componium.music.types import type_ids, type_weights
from componium.training.run import Run

EVERY_WISH = frozenset({"style", "key", "meter", "qpm", "bars", "instruments", "ending", "max_repeats", "prompt"})


class Method(ABC):
    """A way of composing. `TINY` are arguments that make it learn in a moment, for tests and lessons.

    `obeys` are the wishes that it meets exactly (fields of Controls, and "prompt"); it refuses every other.
    `needs_music` is whether it must be fitted to a corpus before it composes.
    """

    has_likelihood: ClassVar[bool] = False
    needs_music: ClassVar[bool] = True
    obeys: ClassVar[frozenset[str]] = EVERY_WISH
    TINY: ClassVar[Mapping[str, Any]] = {}

    @abstractmethod
    def fit(self, corpus: Corpus, run: Run | None = None) -> Self:
        """Learn from the corpus' training split, choosing by its validation split. Returns self."""

    @abstractmethod
    def generate(
        self, n: int = 1, *, controls: Controls | None = None, prompt: Score | None = None, rng: np.random.Generator
    ) -> list[Score]:
        """Compose `n` scores. Raises NotFittedError, ControlError for a wish that can't be met."""

    def refuse(self, controls: Controls, prompt: Score | None = None) -> None:
        """Raise ControlError, naming them, for wishes that this method doesn't obey."""
        wished = {name for name, value in asdict(controls).items() if value != getattr(Controls(), name)}
        wished |= {"prompt"} if prompt is not None else set()
        if beyond := sorted(wished - self.obeys):
            name = type(self).__module__.rpartition(".")[2]
            raise ControlError(f"{name} can't be asked for {', '.join(beyond)}",
                               expected=f"wishes among {', '.join(sorted(self.obeys))}")

    @abstractmethod
    def parameters(self) -> dict[str, Any]:
        """The constructor's arguments, as plain JSON values."""

    @abstractmethod
    def get_weights(self) -> tuple[dict[str, Any], type_weights]:
        """What was learned: plain values and arrays."""

    @abstractmethod
    def set_weights(self, learned: Mapping[str, Any], weights: type_weights) -> Self:
        """Take what `get_weights` gave. Raises CheckpointError if it doesn't fit."""

    def save(self, folder: str | Path, *, about: Mapping[str, Any] | None = None, half: bool = False) -> None:
        """Write the fitted method to a folder: config.json and model.safetensors. `about` goes into the config too.

        With `half`, float32 weights are kept as float16: half the size, and no difference that can be heard.
        """
        learned, weights = self.get_weights()
        if half:
            narrow = {name: array.astype(np.float16) for name, array in weights.items() if array.dtype == np.float32}
            weights = {**weights, **narrow}
        name = type(self).__module__.rpartition(".")[2]
        config = {"method": name, "parameters": self.parameters(), "learned": learned, "about": dict(about or {})}
        checkpoint.save_model(Path(folder), config, weights)


def load(folder: str | Path) -> Method:
    """The fitted method that was saved in a folder. Raises CheckpointError, UnknownNameError."""
    config, weights = checkpoint.load_model(Path(folder))
    made = registry.load_class("methods", config["method"], Method)(**config["parameters"])
    return made.set_weights(config["learned"], weights)


class Whole(Method):
    """A method that makes a score whole, rather than token by token: `_compose` is what it must add."""

    def generate(
        self, n: int = 1, *, controls: Controls | None = None, prompt: Score | None = None, rng: np.random.Generator
    ) -> list[Score]:
        wishes = controls or Controls()
        self._fitted()
        self.refuse(wishes, prompt)
        return [self._compose(wishes, stream) for stream in rng.spawn(n)]

    @abstractmethod
    def _compose(self, wishes: Controls, rng: np.random.Generator) -> Score:
        """One score. Raises ControlError for a wish that can't be met."""

    @abstractmethod
    def _fitted(self) -> Any:
        """What was learned. Raises NotFittedError."""


class Untaught(Whole):
    """A method that learns nothing: all it knows stands in its file."""

    needs_music = False

    def fit(self, corpus: Corpus, run: Run | None = None) -> Self:
        """Do nothing. Returns self."""
        return self

    def get_weights(self) -> tuple[dict[str, Any], type_weights]:
        return {}, {}

    def set_weights(self, learned: Mapping[str, Any], weights: type_weights) -> Self:
        return self

    def _fitted(self) -> None:
        """There is nothing to learn."""


class Autoregressive(Method):
    """A method that gives the distribution of the next id: `initial_state` and `step` are all it must add.

    One sampler, one likelihood, one grammar mask and one set of controls then serve it.
    """

    has_likelihood = True
    codec_: Codec | None = None
    seen_: dict[str, Any]

    @abstractmethod
    def initial_state(self, batch: int) -> Any:
        """The state of `batch` sequences before their first id."""

    @abstractmethod
    def step(self, state: Any, tokens: type_ids) -> tuple[NDArray[np.float32], Any]:
        """Take one id a sequence, shape (B,); give the logits (B, V) of the next one and the new state.

        The old state may be overwritten. Logits need not be normalised.
        """

    @abstractmethod
    def select(self, state: Any, rows: NDArray[np.int64]) -> Any:
        """The state of only some of its sequences, in the order of `rows`."""

    @property
    def codec(self) -> Codec:
        """The codec learned with. Raises NotFittedError before `fit`."""
        if self.codec_ is None:
            name = type(self).__name__
            raise NotFittedError(f"this {name} has learned nothing", advice="call fit(corpus), or load one")
        return self.codec_

    def generate(
        self,
        n: int = 1,
        *,
        controls: Controls | None = None,
        prompt: Score | None = None,
        rng: np.random.Generator,
        sampling: Sampling | None = None,
        on_token: Callable[[int, list[int]], None] | None = None,
    ) -> list[Score]:
        """Compose `n` scores together, each with a generator of its own spawned from `rng`.

        A prompt is kept as it is (as the codec keeps it) and gone on from. `on_token(take, ids so far)` is called as
        the music is made. Raises NotFittedError, ControlError for a wish that can't be met.
        """
        codec, wished = self.codec, controls or Controls()
        self.refuse(wished, prompt)
        streams = rng.spawn(n)
        guides = [guide_for(codec, wished, prompt, self.seen_, stream) for stream in streams]
        rows = sample(self, guides, streams, sampling or Sampling(), on_token)
        return [guide.finish(codec.decode(ids)) for guide, ids in zip(guides, rows, strict=True)]

    def log_prob(self, score: Score) -> float:
        """The log-likelihood of a score in nats: the sum over its ids after the prefix, under the grammar's mask."""
        return float(self.log_probs(self.codec.encode(score)).sum())

    def log_probs(self, ids: type_ids) -> NDArray[np.float64]:
        """Nats (all <= 0) of each id given those before it, under the grammar's mask; 0 for the prefix. Shape (T,)."""
        (found,) = self.log_probs_of([ids])
        return found

    def log_probs_of(self, rows: Sequence[type_ids], names: Sequence[str] = ()) -> list[NDArray[np.float64]]:
        """The same of several sequences, stepped through as one batch: rows of like lengths cost little more than one.

        Raises CodecError where the grammar forbids an id, with the row's name, if it has one.
        """
        order = sorted(range(len(rows)), key=lambda row: -len(rows[row]))  # the longest first: the others leave
        codec, going, state = self.codec, order, self.initial_state(len(rows))
        found, counted = [np.zeros(len(ids)) for ids in rows], [~codec.is_condition(ids) for ids in rows]
        grammars = [codec.initial_state() for _ in rows]
        for at in range(max(map(len, rows), default=0)):
            if at:
                logits, state = self.step(state, np.array([rows[row][at - 1] for row in going]))
            for place, row in enumerate(going):
                index = int(rows[row][at])
                if at and counted[row][at]:
                    allowed = codec.allowed_next(grammars[row])
                    if not allowed[index]:
                        where = ", ".join([*names[row : row + 1], f"id {at}"])
                        raise CodecError(f"the grammar forbids {codec.vocab.token(index)}", where=where)
                    found[row][at] = _log_share(logits[place], index, allowed)
                codec.advance(grammars[row], index)
            left = sum(len(rows[row]) > at + 1 for row in going)
            if left < len(going):
                going, state = going[:left], self.select(state, np.arange(left))
        return found

    def codec_from(self, learned: Mapping[str, Any]) -> Codec:
        """The codec that was saved with the weights. Raises CheckpointError if none was."""
        try:
            return from_config(dict(learned["codec"]))
        except (KeyError, TypeError) as error:
            raise CheckpointError("the model doesn't say its codec", expected='"codec" in its config') from error


def _log_share(logits: NDArray[np.float32], index: int, allowed: NDArray[np.bool_]) -> float:
    """The logarithm of an id's chance among those allowed."""
    row = logits[allowed].astype(np.float64)
    top = row.max()
    return float(logits[index]) - float(top) - float(np.log(np.exp(row - top).sum()))


def codec_for(name: str | Mapping[str, Any], corpus: Corpus) -> Codec:
    """A fresh codec for learning from a corpus: by name, or its options with the name under "name".

    It learns its vocabulary from the training pieces if it has `for_corpus`, and else knows the corpus' styles where
    it can. Raises UnknownNameError, CodecError for an option that it doesn't have.
    """
    options = {"name": name} if isinstance(name, str) else dict(name)
    kind = registry.load_class("codecs", str(options.pop("name", "events")), Codec)
    build: Callable[..., Codec] = getattr(kind, "for_corpus", kind)
    known = signature(build).parameters
    given = {"corpus": corpus} if "corpus" in known else {"styles": corpus.styles} if "styles" in known else {}
    if beyond := sorted(set(options) - set(known)):
        raise CodecError(f"no option {', '.join(beyond)} of the codec {kind.__name__}",
                         expected=f"among {', '.join(sorted(set(known) - set(given)))}")
    return build(**{**given, **options})


def examples_of(codec: Codec, corpus: Corpus) -> list[Example]:
    """The pieces of a corpus as ids, each with its styles."""
    return [Example(codec.encode(piece.score), piece.styles) for piece in corpus.pieces]
