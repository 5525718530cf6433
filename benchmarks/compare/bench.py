"""Every method, net and shipped model beside each other: what `componium compare` measures, kept.

    scripts/bench compare [--takes 20] [--bars 16] [--minutes 2] [--again NAME ...]

Measured are the entries that results.csv has no rows of, one after the other; a run that was stopped is continued by
the same command, and --again measures entries anew, all of them with --again all. After each, results.csv (every
statistic), report.html, this folder's README.md and the table of methods in the project's README.md are written.
"""

import argparse
import csv
import io
import itertools
import os
import sys
from pathlib import Path

from componium._files import write_atomic
from componium.evaluation import report
from componium.evaluation.comparison import compare_each
from componium.evaluation.likelihood import Comparison, Interval
from componium.evaluation.prediction import Prediction
from componium.evaluation.row import Row
from componium.learning.recipes import entries
from componium.originality.index import Shared

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
sys.path.insert(0, str(HERE.parent))

import _report  # noqa: E402

STYLES = ("chorales", "fiddle")
ORDERS = range(1, 9)
# The lines of the README's table: an entry, the page of its method, and words. An entry is a word of `componium compare
# --methods`, or the name of a recipe.
LINES = (
    ("shipped", "transformer", "shipped"),
    ("default", "transformer", "a new one"),
    ("music-transformer", "music_transformer", ""),
    ("part-networks", "part_networks", ""),
    ("frame_transformer", "frame_transformer", ""),
    ("lstm", "rnn", "LSTM of the same size"),
    ("nottingham-lstm", "rnn", "a melody step by step, from 32 steps"),
    ("notechord-lstm", "rnn", "notes and chords"),
    ("deep-lstm", "rnn", "notes and chords, three layers"),
    ("wavenet", "wavenet", ""),
    ("notechord-wavenet", "wavenet", "notes and chords"),
    ("triples-lstm", "triples", ""),
    ("gan", "gan", ""),
    *((f"markov:order={order}", "markov", f"order {order}") for order in ORDERS),
    ("markov:smoothing=ppm", "markov", "partial matching"),
    ("ensemble", "ensemble", "of three markov"),
    ("hmm", "hmm", "also harmonizes"),
    ("recombine", "recombine", ""),
    ("dice", "dice", ""),
    ("genetic", "genetic", ""),
    ("rules", "rules", "learns nothing; also harmonizes"),
    ("grammar", "grammar", "learns nothing"),
    ("stochastic", "stochastic", "learns nothing"),
    ("uniform", "uniform", "random: every token allowed is equally likely"),
    ("dream", "dream", "varies a piece"),
)
BEGIN, END = "<!-- numbers: methods -->", "<!-- /numbers -->"
SLOW = ("frame_transformer", "gan", "genetic", "rules", "dream")
COLUMNS = ("style", "method", "measure", "value", "real", "real_low", "real_high", "inside")
COUNTED = ("nll_per_note", "accuracy", "perplexity", "mse_step", "mse_duration", "inside", "auc", "auc_low", "auc_high",
           "copying", "distinct", "fit_seconds", "notes_per_second")  # fmt: skip


def all_entries():
    """Every entry by its name, as `compare` takes it: nets last but what takes long to compose."""
    recipes = {name: ROOT / "recipes" / f"{name}.toml" for name, _, _ in LINES}
    paths = {name: path for name, path in recipes.items() if path.exists()}
    order = sorted((name for name, _, _ in LINES), key=lambda name: (name in SLOW, name in paths))
    return entries(",".join(str(paths.get(name, name)) for name in order))


def lines_of(row, settings):
    """A row as lines of results.csv: its figures, the settings of its run, then every statistic."""
    same = dict.fromkeys(COLUMNS, "") | {"style": row.style, "method": row.method}
    plain = row.to_json()
    for name in COUNTED:
        yield {**same, "measure": name, "value": "" if plain[name] is None else plain[name]}
    yield {**same, "measure": "codec", "value": row.codec}
    yield {**same, "measure": "settings", "value": settings}
    yield {**same, "measure": "copied_notes", "value": row.copied.notes}
    for cell, reason in row.not_applicable.items():
        yield {**same, "measure": f"n/a: {cell}", "value": reason}
    for one in row.statistics:
        yield {**same, "measure": one.metric, "value": one.generated, "real": one.real,
               "real_low": one.interval[0], "real_high": one.interval[1], "inside": one.inside}  # fmt: skip


def rows_of(lines):
    """The rows of results.csv's lines."""
    for (style, method), group in itertools.groupby(lines, key=lambda line: (line["style"], line["method"])):
        group = list(group)
        text = {line["measure"]: line["value"] for line in group if not line["real"]}
        value = {name: float(text[name] or "nan") for name in COUNTED}
        statistics = tuple(
            Comparison(line["measure"], float(line["value"] or "nan"), float(line["real"]),
                       Interval(float(line["real_low"]), float(line["real_high"])), float(line["inside"]))
            for line in group if line["real"]
        )  # fmt: skip
        errors = {name: value[f"mse_{name}"] for name in ("step", "duration") if text[f"mse_{name}"]}
        same = {name: value[name] for name in ("inside", "auc", "copying", "distinct", "fit_seconds")}
        yield Row(style, method, value["nll_per_note"] if text["nll_per_note"] else None, codec=text["codec"],
                  prediction=Prediction(value["accuracy"], value["perplexity"], errors), statistics=statistics,
                  auc_interval=Interval(value["auc_low"], value["auc_high"]),
                  copied=Shared(notes=int(text["copied_notes"])), notes_per_second=value["notes_per_second"], **same,
                  not_applicable={name[5:]: reason for name, reason in text.items() if name.startswith("n/a: ")})


def kept():
    """The rows that stand in results.csv, and the settings that each method was measured with."""
    lines = _report.read_csv(HERE / "results.csv")
    settings = {line["method"]: line["value"] for line in lines if line["measure"] == "settings"}
    return list(rows_of(lines)), settings


def in_order(rows):
    """The rows by style, those of a style as in the README's table."""
    places = [name for name, _, _ in LINES]
    return sorted(rows, key=lambda row: (STYLES.index(row.style), places.index(row.method)))


def readme_table(rows):
    """The README's table of methods: a line an entry, a dash where a column doesn't apply, empty what wasn't run."""
    found = {(row.style, row.method): row for row in rows}
    figures = [f"{figure}: {style}" for figure in ("nats", "AUC") for style in STYLES]
    head = ["Method", *figures, "copied", "notes/s"]
    lines = [f"| {' | '.join(head)} |", "|" + "---|" * len(head)]
    for entry, page, words in LINES:
        both = [found[style, entry] for style in STYLES if (style, entry) in found]
        name = f"[{page}](docs/methods/{page}.md)" + (f" ({words})" if words else "")
        cells = [*map(nats, both), *map(auc, both), copied(both), speed(both)] if both else [""] * (len(head) - 1)
        lines.append(f"| {' | '.join([name, *cells])} |")
    return "\n".join(lines)


def nats(row):
    """Nats a note; of another codec than events, with its name, since they can't be compared."""
    if row.nll_per_note is None:
        return "–"
    codec = row.codec.replace("own, of ", "")
    return f"{row.nll_per_note:.2f}" + ("" if codec == "events" else f" ({codec.split()[0]})")


def auc(row):
    return "–" if row.auc != row.auc else f"{row.auc:.2f}"


def copied(rows):
    """The longest passage copied in any style, and the share of takes that copy."""
    if all(row.copying != row.copying for row in rows):
        return "–"
    return f"{max(row.copied.notes for row in rows)} ({sum(row.copying for row in rows) / len(rows):.0%})"


def speed(rows):
    fast = [row.notes_per_second for row in rows if row.notes_per_second == row.notes_per_second]
    return f"{min(fast):,.0f}" if fast else "–"


def tables_text(rows, settings):
    """The tables of this folder's README, the reasons below them, and the settings of the runs."""
    tables = [f"**{name}**\n\n{_report.markdown(head, lines)}" for name, (head, *lines) in report.tables(rows).items()]
    reasons = "\n".join(f"- {line}" for line in report.reasons(rows))
    runs = {}
    for method in dict.fromkeys(row.method for row in rows):
        runs.setdefault(settings[method], []).append(method)
    how = "\n".join(f"- {words} ({', '.join(methods)})" for words, methods in runs.items())
    return "\n\n".join([*tables, reasons, how])


def publish(rows, settings):
    """results.csv, report.html, this folder's README and the table in the project's."""
    file = io.StringIO()
    writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(line for row in rows for line in lines_of(row, settings[row.method]))
    write_atomic(HERE / "results.csv", file.getvalue().encode())
    _report.fill(HERE / "README.md", tables_text(rows, settings))
    fill_readme(readme_table(rows))
    page = report.to_html(rows, f"{', '.join(STYLES)}; {'; '.join(dict.fromkeys(settings.values()))}")
    write_atomic(HERE / "report.html", page.encode())


def fill_readme(table):
    """Put the table between the markers of the project's README."""
    path = ROOT / "README.md"
    before, rest = path.read_text(encoding="utf-8").split(BEGIN)
    write_atomic(path, f"{before}{BEGIN}\n{table}\n{END}{rest.split(END, 1)[1]}".encode())


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--takes", type=int, default=20)
    parser.add_argument("--bars", type=int, default=16)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--pieces", type=int, default=10, help="held-out pieces a style for the likelihood")
    parser.add_argument("--minutes", type=float, default=2.0, help="that each net trains at most, by the clock")
    parser.add_argument("--only", nargs="+", default=[], metavar="NAME", help="of those to measure, only these")
    parser.add_argument("--again", nargs="+", default=[], metavar="NAME", help="measure these anew; all: every entry")
    options = parser.parse_args()
    known = all_entries()
    again = set(known) if options.again == ["all"] else set(options.again)
    rows, settings = kept()
    rows = [row for row in rows if row.method in known and row.method not in again]
    done = {row.method for row in rows}
    chosen = {name: known[name] for name in options.only or known if name not in done}
    words = (f"{options.takes} takes of {options.bars} bars, seed {options.seed}; likelihoods of {options.pieces} "
             f"pieces a style; nets trained for {options.minutes:g} minutes by the clock; load "
             f"{os.getloadavg()[0]:.0f}; {_report.machine('componium', 'numpy', 'torch')}")  # fmt: skip
    measured = compare_each(chosen, ",".join(STYLES), n=options.takes, bars=options.bars, seed=options.seed,
                            pieces=options.pieces, minutes=options.minutes, on_progress=_report.print_progress)
    for found in measured if chosen else ():
        rows += found
        settings[found[0].method] = words
        publish(in_order(rows), settings)
    publish(in_order(rows), settings)


if __name__ == "__main__":
    main()
