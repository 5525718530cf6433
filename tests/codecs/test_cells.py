"""Sequences to fill in: hidden cells, chords and upbeats, and the guide that forces what is known."""

import importlib.util
import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from componium import corpora
from componium.analysis.chord_labels import label_chords
from componium.codecs.events import Events
from componium.codecs.events.cells import Cells
from componium.decoding.region import Region
from componium.decoding.request import Request
from componium.decoding.style.profile import StyleProfile
from componium.errors import CodecError, ControlError
from componium.music.score import Chord, Key, Meter, Score, Track, notes
from componium.music.time import bar_lines
from guiding import walk_ids
from strategies import scores

CODEC = Events(styles=("jig", "reel"), regions=True)
KIT = Path(os.environ.get("COMPONIUM_DATA", "nowhere")).parent / "flagship" / "cells.py"
SETTLED = ("meters", "keys", "tempos", "title", "info", "ticks_per_quarter")
COMPARED = 200  # of each corpus: 569 pieces in all
quick = settings(max_examples=60, deadline=None)


def tokens(ids):
    return " ".join(map(CODEC.vocab.token, ids))


def a_region(score, seed):
    """A random region of a score as the codec keeps it."""
    rng = np.random.default_rng(seed)
    kept = CODEC.canonicalize(score)
    shape = (kept.n_bars, len(kept.tracks))
    cells = rng.random(shape) < rng.choice([0.2, 0.5, 0.9])
    counts = np.where(rng.random(shape) < 0.3, rng.integers(0, 20, shape), -1)
    return Region(cells, rng.random(shape[0]) < rng.choice([0.0, 0.5, 1.0]), counts)


def two_voices():
    upper, lower = [(0, 480, 72), (480, 480, 74), (960, 960, 76)], [(0, 960, 60), (960, 960, 55)]
    return Score((Track(notes(upper)), Track(notes(lower))), meters=(Meter(0, 2, 4),), keys=(Key(0, 0),),
                 chords=(Chord(0, "C"), Chord(960, "G7")))


def test_what_is_seen_stands_ahead_of_the_piece():
    score = two_voices()
    region = Region.of(CODEC.canonicalize(score), bars=(1, 2), voices=[1])
    assert tokens(CODEC.encode(score, region).ids[9:]) == (
        "Bar_1 Hole_1 Pos_0 Chord_7_7 Voice_0 Pitch_76 Fill "
        "Bar_2 Pos_0 Chord_0_maj Voice_0 Pitch_72 Voice_1 Pitch_60 Pos_24 Voice_0 Pitch_74 "
        "Bar_1 Pos_0 Chord_7_7 Voice_0 Pitch_76 Voice_1 Pitch_55 EOS"
    )


def test_hidden_chords_and_counts_are_marked():
    score = two_voices()
    region = Region.of(CODEC.canonicalize(score), bars=(1, 2), voices=[1], chords=True)
    counted = replace(region, counts=np.where(region.cells, 5, -1))
    assert tokens(CODEC.encode(score, counted).ids[9:15]) == "Bar_1 Hole_1 Count_6 HoleChords Pos_0 Voice_0"


def test_marks_are_no_targets():
    score = two_voices()
    ids, targets = CODEC.encode(score, Region.of(CODEC.canonicalize(score), bars=(1, 2), voices=[1]))
    assert {CODEC.vocab.family(index) for index in ids[~targets][9:].tolist()} == {"Hole", "Fill"}


def test_an_upbeat_comes_back_as_an_upbeat():
    line = Track(notes([(0, 480, 67), (480, 960, 72), (1440, 480, 71)]))
    score = Score((line,), meters=(Meter(0, 1, 4), Meter(480, 3, 4)))
    kept = CODEC.canonicalize(score)
    assert [str(meter) for meter in kept.meters] == ["1/4", "3/4"]
    assert kept.tracks[0].notes["onset"].tolist() == [0, 24, 72]
    assert "Bar_2 Upbeat Pos_48" in tokens(CODEC.encode(score).ids)
    assert CODEC.decode(CODEC.encode(score).ids) == kept


def test_plain_sequences_have_the_ids_of_the_codec_without_regions():
    plain, score = Events(styles=CODEC.styles), replace(two_voices(), chords=())
    assert CODEC.encode(score).ids.tolist() == plain.encode(score).ids.tolist()


def test_a_region_of_another_shape_is_refused():
    with pytest.raises(CodecError, match="3 bars"):
        CODEC.encode(two_voices(), Region(np.ones((3, 2), dtype=bool), np.zeros(3, dtype=bool), np.full((3, 2), -1)))


def test_the_codec_without_regions_refuses_one():
    score = two_voices()
    with pytest.raises(CodecError, match="region"):
        Events().encode(score, Region.of(score))


@quick
@given(score=scores(), seed=st.integers(0, 1000))
def test_a_piece_with_hidden_cells_decodes_to_itself_and_keeps_to_the_grammar(score, seed):
    ids = CODEC.encode(score, a_region(score, seed)).ids
    assert CODEC.decode(ids) == CODEC.canonicalize(score)
    state = CODEC.initial_state()
    for index in ids.tolist():
        assert CODEC.allowed_next(state)[index]
        CODEC.advance(state, index)


@quick
@given(score=scores(n_tracks=(1, 3)), seed=st.integers(0, 10_000))
def test_what_is_known_comes_back_from_any_walk(score, seed):
    kept, region = CODEC.canonicalize(score), a_region(score, seed)
    if not region.cells.any():
        return
    rng, request = np.random.default_rng(seed), Request(score=score, region=region)
    guide = CODEC.guide(CODEC.plan(request, {"": StyleProfile()}, rng), request, StyleProfile())
    filled = CODEC.decode(walk_ids(guide, rng, ("Bar", "EOS", "Pos"), 0.5))
    assert [str(meter) for meter in filled.meters] == [str(meter) for meter in kept.meters]
    assert [known(filled, region, voice) for voice in range(len(kept.tracks))] == [
        known(kept, region, voice) for voice in range(len(kept.tracks))]


def known(score, region, voice):
    """Onsets and pitches of a voice outside the region."""
    array = score.tracks[voice].notes
    bar = np.minimum(np.searchsorted(bar_lines(score), array["onset"], side="right") - 1, len(region.cells) - 1)
    return array[~region.cells[bar, voice]][["onset", "pitch"]].tolist()


@quick
@given(score=scores(n_tracks=(1, 3)), seed=st.integers(0, 10_000))
def test_outside_the_region_a_filled_piece_is_the_input(score, seed):
    rng = np.random.default_rng(seed)
    if not score.n_notes:
        return
    cells = rng.random((score.n_bars, len(score.tracks))) < rng.choice([0.2, 0.9])
    chords = rng.random(score.n_bars) < rng.choice([0.0, 0.5])
    region = Region(cells, chords, np.full(cells.shape, -1))
    if not cells.any():
        return
    request = Request(score=score, region=region)
    plan, n_kept = CODEC.plan(request, {"": StyleProfile()}, rng), CODEC.canonicalize(score).n_bars
    if not (cells[:n_kept].any() or chords[:n_kept].any()):  # in bars that only a held note reaches
        with pytest.raises(ControlError, match="without an onset"):
            CODEC.guide(plan, request, StyleProfile())
        return
    guide = CODEC.guide(plan, request, StyleProfile())
    filled = guide.finish(CODEC.decode(walk_ids(guide, rng, ("Bar", "EOS", "Pos"), 0.5)))
    lines = bar_lines(score)
    for voice, (before, after) in enumerate(zip(score.tracks, filled.tracks, strict=True)):
        kept = [array[~cells[np.searchsorted(lines, array["onset"], side="right") - 1, voice]]
                for array in (before.notes, after.notes)]
        assert kept[0].tolist() == kept[1].tolist()
    assert [getattr(filled, name) for name in SETTLED] == [getattr(score, name) for name in SETTLED]


@pytest.mark.data
@pytest.mark.slow
@pytest.mark.corpora
@pytest.mark.skipif(not KIT.is_file(), reason="needs the reference of the data folder")
@pytest.mark.parametrize("name", ["chorales", "fiddle", "quartets", "madrigals", "trecento"])
def test_sequences_are_those_of_the_reference(name):
    spec = importlib.util.spec_from_file_location("kit_cells", KIT)
    kit = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(kit)
    corpus, rng = corpora.load(name), np.random.default_rng(0)
    codec, plain = Events(corpus.styles, regions=True), Events(corpus.styles)
    words = kit.W(kit.Words(plain.vocab).to_dict())
    for piece in corpus.pieces[:COMPARED]:
        score = plain.canonicalize(piece.score)
        score = replace(score, chords=label_chords(score))
        cells = Cells.parse(codec.vocab, codec.encode(score).ids)
        hidden, no_chords = kit.choose_chords(rng, kit.choose_hidden(rng, cells.n_bars, cells.n_voices), cells.n_bars)
        held = np.zeros(hidden.shape, dtype=np.int64)
        played = cells.notes[~cells.is_chord]
        np.add.at(held, (played[:, 0], cells.voices[~cells.is_chord]), 1)
        counted = rng.random(hidden.shape) < 0.5
        expected, taught = kit.holed((cells.prefix, cells.heads, cells.notes), 0, cells.n_bars, hidden, words,
                                     no_chords=no_chords, counted=counted)
        no_chords = np.zeros(cells.n_bars, dtype=bool) if no_chords is None else no_chords
        ids, targets = codec.encode(score, Region(hidden, no_chords, np.where(counted, held, -1)))
        assert ids.tolist() == expected.tolist()
        assert targets.tolist() == taught.tolist()
