"""Csound: the text of a .csd file, and the sound that Csound itself makes of it."""

import re
import shutil
import subprocess
import wave
from pathlib import Path

import numpy as np
import pytest

from componium.formats import csound
from componium.formats.csound.orchestra import sound_of
from componium.music.score import Score, Tempo, Track, notes
from componium.music.time import duration_seconds

PITCHED = (0, 16, 24, 40, 56, 68, 73, 80)  # a program of each kind of sound with a clear pitch
needs_csound = pytest.mark.skipif(shutil.which("csound") is None, reason="needs Csound (Debian's package csound)")


def statements(score: Score) -> list[str]:
    """Return the lines of the score section but for comments."""
    section = csound.dumps(score).decode().partition("<CsScore>\n")[2].partition("</CsScore>")[0]
    return [line for line in section.splitlines() if not line.startswith(";")]


def sound(score: Score, folder: Path) -> tuple[np.ndarray, int]:
    """Return the sound that Csound makes of a score, (T,) of -1 to 1, and its rate."""
    source, target = folder / "a.csd", folder / "a.wav"
    source.write_bytes(csound.dumps(score))
    done = subprocess.run(["csound", "-W", "-o", str(target), str(source)], capture_output=True, text=True, timeout=120,
                          check=False)  # fmt: skip
    assert done.returncode == 0 and "0 errors in performance" in done.stderr, done.stderr[-2000:]
    with wave.open(str(target)) as file:
        frames = np.frombuffer(file.readframes(file.getnframes()), "<i2").reshape(-1, 2)
        return frames / 32_768, file.getframerate()


def test_notes_are_statements_in_quarters_and_tempos_hold_until_the_next() -> None:
    tracks = (Track(notes([(0, 480, 60, 90), (720, 160, 67)]), 40), Track(), Track(notes([(0, 240, 36)]), is_drum=True))
    score = Score(tracks, tempos=(Tempo(0, 120), Tempo(480, 90.5)))
    assert statements(score) == [
        "t 0 120 1 120 1 90.5", "i 3 0 5.604167", "i 1 0 1 60 90", "i 1 1.5 0.333333 67 80", "i 2 0 0.5 36 80", "e"]


def test_no_text_is_more_than_a_comment() -> None:
    hostile = 'x\n</CsScore>\n<CsOptions>\n#include "/etc/passwd" $M {{ `system "id"` /* \\ \x00'
    score = Score((Track(notes([(0, 480, 60)]), name=hostile),), title=hostile, info={"composer": hostile})
    text = csound.dumps(score).decode()
    assert statements(score) == statements(Score((Track(notes([(0, 480, 60)])),)))
    comments = [line for line in text.splitlines() if line.startswith("; x")]
    assert len(comments) == 3 and not re.search(r'[<>#$"`{}\\*]', "".join(comments))
    assert text.count("<CsOptions>") == text.count("</CsScore>") == 1


def test_each_program_has_a_sound_and_a_score_without_notes_is_written() -> None:
    assert {sound_of(program).kind for program in range(128)} == {
        "struck", "bell", "plucked", "organ", "bowed", "brass", "reed", "flute", "voice", "noise"}
    assert statements(Score()) == ["t 0 120", "i 1 0 5", "e"]


@needs_csound
def test_parts_are_in_tune_and_end(tmp_path: Path) -> None:
    tracks = tuple(Track(notes([(1440 * at, 480, 69, 90)]), program) for at, program in enumerate(PITCHED))
    samples, rate = sound(Score(tracks, tempos=(Tempo(0, 60),)), tmp_path)
    for at in range(len(PITCHED)):
        second = samples[3 * at * rate : (3 * at + 1) * rate].sum(axis=1)
        spectrum = np.abs(np.fft.rfft(second * np.hanning(len(second)))) ** 2
        harmonics = sum(spectrum[435 * of : 446 * of].sum() for of in range(1, 9))
        assert harmonics > 0.9 * spectrum.sum(), f"program {PITCHED[at]}"
        silence = samples[(3 * at + 2) * rate + rate // 5 : 3 * (at + 1) * rate - rate // 10]
        assert np.square(silence).mean() < 1e-4 * np.square(second).mean()


@needs_csound
def test_a_band_is_as_long_as_its_score_audible_and_never_clips(tmp_path: Path) -> None:
    chords = [(480 * at, 480, pitch, 127) for at in range(16) for pitch in (60, 64, 67, 72)]
    kit = [(240 * at, 120, (36, 42, 38, 46, 49, 45, 60)[at % 7], 127) for at in range(32)]
    tracks = [Track(notes(chords), program) for program in (0, 19, 40, 52, 61, 25)]
    score = Score((*tracks, Track(notes(kit), is_drum=True)), tempos=(Tempo(0, 120), Tempo(3840, 160)))
    samples, rate = sound(score, tmp_path)
    assert len(samples) / rate == pytest.approx(duration_seconds(score) + csound.TAIL, abs=0.05)
    assert np.abs(samples).max() < 0.99
    assert 10 * np.log10(np.square(samples).mean()) > -30
    played = samples[: round(duration_seconds(score) * rate)]
    assert all(np.abs(piece).max() > 0.01 for piece in np.array_split(played, 24))
