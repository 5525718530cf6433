"""Plan of a piece: properties settled before the first note.

They are as requested, or else drawn from the style's profile.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from componium.analysis.meter import main_meter
from componium.decoding.controls import Controls
from componium.decoding.draws import choose
from componium.decoding.style.energy import draw_meter, quantile, tempo_at
from componium.decoding.style.form import Form, draw_form
from componium.decoding.style.kits import draw_kit
from componium.decoding.style.length import continued_length, settle_length
from componium.decoding.style.names import check_style
from componium.decoding.style.profile import MODES, Setting, StyleProfile, draw_row, nearest_qpm, styles_of, type_range
from componium.decoding.style.repeats import Repeat, draw_repeats, repeats_of_form
from componium.decoding.style.tempo import usual_qpm, usual_qpm_at
from componium.errors import ControlError
from componium.music.chords import PlainChord
from componium.music.instruments import DRUMS, INSTRUMENTS, of_part, programs_of
from componium.music.pitch import key_of, str_key
from componium.music.score import Key, Meter, Score, Tempo, Track, notes
from componium.music.time import bar_quarters, beat_quarters, n_bars

TICKS_PER_QUARTER = 480  # of the scores that are composed
NARROWEST = 12  # semitones that a range has at least
FULL_RANGE = (0, 127)
SHORT = 16  # bars: as many that are asked for, and have no strains, have no plan of repetition


@dataclass(frozen=True, slots=True)
class Plan:
    """The plan of one piece.

    bars      number of bars, an upbeat not counted
    programs  General MIDI programs, one a voice from the top; 128 is drums
    ranges    lowest and highest pitch of each voice
    stated    programs that the prefix states: those of the style's pieces, since a model knows no others; `programs` if
              empty
    qpm       None where neither request nor style states a tempo
    closed    whether the last and lowest note is the tonic
    opening   the first chord: its lowest pitch class, and the chord, a bit for each pitch class, in semitones above the
              tonic; None if any will do
    closing   onset of the last notes in the last bar, in 24ths of a quarter; None for its last beat
    is_full   whether all voices sound in the last chord
    is_keyed  whether request or style state the key; is_metered, whether they state the meter
    energy    0 to 1, a quantile of the style's pieces; None where it is left open
    pool      the meter of the pieces that it is a quantile of; empty for those in all meters
    chords    chords to follow: rows of (onset in 24ths of a quarter from the start, chord or None)
    form      strains and upbeat
    repeats   the relation of each bar to those before; empty where that is open
    kit       the drums that are struck, by pitch; empty for any
    """

    key: Key
    meter: Meter
    bars: int
    programs: tuple[int, ...]
    ranges: tuple[type_range, ...]
    style: str = ""
    qpm: float | None = None
    texture: str = "poly"
    closed: bool = True
    opening: tuple[int, int] | None = None
    closing: int | None = None
    is_full: bool = False
    stated: tuple[int, ...] = ()
    is_keyed: bool = True
    is_metered: bool = True
    energy: float | None = None
    pool: str = ""
    chords: tuple[tuple[int, PlainChord | None], ...] = ()
    form: Form = field(default_factory=Form)
    repeats: tuple[Repeat, ...] = ()
    kit: tuple[int, ...] = ()

    @property
    def bar_ticks(self) -> int:
        """Length of a bar in ticks, TICKS_PER_QUARTER a quarter."""
        return int(bar_quarters(self.meter) * TICKS_PER_QUARTER)

    @property
    def beat_ticks(self) -> int:
        """Length of a beat in ticks: a dotted quarter in 6/8."""
        return int(beat_quarters(self.meter) * TICKS_PER_QUARTER)

    @property
    def upbeat_onset(self) -> int:
        """Onset of an upbeat in its bar, in 24ths of a quarter; 0 without one."""
        return int(bar_quarters(self.meter) * 24) - self.form.upbeat if self.form.upbeat else 0

    @property
    def end(self) -> int:
        """End of the last bar in ticks."""
        return self.bars * self.bar_ticks

    def to_json(self) -> dict[str, Any]:
        """Return the plan as plain values, instruments by name."""
        names = ("style", "bars", "qpm", "texture", "closed", "closing", "is_full", "energy")
        return {
            "key": str_key(self.key) if self.is_keyed else None,
            "meter": str(self.meter) if self.is_metered else None,
            "instruments": [of_part(program).name for program in self.programs],
            "opening": list(self.opening) if self.opening else None,
            **{name: getattr(self, name) for name in names},
            **self.form.to_json(),
        }

    def score(self, parts: Iterable[Sequence[tuple[int, ...]]]) -> Score:
        """Return the score of parts: rows of (onset, duration, pitch[, velocity])."""
        tracks = [Track(notes(rows), 0 if program == DRUMS else program, program == DRUMS)
                  for rows, program in zip(parts, self.programs, strict=True)]  # fmt: skip
        tempos = (Tempo(0, self.qpm),) if self.qpm is not None else ()
        info = (("style", self.style),) if self.style else ()
        return Score(name_tracks(tracks), TICKS_PER_QUARTER, tempos, (self.meter,), (self.key,), info=info)


def sample_plan(controls: Controls, profiles: Mapping[str, StyleProfile], rng: np.random.Generator) -> Plan:
    """Draw the plan of one piece.

    What the controls leave open is drawn as often as the style's pieces have it. Meter, key, tempo, texture and
    instruments are drawn jointly. Raises ControlError for an unknown style, and for a meter or a number of instruments
    that no piece has.
    """
    style, setting = _draw_setting(controls, profiles, rng)
    profile = profiles[style]
    closed = bool(rng.random() < profile.closed) if controls.ending is None else controls.ending == "closed"
    key = controls.key or (key_of(setting.tonic, setting.mode) if setting.mode else Key(0, 0))
    meter = controls.meter or (Meter(0, *map(int, setting.meter.split("/"))) if setting.meter else Meter(0, 4, 4))
    opening, closing, is_full = draw_ends(profile, MODES[key.mode], str(meter), rng)
    bars, form = draw_form(controls, profile, str(meter), rng)
    if not (controls.meter or setting.meter):
        form = replace(form, upbeat=0)  # nothing states the meter that it is a part of
    _check_upbeat(controls, form, meter)
    programs = setting.programs
    ranges = profile_ranges(profile, len(programs))
    plan = settle_plan(
        replace(controls, bars=bars),
        key=key,
        meter=meter,
        programs=programs,
        ranges=ranges,
        style=style,
        qpm=_tempo(controls, style, profile, setting),
        closed=closed,
        drums=True,
    )
    plan = replace(plan, form=form, repeats=_repeats(controls, plan, form, profile, rng),
                   kit=draw_kit(style, profiles, programs, rng))
    if form.upbeat and (closing is None or closing >= plan.upbeat_onset):  # the last bar is as much shorter
        closings = [row for row in profile.closings.get(str(meter), ()) if row[0] < plan.upbeat_onset]
        row = draw_row(closings, rng)
        closing = row[0] if row else 0
    return replace(plan, texture=setting.texture, stated=programs, opening=opening, closing=closing, is_full=is_full,
                   energy=controls.energy, pool="" if _draws_meter(controls) else str(meter),
                   is_keyed=controls.key is not None or bool(setting.mode),
                   is_metered=controls.meter is not None or bool(setting.meter))  # fmt: skip


def _repeats(
    controls: Controls, plan: Plan, form: Form, profile: StyleProfile, rng: np.random.Generator
) -> tuple[Repeat, ...]:
    """Return the repeats that a form asks for, else those of a plan that is drawn.

    There are none for few bars, or chords, that are asked for, and for a single line, which repeats itself enough.
    """
    if len(form.letters) > 1:
        return repeats_of_form(form.letters, plan.bars, profile, rng.spawn(1)[0])
    is_short = plan.bars <= SHORT and (controls.bars is not None or controls.duration is not None)
    if is_short or controls.chords is not None or len(plan.programs) == 1:
        return ()
    return draw_repeats(profile, plan.bars, rng.spawn(1)[0])


def continue_plan(
    prompt: Score, controls: Controls, profiles: Mapping[str, StyleProfile], rng: np.random.Generator
) -> Plan:
    """Draw the plan of a piece that continues a prompt; `bars` includes the prompt's.

    Raises ControlError for an empty prompt, an unknown style, too few bars, or a control that the prompt settles.
    """
    plan = _plan_of(prompt, controls, profiles, rng)
    needed = plan.qpm or (usual_qpm(prompt, plan.style) if controls.duration is not None else None)
    bars, qpm = continued_length(prompt, n_bars(prompt), controls, plan.meter, needed)
    return replace(plan, bars=bars, qpm=qpm)


def fill_plan(
    score: Score, controls: Controls, profiles: Mapping[str, StyleProfile], rng: np.random.Generator
) -> Plan:
    """Draw the plan of a piece of which a part is written anew.

    Raises ControlError for an empty score, an unknown style, or a control that the score settles, its length among
    them.
    """
    if controls.bars is not None or controls.duration is not None:
        raise ControlError("bars or a duration beside a score, which has its own", advice="leave them out")
    return _plan_of(score, controls, profiles, rng)


def _plan_of(
    score: Score, controls: Controls, profiles: Mapping[str, StyleProfile], rng: np.random.Generator
) -> Plan:
    """Draw the plan of a score as it stands. Raises as `continue_plan` does."""
    check_beside_prompt(score, controls)
    for name in ("form", "upbeat"):
        if getattr(controls, name) is not None:
            raise ControlError(f"{name} beside a score, which has its own", advice="leave it out")
    if score.end == 0:
        raise ControlError("an empty prompt", expected="at least one note")
    if controls.style is not None:
        check_style(controls.style, styles_of(profiles))
    style = controls.style or score.about("style")
    profile = profiles.get(style) or profiles.get("") or StyleProfile()
    closed = bool(rng.random() < profile.closed) if controls.ending is None else controls.ending == "closed"
    key = score.keys[0] if score.keys and score.keys[0].tick == 0 else None
    meter = main_meter(score)
    _, closing, is_full = draw_ends(profile, MODES[key.mode] if key else "", str(meter), rng)
    programs = programs_of(score.tracks)
    return Plan(
        key=key or Key(0, 0),
        meter=replace(meter, tick=0),
        bars=n_bars(score),
        programs=programs,
        ranges=profile_ranges(profile, len(programs)),
        style=style,
        qpm=score.tempos[0].qpm if score.tempos else None,
        closed=closed,
        closing=closing,
        is_full=is_full,
        is_keyed=key is not None,
        energy=controls.energy,
        pool=str(meter),
        kit=draw_kit(style, profiles, programs, rng, score),
    )


def _check_upbeat(controls: Controls, form: Form, meter: Meter) -> None:
    """Raise ControlError for an upbeat asked for that a piece in a meter can't have."""
    if controls.upbeat and not form.upbeat:
        raise ControlError(f"an upbeat of {controls.upbeat:g} quarters in music without a meter",
                           advice="ask for a meter too")  # fmt: skip
    if controls.upbeat and controls.upbeat >= bar_quarters(meter):
        raise ControlError(f"an upbeat of {controls.upbeat:g} quarters in {meter}",
                           expected=f"under {float(bar_quarters(meter)):g}, a bar")  # fmt: skip


def check_beside_prompt(prompt: Score, controls: Controls) -> None:
    """Raise ControlError for a control that differs from what a prompt states itself."""
    programs = programs_of(prompt.tracks)
    own = {"key": prompt.keys and str_key(prompt.keys[0]), "meter": prompt.meters and str(main_meter(prompt)),
           "qpm": prompt.tempos and prompt.tempos[0].qpm, "instruments": programs}  # fmt: skip
    asked = {"key": controls.key and str_key(controls.key), "meter": controls.meter and str(controls.meter),
             "qpm": controls.qpm, "instruments": controls.instruments}  # fmt: skip
    for name, value in asked.items():
        if value is not None and value != own[name]:
            raise ControlError(f"{name} beside a prompt, which has its own", advice="leave it out")


def settle_plan(
    controls: Controls,
    *,
    key: Key,
    meter: Meter,
    programs: Sequence[int],
    ranges: Sequence[type_range],
    style: str = "",
    qpm: float | None = None,
    closed: bool = True,
    drums: bool = False,
) -> Plan:
    """Return the plan of some controls, with defaults for those left open.

    controls                 requested; instruments bring their own ranges, narrowed to the given ones where these leave
                             room
    key, meter, qpm, closed  defaults; qpm None for no tempo
    programs, ranges         defaults, one a voice from the top
    style                    name of the style
    drums                    whether drums may be requested; default False

    Raises ControlError for drums unless `drums`.

    >>> plan = settle_plan(Controls(bars=8, instruments=(40,)), key=Key(0, 0), meter=Meter(0, 3, 4), programs=[0],
    ...                    ranges=[(48, 84)])
    >>> plan.bars, plan.programs, plan.ranges, plan.end
    (8, (40,), ((55, 84),), 11520)
    """
    requested = controls.instruments
    if requested is not None:
        if DRUMS in requested and not drums:
            raise ControlError("drums, of a method that plays none", advice="ask for instruments that have pitches")
        requested = seat_drums(requested, [program == DRUMS for program in programs]) if drums else requested
        usual = [*ranges, *[FULL_RANGE] * len(requested)][: len(requested)]
        ranges = [common_range(of_part(program)[1:], bounds)
                  for program, bounds in zip(requested, usual, strict=True)]  # fmt: skip
    bars, tempo = settle_length(controls, controls.meter or meter, qpm)
    return Plan(
        key=controls.key or key,
        meter=controls.meter or meter,
        bars=bars,
        programs=requested or tuple(programs),
        ranges=tuple(ranges),
        style=controls.style or style,
        qpm=tempo,
        closed=closed if controls.ending is None else controls.ending == "closed",
    )


def draw_ends(
    profile: StyleProfile, mode: str, meter: str, rng: np.random.Generator
) -> tuple[tuple[int, int] | None, int | None, bool]:
    """Draw the opening, closing and fullness of a piece in a mode and meter."""
    opening = draw_row(profile.openings.get(mode, ()), rng)
    closing = draw_row(profile.closings.get(meter, ()), rng)
    is_full = bool(rng.random() < profile.full)
    return (opening[0], opening[1]) if opening else None, closing[0] if closing else None, is_full


def profile_ranges(profile: StyleProfile, n_voices: int) -> tuple[type_range, ...]:
    """Return the range of each voice in a style's pieces of so many voices.

    Where the style has no such pieces, it is FULL_RANGE.
    """
    ranges: tuple[type_range, ...] = profile.part("ranges").get("by_voices", {}).get(str(n_voices), ())
    return tuple((low, high) for low, high in ranges) or (FULL_RANGE,) * n_voices


def _tempo(controls: Controls, style: str, profile: StyleProfile, setting: Setting) -> float | None:
    """Return the tempo of a setting, or that of an energy in its meter.

    Where none is stated but one is needed, it is the usual one.
    """
    energy = controls.energy
    at_energy = tempo_at(profile.settings, setting.meter, energy) if energy is not None else None
    if at_energy or setting.qpm:
        return float(nearest_qpm(at_energy or setting.qpm))
    if energy is None and controls.duration is None:
        return None
    pace = quantile(profile.part("density").get("paces", {}), setting.meter, 0.5) or 1.0
    return usual_qpm_at(style, 1 / pace)


def _draw_setting(
    controls: Controls, profiles: Mapping[str, StyleProfile], rng: np.random.Generator
) -> tuple[str, Setting]:
    """Draw a style, and a setting of it that agrees best with the controls."""
    styles = styles_of(profiles) or tuple(profiles)
    if controls.style is not None:
        check_style(controls.style, styles_of(profiles))
    rows = [(style, setting) for style in ([controls.style] if controls.style is not None else styles)
            for setting in profiles[style].settings]  # fmt: skip
    if not rows:
        raise ControlError("a model without style profiles", advice="fit the method again")
    _check_meter(controls, profiles)
    rows = _with_instruments(controls, rows)
    for agrees in (_same_meter, _has_room, _same_tempo, _same_key):
        rows = [row for row in rows if agrees(controls, row[1])] or rows
    candidates = sorted({style for style, _ in rows})
    style = candidates[int(rng.integers(len(candidates)))]
    settings = [setting for name, setting in rows if name == style]
    settings = _at_energy(controls, profiles[style], settings, rng)
    return style, settings[choose(np.array([setting.count for setting in settings], dtype=float), rng)]


def _draws_meter(controls: Controls) -> bool:
    """Return whether the energy draws the meter.

    At a tempo that is asked for, the meters differ in density; else tempi make up for that: twice as many notes a
    quarter are played at half the tempo.
    """
    return controls.energy is not None and controls.qpm is not None and controls.meter is None


def _at_energy(
    controls: Controls, profile: StyleProfile, settings: list[Setting], rng: np.random.Generator
) -> list[Setting]:
    """Return the settings in the meter that the energy draws, or all."""
    meters = {setting.meter for setting in settings}
    paces = {meter: rows for meter, rows in profile.part("density").get("paces", {}).items() if meter in meters}
    if controls.energy is None or not _draws_meter(controls) or not paces:
        return settings
    meter = draw_meter(paces, controls.energy, rng)
    return [setting for setting in settings if setting.meter == meter]


def _check_meter(controls: Controls, profiles: Mapping[str, StyleProfile]) -> None:
    known = {setting.meter for profile in profiles.values() for setting in profile.settings} - {""}
    if controls.meter is not None and str(controls.meter) not in known:
        raise ControlError(f"a meter of {controls.meter}, which no music learned from has",
                           expected=f"one of {', '.join(sorted(known))}")


def _same_meter(controls: Controls, setting: Setting) -> bool:
    return controls.meter is not None and setting.meter == str(controls.meter)


def _has_room(controls: Controls, setting: Setting) -> bool:
    """Return whether a bar of the setting's meter is longer than the upbeat asked for."""
    if not controls.upbeat or controls.meter is not None or not setting.meter:
        return False
    return controls.upbeat < bar_quarters(Meter(0, *map(int, setting.meter.split("/"))))


def _same_tempo(controls: Controls, setting: Setting) -> bool:
    is_open = controls.qpm is None or _draws_meter(controls)
    return not is_open and setting.qpm == nearest_qpm(controls.qpm or 0)


def _same_key(controls: Controls, setting: Setting) -> bool:
    return controls.key is not None and (setting.tonic, setting.mode) == (controls.key.tonic, controls.key.mode)


def _with_instruments(controls: Controls, rows: list[tuple[str, Setting]]) -> list[tuple[str, Setting]]:
    """Return the rows with the requested numbers of voices and drums."""
    if controls.instruments is None:
        return rows
    wanted = len(controls.instruments), controls.instruments.count(DRUMS)
    counts = [(len(setting.programs), setting.programs.count(DRUMS)) for _, setting in rows]
    if wanted not in counts:
        known = [f"{n} ({drums} of them drums)" if drums else f"{n}" for n, drums in sorted(set(counts))]
        drums = f", {wanted[1]} of them drums," if wanted[1] else ""
        raise ControlError(
            f"{wanted[0]} instrument{'s' * (wanted[0] > 1)}{drums} for {controls.style or 'this model'}",
            expected=f"{' or '.join(known)}, as in the music learned from",
        )
    return [row for row, count in zip(rows, counts, strict=True) if count == wanted]


def seat_drums(instruments: Sequence[int], is_drum: Sequence[bool]) -> tuple[int, ...]:
    """Return the instruments in their order, with drums where the piece has drums.

    >>> seat_drums((DRUMS, 0, 33), (False, False, True))
    (0, 33, 128)
    """
    others = iter([number for number in instruments if number != DRUMS])
    return tuple(DRUMS if drums else next(others) for drums in is_drum)


def common_range(first: type_range, second: type_range) -> type_range:
    """Return the common part of two ranges, or the first if it is below NARROWEST.

    >>> common_range((55, 103), (60, 81)), common_range((74, 108), (36, 64))
    ((60, 81), (74, 108))
    """
    low, high = max(first[0], second[0]), min(first[1], second[1])
    return (low, high) if high - low >= NARROWEST else first


def name_tracks(tracks: Sequence[Track]) -> tuple[Track, ...]:
    """Return the tracks named by their instruments, numbered where one comes twice."""
    names = ["drums" if track.is_drum else INSTRUMENTS[track.program].name for track in tracks]
    numbered = [f"{name} {names[: at + 1].count(name)}" if names.count(name) > 1 else name
                for at, name in enumerate(names)]  # fmt: skip
    return tuple(replace(track, name=name) for track, name in zip(tracks, numbered, strict=True))
