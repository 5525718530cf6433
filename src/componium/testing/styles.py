"""Conformance checks of styles: unknown ones, and several at once."""

from dataclasses import replace

import numpy as np

from componium.decoding.controls import Controls, measure
from componium.decoding.request import Request
from componium.errors import ControlError
from componium.methods.base import Autoregressive
from componium.testing.checks import must_raise, require
from componium.testing.music import STYLE
from componium.testing.subject import BARS, Subject, check_of

OTHER, UNKNOWN = "steps", "no-such-style"
BOTH = f"{OTHER},{STYLE}"


def _blends(subject: Subject) -> bool:
    return issubclass(subject.kind, Autoregressive) and "style" in subject.controls


@check_of(lambda subject: "style" in subject.controls)
def check_unknown_style(subject: Subject) -> None:
    """Check that a style that was not learned is refused, also among others."""
    for style in (UNKNOWN, f"{STYLE},{UNKNOWN}"):
        with must_raise(ControlError, f"the style {style}", UNKNOWN):
            subject.compose(0, style=style)


@check_of(_blends)
def check_several_styles(subject: Subject) -> None:
    """Check that takes in several styles are drawn from the mean of the logits.

    They are in the style named first, and the same for the same seed.
    """
    subject = _with_other_style(subject)
    takes = subject.compose(7, style=BOTH)
    require(takes == subject.compose(7, style=BOTH), "the same seed must give the same music")
    require(all(measure(score)["style"] == OTHER for score in takes), "the score must state the style named first")
    require(all(measure(score)["bars"] == BARS for score in takes), "bars must be as requested")
    method = subject.fitted
    assert isinstance(method, Autoregressive)
    vocab, rng = method.codec_.vocab, np.random.default_rng(7)
    request = Request(Controls(style=BOTH, bars=BARS))
    plan = method.plan(request, rng)
    given = method.codec_.guide(plan, request, method.profile_of(plan.style)).given
    rows = np.stack([given, given])
    rows[1, rows[1] == vocab.id("Style", OTHER)] = vocab.id("Style", STYLE)
    each, _ = method.initial_state(rows)
    both, _ = method.conditioned(request).initial_state(given[None])
    np.testing.assert_allclose(both[0], each.mean(axis=0), rtol=1e-4, atol=1e-4)


def _with_other_style(subject: Subject) -> Subject:
    """Return the subject over a corpus with a further style in every second piece."""
    pieces = [replace(piece, styles=(*piece.styles, *(OTHER,) * (at % 2))) for at, piece in enumerate(subject.corpus)]
    return Subject(subject.kind, subject.params, subject.corpus.with_pieces(pieces))
