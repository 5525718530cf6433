"""Evaluation against numbers that can be worked out by hand."""

import json
import math

import numpy as np
import pytest

from componium.codecs.base import Codec
from componium.codecs.events.codec import Events
from componium.codecs.vocab import Vocab
from componium.corpora import Corpus, Piece
from componium.errors import CodecError, CorpusError, NotFittedError
from componium.evaluation.likelihood import compare_measures, compare_to_real, held_out, in_style, likelihoods, saving
from componium.methods import Autoregressive, make
from componium.music.score import Score, Track, notes

LN2 = math.log(2)


class Coin(Codec):
    """Two pitches and an end, in any order."""

    def __init__(self):
        self.vocab = Vocab({"PAD": [""], "BOS": [""], "EOS": [""], "Pitch": [60, 62]})
        self.pad, self.bos, self.eos = 0, 1, 2

    def _encode(self, score):
        return np.array([1, *(self.vocab.id("Pitch", pitch) for pitch in score.tracks[0].notes["pitch"].tolist()), 2])

    def decode(self, ids):
        raise NotImplementedError

    def canonicalize(self, score):
        return score

    def initial_state(self):
        return None

    def allowed_next(self, state):
        return np.array([False, False, True, True, True])

    def advance(self, state, index):
        pass

    def config(self):
        return {"name": "coin"}

    def is_note(self, ids):
        return ids >= 3


class Fixed(Autoregressive):
    """Always the same distribution over the next id."""

    def __init__(self, codec=None, chances=None):
        if codec is not None:
            self.codec_ = codec
        self.chances = chances

    def fit(self, corpus, *, run_dir=None, resume=False, on_progress=None):
        return self

    def get_weights(self):
        return {}, {}

    def set_weights(self, learned, weights):
        return self

    def empty_state(self, batch):
        return batch

    def step(self, state, tokens):
        chances = np.ones(len(self.codec_.vocab)) if self.chances is None else np.array(self.chances)
        return np.log(np.tile(chances, (len(tokens), 1))).astype(np.float32), state

    def select(self, state, rows):
        return len(rows)


def tune(*pitches):
    return Score(tracks=(Track(notes([(480 * at, 480, pitch) for at, pitch in enumerate(pitches)])),))


def corpus_of(*pitches, styles=("tune",)):
    return Corpus("tunes", tuple(Piece(str(at), tune(*own), styles) for at, own in enumerate(pitches)))


def rng():
    return np.random.default_rng(0)


# Half the chances for 60, a quarter each for 62 and the end.
HALVES = Fixed(Coin(), [9, 9, 0.25, 0.5, 0.25])


def test_textbook_nats():
    # 60 60 62 end: 1 + 1 + 2 + 2 bits over three notes, in one bar of 4/4.
    (row,) = held_out(HALVES, corpus_of((60, 60, 62)), rng=rng())
    assert (row.style, row.codec, row.n_pieces, row.n_notes, row.n_quarters) == ("tune", "coin", 1, 3, 4.0)
    assert row.nll_per_note == pytest.approx(2 * LN2)
    assert row.nll_per_quarter == pytest.approx(1.5 * LN2)
    assert row.nll_per_note_interval == pytest.approx((2 * LN2, 2 * LN2))


def test_uniform_nats_are_the_logarithm_of_the_choices():
    (row,) = held_out(Fixed(Coin()), corpus_of((60,) * 9), rng=rng())
    assert row.nll_per_note == pytest.approx(10 / 9 * math.log(3))


def test_long_pieces_weigh_more():
    # (1 + 2) bits over one note, (7 + 2) bits over seven notes: 12 / 8, not the mean of 3 and 9 / 7.
    (row,) = held_out(HALVES, corpus_of((60,), (60,) * 7), rng=rng())
    assert row.nll_per_note == pytest.approx(1.5 * LN2)
    # Of samples of two pieces a quarter are twice the first, a quarter twice the second: the interval's ends.
    assert row.nll_per_note_interval == pytest.approx((9 / 7 * LN2, 3 * LN2))


def test_same_generator_same_interval():
    corpus = corpus_of(*((60,) * n for n in range(1, 12)))
    assert held_out(HALVES, corpus, rng=rng()) == held_out(HALVES, corpus, rng=rng())
    (row,) = held_out(HALVES, corpus, rng=rng())
    assert row.nll_per_note in row.nll_per_note_interval
    assert row.nll_per_quarter in row.nll_per_quarter_interval


def test_events_count_what_the_grammar_allows_after_the_prefix():
    codec, score = Events(styles=("jig",)), tune(60, 62, 64, 65, 67)
    ids = codec.encode(in_style(Piece("a", score, ("jig", "slip jig")))).ids
    state, expected = codec.initial_state(), 0.0
    prefix = codec.prefix_length(ids)
    for at, index in enumerate(ids.tolist()):
        expected += math.log(codec.allowed_next(state).sum()) if at >= prefix else 0
        codec.advance(state, index)
    (row,) = held_out(Fixed(codec), Corpus("one", (Piece("a", score, ("jig", "slip jig")),)), rng=rng())
    assert row.nll_per_note == pytest.approx(expected / 5)
    assert (row.style, row.codec, row.n_quarters) == ("jig", "events", 8.0)


def test_style_is_put_into_the_score():
    assert in_style(Piece("a", tune(60), ("fiddle", "jig"))).about("style") == "fiddle"
    assert in_style(Piece("a", tune(60))).about("style") == ""
    codec = Events(styles=("fiddle", "jig"))
    ids = codec.encode(in_style(Piece("a", tune(60), ("fiddle", "jig")))).ids
    assert codec.vocab.token(int(ids[1])) == "Style_fiddle"


def test_a_row_for_each_style():
    pieces = Piece("a", tune(60), ("x",)), Piece("b", tune(62), ("y",)), Piece("c", tune(60), ("x", "z"))
    corpus = Corpus("two", pieces)
    assert [(row.style, row.n_pieces) for row in held_out(HALVES, corpus, rng=rng())] == [("x", 2), ("y", 1)]


def test_processes_find_the_same():
    corpus = corpus_of(*(tuple(np.random.default_rng(n).integers(55, 70, 20).tolist()) for n in range(5)))
    method = make("markov", order=1).fit(corpus)
    assert likelihoods(method, corpus, workers=2) == likelihoods(method, corpus)


def test_a_batch_is_each_row_alone():
    corpus = corpus_of(*(tuple(np.random.default_rng(n).integers(55, 70, 3 + 5 * n).tolist()) for n in (4, 1, 6, 1)))
    method = make("markov", order=2).fit(corpus)
    rows = [method.codec_.encode(piece.score).ids for piece in corpus.pieces]
    for ids, found in zip(rows, method.token_log_probs(rows), strict=True):
        state, grammar, plain = method.empty_state(1), method.codec_.initial_state(), 0.0
        for before, at in zip([None, *ids.tolist()], ids.tolist(), strict=False):
            allowed = method.codec_.allowed_next(grammar)
            method.codec_.advance(grammar, at)
            if before is not None:
                logits, state = method.step(state, np.array([before]))
                if not method.codec_.is_condition(np.array([at]))[0]:
                    plain += math.log(np.exp(logits[0][at]) / np.exp(logits[0][allowed]).sum())
        assert len(found) == len(ids) and found.sum() == pytest.approx(plain, rel=1e-5)
    assert method.token_log_probs([]) == []


def test_nothing_to_evaluate():
    with pytest.raises(CorpusError, match="nothing to evaluate"):
        held_out(HALVES, Corpus("empty", (Piece("rests", Score()),)), rng=rng())
    with pytest.raises(NotFittedError):
        held_out(Fixed(), corpus_of((60,)), rng=rng())
    with pytest.raises(CodecError, match="tune of"):
        held_out(Refusing(), Corpus("one", (Piece("tune of woe", tune(60)),)), rng=rng())


class Refusing(Fixed):
    """Forbids what is there."""

    def __init__(self):
        super().__init__(Barred())


class Barred(Coin):
    def allowed_next(self, state):
        return np.zeros(len(self.vocab), dtype=bool)


def test_saving():
    corpus = corpus_of((60, 60), (60,) * 5)
    (halves,) = held_out(HALVES, corpus, rng=rng())
    (uniform,) = held_out(Fixed(Coin()), corpus, rng=rng())
    # 4 + 7 bits against 9 logarithms of 3.
    share, interval = saving(halves, uniform, rng=rng())
    assert share == pytest.approx(1 - 11 * LN2 / (9 * math.log(3)))
    assert share in interval
    assert saving(halves, halves, rng=rng()) == (0.0, (0.0, 0.0))
    (other,) = held_out(HALVES, corpus_of((60,)), rng=rng())
    with pytest.raises(CorpusError, match="different pieces"):
        saving(halves, other, rng=rng())
    (events,) = held_out(Fixed(Events()), corpus, rng=rng())
    with pytest.raises(CodecError, match="coin and events"):
        saving(halves, events, rng=rng())


def test_compare_to_the_real_interval():
    (row,) = compare_measures([{"m": 0.0}, {"m": 50.0}, {"m": math.nan}, {"m": 97.5}, {"m": 98.0}],
                              [{"m": float(value)} for value in range(101)])
    assert (row.metric, row.generated, row.real) == ("m", 61.375, 50.0)
    assert row.interval == (2.5, 97.5)
    assert row.inside == 0.5


def test_compare_scores_by_every_metric():
    real = [tune(*range(60, 60 + n)) for n in range(5, 15)]
    rows = {row.metric: row for row in compare_to_real(real, real)}
    assert rows["pitch_range"].interval == pytest.approx((4.225, 12.775))
    assert rows["pitch_range"].inside == 0.8
    assert "voice_crossing_rate" not in rows  # undefined of one line
    assert [row.metric for row in compare_to_real(real, real, lambda score: {"notes": score.n_notes})] == ["notes"]
    with pytest.raises(CorpusError, match="nothing to compare"):
        compare_to_real([], real)


def test_rows_are_plain_json():
    (row,) = held_out(HALVES, corpus_of((60, 60, 62)), rng=rng())
    assert json.loads(json.dumps(row.to_json()))["notes"] == 3
    (compared,) = compare_measures([{"m": 1.0}], [{"m": 2.0}])
    assert json.loads(json.dumps(compared.to_json())) == {
        "metric": "m", "generated": 1.0, "real": 2.0, "interval": [2.0, 2.0], "inside": 0.0}
