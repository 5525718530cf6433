"""Dream: compose along a recording of any sound, which need not be music.

    take = componium.dream("washing-machine.wav", voices=8, seed=1)
    take.write("dream.mid")

Loudness sets the density of notes, the spectral centroid their register, the pulse tempo and meter, what is tonal in
the sound the key; the model composes within these.
"""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, Protocol, Required, TypedDict, Unpack, cast, overload

import numpy as np

from componium.audio.features import FPS, Features, measure
from componium.audio.recording import Sound, read_recording
from componium.composing.compose import check_takes
from componium.composing.contour import Heard, describe, hear, plan_of, with_dynamics
from componium.composing.headings import title_of
from componium.composing.instruments import name_parts
from componium.composing.model import resolve_model
from componium.composing.request import check_count, parse_instruments, type_instruments
from componium.composing.take import Take, measure_take, report_originality
from componium.decoding.contour import Contour
from componium.decoding.request import Request
from componium.decoding.style.plan import Plan
from componium.errors import ControlError
from componium.methods import Method
from componium.music.instruments import DRUMS, of_part
from componium.music.pitch import parse_key, str_key
from componium.music.score import Key, Score
from componium.progress import Progress, type_on_progress
from componium.transcription.tempo import find_beat

FOLLOWER = "dream"
VOICES, MAX_VOICES = 4, 16
SHORTEST = 0.25  # seconds
# Programs in the order in which they join, and from the top down.
ORCHESTRA = (40, 42, 41, 40, 43, 73, 71, 70, 68, 60, 56, 57, 73, 60, 40, 42)
SEATING = (73, 68, 40, 71, 56, 41, 60, 57, 70, 42, 43)

type_on_state = Callable[[int, Score], None]


class Follower(Protocol):
    """A method that composes along a contour."""

    def follow(
        self, plan: Plan, contour: Contour, *, rng: np.random.Generator,
        on_sweep: Callable[[int, int, Score], None] | None = None,
    ) -> Score:  # fmt: skip
        """Return a score of the plan's voices, as long as the contour."""
        ...


class Options(TypedDict, total=False):
    """The keyword arguments of `dream` but `n`, for type checkers."""

    voices: int | None
    instruments: type_instruments | None
    key: str | Key | None
    seed: int | None
    method: Method | str | Path | None
    on_heard: Callable[[str], None] | None
    on_state: type_on_state | None
    on_progress: type_on_progress | None


class _Several(Options):
    n: Required[int]


@overload
def dream(recording: Sound | str | Path, **options: Unpack[Options]) -> Take: ...
@overload
def dream(recording: Sound | str | Path, **options: Unpack[_Several]) -> list[Take]: ...
def dream(
    recording: Sound | str | Path,
    *,
    voices: int | None = None,
    instruments: type_instruments | None = None,
    key: str | Key | None = None,
    n: int | None = None,
    seed: int | None = None,
    method: Method | str | Path | None = None,
    on_heard: Callable[[str], None] | None = None,
    on_state: type_on_state | None = None,
    on_progress: type_on_progress | None = None,
) -> Take | list[Take]:
    """Compose along a recording of any sound.

    Returns one Take, or a list of `n`. What was heard stands in `asked`, as what the recording asks for.
    recording    a Sound, or the path of a file (.wav; .mp3, .flac and .ogg with the extra `sound`), from a quarter of a
                 second to half an hour
    voices       1 to 16; 4 by default, or the number of instruments
    instruments  one a voice, from the top, by name or General MIDI number; those of an orchestra by default
    key          such as "D minor"; by default the one that fits the recording's spectrum best
    n            None (default) returns one Take; a number from 1 returns a list
    seed         from 0; drawn if None, and stated in each take
    method       a fitted method that composes along a contour, or a folder; the shipped one by default
    on_heard     called with a line that states what was heard
    on_state     called with the number of each sweep, from 0, and the score after it
    on_progress  called with a Progress after each sweep

    Raises ControlError for a recording that is silent or too short and for a request that can't be met, FormatError
    for a file that isn't a recording, LimitError for one that is too long, MissingExtraError, OSError.

    >>> knocks = np.zeros(22050 * 4, dtype=np.float32)
    >>> knocks[::11025] = 1
    >>> take = dream(Sound(knocks, 22050), voices=2, seed=1)
    >>> take.score.n_notes > 0, round(take.measured["qpm"], -1)
    (True, 120.0)
    """
    programs = choose_programs(voices, instruments)
    asked_key = parse_key(key) if isinstance(key, str) else key
    count, seed = check_takes(n, seed)
    model = resolve_model(FOLLOWER if method is None else method, able="follow")
    features = _measured(recording if isinstance(recording, Sound) else read_recording(recording))
    heard, contour = hear(features, find_beat(features.onset, FPS))
    plan = plan_of(heard, contour, features, programs, asked_key)
    if on_heard:
        on_heard(describe(heard, plan))
    follower, rng = cast(Follower, model.method), np.random.default_rng(seed)
    report = partial(_report, on_progress, on_state)
    takes = []
    for number in range(1, count + 1):
        score = with_dynamics(follower.follow(plan, contour, rng=rng, on_sweep=report), heard)
        score = replace(score, title=title_of(score, "dream"), tracks=name_parts(score.tracks))
        takes.append(
            Take(score, seed, number, asked=_asked(heard, plan), measured=measure_take(score), method=model.name,
                 model=model.folder, weights=model.weights, plan=plan,
                 originality=report_originality(model.index, score, Request()))
        )  # fmt: skip
    return takes[0] if n is None else takes


def _report(
    on_progress: type_on_progress | None, on_state: type_on_state | None, at: int, sweeps: int, state: Score
) -> None:
    if on_progress:
        on_progress(Progress("dreaming", at + 1, sweeps))
    if on_state:
        on_state(at, state)


def _asked(heard: Heard, plan: Plan) -> dict[str, Any]:
    """Return the measurements of a recording in the terms of `Take.measured`."""
    names = [of_part(program).name for program in plan.programs]
    return {"key": str_key(plan.key), "meter": str(plan.meter), "qpm": plan.qpm, "bars": plan.bars,
            "instruments": names, **heard.to_json()}  # fmt: skip


def choose_programs(voices: int | None, instruments: type_instruments | None) -> tuple[int, ...]:
    """Return the program of each voice from the top.

    Raises ControlError for drums, and for a number of voices that isn't that of the instruments.
    """
    if voices is not None:
        check_count("voices", voices, 1, MAX_VOICES)
    if instruments is None:
        chosen = ORCHESTRA[: voices or VOICES]
        return tuple(sorted(chosen, key=SEATING.index))
    programs = parse_instruments(instruments)
    if voices not in (None, len(programs)):
        raise ControlError(f"{voices} voices and {len(programs)} instruments", expected="as many, or one of the two")
    if not 1 <= len(programs) <= MAX_VOICES:
        raise ControlError(f"{len(programs)} instruments", expected=f"1 to {MAX_VOICES}")
    if DRUMS in programs:
        raise ControlError("drums, of a method that plays none", advice="ask for instruments that have pitches")
    return programs


def _measured(sound: Sound) -> Features:
    """Measure a recording. Raises ControlError for one that is silent or too short."""
    if sound.seconds < SHORTEST:
        raise ControlError(f"a recording of {sound.seconds:.2f} s", expected=f"at least {SHORTEST} s")
    if not sound.samples.any():
        raise ControlError("a silent recording", expected="one in which something sounds")
    return measure(sound)
