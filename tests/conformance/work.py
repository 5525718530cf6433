"""Work, counted: lines of Python that a call executes in componium, and the most memory that it takes."""

import gc
import sys
import tracemalloc
from pathlib import Path

import componium

PACKAGE = str(Path(componium.__file__).parent)


def count_lines(call):
    """Return the lines of componium that `call` executes."""
    lines = 0

    def trace_line(frame, event, arg):
        nonlocal lines
        lines += event == "line"
        return trace_line

    def trace_call(frame, event, arg):
        return trace_line if frame.f_code.co_filename.startswith(PACKAGE) else None

    before = sys.gettrace()
    sys.settrace(trace_call)
    try:
        call()
    finally:
        sys.settrace(before)
    return lines


def peak_bytes(call):
    """Return the most bytes that `call` has allocated at a time."""
    gc.freeze()  # what other tests have left is not gone through again: it would take a second each time
    gc.collect()
    tracemalloc.start()
    try:
        call()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
        gc.unfreeze()
