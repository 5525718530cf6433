"""Raw audio: a WaveNet over mu-law samples learns from recordings, and makes sound sample by sample.

Van den Oord et al. (2016); made fast by Paine et al. (2016). What is learned is sound, not a score, so it is no method
of `methods/`: no key, metre or bar can be asked for.

    model = RawAudio(rate=8000, **PRESETS["raw-audio"]).fit(waveforms.read_folder("recordings", 8000))
    model.write(model.generate(2.0, rng=np.random.default_rng(1)), "new.wav")
"""

import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Self, cast

import numpy as np

from componium import checkpoint, waveforms
from componium._files import write_atomic
from componium.codecs._base import Codec, type_ids
from componium.errors import CheckpointError, ControlError, NotFittedError
from componium.methods._base import Run, type_weights
from componium.methods._dilated import GatedNet
from componium.methods._neural import learn
from componium.methods.wavenet import WaveNet
from componium.waveforms import LEVELS, SILENCE, type_samples

NAME = "raw-audio"  # in a model's config
LONGEST = 600.0  # seconds at a time
PRESETS: dict[str, dict[str, Any]] = {
    "raw-audio": {"n_layer": 9, "n_stack": 2, "n_channels": 32, "n_skip": 64},  # hears 1,023 samples
}


class RawAudio:
    """A gated WaveNet (its sizes as in methods.wavenet) over sound of `rate` samples a second.

    `training` are the fields of training.Settings by name; block_size is the length of the clips, in samples.
    """

    def __init__(
        self, *, rate: int = 8000, n_layer: int = 9, n_stack: int = 2, n_channels: int = 32, n_skip: int = 64,
        dropout: float = 0.0, training: Mapping[str, Any] | None = None,
    ) -> None:
        self.rate, self.training = rate, dict(training or {})
        self.sizes = {"n_layer": n_layer, "n_stack": n_stack, "n_channels": n_channels, "n_skip": n_skip}
        self.dropout = dropout
        self.shape = WaveNet(**self.sizes, dropout=dropout)  # type: ignore[arg-type]
        self.net_: GatedNet | None = None
        self.weights_: type_weights = {}

    @property
    def receptive_field(self) -> int:
        """How many samples the next one depends on."""
        return self.shape.receptive_field

    def fit(
        self, recordings: Sequence[type_samples], held_out: Sequence[type_samples] = (), run: Run | None = None
    ) -> Self:
        """Train. `recordings` are mono, at `rate`. MissingExtraError without torch, CorpusError without a clip."""
        length = int(self.training.get("block_size", 4096))
        both = [waveforms.clips(side, length + 1) for side in (recordings, held_out)]
        codec = cast(Codec, waveforms.Samples())  # the loop asks no more of a codec than this has
        settings = {**self.training, "block_size": length}
        return self._take(learn(lambda: self.shape.make_module(LEVELS), codec, both[0], both[1], settings, run))

    def _take(self, weights: type_weights) -> Self:
        self.net_, self.weights_ = cast(GatedNet, self.shape.make_net(weights, LEVELS)), weights
        return self

    def generate(
        self, seconds: float, *, rng: np.random.Generator, temperature: float = 1.0, prompt: type_samples | None = None
    ) -> type_samples:
        """New sound, float32 of -1 to 1, shape (seconds * rate,); it goes on from the end of `prompt` if there is one.

        Raises NotFittedError, ControlError for a length or temperature out of range.
        """
        if self.net_ is None:
            raise NotFittedError("this RawAudio has learned nothing", advice="call fit(recordings), or load one")
        if not 0 < seconds <= LONGEST or not 0 < temperature <= 10:
            raise ControlError("a length or temperature out of range", expected="0 to 600 seconds, 0 to 10")
        heard = np.array([SILENCE]) if prompt is None else waveforms.encode(prompt)[-self.receptive_field :]
        return waveforms.decode(_draw(self.net_, heard, round(seconds * self.rate), temperature, rng))

    def write(self, samples: type_samples, path: str | Path) -> None:
        """Write sound as a 16-bit mono WAV file."""
        from componium.render._sound_files import encode_wav

        encode_wav([samples[:, None]], self.rate, file := io.BytesIO(), channels=1)
        write_atomic(Path(path), file.getvalue())

    def save(self, folder: str | Path) -> None:
        """Write config.json and model.safetensors."""
        parameters = {"rate": self.rate, **self.sizes, "dropout": self.dropout, "training": self.training}
        checkpoint.save_model(Path(folder), {"method": NAME, "parameters": parameters}, self.weights_)


def load(folder: str | Path) -> RawAudio:
    """What `RawAudio.save` wrote. Raises CheckpointError."""
    config, weights = checkpoint.load_model(Path(folder))
    if config["method"] != NAME:
        raise CheckpointError(f"a model of {config['method']}", where=str(folder), expected=f"one of {NAME}")
    return RawAudio(**config["parameters"])._take(weights)


def _draw(net: GatedNet, heard: type_ids, count: int, temperature: float, rng: np.random.Generator) -> type_ids:
    """`count` ids after `heard` (T,), each drawn from what the net gives."""
    state, drawn = net.state(1), np.empty(count, dtype=np.int64)
    for index in heard[:, None]:
        logits = net.step(state, index)
    chances = rng.random(count)
    for at in range(count):
        row = logits[0] / np.float32(temperature)
        total = np.exp(row - row.max()).cumsum()
        drawn[at] = min(int(total.searchsorted(chances[at] * total[-1], side="right")), LEVELS - 1)
        logits = net.step(state, drawn[at : at + 1])
    return drawn
