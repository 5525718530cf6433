"""Conformance checks of methods: parameters, fitting, saving, randomness, streams.

A check is a function of a Subject. Its decorator says to which methods it applies: by tags, controls or base class.
"""

import json
import tempfile
from dataclasses import replace
from fractions import Fraction
from itertools import groupby
from pathlib import Path

import numpy as np

from componium.decoding.critics import CADENCE, critique
from componium.errors import CheckpointError, ControlError, NotFittedError
from componium.methods.base import Autoregressive
from componium.music.score import Score
from componium.music.time import bar_lines, n_bars
from componium.music.transform import slice_bars
from componium.testing.checks import must_raise, no_global_randomness, require
from componium.testing.subject import Subject, check_of, tagged

ENDING_BARS = 2


@check_of()
def check_parameters(subject: Subject) -> None:
    """Check that the constructor stores plain values with defaults, and no others."""
    default = subject.kind()
    params = default.get_params()
    require(json.loads(json.dumps(params)) == params, "arguments must be plain JSON values")
    require(subject.kind(**params).get_params() == params, "arguments must be stored as they are")
    method = subject.kind().set_params(**subject.params)
    require(method.get_params() == subject.make().get_params(), "set_params must set what the constructor sets")
    require(repr(default) == f"{subject.kind.__name__}()", "repr must show the arguments that differ from defaults")
    with must_raise(ControlError, "an unknown parameter", "no_such"):
        method.set_params(no_such=1)


@check_of()
def check_values(subject: Subject) -> None:
    """Check that `fit` refuses arguments of a wrong type before it learns anything."""
    for name, value in subject.kind().get_params().items():
        if isinstance(value, bool | int | float):
            method = subject.make(**{name: "wrong"})
            with must_raise(ControlError, f"{name}='wrong'", name):
                method.fit(subject.corpus)
            require(not [key for key in vars(method) if key.endswith("_")], "nothing may be learned before the check")


@check_of()
def check_docstring(subject: Subject) -> None:
    """Check that the class has a docstring."""
    require((subject.kind.__doc__ or "").strip(), "a method must have a docstring")


@check_of(tagged("needs_music"))
def check_unfitted(subject: Subject) -> None:
    """Check that composing and saving are refused before `fit`."""
    with must_raise(NotFittedError, "generate before fit"):
        subject.compose(0, method=subject.make())
    with tempfile.TemporaryDirectory() as folder, must_raise(NotFittedError, "save before fit"):
        subject.make().save(folder)


@check_of()
def check_fit(subject: Subject) -> None:
    """Check that `fit` returns self, changes nothing else and is deterministic.

    The corpus, the arguments and global random generators stay as they were.
    """
    first = [(piece.id, hash(piece.score)) for piece in subject.corpus.pieces]
    weights = subject.fitted.get_weights()[1]
    method = subject.make()
    with no_global_randomness():
        require(method.fit(subject.corpus) is method, "fit must return self")
    require([(piece.id, hash(piece.score)) for piece in subject.corpus.pieces] == first, "the corpus was changed")
    require(method.get_params() == subject.make().get_params(), "fit changed the arguments")
    again = method.get_weights()[1]
    require(weights.keys() == again.keys(), "fitted again, it has other arrays")
    for name, array in weights.items():
        np.testing.assert_array_equal(again[name], array, err_msg=f"fitted again, {name} differs")


@check_of(tagged("needs_music"))
def check_refit(subject: Subject) -> None:
    """Check that a method that is fitted again forgets what it had learned."""
    method = subject.make().fit(subject.corpus.with_pieces(subject.corpus.pieces[:6])).fit(subject.corpus)
    for name, array in subject.fitted.get_weights()[1].items():
        np.testing.assert_array_equal(method.get_weights()[1][name], array, err_msg=f"{name} remembers")


@check_of()
def check_seed(subject: Subject) -> None:
    """Check that the same seed gives the same music, another seed other music."""
    fitted = subject.fitted  # made before: a library that draws as it is imported is not the method's composing
    with no_global_randomness():
        first = subject.compose(1, method=fitted)
    require(len(first) == 2, "n scores are asked for")
    require(subject.compose(1) == first, "the same seed must give the same music")
    require(subject.compose(2) != first, "another seed must give other music")


@check_of()
def check_saving(subject: Subject) -> None:
    """Check that a loaded method has the same parameters and composes the same."""
    with tempfile.TemporaryDirectory() as folder:
        subject.fitted.save(folder, about={"note": "of the conformance suite"})
        loaded = subject.kind.load(folder)
    kept = {name: value for name, value in subject.fitted.get_params().items()
            if name not in subject.kind.TRAINING_ONLY}
    require({name: loaded.get_params()[name] for name in kept} == kept, "loaded, it has other parameters")
    require(subject.compose(3, method=loaded) == subject.compose(3), "loaded, it composes other music")


@check_of()
def check_damage(subject: Subject) -> None:
    """Check that weights that are cut short are refused."""
    with tempfile.TemporaryDirectory() as folder:
        subject.fitted.save(folder)
        path = Path(folder) / "model.safetensors"
        path.write_bytes(path.read_bytes()[:-1])
        with must_raise(CheckpointError, "damaged weights"):
            subject.kind.load(folder)


@check_of()
def check_stream(subject: Subject) -> None:
    """Check that `stream` yields each bar once, in order, and returns the scores."""
    stream = subject.fitted.stream(subject.request(), 2, rng=np.random.default_rng(4))
    bars, scores = [], None
    while scores is None:
        try:
            bars.append(next(stream))
        except StopIteration as stop:
            scores = stop.value
    require(scores == subject.compose(4), "stream must return what generate returns")
    for take, rows in groupby(sorted(bars, key=lambda bar: bar[0]), key=lambda bar: bar[0]):
        pieces = [(number, piece) for _, number, piece in rows]
        require([number for number, _ in pieces] == list(range(n_bars(scores[take]))), "bars must come in order")
        for number, piece in pieces:
            whole = slice_bars(scores[take], number, number + 1)
            require(_sounds(piece) == _sounds(whole), f"bar {number} of take {take} differs from the score's")


@check_of(lambda subject: issubclass(subject.kind, Autoregressive))
def check_endings(subject: Subject) -> None:
    """Check that of several endings the best is kept, and all before stays."""
    once = subject.request()
    several = replace(once, endings=4)
    for seed in (6, 7):
        first = subject.fitted.generate(once, 2, rng=np.random.default_rng(seed))
        best = subject.fitted.generate(several, 2, rng=np.random.default_rng(seed))
        again = subject.fitted.generate(several, 2, rng=np.random.default_rng(seed))
        require(best == again, "the same seed must give the same endings")
        for one, other in zip(first, best, strict=True):
            begin = int(bar_lines(one)[max(n_bars(one) - ENDING_BARS, 0)])
            require(_begun(one, begin) == _begun(other, begin), "several endings changed what comes before them")
            profile = subject.fitted.profile_of(one.about("style"))
            marks = [critique(score, profile, (CADENCE,)) for score in (one, other)]
            require(marks[0].get(CADENCE, 0.0) <= marks[1].get(CADENCE, 0.0), f"a worse ending was kept: {marks}")


def _begun(score: Score, end: int) -> list[list[tuple[int, int]]]:
    """Return (onset, pitch) of the notes of each track that begin before a tick."""
    return [sorted((int(note["onset"]), int(note["pitch"])) for note in track.notes if note["onset"] < end)
            for track in score.tracks]


def _sounds(score: Score) -> list[list[tuple[Fraction, int]]]:
    """Return (onset in quarters, pitch) of the notes of each track that has any."""
    return [sorted((Fraction(int(note["onset"]), score.ticks_per_quarter), int(note["pitch"])) for note in track.notes)
            for track in score.tracks if len(track.notes)]


@check_of()
def check_cancelling(subject: Subject) -> None:
    """Check that a closed stream yields no more and the method still composes."""
    stream = subject.fitted.stream(subject.request(), 2, rng=np.random.default_rng(5))
    next(stream)
    stream.close()
    require(next(stream, None) is None, "a closed stream must yield nothing more")
    require(len(subject.compose(5)) == 2, "after a cancelled stream it must compose")
