"""Whether bars made by a GAN are real music's, all kinds of them, and its own.

    scripts/bench gan [--minutes 12] [--only-print]

For each held-out bar each way makes one of the same metre, style and parts. README.md says what is counted.
"""

import argparse
import os
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
RUNS = HERE.parents[1] / "runs" / "gan"
sys.path.insert(0, str(HERE.parent))

import _report  # noqa: E402

os.environ.update(_report.ONE_THREAD)  # before numpy is imported

CORPORA = {"chorales": "four parts (MuseGAN)", "fiddle": "one part (MidiNet)"}


def ways(method, corpus, untaught):
    """Made bars by each way, and the real bars that they are measured beside."""
    import numpy as np

    from componium.inference.gan import Generator
    from componium.methods import make
    from componium.methods.gan import _some, generate_alike
    from componium.methods.gan.roll import Rolls, rolls_of

    rng = np.random.default_rng(0)
    learned = rolls_of(corpus.train, method.layout_)
    real, before = _some(rolls_of(corpus.test, method.layout_))
    other = _some(rolls_of(corpus.validation, method.layout_))[0]
    sizes = method._sizes(method.layout_)

    def net(weights):
        return generate_alike(Generator(weights, sizes), real, before, np.random.default_rng(1), method.n_noise)

    drawn = rng.choice(len(learned), len(real))
    found = {
        "real bars held out": (other.codes, other.struck),
        "training bars drawn by lot": (learned.codes[drawn], learned.struck[drawn]),
        "each step by its share": by_share(learned, real, rng),
        "Markov, composed": composed(make("markov").fit(corpus), corpus, method.layout_, len(real)),
        "GAN, composed": composed(method, corpus, method.layout_, len(real)),
        "GAN, after the same bars": net(method.generator_.weights),
        "GAN, untaught": net(untaught),
    }
    return found, real, Rolls(learned.codes, learned.struck, learned.conditions, learned.before)


def by_share(learned, real, rng):
    """Each step of each part drawn as often as it is heard there, whatever stands around it."""
    import numpy as np

    codes, struck = np.full_like(real.codes, -1), np.zeros_like(real.struck)
    for part in range(codes.shape[1]):
        for step in range(codes.shape[2]):
            heard = np.flatnonzero(learned.codes[:, part, step] >= 0)
            if len(heard):
                chosen = rng.choice(heard, len(codes))
                codes[:, part, step] = learned.codes[chosen, part, step]
                struck[:, part, step] = learned.struck[chosen, part, step]
    blank = real.codes < 0
    codes[blank], struck[blank] = -1, False
    return codes, struck


def composed(method, corpus, layout, n):
    """Bars of pieces that a method composes."""
    from dataclasses import replace

    import numpy as np

    from componium.corpora.base import Corpus
    from componium.decoding.controls import Controls
    from componium.decoding.request import Request
    from componium.methods.gan.roll import rolls_of

    scores = method.generate(Request(Controls(bars=16)), n // 8, rng=np.random.default_rng(2))
    pieces = tuple(replace(corpus.test.pieces[at % len(corpus.test.pieces)], score=score)
                   for at, score in enumerate(scores))  # fmt: skip
    rolls = rolls_of(Corpus("made", pieces), layout)
    chosen = np.linspace(0, len(rolls) - 1, min(n, len(rolls))).astype(int)
    return rolls.codes[chosen], rolls.struck[chosen]


def measured(made, real, learned):
    """Coverage of the real bars, distinct bars, and how far the made ones are from the nearest training bar."""
    import numpy as np

    from componium.methods.gan.roll import Rolls, coverage, distances, radii

    bars = Rolls(made[0], made[1], real.conditions[:1], real.before[:1])
    like = (distances(made, real) <= radii(real)).any(axis=1)
    nearest = distances(bars, learned).min(axis=1)
    kinds = {row.tobytes() for row in np.concatenate([made[0], made[1]], axis=1)}
    return {"coverage": f"{coverage(made, real):.3f}", "like real ones": f"{like.mean():.3f}",
            "distinct": f"{len(kinds) / len(made[0]):.0%}",
            "nearest training bar": f"{np.median(nearest):.3f}", "copies": f"{(nearest == 0).mean():.0%}"}  # fmt: skip


def trained(corpus, name, minutes):
    """The GAN, from its folder if it has learned for so long already."""
    from componium import methods
    from componium.methods.gan import GAN

    folder = RUNS / f"{name}-{minutes:g}-minutes"
    if not folder.exists():
        gan = GAN(training={"steps": 100_000, "minutes": minutes, "seed": 0})
        gan.fit(corpus, on_progress=_report.print_progress).save(folder)
    return methods.load(folder)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=12.0, help="of training, each corpus (default 12)")
    parser.add_argument("--only-print", action="store_true", help="leave the files alone")
    asked = parser.parse_args()
    from componium import corpora
    from componium.methods.gan import GAN, MEASURED

    rows = []
    for name, kind in CORPORA.items():
        corpus = corpora.load(name)
        untaught = GAN(training={"steps": 1, "validate_every": 1, "seed": 0}).fit(corpus).generator_.weights
        method = trained(corpus, name, asked.minutes)
        found, real, learned = ways(method, corpus, untaught)
        rows += [{"corpus": f"{name}, {kind}", "bars": way, **measured(made, real, learned)}
                 for way, made in found.items()]  # fmt: skip
    note = f"{asked.minutes:g} minutes of training a corpus, one thread; one seed; up to {MEASURED} bars each."
    _report.publish(HERE, rows, ["torch"], notes=[note], only_print=asked.only_print)


if __name__ == "__main__":
    main()
