"""The one training loop of the neural methods, by Lightning: windows in, the best weights on validation out.

What makes a run resumable to the bit: the data of a step is a function of (seed, step), so is the dropout, and the
checkpoint holds the rest. A run's folder holds

    last.safetensors    the training state, every `checkpoint_every` steps
    best.safetensors    the weights with the lowest validation loss so far
    log.jsonl           one line a logged step: step, loss, learning rate, tokens a second; or step, validation loss

Torch is imported by this module, so nothing that only composes may import it.
"""

import json
import logging
import math
import time
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import count, islice
from pathlib import Path
from typing import Any, Protocol

import lightning
import numpy as np
import torch
from lightning.pytorch.callbacks import Callback
from lightning.pytorch.plugins.io import CheckpointIO
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional
from torch.utils.data import DataLoader, IterableDataset

from componium._files import write_atomic
from componium.checkpoints.store import load_arrays, load_tree, save_arrays, save_tree
from componium.codecs.base import Codec, Example
from componium.errors import CheckpointError, CorpusError
from componium.progress import Progress, type_on_progress
from componium.training.batching import IGNORED, Batch, Windows
from componium.training.optimizer import MuonAdamW


@dataclass(frozen=True)
class Settings:
    """How to train. `steps` is at most; `minutes`, if given, shortens them to what that time allows here."""

    steps: int = 3000
    minutes: float | None = None
    batch_size: int = 8
    block_size: int = 512
    learning_rate: float = 1.5e-3
    warmup: int = 100
    decay: float = 0.35  # the share of steps at the end over which the learning rate falls to 0
    weight_decay: float = 0.1
    muon: bool = True  # for the hidden matrices of attention nets; else AdamW for all
    clip: float = 1.0
    validate_every: int = 250
    patience: int = 8  # validations without a gain before stopping
    checkpoint_every: int = 100
    log_every: int = 10
    augment: bool = True  # each epoch every piece in another key, and with other things hidden
    seed: int = 0


type_loss = Callable[[Any, Tensor], tuple[Tensor, int]]  # outputs, targets -> the sum over targets, and their number


def token_nats(logits: Tensor, targets: Tensor) -> tuple[Tensor, int]:
    """Minus the log of the chance of each target but those IGNORED, in nats; logits (B, T, V), targets (B, T)."""
    total = functional.cross_entropy(
        logits.float().flatten(0, 1), targets.flatten(), ignore_index=IGNORED, reduction="sum"
    )
    return total, int((targets != IGNORED).sum())


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
) -> dict[str, NDArray[Any]]:
    """Train `module` (ids (B, T) -> logits (B, T, V)) and return its best weights on validation.

    Without a validation set the last weights are returned. With `resume`, goes on from the folder's last state if there
    is one. Raises CorpusError if there is nothing to learn from, CheckpointError if that state is another net's.
    """
    if not training:
        raise CorpusError("nothing to learn from", expected="at least one piece in the training split")
    size = {"block_size": settings.block_size, "batch_size": settings.batch_size, "seed": settings.seed}
    windows = Windows(codec, training, **size, augment=settings.augment)
    held_out = Windows(codec, validation, **size, augment=False) if validation else None
    return train_on(module, windows, held_out, settings, run_dir=run_dir, resume=resume, on_progress=on_progress)


class Source(Protocol):
    """Where batches come from."""

    def batches(self, epoch: int) -> Iterator[Any]:
        """The batches (inputs, targets) of one epoch, the same whenever that epoch is asked for."""
        ...


def train_on(
    module: nn.Module,
    windows: Source,
    held_out: Source | None,
    settings: Settings,
    *,
    loss: type_loss = token_nats,
    run_dir: Path | None = None,
    resume: bool = False,
    on_progress: type_on_progress | None = None,
) -> dict[str, NDArray[Any]]:
    """As `train`, for batches (inputs, targets) from elsewhere, and another `loss`."""
    state = run_dir / "last.safetensors" if run_dir else None
    resuming = state if resume and state and state.exists() else None
    start = _begun(resuming, module) if resuming else 0
    learner = _Learner(module, settings, loss)
    keeper = _Keeper(settings, run_dir, on_progress)
    with torch.random.fork_rng(), warnings.catch_warnings():
        # Lightning advises on worker counts and on endless datasets; both are as meant.
        warnings.filterwarnings("ignore", module="lightning")
        warnings.filterwarnings("ignore", category=FutureWarning)
        trainer = _trainer(settings, keeper, held_out is not None)
        loaders = (
            _loader(_Stream(windows, start)),
            _loader(_Stream(held_out, 0, epochs=1)) if held_out else None,
        )
        try:
            trainer.fit(learner, *loaders, ckpt_path=resuming)
        except SystemExit as end:
            if isinstance(end.__context__, KeyboardInterrupt):  # Lightning makes an exit of Ctrl-C
                raise KeyboardInterrupt from end
            raise
    return keeper.best or weights_of(learner.module)


def _begun(state: Path, module: nn.Module) -> int:
    """The step at which a training state was kept. Raises CheckpointError if it is another net's."""
    tree = load_tree(state)
    kept = {name: array.shape for name, array in tree["state_dict"].items()}
    if kept != {f"module.{name}": tuple(value.shape) for name, value in module.state_dict().items()}:
        raise CheckpointError("a training of another net", where=str(state), expected="the sizes it was begun with")
    return int(tree["global_step"])


def seeded(make: Callable[[], nn.Module], seed: int) -> nn.Module:
    """What `make` makes, its first weights drawn by `seed`; torch's global state stays as it was."""
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        return make()


def _trainer(settings: Settings, keeper: "_Keeper", validates: bool) -> lightning.Trainer:
    logging.getLogger("lightning.pytorch").setLevel(logging.ERROR)
    return lightning.Trainer(
        max_steps=settings.steps,
        max_epochs=-1,
        gradient_clip_val=settings.clip,
        precision="bf16-mixed",
        devices=1,
        val_check_interval=settings.validate_every if validates else None,
        check_val_every_n_epoch=None if validates else 1,
        num_sanity_val_steps=0,
        limit_val_batches=1.0 if validates else 0,
        logger=False,
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
        callbacks=[keeper],
        plugins=[_Checkpoints()],
    )


def weights_of(module: nn.Module) -> dict[str, NDArray[Any]]:
    """A copy of a module's weights, float32."""
    return {name: value.detach().float().cpu().numpy().copy() for name, value in module.state_dict().items()}


def put_weights(module: nn.Module, weights: Mapping[str, NDArray[Any]]) -> None:
    """Give a module other weights, every one of them."""
    module.load_state_dict({name: torch.from_numpy(array) for name, array in weights.items()})


class _Stream(IterableDataset[Batch]):
    """Batches of epoch after epoch, from a step on."""

    def __init__(self, windows: Source, start: int, epochs: int | None = None) -> None:
        self.windows, self.start, self.epochs = windows, start, epochs

    def __iter__(self) -> Iterator[Batch]:
        numbers = count() if self.epochs is None else range(self.epochs)
        return islice((batch for epoch in numbers for batch in self.windows.batches(epoch)), self.start, None)


def _loader(stream: _Stream) -> DataLoader[Batch]:
    return DataLoader(stream, batch_size=None, collate_fn=lambda batch: tuple(map(torch.from_numpy, batch)))


class _Learner(lightning.LightningModule):
    """The loss, the optimizers and the learning rate."""

    def __init__(self, module: nn.Module, settings: Settings, loss: type_loss) -> None:
        super().__init__()
        self.module, self.settings, self.loss = module, settings, loss
        self.total_steps = settings.steps

    def training_step(self, batch: tuple[Tensor, Tensor], index: int) -> Tensor:
        """The mean loss of a target."""
        total, n = self.loss(self.module(batch[0]), batch[1])
        return total / max(n, 1)

    def validation_step(self, batch: tuple[Tensor, Tensor], index: int) -> dict[str, float]:
        """The sum of losses, and over how many targets."""
        total, n = self.loss(self.module(batch[0]), batch[1])
        return {"loss": float(total), "targets": n}

    def configure_optimizers(self) -> torch.optim.Optimizer:
        """What moves the weights."""
        settings = self.settings
        size = {"lr": settings.learning_rate, "weight_decay": settings.weight_decay}
        return MuonAdamW(self.module.named_parameters(), **size, muon=settings.muon)

    def on_train_batch_start(self, batch: Any, index: int) -> None:
        """Everything random in a step, and its rate, follow from its number."""
        step, settings = self.trainer.global_step, self.settings
        torch.manual_seed(settings.seed * 1_000_003 + step)
        # Constant, then linear to nothing: a run can be lengthened, or ended early, without having been another run.
        falling = (self.total_steps - step) / (self.total_steps * settings.decay)
        rate = min((step + 1) / settings.warmup, max(falling, 0.0), 1.0)
        for group in self.trainer.optimizers[0].param_groups:
            group["lr"] = settings.learning_rate * rate


class _Keeper(Callback):
    """Keeps the best weights, the state to resume from and the log; stops in time."""

    def __init__(self, settings: Settings, folder: Path | None, on_progress: type_on_progress | None) -> None:
        self.settings, self.folder, self.on_progress = settings, folder, on_progress
        self.best: dict[str, NDArray[Any]] = {}
        self.lowest, self.validation, self.misses = math.inf, math.inf, 0
        self.sums: list[dict[str, float]] = []
        self.began, self.first, self.tokens, self.taken = 0.0, 0, 0, 0.0

    def state_dict(self) -> dict[str, Any]:
        return {"lowest": self.lowest, "misses": self.misses}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        self.lowest, self.misses = state_dict["lowest"], state_dict["misses"]

    def on_train_start(self, trainer: lightning.Trainer, learner: Any) -> None:
        self.began, self.first, self.taken = time.monotonic(), trainer.global_step, time.monotonic()
        if self.folder and trainer.global_step and (self.folder / "best.safetensors").exists():
            self.best = load_arrays(self.folder / "best.safetensors")

    def on_train_batch_end(
        self, trainer: lightning.Trainer, learner: Any, outputs: Any, batch: Any, index: int
    ) -> None:
        self.tokens += batch[0].numel()
        step, every = trainer.global_step, self.settings.log_every
        self._mind_the_clock(trainer, learner, step)
        if step % every == 0:
            now = time.monotonic()
            rate, self.tokens, self.taken = self.tokens / max(now - self.taken, 1e-9), 0, now
            loss = float(outputs["loss"])
            lr = trainer.optimizers[0].param_groups[0]["lr"]
            self._log({"step": step, "loss": loss, "learning_rate": lr, "tokens_per_second": round(rate)})
            if self.on_progress:
                text = f"loss {loss:.3f}, {rate:,.0f} tokens/s"
                if math.isfinite(self.validation):
                    text += f", validation {self.validation:.4f} nats/token"
                self.on_progress(Progress("training", step, learner.total_steps, text))
        if self.folder and step % self.settings.checkpoint_every == 0:
            trainer.save_checkpoint(self.folder / "last.safetensors")

    def _mind_the_clock(self, trainer: lightning.Trainer, learner: Any, step: int) -> None:
        """After a few steps the pace is known: plan as many as the time allows, so that the learning rate ends at 0."""
        done = step - self.first
        if self.settings.minutes is None or done < 20:
            return
        elapsed = time.monotonic() - self.began
        if done == 20 or done % 100 == 0:
            possible = self.first + int(self.settings.minutes * 60 / (elapsed / done))
            learner.total_steps = min(max(possible, step + 1), self.settings.steps)
        if step >= learner.total_steps or elapsed > self.settings.minutes * 60:
            trainer.should_stop = True

    def on_validation_epoch_start(self, trainer: lightning.Trainer, learner: Any) -> None:
        self.sums = []

    def on_validation_batch_end(
        self, trainer: lightning.Trainer, learner: Any, outputs: Any, batch: Any, index: int, loader: int = 0
    ) -> None:
        self.sums.append(outputs)

    def on_validation_end(self, trainer: lightning.Trainer, learner: Any) -> None:
        self.validation = sum(one["loss"] for one in self.sums) / max(sum(one["targets"] for one in self.sums), 1)
        self._log({"step": trainer.global_step, "validation": self.validation})
        self.taken, self.tokens = time.monotonic(), 0
        if self.validation < self.lowest:
            self.lowest, self.misses, self.best = self.validation, 0, weights_of(learner.module)
            if self.folder:
                save_arrays(self.folder / "best.safetensors", self.best)
                write_atomic(self.folder / "best.json", json.dumps({"step": trainer.global_step}).encode())
            return
        self.misses += 1
        trainer.should_stop = trainer.should_stop or self.misses >= self.settings.patience

    def _log(self, row: dict[str, Any]) -> None:
        if self.folder:
            self.folder.mkdir(parents=True, exist_ok=True)
            with (self.folder / "log.jsonl").open("a", encoding="utf-8") as file:
                file.write(json.dumps(row) + "\n")


class _Checkpoints(CheckpointIO):
    """Lightning's training state by `checkpoint.save_tree`: atomic, and nothing pickled."""

    def save_checkpoint(self, checkpoint: dict[str, Any], path: Any, storage_options: Any = None) -> None:
        save_tree(Path(path), _convert(checkpoint, Tensor, lambda tensor: tensor.detach().cpu().numpy()))

    def load_checkpoint(self, path: Any, map_location: Any = None, weights_only: bool | None = None) -> dict[str, Any]:
        tree: dict[str, Any] = _convert(load_tree(Path(path)), np.ndarray, torch.from_numpy)
        return tree

    def remove_checkpoint(self, path: Any) -> None:
        Path(path).unlink(missing_ok=True)


def _convert(tree: Any, kind: type, change: Callable[[Any], Any]) -> Any:
    """A tree with every leaf of a kind changed."""
    if isinstance(tree, kind):
        return change(tree)
    if isinstance(tree, Mapping):
        return {key: _convert(value, kind, change) for key, value in tree.items()}
    if isinstance(tree, tuple | list):
        return type(tree)(_convert(value, kind, change) for value in tree)
    return tree
