"""Write the tables of docs/corpora.md anew: python scripts/corpora_table.py

All corpora are loaded, so their music must be there (see that page). A table stands between two comments.
"""

import re
from collections import Counter
from pathlib import Path

from componium import corpora, registry
from componium.corpora import _sources

PAGE = Path(__file__).parent.parent / "docs" / "corpora.md"


def main() -> None:
    text = PAGE.read_text(encoding="utf-8")
    for name, rows in {"corpora": corpora_rows(), "sources": source_rows()}.items():
        table = "\n".join(rows)
        text, count = re.subn(rf"(<!-- {name} -->\n).*?(<!-- end -->)", rf"\g<1>{table}\n\g<2>", text, flags=re.DOTALL)
        assert count == 1, name
    PAGE.write_text(text, encoding="utf-8")


def corpora_rows() -> list[str]:
    """Return the table of all corpora, with their counts."""
    rows = ["| Name | Music | Pieces | Notes | Parts | train / validation / test |", "|---|---|---|---|---|---|"]
    for name in corpora.names():
        music = registry.summary("corpora", name).rstrip(".")
        if name == "folder":
            rows.append(f"| `{name}` | {music} | | | | 80 / 10 / 10 % |")
            continue
        corpus = corpora.load(name)
        sides = Counter(piece.split for piece in corpus)
        notes = sum(score.n_notes for score in corpus.scores)
        numbers = {len(score.tracks) for score in corpus.scores}
        parts = f"{min(numbers)} to {max(numbers)}" if len(numbers) > 1 else f"{min(numbers)}"
        split = " / ".join(f"{sides[side]:,}" for side in corpora.SPLITS)
        rows.append(f"| `{name}` | {music} | {len(corpus):,} | {notes:,} | {parts} | {split} |")
    return rows


def source_rows() -> list[str]:
    """Return the table of the folders of the data folder."""
    rows = ["| Folder | License | Credit | From |", "|---|---|---|---|"]
    for folder, source in _sources.SOURCES.items():
        place = f"github {source.repository} {source.commit[:7]}" if source.repository else source.elsewhere
        rows.append(f"| `{folder}` | {source.license} | {source.credit} | {place} |")
    return rows


if __name__ == "__main__":
    main()
