"""Arrange a piece for other instruments: keep its outer voices, write the others.

    take = componium.arrange(hymn, ["violin", "viola", "cello"])
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Required, Unpack, overload

import numpy as np

from componium.composing.compose import check_takes
from componium.composing.extend import parent_of, score_of
from componium.composing.filling import fill_takes, state_first_style
from componium.composing.model import resolve_model
from componium.composing.options import SamplingOptions
from componium.composing.parts import Part, named, parts_of, region_of_parts
from componium.composing.request import TEMPERATURE, TOP_P, build_request, parse_instruments, type_instruments
from componium.composing.take import Take
from componium.corpora import Corpus
from componium.errors import ControlError
from componium.methods import Method
from componium.music.instruments import DRUMS
from componium.music.score import Score, Track, type_notes
from componium.music.theory import best_octave, fold
from componium.progress import type_on_progress

KEPT = ("outer", "melody")


class Options(SamplingOptions, total=False):
    """The keyword arguments of `arrange` but `n`, for type checkers."""

    keep: str
    style: str | None


class _Several(Options):
    n: Required[int]


@overload
def arrange(piece: Score | Take, instruments: type_instruments, **options: Unpack[Options]) -> Take: ...
@overload
def arrange(piece: Score | Take, instruments: type_instruments, **options: Unpack[_Several]) -> list[Take]: ...
def arrange(
    piece: Score | Take,
    instruments: type_instruments,
    *,
    keep: str = KEPT[0],
    style: str | None = None,
    n: int | None = None,
    seed: int | None = None,
    temperature: float = TEMPERATURE,
    top_p: float = TOP_P,
    method: Method | str | Path | None = None,
    corpus: Corpus | str | Path | None = None,
    constraints: Mapping[str, bool] | None = None,
    on_progress: type_on_progress | None = None,
) -> Take | list[Take]:
    """Arrange a piece for other instruments.

    Returns one Take, or a list of `n`. Kept are the highest voice of the piece, by its first pitched part, and the
    lowest, by the last: every onset, duration and pitch, but that a voice is moved as a whole by the octaves that bring
    most of it into its new instrument's range, and a note that is still outside by as many more; on an instrument that
    sounds one note at a time, of a chord the outer note alone. All other voices are written anew; meters, keys, tempi
    and chord symbols stay.

    piece        a Score, or a Take, which becomes the parent of the new ones
    instruments  one a part, from the top, by name or General MIDI number (0 to 127), or "drums"; a keyboard has two
                 parts, right hand and left hand
    keep         "outer" (default): the highest voice goes to the first part, the lowest to the last; "melody": the
                 highest alone is kept
    style        the style of what is written; by default the one that the piece states

    The other arguments are those of `compose`; where all parts are kept, no model is asked. Raises ControlError for
    instruments without one that has pitches, and as `compose` does.
    """
    score, programs = score_of(piece), parse_instruments(instruments)
    if keep not in KEPT:
        raise ControlError(f"keep={keep!r}", expected=" or ".join(KEPT))
    parts = parts_of(programs)
    seated, written = _seated(score, parts, keep)
    request = build_request(style=style, score=seated, temperature=temperature, top_p=top_p, constraints=constraints)
    count, seed = check_takes(n, seed)
    model = resolve_model(method, corpus, request=request, regions=True, on_progress=on_progress)
    request = state_first_style(request, model.method)
    asked = {"arrangement": [track.name for track in seated.tracks], "keep": keep}
    takes = fill_takes(model, replace(request, region=region_of_parts(seated, parts, written)), count, seed, asked,
                       parent=parent_of(piece), on_progress=on_progress)  # fmt: skip
    return takes[0] if n is None else takes


def _seated(score: Score, parts: Sequence[Part], keep: str) -> tuple[Score, list[bool]]:
    """Return the score in the new parts, and which of these are to be written."""
    voices = [track.notes for track in score.tracks if not track.is_drum and len(track.notes)]
    places = [place for place, part in enumerate(parts) if part.program != DRUMS]
    if not voices or not places:
        raise ControlError("no pitches to arrange" if places else "no instrument that has pitches",
                           expected="a part with pitches, and an instrument for it")
    tracks = [part.track for part in parts]
    tracks[places[0]] = _moved(tracks[places[0]], _line(voices[0], parts[places[0]], top=True), parts[places[0]])
    kept = {places[0]}
    if keep == "outer" and len(voices) > 1 and len(places) > 1:
        last = places[-1]
        tracks[last] = _moved(tracks[last], _line(voices[-1], parts[last], top=False), parts[last])
        kept.add(last)
    seated = named(replace(score, tracks=tuple(tracks)), parts)
    return seated, [place not in kept for place in range(len(parts))]


def _line(notes: type_notes, part: Part, *, top: bool) -> type_notes:
    """Return notes of a part; the outer ones of chords if it sounds one at a time."""
    if part.at_once > 1:
        return notes
    pitches = notes["pitch"].astype(np.int64)
    order = np.lexsort((-pitches if top else pitches, notes["onset"]))
    _, first = np.unique(notes["onset"][order], return_index=True)
    line: type_notes = notes[order][first]
    room = np.append(np.diff(line["onset"]), np.iinfo(np.int64).max)
    line["duration"] = np.minimum(line["duration"], room)
    return line


def _moved(track: Track, notes: type_notes, part: Part) -> Track:
    """Return a track with notes moved by octaves into the range of a part."""
    moved = notes.copy()
    pitches = notes["pitch"].astype(np.int64)
    moved["pitch"] = fold(pitches + best_octave(pitches, part.low, part.high), part.low, part.high)
    moved["voice"] = 0
    return replace(track, notes=moved[np.lexsort((moved["pitch"], moved["onset"]))])
