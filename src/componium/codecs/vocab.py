"""Vocabulary: families of tokens, each a range of ids in the order of its values."""

from collections.abc import Mapping, Sequence
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from componium.errors import CodecError


class Vocab:
    """A vocabulary of tokens, written "Family_value".

    Ids count from 0 through the families in their order.


    >>> vocab = Vocab({"Pitch": range(3), "Rest": [""]})
    >>> len(vocab), vocab.id("Pitch", 2), vocab.token(3), vocab.family(3), vocab.ids("Pitch")
    (4, 2, 'Rest', 'Rest', slice(0, 3, None))
    """

    def __init__(self, families: Mapping[str, Sequence[int | str]]) -> None:
        self.families = {name: tuple(values) for name, values in families.items()}
        self._slices: dict[str, slice] = {}
        self._ids: dict[tuple[str, int | str], int] = {}
        self.entries: list[tuple[str, int | str]] = []
        for name, values in self.families.items():
            start = len(self.entries)
            self._slices[name] = slice(start, start + len(values))
            self._ids.update({(name, value): start + at for at, value in enumerate(values)})
            self.entries.extend((name, value) for value in values)

    def __len__(self) -> int:
        return len(self.entries)

    def id(self, family: str, value: int | str = "") -> int:
        """Return the id of a family's value. Raises CodecError if there is none."""
        try:
            return self._ids[family, value]
        except KeyError:
            raise CodecError(f"no token {family}_{value}") from None

    def has(self, family: str, value: int | str) -> bool:
        """Return whether a family has a value."""
        return (family, value) in self._ids

    def ids(self, family: str) -> slice:
        """Return the range of ids of a family."""
        return self._slices[family]

    def entry(self, index: int) -> tuple[str, int | str]:
        """Return family and value of an id. Raises CodecError outside 0..len-1."""
        if not 0 <= index < len(self.entries):
            raise CodecError(f"token id {index}", expected=f"0 to {len(self) - 1}")
        return self.entries[index]

    def family(self, index: int) -> str:
        """Return the family of an id."""
        return self.entry(index)[0]

    def token(self, index: int) -> str:
        """Return the token of an id, such as "Pitch_60" or "EOS"."""
        family, value = self.entry(index)
        return f"{family}_{value}" if value != "" else family

    @cached_property
    def values(self) -> NDArray[np.int64]:
        """Values of the ids, (V,); 0 where a value is a word."""
        return np.array([value if isinstance(value, int) else 0 for _, value in self.entries], dtype=np.int64)
