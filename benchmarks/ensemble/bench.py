"""Markov models of several orders, and their ensembles, on held-out music.

    scripts/bench ensemble [--corpus chorales,fiddle]

Every model learns from the training pieces; the mixture is weighed on the validation pieces; figures are of the test
pieces.
"""

import argparse
import sys
from pathlib import Path

import numpy as np

from componium import corpora
from componium.evaluation import held_out
from componium.methods import make

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent))

import _report  # noqa: E402

ORDERS = (2, 4, 6, 8)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--corpus", default="chorales,fiddle")
    options = parser.parse_args()
    corpus = corpora.load(options.corpus)
    members = [{"method": "markov", "order": order} for order in ORDERS]
    models = {f"markov, order {order}": make("markov", order=order) for order in ORDERS}
    for average in ("arithmetic", "geometric"):
        for mixture in ("equal", "validation"):
            settings = {"members": members, "average": average, "mixture": mixture}
            models[f"ensemble, {average}, {mixture}"] = make("ensemble", **settings)
    rows = []
    for name, model in models.items():
        model.fit(corpus)
        found = {row.style: row.nll_per_note for row in held_out(model, corpus.test, rng=np.random.default_rng(0))}
        weights = " ".join(f"{share:.2f}" for share in getattr(model, "mixture_", ()))
        rows.append({"model": name, **{style: round(nats, 3) for style, nats in found.items()}, "weights": weights})
        print(rows[-1], file=sys.stderr, flush=True)
    mean = {style: round(float(np.mean([row[style] for row in rows[: len(ORDERS)]])), 3) for style in found}
    rows.insert(len(ORDERS), {"model": "the members' mean", **mean, "weights": ""})
    _report.publish(HERE, rows, ())


if __name__ == "__main__":
    main()
