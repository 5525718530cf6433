"""Hypothesis strategies for music: arrays of notes, tracks, scores. Small, valid, and odd where oddness is allowed.

Every option narrows: with none, anything that a Score may hold can come. `grid` makes onsets and durations multiples
of so many ticks; `mono` makes a track one line without overlaps (rests stay possible).
"""

import numpy as np
from hypothesis import strategies as st

from componium.music.score import MODES, NOTE, Chord, Key, Meter, Score, Tempo, Track

TITLES = ("Ode", "Dúlamán", "荒城の月", "Дубинушка", "أغنية", "Χαρά", "🎵 a b", "Bourrée d'Avignon", "a & <b> \"c\"")
METERS = ((4, 4), (3, 4), (2, 4), (6, 8), (9, 8), (12, 8), (2, 2), (3, 8), (5, 4), (7, 8))
CHORDS = ("C", "Am7", "D/F#", "Bb", "G7", "F#m7b5", "Ebmaj7")
COMMON_KEYS = [(fifths, mode) for fifths in range(-5, 7) for mode in ("major", "minor")]

# Text that every format can be asked to carry: any script, no control characters, no lone surrogates.
texts = st.one_of(
    st.sampled_from(TITLES),
    st.text(st.characters(exclude_categories=("Cs", "Cc", "Cn", "Co", "Zl", "Zp")), max_size=20).map(str.strip),
)


@st.composite
def notes_arrays(draw, *, max_notes=20, min_notes=0, mono=False, grid=1, longest=1920, last_onset=7680,
                 pitches=(0, 127), velocities=(0, 127), voices=1):
    """An array of NOTE. `longest` bounds a duration, `last_onset` an onset, in ticks (mono: the gap before a note)."""
    step = st.integers(0, min(last_onset, longest) // grid if mono else last_onset // grid)
    row = st.tuples(
        step, st.integers(1, max(longest // grid, 1)), st.integers(*pitches), st.integers(*velocities),
        st.integers(0, voices - 1),
    )
    array = np.array(draw(st.lists(row, min_size=min_notes, max_size=max_notes)), dtype=NOTE)
    array["onset"] *= grid
    array["duration"] *= grid
    if mono and len(array):
        array["voice"] = 0
        before = np.concatenate([[0], np.cumsum(array["duration"])[:-1]])
        array["onset"] = before + np.cumsum(np.where(array["onset"] > longest // 2, array["onset"] - longest // 2, 0))
        array["onset"] -= array["onset"] % grid
    return array


@st.composite
def tracks(draw, *, drums=True, programs=(0, 127), named=True, **options):
    """A Track; further options are those of notes_arrays."""
    is_drum = drums and draw(st.booleans()) and draw(st.booleans())
    return Track(
        draw(notes_arrays(**options)),
        program=0 if is_drum else draw(st.integers(*programs)),
        is_drum=is_drum,
        name=draw(texts) if named else "",
    )


@st.composite
def scores(draw, *, n_tracks=(0, 4), ticks_per_quarter=(24, 96, 120, 480, 960), meters=True, tempos=True, keys=True,
           chords=True, titles=True, changes=True, **options):
    """A Score. `n_tracks` is a number or (least, most); `ticks_per_quarter` one or several to choose from.

    Without `changes` there is at most one meter, tempo and key, at the start. Meters lie on bar lines. Further options
    are those of tracks and notes_arrays (drums, programs, named, max_notes, mono, grid, pitches, velocities, voices).
    """
    least, most = (n_tracks, n_tracks) if isinstance(n_tracks, int) else n_tracks
    choices = (ticks_per_quarter,) if isinstance(ticks_per_quarter, int) else ticks_per_quarter
    tpq = draw(st.sampled_from(choices))
    options.setdefault("named", titles)
    parts = draw(st.lists(tracks(**options), min_size=least, max_size=most))
    return Score(
        tracks=tuple(parts),
        ticks_per_quarter=tpq,
        tempos=draw(_events(some_tempos, tpq, changes)) if tempos else (),
        meters=draw(_meters(tpq, changes)) if meters else (),
        keys=draw(_events(all_keys, tpq, changes)) if keys else (),
        chords=draw(_events(some_chords, tpq, changes)) if chords else (),
        title=draw(texts) if titles else "",
    )


some_tempos = st.integers(4, 100).map(lambda n: Tempo(0, 3.0 * n))
some_chords = st.sampled_from(CHORDS).map(lambda symbol: Chord(0, symbol))
all_keys = st.builds(Key, st.just(0), st.integers(-7, 7), st.sampled_from(sorted(MODES)))
common_keys = st.sampled_from(COMMON_KEYS).map(lambda pair: Key(0, *pair))


@st.composite
def _events(draw, event, tpq, changes):
    """Up to three events of one kind, the first at 0, the others on quarters."""
    found = draw(st.lists(event, max_size=3 if changes else 1))
    gaps = [0, *(draw(st.integers(1, 8)) for _ in found[1:])]
    at = np.cumsum(gaps) * tpq
    return tuple(_at(one, int(tick)) for one, tick in zip(found, at, strict=False))


def _at(event, tick):
    fields = {name: getattr(event, name) for name in event.__slots__}
    return type(event)(**{**fields, "tick": tick})


@st.composite
def _meters(draw, tpq, changes):
    """Up to three meters, the first at 0, each change on a bar line of the one before."""
    found = draw(st.lists(st.sampled_from(METERS), max_size=3 if changes else 1))
    tick, meters = 0, []
    for numerator, denominator in found:
        meters.append(Meter(tick, numerator, denominator))
        tick += draw(st.integers(1, 3)) * (4 * tpq * numerator // denominator)
    return tuple(meters)
