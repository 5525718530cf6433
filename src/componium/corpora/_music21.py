"""Corpora in the installed package music21, read in place by our own readers.

music21 itself is never imported, and nothing is copied or redistributed. Its BSD license doesn't cover the scores (its
corpus/license.txt): each stands under its encoders' terms, so every piece carries its rights line, file and hash, and
the corpora leave out files that reserve rights.
"""

from collections.abc import Callable, Iterable
from fnmatch import fnmatch
from importlib.util import find_spec
from pathlib import Path

from componium.corpora._build import Plan, Prepared, build
from componium.corpora.base import Corpus
from componium.errors import CorpusError, MissingExtraError
from componium.music.score import Score
from componium.progress import type_on_progress

LICENSE = (
    "Music in the public domain. The encodings lie inside the installed music21; its BSD license does not cover them: "
    '"distributed with the permission of the encoders (and, where needed, the composers or arrangers) and where '
    'permitted under United States copyright law" (corpus/license.txt). Each piece carries its own rights line.'
)
CITATION = (
    "Michael Scott Cuthbert and Christopher Ariza: music21: A Toolkit for Computer-Aided Musicology and Symbolic Music "
    "Data. Proceedings of the 11th International Society for Music Information Retrieval Conference, 2010."
)


def root() -> Path:
    """Return the corpus folder of the installed music21.

    Raises MissingExtraError if it isn't there.
    """
    spec = find_spec("music21")
    folder = Path(spec.origin).parent / "corpus" if spec and spec.origin else None
    if folder is None or not folder.is_dir():
        raise MissingExtraError("music21", "corpora")
    return folder


def load(
    name: str,
    folders: Iterable[str],
    suffixes: Iterable[str],
    prepare: Callable[[Score, str], Prepared],
    *,
    without: Iterable[tuple[str, str]] = (),
    citation: str = "",
    titles_name_tunes: bool = True,
    on_progress: type_on_progress | None = None,
    workers: int | None = None,
) -> Corpus:
    """Load the corpus of the files with some suffixes in some folders of music21.

    name                what the corpus is called
    folders, suffixes   where its files are, and how their names end
    prepare             selects and names the parts of a score (see `_build`)
    without             pairs of a pattern and the reason why files that match are left out
    citation            what is cited beside music21
    titles_name_tunes   whether pieces of one title are variants of one tune (default: True)
    on_progress, workers  as in `corpora.load`

    Raises MissingExtraError if music21 isn't installed, CorpusError if it has none of the files.
    """
    base = root()
    wanted = [file for folder in folders for suffix in suffixes for file in (base / folder).rglob(f"*{suffix}")]
    names = [file.relative_to(base).as_posix() for file in wanted]
    left_out = [(file, why) for file in sorted(names) for pattern, why in without if fnmatch(file, pattern)]
    unwanted = {file for file, _ in left_out}
    files = tuple(sorted(set(names) - unwanted))
    if not files:
        raise CorpusError(f"music21 has no files for {name}", where=str(base), advice="pip install --force music21")
    plan = Plan(
        name=name,
        root=base,
        files=files,
        prepare=prepare,
        license=LICENSE,
        citation=f"{citation} {CITATION}".strip(),
        titles_name_tunes=titles_name_tunes,
        left_out=tuple(left_out),
    )
    return build(plan, on_progress=on_progress, workers=workers)
