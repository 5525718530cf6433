"""Models inside other methods: how they are told, fitted or loaded, and saved with the method that has them.

A member is told as {"method": name, and its parameters}, to be fitted, or as {"folder": of a fitted model}.
"""

from collections.abc import Mapping
from typing import Any

from componium import registry
from componium.corpora.base import Corpus
from componium.errors import CheckpointError, ControlError
from componium.methods.base import Autoregressive, Method, load
from componium.music.types import type_weights


def member_of(told: Mapping[str, Any], corpus: Corpus) -> Autoregressive:
    """The member, fitted to the corpus or loaded. Raises ControlError for one that has no likelihood."""
    if "folder" in told:
        return _autoregressive(load(told["folder"]))
    if "method" not in told:
        raise ControlError(f"a member told as {dict(told)}", expected='{"method": name, ...} or {"folder": path}')
    parameters = {name: value for name, value in told.items() if name != "method"}
    return _autoregressive(registry.load_class("methods", told["method"], Method)(**parameters).fit(corpus))


def told_of(member: Autoregressive) -> tuple[dict[str, Any], type_weights]:
    """All that is needed to have a fitted member again: plain values, and arrays."""
    learned, weights = member.get_weights()
    name = type(member).__module__.rpartition(".")[2]
    return {"method": name, "parameters": member.get_params(), "learned": learned}, weights


def member_from(told: Mapping[str, Any], weights: type_weights, prefix: str) -> Autoregressive:
    """What `told_of` told, its arrays being those whose names begin with `prefix`. Raises CheckpointError."""
    mine = {name.removeprefix(prefix): array for name, array in weights.items() if name.startswith(prefix)}
    try:
        made = registry.load_class("methods", told["method"], Method)(**told["parameters"])
        return _autoregressive(made.set_weights(told["learned"], mine))
    except KeyError as error:
        raise CheckpointError(f"a member without {error}", expected="what save wrote") from error


def _autoregressive(method: Method) -> Autoregressive:
    if not isinstance(method, Autoregressive):
        raise ControlError(f"{type(method).__name__} as a member", expected="methods that foretell the next token")
    return method
