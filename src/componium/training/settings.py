"""Settings of training runs, checked without torch, so before any music is read."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from math import isfinite
from typing import Any

from componium.errors import ControlError

# The lowest and the highest value of each setting that is a number.
RANGES: dict[str, tuple[float, float]] = {
    "steps": (1, 10**9), "minutes": (0, 10**7), "batch_size": (1, 10**5), "learning_rate": (0, 100),
    "validate_every": (1, 10**9), "checkpoint_every": (1, 10**9), "log_every": (1, 10**9), "seed": (0, 2**32 - 1),
    "block_size": (1, 10**6), "warmup": (1, 10**9), "decay": (0, 1), "weight_decay": (0, 1000), "clip": (0, 10**9),
    "patience": (1, 10**9), "validate_rows": (1, 10**9), "beta": (0, 0.9999), "matching": (0, 10**6), "fills": (0, 1),
}  # fmt: skip
ABOVE_ZERO = ("minutes", "clip")


@dataclass(frozen=True)
class RunSettings:
    """Settings of every training run.

    steps             optimizer steps, at most
    minutes           time limit; fewer steps are planned where it allows fewer
    batch_size        rows of a batch
    learning_rate     the highest one
    validate_every    steps between two validations
    checkpoint_every  steps between two saved states
    log_every         steps between two lines of the log
    seed              of the first weights, the data and the dropout

    Raises ControlError for a value of a wrong type or out of range.
    """

    steps: int = 3000
    minutes: float | None = None
    batch_size: int = 8
    learning_rate: float = 1.5e-3
    validate_every: int = 250
    checkpoint_every: int = 100
    log_every: int = 10
    seed: int = 0

    def __post_init__(self) -> None:
        for field in fields(self):
            _check(field.name, getattr(self, field.name), field.default)
            if isinstance(field.default, float):  # torch takes no whole number for a fraction
                object.__setattr__(self, field.name, float(getattr(self, field.name)))


@dataclass(frozen=True)
class Settings(RunSettings):
    """Settings of the loop, beside those of every run.

    block_size     ids of a row
    warmup         steps over which the learning rate rises
    decay          share of the steps, at the end, over which it falls to 0
    weight_decay   of matrices; embeddings, norms and biases have none
    muon           Muon for the hidden matrices of attention nets; else AdamW for all
    clip           the largest norm of a gradient
    patience       validations without a gain before the run stops
    validate_rows  rows of each style, at most, that a validation reads; None for all
    augment        read each piece in another key each epoch, and with other parts of its prefix hidden
    fills          share of the pieces, each epoch, that are read with cells hidden, by a codec that states these
    shuffle_rows   shuffle the rows of an epoch, not only its pieces, so that a batch has short rows of many pieces
    """

    block_size: int = 512
    warmup: int = 100
    decay: float = 0.35
    weight_decay: float = 0.1
    muon: bool = True
    clip: float = 1.0
    patience: int = 8
    validate_rows: int | None = None
    augment: bool = True
    fills: float = 0.0
    shuffle_rows: bool = False


@dataclass(frozen=True)
class AdversarialSettings(RunSettings):
    """Settings of the adversarial loop, beside those of every run.

    beta      Adam's first beta
    matching  weight of feature matching (Salimans et al. 2016), as in MidiNet
    """

    steps: int = 8000
    batch_size: int = 64
    learning_rate: float = 3e-4
    validate_every: int = 500
    checkpoint_every: int = 500
    log_every: int = 50
    beta: float = 0.5
    matching: float = 1.0


KINDS: Mapping[str, type[RunSettings]] = {"loop": Settings, "adversarial": AdversarialSettings}


def settings_of(loop: str, training: Mapping[str, Any] | None) -> Any:
    """Return the settings of "loop" or "adversarial" with those in `training`.

    Raises ControlError for a field that there isn't, and for a value of a wrong type or out of range.

    >>> settings_of("loop", {"steps": 10}).steps
    10
    """
    if training is not None and not isinstance(training, Mapping):
        raise ControlError(f"training={training!r}", expected='settings by name, such as {"steps": 500}')
    kind = KINDS[loop]
    known = [field.name for field in fields(kind)]
    if unknown := sorted(str(name) for name in set(training or {}) - set(known)):
        raise ControlError(f"no training setting {', '.join(unknown)}", expected=f"some of {', '.join(known)}")
    return kind(**(training or {}))


def _check(name: str, value: Any, default: Any) -> None:
    """Raise ControlError for a value of a wrong type or out of range."""
    if isinstance(default, bool):
        if not isinstance(value, bool):
            raise ControlError(f"training.{name}={value!r}", expected="true or false")
        return
    if value is None and default is None:
        return
    whole, (low, high) = isinstance(default, int), RANGES[name]
    is_number = isinstance(value, int if whole else int | float) and not isinstance(value, bool)
    if not is_number or not low <= value <= high or not isfinite(value) or (name in ABOVE_ZERO and value == 0):
        number = "a whole number" if whole else "a number"
        ends = f"above {low}" if name in ABOVE_ZERO else f"from {low}"
        raise ControlError(f"training.{name}={value!r}", expected=f"{number} {ends} to {high}")
