"""Filling in: the region alone is written, alternatives are ranked, wrong wishes are refused."""

from dataclasses import replace

import numpy as np
import pytest

import componium
from componium.composing.filling import changes
from componium.corpora import Corpus
from componium.decoding.region import Region
from componium.errors import ControlError
from componium.methods.base import make
from componium.music.score import Score
from componium.music.time import bar_lines
from componium.music.transform import slice_bars
from componium.testing.music import make_corpus

VOICES = 2


@pytest.fixture(scope="module")
def corpus():
    return make_corpus()


@pytest.fixture(scope="module", params=[True, False], ids=["regions", "resampling"])
def method(request, corpus):
    return make("markov", order=2, codec={"name": "events", "regions": request.param}).fit(corpus)


def outside(score, region):
    """Notes of each voice outside a region."""
    lines = bar_lines(score)
    return [track.notes[~region.cells[np.searchsorted(lines, track.notes["onset"], side="right") - 1, voice]].tolist()
            for voice, track in enumerate(score.tracks)]


def test_outside_the_bars_a_piece_is_the_input(method, corpus):
    score = corpus.train.pieces[0].score
    take = componium.infill(score, bars=(1, 3), method=method, seed=1)
    region = Region.of(score, bars=(1, 3))
    assert outside(take.score, region) == outside(score, region)
    assert take.score.n_bars == score.n_bars
    assert take.asked["bars"] == "2-3"


def test_the_same_seed_writes_the_same(method, corpus):
    score = corpus.train.pieces[1].score
    first, second = (componium.infill(score, bars=(0, 2), method=method, seed=5).score for _ in range(2))
    assert first == second


def test_several_are_the_original_and_alternatives_by_likelihood(method, corpus):
    score = corpus.train.pieces[2].score
    original, *others = componium.infill(score, bars=(1, 2), method=method, seed=2, n=3)
    assert original.score == score
    likelihood = method.log_prob([slice_bars(take.score, 0, 4) for take in others])
    assert len(others) == 3
    assert (np.diff(likelihood) <= 0).all()


def test_what_changed_is_said_cell_by_cell(corpus):
    score = corpus.train.pieces[0].score
    region = Region.of(score, bars=(1, 2))
    empty = Score(tuple(type(track)(track.notes[:0]) for track in score.tracks), score.ticks_per_quarter)
    lines = changes(score, region.splice(score, empty), region)
    assert all(line.startswith("bar 2, ") and line.endswith("-> silence") for line in lines)
    assert lines


@pytest.mark.parametrize("wrong", [{"bars": (2, 1)}, {"bars": (0, 900)}, {"voices": ["kazoo"]}, {"density": -1}])
def test_wrong_wishes_are_refused(method, corpus, wrong):
    with pytest.raises(ControlError):
        componium.infill(corpus.train.pieces[0].score, method=method, **wrong)


@pytest.mark.parametrize("wish", [{"density": 4}, {"rhythm": "keep"}])
def test_some_wishes_need_regions(corpus, wish):
    plain = make("markov", order=2).fit(corpus)
    with pytest.raises(ControlError, match=next(iter(wish))):
        componium.infill(corpus.train.pieces[0].score, bars=(0, 1), method=plain, **wish)


@pytest.mark.parametrize("voices", [1, 2])
def test_a_rhythm_is_kept(corpus, voices):
    score = corpus.train.pieces[0].score
    score = replace(score, tracks=score.tracks[:voices])
    learned = Corpus("some", tuple(replace(piece, score=replace(piece.score, tracks=piece.score.tracks[:voices]))
                                   for piece in corpus.pieces))
    method = make("markov", order=1, codec={"name": "events", "regions": True}).fit(learned)
    for seed in range(5):
        filled = componium.infill(score, bars=(1, 4), voices=[0], rhythm="keep", method=method, seed=seed).score
        for before, after in zip(score.tracks, filled.tracks, strict=True):
            assert before.notes[["onset", "duration"]].tolist() == after.notes[["onset", "duration"]].tolist()
        assert filled.tracks[0].notes["pitch"].tolist() != score.tracks[0].notes["pitch"].tolist()


def test_a_method_that_draws_whole_pieces_refuses(corpus):
    dice = make("dice").fit(corpus)
    with pytest.raises(ControlError, match="region"):
        componium.infill(corpus.train.pieces[0].score, bars=(0, 1), method=dice)


def test_all_bars_of_a_measure_are_written_alike(method, corpus):
    score = corpus.train.pieces[0].score
    repeats = [0, 1, *range(score.n_bars - 2)]
    take = componium.infill(score, bars=(1, 2), repeats=repeats, seed=1, temperature=2.0, method=method)
    assert take.asked["bars"] == "2"
    assert {line.split(",")[0] for line in take.measured["changed"]} == {"bar 2", "bar 4"}
    second, fourth = (slice_bars(take.score, bar, bar + 1) for bar in (1, 3))
    assert [track.notes.tolist() for track in second.tracks] == [track.notes.tolist() for track in fourth.tracks]
    region = Region.of(score, bars=(1, 2))
    region.cells[3] = True
    assert outside(take.score, region) == outside(score, region)
    with pytest.raises(ControlError, match="repeats of 1 bars"):
        componium.infill(score, repeats=[0], seed=1, method=method)
