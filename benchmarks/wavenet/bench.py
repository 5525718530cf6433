"""Notes and chords foretold by the tutorials' WaveNet, the tutorials' LSTM and a gated WaveNet, learned in one run.

    python benchmarks/wavenet/bench.py [--minutes 1] [--only-print]

All learn from the chorales' training split with one vocabulary and the same minutes on one thread. What counts is the
test split: nats a token (the end of a piece counted), and the share of tokens foretold first.
"""

import argparse
import os
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

import _report  # noqa: E402

os.environ.update(_report.ONE_THREAD)  # before numpy is imported


def nets(minutes):
    """Each method by name, not yet fitted."""
    from componium.methods import rnn, wavenet

    how = {"steps": 100_000, "minutes": minutes, "validate_every": 60, "patience": 100, "warmup": 20}
    guide, lstm = wavenet.PRESETS["notechord-wavenet"], rnn.PRESETS["notechord-lstm"]
    gated = {"n_layer": 4, "n_stack": 2, "n_channels": 96, "n_skip": 128, "dropout": 0.2, "codec": guide["codec"],
             "training": {"batch_size": 32, "block_size": 128, "learning_rate": 2e-3}}
    made = {"notechord-wavenet": (wavenet.WaveNet, guide), "notechord-lstm": (rnn.RNN, lstm),
            "gated WaveNet, 8 layers of 96": (wavenet.WaveNet, gated)}
    return {name: kind(**{**values, "training": {**values["training"], **how}})
            for name, (kind, values) in made.items()}


def judged(method, corpus):
    """Nats a token and the share foretold first, over the pieces of a corpus."""
    import numpy as np
    import torch

    from componium.codecs.encoded import examples_of
    from componium.training.modules import put_weights

    module = method.make_module(len(method.codec_.vocab)).eval()
    put_weights(module, method.weights_)
    nats, first = [], []
    with torch.no_grad():
        for example in examples_of(method.codec_, corpus):
            ids = torch.from_numpy(example.ids)
            chances = module(ids[None, :-1])[0].log_softmax(-1)
            nats.append(-chances[torch.arange(len(ids) - 1), ids[1:]].numpy())
            first.append((chances.argmax(-1) == ids[1:]).numpy())
    return np.concatenate(nats).mean(), np.concatenate(first).mean()


def unigram(method, corpus):
    """The same of each token's share in the training music, (count + 0.5)."""
    import numpy as np

    from componium.codecs.encoded import examples_of

    train, test = (np.concatenate([one.ids[1:] for one in examples_of(method.codec_, side)])
                   for side in (corpus.train, corpus.test))
    counts = np.bincount(train, minlength=len(method.codec_.vocab)) + 0.5
    return -np.log(counts / counts.sum())[test].mean(), (test == counts.argmax()).mean()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=1.0, help="of training, each net (default 1)")
    parser.add_argument("--only-print", action="store_true", help="leave the files alone")
    args = parser.parse_args()
    from componium import corpora

    corpus, rows = corpora.load("chorales"), []
    for name, method in nets(args.minutes).items():
        method.fit(corpus, on_progress=_report.print_progress)
        weights = sum(array.size for array in method.weights_.values())
        if not rows:
            rows.append(("unigram", "", *unigram(method, corpus)))
        rows.append((name, weights, *judged(method, corpus.test)))
        print(rows[-1], file=sys.stderr, flush=True)
    table = [{"what": name, "weights": weights, "nats/token": f"{nats:.3f}", "foretold first": f"{first:.3f}"}
             for name, weights, nats, first in rows]
    note = f"{args.minutes:g} minutes of training each, one thread of a shared core; one seed."
    _report.publish(HERE, table, ["torch"], notes=[note], only_print=args.only_print)


if __name__ == "__main__":
    main()
