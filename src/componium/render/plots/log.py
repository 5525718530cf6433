"""Log of a training run, as `componium train` writes it.

Each line is a JSON object: {"step", "loss"}, {"step", "validation"}, or {"step", "unit"}, the unit of both, which is
nats a token where none is stated. An adversarial run has {"step", "discriminator", "generator"}, the two losses, and
{"step", "coverage"}. Of a step logged twice (by a run that was resumed) the last entry counts.
"""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from componium.errors import FormatError, LimitError

NAME = "log.jsonl"
MAX_BYTES = 50_000_000
UNIT = "nats a token"
CURVES = {"loss": "training", "discriminator": "discriminator", "generator": "generator", "validation": "validation",
          "coverage": "coverage of validation bars"}  # what a curve is called, by its name in the log
type_curve = NDArray[np.float64]  # [n, 2]: step, loss


@dataclass(frozen=True, slots=True, eq=False)
class Log:
    """The losses of a run by step.

    `curves` are by name, values of CURVES; `unit` is that of the losses.
    """

    name: str
    curves: Mapping[str, type_curve]
    unit: str = UNIT


def is_log(path: Path) -> bool:
    """Return True for a run's folder, or its log."""
    return (path / NAME).is_file() or (path.suffix == ".jsonl" and path.is_file())


def read_log(path: str | Path) -> Log:
    """Read the log in a run's folder, or a log file.

    Raises FormatError, LimitError, OSError.

    A last line that is still being written is left out.
    """
    path = Path(path)
    file = path / NAME if path.is_dir() else path
    if file.stat().st_size > MAX_BYTES:
        raise LimitError("the log is too large", where=str(file), expected=f"at most {MAX_BYTES} bytes")
    lines = file.read_bytes().split(b"\n")
    rows = [_row(line, f"{file}, line {number}") for number, line in enumerate(lines[:-1], 1) if line.strip()]
    curves = {label: curve for name, label in CURVES.items() if len(curve := _curve(rows, name))}
    units = [str(row["unit"]) for row in rows if "unit" in row]
    if not curves:
        raise FormatError("no losses in the log", where=str(file), expected='lines such as {"step": 10, "loss": 2.5}')
    return Log(file.absolute().parent.name, curves, (units or [UNIT])[-1])


def _row(line: bytes, where: str) -> dict[str, Any]:
    expected = 'a line such as {"step": 10, "loss": 2.5}'
    try:
        row = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise FormatError("this is no line of a training log", where=where, expected=expected) from error
    if not isinstance(row, dict) or not _is_number(row.get("step")):
        raise FormatError("this is no line of a training log", where=where, expected=expected)
    return row


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e300


def _curve(rows: list[dict[str, Any]], name: str) -> type_curve:
    """Return step and loss, in order of steps.

    A loss that is no number (a run that diverged) is left out.
    """
    known = {float(row["step"]): float(row[name]) for row in rows if _is_number(row.get(name))}
    curve = [(step, loss) for step, loss in sorted(known.items()) if math.isfinite(step)]
    return np.array(curve, dtype=np.float64).reshape(-1, 2)
