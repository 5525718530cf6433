"""Comparison of methods: one corpus, the same seeds, the same measures.

For each style of the corpus (the most general one of each piece) every method composes `n` takes of `bars` bars.
Measured are
- nats a note on some held-out pieces, evenly through the test split, where the method has a likelihood (see
  `likelihood`), with accuracy, perplexity and squared errors of times (see `prediction`): compare equal codecs only;
- every scalar metric of the takes beside the central 95 % of real pieces (which are cut to their last `bars` bars);
- the AUC of classifiers that tell the takes from held-out pieces (see `realism`; 0.5 is as good as real);
- the longest passage copied from the training pieces, and the share of takes with one of COPIED notes; the share of
  takes that differ; seconds of processor time to fit; notes composed in such a second.

A comparison goes on whatever one method can't do: a method that can't be asked for a style composes without it, and
what can't be measured is stated with its reason in `not_applicable`: a style that a model doesn't know, pieces that its
codec can't encode, an extra that isn't installed, a model that can't be read.
"""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from inspect import signature
from pathlib import Path
from typing import Any

import numpy as np

from componium import registry
from componium.composing.model import folder_of, resolve_corpus, resolve_model
from componium.composing.request import check_count
from componium.corpora import Corpus
from componium.decoding.controls import DEFAULT_BARS, MAX_BARS, Controls
from componium.decoding.request import Request
from componium.errors import ComponiumError, CorpusError, NotFittedError
from componium.evaluation.likelihood import compare_measures, held_out, in_style
from componium.evaluation.prediction import Prediction, Predictions
from componium.evaluation.realism import realism
from componium.evaluation.row import COPIED, Row
from componium.evaluation.windows import last_bars, n_whole_bars
from componium.methods import Autoregressive, Method, make
from componium.metrics import describe
from componium.music.score import Score
from componium.originality.index import Index
from componium.progress import Progress, type_on_progress

TAKES, PIECES, MINUTES = 50, 40, 2.0
REAL = 400  # real pieces of a style whose metrics are measured, at most
REFERENCE = 60  # held-out pieces of a style that takes are told from, at most
type_entry = Method | str | Path


@dataclass(frozen=True)
class _Protocol:
    """The settings and measures that are the same for every method."""

    corpus: Corpus
    n: int
    bars: int
    seed: int
    minutes: float
    index: Index
    real: dict[str, list[dict[str, float]]]  # the metrics of the real pieces, by style
    reference: dict[str, list[Score]]  # held-out pieces, cut to `bars`, by style
    held_out: dict[str, Corpus]  # the pieces for the likelihood, by style; empty where it is left out


def compare(
    methods: Sequence[type_entry] | Mapping[str, type_entry],
    corpus: Corpus | str | Path,
    *,
    n: int = TAKES,
    bars: int = DEFAULT_BARS,
    seed: int = 0,
    minutes: float = MINUTES,
    likelihood: bool = True,
    pieces: int = PIECES,
    on_progress: type_on_progress | None = None,
) -> tuple[Row, ...]:
    """Compare methods on one corpus; return a row for each style and method.

    methods      names of methods and methods not yet fitted, which are fitted to the corpus, or fitted models:
                 "shipped", folders, objects; a mapping gives them other names
    corpus       a Corpus, the name of one, or a folder of music
    n            takes of each style, from 2; 50 by default. An AUC needs ten
    bars         bars of each take, 4 to 1,024; 16 by default
    seed         from 0, the same for every method; 0 by default
    minutes      the time that each neural method trains at most; 2 by default
    likelihood   whether to measure nats on held-out pieces; True by default
    pieces       held-out pieces of each style to measure them on, at most; 40 by default
    on_progress  called with a Progress

    Raises CorpusError for a corpus without training pieces that have a style, UnknownNameError for an unknown method.
    Whatever else a method can't do is stated in its rows.
    """
    each = compare_each(methods, corpus, n=n, bars=bars, seed=seed, minutes=minutes, likelihood=likelihood,
                        pieces=pieces, on_progress=on_progress)
    rows = [row for group in each for row in group]
    styles = list(dict.fromkeys(row.style for row in rows))  # the first method has a row of each, in the corpus' order
    return tuple(sorted(rows, key=lambda row: styles.index(row.style)))  # stable: methods stay in their order


def compare_each(
    methods: Sequence[type_entry] | Mapping[str, type_entry],
    corpus: Corpus | str | Path,
    *,
    n: int = TAKES,
    bars: int = DEFAULT_BARS,
    seed: int = 0,
    minutes: float = MINUTES,
    likelihood: bool = True,
    pieces: int = PIECES,
    on_progress: type_on_progress | None = None,
) -> Iterator[tuple[Row, ...]]:
    """Yield the rows of one method after the other, as each is measured.

    Arguments and errors are those of `compare`.
    """
    n, bars, seed = check_count("n", n, 2), check_count("bars", bars, 4, MAX_BARS), check_count("seed", seed, 0)
    named = dict(methods) if isinstance(methods, Mapping) else {_name(method): method for method in methods}
    for method in named.values():
        _check_name(method)
    protocol = _protocol(resolve_corpus(corpus, on_progress), n, bars, seed, minutes, pieces if likelihood else 0)
    report = on_progress or (lambda progress: None)
    for at, (name, method) in enumerate(named.items()):
        yield tuple(_rows(name, method, protocol, partial(_report, report, at, len(named))))
    _report(report, len(named), len(named), "")


def _name(method: type_entry) -> str:
    return method.name if isinstance(method, Method) else str(method)


def _check_name(method: type_entry) -> None:
    """Raise UnknownNameError for what is neither a method nor a model nor a folder."""
    if isinstance(method, str) and method not in registry.names("methods"):
        folder_of(method)


def _report(on_progress: type_on_progress, done: int, total: int, text: str) -> None:
    on_progress(Progress("comparing", done, total, text))


def _protocol(corpus: Corpus, n: int, bars: int, seed: int, minutes: float, pieces: int) -> _Protocol:
    """Measure the real pieces. Raises CorpusError if there is nothing to compare with."""
    styles = list(dict.fromkeys(piece.styles[0] for piece in corpus.pieces if piece.styles))
    if not styles or not len(corpus.train):
        raise CorpusError("nothing to compare with", where=corpus.name, expected="training pieces that have a style")
    index = Index.of((piece.id, piece.score) for piece in corpus.train)
    of_style = {style: corpus.of_style(style) for style in styles}
    real = {style: [describe(score) for score in _cut(_spread(every, REAL), bars)] for style, every in of_style.items()}
    reference = {style: _cut(_spread(_unlearned(every), REFERENCE), bars) for style, every in of_style.items()}
    held = {style: _spread(every.test, pieces) for style, every in of_style.items()}
    return _Protocol(corpus, n, bars, seed, minutes, index, real, reference, held)


def _unlearned(corpus: Corpus) -> Corpus:
    """Return the pieces that no method learns from."""
    return corpus.with_pieces(piece for piece in corpus.pieces if piece.split != "train")


def _rows(name: str, method: type_entry, protocol: _Protocol, report: Callable[[str], None]) -> list[Row]:
    """Return the rows of one method, one a style."""
    failed: dict[str, str] = {}
    with _Stated(failed, "method"):
        report(f"{name} learns")
        fitted, seconds = _fit(method, protocol, lambda progress: report(f"{name} learns: {progress.text}"))
    if failed:
        return [Row(style, name, not_applicable=failed) for style in protocol.real]
    rows = []
    for style in protocol.real:
        report(f"{name} composes {style}")
        row = Row(style, name, fit_seconds=seconds)
        for what, measure in (("takes", _with_takes), ("likelihood", _with_likelihood)):
            with _Stated(row.not_applicable, what):
                row = measure(row, fitted, protocol)
        rows.append(row)
    return rows


class _Stated:
    """Context that puts its error, if it has one, into `reasons` under `what`.

    So a comparison of hours goes on. Methods may be those of other packages, so any error is a reason.
    """

    def __init__(self, reasons: dict[str, str], what: str) -> None:
        self._reasons, self._what = reasons, what

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> bool:
        if not isinstance(error, Exception):
            return False
        is_ours = isinstance(error, ComponiumError)
        self._reasons[self._what] = str(error) if is_ours else f"it failed: {type(error).__name__}: {error}"
        return True


def _fit(method: type_entry, protocol: _Protocol, on_progress: type_on_progress) -> tuple[Method, float]:
    """Return the method and the seconds it took to fit; nan for a fitted model."""
    if isinstance(method, str) and method in registry.names("methods"):
        method = make(method)
    if not isinstance(method, Method) or _is_fitted(method):
        return resolve_model(method).method, float("nan")
    learner = type(method)(**method.get_params())
    if "training" in (params := learner.get_params()):
        learner.set_params(training={**(params["training"] or {}), "minutes": protocol.minutes})
    begun = time.process_time()
    return learner.fit(protocol.corpus, on_progress=on_progress), time.process_time() - begun


def _is_fitted(method: Method) -> bool:
    try:
        method.get_weights()
    except NotFittedError:
        return False
    return "needs_music" in method.tags


def _cut(corpus: Corpus, bars: int) -> list[Score]:
    """Return the last bars of each piece that is long enough, and its pickup."""
    return [last_bars(piece.score, bars) for piece in corpus.pieces
            if piece.score.n_notes and 2 * n_whole_bars(piece.score) >= bars]  # fmt: skip


def _with_takes(row: Row, method: Method, protocol: _Protocol) -> Row:
    """Return the row with what is measured on takes."""
    wanted: dict[str, Any] = {"style": row.style, "bars": protocol.bars}
    controls = Controls(**{name: value for name, value in wanted.items() if name in method.supported_controls})
    begun = time.process_time()
    takes = method.generate(Request(controls), protocol.n, rng=np.random.default_rng(protocol.seed))
    seconds = time.process_time() - begun
    real = protocol.real[row.style]
    statistics = compare_measures([describe(score) for score in takes], real) if real else ()
    shared = [protocol.index.longest_shared(score) for score in takes]
    return _with_auc(replace(
        row,
        inside=float(np.nanmean([statistic.inside for statistic in statistics])) if statistics else float("nan"),
        statistics=statistics,
        copied=max(shared, key=lambda one: one.notes),
        copying=sum(one.notes >= COPIED for one in shared) / protocol.n,
        distinct=len({tuple(track.notes.tobytes() for track in score.tracks) for score in takes}) / protocol.n,
        notes_per_second=sum(score.n_notes for score in takes) / seconds,
    ), takes, protocol)  # fmt: skip


def _with_auc(row: Row, takes: Sequence[Score], protocol: _Protocol) -> Row:
    """Return the row with the AUC of takes, or the reason for none."""
    with _Stated(row.not_applicable, "AUC"):
        found = realism(takes, protocol.reference[row.style], seed=protocol.seed)
        return replace(row, auc=found.auc, auc_interval=found.interval)
    return row


def _spread(corpus: Corpus, count: int) -> Corpus:
    """Return at most `count` pieces, evenly through the corpus."""
    places = np.linspace(0, len(corpus) - 1, min(count, len(corpus))).astype(int)
    return corpus.with_pieces(corpus.pieces[place] for place in places)


def _with_likelihood(row: Row, method: Method, protocol: _Protocol) -> Row:
    """Return the row with what is measured on held-out pieces."""
    held = protocol.held_out[row.style]
    if not held.pieces:
        return row
    if isinstance(method, Autoregressive):
        predictions = Predictions(method.codec_)
        found = held_out(method, held, rng=np.random.default_rng(0), resamples=2, on_step=predictions.add)
        pieces = [piece for style in found for piece in style.pieces]
        nats, notes = sum(piece.nats for piece in pieces), sum(piece.notes for piece in pieces)
        return replace(row, nll_per_note=nats / notes, codec=_codec(method), prediction=predictions.result())
    scores = [in_style(piece) for piece in held.pieces if piece.score.n_notes]
    if "likelihood" in method.tags:
        nats = -float(method.log_prob(scores).sum())
        return replace(row, nll_per_note=nats / sum(score.n_notes for score in scores), codec=f"own, of {method.name}")
    if hasattr(method, "prediction_errors"):
        means = {name: float(values.mean()) for name, values in method.prediction_errors(scores).items()}
        row.not_applicable["nats"] = "it predicts numbers, not chances"
        return replace(row, codec=f"own, of {method.name}", prediction=Prediction(means.pop("accuracy"), errors=means))
    row.not_applicable["likelihood"] = "it has none"
    return row


def _codec(method: Autoregressive) -> str:
    """Return the codec in words: its name and its unusual options.

    Lists are shown by their length. Styles are left out: they are stated before what is predicted. So are velocities
    where it has none.
    """
    config = method.codec_.config()
    left_out = ("styles", "velocities") if config.get("velocities") is False else ("styles",)
    config = {name: value for name, value in config.items() if name not in left_out}
    name, usual = str(config.pop("name")), signature(type(method.codec_)).parameters
    unusual = ((option, value) for option, value in config.items() if value != usual[option].default)
    words = (f"{option}={len(value) if isinstance(value, list) else value}" for option, value in unusual)
    return " ".join([name, *words])
