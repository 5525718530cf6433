"""Writers: found by suffix, without importing the others, and sound files are those that the encoder knows."""

import subprocess
import sys

import pytest

from componium import registry
from componium.audio import files
from componium.errors import UnknownNameError
from componium.music.score import Score, Track, notes
from componium.render import sound

SUFFIXES = {"pages": (".svg", ".pdf"), "pianoroll": (".png",), "sound": (".wav", ".flac", ".ogg", ".mp3")}


def test_each_suffix_has_one_writer():
    assert registry.names("writers") == tuple(SUFFIXES)
    for name, suffixes in SUFFIXES.items():
        assert suffixes == registry.load("writers", name).SUFFIXES
        assert {registry.with_suffix(suffix, "writers") for suffix in suffixes} == {registry.load("writers", name)}


def test_sound_is_written_in_the_formats_of_the_encoder():
    assert sound.SUFFIXES == files.SUFFIXES


@pytest.mark.parametrize("name", SUFFIXES)
def test_a_writer_refuses_a_suffix_of_another(name, tmp_path):
    score = Score(tracks=(Track(notes([(0, 480, 60)])),))
    with pytest.raises(UnknownNameError, match="bmp"):
        registry.load("writers", name).write(score, tmp_path / "picture.bmp")
    assert not list(tmp_path.iterdir())


def test_finding_a_writer_imports_no_other():
    code = (
        "import sys; from componium import registry; registry.with_suffix('.png', 'writers')\n"
        "print(*(name for name in ('pages', 'sound') if f'componium.render.{name}' in sys.modules))"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip() == ""
