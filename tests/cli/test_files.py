"""The commands that read and write files: convert, render, show; and what they do with `-`."""

import io
import json
import wave

import pytest
from click.testing import CliRunner

from componium import formats, registry
from componium.cli import program
from componium.formats import midi as midi_format
from componium.music.score import Meter, Score, Tempo, Track, notes

runner = CliRunner()
SCORE = Score(
    tracks=(Track(notes([(0, 480, 60, 80), (480, 480, 64, 80), (960, 960, 67, 80)]), program=40, name="Violin"),),
    meters=(Meter(0, 4, 4),),
    tempos=(Tempo(0, 100),),
    title="Tune",
)


@pytest.fixture
def tune(tmp_path):
    path = tmp_path / "tune.mid"
    formats.write(SCORE, path)
    return path


def midi():
    return midi_format.dumps(SCORE)


def pitches(data, suffix):
    score = formats.find_reader(suffix).loads(data)
    return [int(note["pitch"]) for track in score.tracks for note in track.notes]


def writable():
    modules = {name: registry.load("formats", name) for name in registry.names("formats")}
    return sorted(module.SUFFIXES[0] for module in modules.values() if hasattr(module, "dumps"))


@pytest.mark.parametrize("suffix", writable())
def test_convert_writes_every_format_there_is(tune, tmp_path, suffix):
    target = tmp_path / f"out{suffix}"
    result = runner.invoke(program, ["convert", str(tune), str(target)])
    assert (result.exit_code, result.stdout, result.stderr) == (0, "", "")
    if suffix in formats.readable_suffixes():
        assert pitches(target.read_bytes(), suffix) == [60, 64, 67]


@pytest.mark.parametrize("arguments", [["out.mxl"], ["out", "--to", "mxl"], ["-", "--to", "mxl"]])
def test_convert_packs_what_its_suffix_says_is_packed(tune, tmp_path, arguments):
    target, *options = arguments
    path = target if target == "-" else str(tmp_path / target)
    result = runner.invoke(program, ["convert", str(tune), path, *options])
    assert result.exit_code == 0, result.stderr
    data = result.stdout_bytes if target == "-" else (tmp_path / target).read_bytes()
    assert data.startswith(b"PK\x03\x04")
    assert pitches(data, ".mxl") == [60, 64, 67]


def test_formats_tells_of_each_what_it_does_and_loses():
    listed = json.loads(runner.invoke(program, ["formats", "--json"]).stdout)
    assert [row["name"] for row in listed] == list(registry.names("formats"))
    by_name = {row["name"]: row for row in listed}
    assert by_name["json"] == {"name": "json", "suffixes": [".json"], "read": True, "written": True, "patched": False,
                               "loses": {}, "loses_when_read": {}}
    assert (by_name["lilypond"]["read"], by_name["lilypond"]["written"]) == (False, True)
    assert by_name["midi"]["loses"]["voice"] == "becomes 0"
    text = runner.invoke(program, ["formats"]).stdout
    assert "json (.json): read and written\n" in text
    assert "mxl (.mxl): read, written and patched\n" in text
    assert "lilypond (.ly): written\n" in text


def test_convert_is_a_filter(tune):
    result = runner.invoke(program, ["convert", "-", "-", "--from", "mid", "--to", "mid"], input=midi())
    assert result.exit_code == 0
    assert pitches(result.stdout_bytes, ".mid") == [60, 64, 67]


def test_convert_takes_the_formats_it_is_told_over_the_suffixes(tmp_path):
    source, target = tmp_path / "source.bin", tmp_path / "target.dat"
    source.write_bytes(midi())
    result = runner.invoke(program, ["convert", str(source), str(target), "--from", "mid", "--to", ".mid"])
    assert result.exit_code == 0, result.stderr
    assert pitches(target.read_bytes(), ".mid") == [60, 64, 67]


@pytest.mark.parametrize("arguments", [["-", "out.mid"], ["in.mid", "-"]])
def test_stdin_and_stdout_need_a_format(arguments):
    result = runner.invoke(program, ["convert", *arguments])
    assert result.exit_code == 2
    assert "such as" in result.stderr


def test_a_file_that_is_not_there_is_an_error_not_a_traceback(tmp_path):
    result = runner.invoke(program, ["convert", str(tmp_path / "no.mid"), str(tmp_path / "out.mid")])
    assert result.exit_code == 1
    assert result.stderr == f"error: No such file or directory: {tmp_path / 'no.mid'}\n"


def test_an_unknown_suffix_is_refused_before_anything_is_written(tune, tmp_path):
    result = runner.invoke(program, ["convert", str(tune), str(tmp_path / "out.midd")])
    assert result.exit_code == 1
    assert "did you mean .mid" in result.stderr
    assert list(tmp_path.iterdir()) == [tune]


@pytest.mark.parametrize(("names", "known"), [
    (("tune.mid", "out.docx"), formats.writable_suffixes), (("tune.docx", "out.mid"), formats.readable_suffixes),
])  # fmt: skip
def test_an_unknown_suffix_lists_the_known_ones(tune, names, known):
    result = runner.invoke(program, ["convert", *(str(tune.parent / name) for name in names)])
    assert result.exit_code == 1
    assert all(suffix in result.stderr for suffix in known())


def test_what_is_not_the_format_is_refused_with_the_file_named(tmp_path):
    source = tmp_path / "page.mid"
    source.write_bytes(b"<!DOCTYPE html><html></html>")
    result = runner.invoke(program, ["convert", str(source), str(tmp_path / "out.mid")])
    assert result.exit_code == 1
    assert result.stderr.startswith("error: ")
    assert str(source) in result.stderr


def test_a_mended_file_is_converted_with_a_warning_and_refused_if_strict(tmp_path):
    source, target = tmp_path / "cut.mid", tmp_path / "out.mid"
    source.write_bytes(midi()[:-8])
    mended = runner.invoke(program, ["convert", str(source), str(target)])
    assert (mended.exit_code, mended.stdout) == (0, "")
    assert mended.stderr.startswith("warning: ")
    assert target.exists()
    target.unlink()
    refused = runner.invoke(program, ["convert", str(source), str(target), "--strict"])
    assert refused.exit_code == 1
    assert not target.exists()


BOOK = "X:1\nT:One\nM:4/4\nL:1/4\nK:C\nCDEF|\n\nX:2\nT:Two\nM:4/4\nL:1/4\nK:C\nGABc|\n"


def test_one_piece_of_a_tune_book_is_chosen(tmp_path):
    source, target = tmp_path / "book.abc", tmp_path / "two.mid"
    source.write_text(BOOK)
    assert runner.invoke(program, ["convert", str(source), str(target), "--piece", "2"]).exit_code == 0
    assert pitches(target.read_bytes(), ".mid") == [67, 69, 71, 72]


def test_a_piece_that_is_not_there_is_refused(tmp_path):
    source = tmp_path / "book.abc"
    source.write_text(BOOK)
    result = runner.invoke(program, ["convert", str(source), str(tmp_path / "x.mid"), "--piece", "3"])
    assert result.exit_code == 1
    assert "expected 1 to 2" in result.stderr


def test_render_makes_sound(tune, tmp_path):
    target = tmp_path / "tune.wav"
    arguments = ["render", str(tune), str(target), "--synth", "additive", "--sample-rate", "16000"]
    result = runner.invoke(program, arguments)
    assert (result.exit_code, result.stdout) == (0, ""), result.stderr
    with wave.open(str(target)) as sound:
        assert sound.getframerate() == 16000
        assert sound.getnframes() / 16000 > 2.4  # four quarters at 100 a minute


def rendered(source, target, *options):
    arguments = ["render", str(source), str(target), "--synth", "additive", "--sample-rate", "8000", *options]
    result = runner.invoke(program, arguments)
    assert result.exit_code == 0, result.stderr
    return target.read_bytes(), result.stderr


def test_render_performs_a_score_but_not_what_is_played(tune, tmp_path):
    target = tmp_path / "tune.wav"
    plain, _ = rendered(tune, target, "--expression", "0")
    performed, said = rendered(tune, target)
    assert performed != plain and "of its own" not in said
    assert rendered(tune, target, "--style", "chorales")[0] != performed
    hand = Score((Track(notes([(at * 480 + at % 7, 400, 60 + at % 5, 60 + at) for at in range(16)])),))
    formats.write(hand, tmp_path / "hand.mid")
    plain, said = rendered(tmp_path / "hand.mid", target)
    assert "the file has dynamics and timing of its own" in said
    assert rendered(tmp_path / "hand.mid", target, "--expression", "0") == (plain, "")
    assert rendered(tmp_path / "hand.mid", target, "--expression", "1")[0] != plain


def test_render_sends_sound_to_stdout(tune):
    arguments = ["render", str(tune), "-", "--to", "wav", "--synth", "additive", "--sample-rate", "8000"]
    result = runner.invoke(program, arguments)
    with wave.open(io.BytesIO(result.stdout_bytes)) as sound:
        assert sound.getframerate() == 8000


def test_render_makes_a_picture(tune, tmp_path):
    target = tmp_path / "tune.png"
    assert runner.invoke(program, ["render", str(tune), str(target)]).exit_code == 0
    assert target.read_bytes().startswith(b"\x89PNG")


def test_render_makes_nothing_else(tune, tmp_path):
    assert runner.invoke(program, ["render", str(tune), str(tmp_path / "tune.gif")]).exit_code == 2


def test_render_refuses_an_unknown_synthesizer(tune, tmp_path):
    result = runner.invoke(program, ["render", str(tune), str(tmp_path / "tune.wav"), "--synth", "organ"])
    assert result.exit_code == 1
    assert "additive" in result.stderr


def test_show_draws_the_piece_within_the_width(tune):
    result = runner.invoke(program, ["show", str(tune), "--width", "60"])
    assert result.exit_code == 0
    assert result.stdout.strip()
    assert max(len(line) for line in result.stdout.splitlines()) <= 60


def test_show_has_no_color_off_a_terminal_unless_asked_for(tune):
    assert "\x1b" not in runner.invoke(program, ["show", str(tune)]).stdout
    assert "\x1b" in runner.invoke(program, ["show", str(tune), "--color"]).stdout
