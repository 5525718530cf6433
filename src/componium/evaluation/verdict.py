"""Verdicts on methods, models and folders of takes: realism and style retention.

For each style each method composes `n` takes of `bars` bars with one seed, none rejected; they are compared with real
pieces of the style that it did not learn from (`realism`). Where there are several styles, a classifier that learned
them from the corpus' training pieces names the style of each take (`retention`).
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from componium.composing.model import resolve_corpus
from componium.composing.request import check_count
from componium.corpora import Corpus
from componium.decoding.controls import DEFAULT_BARS, MAX_BARS
from componium.errors import ControlError
from componium.evaluation._json import plain
from componium.evaluation.realism import Realism, realism
from componium.evaluation.retention import Retention, style_retention
from componium.evaluation.takes import HELD_OUT, fitted, generate_takes, is_folder_of_takes, read_takes, real_pieces
from componium.methods import Method
from componium.music.score import Score
from componium.progress import type_on_progress

TAKES = 100
type_generated = str | Path | Method


@dataclass(frozen=True, slots=True)
class Verdict:
    """One method on one style.

    style      the style
    name       of the method or model, or the folder of takes
    against    the real pieces: "held-out", "validation", "test" or "all"
    realism    the features and the AUC
    retention  the share of takes whose style is named as asked; None for a single style
    """

    style: str
    name: str
    against: str
    realism: Realism
    retention: Retention | None = None

    def to_json(self) -> dict[str, Any]:
        """Return all as plain values; None for what is undefined."""
        return plain(self)


def judge(
    generated: Sequence[type_generated],
    corpus: Corpus | str | Path,
    *,
    styles: Sequence[str] = (),
    bars: int = DEFAULT_BARS,
    n: int = TAKES,
    seed: int = 0,
    against: str = HELD_OUT,
    without: Collection[str] = (),
    on_progress: type_on_progress | None = None,
) -> tuple[Verdict, ...]:
    """Compare methods, models or folders of takes with real pieces, style by style.

    generated    methods by name, which are fitted to the corpus; fitted models: "shipped", folders, objects; or folders
                 of takes, which are all of one style
    corpus       a Corpus, the name of one, or a folder of music
    styles       of the takes (default: the most general ones of the corpus)
    bars         of all pieces compared, 4 to 1,024 (default: 16)
    n            takes of each style, from 10 (default: 100)
    seed         from 0, the same for every method (default: 0)
    against      the real pieces: "held-out" (validation and test; the default), "validation", "test" or "all"
    without      features, or groups of them, that are left out (default: none)
    on_progress  called with a Progress

    Raises CorpusError for too few real pieces of that length, UnknownNameError for an unknown name, ControlError for a
    folder of takes and several styles, MissingExtraError without scikit-learn (the extra `evaluate`).
    """
    n, bars, seed = check_count("n", n, 10), check_count("bars", bars, 4, MAX_BARS), check_count("seed", seed, 0)
    music = resolve_corpus(corpus, on_progress)
    asked = list(styles or dict.fromkeys(piece.styles[0] for piece in music if piece.styles))
    real = {style: real_pieces(music, style, against) for style in asked}
    verdicts = []
    for one in generated:
        name = one.name if isinstance(one, Method) else str(one)
        takes = _takes(one, music, asked, bars, n, seed, on_progress)
        kept = _retention(takes, music, bars, seed)
        verdicts += [Verdict(style, name, against,
                             realism(takes[style], real[style], seed=seed, bars=bars, without=without), kept.get(style))
                     for style in asked]  # fmt: skip
    return tuple(sorted(verdicts, key=lambda verdict: asked.index(verdict.style)))  # stable: methods stay in order


def _takes(
    one: type_generated, corpus: Corpus, styles: Sequence[str], bars: int, n: int, seed: int,
    on_progress: type_on_progress | None,
) -> dict[str, list[Score]]:  # fmt: skip
    """Return the takes of each style."""
    if not isinstance(one, Method) and is_folder_of_takes(one):
        if len(styles) != 1:
            raise ControlError(f"takes of {one} for {len(styles)} styles", expected="one style",
                               advice="name the style of the takes")
        return {styles[0]: read_takes(one)}
    method = fitted(one, corpus)
    return {style: generate_takes(method, style, bars, n, seed, on_progress) for style in styles}


def _retention(takes: dict[str, list[Score]], corpus: Corpus, bars: int, seed: int) -> dict[str, Retention]:
    if len(takes) < 2:
        return {}
    training, held_out = ({style: real_pieces(corpus, style, side) for style in takes} for side in ("train", HELD_OUT))
    rows = style_retention(takes, training, held_out, bars=bars, seed=seed)
    return {row.style: row for row in rows}
