"""Strains and upbeats: whatever is drawn, what comes back is the same, and the last bar completes the upbeat."""

from dataclasses import replace

import numpy as np
import pytest

from componium.analysis.form import bar_contents, letters_of
from componium.analysis.meter import counted_bars, pickup_ticks
from componium.codecs.events.codec import Events
from componium.decoding.controls import Controls
from componium.decoding.request import Request
from componium.decoding.style.form import Form
from componium.decoding.style.plan import Plan
from componium.decoding.style.profile import Setting, StyleProfile
from componium.methods._shared.bar_stream import BarStream, bars_of
from componium.music.score import Score
from guiding import mask_of, walk, walk_ids

SETTINGS = {
    "6/8": (Setting("6/8", 2, "major", texture="mono", programs=(40,)), 12),
    "4/4": (Setting("4/4", 7, "minor", programs=(40, 42)), 24),
}
CODECS = [Events(styles=("jig",)), Events(styles=("jig",), regions=True)]


def guide_of(codec: Events, meter: str, form: Form, seed: int, bars: int = 4, switches=None):
    setting, _ = SETTINGS[meter]
    profile = StyleProfile(settings=(setting,))
    request = Request(Controls(style="jig", bars=bars * len(form.letters)), constraints=switches or {})
    plan: Plan = replace(codec.plan(request, {"jig": profile}, np.random.default_rng(seed)), form=form, closing=0)
    return codec.guide(plan, request, profile)


def compose(codec: Events, meter: str, form: Form, seed: int) -> tuple[Score, list[Score]]:
    """Return the score of a random walk, and its bars as they are streamed."""
    guide = guide_of(codec, meter, form, seed)
    watch, ids = BarStream(codec, [guide]), walk_ids(guide, np.random.default_rng(seed), ("Bar", "EOS"), 0.1)
    streamed = [bar for index in ids for bar in watch.push(0, index)]
    score = guide.finish(codec.decode(ids))
    streamed += watch.rest(0, score)
    assert [number for number, _ in streamed] == list(range(score.n_bars))
    return score, [bar for _, bar in streamed]


def begun(score: Score) -> list[list[tuple[float, float, int]]]:
    """Return onset and duration in quarters, and pitch, of the notes after a bar's begin: others may be held over."""
    return [[(onset / score.ticks_per_quarter, duration / score.ticks_per_quarter, pitch)
             for onset, duration, pitch in track.notes[["onset", "duration", "pitch"]].tolist() if onset]
            for track in score.tracks]


@pytest.mark.parametrize("codec", CODECS)
@pytest.mark.parametrize("meter", list(SETTINGS))
@pytest.mark.parametrize(("letters", "endings"), [("AABB", ()), ("AABB", (1, 3)), ("ABA", ()), ("ABACA", (2,))])
@pytest.mark.parametrize("has_upbeat", [True, False])
def test_even_random_music_comes_back_as_it_was(codec, meter, letters, endings, has_upbeat) -> None:
    upbeat = SETTINGS[meter][1] * has_upbeat
    for seed in range(2):
        score, streamed = compose(codec, meter, Form(letters, upbeat, endings), seed)
        bars, bar = bar_contents(score), 480 * 4 * int(meter[0]) // int(meter[2])
        assert (pickup_ticks(score), counted_bars(score)) == (upbeat * 20, len(bars))
        assert len(bars) == 4 * len(letters) and bar * (len(bars) - 1) < score.end <= bar * len(bars)
        strains = [bars[start : start + 4] for start in range(0, len(bars), 4)]
        for at, letter in enumerate(letters):
            first = letters.index(letter)
            assert strains[at][:3] == strains[first][:3]
            if at not in endings and at + 1 < len(letters):
                assert _body(strains[at], bar - 20 * upbeat) == _body(strains[first], bar - 20 * upbeat)
        assert [begun(each) for each in streamed] == [begun(each) for each in bars_of(score)]


def _body(strain, end: int):
    return {note for note in strain[-1] if note[0] < end}


def test_the_upbeat_of_a_strain_that_comes_back_comes_back_too() -> None:
    for seed in range(4):
        score, _ = compose(CODECS[0], "6/8", Form("AABA", 12), seed)
        bars = bar_contents(score)
        first = {int(pitch) for pitch in score.tracks[0].notes["pitch"][score.tracks[0].notes["onset"] < 240]}
        for last in (3, 11):  # before the second and the third A
            assert {pitch for place, pitch in bars[last] if place >= 1200} == first
        assert not [place for place, _ in bars[15] if place >= 1200]


def test_an_upbeat_alone_changes_the_first_bar_and_the_last() -> None:
    for seed in range(4):
        score, streamed = compose(CODECS[0], "4/4", Form("A", 24), seed)
        assert [str(meter) for meter in score.meters] == ["1/4", "4/4"] and 3 * 1920 < score.end <= 4 * 1920
        assert min(int(track.notes["onset"][0]) for track in score.tracks if len(track.notes)) == 0
        assert streamed[0].end <= 480


def test_strains_come_back_without_any_constraint() -> None:
    names = guide_of(CODECS[0], "6/8", Form("AABB", 12), 0).constraints.names
    guide = guide_of(CODECS[0], "6/8", Form("AABB", 12), 0, switches=dict.fromkeys(names, False))
    score = walk(guide, np.random.default_rng(1), share=0.1)
    assert letters_of(bar_contents(score), 4)[:2] == "AA"


def test_a_copy_goes_its_own_way() -> None:
    guide = guide_of(CODECS[0], "6/8", Form("AB", 12), 0)
    for index in guide.given.tolist():
        guide.advance(index)
    rng = np.random.default_rng(0)
    for _ in range(12):  # of the first bars
        guide.advance(int(rng.choice(np.flatnonzero(mask_of(guide)))))
    other = guide.copy()
    before = mask_of(guide)
    walk_ids(other, rng, ("Bar", "EOS"))
    assert (mask_of(guide) == before).all()


@pytest.mark.parametrize(("letters", "closes"), [("AABB", 11), ("AABA", 3), ("ABC", 11)])
@pytest.mark.parametrize("has_upbeat", [True, False])
def test_the_bars_to_the_close_are_those_of_the_last_strain_in_its_first_time(letters, closes, has_upbeat) -> None:
    guide = guide_of(CODECS[1], "6/8", Form(letters, 12 * has_upbeat), 0)
    found: dict[int, set[int | None]] = {}
    n_bars = 4 * len(letters)
    for index in walk_ids(guide.copy(), np.random.default_rng(0), ("Bar", "EOS"), 0.1):
        guide.advance(index)
        if guide.bars_left is not None and guide.bars_left <= n_bars:
            found.setdefault(n_bars - guide.bars_left, set()).add(guide.bars_to_close)
    for bar in range(closes):
        assert found[bar] == {closes - bar + 1}
    assert 1 in found[closes]
    for bar in range(closes + 1, n_bars - 1):
        assert found[bar] == {None}
    assert found[n_bars - 1] <= {None, 1}
