"""Guide of the events codec: what is requested holds, whatever is drawn, and something is always allowed."""

from dataclasses import replace
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from componium.codecs.events.codec import Events
from componium.codecs.events.prefix import KEY
from componium.decoding.constraints.base import build_constraints, constraint_classes
from componium.decoding.context import TICKS
from componium.decoding.controls import Controls, measure
from componium.decoding.request import Request
from componium.decoding.style.plan import Plan
from componium.decoding.style.profile import Setting, StyleProfile
from componium.errors import ControlError
from componium.metrics.rhythm import bars_exact
from componium.music.instruments import DRUMS
from componium.music.pitch import parse_key, parse_meter
from componium.music.score import Key, Meter, Score, Track, notes
from componium.music.time import n_bars
from componium.music.transform import slice_bars
from guiding import bias_of, mask_of, walk, walk_ids

CODEC = Events(styles=("jig", "reel"))
RANGES = ((60, 76), (43, 58))


def setting(meter: str, n_voices: int, count: int = 1) -> Setting:
    return Setting(meter, 0, "major", programs=(40,) * n_voices, count=count)


PROFILES = {
    "jig": StyleProfile(settings=(setting("6/8", 1, 9), setting("9/8", 2, 1))),
    "reel": StyleProfile(settings=(setting("4/4", 2), setting("3/4", 2)), closed=0.5,
                         parts={"ranges": {"by_voices": {"2": RANGES}}}),
}  # fmt: skip
BAND = {"reel": StyleProfile(settings=(Setting("4/4", 0, "major", programs=(0, DRUMS, 33)),
                                       Setting("4/4", 0, "major", programs=(0, 33))))}  # fmt: skip


def guide_of(request: Request, seed: int, profiles: dict[str, StyleProfile] = PROFILES):
    plan = CODEC.plan(request, profiles, np.random.default_rng(seed))
    return CODEC.guide(plan, request, profiles.get(plan.style, StyleProfile()))


def compose(controls: Controls, seed: int, prompt: Score | None = None, **switches: bool) -> Score:
    """Return the score of a random walk."""
    return walk(guide_of(Request(controls, prompt, constraints=switches), seed), np.random.default_rng(seed))


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("bars", [1, 4, 70, 200])
def test_even_random_music_is_as_requested(seed: int, bars: int) -> None:
    controls = Controls(style="jig", key=parse_key("Eb mixolydian"), meter=parse_meter("9/8"), qpm=101.0, bars=bars,
                        instruments=(40, 42))  # fmt: skip
    score = compose(controls, seed)
    measured = measure(score)
    assert measured.pop("notes") == score.n_notes
    seconds = bars * 4.5 * 60 / 101
    assert measured.pop("duration") == pytest.approx(seconds, abs=0.01)
    asked = {**controls.asked(), "ending": "closed", "upbeat": 0.0}
    assert measured == {name: asked[name] for name in measured}
    assert bars_exact(score, bars)
    assert all(55 <= pitch <= 103 for pitch in score.tracks[0].notes["pitch"].tolist())
    lowest = score.tracks[-1].notes
    assert lowest["pitch"][-1] % 12 == 3  # it ends on the tonic
    assert min(track.notes["onset"].min() for track in score.tracks if len(track.notes)) == 0


@pytest.mark.parametrize("seed", range(8))
def test_what_is_left_open_stays_in_the_ranges_of_the_style(seed: int) -> None:
    for tonic in ("C", "F#", "G"):  # keys whose pitches are written furthest from where they sound
        score = compose(Controls(style="reel", key=parse_key(tonic), bars=4), seed)
        for track, (low, high) in zip(score.tracks, RANGES, strict=True):
            assert all(low <= pitch <= high for pitch in track.notes["pitch"].tolist())


@pytest.mark.parametrize("ending", ["closed", "open"])
@pytest.mark.parametrize("seed", range(20))
def test_the_lowest_note_at_the_end_is_as_requested(seed: int, ending: str) -> None:
    controls = Controls(style="reel", key=parse_key("A"), bars=4, ending=ending)
    assert measure(compose(controls, seed))["ending"] == ending


def test_endings_are_as_often_on_the_tonic_as_in_the_style() -> None:
    controls = Controls(style="reel", key=parse_key("D"), bars=1)
    endings = [measure(compose(controls, seed))["ending"] for seed in range(200)]
    assert 0.4 < endings.count("closed") / 200 < 0.6


@pytest.mark.parametrize("seed", range(8))
def test_a_prompt_is_kept_and_continued(seed: int) -> None:
    first = compose(Controls(bars=3, instruments=(40, 42), key=parse_key("C"), meter=parse_meter("3/4")), seed)
    score = compose(Controls(bars=8), seed + 100, first)
    kept = slice_bars(score, 0, 3)
    wanted = CODEC.decode(CODEC.encode(first).ids)
    assert [t.notes["pitch"].tolist() for t in kept.tracks] == [t.notes["pitch"].tolist() for t in wanted.tracks]
    assert n_bars(score) == 8


def test_the_given_ids_are_the_only_ones_allowed_until_they_are_passed() -> None:
    first = compose(Controls(style="reel", bars=2), 0)
    for request in (Request(Controls(style="jig")), Request(Controls(bars=4), first)):
        guide = guide_of(request, 0)
        for index in guide.given.tolist():
            assert np.flatnonzero(mask_of(guide)).tolist() == [index] and not bias_of(guide).any()
            guide.advance(index)
        assert mask_of(guide).any()


def test_the_prefix_states_the_plan() -> None:
    guide = guide_of(Request(Controls(style="jig", meter=parse_meter("3/4"), key=parse_key("D dorian"))), 0)
    tokens = [CODEC.vocab.token(index) for index in guide.given.tolist()]
    assert tokens[:5] == ["BOS", "Style_jig", "Meter_3/4", "Key_2_dorian", "Tempo_?"]


@pytest.mark.parametrize(
    ("controls", "reason"),
    [({"style": "polka"}, "jig, reel"), ({"key": parse_key("C locrian")}, "locrian"),
     ({"meter": parse_meter("33/8")}, "33/8"), ({"meter": parse_meter("5/8")}, "3/4, 4/4, 6/8, 9/8"),
     ({"instruments": (40,) * 3}, "1 or 2"), ({"style": "reel", "instruments": (40,)}, "2")],
)
def test_what_the_codec_cannot_state_is_refused_with_the_reason(controls: dict[str, object], reason: str) -> None:
    with pytest.raises(ControlError, match=reason):
        guide_of(Request(Controls(**controls)), 0)


def test_a_prompt_must_hold_music_and_leave_room() -> None:
    with pytest.raises(ControlError, match="empty"):
        guide_of(Request(score=Score()), 0)
    prompt = Score((Track(notes([(0, 480 * 16, 60)])),))
    with pytest.raises(ControlError, match="at least 5"):
        guide_of(Request(Controls(bars=4), prompt), 0)


@pytest.mark.parametrize("ending", ["closed", "open"])
@pytest.mark.parametrize("seed", range(12))
def test_drums_neither_close_a_piece_nor_have_a_key(seed: int, ending: str) -> None:
    """A band of tune, bass and drums: the bass has the last note that counts, whatever the drums do with it."""
    band = {"reel": StyleProfile(settings=(Setting("4/4", 0, "major", programs=(0, 33, DRUMS)),))}
    score = walk(guide_of(Request(Controls(bars=4, ending=ending)), seed, band), np.random.default_rng(seed))
    assert [track.is_drum for track in score.tracks] == [False, False, True]
    assert (score.tracks[1].notes["pitch"][-1] % 12 == 0) == (ending == "closed")


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("requested", [(DRUMS, 40, 42), (40, 42, DRUMS)])
def test_requested_drums_are_drums_where_the_style_has_them(seed: int, requested: tuple[int, ...]) -> None:
    guide = guide_of(Request(Controls(bars=4, instruments=requested)), seed, BAND)
    score = walk(guide, np.random.default_rng(seed))
    assert [(track.program, track.is_drum) for track in score.tracks] == [(40, False), (0, True), (42, False)]
    assert measure(score)["instruments"] == ["violin", "drums", "cello"]


NAMES = sorted(constraint_classes())
METERS = ("4/4", "3/4", "6/8", "2/4", "5/8", "7/8", "2/2", "9/8", "3/16", "12/8", "1/4", "15/16")


@st.composite
def profiles(draw) -> StyleProfile:
    """A style whose pieces may be odd: drums anywhere, voices that cross, closings off the grid."""
    n_voices, meter = draw(st.integers(1, 5)), draw(st.sampled_from(METERS))
    programs = tuple(draw(st.sampled_from((0, 40, 33, 73, DRUMS))) for _ in range(n_voices))
    tonic = draw(st.integers(-1, 11))
    mode = draw(st.sampled_from(("major", "minor", "dorian", "mixolydian"))) if tonic >= 0 else ""
    lows = [draw(st.integers(0, 115)) for _ in range(n_voices)]
    ranges = [(low, min(low + draw(st.integers(12, 30)), 127)) for low in lows]
    length = parse_meter(meter).numerator * 4 * TICKS // parse_meter(meter).denominator
    closings = {meter: ((draw(st.integers(0, length + 6)), 1),)} if draw(st.booleans()) else {}
    kit = sorted(draw(st.sets(st.integers(0, 127), min_size=1, max_size=5)))
    parts = {
        "ranges": {"by_voices": {str(n_voices): ranges}} if draw(st.booleans()) else {},
        "kit": {"kits": [kit]} if draw(st.booleans()) else {},
        "balance": {str(n_voices): [(1.0, 0.2)] * n_voices},
        "density": {"paces": {meter: ((1.0, 3),)}, "uneven": 0.2}, "dissonance": {"pairs": (0.1, 0.02)},
        "intervals": {"rare": (-11, -6, 6, 11)}, "parallels": {"rate": 0.05},
        "repetition": {"figures": (draw(st.sampled_from((2, 4))),) * 12, "repeats": (0.2, 0.2)},
    }  # fmt: skip
    texture = draw(st.sampled_from(("mono", "poly")))
    return StyleProfile(
        settings=(Setting(meter, tonic, mode, 90, texture, programs),), closings=closings, closed=0.6, full=0.5,
        openings={mode: ((0, 0b10010001, 1),)} if mode else {}, lengths=((4, 1),), parts=parts,
    )  # fmt: skip


switched_off = st.one_of(st.just(()), st.sampled_from(NAMES).map(lambda name: (name,)), st.just(tuple(NAMES)),
                         st.sets(st.sampled_from(NAMES), max_size=6))  # fmt: skip


@settings(max_examples=250)
@given(profile=profiles(), off=switched_off, bars=st.integers(1, 3), ending=st.sampled_from((None, "closed", "open")),
       has_prompt=st.booleans(), share=st.sampled_from((0.02, 0.3)), seed=st.integers(0, 2**32 - 1))  # fmt: skip
def test_something_is_always_allowed_and_bars_and_meter_hold_with_any_constraints_off(
    profile: StyleProfile, off: tuple[str, ...], bars: int, ending: str | None, has_prompt: bool, share: float,
    seed: int,
) -> None:
    rng, switches, styles = np.random.default_rng(seed), dict.fromkeys(off, False), {"": profile}
    request = Request(Controls(bars=bars, ending=ending), constraints=switches)
    score = walk(CODEC.guide(CODEC.plan(request, styles, rng), request, profile), rng, share=share)
    if has_prompt:
        request = replace(request, score=score, controls=Controls(bars=n_bars(score) + bars, ending=ending))
        score = walk(CODEC.guide(CODEC.plan(request, styles, rng), request, profile), rng, share=share)
    assert n_bars(score) == request.controls.bars
    assert {str(meter) for meter in score.meters} == {profile.settings[0].meter}
    ranges, kits = profile.part("ranges").get("by_voices"), profile.part("kit").get("kits")
    if ranges and "ranges" not in off:
        for track, (low, high) in zip(score.tracks, *ranges.values(), strict=True):
            assert track.is_drum or all(low <= pitch <= high for pitch in track.notes["pitch"].tolist())
    if kits and "kit" not in off:
        assert all(set(track.notes["pitch"].tolist()) <= set(*kits) for track in score.tracks if track.is_drum)


@pytest.mark.parametrize("off", [(), *((name,) for name in NAMES), tuple(NAMES)], ids=str)
def test_bars_meter_key_and_tempo_hold_with_any_constraint_off(off: tuple[str, ...]) -> None:
    controls = Controls(style="reel", key=parse_key("A minor"), meter=parse_meter("3/4"), qpm=90.0, bars=3)
    for seed in range(4):
        score = compose(controls, seed, **dict.fromkeys(off, False))
        measured = measure(score)
        assert (measured["bars"], measured["meter"], measured["key"], measured["qpm"]) == (3, "3/4", "A minor", 90.0)


@pytest.mark.parametrize("name", NAMES)
def test_a_constraint_is_missing_from_the_guide_where_it_is_off(name: str) -> None:
    on, off = (guide_of(Request(Controls(style="reel"), constraints={name: is_on}), 0) for is_on in (True, False))
    assert set(on.constraints.names) - set(off.constraints.names) <= {name} and name not in off.constraints.names


@pytest.mark.parametrize("n_steps", [0, 5, 40, 200])
def test_a_copy_is_independent_and_draws_the_same(n_steps: int) -> None:
    profile = StyleProfile(settings=(setting("4/4", 3),), parts={"balance": {"3": ((1.0, 0.1),) * 3},
                           "repetition": {"figures": (2,) * 12, "repeats": (0.1, 0.1)}})  # fmt: skip
    guide = guide_of(Request(Controls(bars=16)), 0, {"jig": profile})
    rng = np.random.default_rng(1)
    for _ in range(n_steps):
        guide.advance(int(rng.choice(np.flatnonzero(mask_of(guide)))))
    copies, before = [guide.copy(), guide.copy()], (mask_of(guide), bias_of(guide))
    drawn = [walk_ids(copy, np.random.default_rng(5), ("Bar", "EOS")) for copy in copies]
    assert drawn[0] == drawn[1] and len(drawn[0]) > 16
    assert copies[0].done and not guide.done
    assert np.array_equal(mask_of(guide), before[0]) and np.array_equal(bias_of(guide), before[1])
    assert walk_ids(guide, np.random.default_rng(5), ("Bar", "EOS")) == drawn[0]


def test_what_must_hold_comes_before_what_is_preferred() -> None:
    """A bass whose range lies above a voice that should be over it closes where it can."""
    crossing = StyleProfile(settings=(Setting("4/4", 0, "major", programs=(40, 42)),),
                            parts={"ranges": {"by_voices": {"2": ((36, 48), (72, 84))}}})  # fmt: skip
    for seed in range(8):
        request = Request(Controls(bars=1, ending="closed"))
        score = walk(guide_of(request, seed, {"reel": crossing}), np.random.default_rng(seed))
        assert score.tracks[1].notes["pitch"][-1] in (72, 84)


@pytest.mark.parametrize(("closing", "kept"), [(5, 4), (0, 0), (95, 93), (96, None), (None, None)])
def test_a_closing_onset_off_the_grid_is_moved_to_it(closing: int | None, kept: int | None) -> None:
    plan = Plan(key=Key(0, 0), meter=Meter(0, 4, 4), bars=1, programs=(0,), ranges=((0, 127),), closing=closing)
    guide = CODEC.guide(plan, Request(), StyleProfile())
    assert guide._plan.closing == kept
    walk(guide, np.random.default_rng(0))


@pytest.mark.parametrize(("odd", "meter", "n_voices"), [
    (Setting("12/4", 0, "major", programs=(0,)), "4/4", 1), (Setting("4/4", 0, "major", programs=(0,) * 20), "4/4", 16),
    (Setting("4/4", programs=()), "4/4", 1),
])  # fmt: skip
def test_settings_without_tokens_become_what_the_codec_keeps_of_such_pieces(
    odd: Setting, meter: str, n_voices: int
) -> None:
    request = Request(Controls(bars=1))
    plan = CODEC.plan(request, {"reel": StyleProfile(settings=(odd,))}, np.random.default_rng(0))
    assert (str(plan.meter), len(plan.programs)) == (meter, n_voices)
    walk(CODEC.guide(plan, request, StyleProfile()), np.random.default_rng(0), share=0.9)


@pytest.mark.parametrize("key", ["C", "F#", "G", "Db minor"])
def test_pitches_stay_within_midi_without_ranges(key: str) -> None:
    vocab = CODEC.vocab
    request = Request(Controls(style="jig", key=parse_key(key), bars=8), constraints={"ranges": False})
    guide = guide_of(request, 0)
    offset = CODEC.offset(int(guide.given[KEY]))
    written = [int(vocab.values[index]) for index in walk_ids(guide, np.random.default_rng(0), ("Pitch",), 0.9)
               if vocab.family(index) == "Pitch"]  # fmt: skip
    assert len(written) > 20 and 0 <= min(written) + offset <= max(written) + offset <= 127


def test_the_constraints_of_a_guide_are_those_of_its_plan() -> None:
    for is_keyed, opening in product((True, False), (None, (0, 1))):
        plan = Plan(key=Key(0, 0), meter=Meter(0, 4, 4), bars=1, programs=(0,), ranges=((0, 127),), is_keyed=is_keyed,
                    opening=opening)  # fmt: skip
        names = build_constraints(plan, StyleProfile()).names
        assert ("tonality" in names, "opening" in names) == (is_keyed, is_keyed and opening is not None)
