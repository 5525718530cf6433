"""Sounding notes: what is known of a beat while its notes are chosen, against the finished piece."""

from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from componium.analysis.lines import line_at
from componium.decoding.constraints.dissonance import PRIOR, Dissonance, pair_counts
from componium.decoding.context import Context
from componium.decoding.style.plan import Plan
from componium.music.score import Key, Meter, Score, Track, notes

VOICES, EIGHTHS = 3, 16
EIGHTH, TICKS = 12, 20  # a 24th of a quarter has 20 ticks
USUAL = (0.1, 0.05)
# A step of a voice: a note that lasts an eighth, or until the next one; or nothing begins.
STEPS = st.none() | st.tuples(st.integers(48, 72), st.booleans())
LINES = st.lists(st.lists(STEPS, min_size=EIGHTHS, max_size=EIGHTHS), min_size=VOICES, max_size=VOICES)
type_lines = list[list[tuple[int, bool] | None]]


def score_of(lines: type_lines) -> Score:
    """Return the finished piece."""
    tracks = []
    for line in lines:
        begun = [*(at for at, step in enumerate(line) if step), EIGHTHS]
        rows = [(at, 1 if step[1] else after - at, step[0]) for at, after in pairwise(begun) if (step := line[at])]
        tracks.append(Track(notes([(at * EIGHTH * TICKS, n * EIGHTH * TICKS, pitch) for at, n, pitch in rows])))
    return Score(tuple(tracks), meters=(Meter(0, 4, 4),))


def compose(lines: type_lines, pairs: Dissonance) -> list[tuple[int, int, int]]:
    """Write the piece note by note; return (tick, voice, pitch) of all that was said to sound beside a note."""
    context = Context(Plan(Key(0, 0), Meter(0, 4, 4), 3, (40,) * VOICES, ((0, 127),) * VOICES))
    context.set_meter("4/4")
    said = []
    for at in range(EIGHTHS + 8):
        if at % 8 == 0:
            context.begin_bar(3 - at // 8)
        begun = [(voice, step) for voice, line in enumerate(lines) if at < EIGHTHS and (step := line[at])]
        if begun or at == EIGHTHS:
            context.begin_onset(at % 8 * EIGHTH)
            pairs.observe("position", context.position, context)
        for context.voice, (pitch, is_stated) in begun:
            said += [(at * EIGHTH * TICKS, *note) for note in context.others_sounding()]
            context.begin_note(pitch)
            if is_stated:
                context.set_duration(EIGHTH)
    return said


@given(LINES)
def test_what_is_said_to_sound_sounds_in_the_finished_piece(lines: type_lines) -> None:
    score = score_of(lines)
    for tick, voice, pitch in compose(lines, Dissonance(USUAL, lowest=VOICES - 1)):
        assert line_at(score.tracks[voice].notes, np.array([tick])).tolist() == [pitch]


@given(LINES)
def test_the_pairs_counted_while_composing_are_those_of_the_finished_piece(lines: type_lines) -> None:
    pairs = Dissonance(USUAL, lowest=VOICES - 1)
    compose(lines, pairs)
    counted = [pairs.n_pairs - PRIOR, *(pairs.counts - PRIOR * np.array(USUAL))]
    np.testing.assert_allclose(counted, pair_counts(score_of(lines)), atol=1e-6)
