"""Corpora in the data folder, read in place.

A corpus is the files that the table of `_sources` lists for it and those that match its patterns.
"""

from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path

from componium.corpora._build import Plan, Prepared, build
from componium.corpora._composers import with_composers
from componium.corpora._sources import SOURCES, data_folder, listed_files
from componium.corpora.base import Corpus, Piece
from componium.errors import CorpusError
from componium.music.score import Score
from componium.progress import type_on_progress


def load(
    name: str,
    folders: Iterable[str],
    prepare: Callable[[Score, str], Prepared],
    *,
    patterns: Iterable[str] = (),
    key_trust: str = "",
    fixed_side: Callable[[str], str] | None = None,
    on_progress: type_on_progress | None = None,
    workers: int | None = None,
) -> Corpus:
    """Load a corpus from the data folder.

    name        the corpus is called so, and its files are listed under it
    folders     the keys in SOURCES of where they are from
    prepare     selects and names the parts of a score (see `_build`)
    patterns    further files, below the data folder
    key_trust   as in `_key`; default by each file's suffix
    fixed_side  returns the side on which a file must fall, "" if on any
    on_progress, workers  as in `corpora.load`

    Composers of whom there is enough become styles. Raises CorpusError, saying how to get them, if files aren't there.
    """
    sources = [SOURCES[folder] for folder in folders]
    plan = Plan(
        name=name,
        root=data_folder(),
        files=find_files(name, folders, patterns),
        prepare=prepare,
        license="; ".join(f"{folder}: {source.license}" for folder, source in zip(folders, sources, strict=True)),
        citation="\n".join(source.credit for source in sources),
        key_trust=key_trust,
        titles_name_tunes=False,
        fixed_side=fixed_side,
    )
    corpus = build(plan, on_progress=on_progress, workers=workers)
    return with_composers(corpus.with_pieces(_with_rights(piece) for piece in corpus))


def _with_rights(piece: Piece) -> Piece:
    """Return a piece with the rights of its source, if its file states none."""
    return piece if piece.rights else replace(piece, rights=SOURCES[piece.collection].rights)


def find_files(name: str, folders: Iterable[str], patterns: Iterable[str] = ()) -> tuple[str, ...]:
    """Return the files of a corpus below the data folder, sorted.

    Raises CorpusError if files listed for it, or all of a folder's, aren't there.
    """
    root, listed = data_folder(), [file.name for file in listed_files(name)]
    missing = sum(not (root / file).is_file() for file in listed)
    if missing:
        raise CorpusError(f"{missing:,} of {len(listed):,} files of {name} aren't there", where=str(root),
                          advice=f"run: componium corpora {name} --fetch, or let COMPONIUM_DATA name their folder")
    found = [path.relative_to(root).as_posix() for pattern in patterns for path in root.glob(pattern)]
    for folder in folders:
        if SOURCES[folder].elsewhere and not any(file.startswith(f"{folder}/") for file in found):
            raise _absent(name, folder, root)
    return tuple(sorted({*listed, *found}))


def _absent(name: str, folder: str, root: Path) -> CorpusError:
    return CorpusError(f"the files of {name} from {folder} aren't there", where=str(root / folder),
                       advice=SOURCES[folder].elsewhere)
