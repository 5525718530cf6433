"""A comparison as tables of text, and as a page of HTML that needs nothing else."""

import html
import math
from collections.abc import Iterable, Sequence

from componium.evaluation.row import COPIED, Row

# The statistics that the short table shows, with their headings; the page has them all.
SHOWN = {
    "pitch_class_entropy": "pc entropy", "scale_consistency": "in scale", "groove_consistency": "groove",
    "step_rate": "steps", "longest_repeated_note": "longest run", "repeated_bar_rate": "bars again",
}  # fmt: skip
HEADINGS = ("method", "AUC", "inside", *SHOWN.values(), "copied", "copies", "distinct", "fit s", "notes/s")
PREDICTED = ("method", "codec", "nats/note", "accuracy", "perplexity", "step MSE", "duration MSE")
NOT_APPLICABLE = "n/a"
ABOUT = f"""\
AUC: how well classifiers tell takes from held-out pieces; 0.5 is as good as real, 1 is told every time. inside: share
of takes inside the real pieces' central 95 %, mean over all statistics. copied: longest passage shared with the
training music; copies: share of takes with one of {COPIED} notes. The second table is of held-out pieces, each
predicted from what comes before: nats a note, share of ids that were the likeliest, perplexity of an id, mean squared
errors of times in squared quarters. Its lines may be compared where the codec is the same, since codecs differ in what
they keep.
"""
type_table = list[tuple[str, ...]]

_STYLE = """body{font:15px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:75rem;
padding:0 1rem;color:#222;background:#fff}
table{border-collapse:collapse;margin:1rem 0;font-variant-numeric:tabular-nums}
th,td{padding:.25rem .7rem;text-align:right;border-bottom:1px solid #ddd}th:first-child,td:first-child{text-align:left}
td.out{text-decoration:underline dotted;color:#8a1c1c}caption{text-align:left;font-weight:600}"""


def tables(rows: Iterable[Row]) -> dict[str, type_table]:
    """Return two tables for each style, of takes and of prediction.

    Each has headings, then a line a method. They are named "style" and "style, predicted". The line of the real pieces
    comes first; of the predicted, equal codecs come together, the fewest nats first.
    """
    found: dict[str, type_table] = {}
    for style, group in _by_style(rows).items():
        found[style] = [HEADINGS, _real(group), *map(_line, group)]
        found[f"{style}, predicted"] = [PREDICTED, *map(_predicted, sorted(group, key=_by_codec))]
    return found


def _by_style(rows: Iterable[Row]) -> dict[str, list[Row]]:
    styles: dict[str, list[Row]] = {}
    for row in rows:
        styles.setdefault(row.style, []).append(row)
    return styles


def _by_codec(row: Row) -> tuple[bool, str, float]:
    return not row.codec, row.codec, math.inf if row.nll_per_note is None else row.nll_per_note


def reasons(rows: Iterable[Row]) -> list[str]:
    """Return a line for each reason why a cell is not applicable.

    It names the methods and styles for which it holds.

    >>> reasons([Row("jig", "markov", not_applicable={"takes": "no style 'jig'"})])
    ["takes of markov (jig): not applicable: no style 'jig'"]
    """
    found: dict[tuple[str, str], dict[str, list[str]]] = {}
    for row in rows:
        for cell, reason in row.not_applicable.items():
            found.setdefault((cell, reason), {}).setdefault(row.style, []).append(row.method)
    lines = []
    for (cell, reason), methods in found.items():
        names = ", ".join(dict.fromkeys(name for group in methods.values() for name in group))
        lines.append(f"{cell} of {names} ({', '.join(methods)}): not applicable: {reason}")
    return lines


def _line(row: Row) -> tuple[str, ...]:
    if {"method", "takes"} & row.not_applicable.keys():
        return (row.method, *[NOT_APPLICABLE] * (len(HEADINGS) - 3), _figure(row.fit_seconds), NOT_APPLICABLE)
    means = {statistic.metric: statistic.generated for statistic in row.statistics}
    return (
        row.method, NOT_APPLICABLE if "AUC" in row.not_applicable else _figure(row.auc), _percent(row.inside),
        *(_figure(means.get(name)) for name in SHOWN), f"{row.copied.notes} notes", _percent(row.copying),
        _percent(row.distinct), _figure(row.fit_seconds), f"{row.notes_per_second:,.0f}",
    )  # fmt: skip


def _predicted(row: Row) -> tuple[str, ...]:
    figures = row.nll_per_note, row.prediction.accuracy, row.prediction.perplexity
    errors = (row.prediction.errors.get(name) for name in ("step", "duration"))
    cells = [_figure(value) or NOT_APPLICABLE for value in (*figures, *errors)]
    return row.method, row.codec or NOT_APPLICABLE, *cells


def _real(rows: Sequence[Row]) -> tuple[str, ...]:
    """Return the line of the real pieces, with their means."""
    statistics = next((row.statistics for row in rows if row.statistics), ())
    means = {statistic.metric: statistic.real for statistic in statistics}
    shown = (_figure(means.get(name)) for name in SHOWN)
    return ("real pieces", "0.5", "95%", *shown, *[""] * (len(HEADINGS) - 3 - len(SHOWN)))


def _figure(value: float | None) -> str:
    return "" if value is None or math.isnan(value) else f"{value:.3g}"


def _percent(value: float) -> str:
    return "" if math.isnan(value) else f"{value:.0%}"


def to_html(rows: Sequence[Row], title: str) -> str:
    """Return a page with the short tables and every statistic beside the real pieces."""
    parts = [_table(table, style) for style, table in tables(rows).items()]
    parts += [f"<p>{html.escape(line)}</p>" for line in reasons(rows)]
    parts += [_statistics(style, group) for style, group in _by_style(rows).items()]
    head = f"<title>Componium: {html.escape(title)}</title><style>{_STYLE}</style>"
    body = f"<h1>Methods compared</h1><p>{html.escape(title)}</p><p>{html.escape(ABOUT)}</p>{''.join(parts)}"
    return f'<!doctype html><html lang="en"><meta charset="utf-8">{head}<body>{body}</body></html>\n'


def _table(table: type_table, caption: str) -> str:
    head, *lines = (["".join(f"<{tag}>{html.escape(cell)}</{tag}>" for cell in line)
                     for tag, line in zip(["th", *["td"] * (len(table) - 1)], table, strict=True)])
    body = "".join(f"<tr>{line}</tr>" for line in lines)
    return f"<table><caption>{html.escape(caption)}</caption><tr>{head}</tr>{body}</table>"


def _statistics(style: str, rows: Sequence[Row]) -> str:
    """Return a table of every statistic: the real interval, and each method."""
    measured = [row for row in rows if row.statistics]
    names = list(dict.fromkeys(statistic.metric for row in measured for statistic in row.statistics))
    headings = ("statistic", "real 95 %", *(row.method for row in measured))
    head = "".join(f"<th>{html.escape(cell)}</th>" for cell in headings)
    lines = []
    for name in names:
        by_method = [{statistic.metric: statistic for statistic in row.statistics}.get(name) for row in measured]
        low, high = next(statistic.interval for statistic in by_method if statistic)
        cells = [_cell(statistic.generated, low, high) if statistic else "<td></td>" for statistic in by_method]
        lines.append(f"<tr><td>{name}</td><td>{low:.3g} to {high:.3g}</td>{''.join(cells)}</tr>")
    caption = f"{html.escape(style)}: every statistic (mean over takes)"
    return f"<table><caption>{caption}</caption><tr>{head}</tr>{''.join(lines)}</table>"


def _cell(value: float, low: float, high: float) -> str:
    kind = "" if low <= value <= high else ' class="out"'
    return f"<td{kind}>{value:.3g}</td>"
