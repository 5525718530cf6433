"""Reading in several processes: nothing is lost, nothing hangs, and no process outlives the one that started it."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from componium.corpora._processes import map_chunks

TRIES = 12  # of each way to stop, at other moments
PROGRAM = """
import os, signal, sys, time
from pathlib import Path
from componium.corpora._processes import map_chunks

def read(chunk):
    Path(sys.argv[1], str(os.getpid())).touch()
    deadline = time.monotonic() + 0.02
    while time.monotonic() < deadline:
        pass
    return chunk

signal.signal(signal.SIGINT, signal.default_int_handler)
signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
print("here", flush=True)
try:
    for index, result in map_chunks(read, list(range(10_000)), 3):
        pass
except KeyboardInterrupt:
    sys.exit(130)
"""


def square(chunk: int) -> int:
    return chunk * chunk


def die(chunk: int) -> int:
    if chunk in (3, 4, 7) and os.getpid() != MAIN:
        os.kill(os.getpid(), signal.SIGKILL)
    return chunk


def refuse(chunk: int) -> int:
    if chunk == 5:
        raise ZeroDivisionError("of chunk 5")
    return chunk


MAIN = os.getpid()


@pytest.mark.parametrize("n_processes", [1, 2, 5])
@pytest.mark.parametrize("n_chunks", [0, 1, 3, 40])
def test_every_chunk_has_its_result(n_chunks, n_processes):
    results = dict(map_chunks(square, list(range(n_chunks)), n_processes))
    assert results == {chunk: chunk * chunk for chunk in range(n_chunks)}


@pytest.mark.skipif(sys.platform == "win32", reason="kills by a signal")
def test_what_a_killed_process_had_is_read_here():
    assert dict(map_chunks(die, list(range(12)), 2)) == {chunk: chunk for chunk in range(12)}


def test_an_error_is_raised_here():
    with pytest.raises(ZeroDivisionError, match="of chunk 5"):
        list(map_chunks(refuse, list(range(12)), 2))


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="sends signals")
@pytest.mark.parametrize(("number", "whole_group", "code"), [
    (signal.SIGINT, True, 130), (signal.SIGINT, False, 130), (signal.SIGTERM, False, 143), (signal.SIGKILL, False, -9),
])  # fmt: skip
def test_it_stops_at_the_first_signal_and_leaves_no_process(tmp_path, number, whole_group, code):
    delays = np.random.default_rng(0).uniform(0, 0.15, TRIES)
    for attempt, delay in enumerate([0.0, *delays]):
        pids = tmp_path / str(attempt)
        pids.mkdir()
        command = [sys.executable, "-c", PROGRAM, str(pids)]
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        with subprocess.Popen(command, **pipes, start_new_session=True) as process:
            assert process.stdout.readline() == b"here\n"
            time.sleep(delay)
            (os.killpg if whole_group else os.kill)(process.pid, number)
            _, error = process.communicate(timeout=20)
        assert (process.returncode, error) == (code, b"")
        deadline = time.monotonic() + 10
        while living := [path.name for path in pids.iterdir() if is_alive(int(path.name))]:
            assert time.monotonic() < deadline, f"try {attempt}: {living} outlive their parent"
            time.sleep(0.02)


def is_alive(pid: int) -> bool:
    """Whether a process runs; one that has ended and waits to be collected doesn't."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    state = Path(f"/proc/{pid}/stat")
    try:
        return not state.exists() or state.read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False
