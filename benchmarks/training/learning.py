"""Held-out loss against tokens and CPU seconds: the package's loop beside the reference loop of the training kit.

    python benchmarks/training/learning.py --kit FOLDER --arrays runs/pieces.npz [--rounds 2] [--steps 80]

Both train the same net from random weights on one thread, on the same music (chorales, fiddle tunes, hymns), each on
its own arrays, for as many steps, with the same rate, which falls to zero, warm-up, dropout, weight decay and share of
sequences with holes. Each is a process of its own; the two take turns of a second, and CPU seconds are those of the
process from its first step on, without measuring. Now and then both are measured on the same held-out rows, which the
kit makes; its ids are translated into the package's, word by word. Writes curve.csv, curve.png and a table.
"""

import argparse
import json
import os
import subprocess
import sys
import time
from pathlib import Path

import numpy as np

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

import _report  # noqa: E402
from _turns import in_turns  # noqa: E402

LOOPS = ("componium train", "kit")
CORPORA = ("chorales", "fiddle", "hymns")
SIZES = {"n_layer": 4, "n_head": 4, "n_embd": 256, "block_size": 512, "dropout": 0.05}
BATCH, RATE, WARMUP, DECAY, HOLES = 4, 6e-3, 20, 0.05, 0.45  # DECAY is that of the weights
ROWS, TRAINING, VALIDATION = 4, 0, 1  # held-out rows of a corpus; sides of the split in both files of arrays
COLUMNS = ("loop", "seed", "tokens", "cpu seconds", "nats an id", "nats a note")


class Watch:
    """CPU seconds and held-out loss of a training, each `every` steps; measuring doesn't count."""

    def __init__(self, options, loss):
        self.options, self.loss, self.rows = options, loss, []
        self.begun = time.process_time()

    def after_step(self, step):
        """Note a step, from 1."""
        now = time.process_time()
        if step == 1:  # the clock begins
            self.begun = now
        if step == 1 or step % self.options.every == 0:
            row = {"tokens": step * BATCH * SIZES["block_size"], "cpu seconds": round(now - self.begun, 2)}
            self.rows.append(row | self.loss())
            self.begun += time.process_time() - now


def measure(net, ids, taught, notes):
    """Return a net's nats an id and a note on rows (N, T + 1)."""
    import torch
    from torch.nn import functional

    net.eval()
    targets = torch.from_numpy(np.where(taught[:, 1:], ids[:, 1:], -100))
    with torch.inference_mode(), torch.autocast("cpu", torch.bfloat16):
        logits = net(torch.from_numpy(ids[:, :-1]))
    total = float(functional.cross_entropy(logits.float().flatten(0, 1), targets.flatten(), reduction="sum"))
    net.train()
    return {"nats an id": round(total / int(taught[:, 1:].sum()), 4), "nats a note": round(total / notes, 4)}


# The kit: its net, optimizers and rows, in the loop of its steady.py.


def kit_modules(folder):
    """Return the kit's modules net and stream."""
    sys.path.insert(0, str(folder))
    import net
    import stream

    return net, stream


def held_out_rows(stream, pieces):
    """Return the kit's held-out rows (ids, taught), and their number of notes."""
    rows = [row for name in CORPORA for row in stream.validation_rows(pieces, name, SIZES["block_size"], limit=ROWS)]
    ids, taught = (np.stack(each) for each in zip(*rows, strict=True))
    low, high = pieces.w.slice["Pitch"]
    return ids, taught, int(((ids >= low) & (ids < high) & taught)[:, 1:].sum())


def kit(options):
    import torch
    from torch.nn import functional

    net_module, stream = kit_modules(options.kit)
    torch.manual_seed(options.seed)
    pieces = stream.Pieces(options.kit / "pieces.npz")
    ids, taught, notes = held_out_rows(stream, pieces)
    net = net_module.Net(pieces.w.size, layers=SIZES["n_layer"], heads=SIZES["n_head"], width=SIZES["n_embd"],
                         block=SIZES["block_size"], dropout=SIZES["dropout"])  # fmt: skip
    optimizers = net_module.optimizers(net, RATE, DECAY)
    mix = dict.fromkeys(pieces.about["corpora"], 0) | kit_shares(pieces)
    rows = iter(stream.Rows(pieces, TRAINING, mix, SIZES["block_size"], options.seed, HOLES))
    watch = Watch(options, lambda: measure(net, ids, taught, notes))
    for step in range(options.steps):
        for group in (group for optimizer in optimizers for group in optimizer.param_groups):
            group["lr"] = RATE * min((step + 1) / WARMUP, (options.steps - step) / options.steps)
        batch, targets = (np.stack(each) for each in zip(*(next(rows) for _ in range(BATCH)), strict=True))
        x, y = torch.from_numpy(batch[:, :-1]), torch.from_numpy(np.where(targets[:, 1:], batch[:, 1:], -100))
        with torch.autocast("cpu", dtype=torch.bfloat16):
            logits = net(x)
        functional.cross_entropy(logits.float().flatten(0, 1), y.flatten(), ignore_index=-100).backward()
        torch.nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        for optimizer in optimizers:
            optimizer.step()
        net.zero_grad(set_to_none=True)
        watch.after_step(step + 1)
    return watch.rows


def kit_shares(pieces):
    """Return the number of training notes of each corpus."""
    sizes = np.diff(pieces.offsets["notes"])
    names, is_training = pieces.about["corpora"], pieces.split == TRAINING
    return {name: int(sizes[is_training & (pieces.corpus == names.index(name))].sum()) for name in CORPORA}


# The package's loop, on its own arrays.


def own_examples(path):
    """Return the codec and the training examples of CORPORA in a file of arrays."""
    from componium.codecs.base import Example, from_config

    with np.load(path, allow_pickle=False) as saved:
        about = json.loads(str(saved["about"]))
        parts = np.split(saved["ids"], np.cumsum(saved["n_ids"])[:-1])
        wanted = np.isin(saved["corpus"], [about["corpora"].index(name) for name in CORPORA])
        wanted &= saved["split"] == TRAINING
    examples = [Example(parts[at].astype(np.int64), tuple(about["styles"][at])) for at in np.flatnonzero(wanted)]
    return from_config(about["codec"]), examples


def translated(ids, pieces, vocab):
    """Return the kit's ids as the package's: family by family, styles by their names."""
    table = np.full(pieces.w.size, -1)
    for family, (low, high) in pieces.w.slice.items():
        own = vocab.ids(family)
        if family == "Style":
            table[low] = own.start
            names = {at: name for name, at in pieces.style_ids.items()}
            table[low + 1 : high] = [vocab.id(family, names[at]) for at in range(low + 1, high)]
        elif own.stop - own.start != high - low:
            sys.exit(f"the two vocabularies have {high - low} and {own.stop - own.start} ids of the family {family}")
        else:
            table[low:high] = np.arange(own.start, own.stop)
    if (table[ids] < 0).any():
        sys.exit("held-out rows with ids that the package's vocabulary doesn't have")
    return table[ids]


def own(options):
    from componium.nn.transformer import TransformerConfig, TransformerModule
    from componium.training.loop import train
    from componium.training.modules import seeded
    from componium.training.settings import Settings

    _, stream = kit_modules(options.kit)
    pieces = stream.Pieces(options.kit / "pieces.npz")
    ids, taught, notes = held_out_rows(stream, pieces)
    codec, examples = own_examples(options.arrays)
    ids = translated(ids, pieces, codec.vocab)
    module = seeded(lambda: TransformerModule(TransformerConfig(len(codec.vocab), **SIZES)), options.seed)
    settings = Settings(
        steps=options.steps, batch_size=BATCH, block_size=SIZES["block_size"], learning_rate=RATE, warmup=WARMUP,
        decay=1.0, weight_decay=DECAY, fills=HOLES, shuffle_rows=True, log_every=1, checkpoint_every=10**6,
        seed=options.seed,
    )  # fmt: skip
    watch = Watch(options, lambda: measure(module, ids, taught, notes))
    train(module, codec, examples, [], settings, on_progress=lambda now: watch.after_step(now.done))
    return watch.rows


# Both, in turns.


def learn(options):
    """Return the rows of both loops, for each of `options.rounds` seeds."""
    rows = []
    for seed in range(options.rounds):
        children = [started(name, seed, options) for name in LOOPS]
        in_turns(children)
        for name, process in zip(LOOPS, children, strict=True):
            said, _ = process.communicate()
            if not said:
                sys.exit(f"the loop {name!r} failed (see above)")
            rows += [dict(zip(COLUMNS, (name, seed, *row.values()), strict=True)) for row in json.loads(said)]
        print(f"  round {seed + 1} of {options.rounds}", file=sys.stderr, flush=True)
    return rows


def started(name, seed, options):
    command = [sys.executable, __file__, "--loop", name, "--seed", str(seed), "--steps", str(options.steps)]
    command += ["--every", str(options.every), "--kit", str(options.kit), "--arrays", str(options.arrays)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env={**os.environ, **_report.ONE_THREAD})


def table(rows):
    """Return the last measures of each loop and seed as a table."""
    last = {(row["loop"], row["seed"]): row for row in rows}
    cells = [(name, seed, f"{row['tokens']:,}", *(f"{row[column]:.2f}" for column in COLUMNS[3:]),
              f"{row['tokens'] / row['cpu seconds']:,.0f}") for (name, seed), row in sorted(last.items())]  # fmt: skip
    return _report.markdown((*COLUMNS, "tokens a CPU second"), cells)


def draw(rows, path):
    """Draw nats an id against tokens and against CPU seconds."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(9, 4), layout="constrained")
    columns = {"tokens": 1000, "cpu seconds": 1}
    for axes, (column, unit) in zip(figure.subplots(1, 2, sharey=True), columns.items(), strict=True):
        for name, color in zip(LOOPS, ("#1f4e79", "#c0504d"), strict=True):
            for seed in sorted({row["seed"] for row in rows}):
                own = [row for row in rows if row["loop"] == name and row["seed"] == seed]
                places, nats = ([float(row[key]) for row in own] for key in (column, "nats an id"))
                axes.plot([place / unit for place in places], nats, "o-", color=color, markersize=3,
                          label=name if not int(seed) else None)  # fmt: skip
        axes.set_xlabel("tokens, thousands" if unit == 1000 else "CPU seconds")
        axes.set_ylim(2, 4)
        axes.grid(True, color="#e0e0e0", linewidth=0.6)
    figure.axes[0].set_ylabel("held out, nats an id")
    figure.axes[0].legend(frameon=False)
    figure.savefig(path, dpi=110)


def parsed():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kit", type=Path, required=True, help="folder of the training kit")
    parser.add_argument("--arrays", type=Path, required=True, help="the package's arrays (scripts/make_arrays.py)")
    parser.add_argument("--rounds", type=int, default=2, help="seeds (default: 2)")
    parser.add_argument("--steps", type=int, default=80, help="of 2,048 tokens (default: 80)")
    parser.add_argument("--every", type=int, default=16, help="steps between two measures (default: 16)")
    parser.add_argument("--only-print", action="store_true", help="write no file")
    parser.add_argument("--loop", choices=LOOPS, help=argparse.SUPPRESS)
    parser.add_argument("--seed", type=int, default=0, help=argparse.SUPPRESS)
    return parser.parse_args()


def main():
    options = parsed()
    if options.loop:
        import torch

        torch.set_num_threads(1)
        json.dump({"componium train": own, "kit": kit}[options.loop](options), sys.stdout)
        return
    rows = learn(options)
    text = "\n\n".join([table(rows), _report.about("torch")])
    print(text)
    if not options.only_print:
        _report.write_csv(HERE / "curve.csv", rows)
        draw(rows, HERE / "curve.png")
        _report.fill(HERE / "README.md", text, "<!-- loss: begin -->", "<!-- loss: end -->")


if __name__ == "__main__":
    main()
