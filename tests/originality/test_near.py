"""Passages with changes: planted ones are found, and no alignment is longer than the optimal one."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from componium.music.score import Score, Track, notes
from componium.originality.index import Index
from componium.originality.sequences import VIEWS, Sequences, chord_rows, melody_rows, texture_rows, top_line

GAPS, PITCHES = (120, 240, 480), range(55, 80)


def random_tune(rng, n):
    onsets = np.concatenate([[0], np.cumsum(rng.choice(GAPS, n - 1))])
    return list(zip(onsets.tolist(), rng.choice(PITCHES, n).tolist(), strict=True))


def score(*tunes):
    return Score(tuple(Track(notes([(onset, 60, pitch) for onset, pitch in tune])) for tune in tunes))


def planted(rng, passage):
    """The passage after and before other notes."""
    before, after = random_tune(rng, 12), random_tune(rng, 12)
    begin = before[-1][0] + 240 - passage[0][0]
    inside = [(onset + begin, pitch) for onset, pitch in passage]
    return score([*before, *inside, *((onset + inside[-1][0] + 240, pitch) for onset, pitch in after)])


def split(tune, at, steps):
    """One note as several in its time, so many semitones away each."""
    onset, pitch = tune[at]
    gap = (tune[at + 1][0] - onset) // len(steps)
    return [*tune[:at], *((onset + gap * i, pitch + step) for i, step in enumerate(steps)), *tune[at + 1:]]


def swung(tune):
    """The offbeats of each quarter a third later."""
    return [(onset + (40 if onset % 240 else 0), pitch) for onset, pitch in tune]


CHANGES = {
    "none": lambda tune, at: tune,
    "another pitch": lambda tune, at: [*tune[:at], (tune[at][0], tune[at][1] + 3), *tune[at + 1:]],
    "inserted": lambda tune, at: split(tune, at, (0, 1)),
    "deleted": lambda tune, at: [*tune[:at], *tune[at + 1:]],
    "closed": lambda tune, at: [
        *tune[:at], *((onset - tune[at + 1][0] + tune[at][0], pitch) for onset, pitch in tune[at + 1:])
    ],
    "mordent": lambda tune, at: split(tune, at, (0, -1, 0)),
    "turn": lambda tune, at: split(tune, at, (2, 0, -1, 0)),
    "transposed": lambda tune, at: [(onset, pitch + 5) for onset, pitch in tune],
    "slower": lambda tune, at: [(onset * 3, pitch) for onset, pitch in tune],
}  # fmt: skip


@pytest.mark.parametrize("change", CHANGES)
@settings(max_examples=10)
@given(seed=st.integers(0, 2**32), at=st.integers(0, 6), times=st.integers(1, 3))
def test_a_planted_passage_of_eight_notes_or_more_with_a_change_in_eight_is_found(change, seed, at, times):
    rng = np.random.default_rng(seed)
    body = [random_tune(rng, 50) for _ in range(5)]
    passage = body[2][10:10 + 8 * times]
    changed = CHANGES[change](passage, at)
    index = Index.of((f"piece {i}", score(tune)) for i, tune in enumerate(body))
    found = index.compare(planted(rng, changed)).near
    assert found.piece == "piece 2"
    assert found.notes >= max(8 * times - 2, 7)


@settings(max_examples=15)
@given(seed=st.integers(0, 2**32))
def test_a_swung_passage_is_found(seed):
    rng = np.random.default_rng(seed)
    even = [(120 * i, pitch) for i, (_, pitch) in enumerate(random_tune(rng, 40))]
    index = Index.of([("even", score(even))])
    copies = index.compare(score(swung(even)))
    assert copies.exact.notes == 0 and copies.near.notes == 40 and copies.share(16) == 1


@settings(max_examples=15)
@given(seed=st.integers(0, 2**32))
def test_random_music_shares_little_and_nothing_with_another_rhythm(seed):
    rng = np.random.default_rng(seed)
    index = Index.of([("a", score(random_tune(rng, 300)))])
    assert index.compare(score(random_tune(rng, 300))).near.notes <= 9


def smith_waterman(one, other):
    """The highest score of an alignment of two rows of pitches by the optimal algorithm, in pure Python.

    A match is 1, all else -PENALTY; steps are those that the alignment knows. Transposition is given by the best of
    all; rhythm doesn't count, so that no alignment found can have a higher score.
    """
    from componium.originality.alignment import EDITS, PENALTY

    best = 0
    for up in {b - a for a in one for b in other}:
        table = np.zeros((len(one) + 1, len(other) + 1))
        for i, a in enumerate(one, 1):
            for j, b in enumerate(other, 1):
                if b - a == up:
                    earlier = [table[i - 1, j - 1] + 1]
                    earlier += [table[i - x, j - y] + 1 - PENALTY for x, y in EDITS if x <= i and y <= j]
                    table[i, j] = max(earlier)
        best = max(best, table.max())
    return best


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 2**32))
def test_no_alignment_scores_higher_than_smith_waterman_and_few_lower(seed):
    from componium.originality.alignment import PENALTY

    rng = np.random.default_rng(seed)
    tune = random_tune(rng, 30)
    changed = CHANGES["turn"](CHANGES["another pitch"](tune, 8), 20)
    found = Index.of([("a", score(tune))]).find_near(Sequences.of([score(changed)], VIEWS["melody"]))
    most = (found.notes - PENALTY * found.changes).max()
    optimal = smith_waterman([pitch for _, pitch in changed], [pitch for _, pitch in tune])
    assert optimal - 3 <= most <= optimal


def chord_score(chords, *, up=0, gap=480):
    parts = [Track(notes([(gap * i, gap, chord[part] + up) for i, chord in enumerate(chords)])) for part in range(3)]
    return Score(tuple(parts))


def random_chords(rng, n):
    roots = np.cumsum(rng.choice((3, 4, 5, 7), n)) % 12
    return [(48 + root, 48 + root + 3 + int(rng.integers(2)), 48 + root + 7) for root in roots.tolist()]


@settings(max_examples=10)
@given(seed=st.integers(0, 2**32), up=st.integers(-5, 5), at=st.integers(2, 9))
def test_chords_and_textures_are_found_in_any_key_with_one_changed(seed, up, at):
    rng = np.random.default_rng(seed)
    chords = random_chords(rng, 12)
    index = Index.of([("other", chord_score(random_chords(rng, 12))), ("piece", chord_score(chords))])
    changed = list(chords)
    changed[at] = (chords[at][0] - 1, chords[at][1] + 1, chords[at][2] + 1)
    for view, unit in (("chords", "chords"), ("texture", "onsets")):
        exact = index.compare(chord_score(chords, up=up, gap=240), view)
        assert (exact.exact.notes, exact.exact.piece, exact.exact.unit) == (12, "piece", unit)
        near = index.compare(chord_score(changed, up=up), view).near
        assert near.piece == "piece" and near.notes >= 8 and near.changes <= 1


@settings(max_examples=10)
@given(seed=st.integers(0, 2**32), up=st.integers(-5, 5), at=st.integers(0, 7))
def test_chords_over_a_pedal_and_textures_under_one_are_found_with_one_of_eight_changed(seed, up, at):
    rng = np.random.default_rng(seed)
    shapes = rng.permutation([(a, a + b) for a in (3, 4, 5) for b in (2, 3, 4)])[:8].tolist()
    changed = [*shapes[:at], (shapes[at][0], 11), *shapes[at + 1:]]
    for view, pedal, way in (("chords", 48, 1), ("texture", 72, -1)):
        piece, copy = ([(pedal, pedal + way * a, pedal + way * b) for a, b in some] for some in (shapes, changed))
        index = Index.of([("other", chord_score(random_chords(rng, 40))), ("pedal", chord_score(piece))])
        query = chord_score([*random_chords(rng, 6), *copy, *random_chords(rng, 6)], up=up)
        near = index.compare(query, view).near
        assert near.piece == "pedal" and near.notes >= 7


def test_a_chord_in_another_layout_is_the_same_chord_and_another_texture():
    close = chord_score([(48, 52, 55), (53, 57, 60)] * 5)
    wide = chord_score([(48, 64, 55), (53, 69, 72)] * 5)
    index = Index.of([("close", close)])
    assert index.compare(wide, "chords").exact.notes == 10
    assert index.compare(wide, "texture").near.notes == 0


def test_the_top_line_is_the_highest_that_begins():
    score = Score((
        Track(notes([(0, 480, 72), (480, 480, 74)])), Track(notes([(0, 240, 60), (240, 240, 62), (480, 960, 64)])),
        Track(notes([(960, 480, 65)])),
    ))  # fmt: skip
    assert top_line(score)["pitch"].tolist() == [72, 74, 65]
    assert len(melody_rows(score)) == 4  # three voices and the top line
    assert len(melody_rows(replace(score, tracks=score.tracks[:1]))) == 1


def test_rows_of_nothing_and_of_drums_are_empty():
    drums = Score((Track(notes([(0, 10, 40), (480, 10, 40)]), is_drum=True),))
    for empty in (Score(), drums):
        assert melody_rows(empty) == []
        assert all(len(row.onset) == 0 for rows in (chord_rows, texture_rows) for row in rows(empty))
        copies = Index.of([("a", drums)]).compare(empty)
        assert copies.near.notes == 0 and np.isnan(copies.share())


def test_the_share_counts_the_notes_in_copies():
    rng = np.random.default_rng(3)
    tune = random_tune(rng, 40)
    query = planted(rng, tune[:20])
    copies = Index.of([("a", score(tune))]).compare(query)
    assert copies.exact_share(8) == pytest.approx(20 / 44) and copies.share(16) == pytest.approx(20 / 44)
    assert copies.exact_share(21) == 0
