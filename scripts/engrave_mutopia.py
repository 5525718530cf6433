"""Engrave the corpora of the Mutopia Project: python scripts/engrave_mutopia.py CHECKOUT OUT

CHECKOUT is a clone of https://github.com/MutopiaProject/MutopiaProject at commit 2144afd, OUT the folder
mutopia_midi of the data folder. Pieces for piano, harpsichord, organ or guitar whose header states the public domain or
CC BY are engraved to MIDI by LilyPond (2.24; `lilypond` and `convert-ly` must be on the path), and OUT/index.tsv states
license, composer and typesetter of each. What is there already is not engraved again.
"""

import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

KINDS = {"harpsichord": "harpsichord", "organ": "organ", "guitar": "guitar", "piano": "piano",
         "pianoforte": "piano"}  # the first that is named counts
COLUMNS = ("file", "licence", "composer", "title", "instrument", "typeset by", "source")
LIMIT = 300  # seconds for one file
_FIELD = re.compile(r'^[ \t]*(\w+)[ \t]*=[ \t]*"((?:[^"\\]|\\.)*)"', re.MULTILINE)
_FREE = re.compile(r"public domain|creative commons attribution(?: \d| license|$)", re.IGNORECASE)


class Piece(NamedTuple):
    """A file of LilyPond, and what its header states."""

    path: Path
    kind: str
    header: dict[str, str]


def main(checkout: str, out: str) -> None:
    music, folder = Path(checkout) / "ftp", Path(out)
    chosen = list(choose(music))
    rows = []
    for number, piece in enumerate(chosen, 1):
        source = piece.path.relative_to(music)
        stem = "__".join(source.with_suffix("").parts)
        made = present(folder / piece.kind, stem) or engrave(piece.path, folder / piece.kind, stem)
        print(f"{number} of {len(chosen)}: {stem}: {len(made)} MIDI files", flush=True)
        rows += [row_of(piece, file.relative_to(folder), source) for file in made]
    lines = ["\t".join(COLUMNS), *sorted(rows)]
    (folder / "index.tsv").write_text("\n".join(lines) + "\n", encoding="utf-8")


def choose(music: Path) -> Iterator[Piece]:
    """Yield the pieces that may be used, for one player of an instrument in KINDS."""
    for path in sorted(music.rglob("*.ly")):
        header = read_header(path)
        kind = kind_of(header.get("mutopiainstrument") or header.get("instrument", ""))
        rights = header.get("license") or header.get("licence") or header.get("copyright", "")
        if kind and _FREE.match(rights) and "share" not in rights.lower():
            yield Piece(path, kind, {**header, "licence": rights})


def read_header(path: Path) -> dict[str, str]:
    """Return the fields of the header of a file of LilyPond."""
    text = path.read_text(encoding="utf-8", errors="replace")
    return {name: value.replace('\\"', '"') for name, value in _FIELD.findall(text)}


def kind_of(instrument: str) -> str:
    """Return the corpus for an instrument, "" if it is for none.

    >>> kind_of("Harpsichord, Piano"), kind_of("Classical Guitar"), kind_of("Violin and Piano")
    ('harpsichord', 'guitar', '')
    """
    words = re.findall(r"[a-z]+", instrument.lower())
    alone = set(words) <= {*KINDS, "clavichord", "classical", "lute", "vihuela", "solo", "or", "and"}
    return next((kind for word, kind in KINDS.items() if word in words), "") if alone else ""


def present(folder: Path, stem: str) -> list[Path]:
    """Return the MIDI files of a source that are there."""
    return sorted(path for path in folder.glob("*.mid") if re.fullmatch(re.escape(stem) + r"(-\d\d)?", path.stem))


def engrave(path: Path, target: Path, stem: str) -> list[Path]:
    """Engrave a file to MIDI, a file for each score in it; return them, none if it can't be engraved."""
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder) / path.name
        run(["convert-ly", str(path)], stdout=work)
        if not work.exists() or not work.stat().st_size:
            work.write_bytes(path.read_bytes())
        run(["lilypond", "-dno-print-pages", "-dmidi-extension=mid", f"--include={path.parent}", "-o",
             f"{folder}/out", str(work)])  # fmt: skip
        target.mkdir(parents=True, exist_ok=True)
        scores = sorted(Path(folder).glob("out*.mid"))
        for number, made in enumerate(scores):
            name = f"{stem}-{number:02d}.mid" if len(scores) > 1 else f"{stem}.mid"
            (target / name).write_bytes(made.read_bytes())
    return present(target, stem)


def run(command: list[str], stdout: Path | None = None) -> None:
    """Run a program of LilyPond, whose failure shows in what it leaves."""
    try:
        result = subprocess.run(command, capture_output=True, timeout=LIMIT, check=False)
    except subprocess.TimeoutExpired:
        return
    if stdout is not None and result.returncode == 0:
        stdout.write_bytes(result.stdout)


def row_of(piece: Piece, file: Path, source: Path) -> str:
    """Return a line of the index."""
    header = piece.header
    title = header.get("mutopiatitle") or header.get("title", "")
    composer = header.get("mutopiacomposer") or source.parts[0]
    instrument = header.get("mutopiainstrument") or header.get("instrument", "")
    fields = (file.as_posix(), header["licence"], composer, title, instrument, header.get("maintainer", ""),
              source.as_posix())  # fmt: skip
    return "\t".join(field.replace("\t", " ") for field in fields)


if __name__ == "__main__":
    main(*sys.argv[1:])
