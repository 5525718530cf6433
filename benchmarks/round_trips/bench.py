"""Round trips of every file of a folder: read, written in each format, read back, and compared.

    COMPONIUM_DATA=../shared/data scripts/bench round_trips [--only nottingham groove] [--every 10] [--only-print]

Each piece of a file is written in each format that is both read and written. What comes back may differ from the piece
only in aspects that the format's LOSES declare; of each tenth piece it has to be what `canonicalize` says. Writes
results.csv (a line a folder), trips.csv (a line a folder and format), failures.txt (every error and difference) and the
README's tables.
"""

import argparse
import os
import sys
import warnings
from collections import Counter, defaultdict
from pathlib import Path

from componium import formats, registry
from componium.errors import ComponiumError
from componium.formats.losses import ASPECTS, changed_aspects, declared_aspects

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent))

import _report  # noqa: E402

# Compressed MusicXML holds what MusicXML does.
LOADED = {name: registry.load("formats", name) for name in registry.names("formats") if name != "mxl"}
BOTH = {name: module for name, module in LOADED.items() if hasattr(module, "dumps") and hasattr(module, "loads")}
SUFFIXES = {".mxl", *(suffix for name, module in BOTH.items() if name != "json" for suffix in module.SUFFIXES)}
COMPARED = 10  # each tenth piece is compared with its canonical form
OUTCOMES = ("refused", "other errors", "not as canonicalize says", "undeclared changes")


def read_pieces(path, counts, failures):
    """Return the scores in a file; count it as read, repaired, refused or failed."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            scores = formats.read_all(path)
        except ComponiumError as error:
            counts["refused"] += 1
            failures.append(f"{path.name}: refused: {error}")
            return []
        except Exception as error:  # there should be none
            counts["other errors"] += 1
            failures.append(f"{path.name}: {error!r}")
            return []
    counts.update({"read": 1, "repaired": int(bool(caught)), "pieces": len(scores),
                   "notes": sum(score.n_notes for score in scores)})
    return scores


def try_format(name, score, is_compared):
    """Write and read one piece; return the outcome (one of OUTCOMES, or ""), details, and how many notes came back."""
    module = BOTH[name]
    try:
        back = module.loads(module.dumps(score))
        expected = module.canonicalize(score) if is_compared and hasattr(module, "canonicalize") else back
    except ComponiumError as error:
        return "refused", str(error), 0
    except Exception as error:  # there should be none
        return "other errors", repr(error), 0
    undeclared = changed_aspects(score, back) - declared_aspects(module.LOSES)
    if undeclared:
        return "undeclared changes", ", ".join(sorted(undeclared)), notes_back(score, back)
    if back != expected:
        return "not as canonicalize says", ", ".join(sorted(changed_aspects(expected, back))), notes_back(score, back)
    return "", "", notes_back(score, back)


def notes_back(before, after):
    """Return how many notes of one score are, by part and pitch, in the other."""
    one, other = (
        Counter((at, pitch) for at, part in enumerate(ASPECTS["notes"](score)) for *_, pitch in part)
        for score in (before, after)
    )
    return (one & other).total()


def measure(files, failures):
    """Return the counts of the reading, and those of each format."""
    reading, trips = Counter(), defaultdict(Counter)
    for path in files:
        for score in read_pieces(path, reading, failures):
            for name in BOTH:
                outcome, details, back = try_format(name, score, reading["pieces"] % COMPARED == 0)
                trips[name].update({"pieces": 1, "notes": score.n_notes, "notes back": back})
                if outcome:
                    trips[name][outcome] += 1
                    failures.append(f"{path.name} ({score.title[:40]}), {name}: {outcome}: {details}")
    return reading, trips


def music_files(folder, every):
    """Return each n-th file of the folder, in its subfolders too, whose suffix is read."""
    return sorted(path for path in folder.rglob("*") if path.suffix.lower() in SUFFIXES)[::every]


def percent(part, whole):
    return f"{100 * part / whole:.4f}" if whole else ""


def reading_row(folder, n_files, counts):
    keys = ("read", "repaired", "refused", "other errors", "pieces", "notes")
    return {"folder": folder, "files": n_files, **{key: counts[key] for key in keys}}


def trip_row(folder, name, counts):
    return {"folder": folder, "format": name, "pieces": counts["pieces"], "notes": counts["notes"],
            "notes back %": percent(counts["notes back"], counts["notes"]), **{key: counts[key] for key in OUTCOMES}}


def table(rows):
    return _report.markdown(list(rows[0]), [row.values() for row in rows])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", nargs="+", help="folders of COMPONIUM_DATA")
    parser.add_argument("--every", type=int, default=1, help="read each n-th file only")
    parser.add_argument("--only-print", action="store_true", help="write no file")
    options = parser.parse_args()
    data = Path(os.environ["COMPONIUM_DATA"])
    folders = options.only or sorted(path.name for path in data.iterdir() if path.is_dir())
    readings, trips, totals, failures = [], [], defaultdict(Counter), []
    for folder in folders:
        if files := music_files(data / folder, options.every):
            reading, by_format = measure(files, failures)
            readings.append(reading_row(folder, len(files), reading))
            trips += [trip_row(folder, name, counts) for name, counts in by_format.items()]
            for name, counts in by_format.items():
                totals[name].update(counts)
            if not options.only_print:  # what is done stays if the rest is stopped
                _report.write_csv(HERE / "trips.csv", trips)
                (HERE / "failures.txt").write_text("".join(f"{line}\n" for line in failures), encoding="utf-8")
            print(table(readings[-1:]), table(trips[-len(by_format):]), sep="\n", file=sys.stderr, flush=True)
    sums = [trip_row("all", name, counts) for name, counts in totals.items()]
    if not options.only_print:
        _report.write_csv(HERE / "trips.csv", [*sums, *trips])
    extent = [f"Of each folder each {options.every}th file."] if options.every > 1 else []
    _report.publish(HERE, readings, (), notes=[*extent, table(sums)], only_print=options.only_print)
    return 1 if any(row["other errors"] or row.get("undeclared changes") for row in [*readings, *sums]) else 0


if __name__ == "__main__":
    sys.exit(main())
