"""How long until there is music: from a fresh clone, and from the start of the process.

    python benchmarks/first_music/bench.py [--fresh] [--runs 9] [--seeds 5] [--bars 16] [--model DIR] [--only-print]

Each run is a process of its own, timed from before it is started to after its end (so to when the files are whole, and
a little longer); its peak memory is what the system says of it (ru_maxrss). The kinds of run alternate, and so do the
styles: of each general one a take a seed, from 1 on. --fresh also clones the checkout as it is committed and runs
`scripts/compose` in the clone, with nothing taken from pip's cache.
"""

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
sys.path.insert(0, str(HERE.parent))

import _report  # noqa: E402

COMPONIUM = [sys.executable, "-m", "componium"]
SCRIPT = Path(sys.executable).parent / "componium"
ENTRY = [str(SCRIPT)] if SCRIPT.exists() else COMPONIUM
AIMS = {"help": 0.3, "mid": 3.0, "mid,wav": 5.0}  # seconds
AIM_MB = 500
TITLES = {"help": "`componium --help`", "mid": "start to MIDI", "mid,wav": "start to MIDI and WAV",
          "mid,wav,png,json": "start to MIDI, WAV, PNG and JSON"}


def wishes(bars, formats, folder, model, style="chorales", seed=1):
    chosen = ["--method", model] if model else []
    return ["compose", "--bars", str(bars), "--seed", str(seed), "--style", style, "--formats", formats, "--quiet",
            "-o", str(folder), *chosen]


def run(command):
    """Seconds and peak megabytes of one process. Ends the benchmark, with what it said, if it fails."""
    with tempfile.TemporaryFile() as said:
        start = time.perf_counter()
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=said)
        _, status, usage = os.wait4(process.pid, 0)
        took = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            said.seek(0)
            sys.exit(f"{' '.join(map(str, command))} failed:\n{said.read().decode(errors='replace')}")
    # Linux counts kilobytes, macOS bytes. A process starts with what its parent held, so this one imports little.
    return took, usage.ru_maxrss / (1024 if sys.platform != "darwin" else 1024**2)


def cold_starts(runs, bars, model):
    """For each kind of run its seconds and megabytes; files must be there after each."""
    times = {kind: [] for kind in TITLES}
    for number in range(runs):
        for kind, measured in times.items():
            with tempfile.TemporaryDirectory() as folder:
                measured.append(run([*ENTRY, *(["--help"] if kind == "help" else wishes(bars, kind, folder, model))]))
                written = {path.suffix[1:] for path in Path(folder).iterdir()}
                if kind != "help" and written != set(kind.split(",")):
                    sys.exit(f"asked for {kind}, written: {', '.join(sorted(written)) or 'nothing'}")
        print(f"run {number + 1} of {runs}", file=sys.stderr)
    return times


def style_rows(seeds, bars, model):
    """A row for each general style: seconds to the MIDI file of takes at so many seeds."""
    listed = json.loads(subprocess.check_output([*ENTRY, "styles", "--json"]))
    times = {each["name"]: [] for each in listed if not each["within"]}
    for seed in range(1, seeds + 1):
        for style, seconds in times.items():
            with tempfile.TemporaryDirectory() as folder:
                seconds.append(run([*ENTRY, *wishes(bars, "mid", folder, model, style, seed)])[0])
        print(f"styles, seed {seed} of {seeds}", file=sys.stderr)
    return [row(f"start to MIDI, {style}", times[style], "s", f"<= {AIMS['mid']:g}") for style in sorted(times)]


def row(what, values, unit, aim="", digits=2):
    middle, least, most = (f"{value:.{digits}f}" for value in _report.spread(values))
    return {"what": what, "runs": len(values), "median": middle, "least": least, "most": most, "unit": unit, "aim": aim}


def cold_rows(times):
    rows = []
    for kind, measured in times.items():
        seconds, megabytes = zip(*measured, strict=True)
        rows.append(row(TITLES[kind], seconds, "s", f"<= {AIMS[kind]:g}" if kind in AIMS else ""))
        rows.append(row(f"{TITLES[kind]}: peak memory", megabytes, "MB", f"<= {AIM_MB}", 0))
    return rows


def fresh(bars):
    """Rows of a clone's first music: what it took, what was fetched, what lies on disk, and the second time."""
    with tempfile.TemporaryDirectory() as name:
        clone, log = Path(name) / "componium", Path(name) / "pip.log"
        environment = {**os.environ, "PIP_NO_CACHE_DIR": "1", "PIP_LOG": str(log)}
        start = time.perf_counter()
        subprocess.run(["git", "clone", "--quiet", str(ROOT), str(clone)], check=True)
        cloned = time.perf_counter() - start
        started = time.time()
        command = [str(clone / "scripts" / "compose"), *wishes(bars, "mid,wav,png,json", clone / "takes", None)[1:]]
        subprocess.run(command, check=True, env=environment, stdout=subprocess.DEVNULL)
        whole = time.time() - started
        first = next((clone / "takes").glob("*.mid")).stat().st_mtime - started
        second, _ = run(command)
        fetched = downloads(log.read_text(errors="replace"))
        sizes = {"checkout": size(clone) - size(clone / ".venv"), ".venv": size(clone / ".venv")}
        packages = len(list((clone / ".venv").glob("lib/python*/site-packages/*.dist-info")))
    return [
        row("fresh clone: git clone from this disk", [cloned], "s"),
        row("fresh clone: `scripts/compose` to the first MIDI", [first], "s"),
        row("fresh clone: `scripts/compose` to all four files", [whole], "s"),
        row("the same command again", [second], "s"),
        row(f"fresh clone: fetched by pip, {len(fetched)} files", [sum(fetched)], "MB", digits=0),
        row(f"fresh clone: .venv, {packages} packages", [sizes[".venv"] / 1e6], "MB", digits=0),
        row("fresh clone: checkout with its history", [sizes["checkout"] / 1e6], "MB", digits=0),
    ]


def downloads(log):
    """The megabytes of each file that pip's log says it downloaded, or took from an index on this disk.

    >>> downloads("x   Downloading numpy-2.4-cp312.whl (16.9 MB)\\nx Downloading click-8.whl.metadata (2.5 kB)")
    [16.9, 0.0025]
    """
    units = {"MB": 1.0, "kB": 1e-3, "bytes": 1e-6, "GB": 1e3}
    found = re.findall(r"Downloading \S+ \(([\d.]+) (MB|kB|bytes|GB)\)", log)
    local = [Path(name) for name in re.findall(r"Processing (/\S+\.(?:whl|tar\.gz))", log)]
    return [float(number) * units[unit] for number, unit in found] + [path.stat().st_size / 1e6 for path in local]


def size(folder):
    """Bytes of all files in a folder; links count for nothing."""
    paths = (Path(where) / name for where, _, names in os.walk(folder) for name in names)
    return sum(path.stat().st_size for path in paths if not path.is_symlink())


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--fresh", action="store_true", help="also clone, set up and compose; fetches from PyPI")
    parser.add_argument("--runs", type=int, default=9, help="processes of each kind (default: 9)")
    parser.add_argument("--seeds", type=int, default=5, help="takes of each general style (default: 5)")
    parser.add_argument("--bars", type=int, default=16)
    parser.add_argument("--model", metavar="DIR", help="a model's folder, to try this with; the shipped one by default")
    parser.add_argument("--only-print", action="store_true", help="write neither results.csv nor README.md")
    options = parser.parse_args()
    rows = cold_rows(cold_starts(options.runs, options.bars, options.model))
    rows += style_rows(options.seeds, options.bars, options.model) if options.seeds else []
    rows += fresh(options.bars) if options.fresh else []
    notes = [f"{options.bars} bars; processes are new each time, files of the system's disk cache are not."]
    _report.publish(HERE, rows, ["symusic", "matplotlib"], notes=notes, only_print=options.only_print)


if __name__ == "__main__":
    main()
