"""How long the General MIDI programs take to speak, by each synthesizer, beside the usual notes of sung styles.

    python benchmarks/attack/bench.py [--only-print]

A note of two seconds is rendered dry at four pitches (G3, D4, A4, E5) and velocity 80. The attack is the time until its
level, in windows of 10 ms, is within 1 dB (90 %) of its highest; the median of the four pitches counts. The usual note
of a style is the median duration of the corpus's training notes, at the tempo at which takes of it are written.
"""

import argparse
import os
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

import _report  # noqa: E402

os.environ.update(_report.ONE_THREAD)  # before numpy is imported

PROGRAMS = (16, 18, 19, 20, 21, 40, 41, 42, 48, 49, 50, 52, 53, 54, 60, 68, 70, 71, 73, 74)
PITCHES = (55, 62, 69, 76)
STYLES = ("chorales", "madrigals", "trecento")
RATE, WINDOW, WITHIN = 22_050, 0.01, 10 ** (-1 / 20)


def attack(program, synth):
    """Milliseconds until a note of a program is at 90 % of its level, the median of several pitches."""
    import numpy as np

    from componium.audio import additive
    from componium.music.score import Score, Tempo, Track, notes
    from componium.render import soundfont

    times = []
    for pitch in PITCHES:
        score = Score((Track(notes([(0, 1920, pitch, 80)]), program=program),), tempos=(Tempo(0, 120),))
        font = synth == "soundfont"
        sound = soundfont.blocks(score, RATE, soundfont.find()) if font else additive.blocks(score, RATE)
        wave, width = np.concatenate(list(sound)).mean(axis=1)[: 2 * RATE], int(WINDOW * RATE)
        level = np.sqrt((wave[: len(wave) // width * width].reshape(-1, width) ** 2).mean(axis=1))
        times.append(1000 * WINDOW * int(np.argmax(level >= level.max() * WITHIN)))
    return float(np.median(times))


def usual_note(style):
    """Milliseconds of a corpus's median note, at the usual tempo of a take of it."""
    import numpy as np

    from componium import corpora
    from componium.decoding.style.tempo import USUAL_QPM
    from componium.music.score import DEFAULT_QPM

    quarters = [track.notes["duration"] / score.ticks_per_quarter
                for score in corpora.load(style, workers=1).train.scores for track in score.tracks]
    return float(np.median(np.concatenate(quarters))) * 60_000 / USUAL_QPM.get(style, DEFAULT_QPM)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only-print", action="store_true", help="write neither results.csv nor README.md")
    options = parser.parse_args()
    from componium.music.instruments import INSTRUMENTS
    from componium.render import soundfont

    if not soundfont.available():
        sys.exit(f"error: {soundfont.lacking()} is not installed")
    rows = [{"program": f"{program} {INSTRUMENTS[program].name}",
             "SoundFont, ms": f"{attack(program, 'soundfont'):.0f}",
             "built in, ms": f"{attack(program, 'additive'):.0f}"} for program in PROGRAMS]  # fmt: skip
    notes = [f"Usual note, in ms: {', '.join(f'{style} {usual_note(style):.0f}' for style in STYLES)}."]
    _report.publish(HERE, rows, ("tinysoundfont",), notes=notes, only_print=options.only_print)


if __name__ == "__main__":
    main()
