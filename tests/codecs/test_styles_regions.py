"""Law: whatever region of a piece is asked for, in any style that the shipped model knows, its guide fills it whole.

The codec and the profiles are those of the shipped model; what is drawn is random, without a net.
"""

import json
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import componium.weights
from componium.codecs.base import from_config
from componium.decoding.region import Region
from componium.decoding.request import Request
from componium.decoding.style.names import stating
from componium.decoding.style.profile import profiles_from_json
from componium.errors import ControlError
from componium.music.score import Meter, Score, Track, notes
from componium.music.time import bar_lines
from guiding import bias_of, mask_of
from strategies import scores

CONFIG = Path(componium.weights.__file__).parent / "default" / "config.json"
PIECES = scores(n_tracks=(1, 3), min_notes=1, max_notes=12)
STYLES = json.loads(CONFIG.read_text(encoding="utf-8"))["learned"]["codec"]["styles"]


@cache
def shipped():
    """The codec and the profiles of the shipped model."""
    learned = json.loads(CONFIG.read_text(encoding="utf-8"))["learned"]
    return from_config(learned["codec"]), profiles_from_json(learned["profiles"])


def a_region(score, rng):
    """A region of some cells, with counts, limits or the rhythm kept."""
    shape = score.n_bars, len(score.tracks)
    cells = rng.random(shape) < rng.choice([0.2, 0.5, 1.0])
    counts = np.where((rng.random(shape) < 0.3) & cells, rng.integers(0, 6, shape), -1)
    ranges = tuple((low, low + 24) for low in rng.integers(30, 70, shape[1]).tolist()) if rng.random() < 0.5 else ()
    most = tuple(rng.integers(0, 3, shape[1]).tolist()) if rng.random() < 0.5 else ()
    return Region(cells, rng.random(shape[0]) < rng.choice([0.0, 0.5]), counts, bool(rng.random() < 0.2), ranges, most)


def drawn(guide, rng):
    """The ids of random logits under the guide's masks and biases; behind Fill the grammar has to allow each."""
    codec, ids = guide.codec, []
    state, fill = codec.initial_state(), codec.vocab.id("Fill")
    while not guide.done:
        logits = np.where(mask_of(guide), 2 * rng.gumbel(size=len(codec.vocab)) + bias_of(guide), -np.inf)
        assert np.isfinite(logits.max()), "nothing may follow"
        index = int(logits.argmax())
        assert fill not in ids or codec.allowed_next(state)[index]
        ids.append(index)
        codec.advance(state, index)
        guide.advance(index)
    return ids


def most_at_once(array):
    """The most notes that sound where one begins."""
    ends = array["onset"] + array["duration"]
    return max((int(((array["onset"] <= onset) & (onset < ends)).sum()) for onset in array["onset"]), default=0)


@settings(max_examples=40, deadline=None)
@given(score=PIECES, style=st.sampled_from(STYLES), seed=st.integers(0, 9999))
def test_a_region_in_any_style_is_filled_whole(score, style, seed):
    codec, profiles = shipped()
    rng = np.random.default_rng(seed)
    region = a_region(score, rng)
    assume(region.cells.any())
    request = Request(score=stating(score, style), region=region)
    try:
        guide = codec.guide(codec.plan(request, profiles, rng), request, profiles[style])
    except ControlError as error:
        is_beyond = "without an onset" in str(error) and not region.cells[:codec.canonicalize(score).n_bars].any()
        assert is_beyond or (region.rhythm and "polyphony" in str(error))
        return
    ids = drawn(guide, rng)
    tokens = [codec.vocab.token(index) for index in ids]
    assert tokens[-1] == "EOS"
    n_written = sum(token.startswith("Bar_") for token in tokens[tokens.index("Fill"):])  # those behind are known
    is_drums = all(track.is_drum for track in score.tracks)  # where no chords are found beside those that are stated
    chords = region.chords & (not is_drums or bool(score.chords) or bool(region.chords.all()))
    n_asked = int(np.flatnonzero(region.cells.any(axis=1) | chords)[-1]) + 1
    assert n_written == n_asked or codec.canonicalize(score).n_bars != score.n_bars
    check_filled(score, guide.finish(codec.decode(ids)), region)


def check_filled(score, filled, region):
    """All outside the region is the input; inside hold its ranges and polyphony."""
    lines = bar_lines(score)
    assert filled.n_bars <= score.n_bars and filled.meters == score.meters
    for voice, (before, after) in enumerate(zip(score.tracks, filled.tracks, strict=True)):
        inside = [region.cells[np.searchsorted(lines, array["onset"], side="right") - 1, voice]
                  for array in (before.notes, after.notes)]
        assert before.notes[~inside[0]].tolist() == after.notes[~inside[1]].tolist()
        written = after.notes[inside[1]]
        assert (written["duration"] > 0).all()
        if region.ranges and not before.is_drum and len(written):
            low, high = region.ranges[voice]
            assert low <= written["pitch"].min() and written["pitch"].max() <= high
        if region.polyphony and region.polyphony[voice] and not region.rhythm:
            assert most_at_once(written) <= region.polyphony[voice]


def test_nothing_is_written_before_an_upbeat_that_is_silent():
    codec, profiles = shipped()
    score = Score((Track(notes([(357, 150, 82)]), program=14),), ticks_per_quarter=120,
                  meters=(Meter(0, 3, 8), Meter(180, 4, 4)))
    for seed in range(10):
        request, rng = Request(score=score, region=Region.of(score)), np.random.default_rng(seed)
        guide = codec.guide(codec.plan(request, profiles, rng), request, profiles[""])
        filled = codec.decode(drawn(guide, rng))
        assert (filled.tracks[0].notes["onset"] >= 96 - 36).all()


def test_a_polyphony_that_a_kept_rhythm_exceeds_is_refused():
    codec, profiles = shipped()
    score = Score((Track(notes([(0, 960, 60), (480, 960, 64)])),))
    region = replace(Region.of(score), rhythm=True, polyphony=(1,))
    request, rng = Request(score=score, region=region), np.random.default_rng(0)
    with pytest.raises(ControlError, match="2 notes sound at once"):
        codec.guide(codec.plan(request, profiles, rng), request, profiles[""])
