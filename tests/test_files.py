"""Files written whole: links, modes, pipes and devices stay what they are; errors name the file."""

import os
import stat
import threading
from pathlib import Path

import pytest

from componium._files import write_atomic

posix = pytest.mark.skipif(os.name != "posix", reason="POSIX files")


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_new_file_has_the_usual_mode_and_leaves_nothing_beside_it(tmp_path):
    path = tmp_path / "deep" / "new.mid"
    write_atomic(path, b"data")
    (tmp_path / "plain").write_bytes(b"")
    assert path.read_bytes() == b"data" and mode(path) == mode(tmp_path / "plain")
    assert list(path.parent.iterdir()) == [path]


@posix
@pytest.mark.parametrize("bits", [0o600, 0o640, 0o755])
def test_a_file_that_was_there_keeps_its_mode(tmp_path, bits):
    path = tmp_path / "old.mid"
    path.write_bytes(b"old")
    path.chmod(bits)
    write_atomic(path, b"new")
    assert path.read_bytes() == b"new" and mode(path) == bits


@posix
@pytest.mark.parametrize("there", [True, False])
def test_a_link_is_followed_and_stays_a_link(tmp_path, there):
    target, link = tmp_path / "far" / "target.mid", tmp_path / "link.mid"
    target.parent.mkdir()
    if there:
        target.write_bytes(b"old")
    link.symlink_to(Path("far") / "target.mid")
    write_atomic(link, b"new")
    assert link.is_symlink() and target.read_bytes() == b"new"
    assert list(target.parent.iterdir()) == [target]


@posix
def test_the_reader_of_a_named_pipe_gets_the_data(tmp_path):
    path, read = tmp_path / "pipe.mid", []
    os.mkfifo(path)
    reader = threading.Thread(target=lambda: read.append(path.read_bytes()))
    reader.start()
    write_atomic(path, b"x" * 200_000)
    reader.join(timeout=10)
    assert read == [b"x" * 200_000] and stat.S_ISFIFO(path.stat().st_mode)


@posix
def test_a_device_is_written_to_not_replaced():
    master, slave = os.openpty()
    path = Path(os.ttyname(slave))
    write_atomic(path, b"data")
    assert os.read(master, 4) == b"data" and stat.S_ISCHR(path.stat().st_mode)
    os.close(master)
    os.close(slave)


@posix
def test_a_name_of_an_open_descriptor_is_written_to(tmp_path):
    path = tmp_path / "out.mid"
    with path.open("wb") as file:
        before = path.stat().st_ino
        write_atomic(Path(f"/dev/fd/{file.fileno()}"), b"data")
    assert path.read_bytes() == b"data" and path.stat().st_ino == before


def test_a_name_as_long_as_a_name_may_be(tmp_path):
    path = tmp_path / ("n" * 251 + ".mid")
    write_atomic(path, b"data")
    assert path.read_bytes() == b"data"


@pytest.mark.parametrize("name", ["folder", "file/below.mid", "n" * 300])
def test_an_error_names_the_file_as_it_was_given(tmp_path, name):
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(OSError, match=r"directory|exists|too long") as caught:
        write_atomic(tmp_path / name, b"data")
    assert caught.value.filename == str(tmp_path / name) and "part" not in str(caught.value).replace(str(tmp_path), "")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "folder"]


@posix
def test_a_failed_write_names_the_file_and_leaves_the_old_one(tmp_path, monkeypatch):
    path = tmp_path / "old.mid"
    path.write_bytes(b"old")

    def full(handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left on device") as caught:
        write_atomic(path, b"new")
    assert caught.value.filename == str(path)
    assert path.read_bytes() == b"old" and list(tmp_path.iterdir()) == [path]


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root may write anything")
def test_a_file_that_may_not_be_written_is_not_replaced(tmp_path):
    path = tmp_path / "old.mid"
    path.write_bytes(b"old")
    path.chmod(0o444)
    with pytest.raises(PermissionError):
        write_atomic(path, b"new")
    assert path.read_bytes() == b"old"
