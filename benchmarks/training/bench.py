"""Tokens a second of the package's training loop, beside a plain loop over the same model and the same music.

    scripts/bench training [--rounds 3] [--steps 12]

The loops take turns, so that what else the machine does falls on both.
"""

import argparse
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent))

import _report  # noqa: E402

SIZES = {"n_layer": 4, "n_head": 4, "n_embd": 256, "block_size": 512, "dropout": 0.1}  # recipes/default.toml's
BATCH = 8


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--corpus", default="chorales")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--steps", type=int, default=12, help="a round, after two to warm up")
    parser.add_argument("--print", action="store_true", help="leave the files alone")
    asked = parser.parse_args()
    import torch

    from componium import corpora
    from componium.codecs.encoded import examples_of
    from componium.methods.base import codec_for

    torch.set_num_threads(1)
    corpus = corpora.load(asked.corpus).train
    codec = codec_for("events", corpus)
    examples = examples_of(codec, corpus)
    loops = {
        "componium train": lambda steps: ours(codec, examples, steps, muon=True),
        "componium train, AdamW": lambda steps: ours(codec, examples, steps, muon=False),
        "plain loop, float32": lambda steps: plain(codec, examples, steps, precise=True),
        "plain loop, bfloat16": lambda steps: plain(codec, examples, steps, precise=False),
    }
    rates = {name: [] for name in loops}
    for _ in range(asked.rounds):
        for name, loop in loops.items():
            rates[name].append(loop(asked.steps))
    base = np.median(rates["plain loop, float32"])
    rows = [{"loop": name, "tokens/s": f"{np.median(each):,.0f}", "least": f"{min(each):,.0f}",
             "most": f"{max(each):,.0f}", "times plain": f"{np.median(each) / base:.2f}",
             "padding": f"{padding(codec, examples):.2%}" if name == "componium train" else ""}
            for name, each in rates.items()]  # fmt: skip
    _report.publish(HERE, rows, ["torch", "lightning"], only_print=asked.print)


def module_for(codec):
    """The shipped model's net, untrained."""
    from componium.nn.transformer import TransformerConfig, TransformerModule
    from componium.training.modules import seeded

    return seeded(lambda: TransformerModule(TransformerConfig(len(codec.vocab), **SIZES)), 0)


def ours(codec, examples, steps, *, muon):
    """Tokens a second of componium.training.loop.train, checkpoints and log included, its start not."""
    from componium.training.loop import Settings, train

    seen = []
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(steps=steps + 2, batch_size=BATCH, block_size=SIZES["block_size"], log_every=1, muon=muon)
        report = lambda now: seen.append((now.done, time.perf_counter()))  # noqa: E731
        train(module_for(codec), codec, examples, [], settings, run_dir=Path(folder), on_progress=report)
    (first, began), (last, ended) = seen[1], seen[-1]
    return (last - first) * BATCH * SIZES["block_size"] / (ended - began)


def plain(codec, examples, steps, *, precise):
    """Tokens a second of a loop as in nanoGPT: one long row of ids, windows from anywhere in it, AdamW, clipping."""
    import torch
    from torch.nn import functional

    module, block = module_for(codec), SIZES["block_size"]
    optimizer = torch.optim.AdamW(module.parameters(), lr=1e-3, betas=(0.9, 0.95), weight_decay=0.1)
    row, rng = np.concatenate([example.ids for example in examples]), np.random.default_rng(0)
    for step in range(steps + 2):
        if step == 2:
            began = time.perf_counter()
        starts = rng.integers(0, len(row) - block - 1, BATCH)
        inputs, targets = (torch.from_numpy(np.stack([row[at + shift : at + shift + block] for at in starts]))
                           for shift in (0, 1))  # fmt: skip
        with torch.autocast("cpu", torch.bfloat16, enabled=not precise):
            logits = module(inputs)
        loss = functional.cross_entropy(logits.float().flatten(0, 1), targets.flatten())
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(module.parameters(), 1.0)
        optimizer.step()
    return steps * BATCH * block / (time.perf_counter() - began)


def padding(codec, examples):
    """The share of an epoch's ids that are padding."""
    from componium.training.batching import Windows

    windows = Windows(codec, examples, block_size=SIZES["block_size"], batch_size=BATCH, seed=0)
    padded, total = 0, 0
    for batch in windows.batches(0):
        padded, total = padded + int((batch.inputs == codec.pad).sum()), total + batch.inputs.size
    return padded / total


if __name__ == "__main__":
    main()
