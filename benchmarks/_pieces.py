"""Real pieces for benchmarks: the held-out ones of a style, and some of many, evenly chosen."""

import numpy as np

from componium import corpora

DANCES = ("air", "hornpipe", "jig", "march", "reel", "waltz")
MOST_REAL = 120


def held_out(style):
    """The scores of at most MOST_REAL held-out pieces of a style, drawn; dances are of the corpus of fiddle tunes."""
    corpus = corpora.load("fiddle" if style in DANCES else style)
    pieces = [piece.score for piece in (*corpus.validation.pieces, *corpus.test.pieces) if style in piece.styles]
    order = np.random.default_rng(0).permutation(len(pieces))[:MOST_REAL]
    return [pieces[at] for at in sorted(order)]


def evenly(pieces, count):
    """At most `count` pieces, evenly through them.

    >>> evenly("abcde", 3)
    ['a', 'c', 'e']
    """
    at = np.linspace(0, len(pieces) - 1, min(count, len(pieces))).astype(int)
    return [pieces[one] for one in at]
