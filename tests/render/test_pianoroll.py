"""Piano rolls: that they open, how they are laid out, and that the same score gives the same bytes."""

import struct

import numpy as np
import pytest

from componium.music.score import Key, Meter, Score, Track, notes
from componium.music.transform import slice_ticks
from componium.render import pianoroll


def scale(bars, **about):
    rows = [(at * 480, 480, 60 + at % 12) for at in range(4 * bars)]
    return Score(tracks=(Track(notes(rows), name="Flute", program=73), Track(notes(rows), program=73)), **about)


def size(png):
    assert png[:8] == b"\x89PNG\r\n\x1a\n"
    return struct.unpack(">II", png[16:24])


@pytest.mark.parametrize("bars", [1, 4, 60])
def test_the_picture_opens_and_is_of_a_sensible_size(bars):
    width, height = size(pianoroll.render_png(scale(bars)))
    assert 1000 <= width <= 2400
    assert 200 <= height <= 8000


def test_the_same_score_gives_the_same_bytes():
    assert pianoroll.render_png(scale(2)) == pianoroll.render_png(scale(2))


def test_systems_hold_every_bar():
    for bars in (1, 8, 9, 200, 1024):
        page = pianoroll.layout(scale(bars))
        assert page.systems <= 16
        assert (page.systems - 1) * page.per_system < bars <= page.systems * page.per_system


def test_axes_are_named_and_bars_numbered():
    axes = pianoroll.figure(scale(9, keys=(Key(0, 2),))).axes
    assert len(axes) == 2
    assert axes[-1].get_xlabel() == "bar"
    assert axes[0].get_ylabel() == "pitch"
    assert [label.get_text() for label in axes[1].get_xticklabels()] == ["9"]
    assert "C4" in [label.get_text() for label in axes[0].get_yticklabels()]


def test_a_pickup_is_bar_nought():
    score = Score(tracks=scale(2).tracks, meters=(Meter(0, 1, 4), Meter(480, 4, 4)))
    axes = pianoroll.figure(score).axes[0]
    assert [label.get_text() for label in axes.get_xticklabels()] == ["0", "1", "2"]
    score = Score(tracks=scale(17).tracks, meters=score.meters)
    assert (pianoroll.layout(score).per_system, len(pianoroll.figure(score).axes)) == (8, 3)
    score = Score(tracks=slice_ticks(scale(17), 0, 16 * 1920 + 480).tracks, meters=score.meters)
    axes = pianoroll.figure(score).axes
    assert [len(each.get_xticklabels()) for each in axes] == [9, 8]


def test_parts_are_named_by_themselves_or_their_instruments():
    tracks = (Track(name="Cantus"), Track(program=73), Track(program=73), Track(is_drum=True))
    assert pianoroll.part_names(Score(tracks=tracks)) == ["Cantus", "flute 1", "flute 2", "drums"]


@pytest.mark.filterwarnings("ignore:no font here has")
def test_titles_in_any_script_and_no_notes_at_all_are_drawn():
    assert size(pianoroll.render_png(Score(title="空の $x_$ 譜面 \\frac")))[0] > 0
    named = Score(tracks=(Track(notes([(0, 1, 0), (10**5, 1, 127)]), name="_$\\hidden$"),) * 20)
    assert size(pianoroll.render_png(named))[0] > 0


def test_the_first_four_colors_differ_in_gray():
    def lightness(color):
        rgb = np.array([int(color[at : at + 2], 16) for at in (1, 3, 5)]) / 255
        linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
        return 116 * float(linear @ [0.2126, 0.7152, 0.0722]) ** (1 / 3) - 16  # CIE 1976 L*

    found = sorted(lightness(color) for color in pianoroll.COLORS[:4])
    assert min(np.diff(found)) > 12


def test_it_is_written_whole(tmp_path):
    pianoroll.write(scale(1), tmp_path / "a" / "roll.png")
    assert [path.name for path in (tmp_path / "a").iterdir()] == ["roll.png"]
