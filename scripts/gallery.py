"""Compose the takes of examples/gallery anew: python scripts/gallery.py [--styles jig chopin] [--out FOLDER]

Every general style at the seeds 1 and 2, every dance, composer and kind of drumming at seed 1; each by
`componium.compose(style, bars=16, seed=...)`, and none is chosen. A take is a MIDI file; index.csv has a row for each,
and README.md shows it as a table. With --styles only these are composed; give another folder then.
"""

import argparse
import csv
import io
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import componium
from componium._files import write_atomic
from componium.composing.shipped import styles
from componium.composing.take import Take

GALLERY = Path(__file__).parent.parent / "examples" / "gallery"
BARS, SEEDS = 16, (1, 2)
MIX = "jig,chopin"
COLUMNS = ("file", "style", "seed", "bars", "key", "meter", "parts", "notes", "longest known passage", "verdict")
INTRODUCTION = f"""# Gallery

Takes of {BARS} bars by the models that come with the package: every general style at the seeds {SEEDS[0]} and
{SEEDS[1]}, every dance, composer and kind of drumming at seed {SEEDS[0]}; `{MIX}` is the mean of two. None is chosen,
and none is mended.

    python scripts/gallery.py                                     writes them anew
    componium compose --style chorales --bars {BARS} --seed 1        one of them

Only style, bars and seed are asked for; key, meter and parts are drawn as the style has them. *Longest known passage*:
the notes of the longest passage of a melody that stands, exactly, in the music that was learned from; the *verdict*
sets this and the like beside unseen pieces. `index.csv` has the same as a table.

"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--styles", nargs="+", help="only these, at seed 1")
    parser.add_argument("--out", type=Path, default=GALLERY)
    options = parser.parse_args()
    entries = [(style, SEEDS[0]) for style in options.styles] if options.styles else all_entries()
    options.out.mkdir(parents=True, exist_ok=True)
    before, rows = listed(options.out), list[dict[str, str]]()
    for style, seed in entries:
        rows.append(write_take(style, seed, options.out))
        print(f"{len(rows)}/{len(entries)} {rows[-1]['file']}", file=sys.stderr, flush=True)
    for name in before - {row["file"] for row in rows}:
        (options.out / name).unlink(missing_ok=True)
    write_index(rows, options.out)


def listed(folder: Path) -> set[str]:
    """Return the files that the index of a folder lists; none without an index."""
    index = folder / "index.csv"
    if not index.exists():
        return set()
    with index.open(newline="", encoding="utf-8") as file:
        return {row["file"] for row in csv.DictReader(file)}


def all_entries() -> list[tuple[str, int]]:
    """Return the styles and seeds of the gallery."""
    general = sorted({style.name for style in styles() if not style.within})
    others = sorted({style.name for style in styles() if style.within})
    return [*((style, seed) for style in general for seed in SEEDS), *((style, SEEDS[0]) for style in (*others, MIX))]


def write_take(style: str, seed: int, folder: Path) -> dict[str, str]:
    """Compose a take, write it, and return its row."""
    take = componium.compose(style, bars=BARS, seed=seed)
    name = f"{style.replace(' ', '-').replace(',', '-and-')}-{seed}.mid"
    take.write(folder / name)
    return row_of(take, name, style)


def row_of(take: Take, name: str, style: str) -> dict[str, str]:
    """Return the row of a take."""
    measured, report = take.measured, take.originality
    known = (str(report.exact.notes), report.verdict) if report else ("", "")
    parts = ", ".join(track.name or "part" for track in take.score.tracks)
    key = "" if measured["key_found"] == "unknown" else measured["key_found"]
    values = (name, style, take.seed, measured["bars"], key, measured["meter"], parts, take.score.n_notes, *known)
    return dict(zip(COLUMNS, map(str, values), strict=True))


def write_index(rows: Sequence[Mapping[str, str]], folder: Path) -> None:
    """Write index.csv and README.md."""
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    write_atomic(folder / "index.csv", text.getvalue().encode())
    write_atomic(folder / "README.md", (INTRODUCTION + "\n".join(table(rows)) + "\n").encode())


def table(rows: Iterable[Mapping[str, str]]) -> list[str]:
    """Return the rows as a table in Markdown, each file a link."""
    lines = [f"| {' | '.join(COLUMNS)} |", f"|{'---|' * len(COLUMNS)}"]
    for row in rows:
        cells = {**row, "file": f"[{row['file']}]({row['file']})"}
        lines.append(f"| {' | '.join(cells[column] for column in COLUMNS)} |")
    return lines


if __name__ == "__main__":
    main()
