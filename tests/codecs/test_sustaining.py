"""Scores as they were played are read as they would be written, and come back as they were."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from componium.codecs.events import Events
from componium.codecs.events.grid import DURATIONS
from componium.codecs.events.sustaining import sustained
from componium.composing.extend import extend
from componium.composing.infill import infill
from componium.corpora.base import Corpus, Piece
from componium.methods import make
from componium.music.score import Key, Meter, Score, Track, notes

LENGTHS = (480, 240, 240, 960, 480, 720, 240, 480, 240, 120, 120, 480, 480, 480, 960)
ONSETS = np.concatenate([[0], np.cumsum(LENGTHS)[:-1]])
WRITTEN = Score(
    (Track(notes([(int(at), length, 60 + at // 480 % 8) for at, length in zip(ONSETS, LENGTHS, strict=True)])),),
    meters=(Meter(0, 4, 4),), keys=(Key(0, 0),),
)  # fmt: skip
CORPUS = Corpus("some", (Piece("a", WRITTEN, ("x",), split="train"),))


def played(score: Score, share: float) -> Score:
    """Return a score whose notes sound for a share of their time, to a tick."""
    def shorter(track: Track) -> Track:
        line = track.notes.copy()
        line["duration"] = np.maximum(line["duration"] * share, 1)
        return replace(track, notes=line)

    return replace(score, tracks=tuple(map(shorter, score.tracks)))


@pytest.mark.parametrize("share", [0.85, 0.9, 0.95, 0.97, 1.03, 1.05])
def test_notes_played_a_little_short_or_long_are_read_as_written(share: float) -> None:
    assert sustained(played(WRITTEN, share)) == WRITTEN


@pytest.mark.parametrize("share", [0.9, 0.95])
def test_so_are_notes_before_rests(share: float) -> None:
    gapped = replace(WRITTEN, tracks=(replace(WRITTEN.tracks[0], notes=WRITTEN.tracks[0].notes[::2]),))
    assert sustained(played(gapped, share)) == gapped


@given(st.lists(st.tuples(st.sampled_from(DURATIONS[DURATIONS % 12 == 0].tolist()), st.booleans()), min_size=1))
def test_what_is_written_stays(steps: list[tuple[int, bool]]) -> None:
    at, rows = 0, []
    for length, is_rest in steps:
        rows += [] if is_rest else [(at, length, 60)]
        at += length
    score = Score((Track(notes(rows)),), ticks_per_quarter=24)
    assert sustained(score) == score


def test_staccato_stays() -> None:
    short = played(WRITTEN, 0.4)
    assert (sustained(short).tracks[0].notes["duration"] <= 0.5 * WRITTEN.tracks[0].notes["duration"]).all()


def test_what_is_filled_in_is_the_same_and_the_rest_as_it_was_played() -> None:
    method = make("markov", order=2, codec={"name": "events", "regions": True}).fit(CORPUS)
    score = played(WRITTEN, 0.9)
    one, other = (infill(each, bars=(1, 2), method=method, seed=1).score for each in (WRITTEN, score))
    for line, same, own in zip(other.tracks, one.tracks, score.tracks, strict=True):
        assert line.notes["pitch"].tolist() == same.notes["pitch"].tolist()
        outside = (line.notes["onset"] < 1920) | (line.notes["onset"] >= 3840)
        kept = (own.notes["onset"] < 1920) | (own.notes["onset"] >= 3840)
        assert line.notes[outside].tolist() == own.notes[kept].tolist()


def test_what_is_extended_goes_on_alike_and_begins_as_it_was_played() -> None:
    method = make("markov", order=2).fit(CORPUS)
    short = played(WRITTEN, 0.75)  # on the grid, so that the codec keeps it
    one, other = (extend(each, 2, method=method, seed=1).score for each in (WRITTEN, played(WRITTEN, 0.9)))
    n = len(LENGTHS)
    assert one.tracks[0].notes[n:].tolist() == other.tracks[0].notes[n:].tolist()
    assert (other.tracks[0].notes["duration"][:n] < one.tracks[0].notes["duration"][:n]).any()
    kept = extend(short, 2, method=method, seed=1).score.tracks[0].notes[:n]
    written = Events().canonicalize(short).tracks[0].notes["duration"] * 480 // 24
    assert kept["duration"].tolist() == written.tolist()


def test_a_score_of_which_the_grid_keeps_no_note_is_empty() -> None:
    codec, score = Events(), Score((Track(notes([(1914, 1, 60)])),), ticks_per_quarter=96)
    assert codec.canonicalize(codec.canonicalize(score)) == codec.canonicalize(score)
    assert codec.canonicalize(score).meters == ()
