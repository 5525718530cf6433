"""The verb dream: any recording becomes music, or is refused with the reason."""

import io
import wave
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from componium.audio.recording import Sound, decode
from componium.composing.dream import SEATING, choose_programs, dream
from componium.errors import ComponiumError, ControlError, NotThisFormatError
from componium.methods import Method
from componium.methods.dream import Dream
from componium.music.instruments import of_part
from componium.music.time import tick_to_second

RATE = 8000


@pytest.fixture(scope="module")
def model() -> Method:
    from componium.inference.dream import shapes_of

    made = Dream(**{**Dream.TINY, "n_voices": 4, "sweeps": 8})
    rng = np.random.default_rng(0)
    weights = {name: rng.normal(0, 0.1, shape).astype(np.float32) for name, shape in shapes_of(made._sizes).items()}
    return made.set_weights({"profiles": {}}, weights)


def hum(seconds: float, knocks: float = 0.6) -> Sound:
    """A hum that swells, with regular knocks."""
    time = np.arange(int(seconds * RATE)) / RATE
    samples = np.sin(2 * np.pi * 110 * time) * (0.1 + 0.4 * (time > seconds / 2))
    samples += (time % knocks < 0.02) * np.random.default_rng(0).normal(size=len(time))
    return Sound((samples / max(np.abs(samples).max(), 1)).astype(np.float32), RATE)


@pytest.mark.parametrize("seconds", [0.25, 0.9, 3.3, 12.0])
def test_a_take_is_as_long_as_its_recording_to_a_sixteenth(model: Method, seconds: float) -> None:
    take = dream(hum(seconds), seed=1, method=model)
    length = float(tick_to_second(take.score, take.score.end))
    least = 60 / take.score.tempos[0].qpm  # a beat
    assert take.score.n_notes and length == pytest.approx(max(seconds, least), abs=0.26)
    assert len(take.score.tracks) == 4 and all(len(track.notes) for track in take.score.tracks)


def test_what_was_heard_is_said(model: Method) -> None:
    lines: list[str] = []
    take = dream(hum(12), seed=1, method=model, on_heard=lines.append)
    assert len(lines) == 1 and "pulse of 100 a minute" in lines[0] and "dB" in lines[0] and "Hz" in lines[0]
    assert take.asked["pulse"] == "100 a minute" and take.asked["seconds"] == 12.0
    assert take.measured["qpm"] == pytest.approx(100, abs=1)
    assert take.asked["key"].startswith("A ") or "A" in take.asked["key"]


def test_velocity_follows_loudness(model: Method) -> None:
    take = dream(hum(12), seed=1, method=model)
    notes = np.concatenate([track.notes for track in take.score.tracks])
    half = notes["onset"] < take.score.end // 2
    assert notes["velocity"][~half].mean() > notes["velocity"][half].mean() + 5


def test_takes_are_drawn_from_the_seed(model: Method) -> None:
    first, again = (dream(hum(4), seed=3, method=model, key="D minor") for _ in range(2))
    several = dream(hum(4), seed=3, method=model, key="D minor", n=2)
    assert first.score == again.score == several[0].score != several[1].score
    assert several[1].number == 2 and first.plan is not None and first.plan.key.tonic == 2


def wav(samples: np.ndarray, width: int, channels: int) -> bytes:
    with wave.open(file := io.BytesIO(), "wb") as out:
        out.setparams((channels, width, RATE, 0, "NONE", ""))
        scaled = np.repeat(samples[:, None], channels, axis=1)
        out.writeframes((scaled * 127 + 128).astype(np.uint8).tobytes() if width == 1 else
                        (scaled * 32767).astype("<i2").tobytes())  # fmt: skip
    return file.getvalue()


@pytest.mark.parametrize(("width", "channels", "gain"), [(1, 1, 1.0), (2, 2, 1.0), (2, 1, 30.0), (1, 2, 0.02)])
def test_8_bits_stereo_clipped_and_faint_files_are_music(
    model: Method, tmp_path: Path, width: int, channels: int, gain: float
) -> None:
    path = tmp_path / "in.wav"
    path.write_bytes(wav(np.clip(gain * hum(3).samples, -1, 1), width, channels))
    assert dream(path, voices=2, seed=0, method=model).score.n_notes > 3


@pytest.mark.parametrize(("samples", "reason"), [
    (np.zeros(RATE), "silent"), (np.ones(RATE) * 1e-7, "silent"), (np.zeros(0), "0.00 s"), (np.ones(100), "0.01 s"),
])  # fmt: skip
def test_silence_and_what_is_too_short_are_refused(model: Method, samples: np.ndarray, reason: str) -> None:
    with pytest.raises(ControlError, match=reason):
        dream(decode(wav(samples, 2, 1)), method=model)


def test_a_recording_with_one_sound_in_silence_is_silent_around_it(model: Method) -> None:
    samples = np.zeros(6 * RATE, dtype=np.float32)
    samples[3 * RATE : 4 * RATE] = hum(1).samples
    score = dream(Sound(samples, RATE), seed=0, method=model).score
    notes = np.concatenate([track.notes for track in score.tracks])
    onset, offset = (tick_to_second(score, ticks) for ticks in (notes["onset"], notes["onset"] + notes["duration"]))
    assert len(notes) and onset.min() > 2.3 and offset.max() < 4.9


@pytest.mark.parametrize(("options", "reason"), [
    ({"voices": 0}, "1 to 16"), ({"voices": 17}, "1 to 16"), ({"voices": 3, "instruments": "violin"}, "3 voices"),
    ({"instruments": "drums"}, "drums"), ({"method": "markov"}, "follow"), ({"key": "H flat"}, "key"),
])  # fmt: skip
def test_a_request_that_cannot_be_met_is_refused(options: dict, reason: str) -> None:
    with pytest.raises(ComponiumError, match=reason):
        dream(hum(1), **options)


def test_a_file_that_is_no_recording_is_refused_by_name(model: Method, tmp_path: Path) -> None:
    (tmp_path / "no.wav").write_bytes(b"nothing of the kind")
    with pytest.raises(NotThisFormatError, match=r"no\.wav"):
        dream(tmp_path / "no.wav", method=model)
    with pytest.raises(ControlError, match="the path"):
        dream(3, method=model)  # type: ignore[call-overload]


@pytest.mark.parametrize("n", range(1, 17))
def test_an_orchestra_of_any_size_is_seated_from_the_top(n: int) -> None:
    programs = choose_programs(n, None)
    assert len(programs) == n and list(programs) == sorted(programs, key=SEATING.index)


def test_instruments_keep_their_ranges(model: Method) -> None:
    take = dream(hum(3), instruments="piccolo, tuba", seed=0, method=model)
    for track in take.score.tracks:
        _, low, high = of_part(track.program)
        assert low <= track.notes["pitch"].min() and track.notes["pitch"].max() <= high
    assert replace(take.score, title="") != take.score
