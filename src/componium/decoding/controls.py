"""Controls: properties of a piece that can be requested, and their measurement.

A guide turns controls into masks, so that they hold by construction: no note is repaired or discarded later.
- style, key, meter, tempo: stated to the model in its prefix; no later change of them is allowed.
- bars: every Bar token counts the bars left; the last bar is filled to its end.
- form: strains, equally long, that come back where their letter does.
- upbeat: the length of what comes before the first bar line; the last bar is shorter by it.
- instruments: as many voices, in this order, each in its instrument's range; else in the ranges of the style's voices.
- energy: a quantile of the style's pieces, by which tempo, onset density and durations are chosen.
- duration: as many bars as last so long, in place of a number of bars.
- chords: stated to a model that knows them as they come; of any other, notes on the beat are notes of the chord.
- ending: "closed", the last and lowest note is the tonic, or "open", it isn't; left open, as often as in the style.

Every take begins on a downbeat and fills its last bar, or begins with an upbeat that the last bar completes; no voice
strikes one pitch more than MAX_REPEATS times in a row.
"""

import re
from dataclasses import dataclass, fields
from typing import Any

from componium.analysis.cadence import ends_on_tonic
from componium.analysis.meter import counted_bars, last_line, pickup_ticks
from componium.errors import ControlError
from componium.music.chart import Chart
from componium.music.instruments import INSTRUMENTS, of_part
from componium.music.pitch import str_key
from componium.music.score import Key, Meter, Score
from componium.music.time import meters_of, tick_to_second

MIN_BARS, MAX_BARS = 4, 1024
DEFAULT_BARS = 16
MAX_SECONDS = 36_000
ENDINGS = ("closed", "open")
ALL_CONTROLS = frozenset(
    {"style", "key", "meter", "qpm", "bars", "form", "upbeat", "duration", "instruments", "ending", "energy", "prompt"}
)
MAX_UPBEAT = 4.0  # quarters, in whole 16ths
MAX_REPEATS = 12  # times that a voice may strike one pitch in a row


@dataclass(frozen=True, slots=True)
class Controls:
    """Controls of one piece; each None where the choice is the method's.

    style        a style of the music learned from
    key, meter   the tick of each is ignored
    qpm          quarters a minute, 10 to 400
    bars         1 to MAX_BARS
    form         letters, one a strain, all equally long: AABB
    upbeat       quarters before the first bar line, 0 to MAX_UPBEAT in whole 16ths
    instruments  General MIDI programs, one a voice in the style's order, from the highest down in most; 128 is drums,
                 at any place
    ending       one of ENDINGS
    energy       0 to 1, a quantile of the style's pieces: tempo and density from the lowest, durations from the longest
    duration     seconds of music, above 0 to MAX_SECONDS, in place of bars
    chords       a chart of chords to follow, repeated where it is shorter than the piece

    Raises ControlError for values out of range.

    >>> Controls(bars=16, qpm=90.0).bars
    16
    """

    style: str | None = None
    key: Key | None = None
    meter: Meter | None = None
    qpm: float | None = None
    bars: int | None = None
    instruments: tuple[int, ...] | None = None
    ending: str | None = None
    energy: float | None = None
    duration: float | None = None
    chords: Chart | None = None
    form: str | None = None
    upbeat: float | None = None

    def __post_init__(self) -> None:
        if self.bars is not None and not 1 <= self.bars <= MAX_BARS:
            raise ControlError(f"{self.bars} bars", expected=f"1 to {MAX_BARS}")
        if self.qpm is not None and not 10 <= self.qpm <= 400:
            raise ControlError(f"a tempo of {self.qpm:g} quarters a minute", expected="10 to 400")
        if self.instruments is not None and not 1 <= len(self.instruments) <= 16:
            raise ControlError(f"{len(self.instruments)} instruments", expected="1 to 16")
        if self.ending not in (None, *ENDINGS):
            raise ControlError(f"an ending {self.ending!r}", expected=f"one of {', '.join(ENDINGS)}")
        if self.energy is not None and not 0 <= self.energy <= 1:
            raise ControlError(f"an energy of {self.energy:g}", expected="0 to 1")
        if self.duration is not None and not 0 < self.duration <= MAX_SECONDS:
            raise ControlError(f"a duration of {self.duration:g} seconds", expected=f"above 0 to {MAX_SECONDS}")
        if self.duration is not None and self.bars is not None:
            raise ControlError(f"a duration and {self.bars} bars", expected="one of them")
        if self.form is not None:
            check_form(self.form, self.bars)
        if self.upbeat is not None and not (0 <= self.upbeat <= MAX_UPBEAT and (4 * self.upbeat).is_integer()):
            raise ControlError(f"an upbeat of {self.upbeat:g} quarters",
                               expected=f"0 to {MAX_UPBEAT:g} in whole 16ths, such as 0.5 or 0.75")

    def fields(self) -> set[str]:
        """Return the names of the controls that are set."""
        return {each.name for each in fields(self) if getattr(self, each.name) is not None}

    def asked(self) -> dict[str, Any]:
        """Return the controls as plain values, "auto" where they are left open.

        Chords are among them only where they are asked for.
        """
        values = {
            "style": self.style,
            "key": str_key(self.key) if self.key else None,
            "meter": str(self.meter) if self.meter else None,
            "qpm": self.qpm,
            "bars": self.bars,
            "form": self.form,
            "upbeat": self.upbeat,
            "instruments": [of_part(number).name for number in self.instruments] if self.instruments else None,
            "ending": self.ending,
            "energy": self.energy,
            "duration": self.duration,
        }
        chords = {"chords": str(self.chords)} if self.chords is not None else {}
        return {name: "auto" if value is None else value for name, value in values.items()} | chords


def check_form(form: str, bars: int | None) -> None:
    """Raise ControlError for letters that are no form, or bars not in whole strains."""
    if not re.fullmatch("[A-Z]{1,26}", form):
        raise ControlError(f"a form {form!r}", expected="up to 26 letters, one a strain, such as AABB")
    if bars is not None and bars % len(form):
        near = sorted({max(bars // len(form), 1) * len(form), (bars // len(form) + 1) * len(form)})
        raise ControlError(f"{bars} bars in {len(form)} strains ({form})",
                           expected=f"as many bars in each: {' or '.join(map(str, near))} bars")


def measure(score: Score) -> dict[str, Any]:
    """Measure a score in the terms of `Controls.asked`."""
    pickup = pickup_ticks(score)
    meters = {str(meter) for meter in meters_of(score) if meter.tick >= pickup}  # without that of the upbeat's bar
    return {
        "style": score.about("style") or "unknown",
        "key": str_key(score.keys[0]) if score.keys else "unknown",
        "meter": meters.pop() if len(meters) == 1 else sorted(meters),
        "qpm": score.tempos[0].qpm if score.tempos else "unknown",
        "bars": counted_bars(score),
        "upbeat": pickup / score.ticks_per_quarter,
        "instruments": ["drums" if track.is_drum else INSTRUMENTS[track.program].name for track in score.tracks],
        "ending": _ending(score),
        "duration": round(float(tick_to_second(score, last_line(score))), 2),
        "notes": score.n_notes,
    }


def _ending(score: Score) -> str:
    if not score.keys or not score.n_notes:
        return "unknown"
    return "closed" if ends_on_tonic(score, score.keys[-1]) else "open"
