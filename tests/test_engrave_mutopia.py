"""The script that engraves Mutopia's pieces: what it chooses, and how it names what is made."""

import importlib.util
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parent.parent / "scripts" / "engrave_mutopia.py"
HEADER = r"""\header {{
  title = "A \"tune\""
  mutopiainstrument = "{0}"
  license = "{1}"
  maintainer = "A. B."
}}
"""


@pytest.fixture(scope="module")
def script():
    spec = importlib.util.spec_from_file_location("engrave_mutopia", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def music(tmp_path):
    """Four pieces, of which two may be used."""
    for name, instrument, rights in (
        ("BachJS/BWV1/a", "Harpsichord, Piano", "Public Domain"),
        ("SorF/O1/b", "Classical Guitar", "Creative Commons Attribution 4.0"),
        ("SorF/O2/c", "Guitar", "Creative Commons Attribution-ShareAlike 4.0"),
        ("HandelGF/O1/d", "Violin and Piano", "Public Domain"),
    ):
        path = tmp_path / "checkout" / "ftp" / f"{name}.ly"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(HEADER.format(instrument, rights))
    return tmp_path / "checkout"


def test_pieces_for_one_player_with_free_licenses_are_chosen(script, music):
    chosen = [(piece.path.stem, piece.kind) for piece in script.choose(music / "ftp")]
    assert chosen == [("a", "harpsichord"), ("b", "guitar")]


@pytest.mark.parametrize(("instrument", "kind"), [
    ("Pianoforte", "piano"), ("Lute, Guitar", "guitar"), ("Organ", "organ"), ("SATB, Organ", ""), ("Violin", ""),
])  # fmt: skip
def test_an_instrument_belongs_to_one_corpus(script, instrument, kind):
    assert script.kind_of(instrument) == kind


def test_scores_of_one_file_are_numbered_and_the_index_states_their_rights(script, music, tmp_path, monkeypatch):
    def run(command, stdout=None):
        if command[0] == "lilypond":
            place = Path(command[command.index("-o") + 1])
            for name in ("out-1.mid", "out.mid") if command[-1].endswith("b.ly") else ("out.mid",):
                (place.parent / name).write_bytes(name.encode())

    monkeypatch.setattr(script, "run", run)
    out = tmp_path / "mutopia_midi"
    out.mkdir()
    script.main(str(music), str(out))
    rows = [line.split("\t") for line in (out / "index.tsv").read_text().splitlines()]
    assert rows[0][:3] == ["file", "licence", "composer"]
    assert [row[0] for row in rows[1:]] == [
        "guitar/SorF__O1__b-00.mid", "guitar/SorF__O1__b-01.mid", "harpsichord/BachJS__BWV1__a.mid"]  # fmt: skip
    assert rows[1][1:4] == ["Creative Commons Attribution 4.0", "SorF", 'A "tune"']
    assert rows[1][4:] == ["Classical Guitar", "A. B.", "SorF/O1/b.ly"]
    assert all((out / row[0]).is_file() for row in rows[1:])
