"""Comparison of methods: fitted on one corpus, sampled with one seed, measured.

For each style of the corpus (the most general one of each piece) every method composes `takes` pieces of `bars` bars.
Measured are
- nats a note on some held-out pieces, evenly through the test split, where the method has a likelihood (see
  evaluation.likelihood; compare equal codecs only);
- every scalar metric of the takes beside real pieces' central 95 % (real pieces are cut to their last `bars` bars);
- the longest passage copied from the training pieces; the share of takes that differ from all others; seconds of
  processor time to fit; notes composed in such a second.

A method that doesn't support the style control composes without it. One whose extra isn't installed gets a row that
states so.
"""

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from componium import registry
from componium.corpora import Corpus, Piece
from componium.decoding.controls import Controls
from componium.decoding.request import Request
from componium.errors import CorpusError, MissingExtraError
from componium.evaluation.likelihood import Comparison, compare_measures, held_out
from componium.methods import Autoregressive, Method, load, make
from componium.metrics import describe
from componium.music.score import Score
from componium.music.time import n_bars
from componium.music.transform import slice_bars
from componium.originality.index import Index, Shared
from componium.weights import SHIPPED

type_tell = Callable[[int, int, str], None]


@dataclass(frozen=True)
class Row:
    """One method on one style. `missing` is the reason if it could not be measured.

    `copied` is the takes' longest passage shared with the training music; `distinct` the share of takes that differ
    from all others.
    """

    style: str
    method: str
    nll_per_note: float | None = None  # nats
    codec: str = ""
    inside: float = float("nan")  # the mean over metrics of the share of takes inside the real pieces' 95 %
    statistics: tuple[Comparison, ...] = ()
    copied: Shared = field(default_factory=Shared)
    distinct: float = float("nan")
    fit_seconds: float = float("nan")
    notes_per_second: float = float("nan")
    missing: str = ""

    def to_json(self) -> dict[str, Any]:
        """Return the row as plain values; None for what isn't known."""
        plain = {
            "style": self.style, "method": self.method, "nll_per_note": self.nll_per_note, "codec": self.codec,
            "inside": self.inside, "distinct": self.distinct, "fit_seconds": self.fit_seconds,
            "notes_per_second": self.notes_per_second, "missing": self.missing,
            "copied": {"notes": self.copied.notes, "bars": self.copied.bars, "piece": self.copied.piece},
            "statistics": [row.to_json() for row in self.statistics],
        }  # fmt: skip
        unknown = [name for name, value in plain.items() if isinstance(value, float) and math.isnan(value)]
        return {**plain, **dict.fromkeys(unknown)}  # nan isn't JSON


def compare(
    names: Sequence[str],
    corpus: Corpus,
    *,
    takes: int = 50,
    bars: int = 16,
    seed: int = 0,
    likelihood: bool = True,
    pieces: int = 40,
    tell: type_tell = lambda done, total, words: None,
) -> tuple[Row, ...]:
    """Compare methods on a corpus: return a row for each style and method.

    names        methods' names, or saved models: folders, "shipped". A name comes before a folder of that name.
    corpus       has training pieces to fit on, and real pieces to compare with
    takes        pieces that each method composes for each style (default: 50)
    bars         bars of each (default: 16)
    seed         seed of all randomness (default: 0)
    likelihood   whether nats a note are measured (default: True)
    pieces       test pieces of each style for that, at most (default: 40)
    tell         called as tell(done, total, words) on progress

    Raises CorpusError for a corpus without training or real pieces, UnknownNameError for an unknown method.
    """
    styles = list(dict.fromkeys(piece.styles[0] for piece in corpus.pieces if piece.styles))
    if not styles or not len(corpus.train):
        raise CorpusError("nothing to compare with", where=corpus.name, expected="training pieces that have a style")
    index = Index.of((piece.id, piece.score) for piece in corpus.train)
    real = {style: _real(corpus.of_style(style), bars) for style in styles}
    rows: list[Row] = []
    for at, name in enumerate(names):
        say = partial(tell, at, len(names))
        try:
            say(f"{name} learns")
            method, took = _fitted(name, corpus)
            for style in styles:
                say(f"{name} composes {style}")
                row = _composed(name, method, style, takes, bars, seed, real[style], index, took)
                held = _spread(corpus.of_style(style).test, pieces)
                rows.append(_with_likelihood(row, method, held) if likelihood else row)
        except MissingExtraError as error:
            rows += [Row(style, name, missing=str(error)) for style in styles]
    tell(len(names), len(names), "")
    return tuple(sorted(rows, key=lambda row: (styles.index(row.style), list(names).index(row.method))))


def _fitted(name: str, corpus: Corpus) -> tuple[Method, float]:
    """Return the method, and the seconds of processor time to fit it (nan: loaded)."""
    if name == "shipped" or (name not in registry.names("methods") and Path(name).is_dir()):
        return load(SHIPPED if name == "shipped" else name), float("nan")
    begun = time.process_time()
    method = make(name).fit(corpus)
    return method, time.process_time() - begun


def _real(corpus: Corpus, bars: int) -> list[dict[str, float]]:
    """Return the metrics of each piece's last bars.

    Pieces under half as long as a take are left out.
    """
    return [describe(_last(piece, bars)) for piece in corpus.pieces if piece.score.n_notes and _is_long(piece, bars)]


def _is_long(piece: Piece, bars: int) -> bool:
    return 2 * n_bars(piece.score) >= bars


def _last(piece: Piece, bars: int) -> Score:
    count = n_bars(piece.score)
    return slice_bars(piece.score, max(count - bars, 0), count)


def _composed(
    name: str, method: Method, style: str, takes: int, bars: int, seed: int, real: list[dict[str, float]],
    index: Index, took: float,
) -> Row:  # fmt: skip
    wishes: dict[str, Any] = {"style": style, "bars": bars}
    controls = Controls(**{wish: value for wish, value in wishes.items() if wish in method.supported_controls})
    begun = time.process_time()
    made = method.generate(Request(controls), takes, rng=np.random.default_rng(seed))
    seconds = time.process_time() - begun
    statistics = compare_measures([describe(score) for score in made], real)
    return Row(
        style, name,
        inside=float(np.nanmean([row.inside for row in statistics])),
        statistics=statistics,
        copied=max((index.longest_shared(score) for score in made), key=lambda shared: shared.notes),
        distinct=len({tuple(track.notes.tobytes() for track in score.tracks) for score in made}) / takes,
        fit_seconds=took,
        notes_per_second=sum(score.n_notes for score in made) / seconds,
    )  # fmt: skip


def _spread(corpus: Corpus, count: int) -> Corpus:
    """Return at most `count` pieces, evenly through the corpus."""
    at = np.linspace(0, len(corpus) - 1, min(count, len(corpus))).astype(int)
    return corpus.with_pieces(corpus.pieces[one] for one in at)


def _with_likelihood(row: Row, method: Method, held: Corpus) -> Row:
    """Return the row with nats a note on held-out pieces.

    It is returned unchanged if the method has no likelihood or there are no such pieces.
    """
    if not isinstance(method, Autoregressive) or not held.pieces:
        return row
    found = held_out(method, held, rng=np.random.default_rng(0), resamples=2)
    nats, notes = (sum(getattr(one, name) for part in found for one in part.pieces) for name in ("nats", "notes"))
    return replace(row, nll_per_note=nats / notes, codec=found[0].codec)
