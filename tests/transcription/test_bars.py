"""Bars from notes on a pulse: tables are chances, tunes of known meters get theirs, and what is given is kept to."""

from fractions import Fraction

import numpy as np
import pytest

from componium.music.score import Meter
from componium.transcription import bars

# A jig and a reel on a pulse of eighths, and a waltz on one of quarters: pitches, - for a note held on.
JIG = """67 65 64  62 60 55   60 60 60  64 67 72   71 69 67  65 62 -   62 62 62  65 69 74
         72 71 69  67 64 60   60 60 64  67 72 71   69 67 65  64 62 60   62 59 55  60 - -"""
REEL = """62 69 69 71  69 67 66 67   69 66 62 66  69 66 62 66   64 67 67 66  67 69 71 67   64 66 67 71  69 67 66 64
          62 69 69 71  69 67 66 67   69 74 73 74  76 74 73 71   69 67 66 64  62 64 66 67   69 66 64 66  62 - - -"""
WALTZ = "60 64 67  72 - 71  69 65 69  67 - -  60 64 67  65 - 64  62 67 59  60 - -"


def timed_notes(tune: str):
    """The notes of a tune, played twice, and their steps."""
    rows = [(at, int(word)) for at, word in enumerate(2 * tune.split()) if word != "-"]
    notes = np.zeros(len(rows), dtype=[("pitch", np.int64)])
    notes["pitch"] = [pitch for _, pitch in rows]
    return notes, np.array([at for at, _ in rows])


def test_every_row_of_a_table_is_chances() -> None:
    for kind, here in bars.tables().items():
        length = int(kind.split("/")[0])
        for name, size in bars.FEATURES.items():
            assert here[name].shape == (length, size)
            np.testing.assert_allclose(np.exp(here[name]).sum(axis=1), 1, atol=0.05)
        for name in ("first", "last"):
            assert np.exp(here[name]).sum() == pytest.approx(1, abs=0.05)
    assert sum(np.exp(here["prior"]) for here in bars.tables().values()) == pytest.approx(1, abs=0.05)


def test_what_a_line_is_like() -> None:
    line = bars.top_line(np.array([60, 64, 62, 62, 72, 60]), np.array([0, 0, 1, 3, 4, 8]))
    assert line.at.tolist() == [0, 1, 3, 4, 8]
    assert line.degree.tolist() == [4, 2, 2, 0, 0]
    assert line.length.tolist() == [0, 1, 0, 3, 0]
    assert line.interval.tolist() == [0, 2, 0, 5, 6]  # as it is, a step down, the same, a wide leap up and down


@pytest.mark.parametrize(("tune", "meter"), [(JIG, "6/8"), (REEL, "4/4")])
def test_a_jig_and_a_reel_get_their_bars(tune: str, meter: str) -> None:
    notes, places = timed_notes(tune)
    assert bars.find_bars(notes, places, 0.2) == (Meter(0, *map(int, meter.split("/"))), Fraction(1, 2), 0)
    led_in = np.concatenate([notes[:1], notes]), np.concatenate([[0], places + 1])
    assert bars.find_bars(*led_in, 0.2).pickup == 1


@pytest.mark.parametrize("meter", ["3/4", "4/4", "6/8", "5/4", "7/8"])
def test_a_meter_that_is_given_is_kept_to(meter: str) -> None:
    wanted = Meter(0, *map(int, meter.split("/")))
    assert bars.find_bars(*timed_notes(WALTZ), 0.25, wanted).meter == wanted


def test_without_a_table_bars_are_counted_from_the_first_note() -> None:
    assert bars.find_bars(*timed_notes(WALTZ), 0.25, Meter(0, 5, 4)).pickup == 0


def test_a_tempo_that_is_given_decides_how_long_a_step_is() -> None:
    for qpm in (60.0, 120.0):
        found = bars.find_bars(*timed_notes(WALTZ), 0.25, qpm=qpm)
        assert 60 * float(found.step_quarters) / 0.25 == qpm
