"""Recombination: every join is one that the music itself makes, and each bar can say where it came from."""

from itertools import pairwise

import numpy as np
import pytest

import stand_in
from componium.corpora import Corpus, Piece
from componium.decoding.controls import Controls
from componium.decoding.request import Request
from componium.methods import make
from componium.methods.recombine import Recombine, Ways, find_signatures
from componium.methods.recombine.slices import ENTRY, LAST, NEXT, PIECE, PLACE, slices_of
from componium.music.pitch import parse_key, parse_meter
from componium.music.score import Key, Meter, Score, Track, notes

FOUR = Meter(0, 4, 4)


@pytest.fixture(scope="module")
def method() -> Recombine:
    return make("recombine").fit(stand_in.music())


def piece(name: str, *voices: list[tuple[int, int, int]]) -> Piece:
    tracks = tuple(Track(notes([(480 * on, 480 * length, pitch) for on, length, pitch in rows])) for rows in voices)
    return Piece(name, Score(tracks, meters=(FOUR,), keys=(Key(0, 0),)), ("two",))


def test_every_join_leads_where_the_music_led(method: Recombine) -> None:
    wish = Controls(style="chorales", meter=parse_meter("4/4"), key=parse_key("F"), bars=9)
    for seed in range(20):
        rng = np.random.default_rng(seed)
        plan, slices, kept = method._prepare(wish, rng)
        ways = Ways(slices, plan, 0)
        if not ways.starts().any():
            continue
        path = method._walk(ways, kept, rng)
        about = slices.about[path]
        assert (about[1:, ENTRY] == about[:-1, NEXT]).all()
        assert about[-1, LAST] == 1 and about[:, PLACE].tolist() == [at % 4 for at in range(len(path))]
        assert 32 < len(path) <= 36


def test_slices_with_one_entry_begin_alike_in_every_part() -> None:
    slices = slices_of(stand_in.music())
    seen: dict[int, list[list[int]]] = {}
    for at, entry in enumerate(slices.about[:, ENTRY].tolist()):
        rows = slices.of(at)
        begins = rows[rows[:, 0] == 0][:, [3, 2, 4]].tolist()
        assert sorted(begins) == sorted(seen.setdefault(entry, begins))


def test_a_held_note_is_cut_and_joined_again() -> None:
    upper, lower = [(0, 3, 72), (3, 1, 71), (4, 4, 72)], [(0, 2, 48), (2, 2, 43), (4, 4, 48)]
    corpus = Corpus("one", (piece("only", upper, lower),))
    score, = make("recombine").fit(corpus).generate(
        Request(Controls(bars=2, key=parse_key("C"))), rng=np.random.default_rng(0))
    heard = score.tracks[0].notes[["onset", "duration", "pitch"]].tolist()
    assert [(onset // 480, duration // 480, pitch) for onset, duration, pitch in heard] == upper
    assert score.about("sources") == "1 only:1; 2 only:2"


def test_two_pieces_change_over_only_where_they_meet() -> None:
    one = piece("one", [(0, 1, 60), (1, 1, 62), (2, 1, 64), (3, 1, 65), (4, 4, 60)], [(0, 4, 48), (4, 4, 48)])
    other = piece("other", [(0, 1, 67), (1, 1, 65), (2, 1, 64), (3, 1, 62), (4, 4, 60)], [(0, 4, 48), (4, 4, 48)])
    method = make("recombine", stay=0.0).fit(Corpus("both", (one, other)))
    found = set()
    for seed in range(20):
        score, = method.generate(Request(Controls(bars=2, key=parse_key("C"))), 1, rng=np.random.default_rng(seed))
        found.add(tuple(score.tracks[0].notes["pitch"].tolist()))
    assert found <= {(60, 62, 64, 65, 60), (60, 62, 64, 62, 60), (67, 65, 64, 62, 60), (67, 65, 64, 65, 60)}
    assert len(found) > 1


def test_a_signature_is_a_run_that_returns_in_several_pieces() -> None:
    run = [(at, 1, 60 + at % 5) for at in range(8)]
    pieces = [piece(str(n), [*run, (8, 4, 60 + n), (12, 4, 67 - n)], [(0, 8, 48), (8, 8, 48)]) for n in range(3)]
    slices = slices_of(Corpus("three", tuple(pieces)))
    kept = find_signatures(slices, 6, 3)
    first = kept[slices.about[:, PIECE] == 0]
    assert first[:7].all() and not first[8:].any()
    assert not find_signatures(slices, 6, 4).any()


def test_each_bar_says_its_source(method: Recombine) -> None:
    score, = method.generate(Request(Controls(style="jig", bars=12)), 1, rng=np.random.default_rng(2))
    bars = [entry.split(" ", 1) for entry in score.about("sources").split("; ")]
    assert [int(bar) for bar, _ in bars] == list(range(1, 13))
    assert all(source.startswith(("jig/", "reel/", "waltz/", "slip jig/")) for _, source in bars)
    assert all(one != other for one, other in pairwise(bar for bar, _ in bars))
