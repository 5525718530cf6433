"""Harmonize a melody: set further parts under it."""

from dataclasses import replace
from pathlib import Path
from typing import Protocol, cast

import numpy as np

from componium.composing.extend import parent_of, score_of
from componium.composing.instruments import with_default_instruments
from componium.composing.model import resolve_model
from componium.composing.request import build_request, check_count
from componium.composing.take import Take, measure_take, report_originality
from componium.corpora import Corpus
from componium.decoding.request import Request
from componium.errors import ControlError
from componium.methods import Method
from componium.music.pitch import parse_key
from componium.music.score import Key, Score
from componium.progress import Progress, type_on_progress

HARMONIZER = "hmm"
CORPUS = "chorales"  # what a harmonizer given by name learns from


class Harmonizer(Protocol):
    """A method that sets parts under a melody."""

    def harmonize(self, melody: Score, *, rng: np.random.Generator | None = None) -> Score:
        """Return the melody, note for note, with further parts.

        Without `rng` they are the likeliest.
        """
        ...


def harmonize(
    melody: Score | Take | None = None,
    *,
    key: str | Key | None = None,
    given: str | None = None,
    numerals: str | None = None,
    seed: int | None = None,
    method: Method | str | Path = HARMONIZER,
    corpus: Corpus | str | Path | None = None,
    on_progress: type_on_progress | None = None,
) -> Take:
    """Set further parts under a melody, which is kept note for note; return the Take.

    melody       a Score or a Take, whose first track counts; None to write parts to the numerals alone
    key          the key of the melody, if it states none or another; or that of the numerals
    given        the part that the melody is, "soprano" (default) or "bass"; by the method "rules" only
    numerals     the chords, one a beat, such as "I vi ii6 V I"; by the method "rules" only
    seed         from 0; draws among the chords by their probabilities. None takes the same ones each time
    method       "hmm" (default), "rules", a fitted method that harmonizes, or a folder with one
    corpus       what a method given by name learns from; the chorales by default

    Raises ControlError for a method that can't harmonize and for parts that can't be set, with the reason.
    """
    if melody is None and not numerals:
        raise ControlError("no melody and no numerals", expected="one of them, or both")
    request = build_request(key=key, score=None if melody is None else _in_key(score_of(melody), key))
    seed = None if seed is None else check_count("seed", seed, 0)
    options = {name: value for name, value in (("given", given), ("numerals", numerals)) if value is not None}
    model = resolve_model(method, corpus, able="harmonize", params=options, usual_corpus=CORPUS,
                          on_progress=on_progress)
    if on_progress:
        on_progress(Progress("setting the parts", 0, 1))  # the length of a search by rules can't be foretold
    score = with_default_instruments(_harmonize(model.method, request, seed), Request())
    asked = {"key": request.controls.asked()["key"], **options}
    return Take(score, seed, 1, request, asked, measure_take(score), model.name, model.folder, model.weights,
                originality=report_originality(model.index, score, request),
                parent=None if melody is None else parent_of(melody))  # fmt: skip


def _in_key(melody: Score, key: str | Key | None) -> Score:
    if key is None or key == "auto":
        return melody
    return replace(melody, keys=(parse_key(key) if isinstance(key, str) else key,))


def _harmonize(method: Method, request: Request, seed: int | None) -> Score:
    """Return the melody in parts, or the parts that the numerals alone give."""
    if request.score is not None:
        rng = None if seed is None else np.random.default_rng(seed)
        return cast(Harmonizer, method).harmonize(request.score, rng=rng)
    return method.generate(request, rng=np.random.default_rng(seed or 0))[0]
