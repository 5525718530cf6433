"""Explanations in a method's own terms: rules, the grammar, the hidden Markov model."""

from itertools import pairwise, product

import numpy as np
import pytest

from componium.decoding.controls import Controls
from componium.decoding.request import Request
from componium.decoding.style.plan import settle_plan
from componium.methods import make
from componium.methods.grammar.parts import melody_chances, melody_model
from componium.methods.grammar.pcfg import Tree
from componium.methods.hmm.explaining import expected_states
from componium.methods.hmm.states import beat_pitches
from componium.music.score import Key, Meter, Score, Track, notes
from componium.music.time import n_bars
from componium.testing.music import make_corpus


def score_of(*lines: list[int], length: int = 1920) -> Score:
    tracks = [Track(notes([(length * at, length, pitch) for at, pitch in enumerate(line)])) for line in lines]
    return Score(tuple(tracks), meters=(Meter(0, 4, 4),), keys=(Key(0, 0),))


@pytest.mark.parametrize("params", [
    {"species": 2}, {"species": 4}, {"species": 5, "above": False}, {"parts": 1}, {"parts": 4}, {"preset": "illiac-1"},
    {"numerals": "I IV V vi ii6 V I I"},
], ids=str)  # fmt: skip
def test_the_rules_forbid_no_note_that_they_composed(params: dict) -> None:
    pytest.importorskip("ortools")
    method, request = make("rules", **params), Request(Controls(bars=None if "numerals" in params else 9))
    (score,) = method.generate(request, rng=np.random.default_rng(3))
    found = [note for bar in range(n_bars(score)) for voice in range(len(score.tracks))
             for note in method.explain(score, bar, voice, request=request)]
    assert len(found) == score.n_notes
    assert [note.chosen.forbidden for note in found] == [()] * len(found)
    assert sum(bool(each.forbidden) for note in found for each in note.candidates) > len(found)


def test_parallel_fifths_and_octaves_are_forbidden_by_name() -> None:
    upper, lower = [72, 69, 67, 71, 72], [60, 62, 64, 62, 60]
    (note,) = make("rules").explain(score_of(upper, lower), 1, 0)
    forbidden = {each.pitch: each.forbidden for each in note.candidates}
    assert "no direct perfects" not in forbidden[note.pitch]
    assert "no direct perfects" in forbidden[74]  # an octave over D, from an octave over C
    (third,) = make("rules").explain(score_of(upper, lower), 2, 0)
    assert "consonant downbeat" in {each.pitch: each.forbidden for each in third.candidates}[69]  # a fourth over E


def test_soft_rules_have_their_prices() -> None:
    (note,) = make("rules").explain(score_of([72, 69, 67, 71, 72], [60, 62, 64, 62, 60]), 1, 0)
    prices = {each.pitch: dict(each.biases) for each in note.candidates}
    assert prices[69]["imperfect consonances"] == -3  # a fifth over D, from the table
    assert "imperfect consonances" not in prices[65]  # a third


def test_the_chances_of_a_melody_are_those_of_all_melodies_by_their_weight() -> None:
    piece = settle_plan(Controls(bars=3), key=Key(0, 0), meter=Meter(0, 4, 4), programs=(73,), ranges=((60, 67),))
    times = [(0, 960), (960, 960), (1920, 1920), (3840, 1920)]
    model = melody_model(piece, ["I", "V", "I"], times)
    size = range(len(model.pitches))

    def weight(path: tuple[int, ...]) -> float:
        logs = model.start[path[0]] + sum(model.fits[at, pitch] for at, pitch in enumerate(path))
        return float(np.exp(logs + sum(model.moves[one, two] for one, two in pairwise(path))))

    weights = {path: weight(path) for path in product(size, repeat=4)}
    total = sum(weights.values())
    path = max(weights, key=lambda each: weights[each])
    chances = melody_chances(model, [int(model.pitches[at]) for at in path])
    np.testing.assert_allclose(chances.sum(axis=1), 1)
    assert np.prod([chances[at, pitch] for at, pitch in enumerate(path)]) == pytest.approx(weights[path] / total)


def test_a_grammars_note_states_the_productions_down_to_its_chord() -> None:
    (score,) = make("grammar").generate(Request(Controls(bars=8)), rng=np.random.default_rng(2))
    tree = Tree.parse(score.about("derivation"))
    assert str(tree) == score.about("derivation")
    for bar, word in enumerate(tree.words()):
        reasons = make("grammar").explain(score, bar, 0)[0].reasons
        assert reasons[0].startswith("Piece → Period") and reasons[-1].startswith(f"chord: {word} ")
        assert any(f" {word}" in line for line in reasons[:-1])


def test_the_states_expected_are_those_of_the_chain_given_the_chords_before() -> None:
    corpus = make_corpus()
    method = make("hmm", n_states=3, restarts=1).fit(corpus)
    score = corpus.train.pieces[0].score
    (model,) = method.models_.values()
    expected = np.exp(expected_states(model, beat_pitches(score)))
    np.testing.assert_allclose(expected.sum(axis=1), 1)
    numbers = {tuple(state): at for at, state in enumerate(model["states"])}
    first = beat_pitches(score)[0].tolist()
    known = [at for state, at in numbers.items() if first[0] - state[1] == first[1] and state[0]]
    moves = np.exp(model["chain"].moves)
    assert any(np.allclose(expected[1], moves[at]) for at in known)  # the chord of the first beat was learned


def test_chances_of_a_part_sum_to_one_where_its_chord_is_known() -> None:
    corpus = make_corpus()
    method = make("hmm", n_states=3, restarts=1).fit(corpus)
    for voice in (0, 1):
        for note in method.explain(corpus.train.pieces[0].score, 2, voice):
            if note.surprise is not None:
                assert sum(each.chance for each in note.candidates) <= 1 + 1e-9
                assert note.chosen.chance == pytest.approx(2**-note.surprise)
