"""Masked windows of rolls to learn from.

Orderless NADE (Uria, Murray and Larochelle 2014), as Coconet trains.

In each window a random share of the cells is hidden, from one to all, or (half of the time) whole beats of voices; they
are to be predicted from the others. In each epoch every piece is in another key and sometimes lacks voices, so that
pieces of fewer voices are learned too. The loop is that of all nets (training/loop.py): a masked batch is inputs,
targets and IGNORED like any other.
"""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from componium.errors import CorpusError
from componium.methods.dream.roll import ABSENT, MASKED, N_CONTEXT, STRIKE, UNKNOWN_KEY, Roll, room, type_cells
from componium.music.types import type_weights
from componium.progress import type_on_progress
from componium.training.batching import IGNORED
from componium.training.fitting import import_loop

FEWER = 0.15  # how often a window loses some of its voices
NO_KEY = 0.15  # how often its key is unknown
BLOCKS = 0.5  # how often whole beats of voices are hidden rather than single cells


class MaskedWindows:
    """Batches of masked windows, a function of seed and epoch.

    They are (inputs (B, T, I + 3), targets (B, T * I)).
    """

    def __init__(self, rolls: Sequence[Roll], *, block_size: int, batch_size: int, seed: int, augment: bool) -> None:
        self.rolls, self.block_size, self.batch_size = rolls, block_size, batch_size
        self.seed, self.augment = seed, augment

    def batches(self, epoch: int) -> Iterator[tuple[type_cells, type_cells]]:
        """Yield one epoch: as many windows of every piece as it is long."""
        rng = np.random.default_rng((self.seed, epoch))
        windows = [window for roll in self.rolls for window in self._windows(roll, rng)]
        order = rng.permutation(len(windows)) if self.augment else np.arange(len(windows))
        for first in range(0, len(order), self.batch_size):
            rows = [self._row(windows[at], rng) for at in order[first : first + self.batch_size].tolist()]
            yield np.stack([row[0] for row in rows]), np.stack([row[1] for row in rows])

    def _windows(self, roll: Roll, rng: np.random.Generator) -> Iterator[Roll]:
        offset = int(rng.integers(self.block_size)) if self.augment else 0
        for start in range(-offset, len(roll.cells), self.block_size):
            span = slice(max(start, 0), start + self.block_size)
            if len(roll.cells[span]):
                yield Roll(roll.cells[span], roll.context[span])

    def _row(self, window: Roll, rng: np.random.Generator) -> tuple[type_cells, type_cells]:
        cells, context = (varied(window, rng) if self.augment else (window.cells, window.context))
        hidden = masked(cells.shape, rng) & (cells != ABSENT)
        inputs = np.concatenate([np.where(hidden, MASKED, cells), context], axis=1)
        targets = np.where(hidden, cells, IGNORED)
        short = self.block_size - len(cells)
        empty = np.zeros((short, cells.shape[1] + N_CONTEXT), dtype=np.int64)
        empty[:, : cells.shape[1]] = ABSENT
        inputs = np.concatenate([inputs, empty])
        return inputs, np.pad(targets, ((0, short), (0, 0)), constant_values=IGNORED).ravel()


def varied(window: Roll, rng: np.random.Generator) -> tuple[type_cells, type_cells]:
    """Return a window in another key, at times without some voices or its key."""
    low, high = room([window.cells])
    by = int(rng.integers(max(low, -6), min(high, 6) + 1))
    cells = np.where(window.cells >= STRIKE, window.cells + by, window.cells)
    context = window.context.copy()
    key = context[:, 1]
    context[:, 1] = np.where(key == UNKNOWN_KEY, key, key // 12 * 12 + (key + by) % 12)
    if rng.random() < NO_KEY:
        context[:, 1] = UNKNOWN_KEY
    n_voices = cells.shape[1]
    if n_voices > 1 and rng.random() < FEWER:
        cells[:, rng.permutation(n_voices)[: rng.integers(1, n_voices)]] = ABSENT
    return cells, context


def masked(shape: tuple[int, ...], rng: np.random.Generator) -> Any:
    """Return which cells are hidden, each with one probability drawn from 0 to 1.

    Half of the time whole beats are.
    """
    chance, beat = rng.random(), 4 if rng.random() < BLOCKS else 1
    drawn = rng.random((-(-shape[0] // beat), shape[1])) < chance
    hidden = drawn.repeat(beat, axis=0)[: shape[0]]
    if not hidden.any():
        hidden[rng.integers(shape[0]), rng.integers(shape[1])] = True
    return hidden


def learn(
    sizes: Mapping[str, Any], training_rolls: Sequence[Roll], held_out: Sequence[Roll], training: Mapping[str, Any],
    *, run_dir: Path | None = None, resume: bool = False, on_progress: type_on_progress | None = None,
) -> type_weights:  # fmt: skip
    """Train a DreamModule; return its best weights on what is held out.

    Raises MissingExtraError without torch, CorpusError without music, ControlError for an unknown setting.
    """
    loop, settings = import_loop("loop", training)
    if not training_rolls:
        raise CorpusError("nothing to learn from", expected="at least one piece in the training split")

    def make_module() -> Any:
        from componium.nn.dream import DreamModule

        return DreamModule(**sizes)

    size = {name: getattr(settings, name) for name in ("block_size", "batch_size", "seed")}
    from componium.training.modules import seeded

    weights: type_weights = loop.train_on(
        seeded(make_module, settings.seed),
        MaskedWindows(training_rolls, **size, augment=settings.augment),
        {"": MaskedWindows(held_out, **size, augment=False)} if held_out else {},
        settings,
        run_dir=run_dir,
        resume=resume,
        on_progress=on_progress,
    )
    return weights
