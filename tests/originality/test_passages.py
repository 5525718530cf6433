"""Passages that lead to a note: against a search note by note."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from componium.analysis.lines import lines
from componium.music.score import Score, Track, notes
from componium.originality.index import Index
from componium.originality.passages import SHORTEST, passages


def tune(seed: int, length: int) -> Score:
    rng = np.random.default_rng(seed)
    onsets = np.cumsum(rng.choice([240, 480], length))
    pitches = 60 + np.cumsum(rng.integers(-2, 3, length))
    return Score((Track(notes(zip(onsets.tolist(), [240] * length, pitches.tolist(), strict=True))),))


def agreeing(line, at: int, other, place: int) -> int:
    """Return how many notes before and at two places agree, note by note."""
    length = 1
    while at - length >= 0 and place - length >= 0:
        ours, theirs = (array[index - length + 1]["pitch"].astype(int) - array[index - length]["pitch"]
                        for array, index in ((line, at), (other, place)))
        if ours != theirs:
            break
        if length > 1:
            gaps = [(array[index - length + 2]["onset"] - array[index - length + 1]["onset"],
                     array[index - length + 1]["onset"] - array[index - length]["onset"])
                    for array, index in ((line, at), (other, place))]
            if gaps[0][0] * gaps[1][1] != gaps[1][0] * gaps[0][1]:
                break
        length += 1
    return length


@given(seed=st.integers(0, 10**6), at=st.integers(0, 39))
def test_passages_are_the_longest_runs_that_end_alike(seed: int, at: int) -> None:
    pieces = [(str(number), tune(seed + 1 + number, 40)) for number in range(4)]
    (line,) = lines(tune(seed, 40))
    lengths = {(name, place): agreeing(line, at, lines(score)[0], place)
               for name, score in pieces for place in range(40)}
    longest = max(lengths.values())
    found = passages(Index.of(pieces), line, at, most=9)
    if longest < SHORTEST:
        assert not found
    else:
        where = [key for key, length in lengths.items() if length == longest]
        assert {each.piece for each in found} == {name for name, _ in where}
        assert {each.notes for each in found} == {longest} and {each.count for each in found} == {len(where)}


def test_a_passage_is_found_in_another_key_and_tempo_and_names_its_bar() -> None:
    known = tune(5, 40)
    line = lines(known)[0][20:30].copy()
    line["pitch"] += 3
    line["onset"] = (line["onset"] - line["onset"][0]) * 2
    (found,) = passages(Index.of([("known", known)]), line, 9)
    assert (found.notes, found.piece, found.bar) == (10, "known", int(lines(known)[0][29]["onset"]) // 1920 + 1)
