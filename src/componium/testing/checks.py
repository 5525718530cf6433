"""Checks as named functions, and the assertions that they share."""

import random
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeAlias

import numpy as np

from componium.errors import ComponiumError

type_checks: TypeAlias = list[tuple[str, Callable[[], None]]]


def require(condition: object, message: str) -> None:
    """Raise AssertionError with a message unless the condition holds."""
    if not condition:
        raise AssertionError(message)


@contextmanager
def must_raise(error: type[ComponiumError], because: str, text: str = "") -> Iterator[None]:
    """Require that the block raises an error of this type whose message holds `text`."""
    try:
        yield
    except error as raised:
        require(text in str(raised), f"{because}: the message {str(raised)!r} does not name {text!r}")
        return
    raise AssertionError(f"{because}: expected {error.__name__}")


@contextmanager
def no_global_randomness() -> Iterator[None]:
    """Require that the block leaves all global random generators as they were.

    They are those of Python, numpy and, if it is imported, torch.
    """
    before = _random_states()
    yield
    require(before == _random_states(), "a global random generator was used: randomness must be an argument")


def _random_states() -> tuple[Any, ...]:
    torch = sys.modules.get("torch")
    name, keys, *place = np.random.get_state(legacy=True)  # the legacy state is what must not change
    states = (random.getstate(), name, np.asarray(keys).tobytes(), tuple(place))
    return (*states, torch.get_rng_state().numpy().tobytes()) if torch else states
