"""The roll in the terminal, line by line, and the notebook's HTML."""

import base64
import io
import re
import wave

import pytest

from componium.music.score import Key, Meter, Score, Track, notes
from componium.render.notebook import score_to_html
from componium.render.terminal import bar_text, roll

DUET = Score(
    tracks=(
        Track(notes([(0, 480, 66), (480, 960, 69), (1440, 480, 70)]), name="Soprano"),
        Track(notes([(0, 960, 62), (0, 960, 65), (960, 960, 62)]), name="Bass"),
    ),
    meters=(Meter(0, 2, 4),),
    keys=(Key(0, -1, "minor"),),
)
GOLDEN = """\
    1        2
    │    ▄▄▄▄│▄▄▄▄▀▀▀▀│
    │        │        │
    │████▄▄▄▄│        │
 E4 │        │        │
    │▀▀▀▀▀▀▀▀│▀▀▀▀▀▀▀▀│"""


def test_the_roll_without_color():
    assert roll(DUET, width=40, color=False) == GOLDEN


def test_color_changes_nothing_but_escapes_and_adds_a_legend():
    plain = re.sub(r"\x1b\[[0-9;]*m", "", roll(DUET, width=40, color=True))
    legend, drawn = plain.split("\n\n")
    assert legend == "██ Soprano  ██ Bass"
    assert len(drawn.splitlines()) == len(roll(DUET, width=40, color=False).splitlines())
    assert "\x1b" not in roll(DUET, width=40, color=False)


@pytest.mark.parametrize("width", [10, 40, 80, 200])
def test_no_line_is_wider_than_asked(width):
    score = Score(tracks=(Track(notes([(at * 480, 480, 60 + at % 5) for at in range(64)])),))
    lines = roll(score, width=width, color=False).splitlines()
    assert max(map(len, lines)) <= max(width, 40)
    numbers = [int(word) for line in lines if not line.strip(" 0123456789") for word in line.split()]
    assert numbers == list(range(1, 17))


def test_a_bar_longer_than_the_terminal_is_squeezed():
    score = Score(tracks=(Track(notes([(0, 480 * 60, 60)])),), meters=(Meter(0, 60, 4),))
    assert max(map(len, roll(score, width=80, color=False).splitlines())) == 80


def test_no_notes():
    assert roll(Score(), color=False) == "(no notes)"
    assert bar_text(Score(), 0) == ""


def test_a_bar_as_one_line():
    assert bar_text(DUET, 0) == "S F#4 A4 | B D4+F4"
    assert bar_text(DUET, 1) == "S ~ Bb4 | B D4"
    assert bar_text(DUET, 7) == "S - | B -"


def test_parts_with_like_names_are_told_apart():
    score = Score(tracks=tuple(Track(notes([(0, 480, 60)]), name=name) for name in ("Violin I", "Violin II")))
    assert bar_text(score, 0) == "1 C4 | 2 C4"


def test_the_notebook_holds_a_picture_and_a_player_and_fetches_nothing():
    page = score_to_html(DUET)
    sources = re.findall(r'src="data:([a-z/]+);base64,([^"]+)"', page)
    assert [kind for kind, _ in sources] == ["image/png", "audio/wav"]
    assert "http" not in page
    with wave.open(io.BytesIO(base64.b64decode(sources[1][1]))) as file:
        assert (file.getnchannels(), file.getframerate()) == (1, 22_050)
    assert DUET._repr_html_() == page


def test_the_notebook_escapes_titles_and_leaves_out_long_sounds():
    long_ = Score(tracks=(Track(notes([(0, 960 * 400, 60)])),), title="<script>")
    page = score_to_html(long_)
    assert "<script>" not in page
    assert "<audio" not in page
