"""The built-in voices beside a SoundFont: brightness, attack, decay, release and dynamics of a note.

    python benchmarks/voices/bench.py [--font FILE] [--only-print]

A note of one second is rendered dry at three pitches of the instrument's range, by both; the median of the pitches
counts. Centroid: of the power spectrum of the second, in Hz. Attack: from the onset until the level, in windows of
10 ms, is within 3 dB of its highest. Decay: the fall in dB from the highest level to that at the end of the second.
Release: from there until the level has fallen by 30 dB. pp to ff: the level (root mean square) at velocity 112 above
that at velocity 33.
"""

import argparse
import os
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

import _report  # noqa: E402

os.environ.update(_report.ONE_THREAD)  # before numpy is imported

PROGRAMS = (0, 6, 11, 19, 24, 32, 40, 42, 48, 52, 56, 60, 68, 71, 73, 74)
RATE, WINDOW = 22_050, 220  # samples
FF, USUAL, PP = 112, 80, 33  # velocities
FIGURES = ("centroid, Hz", "attack, ms", "decay, dB", "release, ms", "pp to ff, dB")


def played(program, pitch, velocity, font):
    """A note of a second and its release, mono."""
    import numpy as np

    from componium.audio import additive
    from componium.music.score import Score, Tempo, Track, notes
    from componium.render import soundfont

    score = Score((Track(notes([(0, 960, pitch, velocity)]), program=program),), tempos=(Tempo(0, 120),))
    blocks = soundfont.blocks(score, RATE, font) if font else additive.blocks(score, RATE)
    wave = np.concatenate(list(blocks)).mean(axis=1).astype(float)
    return np.pad(wave, (0, max(3 * RATE - len(wave), 0)))[: 3 * RATE]


def measured(program, pitch, font):
    """The figures of a note, in the order of FIGURES."""
    import numpy as np

    wave = played(program, pitch, USUAL, font)
    power = np.abs(np.fft.rfft(wave[:RATE] * np.hanning(RATE))) ** 2
    windows = wave[: len(wave) // WINDOW * WINDOW].reshape(-1, WINDOW)
    level = 10 * np.log10((windows**2).mean(axis=1) + 1e-12)
    top, end = level[: RATE // WINDOW].max(), RATE // WINDOW - 1
    quiet = level[end:] < level[end] - 30
    soft, loud = ((played(program, pitch, velocity, font)[:RATE] ** 2).mean() for velocity in (PP, FF))
    return (
        np.average(np.fft.rfftfreq(RATE, 1 / RATE), weights=power),
        10 * int(np.argmax(level >= top - 3)),
        top - level[end],
        10 * int(np.argmax(quiet)) if quiet.any() else 10 * len(quiet),
        10 * np.log10(loud / soft),
    )


def row(program, font):
    """Medians over three pitches, "font / built in" a figure."""
    import numpy as np

    from componium.music.instruments import INSTRUMENTS

    instrument = INSTRUMENTS[program]
    pitches = np.linspace(instrument.low, instrument.high, 5).astype(int)[1:4].tolist()
    both = [np.median([measured(program, pitch, which) for pitch in pitches], axis=0) for which in (font, None)]
    cells = {name: f"{theirs:.0f} / {ours:.0f}" for name, theirs, ours in zip(FIGURES, *both, strict=True)}
    return {"program": f"{program} {instrument.name}", **cells}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--font", type=Path, help="the SoundFont (default: the one that plays)")
    parser.add_argument("--only-print", action="store_true", help="write neither results.csv nor README.md")
    options = parser.parse_args()
    from componium.render import soundfont

    if not soundfont.available():
        sys.exit(f"error: {soundfont.lacking()} is not installed")
    font = soundfont.find(options.font)
    rows = [row(program, font) for program in PROGRAMS]
    notes = [f"SoundFont: {font.name}, played by {soundfont.player(font)}."]
    _report.publish(HERE, rows, ("tinysoundfont",), notes=notes, only_print=options.only_print)


if __name__ == "__main__":
    main()
