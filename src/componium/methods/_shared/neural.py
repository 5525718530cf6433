"""Methods with a torch half that learns and a numpy half that composes.

Both halves have the same weights.
"""

from abc import abstractmethod
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol, Self

import numpy as np
from numpy.typing import NDArray

from componium.checkpoints import load_config
from componium.checkpoints.quantization import quantize
from componium.codecs.base import Codec
from componium.codecs.encoded import examples_of, training_examples
from componium.corpora.base import Corpus
from componium.decoding.style.profile import profiles_from_json, profiles_to_json
from componium.inference.graph import GRAPH
from componium.methods._shared.parameters import check_sizes
from componium.methods.base import Autoregressive, profiles_of
from componium.music.types import type_ids, type_weights
from componium.progress import type_on_progress
from componium.training.fitting import learn
from componium.training.settings import settings_of
from componium.weights import SHIPPED


class Net(Protocol):
    """Net in numpy that reads ids one by one into a state."""

    def state(self, batch: int) -> Any:
        """Return the state of `batch` sequences before their first id."""

    def step(self, state: Any, ids: type_ids) -> NDArray[np.float32]:
        """Read an id a sequence, (B,); return the logits (B, V) of the next."""
        ...

    def select(self, state: Any, rows: NDArray[np.int64]) -> Any:
        """Return the state of some of the sequences."""


class NeuralMethod(Autoregressive):
    """Method whose weights are learned in torch.

    `_make_module` and `_make_net` are what it must add.

    Its constructor has `training`, fields of training.loop.Settings by name, and may have `start`, a model of the same
    size to go on from: "default" for the shipped one, or a folder.
    """

    TRAINING_ONLY = frozenset({"start"})
    codec: str | Mapping[str, Any]
    start: str | None = None
    training: Mapping[str, Any] | None

    @abstractmethod
    def _make_module(self, codec: Codec) -> Any:
        """Return the torch module, ids (B, T) -> logits (B, T, V), untrained.

        Raises ControlError for its sizes.
        """

    @abstractmethod
    def _make_net(self, weights: type_weights, codec: Codec) -> Net:
        """Return the net in numpy. Raises CheckpointError if the weights don't fit."""

    def _make_graph(self, codec: Codec) -> bytes | None:
        """Return the ONNX graph of the net in 8 bits.

        It is None for a net that numpy alone runs.

        Raises MissingExtraError without the package onnx.
        """
        return None

    def _narrow(self, weights: type_weights, bits: int) -> type_weights:
        if bits != 8:
            return super()._narrow(weights, bits)
        graph = self._make_graph(self.codec_)
        bytes_ = {} if graph is None else {GRAPH: np.frombuffer(graph, dtype=np.uint8)}
        return {**quantize(weights), **bytes_}

    def fit(
        self,
        corpus: Corpus,
        *,
        run_dir: Path | None = None,
        resume: bool = False,
        on_progress: type_on_progress | None = None,
    ) -> Self:
        """Train; return self.

        Raises MissingExtraError without torch, CorpusError for an empty training split.
        """
        self.check_params()
        codec = self.make_codec().fit(corpus)
        examples = training_examples(codec, corpus), examples_of(codec, corpus.validation)
        settings = dict(self.training or {})
        if block_size := getattr(self, "block_size", None):  # a size of the net, not of its training alone
            settings["block_size"] = block_size
        weights = learn(lambda: self._make_module(codec), codec, *examples, settings, start=self.start,
                        run_dir=run_dir, resume=resume, on_progress=on_progress)
        profiles = profiles_to_json(profiles_of(corpus.train))
        return self.set_weights({"codec": codec.config(), "profiles": profiles}, weights)

    def check_params(self) -> None:
        super().check_params()
        check_sizes(self.get_params())
        settings_of("loop", self.training)
        self.make_codec()
        if self.start is not None:
            load_config(SHIPPED if self.start == "default" else Path(self.start))

    def get_weights(self) -> tuple[dict[str, Any], type_weights]:
        return {"codec": self.codec_.config(), "profiles": profiles_to_json(self.profiles_)}, self.weights_

    def set_weights(self, learned: Mapping[str, Any], weights: type_weights) -> Self:
        check_sizes(self.get_params())
        codec, profiles = self.codec_from(learned), profiles_from_json(learned.get("profiles"))
        self.net_ = self._make_net(weights, codec)
        self.codec_, self.profiles_, self.weights_ = codec, profiles, weights
        return self

    def empty_state(self, batch: int) -> Any:
        return self.net_.state(batch)

    def step(self, state: Any, ids: type_ids) -> tuple[NDArray[np.float32], Any]:
        return self.net_.step(state, np.asarray(ids)), state

    def select(self, state: Any, rows: NDArray[np.int64]) -> Any:
        return self.net_.select(state, rows)
