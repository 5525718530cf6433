"""Reading in several processes, which end with the one that started them.

Each process has a pipe of its own and nothing is shared, so that none can wait for another: a process that dies costs
its chunk, which is then read here; Ctrl-C, an error or the end of the work kills them all; and each notices by itself
when its parent is gone.
"""

import multiprocessing
import os
import signal
import sys
import threading
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from multiprocessing import connection
from typing import Any, TypeVar, cast

Chunk = TypeVar("Chunk")
Result = TypeVar("Result")

SIGNALS = (signal.SIGINT, signal.SIGTERM)  # for the parent alone, which then ends its processes


def map_chunks(
    function: Callable[[Chunk], Result], chunks: Sequence[Chunk], n_processes: int
) -> Iterator[tuple[int, Result]]:
    """Yield (index, result) for each chunk, as it is done by one of the processes.

    Where processes don't fork, the function must be importable. Closing the iterator ends the processes.
    """
    if n_processes <= 1 or multiprocessing.current_process().daemon:  # a daemon may start no processes
        yield from ((index, function(chunk)) for index, chunk in enumerate(chunks))
        return
    left = iter(range(len(chunks)))
    lost: list[int] = []
    busy: dict[Any, int] = {}

    def give(pipe: Any) -> None:
        """Send the next chunk to a process."""
        for index in left:
            try:
                pipe.send(chunks[index])
                busy[pipe] = index
            except OSError:  # it was killed
                lost.append(index)
            return

    with _processes(function, n_processes) as pipes:
        for pipe in pipes:
            give(pipe)
        while busy:
            for pipe in cast(list[Any], connection.wait(list(busy))):
                index = busy.pop(pipe)
                try:
                    result = pipe.recv()
                except (EOFError, OSError):  # it was killed, or couldn't start in a script without a __main__ guard
                    lost.append(index)
                    continue
                yield index, result
                give(pipe)
    yield from ((index, function(chunks[index])) for index in [*lost, *left])


@contextmanager
def _processes(function: Callable[[Any], Any], count: int) -> Iterator[list[Any]]:
    """Start processes, yield their pipes, and kill them at the end, whatever ends it."""
    # A fork needs no __main__ guard in the caller's script, and starts at once; it is safe on Linux.
    context: Any = multiprocessing.get_context("fork" if sys.platform == "linux" else "spawn")
    processes: list[Any] = []
    pipes: list[Any] = []
    try:
        with _signals_held(), warnings.catch_warnings():
            # Python 3.12 warns of any fork beside threads; ours only parse, and take none of the parent's locks.
            warnings.filterwarnings("ignore", message=".*multi-threaded.*fork", category=DeprecationWarning)
            for _ in range(count):
                ours, theirs = context.Pipe()
                pipes.append(ours)
                process = context.Process(target=_serve, args=(function, theirs), daemon=True)
                process.start()
                processes.append(process)
                theirs.close()
        yield pipes
    finally:
        for process in processes:
            process.kill()
        for process in processes:
            process.join()
        for pipe in pipes:
            pipe.close()


@contextmanager
def _signals_held() -> Iterator[None]:
    """Hold signals back, so that none is lost in a fork or arrives in a child."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, SIGNALS)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _serve(function: Callable[[Any], Any], pipe: Any) -> None:
    """Answer each chunk by its result, until the parent is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_UNBLOCK, SIGNALS)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    while True:
        try:
            chunk = pipe.recv()
        except EOFError:
            return
        try:
            result = function(chunk)
        except BaseException:  # the parent reads this chunk itself, and so meets the same error
            os._exit(1)
        pipe.send(result)


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        connection.wait([parent.sentinel])
        os._exit(1)
