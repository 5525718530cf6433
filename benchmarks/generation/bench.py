"""Tokens a second of Componium's two engines and of Hugging Face `generate`, for nets of two sizes.

    python benchmarks/generation/bench.py [--nets shipped larger] [--rounds 3] [--batches 1 8] [--tokens 511]
                                          [--quick] [--only-print]

Everything runs in one process on one thread; the makers take turns, and processor time is counted. Each makes
`--tokens` ids a sequence: Componium's sampler with all its masks, by numpy in float32 and by ONNX Runtime in 8 bits,
and `generate` of a GPT-2 with as many layers, heads, channels, words and places and random weights, with its cache, at
the same temperature and top-p.
"""

import argparse
import os
import sys
import tempfile
import time
import warnings
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

import _report  # noqa: E402

os.environ.update(_report.ONE_THREAD | {"TOKENIZERS_PARALLELISM": "false", "HF_HUB_OFFLINE": "1"})

import numpy as np  # noqa: E402

from _larger import larger_net  # noqa: E402

TOP_P = 0.98  # what compose uses
STYLE, BARS = "chorales", 1024  # so many bars that no sequence ends early
NUMPY, ONNX, PEER = "componium, numpy float32", "componium, ONNX Runtime int8", "transformers, GPT-2"
ENGINES = {NUMPY: "numpy", ONNX: "onnxruntime"}
AIMS = {1: 5, 8: 3}  # times the peer, by batch
COLUMNS = ("net", "what", "runs", "median", "least", "most", "unit", "aim")


def shipped():
    from componium import methods
    from componium.weights import SHIPPED

    return methods.load(SHIPPED)


NETS = {"shipped": shipped, "larger": larger_net}


# The makers: each is called with (batch, tokens, seed).


@dataclass
class FirstIds:
    """A guide that is done after `left` ids, so that all makers make the same number."""

    guide: object
    left: int

    def __getattr__(self, name):
        return getattr(self.guide, name)

    def advance(self, index):
        self.guide.advance(index)
        self.left -= 1

    @property
    def done(self):
        return self.left == 0


def own_maker(folder, engine):
    """Return what makes ids with a saved model by one engine."""
    from componium import methods
    from componium.decoding.controls import Controls
    from componium.decoding.request import Request
    from componium.decoding.sampling import Sampling, sample

    os.environ["COMPONIUM_ENGINE"] = engine
    model = methods.load(folder)
    codec, request = model.codec_, Request(Controls(style=STYLE, bars=BARS))

    def make(batch, tokens, seed):
        rngs = np.random.default_rng(seed).spawn(batch)
        plans = [codec.plan(request, model.profiles_, rng) for rng in rngs]
        guides = [codec.guide(plan, request, model.profile_of(plan.style)) for plan in plans]
        for guide in guides:
            guide.advance(codec.bos)  # BOS is given
        prompts = np.full((batch, 1), codec.bos)
        limited = [FirstIds(guide, tokens) for guide in guides]
        n_made = sum(1 for _ in sample(model, prompts, limited, rngs, Sampling(top_p=TOP_P)))
        if n_made != batch * tokens:
            sys.exit(f"{engine} made {n_made} ids, not {batch * tokens}")

    return make


def peer_maker(model):
    """Return what makes ids with a GPT-2 of the model's size, and its number of weights."""
    import torch
    import transformers

    torch.set_num_threads(1)
    transformers.logging.set_verbosity_error()
    ends = {"eos_token_id": None, "pad_token_id": model.codec_.pad}
    config = transformers.GPT2Config(
        vocab_size=len(model.codec_.vocab), n_layer=model.n_layer, n_head=model.n_head, n_embd=model.n_embd,
        n_positions=model.block_size, bos_token_id=model.codec_.bos, **ends,
    )  # fmt: skip
    torch.manual_seed(0)
    network = transformers.GPT2LMHeadModel(config).eval()
    settings = {"do_sample": True, "use_cache": True, "temperature": 1.0, "top_k": 0, "top_p": TOP_P, **ends}

    def make(batch, tokens, seed):
        torch.manual_seed(seed)
        start = torch.full((batch, 1), model.codec_.bos)
        made = network.generate(start, attention_mask=torch.ones_like(start), max_new_tokens=tokens, **settings)
        if made.shape != (batch, tokens + 1):
            sys.exit(f"transformers made {tuple(made.shape)} ids, not {(batch, tokens + 1)}")

    return make, sum(weight.numel() for weight in network.parameters())


# Timing.


def rates(makers, batch, options):
    """Return each maker's tokens a second of processor time, a round each; the makers take turns."""
    found = {name: [] for name in makers}
    for make in makers.values():
        make(batch, 16, 0)
    for number in range(options.rounds):
        for name, make in makers.items():
            start = time.process_time()
            make(batch, options.tokens, number + 1)
            found[name].append(batch * options.tokens / (time.process_time() - start))
    return found


def rows_of(net, batch, found):
    rows = [row(net, f"batch {batch}: {name}", values, "tokens/s", digits=0) for name, values in found.items()]
    aim = f">= {AIMS[batch]}" if batch in AIMS else ""
    for name in ENGINES:
        ratios = [own / peer for own, peer in zip(found[name], found[PEER], strict=True)]  # of one round each
        rows.append(row(net, f"batch {batch}: {name}, over transformers", ratios, "times", aim, digits=2))
    return rows


def row(net, what, values, unit, aim="", *, digits):
    middle, least, most = (f"{value:.{digits}f}" for value in _report.spread(values))
    return dict(zip(COLUMNS, (net, what, len(values), middle, least, most, unit, aim), strict=True))


def measure(name, options):
    """Return a net's rows, and a line about its size."""
    model = NETS[name]()
    with tempfile.TemporaryDirectory() as folder:
        model.save(folder, bits=8)
        makers = {engine: own_maker(folder, word) for engine, word in ENGINES.items()}
    makers[PEER], n_peer = peer_maker(model)
    n_own = sum(array.size for array in model.get_weights()[1].values())
    sizes = f"{model.n_layer} layers, {model.n_head} heads, {model.n_embd} channels"
    note = f"{name}: {sizes}, {n_own:,} weights; GPT-2 {n_peer:,}."
    rows = [row for batch in options.batches for row in rows_of(name, batch, rates(makers, batch, options))]
    return rows, note


def parsed():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--nets", nargs="+", choices=NETS, default=list(NETS))
    parser.add_argument("--rounds", type=int, default=3, help="repetitions of everything (default: 3)")
    parser.add_argument("--tokens", type=int, default=511, help="ids a sequence (default: 511)")
    parser.add_argument("--batches", type=int, nargs="+", default=list(AIMS))
    parser.add_argument("--quick", action="store_true", help="one round of 64 ids, printed only")
    parser.add_argument("--only-print", action="store_true", help="write neither results.csv nor README.md")
    options = parser.parse_args()
    if options.quick:
        options.rounds, options.tokens, options.only_print = 1, 64, True
    return options


def main():
    options = parsed()
    missing = [name for name in ("torch", "transformers", "onnxruntime") if find_spec(name) is None]
    if missing:
        sys.exit(f"error: {', '.join(missing)} not installed; run this by `scripts/bench generation`")
    warnings.simplefilter("ignore")
    rows, notes = [], [f"One thread, processor time. {options.tokens} ids a sequence, style {STYLE}, top-p {TOP_P}."]
    for name in options.nets:
        found, note = measure(name, options)
        rows, notes = [*rows, *found], [*notes, note]
    _report.publish(HERE, rows, ["torch", "transformers", "onnxruntime"], notes=notes, only_print=options.only_print)


if __name__ == "__main__":
    main()
