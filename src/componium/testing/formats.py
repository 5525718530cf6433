"""Conformance checks of formats: round trips, patches, losses, damaged files."""

import warnings
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from types import ModuleType

import numpy as np

from componium.errors import FormatError, RepairWarning
from componium.formats.losses import ASPECTS, changed_aspects, declared_aspects
from componium.music.score import DEFAULT_VELOCITY, Chord, Key, Meter, Score, Tempo, Track, notes
from componium.testing.checks import require, type_checks
from componium.testing.music import random_score

N_SCORES, N_DAMAGED = 40, 300
FOREIGN = (b"", b"\0", b"<html><body>404</body></html>", b"\xff\xfe\x00\x01" * 64, b"hello\n" * 9)
PLAIN = Score(
    tracks=(
        Track(notes([(0, 480, 60, DEFAULT_VELOCITY), (480, 480, 64, 90), (960, 960, 67, 70)]), program=40, name="Ut"),
        Track(notes([(0, 1920, 36, DEFAULT_VELOCITY)]), program=32),
    ),
    tempos=(Tempo(0, 120.0),), meters=(Meter(0, 4, 4),), keys=(Key(0, 0),), chords=(Chord(0, "C"),), title="Ode",
)  # fmt: skip


def format_checks(module: ModuleType, samples: Sequence[bytes] = ()) -> type_checks:
    """Return (name, check) for every check of what a format does: read, write or both.

    `samples` are files of the format; what it writes is a sample too.
    """
    can_read, can_write = hasattr(module, "loads"), hasattr(module, "dumps")
    files = [*samples, *([module.dumps(PLAIN)] if can_write else [])]
    checks: type_checks = [("check_declaration", partial(check_declaration, module))]
    if can_write:
        checks.append(("check_losses", partial(check_losses, module)))
    if can_read and can_write:
        rng = np.random.default_rng(0)
        scores = [Score(), PLAIN, *(random_score(rng) for _ in range(N_SCORES))]
        checks.append(("check_round_trips", partial(_on_each, module, scores)))
    if can_read and can_write and hasattr(module, "patch"):
        checks.append(("check_patch", partial(check_patch, module, files)))
    if can_read:
        checks += [("check_foreign_bytes", partial(check_foreign_bytes, module)),
                   ("check_samples", partial(check_samples, module, files)),
                   ("check_damage", partial(check_damage, module, files))]
    return checks


def _on_each(module: ModuleType, scores: Sequence[Score]) -> None:
    for score in scores:
        check_round_trip(module, score)


def check_declaration(module: ModuleType) -> None:
    """Check the docstring, the suffixes (lower case, with the dot) and the functions."""
    require((module.__doc__ or "").strip(), "a format must have a docstring")
    require(isinstance(module.SUFFIXES, tuple) and module.SUFFIXES, "SUFFIXES must be a tuple, not empty")
    for suffix in module.SUFFIXES:
        require(suffix == suffix.lower() and suffix.startswith("."), f"{suffix!r} must be in lower case, with the dot")
    require(hasattr(module, "loads") or hasattr(module, "dumps"), "a format must have loads or dumps")


def check_losses(module: ModuleType) -> None:
    """Check that each declared loss is explained and names aspects of a score."""
    for word, loss in module.LOSES.items():
        require(word and loss.meaning, f"the loss {word!r} has no explanation")
        require(set(loss.aspects) <= ASPECTS.keys(), f"the loss {word!r} names aspects that a score has not")


def check_round_trip(module: ModuleType, score: Score) -> None:
    """Check that a score reads back as its canonical form, changed only as declared.

    A file that the format wrote needs no repair, and is written again with the same bytes.
    """
    canonicalize = getattr(module, "canonicalize", lambda same: same)
    canonical = canonicalize(score)
    require(canonicalize(canonical) == canonical, f"canonicalized twice it differs: {score!r}")
    data = module.dumps(score)
    with warnings.catch_warnings():
        warnings.simplefilter("error", RepairWarning)
        again = module.loads(data, strict=True)
    require(again == canonical, f"read back it differs from its canonical form: {score!r}")
    require(module.dumps(again) == data, f"written again it has other bytes: {score!r}")
    undeclared = changed_aspects(score, again) - declared_aspects(module.LOSES)
    require(not undeclared, f"not declared in LOSES: {', '.join(sorted(undeclared))}")


def check_patch(module: ModuleType, samples: Sequence[bytes]) -> None:
    """Check that a patch changes the notes of its cells alone."""
    for data in samples:
        before = module.loads(data)
        require(module.patch(data, before) == data, "without a change a patched file must have the same bytes")
        other = replace(before, tracks=tuple(_raised(track) for track in before.tracks))
        nowhere = np.zeros((before.n_bars, len(before.tracks)), dtype=bool)
        require(module.patch(data, other, nowhere) == data, "without cells a patched file must have the same bytes")
        after = _load(module, module.patch(data, other))
        require(after is not None and _pitches(after) == _pitches(other), "a patch must hold the notes of its score")
        again = module.patch(module.patch(data, other), before)
        require(_load(module, again) == before, "patched back, a file must read as before")


def _raised(track: Track) -> Track:
    array = track.notes.copy()
    if not track.is_drum:
        array["pitch"] += np.where(array["pitch"] < 120, 2, -2).astype(array["pitch"].dtype)
    return replace(track, notes=array)


def _pitches(score: Score) -> list[list[tuple[int, ...]]]:
    rows = [track.notes[["onset", "duration", "pitch"]].tolist() for track in score.tracks]
    return [sorted((*(time * 10080 // score.ticks_per_quarter for time in row[:2]), row[2]) for row in part)
            for part in rows]  # fmt: skip


def check_foreign_bytes(module: ModuleType) -> None:
    """Check that bytes of anything else are refused by a FormatError."""
    for data in FOREIGN:
        require(_load(module, data) is None, f"{data[:20]!r} was read as a score")


def check_samples(module: ModuleType, samples: Sequence[bytes]) -> None:
    """Check that each sample reads, and `loads_many` begins with the score of `loads`."""
    for data in samples:
        score = _load(module, data)
        require(score is not None and score.n_notes > 0, "a sample must read and have notes")
        if hasattr(module, "loads_many"):
            require(module.loads_many(data)[0] == score, "loads_many must begin with the score of loads")


def check_damage(module: ModuleType, samples: Sequence[bytes]) -> None:
    """Check that damaged bytes give a score or a FormatError; `strict` never warns."""
    rng = np.random.default_rng(0)
    for at in range(N_DAMAGED):
        data = bytearray(samples[at % len(samples)] if samples else rng.bytes(200))
        for _ in range(int(rng.integers(1, 4))):
            data[int(rng.integers(len(data)))] = int(rng.integers(256))
        damaged = bytes(data[: int(rng.integers(1, len(data) + 1))] if rng.random() < 0.3 else data)
        _load(module, damaged)
        with warnings.catch_warnings():
            warnings.simplefilter("error", RepairWarning)
            _load(module, damaged, strict=True)


def _load(module: ModuleType, data: bytes, *, strict: bool = False) -> Score | None:
    """Return the score in some bytes, or None if they were refused by a FormatError."""
    try:
        with warnings.catch_warnings():
            if not strict:
                warnings.simplefilter("ignore", RepairWarning)
            score: Score = module.loads(data, strict=strict)
    except FormatError as error:
        require(error.what, "an error must say what was wrong")
        return None
    return score
