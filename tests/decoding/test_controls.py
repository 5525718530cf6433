"""Wishes: what they become, and which are refused with the reason."""

import numpy as np
import pytest
from componium.codecs.events.prefix import choose_prefix

from componium.codecs.events.codec import Events
from componium.codecs.events.guide import EventsGuide, guide_for
from componium.decoding.controls import Controls, measure
from componium.errors import ControlError
from componium.methods._shared.plan import settled
from componium.metrics.rhythm import bars_exact
from componium.music.instruments import DRUMS
from componium.music.pitch import parse_key, parse_meter
from componium.music.score import Score, Track, notes
from componium.music.time import n_bars
from componium.music.transform import slice_bars
from guiding import mask_of

CODEC = Events(styles=("jig", "reel"))


def seen(meter: str, voices: int, times: int = 1) -> list[int]:
    """A row of what a model has seen: so many pieces with this prefix."""
    words = [("Meter", meter), ("Key", "0_major"), ("Tempo", "?"), ("Texture", "poly"), ("Voices", voices)]
    words += [("Program", 40)] * voices
    return [times, *(CODEC.vocab.id(*word) for word in words)]


SEEN = {
    "jig": {"prefixes": [seen("6/8", 1, 9), seen("9/8", 2, 1)]},
    "reel": {"prefixes": [seen("4/4", 2), seen("3/4", 2)], "ranges": {"2": [[60, 76], [43, 58]]}, "closed": 0.5},
}


def guide(wish: Controls, seed: int, prompt: Score | None = None) -> EventsGuide:
    return guide_for(CODEC, wish, prompt, SEEN, np.random.default_rng(seed))


def walk(guide: EventsGuide, seed: int) -> Score:
    """Ids drawn evenly among what the guide allows, fewer positions than it might so that it ends: a score."""
    rng, ids = np.random.default_rng(seed), []
    while not guide.done:
        allowed = np.flatnonzero(mask_of(guide))
        bars = [index for index in allowed if CODEC.vocab.family(int(index)) in ("Bar", "EOS")]
        chosen = int(rng.choice(bars if bars and rng.random() < 0.3 else allowed))
        guide.advance(chosen)
        ids.append(chosen)
    return guide.finish(CODEC.decode(ids))


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("bars", [1, 4, 70, 200])
def test_even_random_music_is_as_asked(seed: int, bars: int) -> None:
    wish = Controls(style="jig", key=parse_key("Eb mixolydian"), meter=parse_meter("9/8"), qpm=101.0, bars=bars,
                    instruments=(40, 42))
    score = walk(guide(wish, seed), seed)
    found = measure(score)
    assert found.pop("notes") == score.n_notes
    assert found == {**wish.asked(), "ending": "closed"}
    assert bars_exact(score, bars)
    assert all(55 <= pitch <= 103 for pitch in score.tracks[0].notes["pitch"].tolist())
    lowest = score.tracks[-1].notes
    assert lowest["pitch"][-1] % 12 == 3  # it ends on the tonic
    assert min(track.notes["onset"].min() for track in score.tracks if len(track.notes)) == 0


@pytest.mark.parametrize("seed", range(8))
def test_what_is_not_asked_for_stays_in_the_ranges_of_the_style(seed: int) -> None:
    for tonic in ("C", "F#", "G"):  # keys whose pitches are told furthest from where they sound
        score = walk(guide(Controls(style="reel", key=parse_key(tonic), bars=4), seed), seed)
        for track, (low, high) in zip(score.tracks, SEEN["reel"]["ranges"]["2"], strict=True):
            assert all(low <= pitch <= high for pitch in track.notes["pitch"].tolist())


@pytest.mark.parametrize("ending", ["closed", "open"])
@pytest.mark.parametrize("seed", range(20))
def test_the_lowest_note_at_the_end_is_as_wished(seed: int, ending: str) -> None:
    wish = Controls(style="reel", key=parse_key("A"), bars=4, ending=ending)
    assert measure(walk(guide(wish, seed), seed))["ending"] == ending


def test_endings_are_as_often_on_the_tonic_as_in_the_style() -> None:
    wish = Controls(style="reel", key=parse_key("D"), bars=1)
    found = [measure(walk(guide(wish, seed), seed))["ending"] for seed in range(200)]
    assert 0.4 < found.count("closed") / 200 < 0.6


@pytest.mark.parametrize("seed", range(8))
def test_a_prompt_stays_and_is_gone_on_from(seed: int) -> None:
    wish = Controls(bars=3, instruments=(40, 42), key=parse_key("C"), meter=parse_meter("3/4"))
    first = walk(guide(wish, seed), seed)
    score = walk(guide(Controls(bars=8), seed, first), seed + 100)
    kept = slice_bars(score, 0, 3)
    wanted = CODEC.decode(CODEC.encode(first).ids)
    assert [t.notes["pitch"].tolist() for t in kept.tracks] == [t.notes["pitch"].tolist() for t in wanted.tracks]
    assert n_bars(score) == 8


@pytest.mark.parametrize(
    "wrong",
    [{"bars": 0}, {"bars": 1025}, {"qpm": 5.0}, {"qpm": 500.0}, {"instruments": ()}, {"instruments": (0,) * 17},
     {"max_repeats": 1}, {"ending": "loud"}],
)
def test_what_no_method_can_do_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ControlError):
        Controls(**wrong)


@pytest.mark.parametrize(
    ("wish", "reason"),
    [(Controls(style="polka"), "jig, reel"), (Controls(key=parse_key("C locrian")), "locrian"),
     (Controls(meter=parse_meter("33/8")), "33/8"), (Controls(meter=parse_meter("5/8")), "3/4, 4/4, 6/8, 9/8"),
     (Controls(instruments=(40,) * 3), "1 or 2"), (Controls(style="reel", instruments=(40,)), "2")],
)
def test_what_the_codec_cannot_say_is_refused_with_the_reason(wish: Controls, reason: str) -> None:
    with pytest.raises(ControlError, match=reason):
        guide(wish, 0)


def test_a_prompt_must_hold_music_and_leave_room() -> None:
    with pytest.raises(ControlError, match="empty"):
        guide(Controls(), 0, Score())
    prompt = Score((Track(notes([(0, 480 * 16, 60)])),))
    with pytest.raises(ControlError, match="at least 5"):
        guide(Controls(bars=4), 0, prompt)


SETTLED = [{"key": parse_key("C")}, {"meter": parse_meter("4/4")}, {"qpm": 90.0}, {"instruments": (40,)}]


@pytest.mark.parametrize("wish", SETTLED)
def test_what_a_prompt_has_settled_is_not_wished_for(wish: dict[str, object]) -> None:
    prompt = Score((Track(notes([(0, 480 * 16, 60)])),))
    with pytest.raises(ControlError, match="prompt"):
        guide(Controls(bars=8, **wish), 0, prompt)


def test_what_is_not_asked_for_is_as_usual_in_the_style() -> None:
    rng = np.random.default_rng(0)
    rows = [CODEC.vocab.token(int(choose_prefix(CODEC, Controls(style="jig"), SEEN, rng)[2])) for _ in range(500)]
    assert rows.count("Meter_6/8") / 500 == pytest.approx(0.9, abs=0.05)
    assert set(rows) == {"Meter_6/8", "Meter_9/8"}


def test_a_wish_never_seen_with_a_style_is_written_over_what_is_usual() -> None:
    ids = choose_prefix(CODEC, Controls(style="jig", meter=parse_meter("3/4")), SEEN, np.random.default_rng(0))
    assert [CODEC.vocab.token(int(index)) for index in ids[1:3]] == ["Style_jig", "Meter_3/4"]


def test_a_style_with_as_many_parts_is_found() -> None:
    rng = np.random.default_rng(0)
    prefixes = [choose_prefix(CODEC, Controls(meter=parse_meter("4/4")), SEEN, rng) for _ in range(50)]
    assert {CODEC.vocab.token(int(ids[1])) for ids in prefixes} == {"Style_reel"}


@pytest.mark.parametrize("ending", ["closed", "open"])
@pytest.mark.parametrize("seed", range(12))
def test_drums_neither_close_a_piece_nor_have_a_key(seed: int, ending: str) -> None:
    """A band of tune, bass and drums: the bass has the last note that counts, whatever the drums do with it."""
    words = [("Style", "reel"), ("Meter", "4/4"), ("Key", "0_major"), ("Tempo", "?"), ("Texture", "poly")]
    words += [("Voices", 3), ("Program", 0), ("Program", 33), ("Program", "drums")]
    prefix = [CODEC.bos, *(CODEC.vocab.id(*word) for word in words)]
    band = EventsGuide(CODEC, Controls(bars=4, ending=ending), np.array(prefix))
    score = walk(band, seed)
    assert [track.is_drum for track in score.tracks] == [False, False, True]
    assert (score.tracks[1].notes["pitch"][-1] % 12 == 0) == (ending == "closed")


def of_a_band(*programs: int | str) -> list[int]:
    """A row of a piece with these parts."""
    row = seen("4/4", len(programs))
    return [*row[: len(row) - len(programs)], *(CODEC.vocab.id("Program", program) for program in programs)]


BAND = {"reel": {"prefixes": [of_a_band(0, "drums", 33), of_a_band(0, 33)]}}


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("wished", [(DRUMS, 40, 42), (40, 42, DRUMS)])
def test_drums_that_are_wished_for_are_drums_where_the_style_has_them(seed: int, wished: tuple[int, ...]) -> None:
    wish = Controls(bars=4, instruments=wished)
    score = walk(guide_for(CODEC, wish, None, BAND, np.random.default_rng(seed)), seed)
    assert [(track.program, track.is_drum) for track in score.tracks] == [(40, False), (0, True), (42, False)]
    assert measure(score)["instruments"] == ["violin", "drums", "cello"]


def test_a_part_is_not_made_of_drums_nor_drums_of_a_part() -> None:
    rng = np.random.default_rng(0)
    for _ in range(8):
        two = walk(guide_for(CODEC, Controls(bars=2, instruments=(40, 42)), None, BAND, rng), 0)
        assert not any(track.is_drum for track in two.tracks)
    for wrong in ((40, 41, 42), (40, DRUMS)):
        with pytest.raises(ControlError, match=r"2 or 3 \(1 of them drums\), as in the music"):
            guide_for(CODEC, Controls(instruments=wrong), None, BAND, rng)
    with pytest.raises(ControlError, match="drums, of a method that plays none"):
        about = {"key": parse_key("C"), "meter": parse_meter("4/4")}
        settled(Controls(instruments=(DRUMS,)), **about, programs=[0], ranges=[(0, 9)])
