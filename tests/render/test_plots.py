"""Plots: what their SVG says and how much it shows, that sides share scales, and that bytes are the same each time."""

import re
import struct
from xml.etree import ElementTree

import numpy as np
import pytest
from matplotlib.text import Text

from componium.errors import ControlError, UnknownNameError
from componium.music.score import Key, Score, Track, notes
from componium.render import _fonts, figures, pianoroll, plots
from componium.render.plots import Log, Music

SVG = "{http://www.w3.org/2000/svg}"
MUSIC_KINDS = [kind for kind in plots.KINDS if kind != "loss"]


def tune(count, low=60, title="Tune", **about):
    rows = [(at * 240, 240, low + at * 5 % 12) for at in range(count)]
    return Score(tracks=(Track(notes(rows), name="Flute", program=73),), title=title, **about)


def run(name="run"):
    steps = np.arange(10.0, 110, 10)
    validation = np.array([[50.0, 1.0], [100, 0.5]])
    return Log(name, {"training": np.stack([steps, 5 / steps], axis=1), "validation": validation})


def words(sides, kind, **options):
    """Every text of a plot's SVG."""
    root = ElementTree.fromstring(plots.render(sides, kind, ".svg", **options))
    return ["".join(text.itertext()) for text in root.iter(f"{SVG}text")]


SAID = {
    "all": ["Beginning", "First 100 notes", "All 150 notes", "Pitch of 150 notes", "Duration", "Pitch classes"],
    "roll": ["bar", "pitch", "Flute"],
    "scatter": ["time (quarters)", "pitch (semitones, C4 = 60)", "First 100 notes", "All 150 notes", "C4 60"],
    "histograms": ["pitch (semitones, C4 = 60)", "step (quarters; 0: together)", "duration (quarters)",
                   "share of notes (%)", "share of steps (%)"],
    "profile": ["pitch class", "share of notes (%)", "F#", "Bb"],
    "transitions": ["pitch class", "next pitch class", "149 transitions, pitch class to pitch class", "100"],
}  # fmt: skip


@pytest.mark.parametrize("kind", MUSIC_KINDS)
def test_axes_are_named_with_their_units_under_the_title(kind):
    found = words([Music("A fine tune", (tune(150),))], kind)
    assert not [text for text in ["A fine tune", *SAID[kind]] if text not in found]


def test_a_run_shows_its_losses():
    found = words([run("mine"), run("other")], "loss")
    assert found.count("loss (nats a token)") == found.count("step") == found.count("validation") == 2
    assert "mine" in found
    assert words([run()], "all") == words([run()], "loss")


def test_an_adversarial_run_shows_both_losses_and_its_coverage():
    steps = np.arange(10.0, 110, 10)
    losses = {name: np.stack([steps, 5 / steps], axis=1) for name in ("discriminator", "generator")}
    coverage = {"coverage of validation bars": np.array([[50.0, 0.2]])}
    found = words([Log("mine", {**losses, **coverage}, "hinge loss")], "loss")
    assert {"discriminator, smoothed", "generator, smoothed", *coverage, "loss (hinge loss)"} <= {*found}


def test_the_scatter_has_a_point_a_note():
    svg = plots.render([Music("", (tune(150),))], "scatter", ".svg").decode()
    groups = re.findall(r'<g id="PathCollection_\d+">(.*?)\n   </g>', svg, re.DOTALL)
    assert [group.count("<use ") for group in groups] == [100, 150]


def test_the_histogram_has_a_bar_a_pitch_as_high_as_its_share():
    axes = plots.figure([Music("", (tune(24),))], "histograms").axes
    heights = [bar.get_height() for bar in axes[0].patches]
    assert heights == pytest.approx([100 / 12] * 12)
    assert [round(bar.get_center()[0]) for bar in axes[0].patches] == list(range(60, 72))
    for one in axes[1:]:  # half quarters, all of them
        assert [(bar.get_center()[0], bar.get_height()) for bar in one.patches] == [(0.5, 100)]


def test_what_is_longer_than_the_scale_stands_hatched_beside_it():
    rows = [(at * 480, 480, 60) for at in range(99)]
    rows.append((99 * 480, 480 * 40, 60))
    axes = plots.figure([Music("", (Score(tracks=(Track(notes(rows)),)),))], "histograms").axes[2]
    assert (axes.patches[-1].get_hatch(), axes.patches[-1].get_height()) == ("/////", 1.0)
    assert axes.get_xticklabels()[-1].get_text() == ">2"


def test_the_matrix_shows_each_row_as_shares():
    drawn = plots.matrix_figure([[3, 1], [0, 0]], ["a", "b"], ["$x$", "y"], title="Chances", from_="now", to="next")
    axes = drawn.axes[0]
    assert np.ma.filled(axes.images[0].get_array(), 0).tolist() == [[75, 25], [0, 0]]
    assert [text.get_text() for text in axes.texts] == ["75", "25"]
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("next", "now")
    assert b"$x$" in figures.render(drawn, ".svg")
    with pytest.raises(ControlError, match="labels"):
        plots.matrix_figure([[1, 2]], ["a", "b"])


def test_relative_counts_degrees_and_pitches_are_named():
    sides = [Music("", (tune(30, keys=(Key(0, 2),)),))]
    assert {"degree", "♭3"} <= set(words(sides, "transitions", relative=True))
    assert {"next pitch", "B4"} <= set(words(sides, "transitions", pitches=True))


def test_pitch_classes_are_spelled_after_the_key_that_all_share():
    sharp, flat = tune(9, keys=(Key(0, 4),)), tune(9, keys=(Key(0, -4),))
    assert "D#" in words([Music("", (sharp,)), Music("", (sharp, sharp))], "profile")
    assert "Db" in words([Music("", (flat,))], "transitions")
    assert {"C#", "Eb"} <= set(words([Music("", (sharp, flat))], "profile"))


@pytest.mark.parametrize("kind", ["scatter", "histograms", "profile", "transitions", "roll"])
def test_two_sides_share_their_scales(kind):
    alone = Music("generated", (tune(30),))
    axes = plots.figure([alone, Music("real", (tune(150, 40), tune(9)))], kind).axes
    if kind == "roll":  # one system, and three
        assert len({one.get_ylim() for one in axes}) == 1
        assert axes[0].get_xlim() == axes[1].get_xlim()
    else:
        assert len(axes) == 2 * len(plots.figure([alone], kind).axes)
        for one, other in zip(axes[::2], axes[1::2], strict=True):
            assert (one.get_xlabel(), one.get_ylim()) == (other.get_xlabel(), other.get_ylim())
            assert one.get_xlim() == other.get_xlim()


@pytest.mark.parametrize("suffix", plots.FIGURE_SUFFIXES)
@pytest.mark.parametrize("kind", ["all", "roll"])
def test_the_same_music_gives_the_same_bytes(kind, suffix):
    sides = [Music("a", (tune(30),)), Music("b", (tune(20),))]
    data = plots.render(sides, kind, suffix)
    assert data == plots.render(sides, kind, suffix)
    assert not re.search(rb"\d{4}-\d\d-\d\d|matplotlib.org", data)


@pytest.mark.parametrize("kind", ["all", "roll"])
@pytest.mark.parametrize("scores", [(), (Score(),), (Score(tracks=(Track(notes([(0, 480, 36)]), is_drum=True),)),)])
def test_music_without_pitches_is_drawn_too(kind, scores):
    png = plots.render([Music("", scores)], kind)
    assert png[:8] == b"\x89PNG\r\n\x1a\n"
    assert max(struct.unpack(">II", png[16:24])) < 4000


@pytest.mark.filterwarnings("ignore:no font here has")
def test_any_title_is_drawn_as_text_in_well_formed_xml():
    title = "<&> 空の譜面 \x00\x1b \ud800 $x^$ \\frac"
    root = ElementTree.fromstring(plots.render([Music(title, (tune(9, title=title),) * 2)], "all", ".svg"))
    assert "<&> 空の譜面 $x^$ \\frac" in ["".join(text.itertext()) for text in root.iter(f"{SVG}text")]
    assert plots.render([Music(title, (tune(9, title=title),))])


def test_a_long_title_is_cut():
    assert _fonts.plain("long " * 1000, 20) == "long long long long…"
    assert all(len(text) < 100 for text in words([Music("long " * 1000, (tune(9, title="W" * 500),) * 2)], "scatter"))


def test_letters_that_the_default_font_lacks_are_sought_in_the_others(monkeypatch):
    fonts = {"default": {"a"}, "first": {"b"}, "second": {"b", "譜"}, "third": {"面"}}
    monkeypatch.setattr(_fonts, "_letters", lambda path: frozenset(map(ord, fonts.get(path, "a"))))
    monkeypatch.setattr(_fonts, "_installed", lambda: tuple((name, name) for name in fonts))
    found = _fonts._chosen.__wrapped__
    assert found("a a") == ((_fonts.DEFAULT_FONT,), "")
    assert found("a譜") == ((_fonts.DEFAULT_FONT, "second"), "")
    assert found("譜面曲") == ((_fonts.DEFAULT_FONT, "second", "third"), "曲")


def test_letters_that_no_font_has_are_told_of_and_are_no_boxes(monkeypatch):
    monkeypatch.setattr(_fonts, "without_font", lambda text: set("譜面") & set(text))
    drawn = plots.figure([Music("譜面 no. 1", (tune(1, title="空"),))], "roll")
    with pytest.warns(UserWarning, match="no font here has 譜面: install one"):
        figures.render(drawn, ".png")
    assert "… no. 1" in [text.get_text() for text in drawn.findobj(Text)]


def test_a_font_file_that_has_gone_has_no_letters(tmp_path):
    assert _fonts._letters(str(tmp_path / "gone.ttf")) == frozenset()


@pytest.mark.parametrize(
    ("sides", "kind", "error", "says"),
    [
        ([Music("", (tune(1),))], "histogram", UnknownNameError, "did you mean histograms"),
        ([Music("", (tune(1),))], "loss", ControlError, "no training loss"),
        ([run()], "roll", ControlError, "no notes"),
        ([run(), Music("", (tune(1),))], "all", ControlError, "don't share"),
        ([], "all", ControlError, "one or two"),
        ([run()] * 3, "all", ControlError, "one or two"),
    ],
)
def test_what_cannot_be_drawn_is_said(sides, kind, error, says):
    with pytest.raises(error, match=says):
        plots.figure(sides, kind)


def test_another_suffix_is_refused():
    with pytest.raises(ControlError, match=r"\.png or \.svg"):
        plots.render([run()], "loss", ".bmp")


def test_files_are_written_whole(tmp_path):
    plots.write([run()], tmp_path / "a" / "loss.SVG")
    assert [path.name for path in (tmp_path / "a").iterdir()] == ["loss.SVG"]


def test_a_roll_is_an_svg_too():
    svg = plots.render([Music("Tune", (tune(12),))], "roll", ".svg")
    said = {"".join(text.itertext()) for text in ElementTree.fromstring(svg).iter(f"{SVG}text")}
    assert {"bar", "pitch", "Flute", "Tune"} <= said


def test_a_legend_of_many_long_names_has_room():
    tracks = tuple(Track(notes([(0, 480, 40 + at)]), name=f"A rather long name {at}") for at in range(20))
    drawn = pianoroll.figure(Score(tracks=tracks))
    drawn.draw_without_rendering()
    legend = drawn.legends[0].get_window_extent()
    assert legend.x1 < drawn.bbox.x1
    assert legend.y0 >= drawn.axes[0].get_window_extent().y1 - 1


def test_a_curve_is_drawn_as_it_is():
    drawn = plots.curve_figure([1.0, 2.5, 2.5], title="Fitness", x="generation", y="best mark")
    line, = drawn.axes[0].lines
    assert line.get_xdata().tolist() == [0, 1, 2]
    assert line.get_ydata().tolist() == [1.0, 2.5, 2.5]
    assert drawn.axes[0].get_xlabel() == "generation"


@pytest.mark.parametrize("values", [[], [[1.0]], [float("nan")]])
def test_what_is_no_curve_is_refused(values):
    with pytest.raises(ControlError, match="curve"):
        plots.curve_figure(values)
