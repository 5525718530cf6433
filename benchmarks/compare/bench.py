"""Every quick method and the shipped model on one corpus: what `componium compare` measures, kept.

    scripts/bench compare [--takes 50] [--bars 16] [--methods markov,dice,...] [--corpus chorales,fiddle]

Writes results.csv (every statistic), report.html and the README's tables.
"""

import argparse
import itertools
import sys
from pathlib import Path

from componium import corpora, registry
from componium._files import write_atomic
from componium.evaluation import report
from componium.evaluation.comparison import Row, compare
from componium.evaluation.likelihood import Comparison, Interval
from componium.originality.index import Shared

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent))

import _report  # noqa: E402

SLOW = {"transformer", "rnn", "frame_transformer", "triples", "wavenet", "gan", "dream"}  # take hours to learn


def rows_of(found):
    """One row a statistic, and one for each of the other figures."""
    for row in found:
        same = {"style": row.style, "method": row.method}
        figures = {"nll_per_note": row.nll_per_note, "inside": row.inside, "copied_notes": row.copied.notes,
                   "distinct": row.distinct, "fit_seconds": row.fit_seconds, "notes_per_second": row.notes_per_second}
        for name, value in figures.items():
            yield {**same, "measure": name, "takes": value, "real": "", "real_low": "", "real_high": "", "inside": ""}
        for one in row.statistics:
            yield {**same, "measure": one.metric, "takes": one.generated, "real": one.real,
                   "real_low": one.interval[0], "real_high": one.interval[1], "inside": one.inside}


def kept(but):
    """The rows that stand in results.csv, but those of some methods."""
    lines = [line for line in _report.read_csv(HERE / "results.csv") if line["method"] not in but]
    for (style, method), found in itertools.groupby(lines, key=lambda line: (line["style"], line["method"])):
        found = list(found)
        told = {line["measure"]: line["takes"] and float(line["takes"]) for line in found}
        statistics = tuple(
            Comparison(line["measure"], *(float(line[name] or "nan") for name in ("takes", "real")),
                       Interval(float(line["real_low"]), float(line["real_high"])), float(line["inside"]))
            for line in found if line["real"]
        )  # fmt: skip
        figures = {name: told[name] for name in ("inside", "distinct", "fit_seconds", "notes_per_second")}
        yield Row(style, method, told["nll_per_note"] or None, statistics=statistics,
                  copied=Shared(notes=int(told["copied_notes"])), **figures)


def main():
    quick = ",".join([*(name for name in registry.names("methods") if name not in SLOW), "shipped"])
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--methods", default=quick)
    parser.add_argument("--corpus", default="chorales,fiddle")
    parser.add_argument("--takes", type=int, default=50)
    parser.add_argument("--bars", type=int, default=16)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--pieces", type=int, default=40, help="held-out pieces a style for the nats")
    parser.add_argument("--no-likelihood", action="store_true", help="leave out the nats, which take longest")
    parser.add_argument("--keep", action="store_true", help="leave the other methods' rows in results.csv as they are")
    options = parser.parse_args()
    found = compare(options.methods.split(","), corpora.load(options.corpus), n=options.takes, bars=options.bars,
                    seed=options.seed, likelihood=not options.no_likelihood, pieces=options.pieces,
                    on_progress=lambda at: print(f"{at.done} of {at.total}: {at.text}", file=sys.stderr))
    if options.keep:
        order = quick.split(",")
        both = [*found, *kept(options.methods.split(","))]
        styles = list(dict.fromkeys(row.style for row in found))
        found = sorted(both, key=lambda row: (styles.index(row.style), order.index(row.method)))
    publish(found, options)


def publish(found, options):
    """results.csv, report.html and the README's tables."""
    about, tables = _report.machine("componium", "numpy"), []
    for style, (head, *lines) in report.tables(found).items():
        tables.append(f"**{style}**\n\n{_report.markdown(head, lines)}")
    how = f"{options.takes} takes of {options.bars} bars, seed {options.seed}; nats of {options.pieces} pieces a style."
    text = "\n\n".join([*tables, f"{how} Run on {about}."])
    print(text)
    _report.write_csv(HERE / "results.csv", list(rows_of(found)))
    _report.fill(HERE / "README.md", text)
    write_atomic(HERE / "report.html", report.to_html(found, f"{options.takes} takes, {options.corpus}").encode())


if __name__ == "__main__":
    main()
