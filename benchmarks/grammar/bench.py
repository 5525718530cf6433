"""Phrases of real lead sheets, foretold by the grammar of `grammar` and by Markov chains of chords.

    COMPONIUM_DATA=../shared/data scripts/bench grammar [--print]

The chords of each lead sheet are read as degrees of its key, as the grammar names them; repeats count once. A phrase is
what ends with V I or vii I; phrases with a chord that the grammar has no word for are left out, and counted. Two sheets
in three teach, by name; the third is foretold.
"""

import argparse
import os
import re
import sys
from collections import Counter, defaultdict
from pathlib import Path

import numpy as np

import componium
from componium.errors import ComponiumError
from componium.methods.grammar import GRAMMAR
from componium.methods.grammar.pcfg import Grammar, Tree
from componium.music.pitch import LETTERS

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent))

import _report  # noqa: E402

WORDS = {
    "major": {(0, "maj"): "I", (0, "dom"): "V/IV", (2, "min"): "ii", (2, "maj"): "V/V", (2, "dom"): "V/V",
              (5, "maj"): "IV", (7, "maj"): "V", (7, "dom"): "V", (9, "min"): "vi", (11, "dim"): "vii"},
    "minor": {(0, "min"): "I", (0, "maj"): "V/IV", (0, "dom"): "V/IV", (2, "dim"): "ii", (2, "maj"): "V/V",
              (2, "dom"): "V/V", (5, "min"): "IV", (7, "maj"): "V", (7, "dom"): "V", (8, "maj"): "vi",
              (11, "dim"): "vii"},
}  # fmt: skip
END, LONGEST, ROUNDS = "end", 12, 10


def word(symbol, key):
    """A chord symbol as a word of the grammar; None if it has none.

    >>> word("D7", componium.Key(0, 0)), word("Gm/Bb", componium.Key(0, -1)), word("Eb", componium.Key(0, 0))
    ('V/V', 'ii', None)
    """
    found = re.match(r"([A-G])([#b]*)(.*)", symbol.split("/")[0])
    if not found:
        return None
    letter, signs, rest = found.groups()
    root = (LETTERS[letter] + signs.count("#") - signs.count("b") - key.tonic) % 12
    if re.match(r"dim|o|m7b5|ø", rest):
        kind = "dim"
    elif re.match(r"m(?!aj)|min|-", rest):
        kind = "min"
    else:
        kind = "dom" if re.match(r"7|9|11|13", rest) else "maj"
    return WORDS["minor" if key.mode == "minor" else "major"].get((root, kind))


def phrases(score):
    """The phrases of a lead sheet as lists of words; None stands in for what has no word."""
    key = score.keys[0] if score.keys else componium.Key(0, 0)
    words = [word(chord.symbol, key) for chord in score.chords if chord.symbol != "N.C."]
    words = [one for one, before in zip(words, [0, *words], strict=False) if one != before]
    found, phrase = [], []
    for before, one in zip([None, *words], words, strict=False):
        phrase.append(one)
        if one == "I" and before in ("V", "vii"):
            found.append(phrase)
            phrase = []
    return found


def learned(grammar, sentences):
    """The rules with chances counted in the likeliest trees, over and over; a count more for each rule."""
    for _ in range(ROUNDS):
        counts = Counter(rule for sentence in sentences for rule in rules_of(grammar.parse("S", sentence)))
        rules = {}
        for symbol, rights in grammar.rules.items():
            numbers = [counts[symbol, right] + 1 for _, right in rights]
            rules[symbol] = [(n / sum(numbers), right) for n, (_, right) in zip(numbers, rights, strict=True)]
        grammar = Grammar(rules)
    return grammar


def rules_of(tree):
    """The rules that made a tree."""
    below = [child for child in tree.children if isinstance(child, Tree)] if tree else []
    own = [(tree.symbol, tuple(getattr(child, "symbol", child) for child in tree.children))] if tree else []
    return own + [rule for child in below for rule in rules_of(child)]


class Markov:
    """A chain of words of some order, smoothed after Witten and Bell; the end of the phrase is a word."""

    def __init__(self, order, sentences):
        self.order, self.counts = order, defaultdict(Counter)
        for sentence in sentences:
            row = [END] * order + sentence + [END]
            for at in range(order, len(row)):
                for length in range(order + 1):
                    self.counts[tuple(row[at - length : at])][row[at]] += 1

    def chance(self, context, one):
        seen = self.counts.get(context, {})
        total, kinds = sum(seen.values()), len(seen)
        below = self.chance(context[1:], one) if context else 1 / (len(set(WORDS["major"].values())) + 1)
        return (seen.get(one, 0) + kinds * below) / (total + kinds) if total else below

    def nats(self, sentence):
        row = [END] * self.order + sentence + [END]
        return -sum(np.log(self.chance(tuple(row[at - self.order : at]), row[at]))
                    for at in range(self.order, len(row)))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--print", action="store_true", dest="only_print")
    asked = parser.parse_args()
    folder = Path(os.environ.get("COMPONIUM_DATA", "../shared/data")) / "openewld" / "scores"
    sides, failed = {"train": [], "test": []}, 0
    for at, path in enumerate(sorted(folder.glob("*.mxl"))):
        try:
            sides["test" if at % 3 == 2 else "train"].extend(phrases(componium.read(path)))
        except ComponiumError:
            failed += 1
    every = len(sides["train"]) + len(sides["test"])
    sides = {side: [row for row in rows if None not in row and len(row) <= LONGEST] for side, rows in sides.items()}
    train, test = sides["train"], sides["test"]
    start = {"S": [(0.5, ("Closed",)), (0.5, ("Cadence",))]}
    written = Grammar({**start, **GRAMMAR.rules})
    taught = learned(written, [row for row in train if written.parse("S", row)])
    share = sum(written.inside("S", row) > 0 for row in train) / len(train)
    parsed = np.array([written.inside("S", row) > 0 for row in test])
    sizes = np.array([len(row) for row in test])
    alone = Markov(0, train)
    table = []
    for name, chances in (("grammar, chances as written", written), ("grammar, chances learned", taught)):
        inside = np.array([chances.inside("S", row) for row in test])
        mixed = -np.log(share * inside + (1 - share) * np.exp([-alone.nats(row) for row in test]))
        table.append(row_of(name, mixed, sizes, parsed))
    for order in range(4):
        nats = np.array([Markov(order, train).nats(row) for row in test])
        table.append(row_of(f"Markov, order {order}", nats, sizes, parsed))
    _report.publish(HERE, table, (), only_print=asked.only_print, notes=[
        f"{len(train)} phrases teach, {len(test)} of {sizes.mean():.1f} chords are foretold; "
        f"{every - len(train) - len(test)} others have a chord that is no word of the grammar, or over {LONGEST}. "
        f"The grammar parses {share:.1%} of the phrases that teach, {parsed.mean():.1%} of those foretold; "
        f"{failed} files weren't read."])


def row_of(name, nats, sizes, parsed):
    return {"model": name, "nats a chord": f"{nats.sum() / sizes.sum():.3f}",
            "of phrases that parse": f"{nats[parsed].sum() / sizes[parsed].sum():.3f}"}


if __name__ == "__main__":
    main()
