"""Guide of codecs on an even grid: what can be met holds, the rest is refused by name."""

import numpy as np
import pytest

from componium.codecs.base import Codec
from componium.codecs.frames import Frames
from componium.codecs.melody import Melody
from componium.codecs.notechord import NoteChord
from componium.decoding.constraints.repetition import LONGEST, figures_of
from componium.decoding.controls import MAX_REPEATS, Controls
from componium.decoding.request import Request
from componium.decoding.style.profile import StyleProfile
from componium.errors import ControlError
from componium.music.instruments import INSTRUMENTS
from componium.music.score import Key, Meter, Score, Tempo, Track, notes
from componium.music.time import n_bars
from guiding import bias_of, mask_of, walk_ids

CODECS = {
    "hold": Melody(), "pair": Melody(2, "pair"), "notechord": NoteChord(chords=["0.4.7", "9.0.4"]),
}
each_codec = pytest.mark.parametrize("codec", CODECS.values(), ids=list(CODECS))
PROMPT = Score((Track(notes([(240 * at, 240, 60 + at) for at in range(12)]), 40),), tempos=(Tempo(0, 90.0),),
               meters=(Meter(0, 3, 4),))  # fmt: skip


def guide_of(codec: Codec, request: Request, profile: StyleProfile | None = None):
    plan = codec.plan(request, {}, np.random.default_rng(0))
    return codec.guide(plan, request, profile or StyleProfile())


def walk(codec: Codec, controls: Controls, prompt: Score | None = None, seed: int = 0, **switches: bool) -> Score:
    """Return a score drawn evenly from what the guide allows."""
    guide = guide_of(codec, Request(controls, prompt, constraints=switches))
    ids = walk_ids(guide, np.random.default_rng(seed))
    return guide.finish(codec.decode(ids))


@each_codec
@pytest.mark.parametrize(("meter", "bars"), [(Meter(0, 4, 4), 4), (Meter(0, 3, 4), 5), (Meter(0, 6, 8), 1)], ids=str)
def test_bars_meter_tempo_and_instrument_hold(codec: Codec, meter: Meter, bars: int) -> None:
    low, high = INSTRUMENTS[73][1:]
    for seed in range(4):
        score = walk(codec, Controls(bars=bars, meter=meter, qpm=91.5, instruments=(73,)), seed=seed)
        assert (n_bars(score), score.meters, score.tempos) == (bars, (meter,), (Tempo(0, 91.5),))
        (track,) = score.tracks
        assert (track.program, track.notes["onset"][0], score.end) == (73, 0, bars * 4 * 480 * meter.numerator
                                                                       // meter.denominator)
        assert low <= track.notes["pitch"].min() <= track.notes["pitch"].max() <= high


@each_codec
def test_sixteen_bars_are_made_where_no_number_is_requested(codec: Codec) -> None:
    assert n_bars(walk(codec, Controls())) == 16


@each_codec
@pytest.mark.parametrize("most", [4, 9])
def test_no_figure_is_repeated_for_longer_than_in_the_style(codec: Codec, most: int) -> None:
    profile = StyleProfile(parts={"repetition": {"figures": (most,) * LONGEST}})
    guide, ids = guide_of(codec, Request(Controls(bars=16)), profile), []
    while not guide.done:
        allowed = np.flatnonzero(mask_of(guide))
        sounding = allowed[codec.is_note(allowed)]
        ids.append(int((sounding if len(sounding) else allowed)[0]))  # the same whenever it may be
        guide.advance(ids[-1])
    figures = figures_of(guide.finish(codec.decode(ids)))
    assert figures[:, 0].max() == most and figures.max() <= most


@pytest.mark.parametrize("name", ["hold", "pair", "notechord"])
@pytest.mark.parametrize("is_on", [True, False])
def test_no_pitch_is_struck_too_often_in_a_row_unless_that_is_switched_off(name: str, is_on: bool) -> None:
    codec = Melody(2, name) if name != "notechord" else NoteChord(pitches=[60, 62], chords=["0"])
    guide, struck = guide_of(codec, Request(Controls(bars=16), constraints={"repetition": is_on})), []
    while not guide.done:
        allowed = np.flatnonzero(mask_of(guide))
        sounding = allowed[codec.is_note(allowed)]
        index = int((sounding if len(sounding) else allowed)[0])
        struck += codec.pitches_of(index)[-1:]
        guide.advance(index)
    runs = [len(set(struck[at : at + MAX_REPEATS + 1])) == 1 for at in range(len(struck) - MAX_REPEATS)]
    assert any(runs) != is_on


@each_codec
@pytest.mark.parametrize("control", ["key", "style", "ending"])
def test_what_means_nothing_to_the_codec_is_not_supported(codec: Codec, control: str) -> None:
    assert control not in codec.supported_controls


def test_several_instruments_are_refused() -> None:
    with pytest.raises(ControlError, match="2 instruments"):
        walk(Melody(), Controls(instruments=(40, 42)))


@pytest.mark.parametrize("codec", [NoteChord(pitches=[30, 31]), NoteChord(pitches=[60], chords=["0"])])
def test_an_instrument_that_can_play_nothing_or_one_pitch_is_refused(codec: Codec) -> None:
    with pytest.raises(ControlError, match="instrument"):
        walk(codec, Controls(instruments=(73 if codec.pitches_of(3) == (30,) else 0,)))


def test_a_bar_of_half_a_step_is_refused() -> None:
    with pytest.raises(ControlError, match="3/8"):
        walk(Melody(1), Controls(meter=Meter(0, 3, 8)))


@each_codec
def test_a_prompt_is_kept_and_continued(codec: Codec) -> None:
    known = NoteChord() if isinstance(codec, NoteChord) else codec
    score = walk(known, Controls(bars=6), PROMPT)
    assert (n_bars(score), score.meters, score.tempos) == (6, PROMPT.meters, PROMPT.tempos)
    assert score.tracks[0].program == 40
    assert score.tracks[0].notes["pitch"][:12].tolist() == list(range(60, 72))


@each_codec
def test_a_prompt_without_notes_or_without_room_is_refused(codec: Codec) -> None:
    requests = [(Score(), Controls()), (PROMPT, Controls(bars=2)), (PROMPT, Controls(meter=Meter(0, 4, 4)))]
    for prompt, controls in requests:
        with pytest.raises(ControlError):
            walk(codec, controls, prompt)


@pytest.mark.parametrize("codec", [*CODECS.values(), Frames(2), Melody(2, "sounding")],
                         ids=[*CODECS, "frames", "sounding"])
@pytest.mark.parametrize("switches", [{}, {"repetition": False}], ids=str)
def test_bars_and_meter_hold_on_any_walk_with_and_without_constraints(codec: Codec, switches: dict[str, bool]) -> None:
    for seed, meter in enumerate((Meter(0, 2, 4), Meter(0, 5, 4), Meter(0, 12, 8), Meter(0, 1, 2))):
        score = walk(codec, Controls(bars=1 + seed, meter=meter), seed=seed, **switches)
        assert (n_bars(score), score.meters) == (1 + seed, (meter,))


def test_frames_close_on_the_tonic_and_keep_to_the_scale() -> None:
    guide = guide_of(Frames(2), Request(Controls(bars=1, key=Key(0, 1))))
    first = guide.codec.vocab.ids("Pitch").start
    assert {pitch % 12 for pitch in range(128) if bias_of(guide)[first + pitch] < 0} == {0 + 1, 3, 5, 8, 10}
    for seed in range(4):
        score = walk(Frames(2), Controls(bars=2, key=Key(0, 1)), seed=seed)
        array = score.tracks[0].notes
        last = array["pitch"][array["onset"] + array["duration"] > 480 * 7]
        assert last.min() % 12 == 7 and score.keys == (Key(0, 1),)


@pytest.mark.parametrize("codec", [*CODECS.values(), Frames(2)], ids=[*CODECS, "frames"])
def test_a_copy_is_independent_and_draws_the_same(codec: Codec) -> None:
    guide, rng = guide_of(codec, Request(Controls(bars=16))), np.random.default_rng(3)
    for _ in range(5):
        guide.advance(int(rng.choice(np.flatnonzero(mask_of(guide)))))
    copies = [guide.copy(), guide.copy()]
    before = mask_of(guide), bias_of(guide)
    drawn = [walk_ids(copy, np.random.default_rng(5)) for copy in copies]
    assert drawn[0] == drawn[1] and copies[0].done and not guide.done
    assert np.array_equal(mask_of(guide), before[0]) and np.array_equal(bias_of(guide), before[1])
    assert walk_ids(guide, np.random.default_rng(5)) == drawn[0]
