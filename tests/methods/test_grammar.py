"""The grammar: sentences have the length asked for and are parsed again; chords and melody are what it says."""

from itertools import product

import numpy as np
import pytest

from componium.decoding.controls import Controls
from componium.decoding.request import Request
from componium.errors import ControlError
from componium.methods import make
from componium.methods.grammar import GRAMMAR, PHRASE, build_form, chord_symbol, draw_phrases
from componium.methods.grammar.pcfg import Grammar, Tree
from componium.music.pitch import parse_key, parse_meter

SMALL = Grammar({"S": [(0.6, ("A", "S")), (0.4, ("A",))], "A": [(0.3, ("a",)), (0.5, ("b",)), (0.2, ("a", "b"))]})


def test_every_symbol_s_chances_sum_to_one() -> None:
    for rules in GRAMMAR.rules.values():
        assert sum(chance for chance, _ in rules) == pytest.approx(1)


@pytest.mark.parametrize("n", [1, 2, 3, 4, 5])
def test_the_chance_of_a_length_is_the_sum_over_all_sentences(n: int) -> None:
    total = sum(SMALL.inside("S", words) for words in product("ab", repeat=n))
    assert SMALL.length_prob("S", n) == pytest.approx(total)


def test_inside_by_hand() -> None:
    """S -> A S | A; "ab" is (A -> a b) alone, or two A: 0.4 * 0.2 + 0.6 * 0.3 * 0.4 * 0.5."""
    assert SMALL.inside("S", ["a", "b"]) == pytest.approx(0.4 * 0.2 + 0.6 * 0.3 * 0.4 * 0.5)
    assert SMALL.inside("S", ["c"]) == 0


def test_samples_are_as_frequent_as_they_are_likely() -> None:
    rng = np.random.default_rng(0)
    drawn = ["".join(SMALL.sample("S", 3, rng).words()) for _ in range(4000)]
    for words in product("ab", repeat=3):
        share = SMALL.inside("S", words) / SMALL.length_prob("S", 3)
        assert drawn.count("".join(words)) / 4000 == pytest.approx(share, abs=0.03)


def test_what_has_no_such_length_is_refused() -> None:
    with pytest.raises(ControlError, match="2 chords"):
        Grammar({"S": [(1.0, ("a",))]}).sample("S", 2, np.random.default_rng(0))


@pytest.mark.parametrize("bars", range(1, 40))
@pytest.mark.parametrize("closed", [True, False])
def test_phrases_fill_the_bars_and_are_parsed_again(bars: int, closed: bool) -> None:
    trees = draw_phrases(bars, closed, np.random.default_rng(bars))
    assert [isinstance(tree, Tree) for tree in trees] == [True] * max(len(trees), 1)
    assert sum(len(tree.words()) for tree in trees) == bars
    for tree in trees:
        assert 0 < GRAMMAR.tree_prob(tree) <= GRAMMAR.inside(tree.symbol, tree.words()) * (1 + 1e-9)
        assert len(tree.words()) < 2 * PHRASE
    if bars > 1:
        assert trees[-1].words()[-1] == ("I" if closed else "V")


@pytest.mark.parametrize("seed", range(10))
def test_it_parses_what_it_generates(seed: int) -> None:
    """The parse has the same chords, and is the derivation or a likelier tree."""
    same = []
    for tree in draw_phrases(24, seed % 2 == 0, np.random.default_rng(seed)):
        found = GRAMMAR.parse(tree.symbol, tree.words())
        assert found is not None and found.words() == tree.words()
        assert GRAMMAR.tree_prob(found) >= GRAMMAR.tree_prob(tree) * (1 - 1e-9)
        same.append(found == tree)
    assert any(same)


@pytest.mark.parametrize("n", range(1, 5))
def test_the_parse_is_the_likeliest_of_all_trees(n: int) -> None:
    """Against every tree of SMALL with n words, found by following every rule."""
    def trees(symbol: str, words: tuple[str, ...]) -> list[Tree | str]:
        if symbol not in SMALL.rules:
            return [symbol] if words == (symbol,) else []
        found: list[Tree | str] = []
        for _, right in SMALL.rules[symbol]:
            cuts = range(1, len(words)) if len(right) == 2 else [len(words)]
            for cut in cuts:
                rest = trees(right[1], words[cut:]) if len(right) == 2 else [None]
                found += [Tree(symbol, (one, other) if other else (one,))
                          for one in trees(right[0], words[:cut]) for other in rest]
        return found

    for words in product("ab", repeat=n):
        every = trees("S", words)
        best = SMALL.parse("S", words)
        assert sum(map(SMALL.tree_prob, every)) == pytest.approx(SMALL.inside("S", words))
        assert best in every and SMALL.tree_prob(best) == pytest.approx(max(map(SMALL.tree_prob, every)))


@pytest.mark.parametrize("bars", [1, 4, 7, 8, 12, 16, 33])
def test_a_period_is_a_question_and_its_answer(bars: int) -> None:
    trees = draw_phrases(bars, True, np.random.default_rng(bars))
    whole = build_form(trees)
    assert whole.words() == [word for tree in trees for word in tree.words()]
    for at, period in enumerate(whole.children):
        ends = [phrase.words()[-1] for phrase in period.children]  # type: ignore[union-attr]
        assert ends == ["V", "I"] or (at == 0 and len(ends) == 1)


def test_the_derivation_and_the_chords_are_in_the_score() -> None:
    wish = Controls(key=parse_key("F"), meter=parse_meter("3/4"), bars=8)
    score, = make("grammar").generate(Request(wish), 1, rng=np.random.default_rng(1))
    derivation = score.about("derivation")
    assert derivation.count("(") == derivation.count(")")
    symbols = {"Piece", "Period", *GRAMMAR.rules}
    words = [word for word in derivation.replace("(", " ").replace(")", " ").split() if word not in symbols]
    assert derivation.startswith("(Piece (Period (Open ") and derivation.count("(Closed") >= 1
    assert [chord.symbol for chord in score.chords] == [chord_symbol(word, score.keys[0]) for word in words]
    assert [chord.tick for chord in score.chords] == [bar * 3 * 480 for bar in range(8)]


def test_the_melody_stands_on_the_chords() -> None:
    """On the beat most notes are the chord's; no leap is wider than a sixth."""
    for seed in range(5):
        score, = make("grammar").generate(Request(Controls(bars=16, key=parse_key("C"), meter=parse_meter("4/4"))),
                                          rng=np.random.default_rng(seed))
        chords = {"C": (0, 4, 7), "Dm": (2, 5, 9), "F": (5, 9, 0), "G": (7, 11, 2), "Am": (9, 0, 4), "Bdim": (11, 2, 5),
                  "D7": (2, 6, 9, 0), "C7": (0, 4, 7, 10)}
        line = score.tracks[0].notes
        on_beat = [int(note["pitch"]) % 12 in chords[score.chords[int(note["onset"]) // 1920].symbol]
                   for note in line if note["onset"] % 480 == 0]
        assert np.mean(on_beat) > 0.8
        assert np.abs(np.diff(line["pitch"])).max() <= 9
