"""Evaluation: any method on any corpus under one protocol, and generated music beside real music.

Likelihood
- Counted are the nats of all ids after the prefix, under the grammar's mask, summed over pieces; then divided by the
  notes, or by the quarters up to the last bar line. So a long piece weighs more than a short one.
- Each piece is encoded in its most general style (`piece.styles[0]`), which the model is told in the prefix, as it is
  told the metre, the key, the tempo and the instruments, where it knows them.
- Intervals are the central 95 % of a bootstrap over pieces. Few pieces make a rough interval.
- Codecs differ in what they keep, and so in what there is to predict: compare models on the same codec only.

Generated beside real
- Each metric's mean over the generated pieces stands beside the central 95 % of the real ones, with the share of the
  generated inside it. As good as real would be 0.95. Lengths should be alike: most metrics depend on them.

>>> from componium.corpora import Corpus, Piece
>>> from componium.methods import make
>>> from componium.music.score import Score, Track, notes
>>> scale = Score(tracks=(Track(notes([(480 * i, 480, 60 + i) for i in range(8)])),))
>>> corpus = Corpus("scale", (Piece("up", scale, ("scale",)),))
>>> row, = held_out(make("markov", order=2).fit(corpus), corpus, rng=np.random.default_rng(0))
>>> row.style, row.n_pieces, row.n_notes, row.n_quarters, row.nll_per_note < 1
('scale', 1, 8, 8.0, True)
"""

import multiprocessing
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from componium.corpora import Corpus, Piece
from componium.errors import CodecError, ComponiumError, CorpusError
from componium.methods import Autoregressive
from componium.metrics import describe, mean_of
from componium.metrics.distance import Interval, interval95, share_inside
from componium.music.score import Score
from componium.music.time import bar_lines
from componium.music.types import type_ids

BATCH = 16  # pieces stepped through together


@dataclass(frozen=True, slots=True)
class Likelihood:
    """One piece under one method: its negative log-likelihood in nats, and what to divide it by."""

    piece: str
    nats: float
    notes: int
    quarters: float


@dataclass(frozen=True, slots=True)
class HeldOut:
    """One style under one method; `nll_*` are in nats, with their 95 % intervals over pieces."""

    style: str
    codec: str
    pieces: tuple[Likelihood, ...]
    nll_per_note: float
    nll_per_note_interval: Interval
    nll_per_quarter: float
    nll_per_quarter_interval: Interval

    @property
    def n_pieces(self) -> int:
        """How many pieces were counted."""
        return len(self.pieces)

    @property
    def n_notes(self) -> int:
        """How many notes they have, as the codec keeps them."""
        return sum(piece.notes for piece in self.pieces)

    @property
    def n_quarters(self) -> float:
        """How many quarters they last, each to its last bar line."""
        return sum(piece.quarters for piece in self.pieces)

    def to_json(self) -> dict[str, Any]:
        """All but the single pieces, as plain values."""
        return {
            "style": self.style, "codec": self.codec, "pieces": self.n_pieces, "notes": self.n_notes,
            "quarters": self.n_quarters, "nll_per_note": self.nll_per_note,
            "nll_per_note_interval": list(self.nll_per_note_interval), "nll_per_quarter": self.nll_per_quarter,
            "nll_per_quarter_interval": list(self.nll_per_quarter_interval),
        }


@dataclass(frozen=True, slots=True)
class Comparison:
    """One metric: both means, the central 95 % of the real pieces, and the share of the generated ones inside it."""

    metric: str
    generated: float
    real: float
    interval: Interval
    inside: float

    def to_json(self) -> dict[str, Any]:
        """The row as plain values."""
        return {"metric": self.metric, "generated": self.generated, "real": self.real,
                "interval": list(self.interval), "inside": self.inside}


def held_out(
    method: Autoregressive, corpus: Corpus, *, rng: np.random.Generator, resamples: int = 1000, workers: int = 1
) -> tuple[HeldOut, ...]:
    """How well a fitted method foretells the pieces of `corpus` (say `corpora.load(...).test`): a row for each style.

    Pieces without a note are left out. `workers` processes share the pieces; more than one must be started from a
    program that can be imported again (`if __name__ == "__main__"`).

    Raises NotFittedError, CorpusError if no piece has a note, CodecError for a piece that the codec can't take.
    """
    name = str(method.codec_.config()["name"])
    found = likelihoods(method, corpus, workers=workers)
    by_style: dict[str, list[Likelihood]] = {}
    for piece, one in found:
        by_style.setdefault(_style(piece), []).append(one)
    return tuple(_row(style, name, rows, rng, resamples) for style, rows in by_style.items())


def likelihoods(method: Autoregressive, corpus: Corpus, *, workers: int = 1) -> list[tuple[Piece, Likelihood]]:
    """The likelihood of each piece that has a note, in the corpus' order."""
    pieces = [piece for piece in corpus.pieces if piece.score.n_notes]
    if not pieces:
        raise CorpusError("nothing to evaluate on", where=corpus.name, expected="at least one piece with notes")
    if workers <= 1:
        return list(zip(pieces, _likelihoods(method, pieces), strict=True))
    by_length = sorted(pieces, key=lambda piece: piece.score.n_notes)
    parts = [by_length[start::workers] for start in range(workers)]
    with ProcessPoolExecutor(workers, mp_context=multiprocessing.get_context("spawn")) as pool:
        done = {one.piece: one for part in pool.map(partial(_likelihoods, method), parts) for one in part}
    return [(piece, done[piece.id]) for piece in pieces]


def _likelihoods(method: Autoregressive, pieces: Iterable[Piece]) -> list[Likelihood]:
    """Pieces of like lengths together, since a model takes a batch in little more time than one."""
    encoded = [(piece, _encoded(method, piece)) for piece in pieces]
    order = sorted(range(len(encoded)), key=lambda at: -len(encoded[at][1]))
    found: dict[int, Likelihood] = {}
    for start in range(0, len(order), BATCH):
        chosen = order[start : start + BATCH]
        names = [encoded[at][0].id for at in chosen]
        together = method.token_log_probs([encoded[at][1] for at in chosen], names)
        found |= {at: _likelihood(method, *encoded[at], logs) for at, logs in zip(chosen, together, strict=True)}
    return [found[at] for at in range(len(encoded))]


def _encoded(method: Autoregressive, piece: Piece) -> type_ids:
    try:
        return method.codec_.encode(in_style(piece)).ids
    except ComponiumError as error:
        raise error.within(piece.id) from error


def _likelihood(method: Autoregressive, piece: Piece, ids: type_ids, logs: NDArray[np.float64]) -> Likelihood:
    quarters = int(bar_lines(piece.score)[-1]) / piece.score.ticks_per_quarter
    return Likelihood(piece.id, -float(logs.sum()), int(method.codec_.is_note(ids).sum()), quarters)


def in_style(piece: Piece) -> Score:
    """A piece's score that says its most general style, as a model is told it; scores in corpora don't."""
    if not piece.styles:
        return piece.score
    others = tuple(entry for entry in piece.score.info if entry[0] != "style")
    return replace(piece.score, info=(("style", piece.styles[0]), *others))


def _style(piece: Piece) -> str:
    return piece.styles[0] if piece.styles else ""


def _row(style: str, codec: str, rows: Sequence[Likelihood], rng: np.random.Generator, resamples: int) -> HeldOut:
    nats, notes, quarters = _sums(rows, _resampled(len(rows), rng, resamples))
    all_nats, all_notes, all_quarters = (float(total[0]) for total in _sums(rows, np.arange(len(rows))[None]))
    return HeldOut(
        style, codec, tuple(rows),
        all_nats / all_notes, interval95(nats / notes), all_nats / all_quarters, interval95(nats / quarters),
    )


def saving(one: HeldOut, other: HeldOut, *, rng: np.random.Generator, resamples: int = 1000) -> tuple[float, Interval]:
    """How many fewer nats `one` needs than `other` for the same pieces (0.25: a quarter fewer), and its 95 % interval.

    Both are resampled together, piece by piece. Raises CodecError for two codecs, CorpusError for other pieces.
    """
    if one.codec != other.codec:
        raise CodecError(f"likelihoods under {one.codec} and {other.codec}", expected="the same codec")
    if [piece.piece for piece in one.pieces] != [piece.piece for piece in other.pieces]:
        raise CorpusError("likelihoods of different pieces", where=one.style, expected="the same, in the same order")
    drawn = _resampled(one.n_pieces, rng, resamples)
    ours, theirs = (_sums(row.pieces, drawn)[0] for row in (one, other))
    return 1 - one.nll_per_quarter / other.nll_per_quarter, interval95(1 - ours / theirs)


def _resampled(n: int, rng: np.random.Generator, resamples: int) -> NDArray[np.int64]:
    return rng.integers(n, size=(resamples, n))


def _sums(rows: Sequence[Likelihood], drawn: NDArray[np.int64]) -> list[NDArray[np.float64]]:
    """The nats, notes and quarters of the pieces drawn, summed over each sample: three of [resamples]."""
    columns = np.array([(row.nats, row.notes, row.quarters) for row in rows], dtype=np.float64).T
    return [column[drawn].sum(axis=1) for column in columns]


def compare_to_real(
    takes: Iterable[Score], real: Iterable[Score], metrics: Callable[[Score], Mapping[str, float]] = describe
) -> tuple[Comparison, ...]:
    """Generated pieces beside real ones in every metric that both sets know: a row for each.

    Raises CorpusError if a set is empty.
    """
    return compare_measures([metrics(score) for score in takes], [metrics(score) for score in real])


def compare_measures(
    generated: Sequence[Mapping[str, float]], real: Sequence[Mapping[str, float]]
) -> tuple[Comparison, ...]:
    """The same, of pieces already measured: each a row of metrics, in which nan is undefined."""
    if not generated or not real:
        raise CorpusError("nothing to compare", expected="at least one generated piece and one real one")
    found = []
    for metric in generated[0]:
        ours, theirs = (np.array([row.get(metric, np.nan) for row in rows]) for rows in (generated, real))
        if not np.isnan(ours).all() and not np.isnan(theirs).all():
            interval = interval95(theirs)
            found.append(Comparison(metric, mean_of(ours.tolist()), mean_of(theirs.tolist()), interval,
                                    share_inside(ours, interval)))
    return tuple(found)
