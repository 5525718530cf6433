"""Writing of files, whole or not at all, never in the place of others; the cache."""

import errno
import os
import stat
import tempfile
from contextlib import suppress
from pathlib import Path

DESCRIPTORS = ("/dev/fd/", "/dev/stdin", "/dev/stdout", "/dev/stderr", "/proc/")  # names of files that are open


def cache_folder() -> Path:
    """Return the folder for caches: COMPONIUM_CACHE if it is set, else the platform's."""
    chosen = os.environ.get("COMPONIUM_CACHE")
    if chosen:
        return Path(chosen)
    import platformdirs

    return Path(platformdirs.user_cache_dir("componium"))


def write_atomic(path: Path, data: bytes) -> None:
    """Write a file whole or not at all.

    It is written to a temporary file beside it, which is then renamed, so that no reader sees half of it. Links are
    followed, and a file that was there keeps its mode and its owner. What is no regular file, such as a device or a
    named pipe, is written to, not replaced.

    Raises OSError, which names the path as it was given.
    """
    try:
        if _is_stream(path):
            _write_through(path, data)
        else:
            _replace(Path(os.path.realpath(path)), data)
    except OSError as error:  # it may name the temporary file
        raise OSError(error.errno, error.strerror or str(error), str(path)) from error


def _is_stream(path: Path) -> bool:
    """Return True for no regular file, and for the name of an open descriptor."""
    return str(path).startswith(DESCRIPTORS) or (path.exists() and not path.is_file())


def _write_through(path: Path, data: bytes) -> None:
    with path.open("wb") as file:
        file.write(data)


def _replace(path: Path, data: bytes) -> None:
    """Put a new file in the place of a regular one, or of none."""
    path.parent.mkdir(parents=True, exist_ok=True)
    old = path.stat() if path.exists() else None
    if old and not os.access(path, os.W_OK):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".componium-", suffix=".part")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        if old and hasattr(os, "chown"):
            with suppress(PermissionError):  # only root gives files away; the mode is kept all the same
                os.chown(name, old.st_uid, old.st_gid)
        Path(name).chmod(stat.S_IMODE(old.st_mode) if old else 0o666 & ~_umask())
        Path(name).replace(path)
    except BaseException:  # Ctrl-C too must leave no debris
        Path(name).unlink(missing_ok=True)
        raise


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
