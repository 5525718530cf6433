"""Write the table of the files of the corpora anew: python scripts/list_files.py DATA KINDS SONGS

DATA is a folder with the music (see docs/corpora.md), KINDS a JSON list that states the `kind` and the composer (`com`)
of each file `p` of polish_scores, SONGS a JSON list of the files of openewld whose rights are clear. Each row of
src/componium/corpora/_files.tsv.gz has a corpus, a file below DATA, the same in its repository, and its SHA-256.
"""

import gzip
import hashlib
import json
import sys
from collections.abc import Iterator
from pathlib import Path

from componium._files import write_atomic

TABLE = Path(__file__).parent.parent / "src" / "componium" / "corpora" / "_files.tsv.gz"
POLISH = {"voice+piano": "lieder", "solo piano": "piano", "piano 4+ staves/parts": "piano"}  # others: choir
FOLDERS = {  # corpus -> folder, suffix, the folder in the repository
    "lieder": [("openscore_lieder", "mxl", "scores/")],
    "openquartets": [("openscore_quartets", "mxl", "scores/")],
    "piano": [("chopin_first_editions", "krn", "kern/")],
    "hymns": [("openhymnal", "abc", "Complete/")],
    "band": [("freedoom", "mid", "musics/"), ("cc0_midis", "mid", "midis/"), ("easyrpg_music", "mid", "Music/")],
}
MISSPELLED = {"I_Sing_The_Mighty_Power_Of_God-Ellacombe.abc": "I_Sing_the_Mighty_Power_Of_God-Ellacombe.abc"}


def main(data: str, kinds: str, songs: str) -> None:
    root = Path(data)
    found = sorted([*_of_folders(root), *_polish(root, kinds), *_songs(root, songs)])
    rows = [(corpus, name, address, hashlib.sha256((root / name).read_bytes()).hexdigest())
            for corpus, name, address in found]
    text = "".join("\t".join(row) + "\n" for row in rows)
    write_atomic(TABLE, gzip.compress(text.encode(), mtime=0))
    print(f"{len(rows):,} files, {TABLE.stat().st_size:,} bytes")


def _of_folders(root: Path) -> Iterator[tuple[str, str, str]]:
    for corpus, folders in FOLDERS.items():
        for folder, suffix, inside in folders:
            for path in (root / folder).rglob(f"*.{suffix}"):
                name = path.relative_to(root / folder).as_posix()
                yield corpus, f"{folder}/{name}", inside + (_hymn(name) if corpus == "hymns" else name)


def _hymn(name: str) -> str:
    """Return the address of a hymn, whose tunes lie in one folder."""
    return f"{MISSPELLED.get(name, name).partition('-')[0]}/{name}"


def _polish(root: Path, kinds: str) -> Iterator[tuple[str, str, str]]:
    for row in json.loads(Path(kinds).read_text(encoding="utf-8")):
        if "Chopin" not in (row["com"] or ""):  # his are in chopin_first_editions
            yield POLISH.get(row["kind"], "choir"), f"polish_scores/{row['p']}", row["p"]


def _songs(root: Path, songs: str) -> Iterator[tuple[str, str, str]]:
    for name in sorted(set(json.loads(Path(songs).read_text(encoding="utf-8")))):
        authors, title = name.removesuffix(".mxl").split("__", 1)
        yield "songs", f"openewld/scores/{name}", f"dataset/{authors}/{title}/{title}.mxl"


if __name__ == "__main__":
    main(*sys.argv[1:])
