"""Engraved pages: every note is on them, the title too, and a dead engraver is an error with a name."""

import re
import subprocess
from importlib.util import find_spec
from xml.etree import ElementTree

import pytest

from componium.errors import MissingExtraError, UnknownNameError
from componium.render import notation
from componium.render.notation import EngravingError, render_line, render_pdf, render_svg, write_pages
from componium.render.notebook import score_to_html
from componium.score import Chord, Key, Meter, Score, Tempo, Track, notes

needs_verovio = pytest.mark.skipif(find_spec("verovio") is None, reason="needs the extra `score`")


def piece(bars: int = 4) -> Score:
    upper = Track(notes([(480 * at, 480, 67 + at % 5) for at in range(4 * bars)]), name="Oboe")
    lower = Track(notes([(960 * at, 960, 48 + at % 3) for at in range(2 * bars)]), 42, name="Cello")
    return Score((upper, lower), meters=(Meter(0, 4, 4),), keys=(Key(0, 1),), tempos=(Tempo(0, 90.0),),
                 chords=(Chord(0, "G"), Chord(1920, "Bb7")), title="Für „Elise“ & <others>")


def heads(svg: str) -> int:
    return len(re.findall(r'class="notehead"', svg))


@needs_verovio
def test_every_note_title_part_and_chord_is_on_the_page() -> None:
    page, = render_svg(piece())
    root = ElementTree.fromstring(page)
    told = " ".join("".join(text.itertext()) for text in root.iter("{http://www.w3.org/2000/svg}text"))
    words = re.sub(r"\s+", " ", told)
    assert heads(page) == piece().n_notes
    for word in ("Für", "Elise", "Oboe", "Cello", "90", "7"):
        assert word in words


@needs_verovio
def test_many_bars_make_several_pages_and_files(tmp_path) -> None:
    score = piece(120)
    paths = write_pages(score, tmp_path / "long.svg")
    assert [path.name for path in paths] == [f"long-{at}.svg" for at in range(1, len(paths) + 1)] and len(paths) > 2
    assert sum(heads(path.read_text(encoding="utf-8")) for path in paths) == score.n_notes
    assert [path.name for path in write_pages(piece(), tmp_path / "one.svg")] == ["one.svg"]


@needs_verovio
def test_a_pdf_has_all_pages_and_the_same_bytes_again() -> None:
    pdf = render_pdf(piece(120))
    assert pdf.startswith(b"%PDF") and len(re.findall(rb"/Type /Page\b", pdf)) == len(render_svg(piece(120)))
    assert render_pdf(piece()) == render_pdf(piece()) and render_svg(piece()) == render_svg(piece())


@needs_verovio
def test_a_line_holds_the_first_bars() -> None:
    assert heads(render_line(piece(40), bars=2)) == 8 + 4


@needs_verovio
def test_a_notebook_shows_the_line() -> None:
    assert "image/svg+xml" in score_to_html(piece())
    assert "image/svg+xml" not in score_to_html(Score())


@needs_verovio
def test_an_engraver_that_ends_or_hangs_is_told(monkeypatch) -> None:
    def dies(*args, **kwargs):
        return subprocess.CompletedProcess(args, -11, "", "")

    def hangs(*args, **kwargs):
        raise subprocess.TimeoutExpired("engrave", 120)

    monkeypatch.setattr(notation.subprocess, "run", dies)
    with pytest.raises(EngravingError, match="-11"):
        render_svg(piece())
    assert "No engraved line" in score_to_html(piece())
    monkeypatch.setattr(notation.subprocess, "run", hangs)
    with pytest.raises(EngravingError, match="120 s"):
        render_svg(piece())


def test_without_the_extra_one_line_says_what_to_install(monkeypatch) -> None:
    monkeypatch.setattr(notation, "find_spec", lambda name: None)
    with pytest.raises(MissingExtraError, match="score"):
        render_svg(piece())
    assert "image/svg+xml" not in score_to_html(piece())


def test_another_suffix_is_refused(tmp_path) -> None:
    with pytest.raises(UnknownNameError, match=r"\.svg"):
        write_pages(piece(), tmp_path / "page.docx")
