"""Explanation of the notes of one bar and voice: why were they chosen?

    print(componium.explain(take, bar=4, voice="alto"))
    componium.explain(take, bar=4, voice="alto").write("why.png")

Conventions
- A take is explained by the model that made it, under the masks and biases of its composing; a score of another origin
  by any model, as if that had composed it to the plan that the score keeps to.
- `chance` is the model's own probability of a pitch at the moment when the pitch is chosen: place and voice are
  settled, all notes before are known. `drawn` is the probability after masks, biases, temperature and truncation.
- Surprise is -log2 of `chance`, in bits. What was settled with the note besides its pitch has bits of its own.
- The nearest passages are the longest runs of notes that lead to a note in the same way, in the indexed training music.

>>> from componium.composing.compose import compose
>>> why = explain(compose("jig", bars=4, seed=1), bar=1)
>>> note = why.notes[0]
>>> 0 < note.chosen.chance <= 1, note.surprise >= 0, len(why.notes) == len(why.passages)
(True, True, True)
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Any, Protocol, cast

import numpy as np

from componium._files import write_atomic
from componium.composing.extend import score_of
from componium.composing.model import Model, resolve_model
from componium.composing.patterns import tune_of
from componium.composing.request import check_count
from componium.composing.take import Take
from componium.corpora import Corpus
from componium.decoding.controls import Controls
from componium.decoding.explanation import Candidate, NoteExplanation, is_likely
from componium.decoding.region import find_voice
from componium.decoding.request import Request
from componium.decoding.style.plan import Plan
from componium.errors import ControlError, UnknownNameError
from componium.methods import Autoregressive, Method
from componium.music.pitch import pitch_to_name, str_key
from componium.music.score import Score
from componium.music.time import bar_lines, bar_number, beat_quarters, meters_of, n_bars
from componium.originality.index import Index
from componium.originality.passages import Passage, passages
from componium.progress import type_on_progress
from componium.weights import BY_NAME

SHOWN, LEAST = 8, 0.01  # candidates of a note that text and picture show, at most; their least chance
LEAST_KEPT = 0.0005  # and the least chance of those in JSON
SUFFIXES = (".txt", ".json", ".png", ".svg")


class Explainer(Protocol):
    """A method that explains its notes."""

    def explain(
        self, score: Score, bar: int, voice: int, *, request: Request | None = None, plan: Plan | None = None
    ) -> tuple[NoteExplanation, ...]:
        """Explain the notes of one bar and voice of a score, both from 0."""
        ...


@dataclass(frozen=True)
class Explanation:
    """Explanation of the notes of one bar and voice, with the nearest passages.

    score       the music
    bar, voice  from 0
    method      the name of the method
    notes       in the order of time
    passages    of each note; none where the training music is not known
    sampling    temperature and top_p of the draws, for a method that draws one id after another
    remarks     what limits the explanation
    """

    score: Score
    bar: int
    voice: int
    method: str
    notes: tuple[NoteExplanation, ...]
    passages: tuple[tuple[Passage, ...], ...]
    sampling: Mapping[str, float]
    remarks: tuple[str, ...] = ()

    @property
    def title(self) -> str:
        """The piece, the bar (from 1), the voice and the method, in words."""
        name = self.score.tracks[self.voice].name
        voice = f"voice {self.voice + 1}" + (f" ({name})" if name else "")
        return f"{self.score.title or 'Untitled'}: bar {bar_number(self.score, self.bar)}, {voice}, by {self.method}"

    def to_json(self) -> dict[str, Any]:
        """Return plain values; bar and voice are counted from 1."""
        notes = [{**note.to_json(self._fifths, least=LEAST_KEPT), "beat": float(self._beat(note)),
                  "passages": [{"notes": each.notes, "piece": each.piece, "bar": each.bar, "places": each.count}
                               for each in found]}
                 for note, found in zip(self.notes, self.passages, strict=True)]  # fmt: skip
        track = self.score.tracks[self.voice].name
        number = bar_number(self.score, self.bar)
        return {"title": self.score.title, "bar": number, "voice": self.voice + 1, "track": track,
                "method": self.method, "sampling": dict(self.sampling), "remarks": list(self.remarks), "notes": notes}

    def __str__(self) -> str:
        """Return a table for each note."""
        blocks = ["\n".join(self._lines(note, found)) for note, found in zip(self.notes, self.passages, strict=True)]
        return "\n\n".join([self.title, *blocks, *(f"({remark})" for remark in self.remarks)])

    def figure(self) -> Any:
        """Return the picture, as a matplotlib Figure."""
        from componium.render.plots.chances import Panel, chances_figure

        panels = [Panel(self._heading(note), [self._option(note, each) for each in self._by_pitch(note)],
                        [*note.reasons, *self._learned(found)])
                  for note, found in zip(self.notes, self.passages, strict=True)]  # fmt: skip
        if any(note.surprise is not None for note in self.notes):
            return chances_figure(panels, title=self.title, legend=("model alone", "as drawn"))
        dearest = max((option.dark or 0 for panel in panels for option in panel.options), default=0)
        return chances_figure(panels, title=self.title, x="price of the soft rules broken", limit=100 * dearest + 5)

    def write(self, path: str | Path) -> None:
        """Write text (.txt), JSON (.json) or the picture (.png, .svg).

        Raises UnknownNameError for another suffix, OSError.
        """
        from componium.render import figures

        suffix = Path(path).suffix.lower()
        if suffix not in SUFFIXES:
            raise UnknownNameError("form of an explanation", suffix, SUFFIXES)
        if suffix == ".txt":
            data = f"{self}\n".encode()
        elif suffix == ".json":
            data = (json.dumps(self.to_json(), indent=1, ensure_ascii=False) + "\n").encode()
        else:
            data = figures.render(self.figure(), suffix)
        write_atomic(Path(path), data)

    @property
    def _fifths(self) -> int:
        return self.score.keys[0].fifths if self.score.keys else 0

    def _beat(self, note: NoteExplanation) -> Fraction:
        """Return the beat on which a note begins, from 1."""
        line = int(bar_lines(self.score)[self.bar])
        meter = [meter for meter in meters_of(self.score) if meter.tick <= line][-1]
        return 1 + note.onset / beat_quarters(meter)

    def _heading(self, note: NoteExplanation) -> str:
        bits = "" if note.surprise is None else f", {note.surprise:.1f} bits"
        timing = "" if note.timing is None else f" (place and length {note.timing:.1f})"
        return f"beat {_number(self._beat(note))}: {pitch_to_name(note.pitch, self._fifths)}{bits}{timing}"

    def _lines(self, note: NoteExplanation, found: Sequence[Passage]) -> list[str]:
        rows = [("", "model", "drawn", "")] if note.surprise is not None else []
        rows += [(("> " if each.pitch == note.pitch else "  ") + pitch_to_name(each.pitch, self._fifths),
                  _percent(each.chance), _percent(each.drawn), _effects(each)) for each in _shown(note)]
        lines = [f"  {name:6} {chance:>6} {drawn:>6}  {text}".rstrip() for name, chance, drawn, text in rows]
        return [self._heading(note), *lines, *(f"  {line}" for line in (*note.reasons, *self._learned(found)))]

    def _learned(self, found: Sequence[Passage]) -> list[str]:
        return [f"learned from: {found[0]}"] if found else []

    def _by_pitch(self, note: NoteExplanation) -> list[Candidate]:
        return sorted(_shown(note), key=lambda each: -each.pitch)

    def _option(self, note: NoteExplanation, each: Candidate) -> Any:
        from componium.render.plots.chances import Option

        dark = each.drawn
        if each.chance is None:
            dark = None if each.forbidden else -sum(each.biases.values()) / 100
        return Option(pitch_to_name(each.pitch, self._fifths), each.chance, dark, _effects(each),
                      each.pitch == note.pitch, bool(each.forbidden))  # fmt: skip


def explain(
    piece: Take | Score,
    bar: int,
    voice: int | str = 0,
    *,
    method: Method | str | Path | None = None,
    corpus: Corpus | str | Path | None = None,
    on_progress: type_on_progress | None = None,
) -> Explanation:
    """Explain the notes of one bar and voice.

    piece        a Take, or a Score of any origin
    bar          from 0
    voice        a track by its number from 0, or by its name; "soprano", "alto", "tenor", "bass" are the parts of four
    method       a fitted Method, the name of a method or a model, or a folder; by default that of the take, or the
                 shipped model
    corpus       what a method given by name learns from: a Corpus, the name of one, or a folder of music
    on_progress  called with a Progress while music is read and learned from

    Raises ControlError for a bar or voice that the piece doesn't have or where no note begins, for a method that can't
    explain, and for a take of other weights than the method's; UnknownNameError, CheckpointError.
    """
    score = tune_of(score_of(piece))
    take = replace(piece, score=score) if isinstance(piece, Take) else Take(score)
    number, bar = find_voice(score, voice), check_count("bar", bar, 0, max(n_bars(score) - 1, 0))
    made_by = take.model if take.model in BY_NAME and corpus is None else take.method
    named = method if method is not None else made_by or None
    model = resolve_model(named, corpus, request=Request(score=score), able="explain", on_progress=on_progress)
    remarks = _check_weights(take, model, is_named=method is not None)
    take, plan, further = _as_composed(take, model.method)
    request = take.request if take.method else None  # of music of another origin nothing was asked
    notes = cast(Explainer, model.method).explain(take.score, bar, number, request=request, plan=plan)
    if not notes:
        raise ControlError(f"no note of voice {number + 1} that {model.name} explains",
                           where=f"bar {bar_number(take.score, bar)}", expected="a bar in which one begins")
    found = tuple(_passages(model.index, take.score, bar, number, note) for note in notes)
    sampling = {}
    if isinstance(model.method, Autoregressive):
        sampling = {"temperature": take.request.sampling.temperature, "top_p": take.request.sampling.top_p}
    return Explanation(take.score, bar, number, model.name, notes, found, sampling, (*remarks, *further))


def _check_weights(take: Take, model: Model, *, is_named: bool) -> tuple[str, ...]:
    """Return a remark for a take of other weights.

    Raises ControlError unless the model was named.
    """
    if not take.weights or take.weights == model.weights or (is_named and not model.weights):
        return ()
    if not is_named:
        raise ControlError(f"the take was made with the weights {take.weights}, {model.name} has {model.weights}",
                           advice="name the folder of its model as the method")
    return (f"the take was made with other weights, {take.weights}",)


def _as_composed(take: Take, method: Method) -> tuple[Take, Plan | None, tuple[str, ...]]:
    """Return a take with its plan, and with what its file could not carry.

    Both are made again from its seed.

    A take that can't be made again is explained by what its score states.
    """
    if take.plan is not None or take.seed is None:
        return take, take.plan, ()
    rng = np.random.default_rng(take.seed).spawn(take.draw)[-1]
    if isinstance(method, Autoregressive):
        plan = method.plan(take.request, rng)
        if _fits(plan, take.score):
            return take, plan, ()
        open_request = replace(take.request, controls=Controls(), score=None)
        return replace(take, request=open_request), None, (
            "its plan could not be drawn again: explained by what its score states",)
    if all(map(take.score.about, method.RECORDS)):
        return take, None, ()
    made = method.generate(take.request, take.draw, rng=np.random.default_rng(take.seed))[-1]
    if _rows(made) != _rows(take.score):
        return take, None, ()
    tracks = tuple(replace(track, name=old.name) for track, old in zip(made.tracks, take.score.tracks, strict=True))
    return replace(take, score=replace(made, title=take.score.title, tracks=tracks)), None, ()


def _fits(plan: Plan, score: Score) -> bool:
    """Return whether a score keeps to a plan as far as it states one."""
    stated = [str_key(key) for key in score.keys[:1]] == ([str_key(plan.key)] if plan.is_keyed else [])
    return stated and plan.bars + (plan.form.upbeat > 0) == n_bars(score) and len(plan.programs) == len(score.tracks)


def _rows(score: Score) -> list[list[tuple[Fraction, Fraction, int]]]:
    """Return (onset, duration, pitch) of each note of each track, in quarters."""
    ticks = score.ticks_per_quarter
    return [[(Fraction(onset, ticks), Fraction(duration, ticks), pitch) for onset, duration, pitch
             in track.notes[["onset", "duration", "pitch"]].tolist()] for track in score.tracks]


def _passages(index: Index | None, score: Score, bar: int, voice: int, note: NoteExplanation) -> tuple[Passage, ...]:
    """Return the nearest passages of a note.

    Its line is the highest note of each onset of its track.
    """
    track = score.tracks[voice]
    if index is None or track.is_drum:
        return ()
    onsets = track.notes["onset"]
    line = track.notes[np.append(onsets[1:] != onsets[:-1], True)]
    begin, end = bar_lines(score)[bar : bar + 2].tolist()
    inside = np.flatnonzero((line["onset"] >= begin) & (line["onset"] < end) & (line["pitch"] == note.pitch))
    if not len(inside):
        return ()
    tick = begin + int(note.onset * score.ticks_per_quarter)
    return passages(index, line, int(min(inside, key=lambda at: abs(int(line["onset"][at]) - tick))))


def _shown(note: NoteExplanation) -> list[Candidate]:
    """Return the candidates that are shown: the likely ones, and the chosen one."""
    likely = [each for each in note.candidates if each.pitch != note.pitch and is_likely(each, LEAST)]
    kept = [*likely[: SHOWN - 1], note.chosen]
    return [each for each in note.candidates if each in kept]


def _percent(chance: float | None) -> str:
    return "" if chance is None else f"{100 * chance:.1f}%" if chance < 0.0995 else f"{chance:.0%}"


def _effects(candidate: Candidate) -> str:
    """Return in words what forbids a candidate, or else what favors and penalizes it."""
    if candidate.forbidden:
        return f"forbidden: {', '.join(candidate.forbidden)}"
    strong = sorted(((value, name) for name, value in candidate.biases.items() if abs(value) >= WEAKEST),
                    key=lambda pair: -abs(pair[0]))  # fmt: skip
    words = [f"{name} {value:+.1f}" for value, name in strong]
    words += ["cut by top-p"] if candidate.drawn == 0 and candidate.chance else []
    return ", ".join(words)


WEAKEST = 0.1  # nats: a weaker bias is not shown


def _number(beat: Fraction) -> str:
    return f"{float(beat):.3g}"
