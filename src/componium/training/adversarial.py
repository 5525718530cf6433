"""Adversarial training loop, on Lightning's Fabric.

A GAN has two losses, neither of which says how well it does, so it can't use the loop of all other nets: each step is
one of the discriminator and one of the generator, by the hinge loss, and the best weights are those of the highest
`measure` of the bars that they make. What is kept is the mean of the generator's weights over the last thousand steps
or so. The clock, the log and the files of a run are those of every loop (see training.run).

Batches and noise are functions of (seed, step), so a run that is resumed is the run that wasn't stopped.
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from componium.music.types import type_weights
from componium.nn.gan import DiscriminatorModule, GeneratorModule, binarized, sounded
from componium.progress import Progress, type_on_progress
from componium.training.modules import seeded, weights_of
from componium.training.run import Clock, RunFolder, saved_when_stopped, start_fabric, uninterrupted
from componium.training.settings import AdversarialSettings as Settings

UNIT = "hinge loss; coverage: 0 to 1"
AVERAGED = 0.005  # the share of each step's weights in their running mean

# Bars (B, M, K, W), the ones before (B, M, K, W), what those sound at the end (B, M, K - 1), and conditions (B, Q).
type_batch = tuple[NDArray[np.float32], ...]
type_draw = Callable[[np.random.Generator, int], type_batch]


def train(
    sizes: Mapping[str, int],
    draw_batch: type_draw,
    measure: Callable[[type_weights], float],
    settings: Settings,
    *,
    run_dir: Path | None = None,
    resume: bool = False,
    on_progress: type_on_progress | None = None,
) -> type_weights:
    """Train two nets; return the generator's weights of the highest `measure`.

    sizes        of the generator: n_parts, n_rows, width, n_conditions, n_noise, n_channels
    draw_batch   (rng, n) -> n training bars, a `type_batch`
    measure      weights -> a figure of merit, the higher the better
    run_dir      folder for the state, the log and the best weights
    resume       go on from the state in `run_dir`, if there is one
    on_progress  called every `log_every` steps
    """
    duel, folder = _Duel(sizes, settings), RunFolder(run_dir)
    step, saved, validated, highest, score, best = 0, 0, 0, -1.0, 0.0, type_weights()
    if resume:
        if state := folder.load_state():
            duel.load_state(state)
            step = saved = state["step"]
            validated, highest, score = state.get("validated", step), state["highest"], state["score"]
        best, result = folder.load_best()  # they may be of a later step than the state
        highest = highest if result is None else max(highest, result)

    def save() -> None:
        folder.save_state({"step": step, "validated": validated, "highest": highest, "score": score, **duel.state()})

    folder.begin_log(step, UNIT)
    clock = Clock(settings, step)
    over = clock.is_over(step)
    with saved_when_stopped(save):
        while True:
            if step > validated and (over or step % settings.validate_every == 0):
                score = measure(duel.average)
                folder.log({"step": step, "coverage": score})
                with uninterrupted():
                    validated = step
                    if score > highest:
                        highest, best = score, {name: array.copy() for name, array in duel.average.items()}
                        folder.save_best(step, highest, best)
            if over or (step > saved and step % settings.checkpoint_every == 0):
                save()
                saved = step
            if over:
                return best or duel.average
            rng = np.random.default_rng([settings.seed, step])
            with uninterrupted():  # two optimizers take a step, so a state within it would be neither
                losses = duel.learn(rng, draw_batch)
                step += 1
            clock.tick(step, settings.batch_size)
            over = clock.is_over(step)
            if step % settings.log_every == 0:
                folder.log({"step": step, **losses})
                if on_progress:
                    on_progress(Progress("training", step, clock.total_steps, _summary(losses, score)))


def _summary(losses: Mapping[str, float], score: float) -> str:
    return f"real {losses['real']:.2f}, generated {losses['generated']:.2f}, coverage {score:.3f}"


class _Duel:
    """Generator and discriminator with their optimizers.

    `average` is the running mean of the generator's weights.
    """

    def __init__(self, sizes: Mapping[str, int], settings: Settings) -> None:
        self.settings, self.n_noise = settings, sizes["n_noise"]
        common = {name: size for name, size in sizes.items() if name != "n_noise"}

        def make() -> nn.ModuleList:
            return nn.ModuleList([GeneratorModule(**sizes), DiscriminatorModule(**common)])

        self.generator, self.discriminator = seeded(make, settings.seed).children()
        self.fabric = start_fabric("32-true")
        self.generate, self.generator_adam = self._set_up(self.generator)
        self.judge, self.discriminator_adam = self._set_up(self.discriminator)
        self.average = weights_of(self.generator)

    def _set_up(self, module: nn.Module) -> Any:
        betas = (self.settings.beta, 0.99)
        return self.fabric.setup(module, torch.optim.Adam(module.parameters(), self.settings.learning_rate, betas))

    def learn(self, rng: np.random.Generator, draw_batch: type_draw) -> dict[str, float]:
        """Take a step of the discriminator and one of the generator.

        Return their losses, and how real the discriminator finds real and generated bars.
        """
        bars, before, last, conditions = map(self._on_device, draw_batch(rng, self.settings.batch_size))
        mask = (bars[:, :, :-1].sum(2, keepdim=True) > 0).to(bars.dtype)
        generated = self._bars(rng, conditions, before, last, mask)
        real, _ = self.judge(bars, before, conditions)
        fake, _ = self.judge(generated.detach(), before, conditions)
        hinge = functional.relu(1 - real).mean() + functional.relu(1 + fake).mean()
        self._descend(self.discriminator_adam, hinge)
        fake, features = self.judge(generated, before, conditions)
        with torch.no_grad():
            _, wanted = self.judge(bars, before, conditions)
        apart = (features.mean(0) - wanted.mean(0)).square().mean()
        deceived = self.settings.matching * apart - fake.mean()
        self._descend(self.generator_adam, deceived)
        for name, array in weights_of(self.generator).items():
            self.average[name] += AVERAGED * (array - self.average[name])
        return {"discriminator": hinge.item(), "generator": deceived.item(),
                "real": real.mean().item(), "generated": fake.mean().item()}  # fmt: skip

    def _bars(self, rng: np.random.Generator, conditions: Tensor, before: Tensor, last: Tensor, mask: Tensor) -> Tensor:
        n, n_parts = before.shape[:2]
        shared = self._on_device(rng.standard_normal((n, self.n_noise), dtype=np.float32))
        private = self._on_device(rng.standard_normal((n, n_parts, self.n_noise), dtype=np.float32))
        logits = self.generate(shared, private, conditions, before)
        uniform = self._on_device(rng.random(logits.shape, dtype=np.float32))
        return sounded(binarized(logits, uniform, mask), last)

    def _on_device(self, array: NDArray[np.float32]) -> Tensor:
        tensor: Tensor = self.fabric.to_device(torch.from_numpy(array))
        return tensor

    def _descend(self, adam: Any, loss: Tensor) -> None:
        adam.zero_grad()
        self.fabric.backward(loss)
        adam.step()

    def state(self) -> dict[str, Any]:
        """Return everything that a resumed run needs."""
        return {name: getattr(self, name).state_dict() for name in
                ("generator", "discriminator", "generator_adam", "discriminator_adam")} | {"average": self.average}

    def load_state(self, state: Mapping[str, Any]) -> None:
        """Go on from a state."""
        self.average = {name: value.numpy() for name, value in state["average"].items()}
        for name in ("generator", "discriminator", "generator_adam", "discriminator_adam"):
            getattr(self, name).load_state_dict(state[name])
