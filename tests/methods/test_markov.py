"""Markov against closed forms and a plain count."""

from collections import Counter
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from componium.codecs.events.codec import Events
from componium.corpora import Corpus, Piece
from componium.decoding.controls import Controls
from componium.decoding.request import Request
from componium.errors import CodecError, ControlError
from componium.methods import load
from componium.methods.markov import Markov, _count
from componium.methods.markov.smoothing import FALLBACK
from componium.music.score import Key, Score, Track, notes
from componium.music.time import n_bars


def fitted(order: int, rows: list[list[int]], smoothing: str = "witten-bell") -> Markov:
    method = Markov(order=order, smoothing=smoothing)
    method.codec_ = Events()
    arrays, n_vocab = [np.array(row) for row in rows], len(method.codec_.vocab)
    method.tables_ = [_count(arrays, length, n_vocab) for length in range(order + 1)]
    return method._ready()


def next_chances(method: Markov, context: list[int]) -> np.ndarray:
    state = method.empty_state(1)
    for index in context:
        logits, state = method.step(state, np.array([index]))
    chances: np.ndarray = np.exp(logits[0].astype(np.float64))
    return chances


def test_witten_bell_by_hand() -> None:
    """After 5 5 6: order 0 has 3 ids, 2 kinds; order 1 after 5 has 5 and 6 once each."""
    method = fitted(1, [[5, 5, 6]])
    even = 1 / len(method.codec_.vocab)
    five, six = (2 + 2 * even) / 5, (1 + 2 * even) / 5
    chances = next_chances(method, [5])
    assert chances[5] == pytest.approx((1 + 2 * five) / 4)
    assert chances[6] == pytest.approx((1 + 2 * six) / 4)
    assert chances.sum() == pytest.approx(1)


def test_an_unseen_context_leaves_the_shorter_one() -> None:
    method = fitted(3, [[5, 6, 7, 8, 5, 6]])
    shorter = fitted(0, [[5, 6, 7, 8, 5, 6]])
    np.testing.assert_allclose(next_chances(method, [9, 9]), next_chances(shorter, [9]), rtol=1e-6)


@pytest.mark.parametrize("length", [0, 1, 2, 5])
def test_counts_are_those_of_a_plain_loop(length: int) -> None:
    rng = np.random.default_rng(length)
    rows = [rng.integers(0, 4, size) for size in (3, 50, 200, length)]
    table = _count(rows, length, 700)
    plain = Counter(tuple(row[at : at + length + 1].tolist()) for row in rows for at in range(len(row) - length))
    assert sorted(table["count"].tolist()) == sorted(plain.values())
    assert len(table["hash"]) == len({gram[:-1] for gram in plain})
    assert table["start"][-1] == len(table["token"]) == len(plain)
    longer = {(None, *row[: length + 1].tolist()) for row in rows if len(row) > length}
    longer |= {tuple(row[at : at + length + 2].tolist()) for row in rows for at in range(len(row) - length - 1)}
    assert sorted(table["kinds"].tolist()) == sorted(Counter(gram[1:] for gram in longer).values())


def test_order_zero_needs_no_context() -> None:
    score = Score((Track(notes([(0, 480, 60)])),))
    method = fitted(0, [Events().encode(score).ids.tolist()])
    assert method.log_prob([score])[0] < 0


def test_order_zero_is_the_smoothed_unigram() -> None:
    """5 5 6: three ids of two kinds, whatever went before."""
    method = fitted(0, [[5, 5, 6]])
    even = 1 / len(method.codec_.vocab)
    chances = next_chances(method, [6])
    assert chances[[5, 6, 7]] == pytest.approx([(2 + 2 * even) / 5, (1 + 2 * even) / 5, 2 * even / 5])


def test_transitions_are_the_pairs_of_a_plain_loop() -> None:
    rows = [np.random.default_rng(size).integers(3, 9, size).tolist() for size in (2, 40, 90)]
    method = fitted(3, rows)
    counts, labels = method.transitions()
    token = method.codec_.vocab.token
    plain = Counter((token(one), token(two)) for row in rows for one, two in pairwise(row))
    found = {(labels[one], labels[two]): int(counts[one, two]) for one, two in np.argwhere(counts).tolist()}
    assert found == plain
    assert len(set(labels)) == len(labels) == len(counts)


def test_order_zero_has_no_transitions() -> None:
    with pytest.raises(ControlError, match="order 0"):
        fitted(0, [[5, 5, 6]]).transitions()


# Kneser-Ney.


def plain_kneser_ney(rows: list[list[int]], order: int, context: list[int], n_vocab: int) -> np.ndarray:
    """The recursion as Chen and Goodman write it, on tuples, with a start sign before each row."""
    signed = [[None, *row] for row in rows]
    chances = np.full(n_vocab, 1 / n_vocab)
    for length in range(min(order, len(context)) + 1):
        grams = Counter(tuple(row[at : at + length + 1]) for row in rows for at in range(len(row) - length))
        if length < order:
            longer = {tuple(row[at : at + length + 2]) for row in signed for at in range(len(row) - length - 1)}
            grams = Counter(gram[1:] for gram in longer)
        history = tuple(context[len(context) - length :])
        following = {gram[-1]: count for gram, count in grams.items() if gram[:-1] == history}
        if not following:
            break
        n = Counter(grams.values())
        y = n[1] / (n[1] + 2 * n[2]) if n[1] else 0
        cut = [0.5, 1.0, 1.5]
        if all(n[i] for i in (1, 2, 3, 4)):
            own = [i - (i + 1) * y * n[i + 1] / n[i] for i in (1, 2, 3)]
            cut = own if all(0 < discount <= i for i, discount in enumerate(own, 1)) else cut
        total = sum(following.values())
        given = sum(cut[min(count, 3) - 1] for count in following.values())
        chances = chances * given / total
        for token, count in following.items():
            chances[token] += (count - cut[min(count, 3) - 1]) / total
    return chances


@pytest.mark.parametrize("order", [0, 1, 3])
def test_kneser_ney_is_the_plain_recursion(order: int) -> None:
    rng = np.random.default_rng(order)
    rows = [(10 + np.minimum(rng.geometric(0.3, size), 9)).tolist() for size in (400, 150, 7)]
    method = fitted(order, rows, "kneser-ney")
    assert order != 1 or not np.allclose(method.discounts_[1][0, 1:], FALLBACK)  # discounts are estimated here
    for context in ([], [12], [11, 11, 12], [19, 19, 19], [11, 12, 13, 11]):
        found = next_chances(method, context) if context else None
        plain = plain_kneser_ney(rows, order, context, len(method.codec_.vocab))
        assert plain.sum() == pytest.approx(1)
        if found is not None:
            np.testing.assert_allclose(found, plain, rtol=1e-5)


def test_francisco_follows_only_san() -> None:
    """Chen and Goodman's example: as common as another word, but in one context only, it is the rarer after others."""
    san, francisco, glasses = 5, 6, 7
    rows = [[san, francisco]] * 6 + [[other, glasses] for other in range(10, 16)]
    after_unknown = next_chances(fitted(1, rows, "kneser-ney"), [99])
    assert after_unknown[glasses] > 4 * after_unknown[francisco]
    counted = next_chances(fitted(1, rows), [99])
    assert counted[glasses] == pytest.approx(counted[francisco])


def test_kneser_ney_by_hand() -> None:
    """5 5 6 at order 1: kinds are 5: 2 (the start, 5), 6: 1; discounts fall back to 1/2, 1, 3/2."""
    method = fitted(1, [[5, 5, 6]], "kneser-ney")
    even = 1 / len(method.codec_.vocab)
    five, six = ((2 - 1) + 1.5 * even) / 3, ((1 - 0.5) + 1.5 * even) / 3
    chances = next_chances(method, [5])
    assert chances[[5, 6]] == pytest.approx([((1 - 0.5) + five) / 2, ((1 - 0.5) + six) / 2])
    assert chances.sum() == pytest.approx(1)


# Partial matching.


def test_ppm_on_abracadabra() -> None:
    """Cleary, Teahan and Witten (1995), "Unbounded length contexts for PPM", table 1: what follows abracadabra."""
    a, b, c, d, r, unknown = 10, 11, 12, 13, 14, 20
    method = fitted(2, [[{"a": a, "b": b, "c": c, "d": d, "r": r}[letter] for letter in "abracadabra"]], "ppm")
    chances = next_chances(method, [r, a])
    assert chances[c] == pytest.approx(1 / 2)
    assert chances[d] == pytest.approx(1 / 2 * 1 / 6)  # after a, c excluded: b twice, d once, 3 for the escape
    n_vocab = len(method.codec_.vocab)
    assert chances[unknown] == pytest.approx(1 / 2 * 3 / 6 * 5 / 12 / (n_vocab - 5), rel=1e-3)


@pytest.mark.parametrize("smoothing", ["witten-bell", "kneser-ney", "ppm"])
@pytest.mark.parametrize("order", [0, 2, 8])
def test_chances_are_positive_and_sum_to_one(smoothing: str, order: int) -> None:
    rows = [np.random.default_rng(size).integers(3, 9, size).tolist() for size in (2, 40, 90)]
    method = fitted(order, rows, smoothing)
    for context in (rows[1][:9], [700, 3], [3, 700]):
        chances = next_chances(method, context)
        assert chances.sum() == pytest.approx(1)
        assert (chances > 0).all()


@pytest.mark.parametrize("wrong", [{"smoothing": "jelinek"}, {"order": 17}, {"order": -1}])
def test_an_unknown_smoothing_or_order_is_refused(wrong: dict) -> None:
    with pytest.raises(ControlError):
        Markov(**wrong).fit(Corpus("none"))


# Other codecs.


def tune(seed: int) -> Score:
    pitches = 60 + np.random.default_rng(seed).choice([0, 2, 4, 5, 7, 9], 64)
    rows = [(240 * at, 240, int(pitch)) for at, pitch in enumerate(pitches)]
    return Score((Track(notes(rows + [(onset, 240, pitch - 12) for onset, _, pitch in rows[::2]])),))


@pytest.mark.parametrize("codec", ["melody", {"name": "melody", "kind": "pair", "steps": 2}, "notechord",
                                   {"name": "notechord", "min_count": 3}], ids=str)  # fmt: skip
@pytest.mark.parametrize("smoothing", ["witten-bell", "kneser-ney", "ppm"])
def test_it_composes_with_other_codecs(codec: str | dict, smoothing: str, tmp_path: Path) -> None:
    corpus = Corpus("tunes", tuple(Piece(str(seed), tune(seed), ("tune",)) for seed in range(4)))
    method = Markov(order=3, codec=codec, smoothing=smoothing).fit(corpus)
    (score,) = method.generate(Request(Controls(bars=4)), rng=np.random.default_rng(1))
    assert n_bars(score) == 4
    method.save(tmp_path)
    assert load(tmp_path).log_prob([tune(0)]) == pytest.approx(method.log_prob([tune(0)]))
    with pytest.raises(ControlError, match="asked for key"):
        method.generate(Request(Controls(key=Key(0, -1, "minor"))), rng=np.random.default_rng(1))


def test_an_option_that_a_codec_lacks_is_refused() -> None:
    with pytest.raises(CodecError, match="colour"):
        Markov(codec={"name": "melody", "colour": 1}).fit(Corpus("tunes", (Piece("1", tune(1)),)))
