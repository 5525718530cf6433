"""Wishes: what they become, and which are refused with the reason."""

import numpy as np
import pytest

from componium.codecs.events import Events
from componium.controls import Controls, EventsGuide, guide_for, measure
from componium.errors import ControlError
from componium.metrics.rhythm import bars_exact
from componium.pitch import parse_key, parse_meter
from componium.score import Score, Track, notes
from componium.time import n_bars
from componium.transform import slice_bars

CODEC = Events(styles=("jig", "reel"))


def walk(guide: EventsGuide, seed: int) -> Score:
    """Ids drawn evenly among what the guide allows, fewer positions than it might so that it ends: a score."""
    rng, ids = np.random.default_rng(seed), []
    while not guide.done:
        allowed = np.flatnonzero(guide.mask())
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
    score = walk(EventsGuide(CODEC, wish), seed)
    found = measure(score)
    assert found.pop("notes") == score.n_notes
    assert found == wish.asked()
    assert bars_exact(score, bars)
    assert all(55 <= pitch <= 103 for pitch in score.tracks[0].notes["pitch"].tolist())
    assert min(track.notes["onset"].min() for track in score.tracks if len(track.notes)) == 0


@pytest.mark.parametrize("seed", range(8))
def test_a_prompt_stays_and_is_gone_on_from(seed: int) -> None:
    wish = Controls(bars=3, instruments=(40, 42), key=parse_key("C"), meter=parse_meter("3/4"))
    first = walk(EventsGuide(CODEC, wish), seed)
    score = walk(EventsGuide(CODEC, Controls(bars=8), first), seed + 100)
    kept = slice_bars(score, 0, 3)
    wanted = CODEC.decode(CODEC.encode(first))
    assert [t.notes["pitch"].tolist() for t in kept.tracks] == [t.notes["pitch"].tolist() for t in wanted.tracks]
    assert n_bars(score) == 8


@pytest.mark.parametrize(
    "wrong",
    [{"bars": 0}, {"bars": 1025}, {"qpm": 5.0}, {"qpm": 500.0}, {"instruments": ()}, {"instruments": (0,) * 17},
     {"max_repeats": 1}],
)
def test_what_no_method_can_do_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ControlError):
        Controls(**wrong)


@pytest.mark.parametrize(
    ("wish", "reason"),
    [(Controls(style="polka"), "jig, reel"), (Controls(key=parse_key("C locrian")), "locrian"),
     (Controls(meter=parse_meter("33/8")), "33/8")],
)
def test_what_the_codec_cannot_say_is_refused_with_the_reason(wish: Controls, reason: str) -> None:
    with pytest.raises(ControlError, match=reason):
        guide_for(CODEC, wish)


def test_a_prompt_must_hold_music_and_leave_room() -> None:
    with pytest.raises(ControlError, match="empty"):
        guide_for(CODEC, Controls(), Score())
    prompt = Score((Track(notes([(0, 480 * 16, 60)])),))
    with pytest.raises(ControlError, match="at least 5"):
        guide_for(CODEC, Controls(bars=4), prompt)
