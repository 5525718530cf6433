"""Patching of real files: one bar of one part is edited, the file is patched, and read again.

    COMPONIUM_DATA=../shared/data scripts/bench patching [--only openewld groove] [--every 20] [--only-print]

Writes results.csv (a line a folder and edit), failures.txt (every refusal and difference) and the README's table.
"""

import argparse
import os
import sys
import warnings
from collections import Counter, defaultdict
from pathlib import Path

import numpy as np

from componium import formats
from componium.errors import ComponiumError, PatchError, RoundingWarning

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parent)]

import checks  # noqa: E402
import edits  # noqa: E402

import _report  # noqa: E402

READ = 60  # each so manieth patched MusicXML file is read by music21 too
FAULTS = ("other errors", "notes outside", "notes asked", "all but notes", "rest of the file", "not valid")
COLUMNS = ("files", "refused", "patched", "rounded", "pedal", *FAULTS)


def try_file(path, edit, rng, counts, is_read_elsewhere=False):
    """Edit and patch one file; return lines on what went wrong, and count it."""
    data = path.read_bytes()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            score = formats.find_reader(path.suffix).loads(data)
        except ComponiumError:
            return []  # benchmarks/round_trips has those
        made = edits.edited(score, edit, rng)
    if made is None:
        return []
    counts["files"] += 1
    target, cell = made
    where = f"bar {cell[0] + 1} of {target.tracks[cell[1]].name or 'part'} {cell[1] + 1}"
    try:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            patched = formats.patch(data, path.suffix, target)
    except PatchError as error:
        counts["refused"] += 1
        return [f"refused: {where}: {error}"]
    except Exception as error:  # there should be none
        counts["other errors"] += 1
        return [f"other errors: {where}: {error!r}"]
    counts["patched"] += 1
    is_rounded = any(issubclass(one.category, RoundingWarning) for one in caught)
    counts["rounded"] += is_rounded
    found = list(faults(path.suffix, (data, patched), (score, target), cell, is_rounded, edit))
    if is_read_elsewhere and path.suffix != ".mid":
        found += read_elsewhere(patched, score)
    counts.update({fault for fault, _ in found})
    return [f"{fault}: {where}: {text}" for fault, text in found]


def faults(suffix, files, scores, cell, is_rounded, edit):
    """Yield the faults of a patched file: one of FAULTS, and details."""
    (data, patched), (score, target) = files, scores
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        after = formats.find_reader(suffix).loads(patched)
    if len(after.tracks) != len(target.tracks):
        yield "all but notes", f"{len(after.tracks)} parts of {len(target.tracks)}"
        return
    pairs = zip(checks.AROUND, *map(checks.around, (score, after)), strict=True)
    if differing := [name for name, one, other in pairs if one != other]:
        yield "all but notes", ", ".join(differing)
    kept, found = (checks.notes_outside(each, cell) for each in (score, after))
    wanted, sounds = map(checks.sounding, (target, after))
    if suffix == ".mid" and wanted != sounds and checks.is_held_by_pedal(data, wanted, sounds):
        yield "pedal", checks.first_difference(wanted, sounds)
    else:
        if after.ticks_per_quarter == score.ticks_per_quarter and kept != found:
            yield "notes outside", checks.first_difference(kept, found)
        if wanted != sounds and not is_rounded:
            yield "notes asked", checks.first_difference(wanted, sounds)
    yield from _in_file(suffix, data, patched, scores, cell, edit)


def _in_file(suffix, data, patched, scores, cell, edit):
    if suffix == ".mid":
        if words := checks.midi_differences(data, patched):
            yield "rest of the file", ", ".join(words)
        return
    if words := checks.xml_differences(data, patched, cell, most_measures(*scores, cell)):
        yield "rest of the file", ", ".join(sorted(set(words)))
    if edit != "anew" and (count := checks.voices_changed(data, patched, cell[1])) > 1:
        yield "rest of the file", f"{count} voices of a measure"
    if words := checks.schema_problems(patched, data):
        yield "not valid", "; ".join(words)[:300]


def most_measures(score, target, cell):
    """Return the number of bars in which a note of the part sounds that was edited, or that is new."""
    old, new = (each.tracks[cell[1]].notes for each in (score, target))
    rows = [Counter(array.tolist()) for array in (old, new)]
    changed = [*(rows[0] - rows[1]), *(rows[1] - rows[0])]
    lines = np.array([*checks.bar_lines(score)])
    return len({bar for onset, duration, *_ in changed
                for bar in range(int(np.searchsorted(lines, onset, side="right")),
                                 int(np.searchsorted(lines, onset + duration, side="left")) + 1)})  # fmt: skip


def read_elsewhere(patched, score):
    """Yield a fault if music21 can't read a patched file, or finds another number of parts."""
    import music21

    try:
        read = music21.converter.parseData(checks.document(patched)[0], format="musicxml")
    except Exception as error:
        return [("not valid", f"music21: {error!r}")]
    parts = len({part.id.partition("-Staff")[0] for part in read.parts})
    return [] if parts == len(score.tracks) else [("not valid", f"music21: {parts} parts of {len(score.tracks)}")]


def kept_results(folders):
    """Return the rows and failures of an earlier run, but those of some folders."""
    rows = [row for row in _report.read_csv(HERE / "results.csv") if row["folder"] not in folders]
    lines = (HERE / "failures.txt").read_text(encoding="utf-8").splitlines()
    return rows, [line for line in lines if line.partition("/")[0] not in folders]


def music_files(folder, every):
    """Return each n-th file of the folder that can be patched."""
    suffixes = set(formats.patched_suffixes())
    return sorted(path for path in folder.rglob("*") if path.suffix.lower() in suffixes)[::every]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", nargs="+", help="folders of COMPONIUM_DATA")
    parser.add_argument("--every", type=int, default=20, help="each n-th file only")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only-print", action="store_true", help="write no file")
    options = parser.parse_args()
    data = Path(os.environ["COMPONIUM_DATA"])
    rows, lines = kept_results(options.only) if options.only and not options.only_print else ([], [])
    tried = 0
    for folder in options.only or sorted(path.name for path in data.iterdir() if path.is_dir()):
        by_edit = defaultdict(Counter)
        for at, path in enumerate(music_files(data / folder, options.every)):
            for edit in edits.EDITS:
                tried += 1
                rng = np.random.default_rng([options.seed, at, len(edit)])
                found = try_file(path, edit, rng, by_edit[edit], tried % READ == 0)
                lines += [f"{folder}/{path.name}, {edit}: {line}" for line in found]
        rows += [{"folder": folder, "edit": edit, **{name: counts[name] for name in COLUMNS}}
                 for edit, counts in by_edit.items() if counts["files"]]  # fmt: skip
    if not options.only_print:
        (HERE / "failures.txt").write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    rows.sort(key=lambda row: row["folder"])
    _report.publish(HERE, rows, ("mido", "music21"), only_print=options.only_print)
    return 1 if any(int(row[name]) for row in rows for name in FAULTS) else 0


if __name__ == "__main__":
    sys.exit(main())
