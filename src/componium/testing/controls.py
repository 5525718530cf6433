"""Conformance checks of controls: met exactly if supported, else refused by name."""

from typing import Any

import numpy as np

from componium.analysis.agreement import agreement
from componium.analysis.form import bar_contents
from componium.decoding.constraints.density import onsets_of
from componium.decoding.controls import Controls, measure
from componium.decoding.request import Request
from componium.errors import ControlError
from componium.metrics.rhythm import bars_exact
from componium.music.chart import parse_chart
from componium.music.instruments import INSTRUMENTS
from componium.music.score import Key, Score
from componium.music.time import n_bars
from componium.music.transform import change_ticks_per_quarter, slice_bars, slice_ticks
from componium.testing.checks import must_raise, require
from componium.testing.music import METERS, STYLE, make_corpus, make_tune
from componium.testing.subject import Subject, check_of

PROMPT = slice_bars(make_tune(99), 0, 2)
INSTRUMENTATION = (73, 58)  # flute and tuba
REQUESTS = {
    "style": Request(Controls(style=STYLE)),
    "key": Request(Controls(key=Key(0, 2))),
    "meter": Request(Controls(meter=METERS[1])),
    "qpm": Request(Controls(qpm=91.0)),
    "bars": Request(Controls(bars=5)),
    "form": Request(Controls(form="AAB")),
    "upbeat": Request(Controls(upbeat=0.5)),
    "duration": Request(Controls(duration=11.0)),
    "instruments": Request(Controls(instruments=INSTRUMENTATION)),
    "ending": Request(Controls(ending="closed")),
    "energy": Request(Controls(energy=0.8)),
    "chords": Request(Controls(chords=parse_chart("I | IV V7"))),
    "prompt": Request(score=PROMPT),
}


@check_of(lambda subject: not set(REQUESTS) <= subject.controls)
def check_refusals(subject: Subject) -> None:
    """Check that each control that is not supported is refused by name."""
    for name in sorted(set(REQUESTS) - subject.controls):
        with must_raise(ControlError, f"{name} is not supported", name):
            subject.fitted.generate(REQUESTS[name], rng=np.random.default_rng(0))


@check_of(lambda subject: subject.controls & {"bars", "meter", "key", "qpm"})
def check_frame(subject: Subject) -> None:
    """Check that bars, meter, key and tempo are as requested and bars are full."""
    for bars, meter in ((4, METERS[1]), (7, METERS[2]), (3, METERS[0])):
        asked: dict[str, Any] = {"bars": bars, "meter": meter, "key": Key(0, -1, "minor"), "qpm": 91.0}
        expected = {"bars": bars, "meter": str(meter), "key": "D minor", "qpm": 91.0}
        supported = {name: value for name, value in asked.items() if name in subject.controls}
        for score in subject.compose(5, **supported):
            measured = measure(score)
            for name in supported:
                require(measured[name] == expected[name], f"{name}: {measured[name]}, not {expected[name]}")
            require("bars" not in supported or bars_exact(score, bars), f"bars are not filled exactly: {measured}")


@check_of(lambda subject: "style" in subject.controls)
def check_style(subject: Subject) -> None:
    """Check that the score states the style requested."""
    for score in subject.compose(6, style=STYLE):
        require(measure(score)["style"] == STYLE, f"the score states the style {measure(score)['style']!r}")


@check_of(lambda subject: "ending" in subject.controls)
def check_ending(subject: Subject) -> None:
    """Check that a closed ending has the tonic in the bass and an open one has not."""
    for ending in ("closed", "open"):
        for seed in range(3):
            for score in subject.compose(seed, ending=ending):
                require(measure(score)["ending"] == ending, f"not {ending}, with seed {seed}")


@check_of(lambda subject: "instruments" in subject.controls)
def check_instruments(subject: Subject) -> None:
    """Check that parts have the instruments requested and stay in their ranges."""
    instruments: tuple[int, ...] = INSTRUMENTATION
    try:
        scores = subject.compose(6, instruments=instruments)
    except ControlError:  # its music has one part
        instruments = INSTRUMENTATION[:1]
        scores = subject.compose(6, instruments=instruments)
    for score in scores:
        require([track.program for track in score.tracks] == list(instruments), "other instruments")
        for track in score.tracks:
            _, low, high = INSTRUMENTS[track.program]
            pitches = track.notes["pitch"]
            require(((pitches >= low) & (pitches <= high)).all(), f"notes outside {low} to {high}")


@check_of(lambda subject: "energy" in subject.controls)
def check_energy(subject: Subject) -> None:
    """Check that more energy makes for more onsets and shorter notes at one tempo."""
    subject = Subject(subject.kind, subject.params, make_corpus(paces=(1, 2)))
    low, high = (subject.compose(9, energy=energy, qpm=100.0, bars=8) for energy in (0.0, 1.0))
    onsets, durations = ([np.mean([measure(score) for score in scores]) for scores in (low, high)]
                         for measure in (_onsets, _duration))  # fmt: skip
    require(onsets[0] < onsets[1], f"{onsets[0]:.2f} onsets a quarter at energy 0, {onsets[1]:.2f} at 1")
    require(durations[0] > durations[1], f"notes of {durations[0]:.2f} quarters at energy 0, {durations[1]:.2f} at 1")


def _onsets(score: Score) -> float:
    """Return the number of onsets a quarter."""
    return len(onsets_of(score)) * score.ticks_per_quarter / score.end


def _duration(score: Score) -> float:
    """Return the mean duration in quarters."""
    return float(np.concatenate([track.notes["duration"] for track in score.tracks]).mean()) / score.ticks_per_quarter


@check_of(lambda subject: "duration" in subject.controls)
def check_duration(subject: Subject) -> None:
    """Check that a take lasts as long as asked, or as the nearest bars at a tempo."""
    for score in subject.compose(7, bars=None, duration=11.0):
        require(abs(measure(score)["duration"] - 11.0) < 0.01, f"{measure(score)['duration']} s, not 11")
    if {"qpm", "meter"} <= subject.controls:
        for score in subject.compose(8, bars=None, duration=11.8, qpm=90.0, meter=METERS[1]):
            require(n_bars(score) == 6 and measure(score)["qpm"] == 90.0, "not the whole bars that come nearest")


@check_of(lambda subject: "chords" in subject.controls)
def check_chords(subject: Subject) -> None:
    """Check that chords are stated, and that nine beats in ten agree with them."""
    for score in subject.compose(10, chords=parse_chart("I V7 | N.C. | vi IV"), key=Key(0, 2), bars=5):
        symbols = [chord.symbol for chord in score.chords]
        require(symbols == ["D", "A7", "N.C.", "Bm", "G", "D", "A7", "N.C."], f"the chords are {symbols}")
        require(agreement(score) >= 0.9, f"the notes of {agreement(score):.0%} of beats agree")


@check_of(lambda subject: "form" in subject.controls)
def check_form(subject: Subject) -> None:
    """Check that strains come back where their letter does, but for last bars."""
    for seed, form in enumerate(("AABB", "ABA")):
        for score in subject.compose(10 + seed, form=form, bars=4 * len(form)):
            bars = bar_contents(score)
            require(len(bars) == 4 * len(form), f"{len(bars)} bars, not {4 * len(form)}")
            strains = [bars[start : start + 3] for start in range(0, len(bars), 4)]
            require(all(strain == strains[form.index(letter)] for strain, letter in zip(strains, form, strict=True)),
                    f"the strains don't come back as in {form}")  # fmt: skip


@check_of(lambda subject: "upbeat" in subject.controls)
def check_upbeat(subject: Subject) -> None:
    """Check that a piece begins with the upbeat requested, and lasts whole bars."""
    for seed, upbeat in enumerate((0.0, 0.5, 1.25)):
        for score in subject.compose(20 + seed, upbeat=upbeat, bars=5):
            measured = measure(score)
            require(measured["upbeat"] == upbeat, f"an upbeat of {measured['upbeat']:g} quarters, not {upbeat:g}")
            require(measured["bars"] == 5, f"{measured['bars']} bars, not 5")


@check_of(lambda subject: "prompt" in subject.controls)
def check_prompt(subject: Subject) -> None:
    """Check that a prompt is kept note for note, as far as the codec holds it.

    The whole has the length requested.
    """
    codec = getattr(subject.fitted, "codec_", None)
    prompt = change_ticks_per_quarter(codec.canonicalize(PROMPT) if codec else PROMPT, PROMPT.ticks_per_quarter)
    for score in subject.fitted.generate(Request(Controls(bars=5), prompt), 2, rng=np.random.default_rng(0)):
        kept = slice_ticks(score, 0, prompt.end)
        require([track.notes.tolist() for track in kept.tracks] == [track.notes.tolist() for track in prompt.tracks],
                "the prompt was changed")
        require(bars_exact(score, 5), "the prompt must count among the bars")
