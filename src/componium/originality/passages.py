"""Nearest passages: those that lead to a note in the same way.

The longest run of notes of a line that ends with the note and stands in an indexed piece too, by the same melodic
intervals and onsets in the same proportions (see originality.sequences): what the training music did before and there.

>>> from componium.music.score import Score, Track, notes
>>> tune = Score(tracks=(Track(notes([(480 * at, 480, 60 + at % 5) for at in range(12)])),))
>>> line = tune.tracks[0].notes
>>> passages(Index.of([("tune", tune)]), line, 4)[0]
Passage(notes=5, piece='tune', bar=2, count=2)
"""

from dataclasses import dataclass

import numpy as np

from componium.music.score import Score, Track, type_notes
from componium.originality.index import MELODY, Index
from componium.originality.sequences import VIEWS, Row, Sequences

SHORTEST = 3  # notes: two intervals; nearly any line shares less


@dataclass(frozen=True, slots=True)
class Passage:
    """A passage of a piece that ends as a line does at one of its notes.

    notes  its length, the note included
    piece  the name of the piece
    bar    the bar of its last note there, from 1
    count  places in all pieces where as many notes agree
    """

    notes: int
    piece: str
    bar: int
    count: int

    def __str__(self) -> str:
        """Return the passage in words."""
        others = f" (one of {self.count} places)" if self.count > 1 else ""
        return f"{self.notes} notes as in {self.piece}, bar {self.bar}{others}"


def passages(index: Index, line: type_notes, at: int, most: int = 3) -> tuple[Passage, ...]:
    """Return the longest passages that end as a line does at its note `at`.

    They are of up to `most` pieces.

    All have the same length; there is none below SHORTEST notes.
    """
    pieces, query = index.sequences[MELODY], _query(line[: at + 1])
    places, length = np.arange(len(pieces)), 1
    while at - length >= 0:
        here = at - length + 1
        agree = places[(places >= length) & (pieces.interval[places - length + 1] == query.interval[here])]
        if length > 1:  # the time before the first interval has nothing before it to be in proportion to
            agree = agree[pieces.ratio[agree - length + 2] == query.ratio[here + 1]]
        if not len(agree):
            break
        places, length = agree, length + 1
    if length < SHORTEST:
        return ()
    owners = pieces.piece[pieces.row[places]]
    _, first = np.unique(owners, return_index=True)
    return tuple(Passage(length, index.names[owners[one]], int(pieces.bar[places[one]]), len(places))
                 for one in sorted(first.tolist())[:most])  # fmt: skip


def _query(line: type_notes) -> Sequences:
    """Return a line as the sequence that is compared."""
    row = Row(line["onset"], line["onset"] + line["duration"], line["pitch"], np.zeros(len(line), np.uint16))
    return Sequences.of_rows([(Score((Track(line),)), [row])], VIEWS[MELODY].modulus)
