"""A piece before its notes: every wish settled. For methods that make a score whole, rather than token by token.

What isn't wished for is drawn from what is usual in the style (usual.py), as for every other method; a method that
learns from no corpus says itself what it does unasked.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from componium.codecs.events.codec import KEY, METER, STYLE, TEMPO, UNKNOWN, VOICES, Events
from componium.codecs.events.guide import TICKS_PER_QUARTER, common_range, named
from componium.codecs.events.prefix import choose_prefix
from componium.codecs.events.survey import survey, type_range
from componium.corpora.base import Corpus
from componium.decoding.controls import DEFAULT_BARS, Controls
from componium.errors import ControlError
from componium.methods.base import examples_of
from componium.music.instruments import DRUMS, INSTRUMENTS
from componium.music.pitch import key_of
from componium.music.score import Key, Meter, Score, Tempo, Track, notes
from componium.music.time import bar_quarters, beat_quarters

EVERYTHING = (0, 127)


@dataclass(frozen=True)
class Plan:
    """What a piece is to be. `programs` and `ranges` (lowest and highest pitch) are one a part, from the top.

    qpm is None where neither the wish nor the style says; `closed` is whether it ends on the tonic.
    """

    key: Key
    meter: Meter
    bars: int
    programs: tuple[int, ...]
    ranges: tuple[type_range, ...]
    style: str = ""
    qpm: float | None = None
    closed: bool = True

    @property
    def bar_ticks(self) -> int:
        """The length of a bar, with TICKS_PER_QUARTER ticks a quarter."""
        return int(bar_quarters(self.meter) * TICKS_PER_QUARTER)

    @property
    def beat_ticks(self) -> int:
        """The length of a beat: a dotted quarter in 6/8."""
        return int(beat_quarters(self.meter) * TICKS_PER_QUARTER)

    @property
    def end(self) -> int:
        """Where the last bar ends, in ticks."""
        return self.bars * self.bar_ticks

    def score(self, parts: Iterable[Sequence[tuple[int, ...]]]) -> Score:
        """The score of parts, each rows of (onset, duration, pitch[, velocity]) in ticks, dressed as planned."""
        tracks = [Track(notes(rows), program) for rows, program in zip(parts, self.programs, strict=True)]
        tempos = (Tempo(0, self.qpm),) if self.qpm is not None else ()
        info = (("style", self.style),) if self.style else ()
        return Score(named(tuple(tracks)), TICKS_PER_QUARTER, tempos, (self.meter,), (self.key,), info=info)


def usual_in(corpus: Corpus) -> dict[str, Any]:
    """What `plan` draws from, as plain values: the styles, and what is usual in each."""
    codec = Events(styles=corpus.styles)
    return {"styles": list(codec.styles), "seen": survey(codec, examples_of(codec, corpus.train))}


def plan(controls: Controls, usual: Mapping[str, Any], rng: np.random.Generator) -> Plan:
    """The wishes, and for the rest what is usual in the style. Raises ControlError for what can't be met."""
    codec = Events(styles=usual["styles"])
    prefix = choose_prefix(codec, controls, usual["seen"], rng)
    entry = codec.vocab.entry
    style, voices = str(entry(int(prefix[STYLE]))[1]), int(entry(int(prefix[VOICES]))[1])
    about = usual["seen"].get(style, {})
    programs = tuple(_program(entry(int(index))[1]) for index in prefix[codec.prefix_length(prefix) - voices :])
    told_key, told_meter, told_qpm = (str(entry(int(prefix[place]))[1]) for place in (KEY, METER, TEMPO))
    usual_ranges = about.get("ranges", {}).get(str(voices), [EVERYTHING] * voices)
    return settled(
        controls,
        key=_key(told_key),
        meter=Meter(0, *map(int, told_meter.split("/"))) if told_meter != UNKNOWN else Meter(0, 4, 4),
        programs=programs,
        ranges=[(low, high) for low, high in usual_ranges],
        style=style,
        qpm=None if told_qpm == UNKNOWN else float(told_qpm),
        closed=bool(rng.random() < about.get("closed", 1.0)),
    )


def settled(
    controls: Controls,
    *,
    key: Key,
    meter: Meter,
    programs: Sequence[int],
    ranges: Sequence[type_range],
    style: str = "",
    qpm: float | None = None,
    closed: bool = True,
) -> Plan:
    """The wishes, and for the rest what is given. An instrument that is wished for brings its own range.

    >>> both = settled(Controls(bars=8, instruments=(40,)), key=Key(0, 0), meter=Meter(0, 3, 4), programs=[0],
    ...                ranges=[(48, 84)])
    >>> both.bars, both.programs, both.ranges, both.end
    (8, (40,), ((55, 84),), 11520)
    """
    wished = controls.instruments
    if wished is not None:
        if DRUMS in wished:
            raise ControlError("drums, of a method that plays none", advice="ask for instruments that have pitches")
        common = [*ranges, *[EVERYTHING] * len(wished)][: len(wished)]
        ranges = [common_range(INSTRUMENTS[program][1:], usual) for program, usual in zip(wished, common, strict=True)]
    return Plan(
        key=controls.key or key,
        meter=controls.meter or meter,
        bars=controls.bars or DEFAULT_BARS,
        programs=wished or tuple(programs),
        ranges=tuple(ranges),
        style=controls.style or style,
        qpm=controls.qpm or qpm,
        closed=closed if controls.ending is None else controls.ending == "closed",
    )


def ended(parts: Sequence[Sequence[tuple[int, ...]]], plan: Plan) -> list[list[tuple[int, ...]]]:
    """Parts whose last sonority lasts to the end of the last bar and stands on the tonic (or doesn't), as planned.

    Parts are rows of (onset, duration, pitch), in ticks. What sounds last is lengthened; if its lowest note is not as
    planned, it goes to the nearest pitch below the other notes that is: the tonic, or, for an open end, the fifth.
    """
    rows = [[part, *row] for part, found in enumerate(parts) for row in found]
    last = max(row[1] + row[2] for row in rows)
    final = [row for row in rows if row[1] + row[2] == last]
    for row in final:
        row[2] = plan.end - row[1]
    lowest = min(final, key=lambda row: row[3])
    if (lowest[3] % 12 == plan.key.tonic) != plan.closed:
        wanted = (plan.key.tonic + (0 if plan.closed else 7)) % 12
        low, high = plan.ranges[lowest[0]]
        others = min((row[3] for row in final if row is not lowest), default=high)
        fitting = [pitch for pitch in range(low, high + 1) if pitch % 12 == wanted]
        under = [pitch for pitch in fitting if pitch <= others] or fitting
        lowest[3] = min(under, key=lambda pitch: (abs(pitch - lowest[3]), pitch))
    result: list[list[tuple[int, ...]]] = [[] for _ in parts]
    for part, *row in rows:
        result[part].append(tuple(row))
    return result


def _key(told: str) -> Key:
    if told == UNKNOWN:
        return Key(0, 0)
    tonic, mode = told.split("_")
    return key_of(int(tonic), mode)


def _program(told: int | str) -> int:
    return told if isinstance(told, int) else 0
