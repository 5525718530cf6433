"""Report of originality: what a score shares with the music learned from.

Any two pieces of a style have passages in common, so a length says little by itself. Where an index has been measured
with unseen pieces (`with_unseen`), each figure of a score stands beside theirs, and the report states whether it copies
more than they do.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from componium.music.score import Score
from componium.originality.index import MELODY, Index, Shared
from componium.originality.novelty import Neighbor

LONG = 16  # notes: passages with changes that are counted are at least so long
NEAREST = 3
FEWEST = 20  # unseen pieces of a style, for figures of it
USUAL = 95  # a figure above that of so many percent of unseen pieces is unusual

# The figures that are compared with those of unseen pieces, and their names for people.
FIGURES = {
    "exact": "longest melody, exact",
    "near": "longest melody, with changes",
    "chords": "longest row of chords",
    "texture": "longest texture",
    "near_share": f"notes in melodies of {LONG} or more",
    "similarity": "similarity of the nearest piece",
}


@dataclass(frozen=True)
class Unseen:
    """Figures of unseen pieces, each in order, by name.

    `style` is that of the pieces, empty for all.
    """

    figures: Mapping[str, Sequence[float]]
    style: str = ""

    def __len__(self) -> int:
        return len(self.figures["exact"])

    def quantile(self, figure: str, percent: float) -> float:
        """Return the figure that so many percent of the pieces don't exceed."""
        return float(np.percentile(self.figures[figure], percent, method="inverted_cdf"))


@dataclass(frozen=True)
class Originality:
    """Report on one score.

    exact        the longest passage of a melody that is the same in a piece
    near         the longest with changes; the exact one if that is as long
    chords       the longest row of chords, with changes
    texture      the longest passage of all parts together, with changes
    exact_share  the share of the notes of the melodies in exact passages of 8 notes or more, 0 to 1
    near_share   the share in passages of 16 notes or more with at most one change in eight, 0 to 1
    nearest      the pieces most like the score, by cosine similarity (see novelty)
    unseen       the same of unseen pieces; None if they are too few
    """

    exact: Shared
    near: Shared
    chords: Shared
    texture: Shared
    exact_share: float
    near_share: float
    nearest: tuple[Neighbor, ...]
    unseen: Unseen | None = None

    @property
    def similarity(self) -> float:
        """The cosine similarity of the nearest piece, 0 to 1."""
        return self.nearest[0].similarity if self.nearest else 0.0

    @property
    def novelty(self) -> float:
        """1 less the similarity."""
        return 1 - self.similarity

    @property
    def figures(self) -> dict[str, float]:
        """The figures of FIGURES."""
        longest = {name: float(getattr(self, name).notes) for name in ("exact", "near", "chords", "texture")}
        return {**longest, "near_share": self.near_share, "similarity": self.similarity}

    @property
    def unusual(self) -> tuple[str, ...]:
        """The figures that are higher than those of 95 % of unseen pieces."""
        if self.unseen is None:
            return ()
        return tuple(name for name, value in self.figures.items() if value > self.unseen.quantile(name, USUAL))

    @property
    def verdict(self) -> str:
        """The comparison with unseen pieces, in words; empty if there are none."""
        if self.unseen is None:
            return ""
        those = f"{len(self.unseen)} unseen pieces ({self.unseen.style or 'all styles'})"
        if not self.unusual:
            return f"copies no more than {those} do"
        return f"copies more than {USUAL} % of {those}: {', '.join(FIGURES[name] for name in self.unusual)}"

    def to_json(self) -> dict[str, Any]:
        """Return the report as plain values."""
        passages = {name: _plain(getattr(self, name)) for name in ("exact", "near", "chords", "texture")}
        record = {
            **passages, "exact_share": round(self.exact_share, 4), "near_share": round(self.near_share, 4),
            "nearest": [{"piece": each.piece, "similarity": round(each.similarity, 4)} for each in self.nearest],
            "novelty": round(self.novelty, 4),
        }  # fmt: skip
        if self.unseen is not None:
            quantiles = {f"percentile_{percent}": {name: self.unseen.quantile(name, percent) for name in FIGURES}
                         for percent in (50, USUAL)}  # fmt: skip
            record["unseen"] = {"pieces": len(self.unseen), "style": self.unseen.style, **quantiles}
            record["verdict"] = self.verdict
        return record

    def __str__(self) -> str:
        """Return the report in lines, for people."""
        found: dict[str, object] = {name: getattr(self, name) for name in ("exact", "near", "chords", "texture")}
        found["near_share"] = f"{self.near_share:.0%}"
        found["similarity"] = f"{self.similarity:.2f}, {self.nearest[0].piece}" if self.nearest else "0"
        lines = [f"{FIGURES[name]}: {value}{self._beside(name)}" for name, value in found.items()]
        return "\n".join([*([self.verdict] if self.verdict else []), *lines])

    def _beside(self, figure: str) -> str:
        """Return the same of unseen pieces, in brackets."""
        if self.unseen is None:
            return ""
        form = {"near_share": ".0%", "similarity": ".2f"}.get(figure, ".0f")
        median, high = (format(self.unseen.quantile(figure, percent), form) for percent in (50, USUAL))
        return f" [unseen: {median}, up to {high}]"


def report_of(index: Index, score: Score, style: str = "", *, but: Collection[str] = ()) -> Originality:
    """Return the report on a score.

    style  the style of the unseen pieces to compare with; all, if there are none of it
    but    names of pieces to leave out
    """
    melody, chords, texture = (index.compare(score, view, but=but) for view in (MELODY, "chords", "texture"))
    style = style if style in index.unseen else ""
    figures = index.unseen.get(style, {})
    unseen = Unseen(figures, style) if figures.keys() >= FIGURES.keys() else None
    return Originality(
        melody.exact, melody.near, chords.near, texture.near, _or_0(melody.exact_share()), _or_0(melody.share(LONG)),
        index.nearest(score, NEAREST, but=but), unseen,
    )  # fmt: skip


def with_unseen(index: Index, pieces: Iterable[tuple[Sequence[str], Score]]) -> Index:
    """Return the index with the figures of unseen pieces.

    They are given as pairs of their styles and a score. Styles of fewer than FEWEST pieces have none.
    """
    reports: dict[str, list[dict[str, float]]] = {}
    for styles, score in pieces:
        figures = report_of(index, score).figures
        for style in {"", *styles}:
            reports.setdefault(style, []).append(figures)
    unseen = {
        style: {name: sorted(round(figures[name], 4) for figures in found) for name in FIGURES}
        for style, found in sorted(reports.items()) if len(found) >= FEWEST
    }  # fmt: skip
    return replace(index, unseen=unseen)


def _or_0(share: float) -> float:
    return 0.0 if np.isnan(share) else share


def _plain(shared: Shared) -> dict[str, Any]:
    return {"notes": shared.notes, "changes": shared.changes, "bars": round(shared.bars, 2), "piece": shared.piece,
            "bar": shared.bar, "piece_bar": shared.piece_bar}
