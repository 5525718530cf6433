"""Wishes under codecs that know only steps: what can be met holds, the rest is refused by name."""

from typing import Any

import numpy as np
import pytest
from componium.decoding.constraints.figures import LONGEST, figures_of

from componium.codecs.base import Codec
from componium.codecs.events.guide import guide_for
from componium.codecs.melody import Melody
from componium.codecs.notechord import NoteChord
from componium.decoding.controls import Controls
from componium.errors import ControlError
from componium.music.instruments import INSTRUMENTS
from componium.music.score import Key, Meter, Score, Tempo, Track, notes
from componium.music.time import n_bars
from guiding import mask_of

CODECS = {
    "hold": Melody(), "pair": Melody(2, "pair"), "notechord": NoteChord(chords=["0.4.7", "9.0.4"]),
}
each_codec = pytest.mark.parametrize("codec", CODECS.values(), ids=list(CODECS))
PROMPT = Score((Track(notes([(240 * at, 240, 60 + at) for at in range(12)]), 40),), tempos=(Tempo(0, 90.0),),
               meters=(Meter(0, 3, 4),))  # fmt: skip


def walk(codec: Codec, wish: Controls, prompt: Score | None = None, seed: int = 0, likely: str = "") -> Score:
    """A score drawn evenly from what the guide allows; ids of the family `likely` wherever they are allowed."""
    rng = np.random.default_rng(seed)
    guide, ids = guide_for(codec, wish, prompt, {}, rng), []
    while not guide.done:
        allowed = np.flatnonzero(mask_of(guide))
        wanted = [index for index in allowed if codec.vocab.family(int(index)) == likely]
        ids.append(int(rng.choice(wanted or allowed)))
        guide.advance(ids[-1])
    return guide.finish(codec.decode(ids))


@each_codec
@pytest.mark.parametrize(("meter", "bars"), [(Meter(0, 4, 4), 4), (Meter(0, 3, 4), 5), (Meter(0, 6, 8), 1)], ids=str)
def test_bars_metre_tempo_and_instrument_hold(codec: Codec, meter: Meter, bars: int) -> None:
    low, high = INSTRUMENTS[73][1:]
    for seed in range(4):
        score = walk(codec, Controls(bars=bars, meter=meter, qpm=91.5, instruments=(73,)), seed=seed)
        assert (n_bars(score), score.meters, score.tempos) == (bars, (meter,), (Tempo(0, 91.5),))
        (track,) = score.tracks
        assert (track.program, track.notes["onset"][0], score.end) == (73, 0, bars * 4 * 480 * meter.numerator
                                                                       // meter.denominator)
        assert low <= track.notes["pitch"].min() <= track.notes["pitch"].max() <= high


@each_codec
def test_sixteen_bars_are_made_where_no_number_is_wished_for(codec: Codec) -> None:
    assert n_bars(walk(codec, Controls())) == 16


@each_codec
@pytest.mark.parametrize("most", [4, 9])
def test_no_figure_goes_round_for_longer_than_in_the_styles(codec: Codec, most: int) -> None:
    seen = {"slow": {"figures": [3] * LONGEST}, "round": {"figures": [most] * LONGEST}}
    guide, ids = guide_for(codec, Controls(bars=16), None, seen, np.random.default_rng(0)), []
    while not guide.done:
        allowed = np.flatnonzero(mask_of(guide))
        sounding = allowed[codec.is_note(allowed)]
        ids.append(int((sounding if len(sounding) else allowed)[0]))  # the same whenever it may be
        guide.advance(ids[-1])
    found = figures_of(guide.finish(codec.decode(ids)))
    assert found[:, 0].max() == most and found.max() <= most


@pytest.mark.parametrize("name", ["hold", "pair", "notechord"])
def test_no_pitch_is_struck_too_often_running(name: str) -> None:
    codec = Melody(2, name) if name != "notechord" else NoteChord(pitches=[60, 62], chords=["0"])
    for seed in range(4):
        pitches = walk(codec, Controls(max_repeats=2, bars=16), seed=seed).tracks[0].notes["pitch"].tolist()
        assert not any(len(set(pitches[at : at + 3])) == 1 for at in range(len(pitches) - 2))


@each_codec
@pytest.mark.parametrize("wish", [{"key": Key(0, 2)}, {"style": "jig"}, {"ending": "closed"}], ids=str)
def test_what_means_nothing_to_the_codec_is_refused_by_name(codec: Codec, wish: dict[str, Any]) -> None:
    with pytest.raises(ControlError, match=next(iter(wish))):
        guide_for(codec, Controls(**wish), None, {}, np.random.default_rng(0))


def test_several_instruments_are_refused() -> None:
    with pytest.raises(ControlError, match="2 instruments"):
        walk(Melody(), Controls(instruments=(40, 42)))


def test_an_instrument_that_can_play_nothing_is_refused() -> None:
    with pytest.raises(ControlError, match="instrument"):
        walk(NoteChord(pitches=[30, 31]), Controls(instruments=(73,)))


def test_a_bar_of_half_a_step_is_refused() -> None:
    with pytest.raises(ControlError, match="3/8"):
        walk(Melody(1), Controls(meter=Meter(0, 3, 8)))


@each_codec
def test_a_prompt_is_kept_and_gone_on_from(codec: Codec) -> None:
    known = NoteChord() if isinstance(codec, NoteChord) else codec
    score = walk(known, Controls(bars=6), PROMPT)
    assert (n_bars(score), score.meters, score.tempos) == (6, PROMPT.meters, PROMPT.tempos)
    assert score.tracks[0].program == 40
    assert score.tracks[0].notes["pitch"][:12].tolist() == list(range(60, 72))


@each_codec
def test_a_prompt_without_notes_or_without_room_is_refused(codec: Codec) -> None:
    for prompt, wish in ((Score(), Controls()), (PROMPT, Controls(bars=2)), (PROMPT, Controls(meter=Meter(0, 4, 4)))):
        with pytest.raises(ControlError):
            walk(codec, wish, prompt)
