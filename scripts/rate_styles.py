"""Measure how well takes of each style can be told from real pieces: python scripts/rate_styles.py [STYLE ...]

Writes src/componium/weights/realism.json, which `componium styles` and `componium models` print, and by which
`componium compose` without a style draws one. A style's figure is the AUC of `componium.realism`: 0.5 is chance, 1 is
always. Compared are the last BARS bars of TAKES takes of usual length, none chosen, by the model that `compose` takes
for the style, and of at most MOST held-out pieces, drawn.

Without names all styles are measured that have FEWEST held-out pieces, and those that have not are dropped from the
file; with names these alone are measured anew. So few takes make intervals of some 0.1 on each side: the long form
is benchmarks/realism. 20 takes of a style cost five seconds to two minutes of one processor.
"""

import json
import sys
import time
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from componium import corpora
from componium._files import write_atomic
from componium.composing.model import load_model
from componium.composing.shipped import Style, styles
from componium.corpora import Corpus
from componium.errors import CorpusError
from componium.evaluation.realism import realism
from componium.evaluation.takes import generate_takes, real_pieces
from componium.evaluation.windows import windows
from componium.music.score import Score
from componium.weights import REALISM

TAKES, BARS, MOST, FEWEST, SEED = 20, 12, 40, 20, 0


def main(names: Sequence[str]) -> None:
    known = first_of_each(styles())
    wanted = [style for style in known if not names or style.name in names]
    found = json.loads(REALISM.read_text()) if names and REALISM.exists() else {}
    for style, real in with_pieces(wanted):
        try:
            row = rate(style, real)
        except CorpusError as error:
            print(f"{style.name}: {error}", file=sys.stderr, flush=True)
            continue
        print(style.name, row, file=sys.stderr, flush=True)
        found[style.name] = row
        write_atomic(REALISM, (json.dumps(dict(sorted(found.items())), indent=1) + "\n").encode())


def first_of_each(known: Sequence[Style]) -> list[Style]:
    """Return each style once, with the model that `compose` takes for it."""
    first: dict[str, Style] = {}
    for style in known:
        first.setdefault(style.name, style)
    return list(first.values())


def with_pieces(wanted: Sequence[Style]) -> Iterator[tuple[Style, list[Score]]]:
    """Yield each style that has FEWEST held-out pieces of BARS bars, with at most MOST of them; a corpus at a time."""
    pieces: dict[str, list[Score]] = {style.name: [] for style in wanted}
    for name in dict.fromkeys(corpus for style in wanted for corpus in style.within or (style.name,)):
        music: Corpus = corpora.load(name)
        own = [style.name for style in wanted if name in (style.within or (style.name,))]
        for style in own:
            pieces[style] += windows(real_pieces(music, style), BARS) if style in music.styles else []
    for style in wanted:
        rows = pieces[style.name]
        chosen = np.random.default_rng(SEED).permutation(len(rows))[:MOST]
        if len(rows) >= FEWEST:
            yield style, [rows[at] for at in chosen.tolist()]


def rate(style: Style, real: Sequence[Score]) -> dict[str, Any]:
    """Return a style's figures as plain values. Raises CorpusError for too few takes."""
    begin = time.process_time()
    takes = generate_takes(load_model(style.model), style.name, None, TAKES, SEED)
    found = realism(takes, real, bars=BARS, seed=SEED)
    print(f"{time.process_time() - begin:.0f} s", end=" ", file=sys.stderr)
    return {"model": style.model, "auc": round(found.auc, 3), "low": round(found.interval.low, 3),
            "high": round(found.interval.high, 3), "takes": found.n_generated, "real": found.n_real}  # fmt: skip


if __name__ == "__main__":
    main(sys.argv[1:])
