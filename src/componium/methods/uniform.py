"""Uniform baseline: every token that the grammar allows is equally likely.

It measures what the representation and the constraints alone bring: a method that has learned anything needs fewer
nats.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from componium.corpora.base import Corpus
from componium.decoding.style.profile import profiles_from_json, profiles_to_json
from componium.methods.base import Autoregressive, profiles_of
from componium.music.types import type_ids, type_weights
from componium.progress import type_on_progress


class Uniform(Autoregressive):
    """Uniform distribution over the tokens of a codec.

      codec  a codec's name, or its options with "name" among them

    >>> Uniform(codec="melody").supported_controls == Uniform(codec="notechord").supported_controls
    True
    """

    tags = frozenset({"needs_music", "likelihood", "baseline"})

    def __init__(self, *, codec: str | Mapping[str, Any] = "events") -> None:
        self.codec = codec

    def fit(
        self,
        corpus: Corpus,
        *,
        run_dir: Path | None = None,
        resume: bool = False,
        on_progress: type_on_progress | None = None,
    ) -> Self:
        """Learn the styles and their profiles, from which open controls are drawn."""
        self.check_params()
        self.codec_ = self.make_codec().fit(corpus)
        self.profiles_ = profiles_of(corpus.train)
        return self

    def check_params(self) -> None:
        super().check_params()
        self.make_codec()

    def get_weights(self) -> tuple[dict[str, Any], type_weights]:
        return {"codec": self.codec_.config(), "profiles": profiles_to_json(self.profiles_)}, {}

    def set_weights(self, learned: Mapping[str, Any], weights: type_weights) -> Self:
        self.codec_, self.profiles_ = self.codec_from(learned), profiles_from_json(learned.get("profiles"))
        return self

    # The state is the number of sequences.

    def empty_state(self, batch: int) -> int:
        return batch

    def step(self, state: int, ids: type_ids) -> tuple[NDArray[np.float32], int]:
        return np.zeros((state, len(self.codec_.vocab)), dtype=np.float32), state

    def select(self, state: int, rows: NDArray[np.int64]) -> int:
        return len(rows)
