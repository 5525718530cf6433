"""Parameters of constructors: checks of their names, types and ranges."""

from collections.abc import Collection, Mapping
from difflib import get_close_matches
from inspect import Parameter, signature
from math import inf
from typing import Any

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
    """Raise ControlError for a value whose type differs from its default's.

    Booleans, whole numbers and fractions are checked; a whole number is a fraction too. Parameters with other defaults,
    such as None or a mapping, are not checked.
    """
    for name, value in params.items():
        default = known[name].default
        for kind, accepted, text in (
            (bool, bool, "True or False"), (int, int, "a whole number"), (float, int | float, "a number"),
        ):  # fmt: skip
            if type(default) is kind:
                if not isinstance(value, accepted) or (kind is not bool and isinstance(value, bool)):
                    raise ControlError(f"{name}={value!r}", expected=text)
                break


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
