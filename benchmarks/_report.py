"""What benchmarks share: the machine in words, tables in Markdown, results.csv, and the README's table kept true."""

import csv
import datetime
import os
import platform
import statistics
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

BEGIN, END = "<!-- results: begin -->", "<!-- results: end -->"
ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")  # a child's environment


def print_progress(progress):
    """Print a report of long work to stderr, a line each."""
    print(f"  {progress.done}/{progress.total} {progress.text}", file=sys.stderr, flush=True)


def machine(*packages):
    """Processor, memory, Python and packages, in one line."""
    cpu = platform.processor() or platform.machine()
    if sys.platform == "linux":
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
        cpu = next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), cpu)
    memory = ""
    if hasattr(os, "sysconf"):
        memory = f", {os.sysconf('SC_PAGE_SIZE') * os.sysconf('SC_PHYS_PAGES') / 2**30:.0f} GB"
    versions = ", ".join(f"{name} {version(name)}" for name in packages)
    system = f"{platform.system()}; Python {platform.python_version()}, {versions}"
    return f"{cpu}, {os.cpu_count()} processors{memory}; {system}"


def markdown(columns, rows):
    """A table whose first column is text and whose others are figures."""
    cells = [[str(cell) for cell in row] for row in (columns, *rows)]
    first, *others = (max(3, *map(len, column)) for column in zip(*cells, strict=True))
    lines = [" | ".join([row[0].ljust(first), *map(str.rjust, row[1:], others)]) for row in cells]
    lines.insert(1, " | ".join(["-" * first, *("-" * (width - 1) + ":" for width in others)]))
    return "\n".join(f"| {line} |" for line in lines)


def write_csv(path, rows):
    """Rows (dicts with the same keys) as a CSV file."""
    with open(path, "w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, rows[0], lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def read_csv(path):
    """The rows of a CSV file, as dicts of texts."""
    with open(path, newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def fill(readme, text, begin=BEGIN, end=END):
    """Put `text` between two markers of the README."""
    old = readme.read_text(encoding="utf-8")
    before, rest = old.split(begin)
    _, after = rest.split(end)
    readme.write_text(f"{before}{begin}\n{text}\n{end}{after}", encoding="utf-8")


def spread(values):
    """Median, least and most.

    >>> spread([3.0, 1.0, 2.0])
    (2.0, 1.0, 3.0)
    """
    return statistics.median(values), min(values), max(values)


def commit():
    """The commit of this checkout, with a + if files differ from it; "unknown" where that can't be told."""
    done = subprocess.run(["git", "describe", "--always", "--dirty=+"], cwd=Path(__file__).parent,
                          capture_output=True, text=True, check=False)
    return done.stdout.strip() or "unknown"


def publish(folder, rows, packages, *, notes=(), only_print=False):
    """Print rows (dicts with the same keys), then write them to results.csv and, as a table, into the README.

    Below the table stand the day, commit, machine and versions, and `notes`. With `only_print` no file is touched.
    """
    text = "\n\n".join([markdown(list(rows[0]), [row.values() for row in rows]), about(*packages), *notes])
    print(text)
    if not only_print:
        write_csv(folder / "results.csv", rows)
        fill(folder / "README.md", text)


def about(*packages):
    """Return the day, commit, machine, versions and load, in one line."""
    return f"{datetime.date.today()}, commit {commit()}; {machine('componium', 'numpy', *packages)}; load {_load()}."


def _load():
    return f"{os.getloadavg()[0]:.1f} at the end" if hasattr(os, "getloadavg") else "unknown"
