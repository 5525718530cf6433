"""How fast is a larger net, in numpy and by ONNX Runtime in 8 bits?

    python benchmarks/engines/bench.py [--parts products steps compose nats] [--rounds 5] [--only-print]

The net has 14 million weights (8 layers, 6 heads, 384 channels, a window of 1,024): the shipped one, padded with zeros
so that it computes the same, at the cost of the larger. One file in 8 bits serves both engines, which take turns.
Everything runs on one thread; processor time is counted, except where it says seconds.
"""

import argparse
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

import _report  # noqa: E402

os.environ.update(_report.ONE_THREAD)

import numpy as np  # noqa: E402

from _larger import SIZES, larger_net  # noqa: E402

ENGINES = ("numpy", "onnxruntime")
STYLE, BARS, AIM_N, AIM_SECONDS, AIM_NATS = "chorales", 16, 2.5, 3.0, 0.5
COLUMNS = ("what", "runs", "median", "least", "most", "unit", "aim")


def loaded(folder, engine):
    from componium import methods

    os.environ["COMPONIUM_ENGINE"] = engine
    return methods.load(folder)


# Products: the matrices of a step alone, without norms and attention.


def product_shapes(n_vocab):
    c = SIZES["n_embd"]
    layer = [(3 * c, c), (c, c), (4 * c, c), (c, 4 * c)]
    return [*(layer * SIZES["n_layer"]), (n_vocab, c)]


def products_in_numpy(shapes, batch):
    rng = np.random.default_rng(0)
    pairs = [(rng.standard_normal((batch, k), dtype=np.float32), rng.standard_normal((k, n), dtype=np.float32))
             for n, k in shapes]  # fmt: skip

    def run():
        for x, matrix in pairs:
            x @ matrix

    return run


def products_in_8_bits(shapes, batch):
    import onnx
    import onnxruntime
    from onnx import helper

    rng, nodes, arrays, outputs = np.random.default_rng(0), [], [], []
    widths = sorted({k for _, k in shapes})
    inputs = [helper.make_tensor_value_info(f"x{k}", onnx.TensorProto.FLOAT, (batch, k)) for k in widths]
    for at, (n, k) in enumerate(shapes):
        arrays.append(onnx.numpy_helper.from_array(rng.integers(0, 256, (n, k // 64, 64), dtype=np.uint8), f"q{at}"))
        arrays.append(onnx.numpy_helper.from_array(rng.random((n, k // 64), dtype=np.float32), f"s{at}"))
        nodes.append(helper.make_node("MatMulNBits", [f"x{k}", f"q{at}", f"s{at}"], [f"y{at}"], domain="com.microsoft",
                                      N=n, K=k, bits=8, block_size=64, accuracy_level=4))  # fmt: skip
        outputs.append(helper.make_tensor_value_info(f"y{at}", onnx.TensorProto.FLOAT, (batch, n)))
    opsets = [helper.make_opsetid("", 21), helper.make_opsetid("com.microsoft", 1)]
    graph = helper.make_graph(nodes, "products", inputs, outputs, arrays)
    data = helper.make_model(graph, opset_imports=opsets, ir_version=10).SerializeToString()
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(data, options, providers=["CPUExecutionProvider"])
    binding = session.io_binding()
    for one in inputs:
        shape = [dim.dim_value for dim in one.type.tensor_type.shape.dim]
        binding.bind_cpu_input(one.name, rng.standard_normal(shape, dtype=np.float32))
    for one in outputs:
        binding.bind_output(one.name)
    return lambda: session.run_with_iobinding(binding)


def products(options, folder):
    shapes, found = product_shapes(len(loaded(folder, "numpy").codec_.vocab)), {}
    for batch in options.batches:
        makers = {"float32": products_in_numpy(shapes, batch), "8 bits": products_in_8_bits(shapes, batch)}
        for _ in range(options.rounds):
            for name, run in makers.items():
                times = [timed(run) for _ in range(40)]
                found.setdefault(f"matrix products, {name}, batch {batch}", []).append(1e3 * float(np.median(times)))
    return [row(what, times, "ms", digits=2) for what, times in found.items()]


def timed(run):
    start = time.process_time()
    run()
    return time.process_time() - start


# Steps: takes of 16 bars in a warm process, the net's share and all around it.


def steps(options, folder):
    from componium.composing.compose import compose

    models, found = {engine: loaded(folder, engine) for engine in ENGINES}, {}
    for model in models.values():
        compose(STYLE, bars=4, seed=0, method=model)
    for number in range(options.rounds):
        for batch in options.batches:
            for engine, model in models.items():
                watch = Watch(model)
                whole = timed(lambda model=model, batch=batch, number=number: compose(
                    STYLE, bars=BARS, meter="4/4", n=batch, seed=1 + number, method=model))  # fmt: skip
                watch.stop()
                found.setdefault((engine, batch), []).append((watch, whole))
    rows = []
    for (engine, batch), runs in found.items():
        name = f"{engine}, batch {batch}"
        rows.append(row(f"{name}: a step of the net", [1e3 * watch.net / watch.steps for watch, _ in runs], "ms",
                        digits=2))  # fmt: skip
        around = [1e3 * (whole - watch.net) / watch.ids for watch, whole in runs]
        rows.append(row(f"{name}: all else, an id", around, "ms", digits=3))
        rows.append(row(f"{name}: takes of {BARS} bars", [whole for _, whole in runs], "s", digits=2))
    for engine in ENGINES:
        for batch in options.batches[1:]:
            pairs = zip(found[engine, batch], found[engine, options.batches[0]], strict=True)
            ratios = [many[1] / one[1] for many, one in pairs]
            aim = f"<= {AIM_N:g}" if batch == 4 else ""
            rows.append(row(f"{engine}, warm: n = {batch} over n = 1", ratios, "times", aim, digits=2))
    return rows


class Watch:
    """Counts the steps and ids of a model and the time of its net, until `stop`."""

    def __init__(self, model):
        self.steps, self.ids, self.net, self._model = 0, 0, 0.0, model
        step = model.step

        def watched(state, ids):
            start = time.process_time()
            result = step(state, ids)
            self.net += time.process_time() - start
            self.steps, self.ids = self.steps + 1, self.ids + len(ids)
            return result

        model.step = watched

    def stop(self):
        del self._model.step


# Compose: the command, in a process of its own, from its start to the MIDI files.


def cold(options, folder):
    found = {}
    for number in range(options.rounds):
        for n in (1, 4):
            for engine in ENGINES:
                found.setdefault((engine, n), []).append(command(folder, engine, n, number + 1))
    rows = []
    for (engine, n), runs in found.items():
        name = f"{engine}, cold: compose -n {n} to MIDI"
        aim = f"<= {AIM_SECONDS:g}" if n == 1 else ""
        rows.append(row(f"{name}, by the clock", [clock for clock, _ in runs], "s", aim, digits=2))
        rows.append(row(f"{name}, processor", [processor for _, processor in runs], "s", aim, digits=2))
    for engine in ENGINES:
        ratios = [many[1] / one[1] for many, one in zip(found[engine, 4], found[engine, 1], strict=True)]
        rows.append(row(f"{engine}, cold: n = 4 over n = 1", ratios, "times", f"<= {AIM_N:g}", digits=2))
    return rows


def command(folder, engine, n, seed):
    """Seconds by the clock and of the processor."""
    environment = {**os.environ, "COMPONIUM_ENGINE": engine}
    before, start = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    with tempfile.TemporaryDirectory() as out:
        words = ["--style", STYLE, "--bars", str(BARS), "--meter", "4/4", "--seed", str(seed), "-n", str(n)]
        words += ["--formats", "mid", "--method", folder, "--output", out]
        subprocess.run([sys.executable, "-m", "componium", "compose", *words],
                       env=environment, check=True, capture_output=True)  # fmt: skip
        clock = time.perf_counter() - start
        if len(list(Path(out).glob("*.mid"))) != n:
            sys.exit(f"compose left {sorted(Path(out).iterdir())}")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return clock, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


# Nats: the same weights in float32 and in 8 bits, by both engines, on real pieces.


def nats(options, folder):
    from componium import corpora

    pieces = corpora.load(STYLE).test.pieces[: options.pieces]
    models = {"float32, numpy": larger_net(), **{f"8 bits, {engine}": loaded(folder, engine) for engine in ENGINES}}
    each = {}
    for name, model in models.items():
        rows = [model.codec_.encode(piece.score).ids for piece in pieces]
        n_notes = np.array([model.codec_.is_note(ids).sum() for ids in rows])
        each[name] = np.array([-logs.sum() for logs in model.token_log_probs(rows)]) / n_notes
    rows = [row(f"{name}: {STYLE}, held out", values, "nats a note", digits=3) for name, values in each.items()]
    own, other = (each[f"8 bits, {engine}"] for engine in ENGINES)
    apart = 100 * np.abs(other / own - 1)
    rows.append(row("8 bits, the engines apart", apart, "%", f"<= {AIM_NATS:g}", digits=2))
    rows.append(row("8 bits, numpy: from float32", 100 * np.abs(own / each["float32, numpy"] - 1), "%", digits=2))
    return rows


def row(what, values, unit, aim="", digits=1):
    middle, least, most = (f"{value:.{digits}f}" for value in _report.spread([float(value) for value in values]))
    return dict(zip(COLUMNS, (what, len(values), middle, least, most, unit, aim), strict=True))


def parsed():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=list(PARTS))
    parser.add_argument("--rounds", type=int, default=5, help="repetitions of everything (default: 5)")
    parser.add_argument("--batches", type=int, nargs="+", default=[1, 4, 8])
    parser.add_argument("--pieces", type=int, default=8, help="held-out pieces (default: 8)")
    parser.add_argument("--only-print", action="store_true", help="write neither results.csv nor README.md")
    return parser.parse_args()


PARTS = {"products": products, "steps": steps, "compose": cold, "nats": nats}


def main():
    options = parsed()
    from componium.composing.model import ORIGINALITY
    from componium.weights import SHIPPED

    with tempfile.TemporaryDirectory() as folder:
        model = larger_net()
        model.save(folder, bits=8)
        shutil.copy(SHIPPED / ORIGINALITY, folder)
        rows = [one for part in options.parts for one in PARTS[part](options, folder)]
    n_weights = sum(array.size for array in model.get_weights()[1].values())
    note = f"One thread. {n_weights:,} weights; style {STYLE}, {BARS} bars in 4/4."
    _report.publish(HERE, rows, ["onnxruntime", "onnx"], notes=[note], only_print=options.only_print)


if __name__ == "__main__":
    main()
