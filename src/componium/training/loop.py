"""Training loop of all nets that minimize one loss, on Lightning's Fabric.

A run is resumable to the bit: the data of a step is a function of (seed, step), so is its dropout, and the saved state
holds everything else. The learning rate is constant after a short warm-up, then falls linearly to 0: a run can be made
longer, or ended early, without having been another run. The weights that are returned are the best on validation: by
the mean over styles of their losses a token, so that a style of few pieces counts as much as one of many.

Torch is imported here, so nothing that only composes may import this module.
"""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import count, islice
from pathlib import Path
from typing import Any, Protocol

import lightning
import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from componium.codecs.base import Codec, Example
from componium.errors import CheckpointError, CorpusError
from componium.music.types import type_weights
from componium.progress import Progress, type_on_progress
from componium.training.batching import IGNORED, Windows
from componium.training.modules import weights_of
from componium.training.optimizer import MuonAdamW
from componium.training.run import Clock, RunFolder, saved_when_stopped, start_fabric, uninterrupted
from componium.training.settings import Settings

type_loss = Callable[[Any, Tensor], tuple[Tensor, int]]  # outputs, targets -> the sum over targets, and their number


class Source(Protocol):
    """Batches to learn from."""

    def batches(self, epoch: int) -> Iterator[Any]:
        """Return the batches (inputs, targets) of an epoch, two arrays each.

        The same epoch has the same batches.
        """
        ...


def train(
    module: nn.Module,
    codec: Codec,
    training: Sequence[Example],
    validation: Sequence[Example],
    settings: Settings,
    *,
    run_dir: Path | None = None,
    resume: bool = False,
    on_progress: type_on_progress | None = None,
) -> type_weights:
    """Train a net on examples; return its best weights on validation.

    The net maps ids (B, T) to logits (B, T, V).

    run_dir      folder for the state, the log and the best weights (see training.run)
    resume       go on from the state in `run_dir`, if there is one
    on_progress  called every `log_every` steps

    Raises CorpusError without examples, CheckpointError if the state is another net's.
    """
    if not training:
        raise CorpusError("nothing to learn from", expected="at least one piece in the training split")
    size: dict[str, Any] = {"block_size": settings.block_size, "batch_size": settings.batch_size, "seed": settings.seed}
    windows = Windows(codec, training, **size, augment=settings.augment, fills=settings.fills,
                      shuffle_rows=settings.shuffle_rows)  # fmt: skip
    held_out = {style: Windows(codec, examples, **size, augment=False, n_rows=settings.validate_rows)
                for style, examples in _by_style(validation, settings).items()}  # fmt: skip
    return train_on(module, windows, held_out, settings, run_dir=run_dir, resume=resume, on_progress=on_progress)


def _by_style(examples: Sequence[Example], settings: Settings) -> dict[str, list[Example]]:
    """Return examples by their first style, shuffled where only some of them are read."""
    found: dict[str, list[Example]] = {}
    rng = np.random.default_rng(settings.seed)
    order = np.arange(len(examples)) if settings.validate_rows is None else rng.permutation(len(examples))
    for at in order.tolist():
        found.setdefault(examples[at].styles[0] if examples[at].styles else "", []).append(examples[at])
    return found


def token_nats(logits: Tensor, targets: Tensor) -> tuple[Tensor, int]:
    """Return the summed cross entropy in nats, and the number of targets.

    Targets that are IGNORED don't count.

    logits (B, T, V), targets (B, T).
    """
    flat = logits.float().flatten(0, 1), targets.flatten()
    total = functional.cross_entropy(*flat, ignore_index=IGNORED, reduction="sum")
    return total, int((targets != IGNORED).sum())


def train_on(
    module: nn.Module,
    source: Source,
    held_out: Mapping[str, Source],
    settings: Settings,
    *,
    loss: type_loss = token_nats,
    unit: str = "nats a token",
    run_dir: Path | None = None,
    resume: bool = False,
    on_progress: type_on_progress | None = None,
) -> type_weights:
    """Train a net on batches; return its best weights on those held out.

    `held_out` are those of each style; without any it returns the last.

    `loss` maps the net's outputs and the targets to the sum over targets and their number; `unit` is that of its mean,
    for the log and the progress. The rest is as in `train`.
    """
    folder = RunFolder(run_dir)
    run = _Training(module, held_out, settings, loss, folder)
    if resume:
        run.resume()
    folder.begin_log(run.step, unit)
    clock, batches = Clock(settings, run.step), islice(_endless(source), run.step, None)
    over = clock.is_over(run.step) or run.misses >= settings.patience
    with torch.random.fork_rng(), saved_when_stopped(run.save):
        while True:
            if run.is_to_validate(over):
                run.validate()
                over = over or run.misses >= settings.patience
                clock.restart()
            if over or (run.step > run.saved and run.step % settings.checkpoint_every == 0):
                run.save()
            if over:
                return run.best or weights_of(module)
            batch = next(batches)
            rate = settings.learning_rate * rate_share(run.step, clock.total_steps, settings)
            mean = run.learn(batch, rate)
            clock.tick(run.step, batch[0].size)
            over = clock.is_over(run.step)
            if run.step % settings.log_every == 0:
                row = {"step": run.step, "loss": mean, "learning_rate": rate, "tokens_per_second": clock.pace()}
                folder.log(row)
                if on_progress:
                    on_progress(Progress("training", run.step, clock.total_steps, _summary(row, run.validation, unit)))


class _Training:
    """Net, optimizer and state of a run.

    step        steps that were taken
    saved       the step of the last saved state
    validated   the step of the last validation, whose result is `validation`
    lowest      the lowest result so far, of the weights `best`
    misses      validations since then
    """

    def __init__(
        self, module: nn.Module, held_out: Mapping[str, Source], settings: Settings, loss: type_loss, folder: RunFolder
    ) -> None:
        self.module, self.held_out, self.settings, self.loss, self.folder = module, held_out, settings, loss, folder
        self.fabric = start_fabric("bf16-mixed")
        self.optimizer = MuonAdamW(
            module.named_parameters(), lr=settings.learning_rate, weight_decay=settings.weight_decay, muon=settings.muon
        )
        self.net, self.stepper = self.fabric.setup(module, self.optimizer)
        self.step = self.saved = self.validated = self.misses = 0
        self.lowest = self.validation = math.inf
        self.best: type_weights = {}

    def resume(self) -> None:
        """Go on from the state in the folder, and from the best weights there.

        They may be of a later step than the state. Raises CheckpointError if they are another net's.
        """
        if state := self.folder.load_state():
            _check_shapes(self.module, state["module"], self.folder)
            self.module.load_state_dict(state["module"])
            self.optimizer.load_state_dict(state["optimizer"])
            self.step = self.saved = state["step"]
            self.validated = state.get("validated", self.step)
            self.lowest, self.misses = state["lowest"], state["misses"]
        self.best, lowest = self.folder.load_best()
        if self.best:
            _check_shapes(self.module, self.best, self.folder)
            self.lowest = self.lowest if lowest is None else min(self.lowest, lowest)

    def save(self) -> None:
        """Write the training state."""
        self.folder.save_state({
            "step": self.step, "validated": self.validated, "lowest": self.lowest, "misses": self.misses,
            "module": self.module.state_dict(), "optimizer": self.optimizer.state_dict(),
        })  # fmt: skip
        self.saved = self.step

    def learn(self, batch: tuple[Any, Any], rate: float) -> float:
        """Take a step at a learning rate; return the mean loss before it."""
        settings = self.settings
        inputs, targets = (self.fabric.to_device(torch.from_numpy(array)) for array in batch)
        torch.manual_seed(settings.seed * 1_000_003 + self.step)  # everything random in a step follows from its number
        self.optimizer.set_rate(rate)
        total, n_targets = self.loss(self.net(inputs), targets)
        mean = total / max(n_targets, 1)
        self.stepper.zero_grad()
        self.fabric.backward(mean)
        self.fabric.clip_gradients(self.net, self.stepper, max_norm=settings.clip, error_if_nonfinite=False)
        with uninterrupted():  # a state that is saved on stopping is never one between two steps
            self.stepper.step()
            self.step += 1
        return mean.item()

    def is_to_validate(self, over: bool) -> bool:
        """Return True if the weights of this step are to be validated, and aren't yet."""
        due = over or self.step % self.settings.validate_every == 0
        return bool(self.held_out) and due and self.step > self.validated

    def validate(self) -> None:
        """Measure the loss on what is held out, and keep the weights if it is the lowest."""
        sources = self.held_out.items()
        losses = {style: _mean_loss(self.fabric, self.net, source, self.loss) for style, source in sources}
        self.validation = sum(losses.values()) / len(losses)
        by_style = {"by_style": losses} if len(losses) > 1 else {}
        self.folder.log({"step": self.step, "validation": self.validation, **by_style})
        with uninterrupted():
            self.validated, self.misses = self.step, self.misses + 1
            if self.validation < self.lowest:
                self.lowest, self.misses, self.best = self.validation, 0, weights_of(self.module)
                self.folder.save_best(self.step, self.lowest, self.best)


def rate_share(step: int, total_steps: int, settings: Settings) -> float:
    """Return the share of the learning rate at a step.

    It rises over `warmup` steps and falls over the last `decay` of all.

    >>> [round(rate_share(step, 100, Settings(warmup=10, decay=0.5)), 2) for step in (0, 4, 9, 50, 75, 100)]
    [0.1, 0.5, 1.0, 1.0, 0.5, 0.0]
    """
    falling = (total_steps - step) / (total_steps * settings.decay) if settings.decay else 1.0
    return min((step + 1) / settings.warmup, max(falling, 0.0), 1.0)


def _summary(row: Mapping[str, float], validation: float, unit: str) -> str:
    """Return a line of the log in words."""
    text = f"loss {row['loss']:.3f}, {row['tokens_per_second']:,} tokens/s"
    return text + (f", validation {validation:.4f} ({unit})" if math.isfinite(validation) else "")


def _endless(source: Source) -> Iterator[Any]:
    """Yield the batches of epoch after epoch."""
    for epoch in count():
        yield from source.batches(epoch)


def _mean_loss(fabric: lightning.Fabric, net: nn.Module, held_out: Source, loss: type_loss) -> float:
    """Return the mean loss a target of what is held out."""
    net.eval()
    with torch.inference_mode():
        sums = [loss(net(inputs), targets) for inputs, targets in
                (map(fabric.to_device, map(torch.from_numpy, batch)) for batch in held_out.batches(0))]  # fmt: skip
    net.train()
    return sum(float(total) for total, _ in sums) / max(sum(n for _, n in sums), 1)


def _check_shapes(module: nn.Module, saved: Mapping[str, Any], folder: RunFolder) -> None:
    """Raise CheckpointError if saved weights are another net's."""
    shapes = {name: tuple(value.shape) for name, value in module.state_dict().items()}
    if {name: tuple(value.shape) for name, value in saved.items()} != shapes:
        raise CheckpointError("a training of another net", where=str(folder.folder),
                              expected="the sizes it was begun with")
