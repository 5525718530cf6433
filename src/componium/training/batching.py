"""Windows of ids from training pieces, packed so that almost nothing is padding.

Pieces are laid end to end into rows of block_size + 1 ids. A piece that doesn't fit goes on in the next row: its prefix
again, then on from the last bar line before the cut. So a row always says what it is a part of, as composing does when
its window moves on. Each epoch shuffles the pieces and asks the codec for a variant of each (another key, a thing
hidden); everything is a function of (seed, epoch), so a run can be resumed at any step.

A codec with regions also gives pieces with parts hidden. A share of the pieces is read so in each epoch; these
sequences are whole, and are never cut.
"""

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from componium.codecs.base import Codec, Example
from componium.errors import ControlError
from componium.music.types import type_ids

MOST_WAITING = 8  # sequences to fill in that wait for room before a row is padded
IGNORED = -100  # a target that counts for nothing


class Batch(NamedTuple):
    """Inputs (B, T), and the ids that follow each (B, T).

    Targets are IGNORED where nothing is to be learned.
    """

    inputs: NDArray[np.int64]
    targets: NDArray[np.int64]


class Windows:
    """Batches from examples.

    Without `augment` the pieces are as they are, in their order (for validation). `fills` is the share of pieces that
    are read with parts hidden, 0 to 1. With `shuffle_rows` the rows of an epoch are shuffled, not only its pieces:
    short rows of one piece would fill a batch otherwise. An epoch has at most `n_rows` rows.
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
        fills: float = 0.0,
        shuffle_rows: bool = False,
        n_rows: int | None = None,
    ) -> None:
        self.codec, self.examples, self.augment, self.fills = codec, examples, augment, fills
        self.shuffle_rows, self.n_rows = shuffle_rows, n_rows
        self.block_size, self.batch_size, self.seed = block_size, batch_size, seed
        prefix = max((int(codec.is_condition(example.ids).sum()) for example in examples), default=0)
        if block_size <= prefix:
            raise ControlError(f"a block_size of {block_size}", expected=f"more than {prefix}")

    def batches(self, epoch: int) -> Iterator[Batch]:
        """Yield the batches of one epoch; the last may have fewer rows."""
        rng = np.random.default_rng((self.seed, epoch))
        rows: list[tuple[type_ids, type_ids]] = []
        for row in islice(self._shuffled(rng) if self.shuffle_rows else self._rows(rng), self.n_rows):
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
        size = self.block_size + 1
        row = _Row(size, self.codec.pad)
        waiting: list[tuple[type_ids, type_ids]] = []  # sequences to fill in that found no room in their row
        for piece, is_fill in self._pieces(rng):
            if is_fill:
                encoded = self.codec.encoded(piece)
                waiting.append((encoded.ids, encoded.targets.astype(np.int64)))
            if len(waiting) > MOST_WAITING and not row.has_room(waiting[0][0]):
                yield row.finish()
            while waiting and row.has_room(waiting[0][0]):
                yield from row.add(*waiting.pop(0))
            if not is_fill:
                for part in _parts(self.codec, piece, size, size - len(row.ids)):
                    yield from row.add(*part)
        for sequence in waiting:
            if not row.has_room(sequence[0]):
                yield row.finish()
            yield from row.add(*sequence)
        if len(row.ids):
            yield row.finish()

    def _pieces(self, rng: np.random.Generator) -> Iterator[tuple[type_ids, bool]]:
        """Yield the pieces of an epoch, and whether parts of them are hidden."""
        order = rng.permutation(len(self.examples)) if self.augment else np.arange(len(self.examples))
        for at in order.tolist():
            example = self.examples[at]
            piece = self.codec.augment(example.ids, example.styles, rng) if self.augment else example.ids
            if self.fills and rng.random() < self.fills:
                yield from ((fill, True) for fill in self.codec.fill_examples(piece, self.block_size + 1, rng))
            else:
                yield piece, False


class _Row:
    """A row of `size` ids that is being filled."""

    def __init__(self, size: int, pad: int) -> None:
        self.size, self.pad = size, pad
        self.ids, self.targets = np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64)

    def has_room(self, ids: type_ids) -> bool:
        """Return whether a sequence fits."""
        return len(self.ids) + len(ids) <= self.size

    def add(self, ids: type_ids, targets: type_ids) -> Iterator[tuple[type_ids, type_ids]]:
        """Append a sequence that fits; yield the row if it is full, and begin another."""
        self.ids, self.targets = np.concatenate([self.ids, ids]), np.concatenate([self.targets, targets])
        if len(self.ids) == self.size:
            yield self.finish()

    def finish(self) -> tuple[type_ids, type_ids]:
        """Return the row, padded, and begin another."""
        fill = (0, self.size - len(self.ids))
        full = np.pad(self.ids, fill, constant_values=self.pad), np.pad(self.targets, fill)
        self.ids, self.targets = self.ids[:0], self.targets[:0]
        return full


def _parts(codec: Codec, piece: type_ids, size: int, room: int) -> Iterator[tuple[type_ids, type_ids]]:
    """Yield a piece in parts, the first to fill `room`, then rows of `size`.

    Each comes with which of its ids are to be predicted.
    """
    prefix = piece[: int(np.argmin(codec.is_condition(piece)))]
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
