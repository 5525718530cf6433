"""A take: one piece composed, and a record of how it was made."""

import json
import textwrap
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np

from componium import formats
from componium._files import write_atomic
from componium.analysis.key import find_key
from componium.analysis.meter import counted_bars
from componium.decoding.controls import measure
from componium.decoding.request import Request
from componium.decoding.style.plan import Plan
from componium.music.pitch import str_key
from componium.music.provenance import describe, with_provenance
from componium.music.score import Score
from componium.originality import Index, Originality, report_of
from componium.performance.detection import default_expression
from componium.performance.perform import perform
from componium.performance.performance import Performance
from componium.version import __version__

WIDTH = 80  # columns of a take that is printed


@dataclass(frozen=True, repr=False)
class Take:
    """A score with its history.

    score        the music
    seed         the seed of the call; None for a method that drew nothing
    number       the number of the take among those of one call, from 1
    request      what the method was asked for
    asked        the same as plain values, "auto" where a control was left open
    measured     the same measured on the score, with "key_found", the key of its notes, and "notes", their number
    method       the name of the method
    model        the name of its folder, "" if it was not loaded from one
    weights      the hash of its weights, "" likewise
    version      the version of componium
    sampling     temperature, top_p and endings, for a method that draws one id after another
    originality  what is shared with the training music; None if that music is not known
    plan         the controls, and what was drawn for those left open, where the method plans before its first note
    parent       the take that this one was made from
    tries        takes composed, of which this is the best; kept: its number among them, from 1
    critics      their marks of it by name, 0 to 1, where there were several tries
    """

    score: Score
    seed: int | None = None
    number: int = 1
    request: Request = field(default_factory=Request)
    asked: Mapping[str, Any] = field(default_factory=dict)
    measured: Mapping[str, Any] = field(default_factory=dict)
    method: str = ""
    model: str = ""
    weights: str = ""
    version: str = __version__
    sampling: Mapping[str, Any] = field(default_factory=dict)
    originality: Originality | None = None
    plan: Plan | None = None
    parent: "Take | None" = None
    tries: int = 1
    kept: int = 1
    critics: Mapping[str, float] = field(default_factory=dict)

    @property
    def draw(self) -> int:
        """Number of the take among all that were composed in the call, from 1."""
        return (self.number - 1) * self.tries + self.kept

    def to_json(self) -> dict[str, Any]:
        """Return all but the notes, as plain values."""
        names = ("seed", "number", "asked", "measured", "method", "model", "weights", "version", "sampling")
        record = {name: getattr(self, name) for name in names}
        record["originality"] = None if self.originality is None else self.originality.to_json()
        if self.tries > 1:
            record |= {"tries": self.tries, "kept": self.kept, "critics": dict(self.critics)}
        if self.request.constraints:
            record["constraints"] = dict(self.request.constraints)
        if self.plan is not None:
            record["plan"] = self.plan.to_json()
        if self.parent is not None:
            record["parent"] = self.parent.to_json()
        return record

    @property
    def provenance(self) -> str:
        """The history as one line of text, which the take's files state."""
        return describe(self.to_json())

    def annotated(self) -> Score:
        """Return the score with its provenance in `info`, as `write` writes it."""
        return with_provenance(self.score, self.provenance)

    def perform(self, expression: float | None = None) -> Performance:
        """Return a performance of the annotated score, by the take's seed.

        expression  0 (as written) to 1; by default 1, and 0 for a take of a piece that has dynamics or timing of a
                    player. Raises ControlError outside.
        """
        expression = default_expression(self.request.score) if expression is None else expression
        seed = None if self.seed is None else np.random.default_rng([self.seed, self.number])
        return perform(self.annotated(), expression=expression, seed=seed)

    def write(self, path: str | Path, *, expression: float | None = None, **options: Any) -> None:
        """Write the history (.json), or the score with its provenance (else).

        path        its suffix is any that `componium.write` takes
        expression  of the performance in sound and in MIDI, as `perform` takes it. A MIDI file is read as the score
                    again, whatever the expression
        options     those of the writer, such as `synth` for sound

        Raises UnknownNameError for an unknown suffix, ControlError, MissingExtraError, OSError.
        """
        if Path(path).suffix.lower() == ".json":
            text = json.dumps(self.to_json(), indent=1, ensure_ascii=False) + "\n"
            write_atomic(Path(path), text.encode())
        else:
            formats.write(self.perform(expression), path, **options)

    def __repr__(self) -> str:
        score, title = self.score, self.score.title or "Untitled"
        size = f"{counted_bars(score)} bars, {score.n_notes} notes"
        return f"<Take {self.number}: {title}, {size}, by {self.method or 'hand'}>"

    def __str__(self) -> str:
        """Return a table of what was asked and what was measured.

        It has 80 columns where names allow it.
        """
        names = [*self.measured, *(name for name, value in self.asked.items()
                                   if name not in self.measured and value not in (None, "auto"))]  # fmt: skip
        rows = [("", "asked", "measured")]
        rows += [(name, _cell(name, self.asked.get(name, "")), _cell(name, self.measured.get(name, "")))
                 for name in names]  # fmt: skip
        widths = [max(len(row[column]) for row in rows) for column in range(2)]
        lines = [repr(self), *(f"  {a:{widths[0]}}  {b:{widths[1]}}  {c}".rstrip() for a, b, c in rows)]
        if added := self.score.about("accompaniment"):
            lines.append(f"  accompaniment, not measured: {added}")
        if self.originality is not None:
            report = [_wrapped(line) for line in str(self.originality).splitlines()]
            lines += ["  shared with the training music:", *report]
        if self.tries > 1:
            marks = ", ".join(f"{name} {mark:.2f}" for name, mark in self.critics.items())
            lines.append(_wrapped(f"number {self.kept} of {self.tries} tries by the critics: {marks}", indent="  "))
        weights = f"model {self.model} (weights {self.weights}), " if self.weights else ""
        seed = "no seed" if self.seed is None else f"seed {self.seed}"
        lines.append(f"  {weights}{seed}, Componium {self.version}")
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        from componium.render.notebook import score_to_html

        return score_to_html(self.annotated())


def measure_take(score: Score) -> dict[str, Any]:
    """Return the measured values of a score, in the terms of `Take.asked`.

    "key_found" is the key of its notes, whatever key it states; "unknown" where nothing but drums sounds.
    """
    has_pitches = any(len(track.notes) and not track.is_drum for track in score.tracks)
    return {**measure(score), "key_found": str_key(find_key(score)) if has_pitches else "unknown"}


def report_originality(index: Index | None, score: Score, request: Request) -> Originality | None:
    """Return what a score shares with the indexed music; None without an index."""
    return report_of(index, score, request.controls.style or score.about("style")) if index else None


def _cell(name: str, value: Any) -> str:
    """Return a value as text; of names in succession that are equal their number."""
    if isinstance(value, list | tuple):
        runs = [(each, len(list(run))) for each, run in groupby(map(str, value))]
        return ", ".join(each if count == 1 else f"{count} {each}" for each, count in runs)
    unit = " s" if name == "duration" and isinstance(value, int | float) else ""
    return f"{value:g}{unit}" if isinstance(value, float) else f"{value}{unit}"


def _wrapped(text: str, indent: str = "    ") -> str:
    """Return a line in as many of WIDTH columns as it needs; names aren't broken."""
    return textwrap.fill(text, WIDTH, initial_indent=indent, subsequent_indent=indent + "  ", break_long_words=False,
                         break_on_hyphens=False)  # fmt: skip
