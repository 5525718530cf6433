"""Copies in the takes of a net while it trains, on few pieces and on many.

    scripts/bench copying [--steps 50,100,200,400,800,1600] [--takes 20] [--print]

Writes results.csv, the README's table and picture.png.
"""

import argparse
import sys
import tempfile
from pathlib import Path

import numpy as np

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent))

import _report  # noqa: E402

STYLE, BARS, HELD_OUT = "jig", 16, 60
FEW = 20
NET = {"n_layer": 1, "n_hidden": 192, "n_embd": 64, "dropout": 0.0}
# The rate stays as it is, so that a run goes on from each of the steps, and the last weights count, not the best.
# Pieces stay in their keys, which makes copying easier.
TRAINING = {"batch_size": 8, "block_size": 128, "learning_rate": 4e-3, "decay": 0.0, "warmup": 20, "log_every": 100,
            "augment": False, "seed": 0}  # fmt: skip


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--steps", default="50,100,200,400,800,1600")
    parser.add_argument("--takes", type=int, default=20)
    parser.add_argument("--print", action="store_true", help="leave the files alone")
    asked = parser.parse_args()
    from componium import corpora

    corpus = corpora.load("fiddle").of_style(STYLE)
    train = list({piece.id: piece for piece in corpus.train}.values())
    unseen = [piece for piece in corpus.pieces if piece.split != "train"][:HELD_OUT]
    few = np.random.default_rng(0).choice(len(train), FEW, replace=False)
    rows = []
    for pieces in ([train[at] for at in sorted(few)], train):
        rows += run(corpus.with_pieces(pieces), unseen, [int(step) for step in asked.steps.split(",")], asked.takes)
    _report.publish(HERE, rows, ["torch"], only_print=asked.print)
    if not asked.print:
        draw(rows, HERE / "picture.png")


def run(corpus, unseen, steps, takes):
    """A row for the unseen pieces, and one for each number of steps."""
    from componium.composing.compose import compose
    from componium.composing.model import index_corpus
    from componium.learning.train import train

    index = index_corpus(corpus)
    rows = [row(len(corpus), "unseen pieces", [cut(piece.score) for piece in unseen], index)]
    with tempfile.TemporaryDirectory() as folder:
        for count in steps:
            train(corpus, folder, method="rnn", params={**NET, "training": {**TRAINING, "steps": count}}, resume=True)
            made = compose(STYLE, bars=BARS, n=takes, seed=1, method=folder)
            rows.append(row(len(corpus), count, [take.score for take in made], index))
            print(rows[-1], file=sys.stderr, flush=True)
    return rows


def cut(score):
    from componium.music.time import n_bars
    from componium.music.transform import slice_bars

    return slice_bars(score, max(n_bars(score) - BARS, 0), n_bars(score))


def row(n_pieces, steps, scores, index):
    """The shares of all notes in copies, and the mean of the longest."""
    found = [index.compare(score) for score in scores]
    notes = np.array([len(each.exact_length) for each in found])

    def share(of):
        return f"{100 * np.average([of(each) for each in found], weights=notes):.1f}"

    return {
        "pieces": n_pieces, "steps": steps,
        "exact, 8 notes or more, %": share(lambda each: each.exact_share(8)),
        "exact, 16 or more, %": share(lambda each: each.exact_share(16)),
        "with changes, 16 or more, %": share(lambda each: each.share(16)),
        "longest exact, mean": f"{np.mean([each.exact.notes for each in found]):.1f}",
        "longest with changes, mean": f"{np.mean([each.near.notes for each in found]):.1f}",
    }  # fmt: skip


def draw(rows, path):
    """The shares by step, on few and on many pieces, with unseen pieces as level lines."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9, 4), layout="constrained")
    sizes = list(dict.fromkeys(row["pieces"] for row in rows))
    for axes, size in zip(figure.subplots(1, len(sizes), sharey=True), sizes, strict=True):
        human, *made = [row for row in rows if row["pieces"] == size]
        for column, color in (("exact, 8 notes or more, %", "#1f4e79"), ("exact, 16 or more, %", "#c0504d"),
                              ("with changes, 16 or more, %", "#7f9f3f")):  # fmt: skip
            axes.plot([row["steps"] for row in made], [float(row[column]) for row in made], "o-", color=color,
                      label=column.removesuffix(", %"))
            axes.axhline(float(human[column]), color=color, linestyle=":", linewidth=1.2)
        axes.set_xscale("log")
        axes.set_xticks([row["steps"] for row in made], [str(row["steps"]) for row in made])
        axes.minorticks_off()
        axes.set_title(f"trained on {size} {STYLE}s (dotted: unseen {STYLE}s)", fontsize=10)
        axes.set_xlabel("training steps")
        axes.set_ylim(0, 100)
        axes.grid(True, color="#e0e0e0", linewidth=0.6)
    figure.axes[0].set_ylabel("notes in copies, %")
    figure.axes[0].legend(frameon=False, fontsize=8)
    figure.savefig(path, dpi=110)


if __name__ == "__main__":
    main()
