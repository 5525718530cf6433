"""Windows of ids from training pieces, packed so that almost nothing is padding.

Pieces are laid end to end into rows of block_size + 1 ids. A piece that doesn't fit goes on in the next row: its prefix
again, then on from the last bar line before the cut. So a row always says what it is a part of, as composing does when
its window moves on. Each epoch shuffles the pieces and asks the codec for a variant of each (another key, a thing
hidden); everything is a function of (seed, epoch), so a run can be resumed at any step.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from componium.codecs.base import Codec, Example
from componium.errors import ControlError
from componium.music.types import type_ids

IGNORED = -100  # a target that counts for nothing


class Batch(NamedTuple):
    """Inputs (B, T), and the ids that follow each (B, T).

    Targets are IGNORED where nothing is to be learned.
    """

    inputs: NDArray[np.int64]
    targets: NDArray[np.int64]


class Windows:
    """Batches from examples.

    Without `augment` the pieces are as they are, in their order (for validation). With `shuffle_rows` the rows of an
    epoch are shuffled, not only its pieces: short rows of one piece would fill a batch otherwise.
    """

    def __init__(
        self,
        codec: Codec,
        examples: Sequence[Example],
        *,
        block_size: int,
        batch_size: int,
        seed: int,
        augment: bool = True,
        shuffle_rows: bool = False,
    ) -> None:
        self.codec, self.examples, self.augment, self.shuffle_rows = codec, examples, augment, shuffle_rows
        self.block_size, self.batch_size, self.seed = block_size, batch_size, seed
        prefix = max((int(codec.is_condition(example.ids).sum()) for example in examples), default=0)
        if block_size <= prefix:
            raise ControlError(f"a block_size of {block_size}", expected=f"more than {prefix}")

    def batches(self, epoch: int) -> Iterator[Batch]:
        """Yield the batches of one epoch; the last may have fewer rows."""
        rng = np.random.default_rng((self.seed, epoch))
        rows: list[tuple[type_ids, type_ids]] = []
        for row in self._shuffled(rng) if self.shuffle_rows else self._rows(rng):
            rows.append(row)
            if len(rows) == self.batch_size:
                yield _stack(rows)
                rows = []
        if rows:
            yield _stack(rows)

    def _shuffled(self, rng: np.random.Generator) -> Iterator[tuple[type_ids, type_ids]]:
        rows = list(self._rows(rng))
        return (rows[at] for at in rng.permutation(len(rows)))

    def _rows(self, rng: np.random.Generator) -> Iterator[tuple[type_ids, type_ids]]:
        """Yield rows of ids, and which of them are targets.

        Each is block_size + 1 long, padded only at the end of an epoch.
        """
        order = rng.permutation(len(self.examples)) if self.augment else np.arange(len(self.examples))
        size = self.block_size + 1
        ids, targets = np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64)
        for at in order.tolist():
            example = self.examples[at]
            piece = self.codec.augment(example.ids, example.styles, rng) if self.augment else example.ids
            for part, is_target in _parts(self.codec, piece, size, size - len(ids)):
                ids, targets = np.concatenate([ids, part]), np.concatenate([targets, is_target])
                if len(ids) == size:
                    yield ids, targets
                    ids, targets = ids[:0], targets[:0]
        if len(ids):
            fill = size - len(ids)
            yield np.pad(ids, (0, fill), constant_values=self.codec.pad), np.pad(targets, (0, fill))


def _parts(codec: Codec, piece: type_ids, size: int, room: int) -> Iterator[tuple[type_ids, type_ids]]:
    """Yield a piece in parts, the first to fill `room`, then rows of `size`.

    Each comes with which of its ids are to be predicted.
    """
    prefix = piece[codec.is_condition(piece)]
    lines = codec.bar_starts(piece)
    at = 0
    while at < len(piece):
        head = prefix if at else prefix[:0]
        if room <= len(prefix) + 1:  # too little room to say anything
            yield np.full(room, codec.pad), np.zeros(room, dtype=np.int64)
            room = size
            continue
        stop = min(at + room - len(head), len(piece))
        part = np.concatenate([head, piece[at:stop]])
        targets = np.ones(len(part), dtype=np.int64)
        targets[: max(len(head), 1)] = 0  # the prefix of a later part, and the very first id, can't be predicted
        yield part, targets
        if stop == len(piece):
            return
        # Go on from a bar line, if that is not back where this part began.
        back = lines[np.searchsorted(lines, stop, side="right") - 1] if len(lines) else 0
        at, room = (int(back) if back > at else stop), size


def _stack(rows: list[tuple[type_ids, type_ids]]) -> Batch:
    ids, targets = np.stack([row[0] for row in rows]), np.stack([row[1] for row in rows])
    return Batch(ids[:, :-1], np.where(targets[:, 1:] > 0, ids[:, 1:], IGNORED))
