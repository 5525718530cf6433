"""Raw audio model: a net that generates sound, sample by sample.

The net is a WaveNet (van den Oord et al. 2016; made fast by Paine et al. 2016) or an LSTM, those of `methods/`. It
learns sound, not scores, so it is no method: it has no controls such as key, meter or length in bars.

    sounds = recordings.load("my-recordings", 8000)
    model = RawAudio("raw-audio", rate=8000).fit(*sounds.split())
    model.write(model.generate(2.0, rng=np.random.default_rng(1)), "new.wav")
"""

import io
import warnings
from collections.abc import Mapping, Sequence
from inspect import signature
from pathlib import Path
from typing import Any, NamedTuple, Protocol, Self, cast

import numpy as np
from numpy.typing import NDArray

from componium._files import write_atomic
from componium.audio.recording import type_samples
from componium.checkpoints import store as checkpoint
from componium.codecs.base import Codec
from componium.errors import (
    CheckpointError,
    ControlError,
    CorpusError,
    NotFittedError,
    UnknownNameError,
    UnusedWarning,
)
from componium.methods.rnn import RNN
from componium.methods.wavenet import WaveNet
from componium.music.types import type_ids, type_weights
from componium.progress import Progress, type_on_progress
from componium.raw_audio import clips, mu_law
from componium.raw_audio.mu_law import LEVELS, SILENCE
from componium.training.fitting import learn

LONGEST = 600.0  # seconds at a time
RATES = range(4000, 48_001)
VALIDATION_SECONDS = 30  # that each validation reads, at most
REPORT_EVERY = 1000  # samples
QUIET = 10 ** (-50 / 20)  # amplitude below which a prompt counts as silence: 50 dB below full scale


class Net(Protocol):
    """The numpy half of a net, which takes one sample at a time."""

    def state(self, batch: int) -> Any:
        """Return the state of `batch` sequences before their first sample."""
        ...

    def step(self, state: Any, tokens: NDArray[np.int64]) -> NDArray[np.float32]:
        """Take ids (B,), advance the state, and return the logits (B, V) of the next ids."""
        ...


class Preset(NamedTuple):
    """A net, its sizes, and its training (fields of training.Settings)."""

    net: type[WaveNet] | type[RNN]
    sizes: Mapping[str, Any]
    training: Mapping[str, Any]


_TRAINING: dict[str, Any] = {  # the clock ends it, not the number of steps
    "steps": 100_000, "minutes": 10.0, "learning_rate": 4e-3, "warmup": 20, "weight_decay": 0.0,
    "validate_every": 100, "patience": 50,
}
PRESETS = {
    "raw-audio": Preset(  # a receptive field of 1,023 samples
        WaveNet, {"n_layer": 9, "n_stack": 2, "n_channels": 32, "n_skip": 64, "dropout": 0.0},
        {**_TRAINING, "batch_size": 4, "block_size": 3000},
    ),
    "raw-audio-lstm": Preset(
        RNN, {"n_layer": 1, "n_hidden": 128, "n_embd": 64, "dropout": 0.0},
        {**_TRAINING, "batch_size": 16, "block_size": 500},
    ),
}


class RawAudio:
    """A generative model of sound at `rate` Hz.

    preset: "raw-audio" (a WaveNet) or "raw-audio-lstm", whose sizes and training the other arguments override.
    rate: samples a second, 4,000 to 48,000; default 8,000.
    training: fields of training.Settings by name; `block_size` is the length of the clips, in samples.
    sizes: parameters of the net's method, such as `n_layer`.

    Raises UnknownNameError for an unknown preset, ControlError for a rate or size out of range.
    """

    def __init__(
        self, preset: str = "raw-audio", /, *, rate: int = 8000, training: Mapping[str, Any] | None = None, **sizes: Any
    ) -> None:
        if preset not in PRESETS:
            raise UnknownNameError("preset", preset, PRESETS)
        net, default_sizes, default_training = PRESETS[preset]
        known = set(signature(net).parameters) - {"codec", "start", "training"}
        if unknown := sorted(set(sizes) - known):
            raise ControlError(f"{preset} takes no {', '.join(unknown)}", expected=", ".join(sorted(known)))
        if rate not in RATES:
            raise ControlError(f"{rate} samples a second", expected="4,000 to 48,000, a whole number")
        self.preset, self.rate, self.training = preset, rate, {**default_training, **(training or {})}
        self.sizes = {**default_sizes, **sizes}
        self.shape = net(**self.sizes)
        self.net_: Net | None = None
        self.weights_: type_weights = {}

    @property
    def memory(self) -> int:
        """Samples of a prompt that are used.

        A WaveNet uses its receptive field, an LSTM a second.
        """
        return self.shape.receptive_field if isinstance(self.shape, WaveNet) else self.rate

    def fit(
        self, recordings: Sequence[type_samples], held_out: Sequence[type_samples] = (), *, run_dir: Path | None = None,
        resume: bool = False, on_progress: type_on_progress | None = None,
    ) -> Self:  # fmt: skip
        """Fit to mono recordings at `rate` Hz, choosing the weights by those held out.

        recordings, held_out: samples (T,) of -1 to 1; default of `held_out`: none.
        run_dir: the folder for the log and checkpoints; default: none are written.
        resume: whether to continue the run in `run_dir`; default False.
        on_progress: called now and then with the training's progress.

        Raises MissingExtraError without torch, CorpusError if no recording is as long as a clip.
        """
        length = int(self.training["block_size"])
        training, validation = (clips.cut(side, length + 1) for side in (recordings, held_out))
        if not training:
            raise CorpusError("too little sound to learn from", expected=f"{(length + 1) / self.rate:.3g} s on end")
        every = 1 + len(validation) * length // (VALIDATION_SECONDS * self.rate)
        codec = cast(Codec, clips.ClipCodec())  # the training loop uses no more of a codec than this has
        weights = learn(self.make_module, codec, training, validation[::every], self.training,
                        run_dir=run_dir, resume=resume, on_progress=on_progress)
        return self._take(weights)

    def make_module(self) -> Any:
        """Return the torch module to train: ids (B, T) -> logits (B, T, 256)."""
        return self.shape.make_module(LEVELS)

    def _take(self, weights: type_weights) -> Self:
        self.net_, self.weights_ = self.shape.make_net(weights, LEVELS), weights
        return self

    def generate(
        self, seconds: float, *, rng: np.random.Generator, temperature: float = 1.0,
        prompt: type_samples | None = None, on_progress: type_on_progress | None = None,
    ) -> type_samples:
        """Generate sound: float32 of -1 to 1, shape (seconds * rate,).

        seconds: above 0, at most 600.
        rng: the source of randomness; the same state gives the same sound.
        temperature: above 0, at most 10; default 1.
        prompt: samples at `rate` to continue from; only their end, `memory` samples, is used. UnusedWarning if that is
            silent.
        on_progress: called every 1,000 samples.

        Raises NotFittedError, ControlError for a length or temperature out of range.
        """
        if self.net_ is None:
            raise NotFittedError("this RawAudio has learned nothing", advice="call fit(recordings), or load one")
        if not 0 < seconds <= LONGEST or not 0 < temperature <= 10:
            raise ControlError("a length or temperature out of range", expected="0 to 600 seconds, 0 to 10")
        context = np.array([SILENCE])
        if prompt is not None and len(prompt):
            self._warn_of_silence(prompt)
            context = mu_law.encode(prompt[-self.memory :])
        return mu_law.decode(draw(self.net_, context, round(seconds * self.rate), temperature, rng, on_progress))

    def _warn_of_silence(self, prompt: type_samples) -> None:
        """Warn if all that is used of a prompt is silent."""
        (loud,) = np.nonzero(np.abs(prompt) >= QUIET)
        silent = len(prompt) - (loud[-1] + 1 if len(loud) else 0)
        if silent >= min(self.memory, len(prompt)):
            used = min(self.memory, len(prompt)) / self.rate
            warnings.warn(UnusedWarning(
                f"the recording ends in {silent / self.rate:.2f} s of silence, and only its last {used:.2f} s are "
                "continued from: nothing of its sound is used; cut the silence off"), stacklevel=3)  # fmt: skip

    def write(self, samples: type_samples, path: str | Path) -> None:
        """Write sound as a 16-bit mono WAV file."""
        from componium.audio.files import encode_wav

        encode_wav([samples[:, None]], self.rate, file := io.BytesIO(), channels=1)
        write_atomic(Path(path), file.getvalue())

    def save(self, folder: str | Path, *, about: Mapping[str, Any] | None = None) -> None:
        """Write config.json, with `about` in it, and model.safetensors."""
        parameters = {"rate": self.rate, **self.sizes, "training": self.training}
        config = {"method": self.preset, "parameters": parameters, "about": dict(about or {})}
        checkpoint.save_model(Path(folder), config, self.weights_)


def load(folder: str | Path) -> RawAudio:
    """Load a model that `RawAudio.save` wrote. Raises CheckpointError."""
    config, weights = checkpoint.load_model(Path(folder))
    if config["method"] not in PRESETS:
        raise CheckpointError(f"a model of {config['method']}", where=str(folder), expected=" or ".join(PRESETS))
    try:
        return RawAudio(config["method"], **config["parameters"])._take(weights)
    except (KeyError, TypeError, ControlError) as error:
        raise CheckpointError(f"sizes that no model can have: {error}", where=str(folder)) from error


def draw(
    net: Net, context: type_ids, count: int, temperature: float, rng: np.random.Generator,
    on_progress: type_on_progress | None = None,
) -> type_ids:
    """Sample `count` ids that follow `context` (T,), T >= 1.

    Each is drawn from the net's distribution at `temperature`.
    """
    state, drawn = net.state(1), np.empty(count, dtype=np.int64)
    for index in context[:, None]:
        logits = net.step(state, index)
    chances = rng.random(count)
    for at in range(count):
        row = logits[0] / np.float32(temperature)
        total = np.exp(row - row.max()).cumsum()
        drawn[at] = min(int(total.searchsorted(chances[at] * total[-1], side="right")), LEVELS - 1)
        logits = net.step(state, drawn[at : at + 1])
        if on_progress and at % REPORT_EVERY == 0:
            on_progress(Progress("generating sound", at, count))
    return drawn
