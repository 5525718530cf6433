"""Processes that run in turns, so that what else the machine does falls on all alike."""

import signal
import time

TURN = 1.0  # seconds


def in_turns(children):
    """Let processes (Popen) run one at a time, a turn each, until all have ended."""
    try:
        for process in children:
            process.send_signal(signal.SIGSTOP)
        while going := [process for process in children if process.poll() is None]:
            for process in going:
                process.send_signal(signal.SIGCONT)
                time.sleep(TURN)
                process.send_signal(signal.SIGSTOP)
    finally:  # a stopped process would outlive this one
        for process in children:
            process.kill()
