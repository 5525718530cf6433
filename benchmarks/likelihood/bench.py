"""Held-out nats per note and per quarter: the shipped model, others, and Markov at its best order, on each style.

    scripts/bench likelihood [--model NAME=FOLDER ...] [--pieces N] [--chosen] [--keep] [--workers 2]

Markov's order, its smoothing, its copies in other keys, and whether it learns from all corpora or from the one style
alone are chosen for each style on the validation split; then every model looks at the test split once. Writes
results.csv and the README's table, unless --pieces cuts the test short.
"""

import argparse
import json
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np

from componium import corpora
from componium.evaluation.likelihood import held_out, in_style, saving
from componium.methods import load, make
from componium.methods.markov.smoothing import SMOOTHINGS
from componium.music.time import n_bars
from componium.music.transform import slice_bars, without_velocities
from componium.weights import SHIPPED

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent))

import _chains  # noqa: E402
import _pieces  # noqa: E402
import _report  # noqa: E402

STYLES = ("chorales", "fiddle", "quartets", "madrigals")
RUNS = HERE.parent.parent / "runs"
OTHERS = {"transformer": RUNS / "default", "rnn": RUNS / "lstm", "wavenet": RUNS / "wavenet"}  # by their recipes
ORDERS, VARIANTS = range(1, 13), (0, 2)


def say(text):
    print(text, file=sys.stderr, flush=True)


def spread(corpus, count):
    """At most `count` pieces, evenly through the corpus."""
    if not count or len(corpus) <= count:
        return corpus
    return corpus.with_pieces(_pieces.evenly(corpus.pieces, count))


def shortened(corpus, bars):
    """Every piece up to so many bars."""
    return corpus.with_pieces(
        replace(piece, score=slice_bars(piece.score, 0, bars)) if n_bars(piece.score) > bars else piece
        for piece in corpus.pieces
    )


def silent(corpus):
    """The corpus without velocities: only some pieces have them, and not every model learns them."""
    return corpus.with_pieces(replace(piece, score=without_velocities(piece.score)) for piece in corpus.pieces)


class Search:
    """The best Markov chain for each style, by the nats per note of the style's validation pieces."""

    def __init__(self, corpus, styles, options):
        self.options, self.best, self.log = options, {}, []
        self.validation = {style: self._for_search(corpus.of_style(style).validation) for style in styles}
        for variants in VARIANTS:
            self._try(corpus, styles, "all", variants)
            for style in styles:
                self._try(corpus.of_style(style), [style], style, variants)

    def _for_search(self, corpus):
        return shortened(spread(corpus, self.options.search_pieces), self.options.search_bars)

    def _try(self, corpus, styles, learned_from, variants):
        start = time.perf_counter()
        learned = make("markov", order=max(ORDERS), variants=variants).fit(corpus.train)
        for style in styles:
            rows = [learned.codec_.encode(in_style(piece)).ids for piece in self.validation[style].pieces]
            notes = sum(int(learned.codec_.is_note(ids).sum()) for ids in rows)
            found = _chains.nats(learned, rows, ORDERS) / notes
            for smoothing, nats in zip(SMOOTHINGS, found.tolist(), strict=True):
                setting = {"style": style, "variants": variants, "learned_from": learned_from, "smoothing": smoothing}
                self.log += [{**setting, "order": order, "validation_nats_per_note": round(one, 4)}
                             for order, one in zip(ORDERS, nats, strict=True)]
                if style not in self.best or min(nats) < self.best[style][0]:
                    setting["order"] = ORDERS[int(np.argmin(nats))]
                    self.best[style] = (min(nats), setting, lowered(learned, setting))
        say(f"markov, {variants} variants, learned from {learned_from}: {time.perf_counter() - start:.0f} s")


class Chosen:
    """The same from search.csv, where a former search stands."""

    def __init__(self, corpus, styles):
        self.log = _report.read_csv(HERE / "search.csv")
        self.best = {}
        for style in styles:
            trial = min((row for row in self.log if row["style"] == style), key=nats_of)
            setting = {**trial, "order": int(trial["order"]), "variants": int(trial["variants"])}
            plain = {name: setting[name] for name in ("order", "smoothing", "variants")}
            heard = corpus if trial["learned_from"] == "all" else corpus.of_style(style)
            self.best[style] = (nats_of(trial), setting, make("markov", **plain).fit(heard.train))


def nats_of(trial):
    return float(trial["validation_nats_per_note"])


def lowered(learned, setting):
    """A chain of a lower order, from the tables of a higher one."""
    plain = {name: setting[name] for name in ("order", "smoothing", "variants")}
    return make("markov", **plain).set_weights(*learned.get_weights())


def models(options):
    """The models by name: those asked for, or the shipped one and the others of its size where they are there."""
    if options.model:
        named = dict(pair.split("=", 1) for pair in options.model)
    else:
        named = {f"shipped ({kind(SHIPPED)})": SHIPPED} if (SHIPPED / "config.json").exists() else {}
        named |= {name: folder for name, folder in OTHERS.items() if (folder / "config.json").exists()}
    return {name: load(folder) for name, folder in named.items()}


def kind(folder):
    return json.loads((Path(folder) / "config.json").read_text(encoding="utf-8"))["method"]


def result(style, name, row, markov, note=""):
    fewer, interval = saving(row, markov, rng=np.random.default_rng(0))
    low, high = row.nll_per_note_interval
    quarter_low, quarter_high = row.nll_per_quarter_interval
    return {
        "style": style, "model": name, "pieces": row.n_pieces, "notes": row.n_notes,
        "nats_per_note": f"{row.nll_per_note:.4f}", "note_low": f"{low:.4f}", "note_high": f"{high:.4f}",
        "nats_per_quarter": f"{row.nll_per_quarter:.4f}",
        "quarter_low": f"{quarter_low:.4f}", "quarter_high": f"{quarter_high:.4f}",
        "fewer_than_markov": f"{fewer:.4f}", "fewer_low": f"{interval.low:.4f}", "fewer_high": f"{interval.high:.4f}",
        "note": note,
    }


def table(rows):
    columns = ("style", "model", "pieces", "notes", "nats/note", "95 %", "nats/quarter", "fewer than Markov", "95 %")
    return _report.markdown(columns, [
        (row["style"], row["model"], row["pieces"], row["notes"], f"{float(row['nats_per_note']):.3f}",
         f"{float(row['note_low']):.3f}-{float(row['note_high']):.3f}", f"{float(row['nats_per_quarter']):.3f}",
         *(("", "") if row["note"] else (
             f"{float(row['fewer_than_markov']):.1%}",
             f"{float(row['fewer_low']):.1%} to {float(row['fewer_high']):.1%}")))
        for row in rows
    ])


def measure(corpus, styles, options):
    search = Chosen(corpus, styles) if options.chosen else Search(corpus, styles, options)
    named, rows = models(options), []
    for style in styles:
        test = spread(corpus.of_style(style).test, options.pieces)
        _, setting, markov = search.best[style]
        name = f"markov, order {setting['order']}"
        note = f"{setting['smoothing']}, {setting['variants']} variants, learned from {setting['learned_from']}"
        found = {}
        for label, method in {name: markov, **named}.items():
            start = time.perf_counter()
            (found[label],) = held_out(method, test, rng=np.random.default_rng(0), workers=options.workers)
            say(f"{style}: {label}: {found[label].nll_per_note:.3f} nats a note "
                f"({found[label].n_pieces} pieces, {time.perf_counter() - start:.0f} s)")
        rows += [result(style, label, row, found[name], note if label == name else "") for label, row in found.items()]
    return rows, search.log


def beside(rows):
    """The rows, each style's after those of other models that stand in results.csv."""
    measured = {row["model"] for row in rows}
    kept = [row for row in _report.read_csv(HERE / "results.csv") if row["model"] not in measured]
    found = [*rows, *kept]
    order = sorted(found, key=lambda row: not row["model"].startswith("markov"))  # Markov first
    return [row for style in dict.fromkeys(row["style"] for row in rows) for row in order if row["style"] == style]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", action="append", metavar="NAME=FOLDER", help="a model (default: all there are)")
    parser.add_argument("--styles", default=",".join(STYLES))
    parser.add_argument("--pieces", type=int, default=0, help="at most so many test pieces a style (0: all)")
    parser.add_argument("--search-pieces", type=int, default=20,
                        help="validation pieces a style to choose Markov's order on")
    parser.add_argument("--search-bars", type=int, default=100, help="and so many bars of each")
    parser.add_argument("--chosen", action="store_true", help="take Markov as search.csv has it; don't search again")
    parser.add_argument("--keep", action="store_true", help="leave other models' rows in results.csv as they are")
    parser.add_argument("--workers", type=int, default=1)
    options = parser.parse_args()
    styles = options.styles.split(",")
    about = _report.machine("componium", "numpy")
    print(about)
    rows, log = measure(silent(corpora.load(",".join(styles))), styles, options)
    rows = beside(rows) if options.keep else rows
    chosen = "; ".join(f"{row['style']}: {row['model'].split(', ')[1]}, {row['note']}" for row in rows if row["note"])
    text = f"{table(rows)}\n\nMarkov as chosen on validation: {chosen}.\n\nRun on {about}."
    print(text)
    if options.pieces or options.styles != ",".join(STYLES):
        say("a part only: results.csv and README.md are left as they are")
        return
    _report.write_csv(HERE / "results.csv", rows)
    _report.write_csv(HERE / "search.csv", log)
    _report.fill(HERE / "README.md", text)


if __name__ == "__main__":
    main()
