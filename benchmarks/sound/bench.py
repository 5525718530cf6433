"""How fast each synthesizer turns four-part chorales into finished WAV files: seconds of music a second of work.

    python benchmarks/sound/bench.py [--pieces 6] [--runs 5] [--only-print]

The first test chorales are written by each synthesizer in turn (so that none has the quieter machine), everything
counted: notes, room, loudness, limiter, file. Work is processor time of this process and what it starts, on one
thread, so that other programs on the machine matter little; the wall clock stands beside it. Nothing is kept from one
file to the next but what a program that renders several files keeps: the room's answer to a click.
"""

import argparse
import os
import sys
import tempfile
import time
from importlib.util import find_spec
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

import _report  # noqa: E402

os.environ.update(_report.ONE_THREAD)  # before numpy is imported

AIM = 50  # times real time


def players():
    """Each way of playing that can be had here: its name, the synthesizer, and the SoundFont player to force."""
    import shutil

    from componium.render import soundfont

    ways = [("additive (built in)", "additive", None)]
    if soundfont.installed() is None:
        print("no SoundFont here: only the built-in synthesizer is measured", file=sys.stderr)
        return ways
    if find_spec("tinysoundfont"):
        ways.append(("SoundFont, tinysoundfont", "soundfont", "tinysoundfont"))
    if shutil.which("fluidsynth"):
        ways.append(("SoundFont, fluidsynth", "soundfont", "fluidsynth"))
    return ways


def worked():
    """Seconds of processor time so far, of this process and of those it has started and waited for."""
    now = os.times()
    return now.user + now.system + now.children_user + now.children_system


def timed(score, synth, player, path):
    """Processor and wall seconds to write one file."""
    from componium.render import sound as audio
    from componium.render import soundfont

    soundfont.player = lambda *_: player
    work, wall = worked(), time.perf_counter()
    audio.write(score, path, synth=synth)
    return worked() - work, time.perf_counter() - wall


def measure(scores, ways, runs):
    """For each way and run the music's seconds, processor seconds and wall seconds, all chorales together."""
    from componium.music.time import duration_seconds

    seconds = sum(map(duration_seconds, scores))
    found = {name: [] for name, *_ in ways}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "chorale.wav"
        for number in range(runs + 1):  # the first isn't counted
            totals = {name: [0.0, 0.0] for name in found}
            for score in scores:
                for name, synth, player in ways:
                    work, wall = timed(score, synth, player, path)
                    totals[name][0] += work
                    totals[name][1] += wall
            if number:
                for name, total in totals.items():
                    found[name].append([seconds / spent for spent in total])
            print(f"run {number} of {runs}", file=sys.stderr)
    return seconds, found


def rows_of(n_pieces, seconds, found):
    rows = []
    for name, runs in found.items():
        work, wall = zip(*runs, strict=True)
        middle, least, most = (f"{value:.0f}" for value in _report.spread(work))
        rows.append({"who plays": name, "chorales": n_pieces, "seconds of music": f"{seconds:.0f}", "runs": len(runs),
                     "x real time": middle, "least": least, "most": most, "aim": f">= {AIM}",
                     "by the wall clock": f"{_report.spread(wall)[0]:.0f}"})
    return rows


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pieces", type=int, default=6, help="how many test chorales (default: 6)")
    parser.add_argument("--runs", type=int, default=5, help="times over (default: 5)")
    parser.add_argument("--only-print", action="store_true", help="write neither results.csv nor README.md")
    options = parser.parse_args()
    if find_spec("music21") is None:
        sys.exit("error: music21 not installed; run this by `scripts/bench sound`")
    from componium import corpora

    scores = [piece.score for piece in corpora.load("chorales", workers=1).test.pieces[: options.pieces]]
    seconds, found = measure(scores, players(), options.runs)
    packages = [name for name in ("tinysoundfont",) if find_spec(name)]
    _report.publish(HERE, rows_of(len(scores), seconds, found), packages, only_print=options.only_print)


if __name__ == "__main__":
    main()
