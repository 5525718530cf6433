"""Training examples of filling in: valid sequences, windows that state what is in force, variants."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from componium.codecs.events import Events
from componium.codecs.events.augmentation import hide, transpose, without_chords
from componium.codecs.events.cells import Cells
from componium.codecs.events.fills import cut, draw_cells, fill_examples, ids_by_bar, keep_voices
from componium.music.score import Chord, Key, Meter, Score, Track, notes
from strategies import scores

CODEC = Events(styles=("jig", "reel"), regions=True)
quick = settings(max_examples=60, deadline=None)


def parsed(score):
    return Cells.parse(CODEC.vocab, CODEC.encode(score).ids)


def tokens(ids):
    return " ".join(map(CODEC.vocab.token, ids))


def song(n_bars=6):
    """Three voices, chords, and a change of meter at bar 3."""
    rng = np.random.default_rng(0)
    tracks = [Track(notes((at * 480, 480, int(pitch)) for at, pitch in enumerate(rng.integers(48, 72, 4 * n_bars))))
              for _ in range(3)]
    meters = (Meter(0, 2, 4), Meter(1920, 4, 4))
    return Score(tuple(tracks), meters=meters, keys=(Key(0, 2),), chords=(Chord(0, "D"), Chord(1440, "A7")))


def follows_grammar(ids):
    state = CODEC.initial_state()
    for index in ids.tolist():
        if not CODEC.allowed_next(state)[index]:
            return False
        CODEC.advance(state, index)
    return True


@quick
@given(score=scores(n_tracks=(1, 4)))
def test_cells_give_their_ids_back(score):
    ids = CODEC.encode(score).ids
    cells = Cells.parse(CODEC.vocab, ids)
    assert cells.ids().tolist() == ids.tolist()
    if cells.n_bars:
        assert ids_by_bar(cells).sum() == len(ids) - len(cells.prefix) - 1


@quick
@given(score=scores(n_tracks=(1, 4)), seed=st.integers(0, 1000))
def test_examples_fit_and_have_something_hidden(score, seed):
    for ids in fill_examples(parsed(score), 200, np.random.default_rng(seed)):
        assert len(ids) <= 200
        assert (ids == CODEC.vocab.id("Fill")).sum() == 1


def test_most_of_a_piece_is_in_its_examples():
    examples = list(fill_examples(parsed(song(16)), 400, np.random.default_rng(1)))
    assert len(examples) > 1
    assert all(follows_grammar(ids) for ids in examples)


def test_a_window_states_the_meter_in_force_where_it_begins():
    window = cut(parsed(song()), 3, 5)
    assert "Meter_4/4" in tokens(window.prefix)
    assert window.n_bars == 2
    assert "Chord_7_7" in tokens(window.ids())


def test_a_window_states_a_meter_that_the_prefix_hides():
    ids = hide(CODEC.vocab, CODEC.encode(song()).ids, {"Meter"}, relative=True)
    window = cut(Cells.parse(CODEC.vocab, ids), 3, 5)
    assert "Meter_?" in tokens(window.prefix)
    assert tokens(window.ids()[len(window.prefix) :]).split()[1] == "Meter_4/4"


def test_without_chords_is_the_piece_without_chords():
    score = song()
    bare = Score(score.tracks, score.ticks_per_quarter, meters=score.meters, keys=score.keys)
    assert without_chords(CODEC.vocab, CODEC.encode(score).ids).tolist() == CODEC.encode(bare).ids.tolist()


def test_fewer_voices_are_those_that_are_kept():
    score, kept = song(), np.array([True, False, True])
    fewer = Score((score.tracks[0], score.tracks[2]), score.ticks_per_quarter, meters=score.meters, keys=score.keys,
                  chords=score.chords)
    assert keep_voices(parsed(score), kept).ids().tolist() == CODEC.encode(fewer).ids.tolist()
    assert tokens(keep_voices(parsed(score), np.array([False, True, False])).ids()).count("Voice_") == 0


@pytest.mark.parametrize("semitones", [-2, 1, 3])
def test_chords_move_with_the_key(semitones):
    moved = transpose(CODEC.vocab, CODEC.encode(song()).ids, semitones, relative=True)
    before, after = (CODEC.decode(ids).chords for ids in (CODEC.encode(song()).ids, moved))
    assert [chord.tick for chord in after] == [chord.tick for chord in before]
    assert CODEC.encode(CODEC.decode(moved)).ids.tolist() == moved.tolist()


def test_some_cells_are_hidden_and_in_several_voices_some_are_not():
    rng = np.random.default_rng(0)
    drawn = [draw_cells(4, 3, rng) for _ in range(200)]
    assert all(cells.any() for cells in drawn)
    assert sum(cells.all() for cells in drawn) < 20
