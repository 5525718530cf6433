"""What does a temperature of its own for rhythm do for the likeness of takes to real pieces? See README.md.

    scripts/bench rhythm [--styles jig:32,chorales:12] [--takes 32] [--rhythms 1,1.2,1.4] [--only-print]
"""

import argparse
import sys
from pathlib import Path

import numpy as np

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent))

import _pieces  # noqa: E402
import _report  # noqa: E402
from componium.composing.compose import compose  # noqa: E402
from componium.composing.model import load_model  # noqa: E402
from componium.evaluation.realism import realism  # noqa: E402
from componium.music.time import n_bars  # noqa: E402

STYLES = "jig:32,hornpipe:32,chorales:12,hymns:12,piano:24"
FEATURES = ("duration_entropy", "bar_rhythm_entropy", "commonest_bar_rhythm", "consonance_rate")


def rows_of(style, bars, options):
    """A row for each rhythm: takes of usual lengths, of which those of so many bars are compared."""
    model, real = load_model(), _pieces.held_out(style)
    for rhythm in options.rhythms.split(","):
        model.rhythm = float(rhythm)
        scores = [take.score for take in compose(style, n=options.takes, seed=0, method=model, endings=1)]
        scores = [score for score in scores if n_bars(score) >= bars]
        found = realism(scores, real, bars=bars, seed=0)
        effects = {effect.feature: effect for effect in found.effects}
        row = {"style": style, "bars": bars, "rhythm": rhythm, "takes": len(scores), "real": found.n_real,
               "AUC (95 %)": f"{found.auc:.2f} ({found.interval.low:.2f}-{found.interval.high:.2f})",
               "mean |delta|": f"{np.mean([abs(effect.delta) for effect in found.effects]):.3f}"}  # fmt: skip
        for name in FEATURES:
            effect = effects.get(name)
            row[name.replace("_", " ")] = f"{effect.generated:.2f} ({effect.real:.2f})" if effect else ""
        print(row, file=sys.stderr, flush=True)
        yield row


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--styles", default=STYLES, help="each with the bars that are compared")
    parser.add_argument("--takes", type=int, default=32)
    parser.add_argument("--rhythms", default="1,1.2,1.4")
    parser.add_argument("--only-print", action="store_true")
    options = parser.parse_args()
    wanted = [(style, int(bars)) for style, bars in (pair.split(":") for pair in options.styles.split(","))]
    rows = [row for style, bars in wanted for row in rows_of(style, bars, options)]
    _report.publish(HERE, rows, ("scikit-learn",), only_print=options.only_print)


if __name__ == "__main__":
    main()
