"""Both ways of a lookup give the same pairs, and these are of words that are equal."""

import numpy as np
from numpy.testing import assert_array_equal

from componium.music.score import Score, Track, notes
from componium.originality import lookup, runs, words
from componium.originality.lookup import Lookup
from componium.originality.seeds import MOVES, PATTERNS
from componium.originality.sequences import VIEWS, Sequences


def tune(rng: np.random.Generator, n: int) -> Score:
    return Score((Track(notes([(240 * at, 240, int(pitch)) for at, pitch in enumerate(60 + rng.integers(0, 5, n))])),))


def test_in_passing_and_by_a_table_are_the_same(monkeypatch):
    rng = np.random.default_rng(0)
    pieces = Sequences.of([tune(rng, int(n)) for n in rng.integers(1, 400, 20)], VIEWS["melody"])
    query = Sequences.of([tune(rng, 60)], VIEWS["melody"])
    monkeypatch.setattr(words, "BLOCK", 256)
    monkeypatch.setattr(runs, "BLOCK", 128)
    monkeypatch.setattr(lookup, "PASSES", 1)
    found = 0
    for most in (None, 5):
        for ours, theirs in PATTERNS:
            asked = Lookup(pieces)
            first, second = (asked.pairs(query, [ours], theirs, MOVES, most)[0] for _ in "12")
            found += len(first[0])
            for mine, others in zip(first, second, strict=True):
                assert_array_equal(mine, others)
    assert found > 500


def test_pairs_are_of_equal_intervals():
    pieces = Sequences.of([tune(np.random.default_rng(1), 3000)], VIEWS["melody"])
    query = Sequences.of([tune(np.random.default_rng(2), 100)], VIEWS["melody"])
    pattern = words.Pattern(5)
    begin, place = Lookup(pieces).pairs(query, [pattern], pattern)[0]
    equal = np.lib.stride_tricks.sliding_window_view
    mine, theirs = (equal(sequences.interval, 4)[1:] for sequences in (query, pieces))
    expected = [(b, p) for b in range(96) for p in np.flatnonzero((theirs[:2996] == mine[b]).all(axis=1))]
    assert list(zip(begin.tolist(), place.tolist(), strict=True)) == expected
