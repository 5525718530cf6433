"""Spelling of notes among others: textbook lines, that the pitch stays, and printed scores as the oracle."""

import os
import zipfile
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from componium.music.pitch import LETTERS
from componium.music.score import Key
from componium.notation.spelling import Spelling, spell_notes, spell_pitch, str_spelling

DATA = Path(os.environ.get("COMPONIUM_DATA", "nowhere"))
SONGS = 20


@pytest.mark.parametrize(("key", "line"), [
    (Key(0, 0, "minor"), "A4 C5 E5 D#5 E5 G#4 A4"),  # the raised fourth and the leading note
    (Key(0, -1, "minor"), "D4 F4 A4 C#5 D5 B4 C#5 D5"),  # the raised sixth
    (Key(0, -3, "minor"), "C4 Eb4 G4 F#4 G4 B4 C5"),  # the third of the dominant's dominant
    (Key(0, 0), "C4 E4 G4 C#4 D4 F4 A4"),  # the third of the supertonic's dominant
    (Key(0, 6), "F#4 A#4 C#5 E#5 F#5"), (Key(0, -6), "Gb4 Bb4 Db5 F5 Gb5"),
])  # fmt: skip
def test_chromatic_notes_are_spelled_as_in_textbooks(key: Key, line: str) -> None:
    pitches = [12 * (int(name[-1]) + 1) + LETTERS[name[0]] + name.count("#") - name.count("b") for name in line.split()]
    found = spell_notes(np.array(pitches), [key] * len(pitches))
    assert " ".join(map(str_spelling, found)) == line


@given(st.lists(st.tuples(st.integers(0, 127), st.integers(-7, 7)), max_size=80))
def test_every_spelling_sounds_as_its_pitch_and_can_be_written(notes: list[tuple[int, int]]) -> None:
    found = spell_notes(np.array([pitch for pitch, _ in notes], dtype=np.int64), [Key(0, each) for _, each in notes])
    assert [12 * (each.octave + 1) + LETTERS[each.step] + each.alter for each in found] == [pitch for pitch, _ in notes]
    assert all(abs(each.alter) <= 2 and each.octave >= -1 for each in found)


def printed(path: Path) -> list[tuple[int, Spelling, Key]]:
    """Return (pitch, spelling, key) of the notes of a MusicXML file, by onset; none of one that transposes."""
    with zipfile.ZipFile(path) as archive:
        name = next(name for name in archive.namelist() if name.endswith(".xml") and "META-INF" not in name)
        score = ElementTree.fromstring(archive.read(name))
    rows: list[tuple[float, int, Spelling, Key]] = []
    for part in score.findall("part") if score.find(".//transpose") is None else ():
        start, divisions, key = 0.0, 1, Key(0, 0)
        for measure in part.findall("measure"):
            now = last = end = start
            for item in measure:
                divisions = int(item.findtext("divisions", str(divisions)))
                key = Key(0, int(item.findtext("key/fifths", str(key.fifths))))
                length = float(item.findtext("duration", "0")) / divisions * (-1 if item.tag == "backup" else 1)
                is_chord = item.find("chord") is not None
                last, now = (last, now) if is_chord else (now, now + length)
                end = max(end, now)
                pitch = item.find("pitch")
                if pitch is not None and item.find("grace") is None:
                    spelling = Spelling(pitch.findtext("step", ""), int(float(pitch.findtext("alter", "0"))),
                                        int(pitch.findtext("octave", "4")))  # fmt: skip
                    rows.append((last, 12 * (spelling.octave + 1) + LETTERS[spelling.step] + spelling.alter,
                                 spelling, key))  # fmt: skip
            start = end
    return [row[1:] for row in sorted(rows, key=lambda row: row[:2])]


@pytest.mark.data
@pytest.mark.skipif("COMPONIUM_DATA" not in os.environ, reason="COMPONIUM_DATA names no folder")
def test_songs_are_spelled_as_printed() -> None:
    wrong, by_key_alone, total = 0, 0, 0
    for path in sorted((DATA / "openscore_lieder").rglob("*.mxl"))[:: 1460 // SONGS]:
        if notes := printed(path):
            found = spell_notes(np.array([pitch for pitch, _, _ in notes]), [key for _, _, key in notes])
            wrong += sum(each != as_printed for each, (_, as_printed, _) in zip(found, notes, strict=True))
            by_key_alone += sum(spell_pitch(pitch, key) != as_printed for pitch, as_printed, key in notes)
            total += len(notes)
    assert wrong < 0.75 * by_key_alone and wrong < 0.03 * total
