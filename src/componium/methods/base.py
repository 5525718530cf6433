"""Contract of a method: fit to a corpus, compose, and give likelihoods if it can.

Rules to which the conformance suite (componium.testing.check_method) holds every method:

- The constructor stores its arguments under their own names and does nothing else; each has a default.
- What is learned ends in `_`; reading it before `fit` raises NotFittedError.
- Randomness is an argument; the same seed, settings and version give the same notes.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from inspect import signature
from pathlib import Path
from typing import Any, ClassVar, Self, TypeAlias

import numpy as np
from numpy.typing import NDArray

from componium import registry
from componium.checkpoints import refuse_damage, store
from componium.codecs.base import Codec, from_config
from componium.corpora.base import Corpus
from componium.decoding.controls import ALL_CONTROLS, Controls
from componium.decoding.critics import Search
from componium.decoding.explanation import NoteExplanation
from componium.decoding.request import Request
from componium.decoding.sampling import Guide, type_on_step
from componium.decoding.style.measuring import measure_profiles
from componium.decoding.style.plan import Plan
from componium.decoding.style.profile import StyleProfile
from componium.errors import CheckpointError, CodecError, ControlError, NotFittedError
from componium.methods._shared.bar_stream import BarStream, bars_of
from componium.methods._shared.blended import Conditioned, blend, in_first_style
from componium.methods._shared.drawing import draw_takes
from componium.methods._shared.likelihood import token_log_probs
from componium.methods._shared.parameters import check_names, check_types, parameters_of, to_plain
from componium.methods._shared.resampling import fill_by_resampling
from componium.methods._shared.rescoring import explain_notes
from componium.music.score import Score
from componium.music.types import type_ids, type_weights
from componium.progress import type_on_progress

type_on_bar: TypeAlias = Callable[[int, int, Score], None]
type_on_try: TypeAlias = Callable[[int, int, int, Score], None]
type_stream: TypeAlias = Generator[tuple[int, int, Score], None, list[Score]]


class Method(ABC):
    """A way of composing.

    `TINY` are arguments with which it learns in a moment, for tests and lessons. `tags` say what it is:

    "needs_music"  it must be fitted to a corpus before it composes
    "likelihood"   it has `log_prob`
    "baseline"     a reference that others are compared with, not meant to be good
    """

    tags: ClassVar[frozenset[str]] = frozenset({"needs_music"})
    TINY: ClassVar[Mapping[str, Any]] = {}
    RECORDS: ClassVar[frozenset[str]] = frozenset()  # entries of a score's info in which it states how it composed it
    CONTROLS: ClassVar[frozenset[str]] = ALL_CONTROLS - {"energy", "form", "prompt", "upbeat"}  # `supported_controls`
    TRAINING_ONLY: ClassVar[frozenset[str]] = frozenset()  # parameters that mean nothing once it is fitted

    @abstractmethod
    def fit(
        self,
        corpus: Corpus,
        *,
        run_dir: Path | None = None,
        resume: bool = False,
        on_progress: type_on_progress | None = None,
    ) -> Self:
        """Learn from the training split of a corpus; return self.

          run_dir      the folder for the state of a long fit, if it is to be kept
          resume       go on from the state in `run_dir`
          on_progress  called now and then with a Progress

        The validation split serves to choose. Raises ControlError for arguments out of range, CorpusError.
        """

    @abstractmethod
    def stream(
        self, request: Request | None = None, n: int = 1, *, rng: np.random.Generator,
        on_step: type_on_step | None = None,
    ) -> type_stream:  # fmt: skip
        """Compose `n` scores, yielding (take, bar, Score of the bar) as bars are done.

        Returns the whole scores. Takes and bars count from 0; a note held over a bar line is cut there. Closing the
        generator stops the work. `on_step` is called with every Step of a method that draws one id after another.

        Raises NotFittedError, ControlError for what cannot be met.
        """

    def generate(
        self, request: Request | None = None, n: int = 1, *, rng: np.random.Generator,
        on_step: type_on_step | None = None,
    ) -> list[Score]:  # fmt: skip
        """Compose `n` scores. Raises as `stream` does."""
        return _exhaust(self.stream(request, n, rng=rng, on_step=on_step))

    def compose_each(
        self, request: Request | None = None, n: int = 1, *, rng: np.random.Generator,
        on_bar: type_on_bar | None = None, search: Search | None = None, on_try: type_on_try | None = None,
    ) -> Iterator[tuple[int, Score]]:  # fmt: skip
        """Yield (take, Score) for `n` scores, each as it is done.

        on_bar  called with the take, the bar and the bar's Score as bars are done
        search  of takes `tries` at a time all but one may be left out, whose beginnings the critics like less; by
                default all are yielded
        on_try  where some may be left out, called with the take that leads, the number of tries that go on, the bar and
                its Score as that take's bars are done

        Raises as `stream` does.
        """
        for take in range(n):
            bars = self.stream(request, 1, rng=rng)
            while True:
                try:
                    _, bar, piece = next(bars)
                except StopIteration as stop:
                    yield take, stop.value[0]
                    break
                if on_bar:
                    on_bar(take, bar, piece)

    @property
    def supported_controls(self) -> frozenset[str]:
        """Controls that are met exactly: fields of Controls, "prompt" and "region".

        Every other control is refused.
        """
        return self.CONTROLS

    def plan(self, request: Request, rng: np.random.Generator) -> Plan | None:
        """Return the plan that a take from this generator is composed by.

        It is None for a method that plans nothing before its first note.
        """
        return None

    def profile_of(self, style: str) -> StyleProfile:
        """Return the profile of a style, else that of all music learned from, if any."""
        profiles: Mapping[str, StyleProfile] = vars(self).get("profiles_", {})
        return profiles.get(style) or profiles.get("") or StyleProfile()

    def check_request(self, request: Request) -> None:
        """Raise ControlError, naming them, for controls that this method doesn't support."""
        if beyond := sorted(request.fields() - self.supported_controls):
            raise ControlError(f"{self.name} can't be asked for {', '.join(beyond)}",
                               expected=f"controls among {', '.join(sorted(self.supported_controls))}")

    @property
    def name(self) -> str:
        """The name under which the registry has its module, else the module's own."""
        return registry.name_of("methods", type(self).__module__)

    def get_params(self) -> dict[str, Any]:
        """Return the constructor's arguments by name, as plain JSON values."""
        return {name: to_plain(getattr(self, name)) for name in parameters_of(type(self))}

    def set_params(self, **params: Any) -> Self:
        """Set some of the constructor's arguments; return self.

        Raises ControlError for one that it does not have.
        """
        check_names(self.name, params, parameters_of(type(self)))
        for name, value in params.items():
            setattr(self, name, value)
        return self

    def check_params(self) -> None:
        """Raise ControlError for an argument that has a wrong type or is out of range.

        `fit` calls it before it reads anything. By default types are compared with those of the defaults.
        """
        check_types({name: getattr(self, name) for name in parameters_of(type(self))}, parameters_of(type(self)))

    def __repr__(self) -> str:
        defaults = {name: to_plain(parameter.default) for name, parameter in parameters_of(type(self)).items()}
        changed = {name: value for name, value in self.get_params().items() if value != defaults[name]}
        return f"{type(self).__name__}({', '.join(f'{name}={value!r}' for name, value in changed.items())})"

    def __getattr__(self, name: str) -> Any:
        if name.endswith("_") and not name.startswith("_"):
            raise NotFittedError(f"this {type(self).__name__} isn't fitted", advice="call fit(corpus), or load one")
        raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")

    @abstractmethod
    def get_weights(self) -> tuple[dict[str, Any], type_weights]:
        """Return what was learned: plain values, and arrays by name."""

    @abstractmethod
    def set_weights(self, learned: Mapping[str, Any], weights: type_weights) -> Self:
        """Take what `get_weights` returned; return self.

        Raises CheckpointError if it does not fit.
        """

    def save(self, folder: str | Path, *, about: Mapping[str, Any] | None = None, bits: int = 32) -> None:
        """Write the fitted method to a folder: config.json and model.safetensors.

        about  further plain values for the config
        bits   of each weight: 32; 16, half the size and no audible difference; or 8, a quarter, for neural methods,
               whose larger nets then compose several times as fast with the extra `fast`

        Raises ControlError for bits that the method can't be kept in.
        """
        learned, weights = self.get_weights()
        weights = self._narrow(weights, bits)
        params = {name: value for name, value in self.get_params().items() if name not in self.TRAINING_ONLY}
        config = {"method": self.name, "class": type(self).__qualname__, "parameters": params, "learned": learned,
                  "about": dict(about or {})}
        store.save_model(Path(folder), config, weights)

    def _narrow(self, weights: type_weights, bits: int) -> type_weights:
        """Return the weights in so many bits. Raises ControlError."""
        if bits not in (16, 32):
            raise ControlError(f"{self.name} in {bits} bits", expected="16 or 32, or 8 of a neural method")
        narrow = {name: array.astype(np.float16) for name, array in weights.items() if array.dtype == np.float32}
        return {**weights, **narrow} if bits == 16 else weights

    @classmethod
    def load(cls, folder: str | Path) -> Self:
        """Return the fitted method of this class saved in a folder.

        `componium.methods.load` loads whatever registered method is there; this one also serves a class that is not
        registered, such as one defined in a script. Raises CheckpointError.
        """
        config, weights = store.load_model(Path(folder))
        if config.get("class", cls.__qualname__) != cls.__qualname__:
            raise CheckpointError(f"a model of {config['class']}", where=str(folder), expected=f"one of {cls.__name__}")
        with refuse_damage(str(folder)):
            return cls(**config["parameters"]).set_weights(config["learned"], weights)


def load(folder: str | Path) -> Method:
    """Return the fitted method saved in a folder.

    Raises CheckpointError, which says what to do for a method that is not registered.
    """
    config, weights = store.load_model(Path(folder))
    return restore(config, weights, where=str(folder))


def restore(config: Mapping[str, Any], weights: type_weights, *, where: str = "") -> Method:
    """Return a fitted method from its config and weights; `where` is named in errors.

    Raises CheckpointError.
    """
    name, class_name = config["method"], config.get("class")
    advice = f"load it with {class_name}.load(folder), or register it by an entry point" if class_name else ""
    if name not in registry.names("methods"):
        raise CheckpointError(f"a model of the method {name}, which is not registered", advice=advice)
    kind = registry.load_class("methods", name, Method)
    if class_name not in (None, kind.__qualname__):
        raise CheckpointError(f"a model of {class_name}, not of the registered method {name}", advice=advice)
    with refuse_damage(where):
        return kind(**config["parameters"]).set_weights(config["learned"], weights)


def make(name: str, **params: Any) -> Method:
    """Return a method by its name, not yet fitted.

    Raises UnknownNameError, ControlError for a parameter that it doesn't have.

    >>> make("markov", order=3).get_params()["order"]
    3
    """
    kind = registry.load_class("methods", name, Method)
    check_names(name, params, parameters_of(kind))
    return kind(**params)


class Whole(Method):
    """Method that makes a score as a whole; `_compose` is what it must add."""

    def stream(
        self, request: Request | None = None, n: int = 1, *, rng: np.random.Generator,
        on_step: type_on_step | None = None,
    ) -> type_stream:  # fmt: skip
        request = request or Request()
        self.check_params()
        self.check_request(request)
        scores = []
        for take, child in enumerate(rng.spawn(n)):
            score = self._compose(request.controls, child)
            scores.append(score)
            yield from ((take, bar, piece) for bar, piece in enumerate(bars_of(score)))
        return scores

    @abstractmethod
    def _compose(self, controls: Controls, rng: np.random.Generator) -> Score:
        """Return one score. Raises ControlError for what can't be met."""


class Untaught(Whole):
    """Method that learns nothing: its rules are in its file."""

    tags = frozenset()

    def fit(
        self,
        corpus: Corpus,
        *,
        run_dir: Path | None = None,
        resume: bool = False,
        on_progress: type_on_progress | None = None,
    ) -> Self:
        """Return self: there is nothing to learn.

        Raises ControlError for arguments out of range.
        """
        self.check_params()
        return self

    def get_weights(self) -> tuple[dict[str, Any], type_weights]:
        return {}, {}

    def set_weights(self, learned: Mapping[str, Any], weights: type_weights) -> Self:
        return self


class Autoregressive(Method):
    """Method that gives the distribution of the next id.

    `empty_state`, `step` and `select` are what it must add. `codec_` and `profiles_` (a StyleProfile a style) are set
    when it is fitted. One sampler, one likelihood, one grammar and one set of constraints then serve it. `rhythm` is
    that of Sampling for whole pieces.
    """

    tags = frozenset({"needs_music", "likelihood"})
    rhythm: float = 1.0
    codec_: Codec
    profiles_: Mapping[str, StyleProfile]

    @abstractmethod
    def empty_state(self, batch: int) -> Any:
        """Return the state of `batch` sequences before their first id.

        Raises NotFittedError.
        """

    @abstractmethod
    def step(self, state: Any, ids: type_ids) -> tuple[NDArray[np.float32], Any]:
        """Take one id a sequence, (B,); return the logits (B, V) and the new state.

        The old state may be overwritten. Logits need not be normalized.
        """

    @abstractmethod
    def select(self, state: Any, rows: NDArray[np.int64]) -> Any:
        """Return the state of some of the sequences, in the order of `rows`.

        A row may be selected twice; its copies go on independently of each other.
        """

    def initial_state(self, ids: type_ids) -> tuple[NDArray[np.float32], Any]:
        """Read ids (B, T), T >= 1; return the logits (B, V) of the next one and the state."""
        logits, state = self.step(self.empty_state(len(ids)), ids[:, 0])
        for column in ids.T[1:]:
            logits, state = self.step(state, column)
        return logits, state

    def make_codec(self) -> Codec:
        """Return the codec that `fit` begins with, before it takes anything from a corpus.

        By default it is the one that the parameter `codec` names. Raises UnknownNameError, CodecError for an option
        that it does not have.
        """
        return make_codec(getattr(self, "codec", "events"))

    @property
    def supported_controls(self) -> frozenset[str]:
        """Controls of the codec."""
        codec: Codec = self.codec_ if "codec_" in vars(self) else self.make_codec()
        controls = codec.supported_controls
        return controls | {"region"} if "prompt" in controls else controls

    def plan(self, request: Request, rng: np.random.Generator) -> Plan:
        return self.codec_.plan(in_first_style(request, self.profiles_), self.profiles_, rng)

    def conditioned(self, request: Request) -> Conditioned:
        """Return the model that a request's takes are drawn from.

        It is this method, or the mean of its logits in several styles.

        Raises ControlError for a style that it has not learned, NotFittedError.
        """
        return blend(self, request, self.profiles_)

    def stream(
        self, request: Request | None = None, n: int = 1, *, rng: np.random.Generator,
        on_step: type_on_step | None = None,
    ) -> type_stream:  # fmt: skip
        if request is not None and request.region is not None:
            return (yield from self._stream_filled(request, n, rng, on_step))
        request, rngs = request or Request(), rng.spawn(n)
        plans, guides = self._guides(request, rngs)
        watch = BarStream(self.codec_, guides)
        draws = draw_takes(self.conditioned(request), request, plans, guides, rngs, on_step)
        while True:
            try:
                row, index = next(draws)
            except StopIteration as stop:
                scores: list[Score] = stop.value
                break
            yield from ((row, *bar) for bar in watch.push(row, index))
        for row, score in enumerate(scores):
            yield from ((row, *bar) for bar in watch.rest(row, score))
        return scores

    def generate(
        self, request: Request | None = None, n: int = 1, *, rng: np.random.Generator,
        on_step: type_on_step | None = None,
    ) -> list[Score]:  # fmt: skip
        if request is not None and request.region is not None:
            return [score for _, score in self._fill(request, n, rng, on_step)]
        return self._scores(request or Request(), n, rng, on_step)  # no bar is decoded by itself

    def _fill(
        self, request: Request, n: int, rng: np.random.Generator, on_step: type_on_step | None = None
    ) -> Iterator[tuple[int, Score]]:
        """Yield (take, Score) for `n` scores with the request's region written.

        A codec that states regions does so in one pass, for other ones candidates are resampled.
        """
        self.check_request(request)
        if "region" in self.codec_.supported_controls:
            yield from enumerate(self._scores(request, n, rng, on_step))
        else:
            for take, child in enumerate(rng.spawn(n)):
                yield take, fill_by_resampling(self.conditioned(request), request, child)

    def _stream_filled(
        self, request: Request, n: int, rng: np.random.Generator, on_step: type_on_step | None
    ) -> type_stream:
        """Yield the bars of filled scores, each score once it is whole."""
        scores = []
        for take, score in self._fill(request, n, rng, on_step):
            scores.append(score)
            yield from ((take, bar, piece) for bar, piece in enumerate(bars_of(score)))
        return scores

    def compose_each(
        self, request: Request | None = None, n: int = 1, *, rng: np.random.Generator,
        on_bar: type_on_bar | None = None, search: Search | None = None, on_try: type_on_try | None = None,
    ) -> Iterator[tuple[int, Score]]:  # fmt: skip
        if request is not None and request.region is not None:
            for take, score in self._fill(request, n, rng):
                for bar, piece in enumerate(bars_of(score) if on_bar else ()):
                    on_bar(take, bar, piece)  # type: ignore[misc]
                yield take, score
            return
        request, rngs, done = request or Request(), rng.spawn(n), list[tuple[int, Score]]()
        plans, guides = self._guides(request, rngs)
        watch, drafts = BarStream(self.codec_, guides), BarStream(self.codec_, guides)

        def report(row: int, index: int, n_left: int) -> None:
            """Report the bar that an id of a try ends, if that try leads."""
            for bar, piece in drafts.push(row, index):
                if n_left:
                    on_try(row, n_left, bar, piece)  # type: ignore[misc]

        draws = draw_takes(self.conditioned(request), request, plans, guides, rngs, search=search,
                           on_score=lambda *take: done.append(take), on_draw=report if on_try else None)  # fmt: skip
        for row, index in draws:
            for bar, piece in watch.push(row, index) if on_bar else ():
                on_bar(row, bar, piece)  # type: ignore[misc]
            for take, score in done:
                for bar, piece in watch.rest(take, score) if on_bar else ():
                    on_bar(take, bar, piece)  # type: ignore[misc]
                yield take, score
            done.clear()

    def _guides(self, request: Request, rngs: Sequence[np.random.Generator]) -> tuple[list[Plan], list[Guide]]:
        """Return the plan of each take, which is drawn, and its guide."""
        self.check_request(request)
        plans = [self.plan(request, child) for child in rngs]
        return plans, [self.codec_.guide(plan, request, self.profile_of(plan.style)) for plan in plans]

    def _scores(
        self, request: Request, n: int, rng: np.random.Generator, on_step: type_on_step | None
    ) -> list[Score]:
        """Return the scores of `n` takes."""
        rngs = rng.spawn(n)
        plans, guides = self._guides(request, rngs)
        return _exhaust(draw_takes(self.conditioned(request), request, plans, guides, rngs, on_step))

    def log_prob(self, scores: Sequence[Score]) -> NDArray[np.float64]:
        """Return the log-likelihood of each score in nats, (n,).

        It is summed over the ids after the prefix, among those that the grammar allows. Raises CodecError,
        NotFittedError.
        """
        rows = [self.codec_.encode(score).ids for score in scores]
        return np.array([logs.sum() for logs in self.token_log_probs(rows)])

    def note_log_probs(self, score: Score) -> NDArray[np.float64]:
        """Return the log-likelihood of each note in nats, (n_notes,), in codec order.

        Ids between notes count to the note that they lead to, those after the last to none.
        """
        ids = self.codec_.encode(score).ids
        (logs,) = self.token_log_probs([ids])
        notes = self.codec_.note_index(ids)
        sums: NDArray[np.float64] = np.bincount(
            notes[notes >= 0], weights=logs[notes >= 0], minlength=int(self.codec_.is_note(ids).sum())
        ).astype(np.float64)
        return sums

    def token_log_probs(
        self, rows: Sequence[type_ids], names: Sequence[str] = (), on_step: type_on_step | None = None
    ) -> list[NDArray[np.float64]]:
        """Return the nats (all <= 0) of each id of each row, given those before it.

        Ids of the prefix count 0. Rows are read as one batch: rows of like lengths cost little more than one. `on_step`
        is called with a Step for each id that counts. Raises CodecError, with the row's name where there are names, for
        an id that the grammar forbids.
        """
        return token_log_probs(self, rows, names, on_step)

    def explain(
        self, score: Score, bar: int, voice: int, *, request: Request | None = None, plan: Plan | None = None
    ) -> tuple[NoteExplanation, ...]:
        """Explain the notes of one bar and voice, both from 0, by scoring them again.

        request  the request that it was composed for; an open one by default
        plan     the plan that it was composed by; the one that it keeps to by default

        Raises CodecError, ControlError, NotFittedError.
        """
        request = request or Request()
        return explain_notes(self.conditioned(request), score, bar, voice, request, plan)

    def codec_from(self, learned: Mapping[str, Any]) -> Codec:
        """Return the codec that was saved with the weights.

        Raises CheckpointError if none was.
        """
        try:
            return from_config(dict(learned["codec"]))
        except (KeyError, TypeError) as error:
            raise CheckpointError("the model doesn't name its codec", expected='"codec" in its config') from error


def make_codec(name: str | Mapping[str, Any]) -> Codec:
    """Return a codec by its name, or by its options with the name under "name".

    Raises UnknownNameError, CodecError for an option that it does not have, ControlError for one of a wrong type.
    """
    if not isinstance(name, str | Mapping):
        raise ControlError(f"codec={name!r}", expected="a codec's name, or its options with the name under \"name\"")
    options = {"name": name} if isinstance(name, str) else dict(name)
    kind = registry.load_class("codecs", str(options.pop("name", "events")), Codec)
    if beyond := sorted(set(options) - set(signature(kind).parameters)):
        raise CodecError(f"no option {', '.join(beyond)} of the codec {kind.__name__}",
                         expected=f"among {', '.join(signature(kind).parameters)}")
    check_types(options, signature(kind).parameters)
    return kind(**options)


def codec_for(name: str | Mapping[str, Any], corpus: Corpus) -> Codec:
    """Return a fresh codec for learning from a corpus. Raises as `make_codec` does."""
    return make_codec(name).fit(corpus)


def profiles_of(corpus: Corpus) -> dict[str, StyleProfile]:
    """Return the profiles of the styles of a corpus; each piece counts once."""
    unique = {piece.id: piece for piece in corpus.pieces}
    return measure_profiles((piece.score, piece.styles) for piece in unique.values())


def _exhaust(generator: Generator[Any, None, list[Score]]) -> list[Score]:
    """Run a generator to its end; return what it returns."""
    while True:
        try:
            next(generator)
        except StopIteration as stop:
            scores: list[Score] = stop.value
            return scores
