"""Velocities: kept where the music learned from has some; else what is read is without, and comes back."""

from dataclasses import replace

import numpy as np
import pytest

from componium.codecs.events import Events
from componium.codecs.events.velocities import continued
from componium.composing.extend import extend
from componium.composing.infill import infill
from componium.corpora.base import Corpus, Piece
from componium.methods import make
from componium.music.score import Key, Meter, Score, Track, notes


def line(*velocities: int, low: int = 60) -> Track:
    return Track(notes([(480 * at, 480, low + at % 5, velocity) for at, velocity in enumerate(velocities)]))


def piece(velocity: int) -> Score:
    return Score((line(*[velocity] * 16), line(*[velocity] * 16, low=48)), meters=(Meter(0, 4, 4),), keys=(Key(0, 0),))


def corpus(velocity: int) -> Corpus:
    return Corpus("some", (Piece("a", piece(velocity), ("x",), split="train"),))


def test_the_music_learned_from_decides() -> None:
    assert not Events().fit(corpus(0)).keeps_velocities
    assert Events().fit(corpus(80)).keeps_velocities
    assert Events(velocities=True).fit(corpus(0)).keeps_velocities
    assert Events().keeps_velocities
    assert Events().fit(corpus(0)).config()["velocities"] is False


def test_without_velocities_a_score_reads_like_one_that_has_none() -> None:
    codec = Events(("x",), velocities=False)
    assert codec.encode(piece(80)).ids.tolist() == codec.encode(piece(0)).ids.tolist()
    assert codec.decode(codec.encode(piece(80)).ids) == codec.canonicalize(piece(80))
    state = codec.initial_state()
    for index in codec.encode(piece(80)).ids.tolist():
        assert not codec.allowed_next(state)[codec.vocab.ids("Vel")].any()
        codec.advance(state, index)


def test_ids_stay_the_same_with_and_without() -> None:
    assert Events(("x",), velocities=False).vocab.entries == Events(("x",)).vocab.entries


@pytest.mark.parametrize("velocity", [0, 84])
def test_what_is_extended_keeps_its_velocities_and_goes_on_in_the_middle_of_them(velocity: int) -> None:
    method = make("markov", order=2).fit(corpus(0))
    played = replace(piece(0), tracks=(line(*[velocity] * 8, *[velocity and 100] * 8), line(*[velocity] * 16, low=48)))
    plain = extend(piece(0), 2, method=method, seed=1).score
    take = extend(played, 2, method=method, seed=1).score
    for track, own, same in zip(take.tracks, (velocity, velocity), plain.tracks, strict=True):
        assert track.notes["pitch"].tolist() == same.notes["pitch"].tolist()
        assert set(track.notes["velocity"][:8].tolist()) == {own}
    upper = take.tracks[0].notes["velocity"]
    assert set(upper[16:].tolist()) == {int(np.median([velocity] * 8 + [velocity and 100] * 8))}


def test_a_region_is_filled_alike_whatever_the_velocities() -> None:
    method = make("markov", order=2).fit(corpus(0))
    plain, played = (infill(piece(velocity), bars=(1, 2), voices=[1], method=method, seed=1) for velocity in (0, 80))
    for one, other in zip(plain.score.tracks, played.score.tracks, strict=True):
        assert one.notes["pitch"].tolist() == other.notes["pitch"].tolist()
        assert set(other.notes["velocity"].tolist()) == {80}


def test_a_voice_that_was_silent_takes_those_of_others() -> None:
    prompt = Score((line(70, 90), Track(notes([]))))
    longer = Score((line(0, 0, 0, 0), line(0, 0)))
    assert [track.notes["velocity"].tolist() for track in continued(longer, prompt).tracks] == [
        [70, 90, 80, 80], [80, 80]]  # fmt: skip
