"""Strikes of one key: a note ends where its key is struck again."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

type_ints = NDArray[np.int64]


def end_at_next_strike(key: Any, onset: Any, offset: Any) -> tuple[NDArray[np.bool_], type_ints]:
    """Return which notes are kept, and offsets so that no two of one key overlap.

    A key holds one note at a time: a note that still sounds when its key is struck again ends there, and of notes that
    begin together the longest is kept.

    key            the key of each note, (N,): a pitch, or a number for the channel and pitch
    onset, offset  (N,), in any unit

    >>> kept, offset = end_at_next_strike([60, 60, 60, 64], [0, 0, 2, 1], [1, 3, 4, 9])
    >>> kept.tolist(), offset.tolist()
    ([False, True, True, True], [1, 2, 4, 9])
    """
    keys, onsets, offsets = (np.array(column, dtype=np.int64) for column in (key, onset, offset))
    order = np.lexsort((-offsets, onsets, keys))
    is_first = np.ones(len(order), dtype=bool)
    is_first[1:] = (np.diff(keys[order]) != 0) | (np.diff(onsets[order]) != 0)
    struck = order[is_first]
    again = keys[struck[1:]] == keys[struck[:-1]]
    before, after = struck[:-1][again], struck[1:][again]
    offsets[before] = np.minimum(offsets[before], onsets[after])
    kept = np.zeros(len(order), dtype=bool)
    kept[struck] = True
    return kept, offsets
