"""Conformance checks of likelihoods, and of the steps of autoregressive methods."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from componium.methods.base import Autoregressive
from componium.music.score import Score
from componium.music.types import type_ids
from componium.testing.checks import require
from componium.testing.music import make_tune
from componium.testing.subject import Subject, check_of, tagged

ATOL = 2e-4  # of logits of float32 nets, computed in batches of other sizes


def _steps(subject: Subject) -> bool:
    return issubclass(subject.kind, Autoregressive)


def _model(subject: Subject) -> Autoregressive:
    method = subject.fitted
    if not isinstance(method, Autoregressive):
        raise TypeError(f"{subject.kind.__name__} is not autoregressive")
    return method


def _rows(model: Autoregressive, length: int = 120) -> tuple[type_ids, type_ids]:
    """Return the ids of two tunes, cut to one length."""
    first, second = (model.codec_.encode(make_tune(seed)).ids[:length] for seed in (1, 2))
    shortest = min(len(first), len(second))
    return first[:shortest], second[:shortest]


@check_of(tagged("likelihood"))
def check_log_prob(subject: Subject) -> None:
    """Check that `log_prob` gives a finite negative number for each score.

    The order of the scores does not matter.
    """
    scores = [piece.score for piece in subject.corpus.test.pieces]
    logs = _log_prob(subject, scores)
    require(logs.shape == (len(scores),), f"log_prob must have the shape (n,), not {logs.shape}")
    require(np.isfinite(logs).all() and (logs < 0).all(), f"log_prob must be finite and below 0: {logs}")
    np.testing.assert_allclose(_log_prob(subject, scores[::-1]), logs[::-1], rtol=1e-5)
    require(_log_prob(subject, []).shape == (0,), "no scores have no likelihoods")


def _log_prob(subject: Subject, scores: list[Score]) -> NDArray[np.float64]:
    logs: NDArray[np.float64] = subject.fitted.log_prob(scores)
    return logs


@check_of(_steps)
def check_log_prob_of_steps(subject: Subject) -> None:
    """Check that `log_prob` is the sum of the steps' log shares of what is allowed.

    The grammar says which ids are allowed; the prefix does not count.
    """
    model, score = _model(subject), subject.corpus.test.pieces[0].score
    ids = model.codec_.encode(score).ids
    is_condition = model.codec_.is_condition(ids)
    state, grammar, total = model.empty_state(1), model.codec_.initial_state(), 0.0
    for at, index in enumerate(ids.tolist()):
        if at:
            logits, state = model.step(state, ids[at - 1 : at])
            require(np.isfinite(logits).all() and logits.shape == (1, len(model.codec_.vocab)),
                    f"logits must be finite, of shape (1, V), not {logits.shape}")
            if not is_condition[at]:
                allowed = np.where(model.codec_.allowed_next(grammar), logits[0].astype(np.float64), -np.inf)
                total += allowed[index] - np.logaddexp.reduce(allowed)
        model.codec_.advance(grammar, index)
    np.testing.assert_allclose(model.log_prob([score]), [total], rtol=1e-5)


@check_of(_steps)
def check_note_log_probs(subject: Subject) -> None:
    """Check that `note_log_probs` shares out the likelihood among the notes.

    Only ids after the last note belong to none.
    """
    model, score = _model(subject), subject.corpus.test.pieces[0].score
    ids = model.codec_.encode(score).ids
    by_note, (by_id,) = model.note_log_probs(score), model.token_log_probs([ids])
    require(len(by_note) == int(model.codec_.is_note(ids).sum()), "one number a note")
    require((by_note <= 0).all(), "log-likelihoods must not be above 0")
    of_notes = by_id[model.codec_.note_index(ids) >= 0].sum()
    np.testing.assert_allclose(by_note.sum(), of_notes, rtol=1e-6)


@check_of(_steps)
def check_prefill(subject: Subject) -> None:
    """Check that `initial_state` gives what stepping through the ids gives."""
    model = _model(subject)
    rows = np.stack(_rows(model, 40))
    logits, state = model.initial_state(rows)
    stepped = model.empty_state(2)
    for column in rows.T:
        expected, stepped = model.step(stepped, column)
    np.testing.assert_allclose(logits, expected, atol=ATOL)
    for _ in range(3):
        logits, state = model.step(state, rows[:, 0])
        expected, stepped = model.step(stepped, rows[:, 0])
        np.testing.assert_allclose(logits, expected, atol=ATOL)


@check_of(_steps)
def check_rows(subject: Subject) -> None:
    """Check that sequences of a batch do not influence each other."""
    model = _model(subject)
    first, second = _rows(model)
    together, alone = model.empty_state(2), model.empty_state(1)
    for one, other in zip(first, second, strict=True):
        logits, together = model.step(together, np.array([one, other]))
        expected, alone = model.step(alone, np.array([one]))
        np.testing.assert_allclose(logits[0], expected[0], atol=ATOL)


@check_of(_steps)
def check_select(subject: Subject) -> None:
    """Check that two rows selected from one go on independently of each other."""
    model = _model(subject)
    first, second = _rows(model, 60)
    half = len(first) // 2
    _, state = model.initial_state(np.stack([second[:half], first[:half]]))
    state = model.select(state, np.array([1, 1]))
    alone = model.initial_state(first[None, :half])[1]
    for one, other in zip(first[half:], second[half:], strict=True):
        logits, state = model.step(state, np.array([one, other]))
        expected, alone = model.step(alone, np.array([one]))
        np.testing.assert_allclose(logits[0], expected[0], atol=ATOL)


@check_of(lambda subject: {"needs_music", "likelihood"} <= subject.kind.tags and "baseline" not in subject.kind.tags)
def check_learning(subject: Subject) -> None:
    """Check that a method fitted to one piece finds it likelier than another.

    By the note it needs at most three quarters of the nats.
    """
    pieces = subject.corpus.pieces
    training = {**subject.params.get("training", {}), "steps": 200, "learning_rate": 1e-2, "augment": False}
    longer = {"training": training} if "training" in subject.params else {}
    method = subject.make(**longer).fit(subject.corpus.with_pieces([replace(pieces[0], split="train")]))
    known, unknown = method.log_prob([pieces[0].score, pieces[1].score])
    require(known / pieces[0].score.n_notes > 0.75 * unknown / pieces[1].score.n_notes,
            f"{known:.1f} nats for the piece that it learned, {unknown:.1f} for another")
