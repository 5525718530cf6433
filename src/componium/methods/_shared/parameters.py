"""Parameters of constructors: checks of their names, types and ranges."""

from collections import abc
from collections.abc import Collection, Mapping
from difflib import get_close_matches
from inspect import Parameter, signature
from math import inf, isfinite
from types import UnionType
from typing import Any, Union, get_args, get_origin

from componium.errors import ControlError


def parameters_of(kind: type) -> dict[str, Parameter]:
    """Return the constructor's parameters by name, in order."""
    return dict(signature(kind).parameters)


def to_plain(value: Any) -> Any:
    """Return a value with its mappings as dicts and its sequences as lists.

    >>> to_plain({"sizes": (1, 2)})
    {'sizes': [1, 2]}
    """
    if isinstance(value, Mapping):
        return {key: to_plain(item) for key, item in value.items()}
    if isinstance(value, tuple | list):
        return [to_plain(item) for item in value]
    return value


def check_names(method: str, params: Collection[str], known: Collection[str]) -> None:
    """Raise ControlError, with near names, for parameters that a method lacks."""
    for name in sorted(set(params) - set(known)):
        near = get_close_matches(name, list(known), n=2, cutoff=0.5)
        raise ControlError(f"no parameter {name!r} of {method}",
                           expected=f"one of {', '.join(known)}" if known else "no parameters",
                           advice=f"did you mean {' or '.join(near)}?" if near else "")


def check_types(params: Mapping[str, Any], known: Mapping[str, Parameter]) -> None:
    """Raise ControlError for a value that its parameter's annotation doesn't admit.

    A whole number is a fraction too, a list a tuple; neither nan nor infinity is a number. A parameter without an
    annotation is like its default, if that is a bool, a number or text.
    """
    for name, value in params.items():
        annotation = known[name].annotation
        if annotation is Parameter.empty or isinstance(annotation, str):
            default = type(known[name].default)
            annotation = default if default in TYPES else Any
        if not admits(annotation, value):
            raise ControlError(f"{name}={value!r}", expected=_in_words(annotation))
        if name == "seed" and value is not None and value < 0:
            raise ControlError(f"{name}={value!r}", expected="0 or more")


TYPES = {bool: "True or False", int: "a whole number", float: "a number", str: "text", type(None): "None"}


def admits(annotation: Any, value: Any) -> bool:
    """Return True if a value may be given for a parameter with an annotation.

    >>> admits(float, 3), admits(int, 3.0), admits(float, float("nan")), admits(int | None, None)
    (True, False, False, True)
    >>> admits(tuple[int, ...], [60, 62]), admits(tuple[int, ...], [60, "D"])
    (True, False)
    """
    kind, inner = get_origin(annotation) or annotation, get_args(annotation)
    if kind in (Union, UnionType):
        return any(admits(one, value) for one in inner)
    if kind is float:
        return isinstance(value, int | float) and not isinstance(value, bool) and isfinite(value)
    if kind is int:
        return isinstance(value, int) and not isinstance(value, bool)
    if kind is type(None):
        return value is None
    if not isinstance(kind, type) or kind is object:
        return True
    if issubclass(kind, tuple) or kind is abc.Sequence:
        return isinstance(value, list | tuple) and all(admits(inner[0] if inner else Any, one) for one in value)
    return isinstance(value, kind)


def _in_words(annotation: Any) -> str:
    """Return what an annotation admits, in words."""
    kind, inner = get_origin(annotation) or annotation, get_args(annotation)
    if kind in (Union, UnionType):
        return " or ".join(map(_in_words, inner))
    if kind in TYPES:
        return TYPES[kind]
    if isinstance(kind, type) and issubclass(kind, abc.Mapping):
        return "a table of values by name"
    return f"a list, each {_in_words(inner[0])}" if inner else str(getattr(kind, "__name__", kind))


SIZES = {  # the lowest and the highest value of sizes that several nets have
    "n_layer": (1, 200), "n_stack": (1, 200), "n_head": (1, 1024), "n_embd": (1, 65_536), "n_hidden": (1, 65_536),
    "n_dense": (0, 65_536), "n_channels": (1, 65_536), "n_skip": (1, 65_536), "n_noise": (1, 65_536),
    "n_voices": (1, 64), "block_size": (32, 10**6), "kernel": (2, 1024), "sweeps": (1, 10**6),
}  # fmt: skip


def check_sizes(params: Mapping[str, Any]) -> None:
    """Raise ControlError for a net's sizes, dropout or temperature out of range."""
    for name, (low, high) in SIZES.items():
        if params.get(name) is not None:
            check_range(name, params[name], low, high)
    if not 0 <= params.get("dropout", 0) < 1:
        raise ControlError(f"dropout={params['dropout']!r}", expected="0 to below 1")
    if not 0 < params.get("temperature", 1) <= 10:
        raise ControlError(f"temperature={params['temperature']!r}", expected="above 0, to 10")
    if "n_head" in params and params["n_embd"] % (2 * params["n_head"]):  # positions are turns of pairs of channels
        raise ControlError(f"n_embd={params['n_embd']!r} and n_head={params['n_head']!r}",
                           expected="an even number of channels for each head")


def check_range(name: str, value: float, low: float, high: float = inf) -> None:
    """Raise ControlError for a number outside low to high, both included."""
    if not low <= value <= high:
        raise ControlError(f"{name}={value!r}", expected=f"{low} or more" if high == inf else f"{low} to {high}")


def check_choice(name: str, value: object, choices: Collection[object]) -> None:
    """Raise ControlError for a value that is none of the choices."""
    if value not in list(choices):  # a list: values need not be hashable
        near = get_close_matches(str(value), [str(choice) for choice in choices], n=1)
        raise ControlError(f"{name}={value!r}", expected=f"one of {', '.join(repr(choice) for choice in choices)}",
                           advice=f"did you mean {near[0]!r}?" if near else "")
