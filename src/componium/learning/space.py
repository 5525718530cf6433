"""Search spaces: the values that a tuned parameter may take, by its name.

A name is that of a constructor's parameter, or "training.learning_rate" for a training setting. In words a range is
`2..6` or `1e-4..1e-2`, whole if both ends are; one of fractions that spans a factor of ten or more is searched by its
logarithm. A choice is `kneser-ney,witten-bell`.

>>> read_values("2..6"), read_values("1e-4..1e-2"), read_values("rnn,gru,lstm")
(Range(low=2, high=6), Range(low=0.0001, high=0.01), Choice(values=('rnn', 'gru', 'lstm')))
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from componium.errors import ControlError
from componium.learning.recipes import scalar
from componium.methods import make
from componium.training.settings import Settings

_NUMBER = r"([-+]?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?)"
_RANGE = re.compile(rf"\s*{_NUMBER}\.\.{_NUMBER}\s*")
FEW = 8  # from here on sizes are halved and doubled; below, every whole number is tried
RATE = 4.0  # the factor by which a learning rate may differ from the default
MOST_DROPPED = 0.9


@dataclass(frozen=True)
class Range:
    """Numbers from low to high, both included; whole if both are.

    Raises ControlError unless low < high.
    """

    low: int | float
    high: int | float

    def __post_init__(self) -> None:
        if not self.low < self.high:
            raise ControlError(f"a range from {self.low} to {self.high}", expected="a lower number, then a higher one")

    @property
    def is_whole(self) -> bool:
        """True for whole numbers."""
        return isinstance(self.low, int) and isinstance(self.high, int)

    @property
    def is_log(self) -> bool:
        """True for fractions that span a factor of ten: their logarithm is searched."""
        return not self.is_whole and self.low > 0 and self.high / self.low >= 10

    def __str__(self) -> str:
        return f"{self.low:g}..{self.high:g}"


@dataclass(frozen=True)
class Choice:
    """Some values: text, numbers or truth values.

    Raises ControlError unless there are two or more.
    """

    values: tuple[str | int | float | bool, ...]

    def __post_init__(self) -> None:
        if len(self.values) < 2 or not all(isinstance(value, str | int | float) for value in self.values):
            raise ControlError(f"a choice among {self.values}", expected="two or more words or numbers")

    def __str__(self) -> str:
        return ",".join(map(str, self.values))


type_space: TypeAlias = Mapping[str, Range | Choice]


def read_values(text: str) -> Range | Choice | None:
    """Return the range or the choice that a text states; None if it states neither.

    Raises ControlError for a range that is empty.
    """
    if match := _RANGE.fullmatch(text):
        low, high = (float(word) if set(word) & set(".eE") else int(word) for word in match.groups())
        return Range(float(low), float(high)) if isinstance(low, float) or isinstance(high, float) else Range(low, high)
    words = [word.strip() for word in text.split(",")]
    return Choice(tuple(map(scalar, words))) if len(words) > 1 and all(words) and scalar(text) == text else None


def usual_space(method: str) -> dict[str, Range | Choice]:
    """Return the search space around the defaults of a method's parameters.

    Sizes go from half to twice the default, shares from 0 to twice theirs, the learning rate by a factor of 4 either
    way; truth values are both tried. Seeds, codecs and the other training settings are left as they are.

    >>> {name: str(values) for name, values in usual_space("markov").items()}
    {'order': '4..16'}
    """
    space = {name: values for name, default in make(method).get_params().items()
             if name != "seed" and (values := _around(name, default)) is not None}  # fmt: skip
    if "training" in make(method).get_params():
        rate = Settings().learning_rate
        space["training.learning_rate"] = Range(rate / RATE, rate * RATE)
    return space


def _around(name: str, default: Any) -> Range | Choice | None:
    """Return the values around a default; None for one that has no scale."""
    if isinstance(default, bool):
        return Choice((False, True))
    if isinstance(default, int) and default > 1:
        if name == "n_head" or (name.startswith("n_") and default >= FEW) or name == "block_size":
            return Choice((default // 2, default, 2 * default))
        return Range(default // 2, 2 * default)
    if isinstance(default, float) and 0 < default < 1:
        return Range(0.0, min(2 * default, MOST_DROPPED))
    return None


def nested(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return values by dotted names as tables.

    >>> nested({"n_layer": 2, "training.seed": 1})
    {'n_layer': 2, 'training': {'seed': 1}}
    """
    tables: dict[str, Any] = {}
    for name, value in values.items():
        *path, last = name.split(".")
        table = tables
        for part in path:
            table = table.setdefault(part, {})
        table[last] = value
    return tables
