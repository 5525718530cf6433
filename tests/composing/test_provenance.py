"""Provenance: every file of a take that can carry it states how the take was made; outside readers find it there."""

import html
import re
import zlib
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from xml.etree import ElementTree

import mido
import pytest
from PIL import Image

import componium
from componium.composing.take import Take
from componium.music.provenance import PROVENANCE, describe, provenance_of, with_provenance
from componium.music.score import Key, Meter, Score, Track, notes
from componium.render import _engrave
from componium.render.notebook import score_to_html

READ = ("mid", "musicxml", "mxl", "abc", "krn")
SOUND = ("wav", "flac", "ogg", "mp3")


@pytest.fixture(scope="module")
def take() -> Take:
    score = Score((Track(notes([(0, 480, 60), (480, 480, 64)]), name="Flöte"),), meters=(Meter(0, 4, 4),),
                  keys=(Key(0, 0),), title="Dúlamán 100 %")
    return Take(score, 7, 2, asked={"key": "auto", "bars": 1}, measured={"bars": 1, "key": "C major"}, method="markov",
                model="dúlamán | mine", weights="0123abcd", sampling={"temperature": 0.9})


def test_it_is_one_line_with_all_that_is_known(take: Take) -> None:
    assert take.provenance == (
        f"made by Componium {componium.__version__}; method: markov; model: dúlamán | mine; weights: 0123abcd; "
        "seed: 7; take: 2; sampling: temperature=0.9; asked: bars=1; measured: bars=1, key=C major")
    assert describe({"version": "1", "seed": None, "asked": {"style": " c\n d "}}) == (
        "made by Componium 1; asked: style=c d")


def test_a_new_record_replaces_an_old_one(take: Take) -> None:
    score = with_provenance(with_provenance(take.score, "old"), "new")
    assert provenance_of(score) == "new" and [key for key, _ in score.info] == [PROVENANCE]
    assert provenance_of(take.score) == ""  # the score of a take is as it was made


@pytest.mark.parametrize("suffix", READ)
def test_formats_give_it_back(take: Take, tmp_path: Path, suffix: str) -> None:
    take.write(tmp_path / f"take.{suffix}")
    assert provenance_of(componium.read(tmp_path / f"take.{suffix}")) == take.provenance


def test_a_score_of_our_own_json_and_lilypond_state_it(take: Take, tmp_path: Path) -> None:
    componium.write(take.annotated(), tmp_path / "score.json")
    assert provenance_of(componium.read(tmp_path / "score.json")) == take.provenance
    take.write(tmp_path / "take.ly")
    assert f'provenance = "{take.provenance}"' in (tmp_path / "take.ly").read_text(encoding="utf-8")


def test_outside_readers_find_it_in_midi_musicxml_and_pictures(take: Take, tmp_path: Path) -> None:
    for suffix in ("mid", "musicxml", "png"):
        take.write(tmp_path / f"take.{suffix}")
    messages = [message for track in mido.MidiFile(tmp_path / "take.mid", charset="utf-8").tracks for message in track]
    assert f"provenance: {take.provenance}" in [message.text for message in messages if message.type == "text"]
    fields = ElementTree.parse(tmp_path / "take.musicxml").iterfind(".//miscellaneous-field[@name='provenance']")
    assert [field.text for field in fields] == [take.provenance]
    assert Image.open(tmp_path / "take.png").text["Description"] == take.provenance  # type: ignore[attr-defined]


@pytest.mark.parametrize("suffix", SOUND)
def test_outside_readers_find_it_in_sound(take: Take, tmp_path: Path, suffix: str) -> None:
    soundfile = pytest.importorskip("soundfile")
    take.write(tmp_path / f"take.{suffix}", synth="additive", sample_rate=16_000)
    with soundfile.SoundFile(tmp_path / f"take.{suffix}") as file:
        assert (file.title, file.comment) == (take.score.title, take.provenance)
        assert file.frames > 16_000


def test_a_notebook_shows_it(take: Take) -> None:
    silent = replace(take, score=Score(title="<b>"), model="<mine>")
    assert f"<small>{html.escape(silent.provenance)}</small>" in silent._repr_html_()
    assert "<mine>" not in silent._repr_html_() and "<small>" not in score_to_html(silent.score)


def test_a_page_has_it_as_its_description(take: Take) -> None:
    page = _engrave.with_description('<svg width="1">\n<g/></svg>', f"{take.provenance} & <more>")
    assert ElementTree.fromstring(page)[0].text == f"{take.provenance} & <more>"
    assert _engrave.with_description("<svg/>", "") == "<svg/>"


@pytest.mark.skipif(find_spec("cairosvg") is None, reason="needs the extra `score`")
def test_a_pdf_has_it_as_its_subject(take: Take) -> None:
    page = '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><path d="M0 0H9"/></svg>'
    pdf = _engrave.pdf_of([page], "Title", "made by Componium; seed: 7")
    streams = re.findall(rb"stream\r?\n(.*?)\r?\nendstream", pdf, re.DOTALL)
    text = pdf + b"".join(zlib.decompress(stream) for stream in streams if stream[:1] == b"x")
    assert b"/Subject (made by Componium; seed: 7)" in text and b"/Title (Title)" in text
