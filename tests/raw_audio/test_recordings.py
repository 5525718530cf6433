"""Sound to learn from: what a folder gives, what it leaves out and why, and what is held out."""

import wave

import numpy as np
import pytest

from componium import formats
from componium.errors import CorpusError
from componium.music.score import Score, Tempo, Track, notes
from componium.raw_audio import recordings
from componium.raw_audio.model import RawAudio

TONE = (0.5 * np.sin(2 * np.pi * 300 * np.arange(8000) / 8000)).astype(np.float32)
TUNE = Score((Track(notes([(0, 480, 69), (480, 480, 71)])),), tempos=(Tempo(0, 120),))


def recorded(path, samples=TONE, rate=8000) -> None:
    RawAudio(rate=rate).write(samples, path)


def test_recordings_are_read_in_subfolders_too_at_the_rate_asked_for(tmp_path) -> None:
    recorded(tmp_path / "a/one.wav")
    recorded(tmp_path / "two.wav")
    reports = []
    sounds = recordings.load(tmp_path, 16_000, on_progress=reports.append)
    assert [len(each) for each in sounds.recordings] == [16_000, 16_000]
    assert (sounds.seconds, sounds.left_out) == (2.0, ())
    assert [(report.done, report.total) for report in reports] == [(1, 2), (2, 2)]
    assert np.abs(sounds.recordings[0]).max() == pytest.approx(1.0, abs=0.02)


def test_one_file_will_do(tmp_path) -> None:
    recorded(tmp_path / "one.wav")
    recorded(tmp_path / "two.wav")
    assert len(recordings.load(tmp_path / "one.wav", 8000).recordings) == 1


def test_a_score_is_played_by_the_built_in_synthesizer(tmp_path) -> None:
    formats.write(TUNE, tmp_path / "tune.mid")
    (samples,) = recordings.load(tmp_path, 8000).recordings
    assert len(samples) >= 8000 and samples.dtype == np.float32 and np.abs(samples).max() == pytest.approx(1.0)
    heard = np.abs(np.fft.rfft(samples[:4000] * np.hanning(4000)))
    assert heard.argmax() * 2 == pytest.approx(440, abs=4)  # A4, in bins of 2 Hz


def test_what_is_left_out_is_listed_with_its_reason(tmp_path) -> None:
    recorded(tmp_path / "good.wav")
    with wave.open(str(tmp_path / "silent.wav"), "wb") as file:
        file.setparams((1, 2, 8000, 0, "NONE", ""))
        file.writeframes(bytes(8000))
    (tmp_path / "bad.wav").write_bytes(b"no sound")
    (tmp_path / "bad.mid").write_bytes(b"no music at all")
    (tmp_path / "notes.txt").write_text("bring milk")
    (tmp_path / "plain").write_text("")
    (tmp_path / ".hidden.wav").write_bytes(b"")
    formats.write(TUNE, tmp_path / "good.mid")
    formats.write(Score(), tmp_path / "empty.mid")
    sounds = recordings.load(tmp_path, 8000)
    why = dict(sounds.left_out)
    assert len(sounds.recordings) == 1
    assert why.pop("good.mid") == "another file of the same name is used"
    assert why.pop("silent.wav") == why.pop("empty.mid") == "it is silent"
    assert why.pop("notes.txt") == "no format has the suffix .txt"
    assert why.pop("plain") == "no suffix"
    assert why.pop("bad.wav").startswith("can't be read: not a recording but")
    assert why.pop("bad.mid").startswith("can't be read: not")  # a recording that can't be read hides no score
    assert not why


def test_a_folder_without_sound_is_refused_with_the_reasons(tmp_path) -> None:
    with pytest.raises(CorpusError, match="it is empty"):
        recordings.load(tmp_path, 8000)
    (tmp_path / "bad.mid").write_bytes(b"no music at all")
    with pytest.raises(CorpusError, match=r"no sound to learn from.*bad\.mid: can't be read: ") as caught:
        recordings.load(tmp_path, 8000)
    assert str(caught.value).count(str(tmp_path)) == 1
    with pytest.raises(CorpusError, match="no such folder"):
        recordings.load(tmp_path / "nowhere", 8000)


@pytest.mark.parametrize(("count", "sizes"), [(1, (1, 1)), (9, (9, 9)), (10, (9, 1)), (25, (23, 2))])
def test_of_many_recordings_some_are_held_out_and_of_few_their_ends(count, sizes) -> None:
    sounds = recordings.Recordings(8000, tuple(np.full(100 + at, at, dtype=np.float32) for at in range(count)))
    learned, held_out = sounds.split()
    assert (len(learned), len(held_out)) == sizes
    assert sum(map(len, learned)) + sum(map(len, held_out)) == sum(map(len, sounds.recordings))
    if count < recordings.MANY:
        assert [len(each) for each in held_out] == [10] * count
