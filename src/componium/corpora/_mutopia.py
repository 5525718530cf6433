"""Pieces of the Mutopia Project, engraved to MIDI by LilyPond.

The file index.tsv beside them states license, composer and typesetter of each.
"""

import csv
import re
from dataclasses import replace
from functools import cache, partial
from pathlib import Path

from componium.corpora import _local, _parts
from componium.corpora._build import Prepared
from componium.corpora._sources import data_folder
from componium.corpora.base import Corpus
from componium.errors import CorpusError
from componium.music.score import Score
from componium.progress import type_on_progress

FOLDER, INDEX = "mutopia_midi", "index.tsv"


def pattern(kind: str) -> str:
    """Return the pattern of an instrument's files, below the data folder."""
    return f"{FOLDER}/{kind}/*.mid"


def load_keyboard(
    name: str, program: int, *, on_progress: type_on_progress | None = None, workers: int | None = None
) -> Corpus:
    """Load the pieces for a keyboard instrument as two hands."""
    return _local.load(name, [FOLDER], partial(prepare_keyboard, name, program), patterns=[pattern(name)],
                       key_trust="signature", on_progress=on_progress, workers=workers)  # fmt: skip


def prepare_keyboard(style: str, program: int, score: Score, source: str) -> Prepared:
    """Give a piece to the two hands of an instrument.

    Raises CorpusError for more than four parts and for one hand alone.
    """
    return replace(describe(score, source), tracks=_parts.two_hands(score.tracks, program)), (style,)


def describe(score: Score, source: str) -> Score:
    """Return a piece with composer, title and rights, as the index states them."""
    row = index(data_folder() / FOLDER / INDEX).get(source.removeprefix(f"{FOLDER}/"), {})
    licensed, maker = row.get("licence", ""), row.get("typeset by", "")
    rights = f"Mutopia Project, {licensed}, typeset by {maker or 'an unnamed person'}" if licensed else ""
    described = _parts.with_about(score, composer=composer(row.get("composer", "")), rights=rights)
    return replace(described, title=row.get("title", "") or score.title)


def composer(code: str) -> str:
    """Return a composer by Mutopia's code.

    >>> composer("BeethovenLv"), composer("Traditional")
    ('Beethoven, Lv', '')
    """
    found = re.fullmatch(r"([A-Z][a-z]+(?:-[A-Z][a-z]+)?)([A-Z]\w*)", code)
    return f"{found[1]}, {found[2]}" if found else ""


@cache
def index(path: Path) -> dict[str, dict[str, str]]:
    """Return the rows of the index by file. Raises CorpusError if there is none."""
    try:
        with path.open(encoding="utf-8", newline="") as file:
            return {row["file"]: row for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)}
    except FileNotFoundError as error:
        raise CorpusError("no index of the pieces, which states their licenses", where=str(path)) from error
