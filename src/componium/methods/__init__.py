"""Ways of composing, one file each, found by the file's name.

>>> from componium.methods import make
>>> make("markov", order=3).parameters()["order"]
3
"""

from typing import Any

from componium import registry
from componium.methods.base import Autoregressive, Method, load
from componium.training.run import Run

__all__ = ["Autoregressive", "Method", "Run", "load", "make"]


def make(name: str, **parameters: Any) -> Method:
    """A method by its name, not yet fitted. Raises UnknownNameError, TypeError for a parameter it doesn't have."""
    return registry.load_class("methods", name, Method)(**parameters)
