"""The infill command: bars are numbered as on a page, voices from 1, alternatives are numbered, changes are printed."""

import json
from dataclasses import replace

import pytest
from click.testing import CliRunner

import componium
from componium.analysis.meter import pickup_ticks
from componium.cli import program
from componium.methods.base import make
from componium.music.score import Meter
from componium.music.time import bar_lines
from componium.music.transform import concatenate, slice_bars
from componium.testing.music import make_corpus, make_tune

runner = CliRunner()


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    path = tmp_path_factory.mktemp("model")
    make("markov", order=1, codec={"name": "events", "regions": True}).fit(make_corpus()).save(path)
    return path


@pytest.fixture
def tune(tmp_path):
    componium.write(make_tune(3), tmp_path / "tune.mid")
    return tmp_path / "tune.mid"


def infill(*words):
    return runner.invoke(program, ["infill", *map(str, words), "--seed", "1"])


def test_the_bars_named_are_written_and_no_others(folder, tune, tmp_path):
    done = infill(tune, tmp_path / "new.mid", "--bars", "3-4", "--method", folder)
    assert done.exit_code == 0, done.stderr
    before, after = componium.read(tune), componium.read(tmp_path / "new.mid")
    lines = bar_lines(before)
    for old, new in zip(before.tracks, after.tracks, strict=True):
        kept = [array[(array["onset"] < lines[2]) | (array["onset"] >= lines[4])] for array in (old.notes, new.notes)]
        assert kept[0].tolist() == kept[1].tolist()
    assert "bar 3," in done.stderr


def test_bars_are_numbered_as_on_a_page(folder, tmp_path):
    tune, new = tmp_path / "tune.musicxml", tmp_path / "new.musicxml"
    componium.write(replace(make_tune(3), meters=(Meter(0, 1, 4), Meter(480, 4, 4))), tune)
    before = componium.read(tune)
    assert pickup_ticks(before) == 480
    done = infill(tune, new, "--bars", "2", "--voices", "1", "--temperature", "2", "--method", folder)
    assert done.exit_code == 0 and "bar 2," in done.stderr, done.stderr
    after, lines = componium.read(new), bar_lines(before)
    kept = [array[(array["onset"] < lines[2]) | (array["onset"] >= lines[3])] for array in
            (before.tracks[0].notes, after.tracks[0].notes)]  # fmt: skip
    assert kept[0].tolist() == kept[1].tolist() and before.tracks[0] != after.tracks[0]
    assert "bars 0 to" in infill(tune, new, "--bars", "99", "--method", folder).stderr
    assert infill(tune, new, "--bars", "0", "--method", folder).exit_code == 0


def test_alternatives_are_numbered(folder, tune, tmp_path):
    done = infill(tune, tmp_path / "new.mid", "--bars", "2", "--voices", "1", "-n", "2", "--json", "--method", folder)
    assert done.exit_code == 0, done.stderr
    assert [take["file"] for take in json.loads(done.stdout)] == [str(tmp_path / f"new-{at}.mid") for at in (1, 2)]
    assert (tmp_path / "new-2.mid").exists()


@pytest.mark.parametrize("wrong", [["--bars", "x"], ["--bars", "0-2"], ["--bars", "900"], ["--voices", "9"]])
def test_wrong_wishes_are_refused(folder, tune, tmp_path, wrong):
    done = infill(tune, tmp_path / "new.mid", *wrong, "--method", folder)
    assert done.exit_code in (1, 2)
    assert done.stderr.startswith(("error:", "Usage:"))
    assert not (tmp_path / "new.mid").exists()


# ------------------------------------------------------------------------------------------- files that are patched


LYRIC = '<lyric number="1"><syllabic>single</syllabic><text>la</text></lyric>'
SLUR = '<notations><slur type="start" number="1"/></notations>'


def with_marks(data):
    """A MusicXML file with a lyric on every note of its first part, slurs, and a comment."""
    first, *others = data.decode().split("</part>")
    first = first.replace("</note>", f"{LYRIC}</note>").replace(LYRIC, SLUR + LYRIC, 3)
    return "</part>".join([first, *others]).replace("<part id", "<!-- by hand --><part id", 1).encode()


def test_a_musicxml_file_keeps_lyrics_and_slurs_elsewhere(folder, tmp_path):
    source, target = tmp_path / "tune.musicxml", tmp_path / "new.musicxml"
    componium.write(make_tune(3), source)
    source.write_bytes(with_marks(source.read_bytes()))
    done = infill(source, target, "--bars", "3-4", "--voices", "1", "--method", folder)
    assert done.exit_code == 0, done.stderr
    assert f"{target}: patched" in done.stderr
    before, after = (path.read_text().split("<measure") for path in (source, target))
    changed = [at for at, (old, new) in enumerate(zip(before, after, strict=True)) if old != new]
    assert set(changed) <= {0, 3, 4, 5}  # the head has the provenance; a note may end in the fifth
    assert LYRIC in after[1] or LYRIC in after[2]
    assert "by hand" in after[0]
    assert componium.read(target).about("provenance")
    check_outside(source, target, 2, 4)


def test_a_measure_that_is_repeated_is_patched_in_all_its_bars(folder, tmp_path):
    source, target = tmp_path / "tune.musicxml", tmp_path / "new.musicxml"
    tune = slice_bars(make_tune(3), 0, 4)
    componium.write(concatenate(tune, tune), source)
    assert source.read_text().count("<measure") == 2 * 4
    done = infill(source, target, "--bars", "7", "--temperature", "2", "--method", folder)
    assert done.exit_code == 0, done.stderr
    assert f"{target}: patched" in done.stderr and "bar 3, " in done.stderr and "bar 7, " in done.stderr
    after = componium.read(target)
    assert slice_bars(after, 0, 4).tracks == slice_bars(after, 4, 8).tracks
    check_outside(source, target, 2, 7)
    again = infill(target, target, "--bars", "3", "--density", "0", "--method", folder)
    unchanged = infill(target, target, "--bars", "3", "--density", "0", "--method", folder)
    assert (again.exit_code, unchanged.exit_code) == (0, 0) and "no note is another" in unchanged.stderr


def test_a_midi_file_keeps_its_controllers(folder, tune, tmp_path):
    from componium.formats.midi.raw import Chunk, Event, join_file, join_track, split_file, split_track

    head, chunks = split_file(tune.read_bytes())
    first, *others = split_track(chunks[-1].body)
    marks = [Event(0, 0xB0, b"\x0b\x50"), Event(0, 0xFF, b"\x05\x02la"), Event(0, 0xF0, b"\x02\x01\xf7")]
    tune.write_bytes(join_file(head, [*chunks[:-1], Chunk(b"MTrk", join_track([first, *marks, *others]))]))
    done = infill(tune, tmp_path / "new.mid", "--bars", "3-4", "--method", folder)
    assert done.exit_code == 0, done.stderr
    assert "patched" in done.stderr
    events = split_track(split_file((tmp_path / "new.mid").read_bytes())[1][-1].body)
    found = [event for event in events if event.status in (0xB0, 0xF0) or event.data[:1] == b"\x05"]
    assert [event[:3] for event in found] == [event[:3] for event in marks]
    check_outside(tune, tmp_path / "new.mid", 2, 4)


def check_outside(source, target, first, last):
    before, after = componium.read(source), componium.read(target)
    lines = bar_lines(before)
    for old, new in zip(before.tracks, after.tracks, strict=True):
        kept = [array[(array["onset"] < lines[first]) | (array["onset"] >= lines[last])][["onset", "duration", "pitch"]]
                for array in (old.notes, new.notes)]  # fmt: skip
        assert kept[0].tolist() == kept[1].tolist()


def test_other_formats_are_written_anew_and_that_is_said(folder, tune, tmp_path):
    done = infill(tune, tmp_path / "new.musicxml", "--bars", "3", "--method", folder)
    assert done.exit_code == 0, done.stderr
    assert "written anew" in done.stderr
    assert "from .mid to .musicxml" in done.stderr
