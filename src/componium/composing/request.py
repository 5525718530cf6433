"""Requests from a user's words, with a typed error for every wrong argument.

None and "auto" both leave a control open, so that the method chooses.
"""

import re
import warnings
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from numbers import Integral, Real
from typing import Any, Literal, TypeAlias, TypeVar

from componium import registry
from componium.decoding.controls import ENDINGS, MAX_BARS, MAX_SECONDS, MAX_UPBEAT, MIN_BARS, Controls
from componium.decoding.request import Request
from componium.decoding.sampling import Sampling
from componium.errors import ControlError, UnknownNameError, UnusedWarning
from componium.music import instruments as _instruments
from componium.music.chart import Chart, parse_chart
from componium.music.pitch import parse_key, parse_meter
from componium.music.score import Key, Meter, Score, Tempo

T = TypeVar("T")

TEMPERATURE, TOP_P = 1.0, 0.98
N_ENDINGS = 8  # that are drawn of a take by default
MOST_TRIES = 1024
_DURATION = re.compile(r"(?:(\d{1,4}):(?=\d\d))?(\d{1,6}(?:\.\d{1,6})?)")
_UPBEAT = re.compile(r"(\d{1,3}(?:\.\d{1,6})?)|(\d{1,3})/([1-9]\d{0,2})")
type_auto: TypeAlias = Literal["auto"] | None
type_style: TypeAlias = str | Sequence[str] | None
type_instruments: TypeAlias = str | int | Sequence[str | int]


def build_request(
    *,
    style: type_style = None,
    key: str | Key | None = None,
    meter: str | Meter | None = None,
    qpm: float | type_auto = None,
    bars: int | type_auto = None,
    form: str | None = None,
    upbeat: float | str | None = None,
    instruments: type_instruments | None = None,
    ending: str | None = None,
    energy: float | type_auto = None,
    duration: float | str | None = None,
    chords: str | None = None,
    temperature: float = TEMPERATURE,
    top_p: float = TOP_P,
    score: Score | None = None,
    constraints: Mapping[str, bool] | None = None,
    endings: int = 1,
) -> Request:
    """Return the request that a user's words state.

    The arguments are those of `compose`; `score` is its prompt.
    Raises ControlError for a value of a wrong type or out of range, UnknownNameError for an unknown instrument,
    ending or constraint.
    """
    if score is not None and not isinstance(score, Score):
        raise ControlError(f"a prompt of type {type(score).__name__}",
                           expected="a Score, or None", advice="componium.read(path) reads one from a file")
    controls = Controls(
        style=None if _is_open(style) else _style(style),
        key=None if _is_open(key) else _parse("key", key, Key, parse_key, '"D minor"'),
        meter=None if _is_open(meter) else _parse("meter", meter, Meter, parse_meter, '"3/4"'),
        qpm=None if _is_open(qpm) else check_number("qpm", qpm, 10, 400),
        bars=None if _is_open(bars) else check_count("bars", bars, MIN_BARS, MAX_BARS),
        form=None if _is_open(form) else parse_form(form),
        upbeat=None if _is_open(upbeat) else parse_upbeat(upbeat),
        instruments=None if _is_open(instruments) else parse_instruments(instruments),
        ending=None if _is_open(ending) else _ending(ending),
        energy=None if _is_open(energy) else check_number("energy", energy, 0, 1),
        duration=None if _is_open(duration) else parse_duration(duration),
        chords=None if _is_open(chords) else parse_chords(chords),
    )  # fmt: skip
    score = None if score is None else complete_prompt(score, controls)
    sampling = Sampling(temperature=temperature, top_p=top_p)
    return Request(controls, score, sampling=sampling, constraints=check_constraints(constraints),
                   endings=check_count("endings", endings, 1, MOST_TRIES))


def complete_prompt(prompt: Score, controls: Controls) -> Score:
    """Return a prompt with the key, meter and tempo asked for.

    Each is for a prompt that states none of its own.

    >>> from componium.music.score import Track, notes
    >>> prompt = complete_prompt(Score((Track(notes([(0, 480, 60)])),)), Controls(qpm=90.0, meter=Meter(0, 3, 4)))
    >>> prompt.tempos[0].qpm, str(prompt.meters[0])
    (90.0, '3/4')
    """
    keys = (replace(controls.key, tick=0),) if controls.key and not prompt.keys else prompt.keys
    meters = (replace(controls.meter, tick=0),) if controls.meter and not prompt.meters else prompt.meters
    tempos = (Tempo(0, controls.qpm),) if controls.qpm and not prompt.tempos else prompt.tempos
    return replace(prompt, keys=keys, meters=meters, tempos=tempos)


def parse_duration(duration: Any) -> float:
    """Return a duration in seconds.

    It is a number of them, or text such as "90" or "1:30", minutes and seconds. Raises ControlError for anything else.

    >>> parse_duration("1:30"), parse_duration(45), parse_duration("7.5")
    (90.0, 45.0, 7.5)
    """
    value: Any = duration
    if isinstance(duration, str):
        parts = _DURATION.fullmatch(duration.strip())
        value = 60 * int(parts[1] or 0) + float(parts[2]) if parts else duration
        if parts and parts[1] and float(parts[2]) >= 60:
            value = duration
    if isinstance(value, bool) or not isinstance(value, Real) or not 0 < float(value) <= MAX_SECONDS:
        raise ControlError(f"duration={duration!r}",
                           expected=f'seconds, above 0 to {MAX_SECONDS}, or minutes and seconds, such as "1:30"')
    return float(value)


def parse_upbeat(upbeat: Any) -> float:
    """Return the length of an upbeat in quarters.

    It is a number of them, or text: a number, or a note value such as "1/8" or "3/16". Raises ControlError for anything
    else.

    >>> parse_upbeat("1/8"), parse_upbeat(0.75), parse_upbeat("0")
    (0.5, 0.75, 0.0)
    """
    value: Any = upbeat
    if isinstance(upbeat, str):
        parts = _UPBEAT.fullmatch(upbeat.strip())
        value = upbeat if parts is None else float(parts[1]) if parts[1] else 4 * int(parts[2]) / int(parts[3])
    if isinstance(value, bool) or not isinstance(value, Real) or not 0 <= float(value) <= MAX_UPBEAT:
        raise ControlError(f"upbeat={upbeat!r}",
                           expected=f'quarters, 0 to {MAX_UPBEAT:g}, or a note value such as "1/8"')
    return float(value)


def parse_chords(chords: Any) -> Chart:
    """Return the chart of a text.

    An UnusedWarning states the chords of which the nearest are used. Raises ControlError, with the bar, for what is no
    chord.

    >>> str(parse_chords("Dm | G7 C"))
    'Dm | G7 C'
    """
    if not isinstance(chords, str):
        raise ControlError(f"chords={chords!r}", expected='a text such as "C | Am F | G7 | C"')
    chart = parse_chart(chords)
    if simplified := chart.simplified():
        told = ", ".join(f"{text} as {plain}" for text, plain in simplified.items())
        warnings.warn(UnusedWarning(f"chords that no model knows are taken as the nearest: {told}"), stacklevel=4)
    return chart


def parse_form(form: Any) -> str:
    """Return a form as letters from A on, in the order in which they come.

    Raises ControlError for anything else than letters.

    >>> parse_form("AABB"), parse_form("vrvr")
    ('AABB', 'ABAB')
    """
    if not isinstance(form, str) or not (form.isascii() and form.isalpha()):
        raise ControlError(f"form={form!r}", expected="letters, one a strain, such as AABB")
    order = "".join(dict.fromkeys(form.upper()))
    return "".join(chr(ord("A") + order.index(letter)) for letter in form.upper())


def _is_open(value: Any) -> bool:
    return value is None or (isinstance(value, str) and value == "auto")


def check_count(name: str, value: Any, low: int, high: int | None = None) -> int:
    """Return a whole number in a range. Raises ControlError for anything else."""
    expected = f"a whole number, {low} to {high}" if high is not None else f"a whole number, {low} or more"
    if isinstance(value, bool) or not isinstance(value, Integral):
        raise ControlError(f"{name}={value!r}", expected=expected)
    if int(value) < low or (high is not None and int(value) > high):
        raise ControlError(f"{int(value)} {name}" if name == "bars" else f"{name}={value!r}", expected=expected)
    return int(value)


def check_number(name: str, value: Any, low: float, high: float) -> float:
    """Return a number from low to high. Raises ControlError for anything else."""
    if isinstance(value, bool) or not isinstance(value, Real) or not low <= float(value) <= high:
        raise ControlError(f"{name}={value!r}", expected=f"a number, {low:g} to {high:g}")
    return float(value)


def check_constraints(constraints: Mapping[str, bool] | None) -> dict[str, bool]:
    """Return the constraints as a dict: {"parallels": False} switches one off.

    Raises UnknownNameError for a name that no constraint has, ControlError for a value that isn't a bool.
    """
    if constraints is None:
        return {}
    if not isinstance(constraints, Mapping):
        raise ControlError(f"constraints={constraints!r}", expected='a mapping such as {"parallels": False}, or None')
    known = registry.names("constraints")
    for name, is_on in constraints.items():
        if name not in known:
            raise UnknownNameError("constraint", str(name), known)
        if not isinstance(is_on, bool):
            raise ControlError(f"the constraint {name} set to {is_on!r}", expected="True or False")
    return dict(constraints)


def parse_instruments(instruments: Any) -> tuple[int, ...]:
    """Return programs, one a part from the top down; "violin, cello" is a list of two.

    Raises UnknownNameError, with the near names, ControlError for a number outside 0 to 127.

    >>> parse_instruments("violin, cello"), parse_instruments([40, "drums"])
    ((40, 42), (40, 128))
    """
    if isinstance(instruments, str):
        instruments = [name for name in instruments.split(",") if name.strip()]
    elif isinstance(instruments, Integral):
        instruments = [instruments]
    if not isinstance(instruments, Iterable):
        raise ControlError(f"instruments={instruments!r}", expected='names or numbers, such as ["violin", "cello"]')
    return tuple(_program(instrument) for instrument in instruments)


def _program(instrument: Any) -> int:
    if isinstance(instrument, bool) or not isinstance(instrument, str | Integral):
        raise ControlError(f"an instrument {instrument!r}", expected="a name, or a General MIDI number, 0 to 127")
    return _instruments.find_part(str(instrument))


def _style(value: Any) -> str:
    """Return the name of a style, or of several, joined by commas.

    Raises ControlError for anything else.
    """
    names = [value] if isinstance(value, str) or not isinstance(value, Iterable) else list(value)
    if not names or not all(isinstance(name, str) and name for name in names):
        raise ControlError(f"style={value!r}", expected="the name of a style, several, or None to leave it open")
    return ",".join(names)


def _parse(name: str, value: Any, kind: type[T], parse: Callable[[str], T], example: str) -> T:
    """Return text as a value of a kind, or the value itself. Raises ControlError."""
    if isinstance(value, str):
        return parse(value)
    if not isinstance(value, kind):
        raise ControlError(f"{name}={value!r}", expected=f"text such as {example}, a {kind.__name__}, or None")
    return value


def _ending(value: Any) -> str:
    if value not in ENDINGS:
        raise UnknownNameError("ending", str(value), ENDINGS)
    return str(value)
