"""Takes of a score with a region written, for the verbs that share this."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from componium.composing.model import Model
from componium.composing.take import Take, measure_take, report_originality
from componium.decoding.region import Region
from componium.decoding.request import Request
from componium.decoding.style.names import split_styles, stating
from componium.decoding.style.profile import StyleProfile
from componium.errors import ControlError
from componium.methods import Autoregressive, Method
from componium.music.instruments import DRUMS
from componium.music.pitch import pitch_to_name
from componium.music.score import Score, Track
from componium.music.time import bar_lines, bar_number
from componium.progress import Progress, type_on_progress

type_finish = Callable[[Score], Score]


def states_regions(method: Method) -> bool:
    """Return whether a method fills in by a codec that states regions."""
    return isinstance(method, Autoregressive) and "region" in method.codec_.supported_controls


def check_regions(method: Method, wishes: Mapping[str, object]) -> None:
    """Raise ControlError for wishes, named where they are not None, that need regions."""
    given = [name for name, value in wishes.items() if value is not None]
    if given and not states_regions(method):
        raise ControlError(f"{' and '.join(given)} by {method.name}, whose codec states no regions",
                           advice="leave it out, or name a model that was trained with regions")


def state_first_style(request: Request, method: Method) -> Request:
    """Return a request whose score states the style that is asked for.

    Of several it is the first. Where none is asked for, a score with drums in a style that has none states one that has
    drums beside other parts: in its own the model has never read any.
    """
    if request.score is None:
        return request
    profiles = method.profiles_ if isinstance(method, Autoregressive) else {}
    if request.controls.style is not None:
        return replace(request, score=stating(request.score, split_styles(request.controls.style, profiles)[0]))
    stated = request.score.about("style")
    own = profiles.get(stated) if stated else None
    if own is None or not any(track.is_drum for track in request.score.tracks) or _n_with_drums(own):
        return request
    bands = {style: _n_with_drums(profile, fewest=2) for style, profile in profiles.items() if style}
    style = max(bands, key=lambda name: bands[name])
    return replace(request, score=stating(request.score, style)) if bands[style] else request


def _n_with_drums(profile: StyleProfile, fewest: int = 1) -> int:
    """Return how many pieces of a style, of so many parts at least, have drums."""
    return sum(setting.count for setting in profile.settings
               if DRUMS in setting.programs and len(setting.programs) >= fewest)  # fmt: skip


def fill_takes(
    model: Model, request: Request, n: int, seed: int, asked: Mapping[str, Any], *, parent: Take | None = None,
    finish: type_finish | None = None, lists_changes: bool = False, on_progress: type_on_progress | None = None,
) -> list[Take]:  # fmt: skip
    """Return `n` takes of a request's score with its region written.

    asked          what was asked for, as plain values
    finish         makes the score of a take of what was filled; by default that is it
    lists_changes  whether the takes state what changed, cell by cell
    """
    score, region = request.score, request.region
    if score is None or region is None:
        raise ControlError("nothing to fill in", expected="a score and a region of it")
    if on_progress:
        on_progress(Progress("filling in", 0, n))
    takes = []
    for number, filled in enumerate(_filled(model.method, request, n, seed), 1):
        made = finish(filled) if finish else filled
        measured = measure_take(made) | ({"changed": changes(score, made, region)} if lists_changes else {})
        takes.append(Take(
            made, seed, number, request, asked, measured, model.name, model.folder, model.weights,
            sampling={"temperature": request.sampling.temperature, "top_p": request.sampling.top_p},
            originality=report_originality(model.index, made, request), parent=parent,
        ))  # fmt: skip
    return takes


def _filled(method: Method, request: Request, n: int, seed: int) -> list[Score]:
    """Return scores with the region written; the score itself where it is empty."""
    score, region = request.score, request.region
    if score is None or region is None or not (region.cells.any() or region.chords.any()):
        return [] if score is None else [score] * n
    return method.generate(request, n, rng=np.random.default_rng(seed))


def changes(before: Score, after: Score, region: Region) -> list[str]:
    """Return a line a changed cell: bar, voice, notes before and after.

    Bars are numbered as on a page.
    """
    lines = bar_lines(before)
    fifths = before.keys[0].fifths if before.keys else 0
    found = []
    for bar, voice in np.argwhere(region.cells).tolist():
        texts = [_notes(score.tracks[voice], int(lines[bar]), int(lines[bar + 1]), fifths)
                 for score in (before, after)]
        if texts[0] != texts[1]:
            found.append(f"bar {bar_number(before, bar)}, {name_of_voice(before, voice)}: {texts[0]} -> {texts[1]}")
    return found


def _notes(track: Track, start: int, stop: int, fifths: int) -> str:
    """Return the notes that begin in a span as text.

    Of drums it says how often each is struck.
    """
    pitches = track.notes["pitch"][(track.notes["onset"] >= start) & (track.notes["onset"] < stop)].tolist()
    if track.is_drum:
        from componium.formats.musicxml.drums import drum  # with a reader and a writer that nothing else here needs

        struck = sorted(Counter(pitches).items())
        return ", ".join(f"{count} {drum(pitch).name}" for pitch, count in struck) or "silence"
    return " ".join(pitch_to_name(pitch, fifths) for pitch in pitches) or "silence"


def name_of_voice(score: Score, voice: int) -> str:
    """Return the name of a track, or its number from 1."""
    return score.tracks[voice].name or f"voice {voice + 1}"
