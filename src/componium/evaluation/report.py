"""A comparison as tables of text, and as a page of HTML that needs nothing else."""

import html
import math
from collections.abc import Iterable, Sequence

from componium.evaluation.comparison import Row

# The statistics that the short table shows, with their headings; the page has them all.
SHOWN = {
    "pitch_class_entropy": "pc entropy", "scale_consistency": "in scale", "groove_consistency": "groove",
    "step_rate": "steps", "longest_repeated_note": "longest run", "repeated_bar_rate": "bars again",
}  # fmt: skip
HEADINGS = ("method", "nats/note", "inside", *SHOWN.values(), "copied", "distinct", "fit s", "notes/s")
NOT_APPLICABLE = "n/a"
type_table = list[tuple[str, ...]]

_STYLE = """body{font:15px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:75rem;
padding:0 1rem;color:#222;background:#fff}
table{border-collapse:collapse;margin:1rem 0;font-variant-numeric:tabular-nums}
th,td{padding:.25rem .7rem;text-align:right;border-bottom:1px solid #ddd}th:first-child,td:first-child{text-align:left}
td.out{text-decoration:underline dotted;color:#8a1c1c}caption{text-align:left;font-weight:600}"""


def tables(rows: Iterable[Row]) -> dict[str, type_table]:
    """Return a table for each style: headings, the real pieces, then a line a method."""
    by_style: dict[str, list[Row]] = {}
    for row in rows:
        by_style.setdefault(row.style, []).append(row)
    return {style: [HEADINGS, _real(group), *map(_line, group)] for style, group in by_style.items()}


def reasons(rows: Iterable[Row]) -> list[str]:
    """Return a line for each cell that is not applicable, with the reason.

    >>> reasons([Row("jig", "markov", not_applicable={"takes": "no style 'jig'"})])
    ["markov, takes of jig: not applicable: no style 'jig'"]
    """
    lines = [f"{row.method}, {cell} of {row.style}: not applicable: {reason}"
             for row in rows for cell, reason in row.not_applicable.items()]  # fmt: skip
    return list(dict.fromkeys(lines))


def _line(row: Row) -> tuple[str, ...]:
    means = {statistic.metric: statistic.generated for statistic in row.statistics}
    nats = NOT_APPLICABLE if "likelihood" in row.not_applicable else _figure(row.nll_per_note)
    if "takes" in row.not_applicable:
        return (row.method, nats, *[NOT_APPLICABLE] * (len(HEADINGS) - 4), _figure(row.fit_seconds), NOT_APPLICABLE)
    return (
        row.method, nats, "" if math.isnan(row.inside) else f"{row.inside:.0%}",
        *(_figure(means.get(name)) for name in SHOWN),
        f"{row.copied.notes} notes", f"{row.distinct:.0%}", _figure(row.fit_seconds), f"{row.notes_per_second:,.0f}",
    )  # fmt: skip


def _real(rows: Sequence[Row]) -> tuple[str, ...]:
    """Return the line of the real pieces, with their means."""
    statistics = next((row.statistics for row in rows if row.statistics), ())
    means = {statistic.metric: statistic.real for statistic in statistics}
    return ("real pieces", "", "95%", *(_figure(means.get(name)) for name in SHOWN), "", "", "", "")


def _figure(value: float | None) -> str:
    return "" if value is None or math.isnan(value) else f"{value:.3g}"


def to_html(rows: Sequence[Row], title: str) -> str:
    """Return a page with the short tables and every statistic beside the real pieces."""
    parts = [_table(table, style) for style, table in tables(rows).items()]
    parts += [f"<p>{html.escape(line)}</p>" for line in reasons(rows)]
    parts += [_statistics(style, [row for row in rows if row.style == style]) for style in tables(rows)]
    head = f"<title>Componium: {html.escape(title)}</title><style>{_STYLE}</style>"
    about = (
        "nats/note: of held-out pieces, compare equal codecs only. inside: share of takes inside the real pieces' "
        "central 95 %, mean over all statistics. copied: longest passage shared with the training music."
    )
    body = f"<h1>Methods compared</h1><p>{html.escape(title)}</p><p>{about}</p>{''.join(parts)}"
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
