"""Loudness and tempo of the first six pieces: docs/images/first_curves.png, and the range of each one's loudness.

    python benchmarks/performance/first.py [--only-print]
"""

import argparse
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

import bench  # noqa: E402
import numpy as np  # noqa: E402

PIECES, RATE = 6, 22_050
PICTURE = HERE.parent.parent / "docs" / "images" / "first_curves.png"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only-print", action="store_true", help="write no file")
    options = parser.parse_args()
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    from componium.composing.first import first_pieces
    from componium.render.sound import render

    figure = Figure(figsize=(11, 1.5 * PIECES), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.subplots(PIECES, 2)
    for number, (controls, (left, right)) in enumerate(zip(first_pieces(PIECES, 1), axes, strict=True), 1):
        performance, title = performed(controls)
        levels = bench.momentary(render(performance, synth="additive", sample_rate=RATE))
        print(f"{number} {title}: {bench.spread(levels):.1f} dB")
        left.plot(np.arange(len(levels)) * bench.WINDOW / 4, levels - levels.max(), color="tab:red", lw=1.0)
        left.set_ylim(-24, 1)
        left.set_title(f"{number} {title}: momentary loudness in dB, by seconds", fontsize=9, loc="left")
        bench.draw_tempo(right, performance)
        right.set_title("quarters a minute, by quarters", fontsize=9, loc="left")
    if not options.only_print:
        figure.savefig(PICTURE, dpi=80)


def performed(controls):
    """The performance of a piece as the command composes and writes it, and its title."""
    import componium

    take = componium.compose(**controls, accompany=True)
    return take.perform(), take.score.title


if __name__ == "__main__":
    main()
