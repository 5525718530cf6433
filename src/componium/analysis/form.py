"""The form of a piece: its strains as letters, AABB.

Conventions: bars are counted from the first whole one, past a pickup. Two bars are as alike as the notes that
begin in them: those that both have, of those that either has (Jaccard), a note being its place in the bar and its
pitch. A strain is 16, 8 or 4 bars, the longest of these that divides the piece and comes back. Two strains have one
letter if their bars, but for the last, are alike by ALIKE on average: the last has the ending, and the pickup of what
follows.
"""

import numpy as np

from componium.analysis.lines import all_notes
from componium.analysis.meter import whole_bar_lines
from componium.music.score import Score

STRAINS = (16, 8, 4)  # bars
ALIKE = 0.9
MOST = 12  # strains of a piece; what has more is a movement, not a form of strains
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"

type_bar = frozenset[tuple[int, int]]


def bar_contents(score: Score) -> list[type_bar]:
    """Return the place in ticks and pitch of the notes that begin in each whole bar."""
    bars, array = whole_bar_lines(score), all_notes(score)
    array = array[array["onset"] >= bars[0]]
    at = np.searchsorted(bars, array["onset"], side="right") - 1
    contents: list[set[tuple[int, int]]] = [set() for _ in bars[:-1]]
    for bar, place, pitch in zip(at.tolist(), (array["onset"] - bars[at]).tolist(), array["pitch"].tolist(),
                                 strict=True):  # fmt: skip
        contents[bar].add((place, pitch))
    return [frozenset(notes) for notes in contents]


def likeness(one: type_bar, other: type_bar) -> float:
    """Return how alike two bars are, 0 to 1; two empty ones are 1."""
    return len(one & other) / len(one | other) if one or other else 1.0


def form_of(score: Score) -> str:
    """Return the form of a score as letters, one a strain; "A" if nothing comes back.

    >>> from componium.music.score import Track, notes
    >>> rows = [(480 * at, 480, 60 + (at % 16 + at // 32 * 5) % 12) for at in range(64)]
    >>> form_of(Score((Track(notes(rows)),)))
    'AABB'
    """
    bars = bar_contents(score)
    for length in STRAINS:
        if len(bars) % length == 0 and len(bars) <= MOST * length:
            letters = letters_of(bars, length)
            if len(set(letters)) < len(letters):
                return letters
    return "A"


def letters_of(bars: list[type_bar], length: int) -> str:
    """Return a letter for each `length` bars, the same for those that are alike.

    Raises ValueError for more than 26 strains.
    """
    strains = [bars[start : start + length] for start in range(0, len(bars), length)]
    if len(strains) > len(LETTERS):
        raise ValueError(f"{len(strains)} strains")
    first: list[list[type_bar]] = []
    letters = ""
    for strain in strains:
        known = (at for at, other in enumerate(first) if _is_same(strain, other))
        if (at := next(known, None)) is None:
            at = len(first)
            first.append(strain)
        letters += LETTERS[at]
    return letters


def _is_same(one: list[type_bar], other: list[type_bar]) -> bool:
    """Return whether two strains are one but for their last bar."""
    pairs = list(zip(one, other, strict=False))
    pairs = pairs[:-1] or pairs
    return len(one) == len(other) and sum(likeness(*pair) for pair in pairs) >= ALIKE * len(pairs)
