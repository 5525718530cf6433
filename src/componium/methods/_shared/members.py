"""Models inside other methods: described, fitted or loaded, and saved with them.

A member is described as {"method": name, and its parameters}, to be fitted, or as {"folder": path of a fitted model}.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from componium import registry
from componium.codecs.base import Codec
from componium.corpora.base import Corpus
from componium.errors import CheckpointError, ControlError
from componium.methods.base import Autoregressive, Method, load, make
from componium.music.types import type_weights


def fit_member(description: Mapping[str, Any], corpus: Corpus) -> Autoregressive:
    """Return a member, fitted to the corpus or loaded.

    Raises ControlError for one that has no likelihood.
    """
    member = _build(description)
    return member if "folder" in description else member.fit(corpus)


def check_member(description: Mapping[str, Any]) -> None:
    """Raise ControlError for a member that can't be fitted.

    Raises CheckpointError for a folder without a model.
    """
    if "folder" in description and not isinstance(description["folder"], str | Path):
        raise ControlError(f"a member in the folder {description['folder']!r}", expected="a path")
    _build(description).check_params()


def codec_of(description: Mapping[str, Any]) -> Codec:
    """Return the codec of a member, before it is fitted. Raises as `fit_member` does."""
    member = _build(description)
    return member.codec_ if "folder" in description else member.make_codec()


def dump_member(member: Autoregressive) -> tuple[dict[str, Any], type_weights]:
    """Return plain values and arrays from which `restore_member` builds the member."""
    learned, weights = member.get_weights()
    return {"method": member.name, "parameters": member.get_params(), "learned": learned}, weights


def restore_member(values: Mapping[str, Any], weights: type_weights, prefix: str) -> Autoregressive:
    """Return the member that `dump_member` described.

    Names of its arrays begin with `prefix`. Raises CheckpointError if a part is missing.
    """
    own = {name.removeprefix(prefix): array for name, array in weights.items() if name.startswith(prefix)}
    try:
        member = registry.load_class("methods", values["method"], Method)(**values["parameters"])
        return _autoregressive(member.set_weights(values["learned"], own))
    except KeyError as error:
        raise CheckpointError(f"a member without {error}", expected="the values that save wrote") from error


def _build(description: Mapping[str, Any]) -> Autoregressive:
    if "folder" in description:
        return _autoregressive(load(description["folder"]))
    if not isinstance(description.get("method"), str):
        raise ControlError(f"a member described as {dict(description)}",
                           expected='{"method": name, ...} or {"folder": path}')
    params = {name: value for name, value in description.items() if name != "method"}
    return _autoregressive(make(description["method"], **params))


def _autoregressive(method: Method) -> Autoregressive:
    if not isinstance(method, Autoregressive):
        raise ControlError(f"{type(method).__name__} as a member", expected="a method that predicts the next token")
    return method
