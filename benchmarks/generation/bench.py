"""How fast music is made: tokens a second beside Hugging Face transformers, and the cost of a bar as pieces grow.

    python benchmarks/generation/bench.py [--parts speed length] [--model DIR] [--rounds 5] [--only-print]

Everything runs on one thread, each part in a process of its own.
- speed: `--tokens` ids a sequence, as many sequences at once as `--batches` says, by three makers in turn: Componium's
  sampler with all its masks, its bare step loop (logits only), and `generate` of a GPT-2 with as many layers, heads,
  channels, words and places and random weights, with its cache, drawing by the same temperature and top-p.
- length: takes of 16 to 1,024 bars by `componium.compose`, as many of each length as make `--total` bars. The lengths'
  processes take turns of a second, so that what else the machine does slows all alike; processor time is counted.
"""

import argparse
import json
import os
import signal
import subprocess
import sys
import time
import warnings
from importlib.util import find_spec
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

import _report  # noqa: E402

TOP_P = 0.98  # what compose uses
AIM_RATIO, AIM_FLAT = 5.0, 0.10
TURN = 1.0  # seconds
SAMPLER, STEPS, PEER = "componium, sampler and masks", "componium, bare steps", "transformers GPT-2 generate"
COLUMNS = ("what", "runs", "median", "least", "most", "unit", "aim")


def load_model(folder):
    from componium import methods
    from componium.weights import SHIPPED

    return methods.load(Path(folder) if folder else SHIPPED)


# Speed: the three makers. Each makes `tokens` ids in each of `batch` rows and says how many notes are among them.


class FirstIds:
    """A guide that is done after so many ids, so that all makers make the same number."""

    def __init__(self, guide, tokens):
        self.guide, self.left, self.given = guide, tokens, guide.given[:1]
        self.mask, self.bias, self.finish = guide.mask, guide.bias, guide.finish

    def advance(self, index):
        self.guide.advance(index)
        self.left -= 1

    @property
    def done(self):
        return self.left == 0


def make_sampled(model, style, batch, tokens, seed):
    import numpy as np

    from componium.decoding.controls import Controls
    from componium.decoding.request import Request
    from componium.decoding.sampling import Sampling, sample

    codec, request = model.codec_, Request(Controls(style=style, bars=1024))  # so long that no row ends early
    rngs = np.random.default_rng(seed).spawn(batch)
    plans = [codec.plan(request, model.profiles_, rng) for rng in rngs]
    guides = [FirstIds(codec.guide(plan, request, model.profile_of(plan.style)), tokens) for plan in plans]
    for guide in guides:
        guide.guide.advance(codec.bos)  # BOS is given
    prompts = np.full((batch, 1), codec.bos)
    rows = list(sample(model, prompts, guides, rngs, Sampling(top_p=TOP_P)))
    return int(model.codec_.is_note(np.array([index for _, index in rows])).sum())


def make_steps(model, style, batch, tokens, seed):
    import numpy as np

    ids = np.full(batch, model.codec_.bos)
    state = model.empty_state(batch)
    for _ in range(tokens):
        logits, state = model.step(state, ids)
        ids = logits.argmax(axis=1)


def peer_maker(model):
    """The GPT-2 of the same size, and what makes ids with it."""
    import torch
    import transformers

    torch.set_num_threads(1)
    torch.set_num_interop_threads(1)
    transformers.logging.set_verbosity_error()
    sizes = {"n_layer": 4, "n_head": 4, "n_embd": 256, "block_size": 512}
    sizes |= {name: value for name, value in model.get_params().items() if name in sizes}
    config = transformers.GPT2Config(
        vocab_size=len(model.codec_.vocab), n_layer=sizes["n_layer"], n_head=sizes["n_head"], n_embd=sizes["n_embd"],
        n_positions=sizes["block_size"], bos_token_id=model.codec_.bos, eos_token_id=None,
        pad_token_id=model.codec_.pad,
    )
    torch.manual_seed(0)
    network = transformers.GPT2LMHeadModel(config).eval()
    how = {"do_sample": True, "use_cache": True, "temperature": 1.0, "top_k": 0, "top_p": TOP_P, "eos_token_id": None,
           "pad_token_id": model.codec_.pad}

    def make(model, style, batch, tokens, seed):
        torch.manual_seed(seed)
        start = torch.full((batch, 1), model.codec_.bos)
        made = network.generate(start, attention_mask=torch.ones_like(start), max_new_tokens=tokens, **how)
        if made.shape != (batch, tokens + 1):
            sys.exit(f"transformers made {tuple(made.shape)} ids, not {(batch, tokens + 1)}")

    return make, sum(weight.numel() for weight in network.parameters())


def speed(options):
    warnings.simplefilter("ignore")
    model = load_model(options.model)
    make_peer, peer_size = peer_maker(model)
    makers = {SAMPLER: make_sampled, STEPS: make_steps, PEER: make_peer}
    block = model.get_params().get("block_size", 512)
    tokens = min(options.tokens or block - 1, block - 1)  # GPT-2 can't go beyond its window
    runs = []
    for batch in options.batches:
        for maker in makers.values():
            maker(model, options.style, batch, min(tokens, 16), 0)
        for number in range(options.rounds):
            for name, maker in makers.items():
                start = time.perf_counter()
                n_notes = maker(model, options.style, batch, tokens, number + 1)
                runs.append({"maker": name, "batch": batch, "seconds": time.perf_counter() - start,
                             "tokens": batch * tokens, "notes": n_notes})
    own_size = sum(array.size for array in model.get_weights()[1].values())
    return {"runs": runs, "tokens": tokens, "parameters": [own_size, peer_size]}


def speed_rows(result):
    rows = []
    for batch in sorted({run["batch"] for run in result["runs"]}):
        rates = {}
        runs = [run for run in result["runs"] if run["batch"] == batch]
        for run in runs:
            rates.setdefault(run["maker"], []).append(run["tokens"] / run["seconds"])
        notes = [run["notes"] / run["seconds"] for run in runs if run["notes"] is not None]
        rows += [row(f"{maker}, batch {batch}", values, "tokens/s") for maker, values in rates.items()]
        rows.append(row(f"{SAMPLER}, batch {batch}", notes, "notes/s"))
        for maker, aim in ((SAMPLER, f">= {AIM_RATIO:g}"), (STEPS, "")):
            ratios = [own / peer for own, peer in zip(rates[maker], rates[PEER], strict=True)]  # of one round each
            rows.append(row(f"{maker}, over transformers, batch {batch}", ratios, "times", aim, 2))
    return rows


# Length: the cost of a bar and of a token.


def length(options):
    """Takes of `options.bars` bars, one after another; the peak memory is the process's."""
    import resource

    from componium.composing.compose import compose

    kind, steps = type(load_model(options.model)), 0
    step = kind.step

    def counted(self, state, tokens):
        nonlocal steps
        steps += 1
        return step(self, state, tokens)

    kind.step = counted
    compose(style=options.style, meter="4/4", bars=4, seed=0, method=options.model)  # loads all there is to load
    runs = []
    for seed in options.seeds:
        steps, start = 0, time.process_time()
        take = compose(style=options.style, meter="4/4", bars=options.bars, seed=seed, method=options.model)
        runs.append({"bars": options.bars, "seconds": time.process_time() - start, "tokens": steps + 1,
                     "notes": take.score.n_notes})
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1024 if sys.platform != "darwin" else 1024**2)
    return {"runs": runs, "peak_mb": peak}


def lengths(options):
    """Each length's rounds and peaks; in each round every length has a process of its own and as many bars in all."""
    found = {bars: {"rounds": [], "peaks": []} for bars in options.lengths}
    for number in range(options.rounds):
        children = []
        for bars in found:
            count = max(options.total // bars, 1)
            seeds = range(1 + number * count, 1 + (number + 1) * count)
            children.append(started("length", options, "--bars", str(bars), "--seeds", *map(str, seeds)))
        in_turns(children)
        for entry, process in zip(found.values(), children, strict=True):
            done = told("length", process)
            entry["rounds"].append({name: sum(run[name] for run in done["runs"]) for name in done["runs"][0]})
            entry["peaks"].append(done["peak_mb"])
        print(f"round {number + 1} of {options.rounds}", file=sys.stderr)
    return found


def in_turns(children):
    """Let processes run one at a time, a turn each, until all have ended."""
    try:
        for process in children:
            process.send_signal(signal.SIGSTOP)
        while going := [process for process in children if process.poll() is None]:
            for process in going:
                process.send_signal(signal.SIGCONT)
                time.sleep(TURN)
                process.send_signal(signal.SIGSTOP)
    finally:  # a stopped process would outlive this one
        for process in children:
            process.kill()


def length_rows(found):
    """Each figure is of a round: its takes' processor seconds over their bars or tokens."""
    rows, base, flat = [], None, f"{1 - AIM_FLAT:g} to {1 + AIM_FLAT:g}"
    for bars, entry in found.items():
        totals = entry["rounds"]
        per_token = [1e3 * total["seconds"] / total["tokens"] for total in totals]
        per_bar = [1e3 * total["seconds"] / total["bars"] for total in totals]
        base = base or (per_token, per_bar)
        name = f"{bars} bars"
        rows.append(row(f"{name}: a token", per_token, "ms", "", 3))
        rows.append(row(f"{name}: a bar", per_bar, "ms"))
        rows.append(row(f"{name}: tokens a bar", [total["tokens"] / total["bars"] for total in totals], "tokens"))
        for what, own, first in (("a token", per_token, base[0]), ("a bar", per_bar, base[1])):
            if bars != next(iter(found)):
                ratios = [one / other for one, other in zip(own, first, strict=True)]
                rows.append(row(f"{name}: {what}, over {next(iter(found))} bars", ratios, "times", flat, 2))
        rows.append(row(f"{name}: peak memory", entry["peaks"], "MB", "", 0))
    return rows


# Both.


def row(what, values, unit, aim="", digits=1):
    middle, least, most = (f"{value:.{digits}f}" for value in _report.spread(values))
    return dict(zip(COLUMNS, (what, len(values), middle, least, most, unit, aim), strict=True))


def started(part, options, *more):
    """A part begun, on one thread, in a process of its own."""
    command = [sys.executable, __file__, "--child", part, "--style", options.style, "--rounds", str(options.rounds)]
    command += ["--tokens", str(options.tokens), "--batches", *map(str, options.batches), *more]
    command += ["--model", options.model] if options.model else []
    environment = {**os.environ, **_report.ONE_THREAD, "TOKENIZERS_PARALLELISM": "false", "HF_HUB_OFFLINE": "1"}
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)


def told(part, process):
    """What a part says in the end."""
    said, _ = process.communicate()
    if process.returncode:
        sys.exit(f"the part {part!r} failed (see above)")
    return json.loads(said)


def parsed():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--parts", nargs="+", choices=("speed", "length"), default=["speed", "length"])
    parser.add_argument("--model", metavar="DIR", help="a model's folder; the shipped one by default")
    parser.add_argument("--style", default="chorales")
    parser.add_argument("--rounds", type=int, default=5, help="repetitions of everything (default: 5)")
    parser.add_argument("--tokens", type=int, default=0, help="ids a sequence (default: what the window holds)")
    parser.add_argument("--batches", type=int, nargs="+", default=[1, 8])
    parser.add_argument("--lengths", type=int, nargs="+", default=[16, 64, 256, 1024], help="bars")
    parser.add_argument("--total", type=int, default=1024, help="bars of each length a round (default: 1024)")
    parser.add_argument("--only-print", action="store_true", help="write neither results.csv nor README.md")
    parser.add_argument("--child", choices=("speed", "length"), help=argparse.SUPPRESS)
    parser.add_argument("--bars", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--seeds", type=int, nargs="+", help=argparse.SUPPRESS)
    return parser.parse_args()


def main():
    options = parsed()
    if options.child:
        json.dump({"speed": speed, "length": length}[options.child](options), sys.stdout)
        return
    missing = [name for name in ("torch", "transformers") if "speed" in options.parts and find_spec(name) is None]
    if missing:
        advice = "run this by `scripts/bench generation`, or with --parts length"
        sys.exit(f"error: {' and '.join(missing)} not installed; {advice}")
    rows, notes = [], [f"One thread. Style {options.style}, top-p {TOP_P}."]
    if "speed" in options.parts:
        result = told("speed", started("speed", options))
        rows += speed_rows(result)
        own, peer = result["parameters"]
        notes.append(f"Speed: {result['tokens']} ids a sequence; {own:,} parameters, the GPT-2 {peer:,}.")
    if "length" in options.parts:
        rows += length_rows(lengths(options))
        notes.append(f"Length: 4/4, {options.total} bars of each length a round, whose processor time a figure is of.")
    packages = ["torch", "transformers"] if "speed" in options.parts else []
    _report.publish(HERE, rows, packages, notes=notes, only_print=options.only_print)


if __name__ == "__main__":
    main()
