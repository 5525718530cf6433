"""Comparison of methods: one corpus, the same seeds, the same measures.

For each style of the corpus (the most general one of each piece) every method composes `n` takes of `bars` bars.
Measured are
- nats a note on some held-out pieces, evenly through the test split, where the method has a likelihood (see
  `likelihood`; compare equal codecs only);
- every scalar metric of the takes beside the central 95 % of real pieces (which are cut to their last `bars` bars);
- the longest passage copied from the training pieces; the share of takes that differ; seconds of processor time to
  fit; notes composed in such a second.

A method that can't be asked for a style composes without it. What can't be measured is stated in `not_applicable`: a
style that a model doesn't know, pieces that its codec can't encode, an extra that isn't installed.
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
from componium.composing.model import resolve_corpus, resolve_model
from componium.composing.request import check_count
from componium.corpora import Corpus, Piece
from componium.decoding.controls import DEFAULT_BARS, MAX_BARS, Controls
from componium.decoding.request import Request
from componium.errors import CodecError, ControlError, CorpusError, MissingExtraError
from componium.evaluation.likelihood import Comparison, compare_measures, held_out
from componium.methods import Autoregressive, Method, make
from componium.metrics import describe
from componium.music.score import Score
from componium.music.time import n_bars
from componium.music.transform import slice_bars
from componium.originality.index import Index, Shared
from componium.progress import Progress, type_on_progress

TAKES, PIECES = 50, 40


@dataclass(frozen=True)
class Row:
    """One method on one style; nan, None or () for what isn't known.

    nll_per_note      nats a note on held-out pieces
    codec             the codec they are measured under
    inside            the mean over metrics of the share of takes inside the central 95 % of real pieces
    statistics        each metric of the takes beside the real pieces
    copied            the longest passage that a take shares with the training music
    distinct          the share of takes unlike the others
    fit_seconds       seconds of processor time to fit
    notes_per_second  notes composed in a second of processor time
    not_applicable    the reason why something is not measured, by what is not: "takes" or "likelihood"
    """

    style: str
    method: str
    nll_per_note: float | None = None
    codec: str = ""
    inside: float = float("nan")
    statistics: tuple[Comparison, ...] = ()
    copied: Shared = field(default_factory=Shared)
    distinct: float = float("nan")
    fit_seconds: float = float("nan")
    notes_per_second: float = float("nan")
    not_applicable: dict[str, str] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """Return the row as plain values; None for what isn't known."""
        plain = {
            "style": self.style, "method": self.method, "nll_per_note": self.nll_per_note, "codec": self.codec,
            "inside": self.inside, "distinct": self.distinct, "fit_seconds": self.fit_seconds,
            "notes_per_second": self.notes_per_second, "not_applicable": self.not_applicable,
            "copied": {"notes": self.copied.notes, "bars": self.copied.bars, "piece": self.copied.piece},
            "statistics": [row.to_json() for row in self.statistics],
        }  # fmt: skip
        unknown = [name for name, value in plain.items() if isinstance(value, float) and math.isnan(value)]
        return {**plain, **dict.fromkeys(unknown)}  # nan isn't JSON


@dataclass(frozen=True)
class _Protocol:
    """The settings and measures that are the same for every method."""

    corpus: Corpus
    n: int
    bars: int
    seed: int
    index: Index
    real: dict[str, list[dict[str, float]]]  # the metrics of the real pieces, by style
    held_out: dict[str, Corpus]  # the pieces for the likelihood, by style; empty where it is left out


def compare(
    methods: Sequence[Method | str | Path],
    corpus: Corpus | str | Path,
    *,
    n: int = TAKES,
    bars: int = DEFAULT_BARS,
    seed: int = 0,
    likelihood: bool = True,
    pieces: int = PIECES,
    on_progress: type_on_progress | None = None,
) -> tuple[Row, ...]:
    """Compare methods on one corpus; return a row for each style and method.

    methods      names of methods, which are fitted to the corpus, or fitted models: "shipped", folders, objects
    corpus       a Corpus, the name of one, or a folder of music
    n            takes of each style, from 2; 50 by default
    bars         bars of each take, 4 to 1,024; 16 by default
    seed         from 0, the same for every method; 0 by default
    likelihood   whether to measure nats on held-out pieces; True by default
    pieces       held-out pieces of each style to measure them on, at most; 40 by default
    on_progress  called with a Progress

    Raises CorpusError for a corpus without training pieces that have a style, UnknownNameError for an unknown method.
    """
    n, bars, seed = check_count("n", n, 2), check_count("bars", bars, 4, MAX_BARS), check_count("seed", seed, 0)
    protocol = _protocol(resolve_corpus(corpus, on_progress), n, bars, seed, pieces if likelihood else 0)
    report = on_progress or (lambda progress: None)
    rows = []
    for at, method in enumerate(methods):
        rows += _rows(method, protocol, partial(_report, report, at, len(methods)))
    _report(report, len(methods), len(methods), "")
    styles = list(protocol.real)
    return tuple(sorted(rows, key=lambda row: styles.index(row.style)))  # stable: methods stay in their order


def _report(on_progress: type_on_progress, done: int, total: int, text: str) -> None:
    on_progress(Progress("comparing", done, total, text))


def _protocol(corpus: Corpus, n: int, bars: int, seed: int, pieces: int) -> _Protocol:
    """Measure the real pieces. Raises CorpusError if there is nothing to compare with."""
    styles = list(dict.fromkeys(piece.styles[0] for piece in corpus.pieces if piece.styles))
    if not styles or not len(corpus.train):
        raise CorpusError("nothing to compare with", where=corpus.name, expected="training pieces that have a style")
    index = Index.of((piece.id, piece.score) for piece in corpus.train)
    real = {style: _measure_real(corpus.of_style(style), bars) for style in styles}
    held = {style: _spread(corpus.of_style(style).test, pieces) for style in styles}
    return _Protocol(corpus, n, bars, seed, index, real, held)


def _rows(method: Method | str | Path, protocol: _Protocol, report: Callable[[str], None]) -> list[Row]:
    """Return the rows of one method, one a style."""
    name = method.name if isinstance(method, Method) else str(method)
    try:
        report(f"{name} learns")
        fitted, seconds = _fit(method, protocol.corpus)
    except MissingExtraError as error:
        missing = {"takes": str(error), "likelihood": str(error)}
        return [Row(style, name, not_applicable=missing) for style in protocol.real]
    rows = []
    for style in protocol.real:
        report(f"{name} composes {style}")
        row = _with_takes(Row(style, name, fit_seconds=seconds), fitted, protocol)
        rows.append(_with_likelihood(row, fitted, protocol.held_out[style]))
    return rows


def _fit(method: Method | str | Path, corpus: Corpus) -> tuple[Method, float]:
    """Return the method and the seconds it took to fit; nan for a fitted model."""
    if not isinstance(method, str) or method not in registry.names("methods"):
        return resolve_model(method).method, float("nan")
    begun = time.process_time()
    fitted = make(method).fit(corpus)
    return fitted, time.process_time() - begun


def _measure_real(corpus: Corpus, bars: int) -> list[dict[str, float]]:
    """Return the metrics of the last bars of each piece that is long enough."""
    return [describe(_last(piece, bars)) for piece in corpus.pieces if piece.score.n_notes and _is_long(piece, bars)]


def _is_long(piece: Piece, bars: int) -> bool:
    return 2 * n_bars(piece.score) >= bars


def _last(piece: Piece, bars: int) -> Score:
    count = n_bars(piece.score)
    return slice_bars(piece.score, max(count - bars, 0), count)


def _with_takes(row: Row, method: Method, protocol: _Protocol) -> Row:
    """Return the row with what is measured on takes, or the reason why there are none."""
    wanted: dict[str, Any] = {"style": row.style, "bars": protocol.bars}
    controls = Controls(**{name: value for name, value in wanted.items() if name in method.supported_controls})
    begun = time.process_time()
    try:
        takes = method.generate(Request(controls), protocol.n, rng=np.random.default_rng(protocol.seed))
    except (ControlError, CodecError) as error:
        return replace(row, not_applicable={**row.not_applicable, "takes": str(error)})
    seconds = time.process_time() - begun
    real = protocol.real[row.style]
    statistics = compare_measures([describe(score) for score in takes], real) if real else ()
    return replace(
        row,
        inside=float(np.nanmean([statistic.inside for statistic in statistics])) if statistics else float("nan"),
        statistics=statistics,
        copied=max((protocol.index.longest_shared(score) for score in takes), key=lambda shared: shared.notes),
        distinct=len({tuple(track.notes.tobytes() for track in score.tracks) for score in takes}) / protocol.n,
        notes_per_second=sum(score.n_notes for score in takes) / seconds,
    )


def _spread(corpus: Corpus, count: int) -> Corpus:
    """Return at most `count` pieces, evenly through the corpus."""
    places = np.linspace(0, len(corpus) - 1, min(count, len(corpus))).astype(int)
    return corpus.with_pieces(corpus.pieces[place] for place in places)


def _with_likelihood(row: Row, method: Method, held: Corpus) -> Row:
    """Return the row with nats a note on held-out pieces, or the reason for none."""
    if not isinstance(method, Autoregressive) or not held.pieces:
        return row
    try:
        likelihoods = held_out(method, held, rng=np.random.default_rng(0), resamples=2)
    except (CodecError, CorpusError) as error:
        return replace(row, not_applicable={**row.not_applicable, "likelihood": str(error)})
    pieces = [piece for style in likelihoods for piece in style.pieces]
    nats, notes = sum(piece.nats for piece in pieces), sum(piece.notes for piece in pieces)
    return replace(row, nll_per_note=nats / notes, codec=likelihoods[0].codec)
