"""Parts of a track chunk: notes by channel and program, held by the pedal.

- Where the program of a channel changes, the notes that begin from then on are another part. A program holds for the
  channel of its own track, or, if that states none, of the track that does.
- A note that ends while the pedal of its channel is down sounds until the pedal goes up, or until its pitch is struck
  again; never beyond the end of the channel's last note, where a pedal that stays down would hold everything.
"""

from array import array
from collections import defaultdict
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from componium.formats.midi.events import DRUMS, Part
from componium.music.score import NOTE, type_notes

type_change = tuple[int, int, int]  # tick, channel, value
type_ints = NDArray[np.int64]


class ByChannel:
    """Changes of a value of each channel; where a channel has none, those of `others`."""

    def __init__(self, changes: list[type_change], others: "ByChannel | None" = None) -> None:
        self.others = others
        self._changes: defaultdict[int, list[tuple[int, int]]] = defaultdict(list)
        self._tables: dict[int, tuple[type_ints, type_ints]] = {}
        for tick, channel, value in changes:
            self._changes[channel].append((tick, value))

    def table(self, channel: int) -> tuple[type_ints, type_ints]:
        """Return the ticks of a channel's changes, in order, and the value from each on."""
        if channel not in self._changes and self.others is not None:
            return self.others.table(channel)
        if channel not in self._tables:
            changes = np.array(self._changes.get(channel, []), dtype=np.int64).reshape(-1, 2)
            changes = changes[np.argsort(changes[:, 0], kind="stable")]
            self._tables[channel] = changes[:, 0], changes[:, 1]
        return self._tables[channel]

    def at(self, channel: int, ticks: type_ints) -> type_ints:
        """Return the value in force at each tick, 0 before the first change."""
        times, values = self.table(channel)
        if not len(times):
            return np.zeros(len(ticks), dtype=np.int64)
        places = np.searchsorted(times, ticks, side="right")
        return np.where(places > 0, values[places - 1], 0)


def split_parts(rows: "array[int]", programs: ByChannel, pedals: ByChannel) -> list[Part]:
    """Return the parts of a track, by channel and program.

    The programs of a channel are in the order in which they first play. A row of `rows` is channel and pitch
    (channel << 7 | pitch), onset, duration and velocity.
    """
    table = np.frombuffer(rows, dtype=np.int64).reshape(-1, 4) if rows else np.empty((0, 4), np.int64)
    return [
        Part(own, program, channel == DRUMS, int((own["onset"] + own["duration"]).max()))
        for channel, program, _, own in split_rows(table, programs, pedals)
    ]


def split_rows(
    table: type_ints, programs: ByChannel, pedals: ByChannel
) -> Iterator[tuple[int, int, type_ints, type_notes]]:
    """Yield the channel, program, places in `table` and notes of each part."""
    for channel in np.unique(table[:, 0] >> 7).tolist():
        places = np.flatnonzero(table[:, 0] >> 7 == channel)
        notes = _notes(table[places])
        hold(notes, *pedals.table(channel))
        numbers = programs.at(channel, notes["onset"])
        for program in dict.fromkeys(numbers[np.argsort(notes["onset"], kind="stable")].tolist()):
            yield channel, program, places[numbers == program], notes[numbers == program]


def hold(notes: type_notes, ticks: type_ints, down: type_ints) -> None:
    """Prolong the notes of a channel by its pedal.

    It is down (1) or up (0) from each of `ticks` on.
    """
    if not down.any():
        return
    onset = notes["onset"]
    end = onset + notes["duration"]
    before = np.searchsorted(ticks, end, side="left")  # a note that ends as the pedal goes down is not held
    held = (before > 0) & (down[before - 1] == 1)
    ups = np.append(ticks[down == 0], end.max())
    until = ups[np.searchsorted(ticks[down == 0], end, side="left")]
    until = np.minimum(until, _struck_again(notes["pitch"].astype(np.int64), onset, int(end.max())))
    notes["duration"] = np.where(held, np.maximum(until, end), end) - onset


def _struck_again(pitch: type_ints, onset: type_ints, last: int) -> type_ints:
    """Return where each note's pitch is struck next; `last` where it isn't."""
    order = np.lexsort((onset, pitch))
    key = pitch[order] * (last + 1) + onset[order]
    following = np.searchsorted(key, key, side="right")
    inside = np.minimum(following, len(order) - 1)
    again = (following < len(order)) & (pitch[order][inside] == pitch[order])
    result = np.empty(len(order), dtype=np.int64)
    result[order] = np.where(again, onset[order][inside], last)
    return result


def _notes(rows: type_ints) -> type_notes:
    notes = np.zeros(len(rows), dtype=NOTE)
    notes["pitch"] = rows[:, 0] & 0x7F
    notes["onset"], notes["velocity"] = rows[:, 1], rows[:, 3]
    notes["duration"] = np.maximum(rows[:, 2], 1)
    return notes
