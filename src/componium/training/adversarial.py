"""The loop in which two nets learn against each other, on Lightning's Fabric: hinge loss, one step each in turn.

The one loop of training.py minimises one loss by one optimizer, and stops when it no longer falls on held-out music. A
GAN has two losses, neither of which says how well it does; so it has this loop, and its best weights are chosen by a
measure of the bars made. A run's folder holds the same files: last.safetensors, best.safetensors, log.jsonl.

Batches and noise are functions of (seed, step), so a run that is resumed is the run that wasn't stopped.
"""

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import lightning
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from componium.nn.gan import DiscriminatorModule, GeneratorModule, binarised, sounded
from componium.progress import Progress, type_on_progress

type_arrays = dict[str, NDArray[Any]]


@dataclass(frozen=True)
class Settings:
    """How to train. `steps` is at most; `minutes`, if given, ends sooner. Adam's first beta is `beta`."""

    steps: int = 8000
    minutes: float | None = None
    batch_size: int = 64
    learning_rate: float = 3e-4
    beta: float = 0.5
    matching: float = 1.0  # the weight of feature matching (Salimans et al. 2016), as in MidiNet
    validate_every: int = 500
    checkpoint_every: int = 500
    log_every: int = 50
    seed: int = 0


# Bars (B, M, K, W), the ones before (B, M, K, W), what those sound at the end (B, M, K - 1), and wishes (B, Q).
type_batch = tuple[NDArray[np.float32], ...]


def train(
    sizes: Mapping[str, int],
    batch: Callable[[np.random.Generator, int], type_batch],
    measure: Callable[[type_arrays], float],
    settings: Settings,
    store: Any,
    *,
    run_dir: Path | None = None,
    resume: bool = False,
    on_progress: type_on_progress | None = None,
) -> type_arrays:
    """The generator's weights for which `measure` was highest. `batch(rng, n)` draws n bars: a `type_batch`.

    `store` has save_tree and load_tree for training states, as the module checkpoint, which this one may not import.
    With `resume`, goes on from the folder's last state if there is one.
    """
    with torch.random.fork_rng():
        torch.manual_seed(settings.seed)
        duel = _Duel(sizes, settings)
    last = run_dir / "last.safetensors" if run_dir else None
    if resume and last and last.exists():
        duel.restore(store.load_tree(last))
    began = time.monotonic()
    while duel.step < settings.steps and not _over(settings, began):
        losses = duel.learn(batch)
        step = duel.step
        if step % settings.validate_every == 0 or step == settings.steps:
            duel.keep(measure)
            _log(run_dir, {"step": step, "coverage": duel.found})
        if step % settings.log_every == 0:
            _log(run_dir, {"step": step, **losses})
            if on_progress:
                text = f"real {losses['real']:.2f}, made {losses['made']:.2f}, coverage {duel.found:.3f}"
                on_progress(Progress("training", step, settings.steps, text))
        if last and step % settings.checkpoint_every == 0:
            store.save_tree(last, duel.state())
            store.save_tree(last.with_name("best.safetensors"), duel.best)
    if not duel.best:
        duel.keep(measure)
    return duel.best


def _over(settings: Settings, began: float) -> bool:
    return settings.minutes is not None and time.monotonic() - began > settings.minutes * 60


def _log(folder: Path | None, row: Mapping[str, float]) -> None:
    if folder:
        folder.mkdir(parents=True, exist_ok=True)
        with (folder / "log.jsonl").open("a", encoding="utf-8") as file:
            file.write(json.dumps(row) + "\n")


class _Duel:
    """The two nets, their optimizers, and the best generator so far."""

    def __init__(self, sizes: Mapping[str, int], settings: Settings) -> None:
        self.settings, self.n_noise = settings, sizes["n_noise"]
        of_both = {name: sizes[name] for name in ("n_parts", "n_rows", "width", "n_wishes", "n_channels")}
        self.maker: nn.Module = GeneratorModule(**of_both, n_noise=self.n_noise)
        self.judge: nn.Module = DiscriminatorModule(**of_both)
        self.fabric = lightning.Fabric(accelerator="auto", devices=1)
        self._maker, self.maker_adam = self.fabric.setup(self.maker, _adam(self.maker, settings))
        self._judge, self.judge_adam = self.fabric.setup(self.judge, _adam(self.judge, settings))
        self.average = weights_of(self.maker)
        self.step, self.highest, self.found, self.best = 0, -1.0, 0.0, dict[str, NDArray[Any]]()

    def learn(self, batch: Callable[[np.random.Generator, int], type_batch]) -> dict[str, float]:
        """One step of the discriminator, one of the generator."""
        rng = np.random.default_rng([self.settings.seed, self.step])
        bars, before, last, wishes = (self._on(array) for array in batch(rng, self.settings.batch_size))
        mask = (bars[:, :, :-1].sum(2, keepdim=True) > 0).to(bars.dtype)
        made = self._make(rng, wishes, before, last, mask)
        real, _ = self._judge(bars, before, wishes)
        fake, _ = self._judge(made.detach(), before, wishes)
        self._descend(self.judge_adam, functional.relu(1 - real).mean() + functional.relu(1 + fake).mean())
        fake, features = self._judge(made, before, wishes)
        with torch.no_grad():
            _, wanted = self._judge(bars, before, wishes)
        apart = (features.mean(0) - wanted.mean(0)).square().mean()
        self._descend(self.maker_adam, self.settings.matching * apart - fake.mean())
        self.step += 1
        for name, array in weights_of(self.maker).items():  # what is kept is the mean of the last thousand steps or so
            self.average[name] += 0.005 * (array - self.average[name])
        return {"real": float(real.detach().mean()), "made": float(fake.detach().mean())}

    def _make(self, rng: np.random.Generator, wishes: Tensor, before: Tensor, last: Tensor, mask: Tensor) -> Tensor:
        n, n_parts = before.shape[:2]
        shared = self._on(rng.standard_normal((n, self.n_noise), dtype=np.float32))
        private = self._on(rng.standard_normal((n, n_parts, self.n_noise), dtype=np.float32))
        logits = self._maker(shared, private, wishes, before)
        rows = binarised(logits, self._on(rng.random(logits.shape, dtype=np.float32)), mask)
        return sounded(rows, last)

    def _on(self, array: NDArray[np.float32]) -> Tensor:
        tensor: Tensor = self.fabric.to_device(torch.from_numpy(array))
        return tensor

    def _descend(self, adam: Any, loss: Tensor) -> None:
        adam.zero_grad()
        self.fabric.backward(loss)
        adam.step()

    def keep(self, measure: Callable[[type_arrays], float]) -> None:
        """Keep the weights if they are the best yet."""
        self.found = measure(self.average)
        if self.found > self.highest:
            self.highest, self.best = self.found, {name: array.copy() for name, array in self.average.items()}

    def state(self) -> dict[str, Any]:
        """All that a resumed run needs."""
        return {"step": self.step, "highest": self.highest, "found": self.found, "best": self.best,
                "average": self.average, "maker": weights_of(self.maker), "judge": weights_of(self.judge),
                "maker_adam": _leaves(self.maker_adam.state_dict()),
                "judge_adam": _leaves(self.judge_adam.state_dict())}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Go on from a state."""
        self.step, self.highest, self.found = state["step"], state["highest"], state["found"]
        self.best, self.average = dict(state["best"]), dict(state["average"])
        for name in ("maker", "judge"):
            module: nn.Module = getattr(self, name)
            module.load_state_dict({key: torch.from_numpy(array) for key, array in state[name].items()})
            getattr(self, f"{name}_adam").load_state_dict(_tensors(state[f"{name}_adam"]))


def _adam(module: nn.Module, settings: Settings) -> torch.optim.Optimizer:
    return torch.optim.Adam(module.parameters(), lr=settings.learning_rate, betas=(settings.beta, 0.99))


def weights_of(module: nn.Module) -> type_arrays:
    """A copy of a module's weights."""
    return {name: value.detach().cpu().numpy().copy() for name, value in module.state_dict().items()}


def _leaves(tree: Any) -> Any:
    """A tree with arrays for its tensors."""
    if isinstance(tree, Tensor):
        return tree.detach().cpu().numpy()
    if isinstance(tree, Mapping):
        return {key: _leaves(value) for key, value in tree.items()}
    return type(tree)(_leaves(item) for item in tree) if isinstance(tree, list | tuple) else tree


def _tensors(tree: Any) -> Any:
    """And back."""
    if isinstance(tree, np.ndarray):
        return torch.from_numpy(tree)
    if isinstance(tree, Mapping):
        return {key: _tensors(value) for key, value in tree.items()}
    return type(tree)(_tensors(item) for item in tree) if isinstance(tree, list | tuple) else tree
