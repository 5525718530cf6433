"""GAN: bars of piano roll, each generated from noise and the bar before.

MidiNet (Yang, Chou and Yang 2017) makes a bar after the one before; MuseGAN (Dong et al. 2018) has a generator for each
part, with noise that all of them share and noise of its own. Here both: of one part it is MidiNet, of several MuseGAN.
The discriminator D and the generator G learn in turn by the hinge loss (Lim and Ye 2017):

    D minimises  E max(0, 1 - D(x)) + E max(0, 1 + D(G(z)))       G minimises  -E D(G(z))

x is a real bar with the one before it. For each step G chooses which pitch begins, a rest, or that what was there goes
on; one is drawn, and D sees what sounds then: the gradient goes straight through the draw (Jang et al. 2017), and back
along what is held. Without a token for holding, every step of a long note had to be chosen again, and few were.
nn/gan.py and training/adversarial.py learn; inference/gan.py composes. The meter is a condition of both nets, and a bar
is cropped to it; a meter never learned is refused. What no net can guarantee is corrected afterwards: the octave of a
note out of range, the last chord.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from componium.corpora.base import Corpus
from componium.decoding.controls import Controls
from componium.decoding.style.plan import Plan
from componium.decoding.style.profile import profiles_from_json, profiles_to_json
from componium.errors import CheckpointError, ControlError, CorpusError
from componium.inference.gan import Generator
from componium.methods._shared.parameters import check_sizes
from componium.methods._shared.plan import pitched_plan, without_drums
from componium.methods.base import Whole, profiles_of
from componium.methods.gan.lines import lines_of
from componium.methods.gan.roll import (
    REST,
    ROWS,
    Layout,
    Rolls,
    coverage,
    from_rows,
    last_of,
    layout_from,
    layout_of,
    layout_to_plain,
    rolls_of,
    steps_of,
    to_roll,
    type_bars,
)  # fmt: skip
from componium.music.score import Score
from componium.music.types import type_weights
from componium.progress import type_on_progress
from componium.training.fitting import import_loop
from componium.training.settings import settings_of

MEASURED = 400  # held-out bars at most that the best weights are chosen by
DRAWS = 20


class GAN(Whole):
    """Generator of bars that learned against a discriminator.

        n_noise     numbers of noise that all parts share, and as many again for each part
        n_channels  channels of the generator; the discriminator has twice as many
        training    fields of training.adversarial.Settings by name: steps, minutes, batch_size, learning_rate, seed ...
    """

    CONTROLS = frozenset(
        {"style", "key", "meter", "qpm", "bars", "duration", "instruments", "ending"}
    )
    TINY: ClassVar[Mapping[str, Any]] = {
        "n_noise": 8, "n_channels": 16,
        "training": {"steps": 20, "batch_size": 8, "validate_every": 10, "log_every": 5},
    }  # fmt: skip

    def __init__(
        self, *, n_noise: int = 24, n_channels: int = 48, training: Mapping[str, Any] | None = None
    ) -> None:
        self.n_noise, self.n_channels, self.training = n_noise, n_channels, training

    def fit(
        self,
        corpus: Corpus,
        *,
        run_dir: Path | None = None,
        resume: bool = False,
        on_progress: type_on_progress | None = None,
    ) -> Self:
        """Train; return self.

        Raises MissingExtraError without torch, CorpusError for an empty training split.
        """
        self.check_params()
        loop, settings = import_loop("adversarial", self.training or {})
        corpus = without_drums(corpus)
        layout = layout_of(corpus.train)
        if not layout.meters:
            raise CorpusError("nothing to learn from", where=corpus.name, expected="pieces with a key and whole 16ths")
        rolls, held_out = rolls_of(corpus.train, layout), rolls_of(corpus.validation, layout)
        if not len(rolls):
            raise CorpusError("no full bar to learn from", where=corpus.name, expected="whole bars of one meter")
        sizes = self._sizes(layout)

        def batch(rng: np.random.Generator, n: int) -> tuple[NDArray[np.float32], ...]:
            chosen = rng.integers(0, len(rolls), n)
            before = rolls.earlier(chosen)
            last = (last_of(before[0])[..., None] == np.arange(REST + 1)).astype(np.float32)
            return to_roll(rolls.codes[chosen], rolls.struck[chosen]), to_roll(*before), last, rolls.conditions[chosen]

        def measure(weights: type_weights) -> float:
            real = _some(held_out if len(held_out) else rolls)
            rng = np.random.default_rng(0)
            return coverage(generate_alike(Generator(weights, sizes), *real, rng, self.n_noise), real[0])

        weights = loop.train(sizes, batch, measure, settings, run_dir=run_dir, resume=resume,
                             on_progress=on_progress)
        profiles = profiles_to_json(profiles_of(corpus.train))
        return self.set_weights({"profiles": profiles, "layout": layout_to_plain(layout)}, weights)

    def _sizes(self, layout: Layout) -> dict[str, int]:
        return {"n_parts": len(layout.lowest), "n_rows": ROWS, "width": layout.width,
                "n_conditions": layout.n_conditions, "n_noise": self.n_noise, "n_channels": self.n_channels}

    def check_params(self) -> None:
        super().check_params()
        check_sizes(self.get_params())
        settings_of("adversarial", self.training)

    def get_weights(self) -> tuple[dict[str, Any], type_weights]:
        generator = self.generator_
        profiles = profiles_to_json(self.profiles_)
        return {"profiles": profiles, "layout": layout_to_plain(self.layout_)}, generator.weights

    def set_weights(self, learned: Mapping[str, Any], weights: type_weights) -> Self:
        try:
            self.profiles_, self.layout_ = profiles_from_json(learned.get("profiles")), layout_from(learned["layout"])
        except (KeyError, TypeError) as error:
            raise CheckpointError(f"the model lacks {error}", expected="what save wrote") from error
        self.generator_ = Generator(weights, self._sizes(self.layout_))
        return self

    def _compose(self, controls: Controls, rng: np.random.Generator) -> Score:
        piece = self._plan(controls, rng)
        codes, struck = self._bars(piece, rng)
        return piece.score(lines_of(codes, struck, self.layout_.lowest, piece))

    def _plan(self, controls: Controls, rng: np.random.Generator) -> Plan:
        """Return a plan that the nets have learned to carry out.

        What isn't requested is drawn again where they have not.
        """
        for _ in range(DRAWS):
            piece = pitched_plan(controls, self.profiles_, rng)
            if str(piece.meter) in self.layout_.meters and len(piece.programs) <= len(self.layout_.lowest):
                return piece
        raise ControlError(f"a meter of {piece.meter} for {len(piece.programs)} parts",
                           expected=f"{', '.join(self.layout_.meters)}; at most {len(self.layout_.lowest)} parts")

    def _bars(self, piece: Plan, rng: np.random.Generator) -> type_bars:
        """Return bar after bar: codes and strokes (M, steps) of the parts.

        Most music begins with an upbeat, so one is generated to go on from, and left out.
        """
        layout, steps, parts = self.layout_, steps_of(piece.meter), len(piece.programs)
        shape = (1, len(layout.lowest), layout.width)
        before: type_bars = np.full(shape, -1, dtype=np.int8), np.zeros(shape, dtype=bool)
        bars = []
        for number in range(-1, piece.bars):
            minor, last = "minor" in piece.key.mode, number == piece.bars - 1
            row = layout.conditions(str(piece.meter), (piece.style,), parts, minor, number, last)
            begins = number == 0
            before = generate_bars(self.generator_, row[None], before, rng, self.n_noise, steps, begins=begins)
            bars += [before] * (number >= 0)
        return (np.concatenate([codes[0, :parts, :steps] for codes, _ in bars], axis=1),
                np.concatenate([struck[0, :parts, :steps] for _, struck in bars], axis=1))


def generate_bars(
    generator: Generator, conditions: NDArray[np.float32], before: type_bars, rng: np.random.Generator,
    n_noise: int, steps: int, *, begins: bool = False,
) -> type_bars:
    """Return new bars of `steps` steps: codes and strokes (B, M, W).

    One that `begins` a piece rests in no part at first.
    """
    n, n_parts = before[0].shape[:2]
    shared = rng.standard_normal((n, n_noise), dtype=np.float32)
    private = rng.standard_normal((n, n_parts, n_noise), dtype=np.float32)
    logits = generator(shared, private, conditions, to_roll(*before))
    if begins:
        logits[:, :, REST:, 0] = -np.inf
    lots = rng.random(logits.shape, dtype=np.float32).clip(1e-6, 1 - 1e-6)
    codes, struck = from_rows((logits - np.log(-np.log(lots))).argmax(2).astype(np.int8), last_of(before[0]))
    blank = np.zeros(codes.shape, dtype=bool)
    blank[:, :, steps:] = True
    blank[conditions[:, -n_parts:] == 0] = True
    codes[blank] = -1
    return codes, struck & ~blank


def generate_alike(
    generator: Generator, real: Rolls, before: type_bars, rng: np.random.Generator, n_noise: int
) -> type_bars:
    """Return a generated bar for each real one, of the same conditions and bar before."""
    codes, struck = generate_bars(generator, real.conditions, before, rng, n_noise, real.codes.shape[2])
    codes[real.codes < 0] = -1
    return codes, struck & (codes >= 0)


def _some(rolls: Rolls) -> tuple[Rolls, type_bars]:
    """Return at most MEASURED bars, evenly apart, and the ones before them."""
    chosen = np.unique(np.linspace(0, len(rolls) - 1, min(MEASURED, len(rolls))).astype(np.int64))
    none = np.full(len(chosen), -1)
    picked = Rolls(rolls.codes[chosen], rolls.struck[chosen], rolls.conditions[chosen], none)
    return picked, rolls.earlier(chosen)
