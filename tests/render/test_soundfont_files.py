"""SoundFonts on disk: the best that can be played is chosen; one is fetched, from a server on this machine."""

import gc
import hashlib
import io
import tarfile
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest
from click.testing import CliRunner

import soundfonts
from componium.cli import doctor, program
from componium.errors import FormatError
from componium.render import soundfont, soundfont_files

PLAIN = soundfonts.font([b"\0\0"], [], 2)
COMPRESSED = soundfonts.font([b"\0\0"], [], 3)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """The only folder in which fonts are looked for, with no font in it."""
    monkeypatch.setenv("COMPONIUM_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv(soundfont_files.VARIABLE, raising=False)
    monkeypatch.setattr(soundfont_files, "_FOLDERS", (str(tmp_path / "fonts"),))
    monkeypatch.setattr(soundfont_files.importlib.util, "find_spec", lambda name: name == "tinysoundfont" or None)
    monkeypatch.setattr(soundfont.shutil, "which", lambda name: None)
    (tmp_path / "fonts").mkdir()
    return tmp_path / "fonts"


def test_the_best_font_comes_first(folder):
    for name in ("another.sf2", "TimGM6mb.sf2", "FluidR3_GM.sf2", "MuseScore_General.sf2"):
        (folder / name).write_bytes(PLAIN)
    (folder / "default-GM.sf2").symlink_to(folder / "MuseScore_General.sf2")
    names = [font.name for font in soundfont_files.installed_fonts()]
    assert names == ["MuseScore_General.sf2", "default-GM.sf2", "FluidR3_GM.sf2", "TimGM6mb.sf2", "another.sf2"]


@pytest.mark.parametrize("name", ["MuseScore_General_Lite.sf3", "FluidR3Mono_GM.sf2"])  # the suffix may lie
def test_a_compressed_font_is_chosen_only_where_fluidsynth_plays_it(folder, monkeypatch, name):
    (folder / name).write_bytes(COMPRESSED)
    assert soundfont.installed() is None
    with pytest.raises(FormatError, match="fluidsynth"):
        soundfont.find(folder / name)
    (folder / "TimGM6mb.sf2").write_bytes(PLAIN)
    assert soundfont.installed() == folder / "TimGM6mb.sf2"
    monkeypatch.setattr(soundfont.shutil, "which", lambda program: f"/usr/bin/{program}")
    assert soundfont.find() == folder / name
    assert soundfont.player(folder / name) == "fluidsynth"
    assert soundfont.player(folder / "TimGM6mb.sf2") == "tinysoundfont"


def test_the_variable_names_the_font(folder, monkeypatch):
    (folder / "FluidR3_GM.sf2").write_bytes(PLAIN)
    monkeypatch.setenv(soundfont_files.VARIABLE, str(folder / "mine.sf2"))
    with pytest.raises(FileNotFoundError):
        soundfont.find()
    (folder / "mine.sf2").write_bytes(PLAIN)
    assert soundfont.find() == folder / "mine.sf2"
    assert soundfont.find(folder / "FluidR3_GM.sf2") == folder / "FluidR3_GM.sf2"


def test_doctor_says_how_to_get_a_better_font_until_there_is_one(folder, monkeypatch):
    (folder / "TimGM6mb.sf2").write_bytes(PLAIN)
    monkeypatch.setattr(soundfont_files.shutil, "which", lambda name: name == "apt" or None)
    assert doctor.examine()["sound"]["improve"] == (
        "componium sound font --fetch or sudo apt install fluid-soundfont-gm"
    )
    (folder / "FluidR3_GM.sf2").write_bytes(PLAIN)
    assert doctor.examine()["sound"] == {
        "soundfont": str(folder / "FluidR3_GM.sf2"), "player": "tinysoundfont", "install": None, "improve": None,
    }  # fmt: skip


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *args):
        pass


@pytest.fixture
def server(tmp_path, monkeypatch):
    """The archive served here instead of its address; yields the archive's bytes."""
    pytest.importorskip("pooch")
    pytest.importorskip("soundfile")
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode="w:gz") as archive:
        contents = {soundfont_files.MEMBER: soundfonts.compressed(), soundfont_files.LICENSE: b"MIT"}
        for name, body in contents.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(body)
            archive.addfile(entry, io.BytesIO(body))
    (tmp_path / "font.tgz").write_bytes(data.getvalue())
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=tmp_path)) as http:
        thread = Thread(target=http.serve_forever)
        thread.start()
        monkeypatch.setattr(soundfont_files, "ADDRESS", f"http://127.0.0.1:{http.server_port}/font.tgz")
        yield data.getvalue()
        http.shutdown()
        thread.join()
    gc.collect()  # requests leaves sockets of answers that it refuses to the collector


def test_a_font_is_fetched_once_and_plays(server, folder, tmp_path, monkeypatch):
    monkeypatch.setattr(soundfont_files, "SHA256", hashlib.sha256(server).hexdigest())
    result = CliRunner().invoke(program, ["sound", "font", "--fetch"])
    path = tmp_path / "cache" / "soundfonts" / "FluidR3Mono_GM.sf2"
    assert result.stdout.strip() == str(path) == str(soundfont.find())
    assert not soundfont_files.is_compressed(path)
    assert path.with_name("FluidR3Mono_License.md").read_bytes() == b"MIT"
    monkeypatch.setattr(soundfont_files, "ADDRESS", "http://127.0.0.1:9/")
    assert soundfont_files.fetch() == path


def test_an_archive_with_another_hash_is_refused(server, folder, tmp_path):
    result = CliRunner().invoke(program, ["sound", "font", "--fetch"])
    assert result.exit_code == 1
    assert "can't be fetched" in result.stderr
    assert not (tmp_path / "cache").exists()
