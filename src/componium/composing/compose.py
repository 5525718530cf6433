"""Composing: wishes in, takes out.

    takes = componium.compose(style="chorales", key="D minor", bars=16, seed=3)
    takes[0].write("take.mid")

A Take is a score with its history: the seed, what was asked for beside what was measured, which model with which
weights, and the longest passage that it shares with the music learned from. Same seed, settings and version give the
same notes.
"""

import json
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any, Literal

import numpy as np

import componium
from componium import corpora, formats, registry
from componium._files import write_atomic
from componium.analysis.key import find_key
from componium.checkpoints import store as checkpoint
from componium.corpora import Corpus
from componium.decoding.controls import MAX_BARS, Controls, measure
from componium.decoding.request import Request
from componium.decoding.sampling import Sampling
from componium.errors import CheckpointError, ControlError
from componium.methods import Autoregressive, Method, load, make
from componium.music import instruments, pitch
from componium.music.score import DEFAULT_QPM, Key, Meter, Score, Tempo
from componium.originality.index import Index, Shared
from componium.progress import Progress, type_on_progress, with_stage
from componium.weights import BY_METHOD, SHIPPED

MIN_BARS = 4
TEMPERATURE, TOP_P = 1.0, 0.98
LEARNER = "markov"  # what learns from a corpus where no method is named: at once, and from few pieces
AT_ONCE = 8  # takes made side by side; more gain little and cost memory
# How fast players usually take them, in quarters a minute: for takes where neither the wish nor the model says.
USUAL_QPM = {"chorales": 76, "madrigals": 92, "quartets": 112, "air": 84, "jig": 170, "slip jig": 170, "reel": 190,
             "hornpipe": 150, "march": 104, "strathspey": 120, "waltz": 140, "minuet": 116, "fiddle": 140}
Auto = Literal["auto"]


@dataclass(frozen=True)
class Take:
    """One piece composed, and how it came about. `number` counts the takes of one call from 1."""

    score: Score
    seed: int
    number: int = 1
    asked: dict[str, Any] = field(default_factory=dict)
    measured: dict[str, Any] = field(default_factory=dict)
    method: str = ""
    weights: str = ""
    version: str = componium.__version__
    sampling: dict[str, Any] = field(default_factory=dict)
    shared: Shared | None = None  # with the music learned from; None if that isn't known

    def to_json(self) -> dict[str, Any]:
        """All but the notes, as plain values."""
        names = ("seed", "number", "asked", "measured", "method", "weights", "version", "sampling")
        told = {name: getattr(self, name) for name in names}
        return {**told, "longest_shared_passage": None if self.shared is None else _plain(self.shared)}

    def write(self, path: str | Path) -> None:
        """Write the take by suffix: .wav .flac .ogg .mp3 sound, .png piano roll, .svg .pdf pages, .json its history,
        else the score.

        Raises UnknownNameError for an unknown suffix, MissingExtraError, OSError.
        """
        path = Path(path)
        suffix = path.suffix.lower()
        writer = registry.with_suffix(suffix, "writers")
        if writer:
            writer.write(self.score, path)
        elif suffix == ".json":
            write_atomic(path, (json.dumps(self.to_json(), indent=1, ensure_ascii=False) + "\n").encode())
        else:
            formats.write(self.score, path)

    def _repr_html_(self) -> str:
        from componium.render.notebook import score_to_html

        return score_to_html(self.score)


def _plain(shared: Shared) -> dict[str, Any]:
    return {"notes": shared.notes, "bars": round(shared.bars, 2), "piece": shared.piece}


def compose(
    *,
    style: str | Auto = "auto",
    key: str | Key | Auto = "auto",
    meter: str | Meter | Auto = "auto",
    qpm: float | Auto = "auto",
    bars: int | Auto = 16,
    instruments: Sequence[str | int] | Auto = "auto",
    ending: str | Auto = "auto",
    n: int = 1,
    seed: int | None = None,
    temperature: float = TEMPERATURE,
    top_p: float = TOP_P,
    method: Method | str | Path | None = None,
    corpus: Corpus | str | Path | None = None,
    prompt: Score | None = None,
    on_bar: Callable[[int, int, Score], None] | None = None,
    on_progress: type_on_progress | None = None,
) -> list[Take]:
    """Compose `n` takes. What is "auto" is left to the model.

    style        one of the model's styles, such as "chorales" or "jig"
    key, meter   as people write them: "D minor", "3/4"
    qpm          quarters a minute, 10 to 400
    bars         4 to 1,024, exactly
    instruments  one a part, from the top, by name or General MIDI number, or "drums"; each inside its range
    ending       "closed": the last and lowest note is the tonic; "open": it is another
    seed         chosen at random if not given; the takes say which
    temperature  below 1 tamer, above 1 wilder; top_p: choose among this share of the probability
    method       a fitted Method, or the folder or name of one (componium.methods); the shipped model by default
    corpus       what a method given by name learns from: a Corpus, the name of one, or a folder of music
    prompt       a score to go on from; `bars` counts its bars too
    on_bar       called as bars are finished with the take's number from 0, the bar's from 0, and that bar as a score
    on_progress  called with a Progress while music is read and learned from

    Raises ControlError for a wish that can't be met, with the reason.
    """
    controls = _controls(style=style, key=key, meter=meter, qpm=qpm, bars=bars, programs=instruments, ending=ending)
    sampling = Sampling(temperature=temperature, top_p=top_p)
    model, weights, index = _model(method, corpus, on_progress)
    name = type(model).__module__.rpartition(".")[2]
    how = {"temperature": temperature, "top_p": top_p} if isinstance(model, Autoregressive) else {}
    if not how:
        _without_sampling(name, sampling)
    seed = secrets.randbits(32) if seed is None else seed
    request = Request(controls, prompt, sampling=sampling)
    rng = np.random.default_rng(seed)
    scores = [_completed(score, controls, seed) for score in _generated(model, n, request, rng, on_bar)]
    return [
        Take(score, seed, number, controls.asked(), _measured(score), name, weights,
             sampling=how, shared=index.longest_shared(score) if index else None)
        for number, score in enumerate(scores, 1)
    ]


def _generated(
    model: Method, n: int, request: Request, rng: np.random.Generator,
    on_bar: Callable[[int, int, Score], None] | None,
) -> list[Score]:  # fmt: skip
    """Return `n` scores, composed a few at a time."""
    scores: list[Score] = []
    while len(scores) < n:
        count = min(AT_ONCE, n - len(scores))
        if on_bar is None:
            scores += model.generate(request, count, rng=rng)
        else:
            scores += _streamed(model, count, request, rng, on_bar, len(scores))
    return scores


def _streamed(
    model: Method, n: int, request: Request, rng: np.random.Generator,
    on_bar: Callable[[int, int, Score], None], first: int,
) -> list[Score]:  # fmt: skip
    """Return `n` scores, calling `on_bar` as their bars are done; takes are numbered from `first`."""
    bars = model.stream(request, n, rng=rng)
    while True:
        try:
            take, bar, score = next(bars)
        except StopIteration as stop:
            scores: list[Score] = stop.value
            return scores
        on_bar(first + take, bar, score)


def _without_sampling(name: str, sampling: Sampling) -> None:
    if (sampling.temperature, sampling.top_p) != (TEMPERATURE, TOP_P):
        raise ControlError(f"temperature or top_p for {name}, which doesn't draw one token after another",
                           advice="leave them out")


def _measured(score: Score) -> dict[str, Any]:
    found = find_key(score)
    return {**measure(score), "key_found": pitch.str_key(found)}


def _completed(score: Score, controls: Controls, seed: int) -> Score:
    """With a title, and a tempo if it has none."""
    style = controls.style or score.about("style") or "Take"
    key = f" in {pitch.str_key(score.keys[0])}" if score.keys else ""
    tempos = score.tempos or (Tempo(0, float(USUAL_QPM.get(style, DEFAULT_QPM))),)
    return replace(score, title=f"{style.capitalize()}{key} (seed {seed})", tempos=tempos)


def _controls(*, style: Any, key: Any, meter: Any, qpm: Any, bars: Any, programs: Any, ending: Any) -> Controls:
    """The wishes as Controls; "auto" is None. Raises ControlError, UnknownNameError for what can't be understood."""
    if bars != "auto" and not MIN_BARS <= bars <= MAX_BARS:
        raise ControlError(f"{bars} bars", expected=f"{MIN_BARS} to {MAX_BARS}")
    if qpm != "auto" and not isinstance(qpm, int | float):
        raise ControlError(f"a tempo of {qpm!r}", expected='a number of quarters a minute, or "auto"')
    return Controls(
        style=None if style == "auto" else style,
        key=None if key == "auto" else pitch.parse_key(key) if isinstance(key, str) else key,
        meter=None if meter == "auto" else pitch.parse_meter(meter) if isinstance(meter, str) else meter,
        qpm=None if qpm == "auto" else float(qpm),
        bars=None if bars == "auto" else int(bars),
        instruments=None if programs == "auto" else tuple(instruments.find_part(str(name)) for name in programs),
        ending=None if ending == "auto" else ending,
    )


def _model(
    method: Method | str | Path | None, corpus: Corpus | str | Path | None, on_progress: type_on_progress | None
) -> tuple[Method, str, Index | None]:
    """The method, its weights' hash, and the index of what it learned from, where these are known."""
    if isinstance(method, Method):
        return method, "", None
    if corpus is None and (method is None or Path(method).is_dir()):
        return _loaded(Path(method) if method is not None else SHIPPED)
    name = LEARNER if method is None else str(method)
    if corpus is None and name in BY_METHOD:
        return _loaded(BY_METHOD[name])
    if name not in registry.names("methods"):
        known = ", ".join(registry.names("methods"))
        raise CheckpointError("no model there", where=name, expected=f"a folder that `train` wrote, or one of {known}")
    return _taught(name, corpus, on_progress)


def _taught(
    name: str, corpus: Corpus | str | Path | None, on_progress: type_on_progress | None
) -> tuple[Method, str, Index | None]:
    """A method by name that has learned from a corpus, or needs none."""
    method = make(name)
    if corpus is None:
        if "needs_music" in method.tags:
            raise ControlError(f"{name} has learned nothing yet", advice="name a corpus or a folder to learn from")
        return method, "", None
    music = corpus
    if not isinstance(music, Corpus):
        music = corpora.load(str(corpus), progress=_reading(str(corpus), on_progress))
    method.fit(music, on_progress=with_stage(on_progress, "learning"))
    return method, "", Index.of((piece.id, piece.score) for piece in music.train)


def _reading(name: str, on_progress: type_on_progress | None) -> Callable[[int, int], None] | None:
    if on_progress is None:
        return None
    report = on_progress
    return lambda done, total: report(Progress(f"reading {name}", done, total))


@cache
def _loaded(folder: Path) -> tuple[Method, str, Index | None]:
    """A saved model, its weights' hash, and the index of what it learned from where one is saved with it."""
    if not (folder / checkpoint.CONFIG).exists():
        advice = "name a folder that `componium train` wrote" if folder != SHIPPED else "reinstall componium"
        raise CheckpointError("no model there", where=str(folder), expected=checkpoint.CONFIG, advice=advice)
    index = folder / "originality.npz"
    return load(folder), checkpoint.weights_hash(folder), Index.load(index) if index.exists() else None
