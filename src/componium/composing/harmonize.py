"""Harmonize a melody: set further parts under it, or chord symbols over it."""

from dataclasses import replace
from pathlib import Path
from typing import Any, Protocol, cast

import numpy as np

from componium.analysis.chord_labels import label_chords, vote_chords
from componium.analysis.key import with_key
from componium.analysis.meter import last_line
from componium.analysis.tune_chords import find_chords
from componium.composing.compose import check_takes
from componium.composing.extend import parent_of, score_of
from componium.composing.filling import check_regions, fill_takes, states_regions
from componium.composing.instruments import with_default_instruments
from componium.composing.model import Model, resolve_model
from componium.composing.request import build_request, check_count
from componium.composing.take import Take, measure_take, report_originality
from componium.corpora import Corpus
from componium.decoding.region import Region
from componium.decoding.request import Request
from componium.decoding.sampling import Sampling
from componium.decoding.style.names import stating
from componium.decoding.style.plan import name_tracks
from componium.errors import ControlError
from componium.methods import Autoregressive, Method
from componium.music.instruments import DRUMS
from componium.music.pitch import parse_key
from componium.music.score import Key, Score, Track, notes
from componium.music.transform import change_ticks_per_quarter, end_notes
from componium.progress import Progress, type_on_progress

HARMONIZER = "hmm"
CORPUS = "chorales"  # what a harmonizer given by name learns from, and the style of parts where none is stated
VOICES, MOST_VOICES, MOST_TRIES = 4, 16, 64


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
    voices: int = VOICES,
    chords_only: bool = False,
    tries: int = 1,
    key: str | Key | None = None,
    given: str | None = None,
    numerals: str | None = None,
    style: str | None = None,
    seed: int | None = None,
    method: Method | str | Path | None = None,
    corpus: Corpus | str | Path | None = None,
    on_progress: type_on_progress | None = None,
) -> Take:
    """Set further parts under a melody, which is kept note for note; return the Take.

    melody       a Score or a Take, whose first track counts; a model that draws one id after another keeps all its
                 tracks, and sets the lower ones beneath. None to write parts to the numerals alone
    voices       parts in all, the melody's counted; 4 by default, and always with "hmm" and "rules"
    chords_only  write chord symbols and no parts: by default those of `analysis.tune_chords`; a model that states
                 regions writes them; of another harmonizer they are the labels of its parts
    tries        parts are set so many times, up to 64, and then once more to the chords that most of these have at each
                 beat, each note the likeliest; 1 by default. For a model that states regions
    key          the key of the melody, if it states none or another; or that of the numerals
    given        the part that the melody is, "soprano" (default) or "bass"; by the method "rules" only
    numerals     the chords, one a beat, such as "I vi ii6 V I"; by the method "rules" only
    style        the style of the parts; by default the melody's, else "chorales"; not with "hmm" and "rules"
    seed         from 0; draws among the chords by their probabilities. None takes the same ones each time of "hmm" and
                 "rules"; of any other method a seed is drawn
    method       "hmm", "rules", a fitted method that harmonizes or draws one id after another, or a folder with one;
                 "hmm" by default
    corpus       what a method given by name learns from; the chorales by default

    Raises ControlError for a method that can't harmonize and for parts that can't be set, with the reason.
    """
    if melody is None and not numerals:
        raise ControlError("no melody and no numerals", expected="one of them, or both")
    seed = None if seed is None else check_count("seed", seed, 0)
    voices, tries = check_count("voices", voices, 2, MOST_VOICES), check_count("tries", tries, 1, MOST_TRIES)
    options = {name: value for name, value in (("given", given), ("numerals", numerals)) if value is not None}
    score = None if melody is None else _in_key(score_of(melody), key)
    if chords_only and score and method is None and corpus is None and not options:
        return _with_chords(score, melody)
    model = resolve_model(HARMONIZER if method is None else method, corpus, able="harmonize", or_draws=True,
                          params=options, usual_corpus=CORPUS, on_progress=on_progress)  # fmt: skip
    if draws := not hasattr(model.method, "harmonize"):
        style = style or (score.about("style") if score else None) or _usual(model.method)
        score = stating(score, style) if score and style else score
    elif voices != VOICES or style is not None:
        raise ControlError(f"voices or a style by {model.name}, which sets four parts", advice="leave them out")
    check_regions(model.method, {"tries": tries if tries > 1 else None})
    request = build_request(key=key, score=score)
    if chords_only:
        take = _chords_alone(model, request, seed, on_progress)
    elif draws:
        take = _by_filling(model, request, voices, tries, seed, on_progress)
    else:
        take = _by_harmonizer(model, request, seed, options, on_progress)
    return replace(take, parent=None if melody is None else parent_of(melody))


def _with_chords(melody: Score, piece: Score | Take | None) -> Take:
    """Return a melody with chord symbols found in it."""
    request = build_request(score=melody)
    made = replace(melody, chords=find_chords(melody))
    return Take(made, 0, 1, request, {"chords_only": True}, measure_take(made), "tune_chords",
                parent=piece if isinstance(piece, Take) else None)  # fmt: skip


def _usual(method: Method) -> str | None:
    """Return the style of parts where none is stated."""
    return CORPUS if isinstance(method, Autoregressive) and CORPUS in method.profiles_ else None


def _in_key(melody: Score, key: str | Key | None) -> Score:
    """Return a melody in the key asked for, else its own, else that of its notes."""
    if key is None or key == "auto":
        return with_key(melody)
    return replace(melody, keys=(parse_key(key) if isinstance(key, str) else key,))


def _by_harmonizer(
    model: Model, request: Request, seed: int | None, options: dict[str, Any], on_progress: type_on_progress | None
) -> Take:
    """Return the melody in parts, or the parts that the numerals alone give."""
    if on_progress:
        on_progress(Progress("setting the parts", 0, 1))  # the length of a search by rules can't be foretold
    if request.score is not None:
        rng = None if seed is None else np.random.default_rng(seed)
        made = cast(Harmonizer, model.method).harmonize(request.score, rng=rng)
        made = end_notes(made, last_line(change_ticks_per_quarter(request.score, made.ticks_per_quarter)))
    else:
        made = model.method.generate(request, rng=np.random.default_rng(seed or 0))[0]
    asked = {"key": request.controls.asked()["key"], **options}
    return _take(with_default_instruments(made, Request()), model, request, seed, asked)


def _take(score: Score, model: Model, request: Request, seed: int | None, asked: dict[str, Any]) -> Take:
    return Take(score, seed, 1, request, asked, measure_take(score), model.name, model.folder, model.weights,
                originality=report_originality(model.index, score, request))  # fmt: skip


def _chords_alone(
    model: Model, request: Request, seed: int | None, on_progress: type_on_progress | None
) -> Take:
    """Return the melody with chord symbols.

    They are written, or labels of parts set under it, or of itself.
    """
    melody, asked = request.score, {"chords_only": True}
    if melody is None:
        raise ControlError("chord symbols without a melody", expected="a melody")
    if states_regions(model.method):
        none = Region.of(melody, chords=True)
        region = replace(none, cells=np.zeros_like(none.cells))
        count, seed = check_takes(None, seed)
        return fill_takes(model, replace(request, region=region), count, seed, asked, on_progress=on_progress)[0]
    labeled = melody
    if hasattr(model.method, "harmonize"):
        labeled = _by_harmonizer(model, request, seed, {}, on_progress).score
    return _take(replace(melody, chords=label_chords(labeled)), model, request, seed, asked)


def _by_filling(
    model: Model, request: Request, voices: int, tries: int, seed: int | None, on_progress: type_on_progress | None
) -> Take:
    """Return the melody with lower parts written into empty ones."""
    melody = request.score
    n_own = 0 if melody is None else len(melody.tracks)
    if melody is None or not 1 <= n_own < voices:
        raise ControlError(f"{voices} voices for a melody of {n_own}", expected=f"more than {n_own}")
    programs = _programs(cast(Autoregressive, model.method), melody, voices)
    lower = name_tracks([Track(notes([]), program) for program in programs[n_own:]])
    own = [replace(track, program=program) for track, program in zip(melody.tracks, programs, strict=False)]
    seated = replace(melody, tracks=(*own, *lower))
    region = replace(Region.of(seated, voices=range(n_own, voices)), polyphony=(0,) * n_own + (1,) * len(lower))

    def finish(filled: Score) -> Score:
        whole = replace(filled, tracks=(*melody.tracks, *filled.tracks[n_own:]), chords=melody.chords)
        return with_default_instruments(whole, Request())

    count, seed = check_takes(None, seed)
    request, asked = replace(request, score=seated, region=region), {"voices": voices}
    if tries > 1:
        request, asked = _with_voted_chords(model, request, tries, seed, on_progress), {**asked, "tries": tries}
    return fill_takes(model, request, count, seed, asked, finish=finish, on_progress=on_progress)[0]


def _with_voted_chords(
    model: Model, request: Request, tries: int, seed: int, on_progress: type_on_progress | None
) -> Request:
    """Return a request for the likeliest notes under the chords of most tries.

    Chords that the melody has stay.
    """
    melody = cast(Score, request.score)
    if not melody.chords:
        if on_progress:
            on_progress(Progress("finding chords", 0, tries))
        settings = model.method.generate(request, tries, rng=np.random.default_rng(seed))
        melody = replace(melody, chords=vote_chords(settings))
    return replace(request, score=melody, sampling=Sampling(temperature=0.0))


def _programs(method: Autoregressive, melody: Score, voices: int) -> tuple[int, ...]:
    """Return the programs of a style's pieces in so many voices.

    Without such pieces they are the melody's own.
    """
    settings = method.profile_of(melody.about("style")).settings
    alike = [setting for setting in settings if len(setting.programs) == voices and DRUMS not in setting.programs]
    usual = max(alike, key=lambda setting: setting.count, default=None)
    return usual.programs if usual else (melody.tracks[0].program,) * voices
