"""Engraved pages: every note is on them, the title too, and a dead engraver is an error with a name."""

import re
import subprocess
from dataclasses import replace
from importlib.util import find_spec
from xml.etree import ElementTree

import numpy as np
import pytest

from componium.errors import MissingExtraError, UnknownNameError
from componium.music.score import Chord, Key, Meter, Score, Tempo, Track, notes
from componium.render import pages as notation
from componium.render.notebook import score_to_html
from componium.render.pages import EngravingError, render_line, render_pdf, render_svg, write

needs_verovio = pytest.mark.skipif(find_spec("verovio") is None, reason="needs the extra `score`")


def piece(bars: int = 4) -> Score:
    tune = np.random.default_rng(0).integers(67, 72, 4 * bars).tolist()  # nothing comes twice, or it would be folded
    upper = Track(notes([(480 * at, 480, pitch) for at, pitch in enumerate(tune)]), name="Oboe")
    lower = Track(notes([(960 * at, 960, 48 + at % 3) for at in range(2 * bars)]), 42, name="Cello")
    return Score((upper, lower), meters=(Meter(0, 4, 4),), keys=(Key(0, 1),), tempos=(Tempo(0, 90.0),),
                 chords=(Chord(0, "G"), Chord(1920, "Bb7")), title="Für „Elise“ & <others>",
                 info=(("composer", "Anna & Co."), ("number", "417")))


def heads(svg: str) -> int:
    return len(re.findall(r'class="notehead"', svg))


def clefs(svg: str) -> list[str]:
    return re.findall(r'class="clef">\s*<use xlink:href="#(\w+)-', svg)


@needs_verovio
def test_every_note_title_part_and_chord_is_on_the_page() -> None:
    page, = render_svg(piece())
    root = ElementTree.fromstring(page)
    told = " ".join("".join(text.itertext()) for text in root.iter("{http://www.w3.org/2000/svg}text"))
    words = re.sub(r"\s+", " ", told)
    assert heads(page) == piece().n_notes
    for word in ("Für „Elise“ & <others>", "Anna & Co.", "Oboe", "Cello", "90", "7"):
        assert word in words
    assert "417" not in words and root.get("width") == "210mm" and root.get("height") == "297mm"


def texts_and_signs(svg: str, kind: str) -> list[list[str]]:
    """Return the words of each text of a kind, in order, its signs as "*"."""
    groups = re.findall(rf'class="{kind}".*?</g>', svg, re.DOTALL)
    drawn = re.compile(r'<text x="\d+"[^>]*>([^<]*)</text>|<path class="sign" transform="translate[^"]*" d="M[^"]+z')
    return [[found[1] or "*" for found in drawn.finditer(group)] for group in groups]


@needs_verovio
def test_signs_within_words_are_outlines() -> None:
    symbols = (Chord(0, "G"), Chord(1920, "Bb7"), Chord(3840, "F#m7b5/C#"), Chord(5760, "D7(b9)"))
    page, = render_svg(replace(piece(), chords=symbols))
    assert texts_and_signs(page, "harm") == [
        ["G"], ["B", "*", "7"], ["F", "*", "m7", "*", "5/C", "*"], ["D7(", "*", "9)"]]
    assert texts_and_signs(page, "reh") == [["*", "= 90"]]
    assert "Leipzig" not in page and "@font-face" not in page
    assert 'd="M203 126c29 0 53 -9 70 -24l4 -4l3 570h22' in page  # the note of a metronome mark, in Verovio's table


@needs_verovio
def test_a_tempo_mark_is_above_the_chord_symbols() -> None:
    page, = render_svg(piece())
    tempos, symbols = ([int(y) for y in re.findall(rf'class="{kind}">[^\n]*\n?[^\n]*?<text x="\d+" y="(\d+)"', page)]
                       for kind in ("reh", "harm"))  # fmt: skip
    assert len(tempos) == 1 and len(symbols) == 2 and tempos[0] + 200 < min(symbols)


@needs_verovio
def test_many_bars_make_several_pages_and_files(tmp_path) -> None:
    score = piece(120)
    paths = write(score, tmp_path / "long.svg")
    assert [path.name for path in paths] == [f"long-{at}.svg" for at in range(1, len(paths) + 1)] and len(paths) > 2
    assert sum(heads(path.read_text(encoding="utf-8")) for path in paths) == score.n_notes
    assert [path.name for path in write(piece(), tmp_path / "one.svg")] == ["one.svg"]


@needs_verovio
def test_a_pdf_has_all_pages_and_the_same_bytes_again() -> None:
    pdf = render_pdf(piece(120))
    assert pdf.startswith(b"%PDF") and len(re.findall(rb"/Type /Page\b", pdf)) == len(render_svg(piece(120)))
    assert b"MediaBox [ 0 0 595.27" in pdf  # A4
    assert render_pdf(piece()) == render_pdf(piece()) and render_svg(piece()) == render_svg(piece())


@needs_verovio
def test_more_parts_make_smaller_staves() -> None:
    parts = [render_svg(Score(piece().tracks[:1] * count))[0] for count in (1, 4, 9)]
    lines = [[int(y) for y in re.findall(r'<path d="M\d+ (\d+) L\d+ \1"', page)[:5]] for page in parts]
    assert [heads(page) for page in parts] == [16, 64, 144]
    assert [round((five[4] - five[0]) / 100, 1) for five in lines] == [7.2, 5.6, 3.6]  # mm


@needs_verovio
def test_a_line_holds_the_first_bars_as_they_are_on_the_page() -> None:
    line = render_line(piece(40), bars=2)
    assert heads(line) == 8 + 4 and line.count('class="barLine"') == 2
    low = Score((Track(notes([(480 * at, 480, 55 if at < 8 else 72) for at in range(64)]), program=52),))
    assert clefs(render_line(low, bars=2)) == clefs(render_svg(low)[0])[:1]
    assert render_line(Score()).startswith("<svg")


@needs_verovio
def test_a_line_is_as_high_as_its_staves() -> None:
    line = render_line(Score(piece().tracks[:1] * 4))
    inner = re.search(r'class="definition-scale"[^>]*viewBox="0 0 \d+ (\d+)"', line)
    staves = [int(y) for y in re.findall(r'<path d="M\d+ (\d+) L\d+ \1"', line)]
    assert len(staves) == 4 * 5 * 4 and max(staves) < int(inner[1])


@needs_verovio
def test_a_notebook_shows_the_line() -> None:
    assert "image/svg+xml" in score_to_html(piece())
    assert "image/svg+xml" not in score_to_html(Score())


@needs_verovio
def test_an_engraver_that_ends_is_told(monkeypatch) -> None:
    done = subprocess.CompletedProcess([], -11, "", "")
    monkeypatch.setattr(notation.subprocess, "run", lambda *args, **kwargs: done)
    with pytest.raises(EngravingError, match="-11"):
        render_svg(piece())
    assert "No engraved line" in score_to_html(piece())


@needs_verovio
@pytest.mark.parametrize("text", ["", "<html/>"])
def test_what_verovio_cannot_load_is_told(monkeypatch, text) -> None:
    monkeypatch.setattr(notation, "_musicxml", lambda score: text)
    with pytest.raises(EngravingError, match="ended with"):
        render_svg(piece())


@needs_verovio
def test_an_engraver_that_takes_too_long_is_stopped(monkeypatch) -> None:
    monkeypatch.setattr(notation, "TIME_LIMIT", 0.001)
    with pytest.raises(EngravingError, match=r"over 0\.001 s"):
        render_svg(piece())


def test_without_the_extra_one_line_says_what_to_install(monkeypatch) -> None:
    monkeypatch.setattr(notation, "find_spec", lambda name: None)
    with pytest.raises(MissingExtraError, match="score"):
        render_svg(piece())
    assert "image/svg+xml" not in score_to_html(piece())


def test_another_suffix_is_refused(tmp_path) -> None:
    with pytest.raises(UnknownNameError, match=r"\.svg"):
        write(piece(), tmp_path / "page.docx")
