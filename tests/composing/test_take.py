"""Takes: what they record, print and write."""

import json
import wave
from dataclasses import replace
from pathlib import Path

import componium
from componium.composing.compose import compose
from componium.composing.extend import extend
from componium.formats import midi


def test_a_take_records_what_was_asked_and_measured(folder: Path) -> None:
    take = compose("tunes", bars=4, seed=1, method=folder)
    record = take.to_json()
    assert json.loads(json.dumps(record)) == record
    assert record["version"] == componium.__version__ and record["method"] == "markov" and len(record["weights"]) == 16
    assert record["asked"]["style"] == "tunes" and record["asked"]["key"] == "auto"
    assert record["originality"] == take.originality.to_json()
    assert record["sampling"] == {"temperature": 1.0, "top_p": 0.98, "endings": 8}
    assert take.request.controls.style == "tunes" and take.parent is None
    assert take.plan is not None and (take.plan.bars, record["plan"]["style"]) == (4, "tunes")


def test_it_prints_what_was_asked_and_measured(folder: Path) -> None:
    take = compose("tunes", bars=4, seed=1, method=folder)
    lines = str(take).splitlines()
    assert lines[0] == repr(take) and "4 bars" in lines[0] and "markov" in lines[0]
    assert [line.split() for line in lines if line.startswith("  bars")] == [["bars", "4", "4"]]
    report = lines.index("  shared with the training music:")
    assert " ".join(" ".join(lines[report + 1 : -1]).split()) == " ".join(str(take.originality).split())
    assert max(map(len, lines)) <= 80
    assert not any(line.startswith("  energy") for line in lines)  # neither asked for nor measured
    assert "seed 1" in lines[-1] and take.weights in lines[-1]


def test_equal_instruments_are_counted_and_an_accompaniment_is_named(folder: Path) -> None:
    take = compose("tunes", bars=4, seed=1, method=folder)
    told = replace(take, measured={"instruments": ["oboe", "horn", "horn"], "duration": 40.5, "qpm": 95.0})
    assert [line.split("  ")[-1].strip() for line in str(told).splitlines()[2:5]] == ["oboe, 2 horn", "40.5 s", "95"]
    accompanied = replace(take, score=replace(take.score, info={"accompaniment": "Guitar, Bass"}))
    assert "  accompaniment, not measured: Guitar, Bass" in str(accompanied).splitlines()
    assert "array" not in repr(take)


def test_it_is_written_by_suffix(folder: Path, tmp_path: Path) -> None:
    take = compose(bars=4, seed=2, method=folder)
    for suffix in ("mid", "wav", "png", "json"):
        take.write(tmp_path / f"take.{suffix}")
    assert componium.read(tmp_path / "take.mid").n_notes == take.score.n_notes
    with wave.open(str(tmp_path / "take.wav")) as file:
        assert file.getnchannels() == 2 and file.getnframes() > 44100
    assert (tmp_path / "take.png").read_bytes().startswith(b"\x89PNG")
    assert json.loads((tmp_path / "take.json").read_text())["seed"] == 2


def test_sound_and_midi_are_performed_and_midi_reads_as_the_score(folder: Path, tmp_path: Path) -> None:
    take = compose("tunes", bars=4, seed=2, method=folder)
    take.write(tmp_path / "take.mid")
    take.write(tmp_path / "plain.mid", expression=0)
    assert (tmp_path / "plain.mid").read_bytes() == midi.dumps(take.annotated())
    assert (tmp_path / "take.mid").read_bytes() == midi.dumps(take.perform()) != midi.dumps(take.annotated())
    assert componium.read(tmp_path / "take.mid") == componium.read(tmp_path / "plain.mid")
    assert take.perform().score == take.annotated()


def test_a_parent_is_recorded(folder: Path) -> None:
    parent = compose("tunes", bars=4, seed=2, method=folder)
    child = extend(parent, 2, seed=3, method=folder)
    assert child.to_json()["parent"] == parent.to_json()
