"""Evaluation by held-out likelihood, and by metrics of generated and real music.

Likelihood
- Counted are the nats of all ids after the prefix, under the grammar's mask, summed over pieces; then divided by the
  notes, or by the quarters up to the last bar line. So a long piece weighs more than a short one.
- Each piece is encoded in its most general style (`piece.styles[0]`), which the prefix states to the model, as it
  states the meter, the key, the tempo and the instruments, where they are known.
- Intervals are the central 95 % of a bootstrap over pieces. Few pieces make a rough interval.
- Codecs differ in what they keep, and so in what there is to predict: compare models on the same codec only.

Generated and real
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
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from componium.corpora import Corpus, Piece
from componium.decoding.sampling import type_on_step
from componium.decoding.style.names import stating
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
    """The negative log-likelihood of one piece in nats, and its notes and quarters."""

    piece: str
    nats: float
    notes: int
    quarters: float


@dataclass(frozen=True, slots=True)
class HeldOut:
    """The likelihood of a style; `nll_*` are in nats, with 95 % intervals over pieces."""

    style: str
    codec: str
    pieces: tuple[Likelihood, ...]
    nll_per_note: float
    nll_per_note_interval: Interval
    nll_per_quarter: float
    nll_per_quarter_interval: Interval

    @property
    def n_pieces(self) -> int:
        """The number of pieces."""
        return len(self.pieces)

    @property
    def n_notes(self) -> int:
        """The number of notes, as the codec keeps them."""
        return sum(piece.notes for piece in self.pieces)

    @property
    def n_quarters(self) -> float:
        """The length in quarters, each piece to its last bar line."""
        return sum(piece.quarters for piece in self.pieces)

    def to_json(self) -> dict[str, Any]:
        """Return all but the single pieces, as plain values."""
        return {
            "style": self.style, "codec": self.codec, "pieces": self.n_pieces, "notes": self.n_notes,
            "quarters": self.n_quarters, "nll_per_note": self.nll_per_note,
            "nll_per_note_interval": list(self.nll_per_note_interval), "nll_per_quarter": self.nll_per_quarter,
            "nll_per_quarter_interval": list(self.nll_per_quarter_interval),
        }


@dataclass(frozen=True, slots=True)
class Comparison:
    """One metric of generated and of real pieces.

    `interval` is the central 95 % of the real pieces, `inside` the share of the generated ones in it.
    """

    metric: str
    generated: float
    real: float
    interval: Interval
    inside: float

    def to_json(self) -> dict[str, Any]:
        """Return the row as plain values."""
        return {"metric": self.metric, "generated": self.generated, "real": self.real,
                "interval": list(self.interval), "inside": self.inside}


def held_out(
    method: Autoregressive, corpus: Corpus, *, rng: np.random.Generator, resamples: int = 1000, workers: int = 1,
    on_step: type_on_step | None = None,
) -> tuple[HeldOut, ...]:  # fmt: skip
    """Measure the likelihood of held-out pieces under a fitted method, style by style.

    method      fitted; has a likelihood
    corpus      the pieces, say `corpora.load(...).test`; those without a note are left out
    rng         draws the bootstrap's samples
    resamples   the number of bootstrap samples (default: 1,000)
    workers     processes that share the pieces (default: 1); more than one must be started from a program that can be
                imported again (`if __name__ == "__main__"`)
    on_step     called with a Step for each id that counts; with one worker only

    Pieces of which the codec keeps no note are left out.

    Raises NotFittedError, CorpusError if no piece has a note, CodecError for a piece that the codec can't encode.
    """
    name = str(method.codec_.config()["name"])
    by_style: dict[str, list[Likelihood]] = {}
    for piece, likelihood in likelihoods(method, corpus, workers=workers, on_step=on_step):
        if likelihood.notes:
            by_style.setdefault(_style(piece), []).append(likelihood)
    if not by_style:
        raise CorpusError("nothing to evaluate on", where=corpus.name, expected=f"a note that the codec {name} keeps")
    return tuple(_row(style, name, rows, rng, resamples) for style, rows in by_style.items())


def likelihoods(
    method: Autoregressive, corpus: Corpus, *, workers: int = 1, on_step: type_on_step | None = None
) -> list[tuple[Piece, Likelihood]]:
    """Return the likelihood of each piece that has a note, in the corpus' order."""
    pieces = [piece for piece in corpus.pieces if piece.score.n_notes]
    if not pieces:
        raise CorpusError("nothing to evaluate on", where=corpus.name, expected="at least one piece with notes")
    if workers <= 1:
        return list(zip(pieces, _likelihoods(method, pieces, on_step), strict=True))
    by_length = sorted(pieces, key=lambda piece: piece.score.n_notes)
    parts = [by_length[start::workers] for start in range(workers)]
    with ProcessPoolExecutor(workers, mp_context=multiprocessing.get_context("spawn")) as pool:
        done = {row.piece: row for part in pool.map(partial(_likelihoods, method), parts) for row in part}
    return [(piece, done[piece.id]) for piece in pieces]


def _likelihoods(
    method: Autoregressive, pieces: Iterable[Piece], on_step: type_on_step | None = None
) -> list[Likelihood]:
    """Return the likelihood of each piece, batched by length.

    A model takes a batch of pieces of like lengths in little more time than one.
    """
    encoded = [(piece, _encoded(method, piece)) for piece in pieces]
    order = sorted(range(len(encoded)), key=lambda at: -len(encoded[at][1]))
    results: dict[int, Likelihood] = {}
    for start in range(0, len(order), BATCH):
        chosen = order[start : start + BATCH]
        names = [encoded[at][0].id for at in chosen]
        together = method.token_log_probs([encoded[at][1] for at in chosen], names, on_step)
        results |= {at: _likelihood(method, *encoded[at], logs) for at, logs in zip(chosen, together, strict=True)}
    return [results[at] for at in range(len(encoded))]


def _encoded(method: Autoregressive, piece: Piece) -> type_ids:
    try:
        return method.codec_.encode(in_style(piece)).ids
    except ComponiumError as error:
        raise error.within(piece.id) from error


def _likelihood(method: Autoregressive, piece: Piece, ids: type_ids, logs: NDArray[np.float64]) -> Likelihood:
    quarters = int(bar_lines(piece.score)[-1]) / piece.score.ticks_per_quarter
    return Likelihood(piece.id, -float(logs.sum()), int(method.codec_.is_note(ids).sum()), quarters)


def in_style(piece: Piece) -> Score:
    """Return a piece's score with its most general style stated in `info`."""
    return stating(piece.score, piece.styles[0]) if piece.styles else piece.score


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
    """Return the share of nats that `one` saves over `other`, and its 95 % interval.

    0.25 is a quarter fewer nats. Both are resampled together, piece by piece. Raises CodecError for two codecs,
    CorpusError for other pieces.
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
    """Return the nats, notes and quarters of each sample: three arrays (resamples,)."""
    columns = np.array([(row.nats, row.notes, row.quarters) for row in rows], dtype=np.float64).T
    return [column[drawn].sum(axis=1) for column in columns]


def compare_to_real(
    takes: Iterable[Score], real: Iterable[Score], metrics: Callable[[Score], Mapping[str, float]] = describe
) -> tuple[Comparison, ...]:
    """Compare generated pieces with real ones in every metric that both have.

    Raises CorpusError if a set is empty.
    """
    return compare_measures([metrics(score) for score in takes], [metrics(score) for score in real])


def compare_measures(
    generated: Sequence[Mapping[str, float]], real: Sequence[Mapping[str, float]]
) -> tuple[Comparison, ...]:
    """Compare generated with real pieces by rows of metrics, nan where undefined.

    Raises CorpusError if a set is empty.
    """
    if not generated or not real:
        raise CorpusError("nothing to compare", expected="at least one generated piece and one real one")
    rows = []
    for metric in generated[0]:
        ours, theirs = (np.array([row.get(metric, np.nan) for row in measured]) for measured in (generated, real))
        if not np.isnan(ours).all() and not np.isnan(theirs).all():
            interval = interval95(theirs)
            means = mean_of(ours.tolist()), mean_of(theirs.tolist())
            rows.append(Comparison(metric, *means, interval, share_inside(ours, interval)))
    return tuple(rows)
