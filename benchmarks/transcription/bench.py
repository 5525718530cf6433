"""How much of a score comes back from its sound: onset F1, tempo and bar lines, on held-out pieces.

    python benchmarks/transcription/bench.py [--tunes N] [--chorales N] [--only-print]

Test pieces are rendered by each synthesizer (in its room), the tempo of each changed by up to a quarter, fiddle tunes
with eight instruments in turn, and transcribed. Solo lines are told to be solo, chorales to be polyphonic. The sopranos
of the chorales are played alone, by a violin whose pitch oscillates 5.5 times a second. By mir_eval:

- onset, note: F1 of onsets within 50 ms; of onsets with the right pitch
- tempo, tempo x: within 4 % of the true one; of it or its half, double, third, triple, 2/3, 3/2
- bars: F1 of bar lines within 70 ms, on the quantized score
"""

import argparse
import sys
import time
from dataclasses import replace
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

import mir_eval  # noqa: E402
import numpy as np  # noqa: E402

import _report  # noqa: E402
from componium import corpora, transcription  # noqa: E402
from componium.music.score import Tempo  # noqa: E402
from componium.music.time import bar_lines, duration_seconds, tick_to_second  # noqa: E402
from componium.render import sound as audio  # noqa: E402

INSTRUMENTS = {"violin": 40, "flute": 73, "clarinet": 71, "piano": 0, "guitar": 24, "accordion": 21, "trumpet": 56,
               "oboe": 68}
VIBRATO = (0, 30, 50, 70, 100)  # cents from the center
HERTZ = 5.5  # of the vibrato
RATIOS = (1 / 3, 1 / 2, 2 / 3, 1, 3 / 2, 2, 3)


def chosen(corpus, n, seed, split="test"):
    """Pieces of a split, each at a tempo of its own."""
    rng = np.random.default_rng(seed)
    pieces = [piece for piece in corpora.load(corpus).pieces if piece.split == split]
    for at in rng.permutation(len(pieces))[:n]:
        score = pieces[at].score
        qpm = (score.tempos[0].qpm if score.tempos else 120.0) * rng.uniform(0.75, 1.25)
        yield replace(score, tempos=(Tempo(0, float(np.clip(round(qpm), 50, 220))),))


def with_program(score, program):
    return replace(score, tracks=tuple(replace(track, program=program) for track in score.tracks))


def seconds_of(score):
    notes = np.concatenate([track.notes for track in score.tracks if not track.is_drum])
    onset = tick_to_second(score, notes["onset"])
    offset = tick_to_second(score, notes["onset"] + notes["duration"])
    return np.column_stack([onset, offset]), 440 * 2 ** ((notes["pitch"].astype(float) - 69) / 12)


def tempo_of(score):
    return score.end / score.ticks_per_quarter * 60 / max(duration_seconds(score), 1e-9)


def oscillating(samples, rate, cents):
    """The sound with vibrato, by a delay that oscillates."""
    depth = (2 ** (cents / 1200) - 1) / (2 * np.pi * HERTZ) * rate
    at = np.arange(len(samples))
    return np.interp(at + depth * np.sin(2 * np.pi * HERTZ * at / rate), at, samples).astype(np.float32)


def measured(score, synth, texture, vibrato=0):
    """One piece: rendered, transcribed, compared."""
    sound = audio.render(score, synth=synth)
    samples = oscillating(sound.samples.mean(axis=1), sound.sample_rate, vibrato)
    began = time.perf_counter()
    mono = transcription.Sound(samples / np.abs(samples).max(), sound.sample_rate)
    notes, _ = transcription.detect_notes(mono, texture)
    made = transcription.to_score(notes, solo=texture == "solo")
    took = time.perf_counter() - began
    true_times, true_hertz = seconds_of(score)
    times = np.column_stack([notes["onset_second"], np.maximum(notes["offset_second"], notes["onset_second"] + 0.01)])
    hertz = 440 * 2 ** ((notes["pitch"].astype(float) - 69) / 12)
    onset = mir_eval.transcription.onset_precision_recall_f1(true_times, times)[2]
    exact = (true_times, true_hertz, times, hertz)
    note = mir_eval.transcription.precision_recall_f1_overlap(*exact, offset_ratio=None)[2]
    ratio = tempo_of(made) / tempo_of(score)
    lines = tick_to_second(made, bar_lines(made)) + float(made.about("start_second") or 0)
    true_lines = tick_to_second(score, bar_lines(score))
    bars = mir_eval.onset.f_measure(true_lines, np.sort(np.maximum(lines, 0)), window=0.07)[0]
    close = [abs(ratio / other - 1) < 0.04 for other in RATIOS]
    return onset, note, close[3], any(close), bars, sound.seconds / took


def row(name, results):
    onset, note, tempo, tempo_x, bars, speed = np.mean(results, axis=0)
    return {
        "what": name, "pieces": len(results), "onset F1": f"{onset:.3f}", "note F1": f"{note:.3f}",
        "tempo": f"{tempo:.2f}", "tempo x": f"{tempo_x:.2f}", "bars F1": f"{bars:.3f}", "x real time": f"{speed:.0f}",
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--tunes", type=int, default=32, help="fiddle tunes per synthesizer")
    parser.add_argument("--chorales", type=int, default=8, help="chorales per synthesizer")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only-print", action="store_true", help="touch no file")
    options = parser.parse_args()
    rows, everything, of = [], [], {name: [] for name in INSTRUMENTS}
    for synth in ("additive", "soundfont"):
        results = []
        for number, score in enumerate(chosen("fiddle", options.tunes, options.seed)):
            name = list(INSTRUMENTS)[number % len(INSTRUMENTS)]
            results.append(measured(with_program(score, INSTRUMENTS[name]), synth, "solo"))
            of[name].append(results[-1])
        rows.append(row(f"fiddle tunes, {synth}", results))
        everything += results
    rows.append(row("fiddle tunes, all", everything))
    rows += [row(f"... {name}", results) for name, results in of.items() if results]
    for synth in ("additive", "soundfont"):
        results = [measured(score, synth, "poly") for score in chosen("chorales", options.chorales, options.seed)]
        rows.append(row(f"chorales, {synth}", results))
    sopranos = [with_program(replace(score, tracks=score.tracks[:1]), INSTRUMENTS["violin"])
                for score in chosen("chorales", options.chorales, options.seed)]
    for cents in VIBRATO:
        results = [measured(score, "additive", "solo", cents) for score in sopranos]
        rows.append(row(f"sopranos, vibrato of {cents} cents", results))
    _report.publish(HERE, rows, ["mir_eval", "onnxruntime"], only_print=options.only_print)


if __name__ == "__main__":
    main()
