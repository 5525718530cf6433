"""How much performances change: dynamics and tempo of takes, played and as written; drummers left out, predicted.

    python benchmarks/performance/bench.py [--takes 3] [--data FOLDER] [--asap FOLDER] [--only-print]

Takes of the shipped model are rendered by the built-in synthesizer at one loudness, with expression 0 and 1. With
`--data` (or COMPONIUM_DATA), the Groove MIDI Dataset in it, a table of drummers' feel is measured ten times, each time
without one drummer, whose beats it then predicts. With `--asap`, the ASAP dataset, the dynamics of pianists are set
beside ours of the same pieces. curves.png shows the first take of each style.
"""

import argparse
import os
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent)]

import _report  # noqa: E402

os.environ.update(_report.ONE_THREAD)  # before numpy is imported

import dynamics  # noqa: E402
import numpy as np  # noqa: E402

STYLES = ("jig", "hornpipe", "air", "chorales", "madrigals", "quartets")
BARS, RATE, WINDOW = 16, 22_050, 0.4  # seconds: BS.1770's momentary loudness


def momentary(audio):
    """Loudness of each 400 ms, K-weighted, in LUFS; 75 % overlapping."""
    from componium.audio.loudness import weighted_energy

    size, step = int(WINDOW * audio.sample_rate), int(WINDOW * audio.sample_rate / 4)
    starts = range(0, len(audio.samples) - size, step)
    energy = [sum(weighted_energy(np.ascontiguousarray(audio.samples[at : at + size, channel]), audio.sample_rate)
                  for channel in (0, 1)) / WINDOW for at in starts]  # fmt: skip
    return -0.691 + 10 * np.log10(np.maximum(energy, 1e-12))


def spread(levels):
    """The 95th percentile less the 10th, of what is within 30 dB of the loudest."""
    levels = levels[levels > levels.max() - 30]
    return float(np.percentile(levels, 95) - np.percentile(levels, 10))


def measure(performance):
    """Figures of one performance and its sound."""
    from componium.render.sound import render

    audio = render(performance, synth="additive", sample_rate=RATE)
    levels = momentary(audio)
    times = [performance.seconds(track) for track in range(len(performance.played))]
    seconds = max((onset + duration).max() for onset, duration in times)
    velocity = np.concatenate([played["velocity"] for played in performance.played])
    velocity = np.where(velocity > 0, velocity, 80)
    qpm = [tempo.qpm for tempo in performance.sounding.tempos] or [120.0]
    return {"velocities": 40 * np.log10(np.percentile(velocity, 95) / np.percentile(velocity, 5)),
            "loudness": spread(levels), "seconds": seconds, "tail": audio.seconds - seconds,
            "slowest": min(qpm), "fastest": max(qpm), "levels": levels}  # fmt: skip


def take_rows(takes):
    """A row for each style: means over its takes, as written and played."""
    rows = []
    for style, performed in takes.items():
        plain = [measure(take.perform(0.0)) for take in performed]
        played = [measure(take.perform(1.0)) for take in performed]

        def mean(name, found):
            return float(np.mean([one[name] for one in found]))

        qpm = np.mean([take.score.tempos[0].qpm for take in performed])
        tempo = f"{mean('slowest', played) / qpm:.2f} to {mean('fastest', played) / qpm:.2f}"
        length = mean("seconds", played) / mean("seconds", plain)
        rows.append({
            "style": style, "takes": len(performed), "velocities, dB": f"{mean('velocities', played):.1f}",
            "written": f"{mean('velocities', plain):.1f}", "sound, dB": f"{mean('loudness', played):.1f}",
            "as written": f"{mean('loudness', plain):.1f}", "tempo": tempo,
            "length": f"{length:.2f}", "tail, s": f"{mean('tail', played):.1f}",
        })  # fmt: skip
        print(rows[-1], file=sys.stderr, flush=True)
    return rows


def curves(performances, path):
    """Draw tempo and loudness in time, a row for each performance."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(11, 1.9 * len(performances)), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.subplots(len(performances), 2, squeeze=False)
    for (name, performance), (left, right) in zip(performances.items(), axes, strict=True):
        draw_tempo(left, performance)
        draw_loudness(right, performance)
        left.set_title(f"{name}: tempo, quarters a minute", fontsize=9, loc="left")
        right.set_title(f"{name}: velocities, and their mean in each bar", fontsize=9, loc="left")
    figure.savefig(path, dpi=80)


def draw_tempo(axes, performance):
    from componium.music.time import bar_lines

    sounding, tpq = performance.sounding, performance.sounding.ticks_per_quarter
    tempos = sounding.tempos
    ticks = np.array([*(tempo.tick for tempo in tempos), sounding.end]) / tpq
    axes.step(ticks, [*(tempo.qpm for tempo in tempos), tempos[-1].qpm], where="post", color="tab:blue", lw=1.2)
    for line in bar_lines(sounding)[::4] / tpq:
        axes.axvline(line, color="0.88", lw=0.8, zorder=0)
    axes.set_xlim(0, ticks[-1])


def draw_loudness(axes, performance):
    from componium.music.time import bar_lines

    tpq, lines = performance.sounding.ticks_per_quarter, bar_lines(performance.sounding)
    onset = np.concatenate([played["onset"] for played in performance.played])
    velocity = np.concatenate([played["velocity"] for played in performance.played])
    axes.plot(onset / tpq, velocity, ".", ms=2.5, color="tab:gray")
    bar = np.searchsorted(lines, onset, side="right") - 1
    means = [velocity[bar == at].mean() if (bar == at).any() else np.nan for at in range(len(lines) - 1)]
    axes.step(lines / tpq, [*means, means[-1]], where="post", color="tab:red", lw=1.2)
    axes.set_xlim(0, lines[-1] / tpq)
    axes.set_ylim(20, 127)


def drummer_rows(folder):
    """A row for each drummer left out: correlations, over strokes of a beat, of what is predicted and was played."""
    from componium.performance import drummers

    beats = list(drummers.recordings(folder))
    rows, everything = [], []
    for name in sorted({drummer for drummer, *_ in beats}, key=lambda name: int(name.removeprefix("drummer"))):
        table = drummers.measure((genre, score) for drummer, genre, score in beats if drummer != name)
        found = [predicted(table, genre, score) for drummer, genre, score in beats if drummer == name]
        everything += found
        rows.append(drummer_row(name, found))
    return [*rows, drummer_row("all", everything)]


def predicted(table, genre, score):
    """For loudness and offset: the correlation, and the error's share of that of one value for all strokes."""
    from componium.performance import drummers

    pitch, place, loudness, offset = drummers.strokes(score)
    figures = []
    for played, guess in zip((loudness, offset), table.predict(genre, pitch, place), strict=True):
        error = np.std(played - guess) / max(np.std(played), 1e-9)
        figures += [np.corrcoef(played, guess)[0, 1] if np.std(guess) > 0 < np.std(played) else 0.0, error]
    return figures


def drummer_row(name, found):
    loudness, error, offset, offset_error = np.mean(found, axis=0)
    return {"left out": name, "beats": len(found), "loudness: r": f"{loudness:.2f}", "error": f"{error:.2f}",
            "beats with r > 0": f"{np.mean([one[0] > 0 for one in found]):.0%}",
            "offsets: r": f"{offset:.2f}", "their error": f"{offset_error:.2f}"}  # fmt: skip


def table(rows):
    """Return rows (dicts with the same keys) as a table in Markdown."""
    return _report.markdown(list(rows[0]), [row.values() for row in rows])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--takes", type=int, default=3, help="of each style (default: 3)")
    parser.add_argument("--data", type=Path, default=os.environ.get("COMPONIUM_DATA"), help="a folder with groove/")
    parser.add_argument("--asap", type=Path, help="a folder with the ASAP dataset")
    parser.add_argument("--only-print", action="store_true", help="write no file")
    options = parser.parse_args()
    import componium

    takes = {style: componium.compose(style, bars=BARS, seed=1, n=options.takes) for style in STYLES}
    rows = take_rows(takes)
    drummers = drummer_rows(Path(options.data) / "groove") if options.data else []
    loud, pianists = dynamics.pp_rows(RATE), dynamics.pianist_rows(options.asap) if options.asap else []
    notes = [f"Velocity {dynamics.FF} (ff) over {dynamics.PP} (pp), in rendered sound:", table(loud)]
    if pianists:
        notes += ["Pianists, and our rules on the same pieces:", table(pianists)]
    if drummers:
        notes += ["Drummers left out:", table(drummers)]
    _report.publish(HERE, rows, (), notes=notes, only_print=options.only_print)
    if not options.only_print:
        curves({style: performed[0].perform() for style, performed in takes.items()}, HERE / "curves.png")
        for name, found in (("drummers", drummers), ("dynamics", loud), ("pianists", pianists)):
            if found:
                _report.write_csv(HERE / f"{name}.csv", found)


if __name__ == "__main__":
    main()
