"""Probabilistic context-free grammar: sampling of an exact length, and parsing.

Rules have one or two symbols on the right; what stands on no left side is a word. Sampling needs the probability that a
symbol yields just so many words, and parsing that it yields just these (the inside algorithm; Baker 1979, Manning and
Schütze 1999, chapter 11). Rules from one symbol to one must not lead back to it.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from math import prod
from typing import Any, NamedTuple

import numpy as np

from componium.decoding.draws import choose
from componium.errors import ControlError

type_rules = Mapping[str, Sequence[tuple[float, tuple[str, ...]]]]


class Tree(NamedTuple):
    """Symbol and its expansion: trees, or words."""

    symbol: str
    children: "tuple[Tree | str, ...]"

    def words(self) -> list[str]:
        """Return the words of the sentence."""
        return [word for child in self.children for word in ([child] if isinstance(child, str) else child.words())]

    def path_to(self, place: int) -> list["Tree"]:
        """Return the trees from this one down to the word at a place, from 0.

        >>> [tree.symbol for tree in Tree("T", (Tree("D", ("V",)), Tree("t", ("I",)))).path_to(1)]
        ['T', 't']
        """
        for child in self.children:
            length = 1 if isinstance(child, str) else len(child.words())
            if place < length:
                return [self, *([] if isinstance(child, str) else child.path_to(place))]
            place -= length
        return []

    @classmethod
    def parse(cls, text: str) -> "Tree":
        """Return the tree that `str` wrote. Raises ControlError for any other text.

        >>> Tree.parse("(T (D V) I)")
        Tree(symbol='T', children=(Tree(symbol='D', children=('V',)), 'I'))
        """
        stack: list[list[Any]] = [[]]
        for word in text.replace("(", " ( ").replace(")", " ) ").split():
            if word == "(":
                stack.append([])
            elif word != ")":
                stack[-1].append(word)
            elif len(stack) > 1 and len(stack[-1]) > 1:
                symbol, *children = stack.pop()
                stack[-1].append(cls(symbol, tuple(children)))
            else:
                break
        if len(stack) != 1 or len(stack[0]) != 1 or not isinstance(stack[0][0], cls):
            raise ControlError(f"no derivation: {text[:60]!r}", expected="a tree in brackets, such as (T (D V) I)")
        return stack[0][0]

    def __str__(self) -> str:
        """Return the tree in brackets.

        >>> print(Tree("T", (Tree("D", ("V",)), "I")))
        (T (D V) I)
        """
        return f"({self.symbol} {' '.join(map(str, self.children))})"


@dataclass(frozen=True)
class Grammar:
    """Rules: for each symbol its (probability, right side), which sum to 1.

    >>> grammar = Grammar({"S": [(0.5, ("S", "S")), (0.5, ("a",))]})
    >>> grammar.length_prob("S", 1), grammar.length_prob("S", 2)
    (0.5, 0.125)
    >>> grammar.inside("S", ["a", "a"])
    0.125
    """

    rules: type_rules

    @cached_property
    def _order(self) -> list[str]:
        """Symbols, each after those to which it may expand alone."""
        order: list[str] = []

        def visit(symbol: str) -> None:
            if symbol in order:
                return
            for _, right in self.rules[symbol]:
                if len(right) == 1 and right[0] in self.rules:
                    visit(right[0])
            order.append(symbol)

        for symbol in self.rules:
            visit(symbol)
        return order

    @cached_property
    def _lengths(self) -> dict[tuple[str, int], float]:
        return {}

    def length_prob(self, symbol: str, n: int) -> float:
        """Return the probability that a symbol yields just `n` words."""
        if symbol not in self.rules:
            return float(n == 1)
        for length in range(1, n + 1):
            if (symbol, length) not in self._lengths:
                for each in self._order:
                    self._lengths[each, length] = sum(
                        chance * self._split_prob(right, length) for chance, right in self.rules[each])
        return self._lengths[symbol, n] if n else 0.0

    def _length_prob(self, symbol: str, n: int) -> float:
        return self._lengths[symbol, n] if symbol in self.rules else float(n == 1)

    def _split_prob(self, right: tuple[str, ...], n: int) -> float:
        if len(right) == 1:
            return self._length_prob(right[0], n)
        return sum(self._length_prob(right[0], k) * self._length_prob(right[1], n - k) for k in range(1, n))

    def sample(self, symbol: str, n: int, rng: np.random.Generator) -> Tree:
        """Draw a tree of just `n` words, with its probability among all such.

        Raises ControlError if there is none.
        """
        if self.length_prob(symbol, n) <= 0:
            raise ControlError(f"{symbol} in {n} chords", expected="a length that the grammar has")
        rules = self.rules[symbol]
        weights = np.array([chance * self._split_prob(right, n) for chance, right in rules])
        right = rules[choose(weights, rng)][1]
        if len(right) == 1:
            return Tree(symbol, (self._expand(right[0], n, rng),))
        ways = np.array([self._length_prob(right[0], k) * self._length_prob(right[1], n - k) for k in range(1, n)])
        k = 1 + choose(ways, rng)
        return Tree(symbol, (self._expand(right[0], k, rng), self._expand(right[1], n - k, rng)))

    def _expand(self, symbol: str, n: int, rng: np.random.Generator) -> "Tree | str":
        return self.sample(symbol, n, rng) if symbol in self.rules else symbol

    def inside(self, symbol: str, words: Sequence[str]) -> float:
        """Return the probability that a symbol yields just these words, whatever the tree."""
        chances: dict[tuple[str, int, int], float] = {}
        for length in range(1, len(words) + 1):
            for start in range(len(words) - length + 1):
                stop = start + length
                for each in self._order:
                    total = 0.0
                    for chance, right in self.rules[each]:
                        if len(right) == 1:
                            total += chance * self._at(chances, words, right[0], start, stop)
                        else:
                            total += chance * sum(
                                self._at(chances, words, right[0], start, middle)
                                * self._at(chances, words, right[1], middle, stop)
                                for middle in range(start + 1, stop))
                    chances[each, start, stop] = total
        return chances.get((symbol, 0, len(words)), 0.0)

    def _at(
        self, chances: Mapping[tuple[str, int, int], float], words: Sequence[str], symbol: str, start: int, stop: int
    ) -> float:
        if symbol in self.rules:
            return chances[symbol, start, stop]
        return float(stop - start == 1 and words[start] == symbol)

    def parse(self, symbol: str, words: Sequence[str]) -> Tree | None:
        """Return the likeliest tree in which a symbol yields these words, or None.

        Viterbi's algorithm.

        >>> print(Grammar({"S": [(0.4, ("S", "S")), (0.6, ("a",))]}).parse("S", ["a", "a"]))
        (S (S a) (S a))
        """
        best: dict[tuple[str, int, int], tuple[float, Tree]] = {}

        def at(part: str, start: int, stop: int) -> "tuple[float, Tree | str]":
            if part in self.rules:
                return best.get((part, start, stop), (0.0, part))
            return float(stop - start == 1 and words[start] == part), part

        def ways(right: tuple[str, ...], start: int, stop: int) -> "Iterator[list[tuple[float, Tree | str]]]":
            if len(right) == 1:
                yield [at(right[0], start, stop)]
            else:
                yield from ([at(right[0], start, cut), at(right[1], cut, stop)] for cut in range(start + 1, stop))

        for length in range(1, len(words) + 1):
            for start in range(len(words) - length + 1):
                for each in self._order:
                    ways_found = [(chance * prod(part for part, _ in way), Tree(each, tuple(child for _, child in way)))
                             for chance, right in self.rules[each] for way in ways(right, start, start + length)]
                    likeliest = max(ways_found, key=lambda way: way[0], default=(0.0, Tree(each, ())))
                    if likeliest[0] > 0:
                        best[each, start, start + length] = likeliest
        return best[symbol, 0, len(words)][1] if (symbol, 0, len(words)) in best else None

    def tree_prob(self, tree: "Tree | str") -> float:
        """Return the probability of one tree: the product of its rules'."""
        if isinstance(tree, str):
            return 1.0
        right = tuple(child if isinstance(child, str) else child.symbol for child in tree.children)
        rule_prob = sum(chance for chance, known in self.rules[tree.symbol] if known == right)
        return rule_prob * float(np.prod([self.tree_prob(child) for child in tree.children]))
