"""The gallery's files can be read, its index lists them all, and it stays small."""

import csv
from pathlib import Path

import pytest

import componium
from componium.analysis.meter import counted_bars

FOLDER = Path(__file__).parent.parent / "examples" / "gallery"
FILES = sorted(FOLDER.glob("*.mid"))


def rows():
    with open(FOLDER / "index.csv", newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_the_index_lists_every_file_once():
    assert sorted(row["file"] for row in rows()) == [path.name for path in FILES]
    assert FILES


def test_the_page_shows_the_index():
    text = (FOLDER / "README.md").read_text(encoding="utf-8")
    for row in rows():
        cells = [f"[{row['file']}]({row['file']})", *list(row.values())[1:]]
        assert f"| {' | '.join(cells)} |" in text


def test_the_gallery_stays_small():
    assert sum(path.stat().st_size for path in FOLDER.iterdir()) < 1_500_000


@pytest.mark.parametrize("row", rows(), ids=lambda row: row["file"])
def test_a_file_is_the_piece_that_the_index_states(row):
    score = componium.read(FOLDER / row["file"])
    assert score.n_notes == int(row["notes"])
    assert counted_bars(score) == int(row["bars"])
    assert len([track for track in score.tracks if len(track.notes)]) <= len(row["parts"].split(", "))
