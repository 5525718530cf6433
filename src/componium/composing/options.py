"""Keyword arguments that several verbs share, for type checkers."""

from collections.abc import Mapping
from pathlib import Path
from typing import TypedDict

from componium.corpora import Corpus
from componium.methods import Method
from componium.progress import type_on_progress


class ModelOptions(TypedDict, total=False):
    """The seed, the model, and the progress of its learning."""

    seed: int | None
    method: Method | str | Path | None
    corpus: Corpus | str | Path | None
    on_progress: type_on_progress | None


class SamplingOptions(ModelOptions, total=False):
    """Those of a verb that draws one id after another."""

    temperature: float
    top_p: float
    constraints: Mapping[str, bool] | None
