"""Folder and clock of a training run, the same for every loop.

A run's folder holds

    last.safetensors    the training state, every `checkpoint_every` steps, when the run is stopped, and at its end
    best.safetensors    the best weights on validation so far; its metadata has their step and their result
    log.jsonl           one JSON object a line: step and losses, or step and a validation result
"""

import json
import logging
import signal
import threading
import time
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal

import lightning
import numpy as np
import torch
from torch import Tensor

from componium.checkpoints import load_arrays, load_metadata, load_tree, save_arrays, save_tree
from componium.errors import CheckpointError
from componium.music.types import type_weights
from componium.training.settings import RunSettings

FIRST_PLAN, REPLAN_EVERY = 20, 100  # steps after which the pace is known, and is measured again


class Clock:
    """Pace of a run, and the number of steps that it is planned to have."""

    def __init__(self, settings: RunSettings, first_step: int) -> None:
        self.settings, self.first_step, self.total_steps = settings, first_step, settings.steps
        self.started = self.lap = time.monotonic()
        self.n_tokens = 0

    def tick(self, step: int, n_tokens: int) -> None:
        """Count a step, and plan as many as the time limit allows.

        So the learning rate ends at 0.
        """
        self.n_tokens += n_tokens
        done, minutes = step - self.first_step, self.settings.minutes
        if minutes is not None and done and (done == FIRST_PLAN or done % REPLAN_EVERY == 0):
            possible = self.first_step + int(minutes * 60 / (self._elapsed() / done))
            self.total_steps = min(max(possible, step + 1), self.settings.steps)

    def is_over(self, step: int) -> bool:
        """Return True after the last planned step, or when the time is up."""
        minutes = self.settings.minutes
        late = minutes is not None and step - self.first_step >= FIRST_PLAN and self._elapsed() > minutes * 60
        return late or step >= self.total_steps

    def pace(self) -> int:
        """Return the tokens a second since the last call of `pace` or `restart`."""
        rate = round(self.n_tokens / max(time.monotonic() - self.lap, 1e-9))
        self.restart()
        return rate

    def restart(self) -> None:
        """Measure the pace from now on, as after a validation."""
        self.lap, self.n_tokens = time.monotonic(), 0

    def _elapsed(self) -> float:
        return time.monotonic() - self.started


class RunFolder:
    """Files of a run; with a folder of None nothing is read or written."""

    def __init__(self, folder: Path | None) -> None:
        self.folder = folder

    def log(self, row: Mapping[str, Any]) -> None:
        """Append a line to the log."""
        if self.folder:
            self.folder.mkdir(parents=True, exist_ok=True)
            with (self.folder / "log.jsonl").open("a", encoding="utf-8") as file:
                file.write(json.dumps(row) + "\n")

    def begin_log(self, step: int, unit: str) -> None:
        """State the unit of the loss, unless the run goes on from a later step."""
        if not step:
            self.log({"step": 0, "unit": unit})

    def save_state(self, tree: Mapping[str, Any]) -> None:
        """Write the training state: nested containers of tensors, arrays and plain values."""
        if self.folder:
            save_tree(self.folder / "last.safetensors", _replace_leaves(tree, Tensor, lambda leaf: leaf.cpu().numpy()))

    def load_state(self) -> dict[str, Any] | None:
        """Return the last state that was saved; None, with a warning, without one.

        It has tensors for the arrays.

        Raises CheckpointError for a damaged file.
        """
        path = self.folder / "last.safetensors" if self.folder else None
        if path is None:
            return None
        if not path.exists():
            warnings.warn(f"no training state in {self.folder}: the training starts anew", stacklevel=4)
            return None
        tree: dict[str, Any] = _replace_leaves(load_tree(path), np.ndarray, torch.from_numpy)
        return tree

    def save_best(self, step: int, result: float, weights: type_weights) -> None:
        """Write the best weights so far, with their step and their result on validation."""
        if self.folder:
            save_arrays(self.folder / "best.safetensors", weights, {"step": str(step), "result": repr(result)})

    def load_best(self) -> tuple[type_weights, float | None]:
        """Return the best weights so far and their result, if there are any.

        Raises CheckpointError for a damaged file.
        """
        path = self.folder / "best.safetensors" if self.folder else None
        if path is None or not path.exists():
            return {}, None
        weights, about = load_arrays(path), load_metadata(path)
        try:
            return weights, float(about["result"]) if "result" in about else None
        except ValueError as error:
            raise CheckpointError(f"a damaged result: {error}", where=str(path)) from error


@contextmanager
def saved_when_stopped(save: Callable[[], None]) -> Iterator[None]:
    """Call `save` if the block is stopped, by Ctrl-C or by the end of the process."""
    try:
        yield
    except (KeyboardInterrupt, SystemExit):
        save()
        raise


@contextmanager
def uninterrupted() -> Iterator[None]:
    """Delay Ctrl-C and SIGTERM until the block is done.

    Outside the main thread, where no signal arrives, nothing is done.
    """
    caught: list[int] = []
    before: dict[int, Any] = {}
    try:
        if threading.current_thread() is threading.main_thread():
            for number in (signal.SIGINT, signal.SIGTERM):
                if (handler := signal.getsignal(number)) is not None:  # None: set by another program, not by Python
                    before[number] = handler
                    signal.signal(number, lambda number, _: caught.append(number))
        yield
    finally:
        for held, handler in before.items():
            signal.signal(held, handler)
    if caught:
        signal.raise_signal(caught[0])


def start_fabric(precision: Literal["32-true", "bf16-mixed"]) -> lightning.Fabric:
    """Return a Fabric on one device that logs no advice.

    The device is an accelerator, if there is one.
    """
    for name in ("lightning.fabric", "lightning.pytorch"):  # whichever was imported last does the logging
        logging.getLogger(name).setLevel(logging.WARNING)
    return lightning.Fabric(devices=1, precision=precision)


def _replace_leaves(tree: Any, kind: type, change: Any) -> Any:
    """Return a tree with every leaf of a kind changed."""
    if isinstance(tree, kind):
        return change(tree)
    if isinstance(tree, Mapping):
        return {key: _replace_leaves(value, kind, change) for key, value in tree.items()}
    if isinstance(tree, tuple | list):
        return type(tree)(_replace_leaves(value, kind, change) for value in tree)
    return tree
