"""Raw audio: a net over mu-law samples learns from recordings, and makes sound sample by sample.

The net is a WaveNet (van den Oord et al. 2016; made fast by Paine et al. 2016) or an LSTM, those of `methods/`. What is
learned is sound, not a score, so it is no method: no key, metre or bar can be asked for.

    sounds = recordings.load("my-recordings", 8000)
    model = RawAudio("raw-audio", rate=8000).fit(*sounds.split())
    model.write(model.generate(2.0, rng=np.random.default_rng(1)), "new.wav")
"""

import io
from collections.abc import Callable, Mapping, Sequence
from inspect import signature
from pathlib import Path
from typing import Any, NamedTuple, Protocol, Self, cast

import numpy as np
from numpy.typing import NDArray

from componium._files import write_atomic
from componium.checkpoints import store as checkpoint
from componium.codecs.base import Codec
from componium.errors import CheckpointError, ControlError, CorpusError, NotFittedError, UnknownNameError
from componium.methods.rnn import RNN
from componium.methods.wavenet import WaveNet
from componium.music.types import type_ids, type_weights
from componium.progress import type_on_progress
from componium.raw_audio import waveforms
from componium.raw_audio.waveforms import LEVELS, SILENCE, type_samples
from componium.training.fitting import learn

LONGEST = 600.0  # seconds at a time
RATES = range(4000, 48_001)
CHOSEN_BY = 30  # seconds held out that each validation reads, at most
TOLD_EVERY = 1000  # samples

type_told = Callable[[int, int], None]  # (samples made, samples asked for)


class Net(Protocol):
    """The numpy half of a net: it keeps what it heard in a state, and takes one sample at a time."""

    def state(self, batch: int) -> Any:
        """What `batch` sequences have heard before their first sample."""
        ...

    def step(self, state: Any, tokens: NDArray[np.int64]) -> NDArray[np.float32]:
        """Take ids (B,), move the state on, give the logits (B, V) of the next."""
        ...


class Preset(NamedTuple):
    """Which net, its sizes, and how it is trained (fields of training.Settings)."""

    net: type[WaveNet] | type[RNN]
    sizes: Mapping[str, Any]
    training: Mapping[str, Any]


_TRAINING: dict[str, Any] = {  # the clock ends it, not the number of steps
    "steps": 100_000, "minutes": 10.0, "learning_rate": 4e-3, "warmup": 20, "weight_decay": 0.0,
    "validate_every": 100, "patience": 50,
}
PRESETS = {
    "raw-audio": Preset(  # hears 1,023 samples
        WaveNet, {"n_layer": 9, "n_stack": 2, "n_channels": 32, "n_skip": 64, "dropout": 0.0},
        {**_TRAINING, "batch_size": 4, "block_size": 3000},
    ),
    "raw-audio-lstm": Preset(
        RNN, {"n_layer": 1, "n_hidden": 128, "n_embd": 64, "dropout": 0.0},
        {**_TRAINING, "batch_size": 16, "block_size": 500},
    ),
}


class RawAudio:
    """A net over sound of `rate` samples a second, by the name of a preset, whose sizes and training may be overruled.

    `sizes` are as its method has them; `training` are fields of training.Settings by name; block_size is the length of
    the clips, in samples. Raises UnknownNameError for a preset, ControlError for a rate or size that can't be.
    """

    def __init__(
        self, preset: str = "raw-audio", /, *, rate: int = 8000, training: Mapping[str, Any] | None = None, **sizes: Any
    ) -> None:
        if preset not in PRESETS:
            raise UnknownNameError("preset", preset, PRESETS)
        net, usual, how = PRESETS[preset]
        known = set(signature(net).parameters) - {"codec", "start", "training"}
        if unknown := sorted(set(sizes) - known):
            raise ControlError(f"{preset} takes no {', '.join(unknown)}", expected=", ".join(sorted(known)))
        if rate not in RATES:
            raise ControlError(f"{rate} samples a second", expected="4,000 to 48,000, a whole number")
        self.preset, self.rate, self.training = preset, rate, {**how, **(training or {})}
        self.sizes = {**usual, **sizes}
        self.shape = net(**self.sizes)
        self.net_: Net | None = None
        self.weights_: type_weights = {}

    @property
    def memory(self) -> int:
        """How many samples of a prompt it is given: a WaveNet's receptive field; for an LSTM, a second."""
        return self.shape.receptive_field if isinstance(self.shape, WaveNet) else self.rate

    def fit(
        self, recordings: Sequence[type_samples], held_out: Sequence[type_samples] = (), *, run_dir: Path | None = None,
        resume: bool = False, on_progress: type_on_progress | None = None,
    ) -> Self:  # fmt: skip
        """Train. `recordings` are mono, at `rate`. MissingExtraError without torch, CorpusError without a clip."""
        length = int(self.training["block_size"])
        clips, chosen_by = (waveforms.clips(side, length + 1) for side in (recordings, held_out))
        if not clips:
            raise CorpusError("too little sound to learn from", expected=f"{(length + 1) / self.rate:.3g} s on end")
        every = 1 + len(chosen_by) * length // (CHOSEN_BY * self.rate)
        codec = cast(Codec, waveforms.Samples())  # the loop asks no more of a codec than this has
        weights = learn(self.make_module, codec, clips, chosen_by[::every], self.training,
                        run_dir=run_dir, resume=resume, on_progress=on_progress)
        return self._take(weights)

    def make_module(self) -> Any:
        """The torch module that learns: ids (B, T) -> logits (B, T, 256)."""
        return self.shape.make_module(LEVELS)

    def _take(self, weights: type_weights) -> Self:
        self.net_, self.weights_ = self.shape.make_net(weights, LEVELS), weights
        return self

    def generate(
        self, seconds: float, *, rng: np.random.Generator, temperature: float = 1.0,
        prompt: type_samples | None = None, on_sample: type_told | None = None,
    ) -> type_samples:
        """New sound, float32 of -1 to 1, shape (seconds * rate,); it goes on from the end of `prompt` if there is one.

        `on_sample(made, asked for)` is called now and then. Raises NotFittedError, ControlError for a length or
        temperature out of range.
        """
        if self.net_ is None:
            raise NotFittedError("this RawAudio has learned nothing", advice="call fit(recordings), or load one")
        if not 0 < seconds <= LONGEST or not 0 < temperature <= 10:
            raise ControlError("a length or temperature out of range", expected="0 to 600 seconds, 0 to 10")
        heard = np.array([SILENCE])
        if prompt is not None and len(prompt):
            heard = waveforms.encode(prompt[-self.memory :])
        return waveforms.decode(draw(self.net_, heard, round(seconds * self.rate), temperature, rng, on_sample))

    def write(self, samples: type_samples, path: str | Path) -> None:
        """Write sound as a 16-bit mono WAV file."""
        from componium.audio.files import encode_wav

        encode_wav([samples[:, None]], self.rate, file := io.BytesIO(), channels=1)
        write_atomic(Path(path), file.getvalue())

    def save(self, folder: str | Path, *, about: Mapping[str, Any] | None = None) -> None:
        """Write config.json and model.safetensors. `about` goes into the config too."""
        parameters = {"rate": self.rate, **self.sizes, "training": self.training}
        config = {"method": self.preset, "parameters": parameters, "about": dict(about or {})}
        checkpoint.save_model(Path(folder), config, self.weights_)


def load(folder: str | Path) -> RawAudio:
    """What `RawAudio.save` wrote. Raises CheckpointError."""
    config, weights = checkpoint.load_model(Path(folder))
    if config["method"] not in PRESETS:
        raise CheckpointError(f"a model of {config['method']}", where=str(folder), expected=" or ".join(PRESETS))
    try:
        return RawAudio(config["method"], **config["parameters"])._take(weights)
    except (KeyError, TypeError, ControlError) as error:
        raise CheckpointError(f"no sizes that can be used: {error}", where=str(folder)) from error


def draw(
    net: Net, heard: type_ids, count: int, temperature: float, rng: np.random.Generator,
    on_sample: type_told | None = None,
) -> type_ids:
    """`count` ids after `heard` (T,), T from 1, each drawn from what the net gives."""
    state, drawn = net.state(1), np.empty(count, dtype=np.int64)
    for index in heard[:, None]:
        logits = net.step(state, index)
    chances = rng.random(count)
    for at in range(count):
        row = logits[0] / np.float32(temperature)
        total = np.exp(row - row.max()).cumsum()
        drawn[at] = min(int(total.searchsorted(chances[at] * total[-1], side="right")), LEVELS - 1)
        logits = net.step(state, drawn[at : at + 1])
        if on_sample and at % TOLD_EVERY == 0:
            on_sample(at, count)
    return drawn
