"""Drummers' feel: the shipped table, the rule, and beats of drummers that a table has not seen."""

import os
from pathlib import Path

import numpy as np
import pytest

from componium.errors import CheckpointError
from componium.music.score import Meter, Score, Track, notes
from componium.performance import drummers, groove
from componium.performance.perform import perform

KICK, SNARE, HAT = 36, 38, 42


def beat(bars=4, velocity=0):
    """Eighths on the hi-hat, kick on 1 and 3, snare on 2 and 4."""
    rows = [(240 * at, 120, HAT, velocity) for at in range(8 * bars)]
    rows += [(480 * at, 120, SNARE if at % 2 else KICK, velocity) for at in range(4 * bars)]
    return Score((Track(notes(rows), is_drum=True),), meters=(Meter(0, 4, 4),), info={"style": "rock"})


def test_backbeats_are_louder_than_the_snare_elsewhere():
    table = groove.shipped()
    for genre in ("all", "rock", "funk", "hiphop"):
        snare = table.loudness[genre][list(groove.DRUMS).index("snare")]
        assert min(snare[4], snare[12]) > np.delete(snare, [4, 12]).max()
    assert table.genre("funk") == "funk" and table.genre("chorales") == groove.ALL
    assert "CC BY 4.0" in groove.list_credits()[0]


def test_drums_are_played_by_the_table_in_steady_tempo():
    performance = perform(beat())
    assert performance.sounding.tempos == ()
    written, played = performance.score.tracks[0].notes, performance.played[0]
    hats = played[written["pitch"] == HAT]
    on_beat = hats["onset"] % 480 < 100
    assert hats["velocity"][on_beat].mean() > hats["velocity"][~on_beat].mean() + 5
    assert np.abs(played["onset"] - written["onset"]).max() < 0.45 * 120
    assert perform(beat(), "jazz").played[0]["velocity"].tolist() != played["velocity"].tolist()


def test_what_is_measured_is_what_was_played():
    loud = [(480 * at, 120, SNARE, 100 if at % 2 else 50) for at in range(16)]
    late = [(480 * at + 12, 120, KICK, 71) for at in range(16)] + [(240 + 480 * at, 120, HAT, 71) for at in range(30)]
    score = Score((Track(notes(loud + late), is_drum=True),))
    pitch, place, loudness, offset = drummers.strokes(score)
    assert set(place[pitch == SNARE]) == {0, 4, 8, 12}
    assert np.ptp(loudness[pitch == SNARE]) == pytest.approx(40 * np.log10(2))
    assert offset[pitch == KICK] == pytest.approx(0.1)
    table = drummers.measure([("own", score)] * 200)
    snare = table.loudness["own"][list(groove.DRUMS).index("snare")]
    assert snare[4] - snare[0] == pytest.approx(40 * np.log10(2), abs=2)
    assert not table.loudness["own"][groove.OTHER].any()


def test_a_damaged_table_is_refused(tmp_path, monkeypatch):
    (tmp_path / "groove.json").write_text('{"loudness": {"all": [[1]]}, "offset": {}}')
    monkeypatch.setattr(groove, "FILE", tmp_path / "groove.json")
    groove.shipped.cache_clear()
    with pytest.raises(CheckpointError, match="damaged table"):
        groove.shipped()
    groove.shipped.cache_clear()


@pytest.mark.data
@pytest.mark.slow
def test_drummers_left_out_are_predicted_better_than_deadpan():
    beats = list(drummers.recordings(Path(os.environ["COMPONIUM_DATA"]) / "groove"))
    table = drummers.measure((genre, score) for drummer, genre, score in beats if drummer != "drummer9")
    left_out = [(genre, score) for drummer, genre, score in beats if drummer == "drummer9"]
    figures = []
    for genre, score in left_out:
        pitch, place, loudness, offset = drummers.strokes(score)
        guessed = table.predict(genre, pitch, place)
        figures.append([np.corrcoef(one, two)[0, 1] for one, two in zip((loudness, offset), guessed, strict=True)])
    assert np.mean(figures, axis=0)[0] > 0.3  # deadpan has 0: every stroke alike
    assert np.mean(figures, axis=0)[1] > 0.05
