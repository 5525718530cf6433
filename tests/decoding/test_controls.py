"""Controls: values out of range are refused, and a score is measured in their terms."""

import pytest

from componium.decoding.controls import Controls, measure
from componium.errors import ControlError
from componium.music.instruments import DRUMS
from componium.music.pitch import parse_key, parse_meter
from componium.music.score import Key, Meter, Score, Tempo, Track, notes


@pytest.mark.parametrize(
    "wrong",
    [{"bars": 0}, {"bars": 1025}, {"qpm": 5.0}, {"qpm": 500.0}, {"instruments": ()}, {"instruments": (0,) * 17},
     {"ending": "loud"}, {"energy": -0.1}, {"energy": 1.1}, {"duration": 0.0}, {"duration": 1e6},
     {"duration": 9.0, "bars": 4}],
)
def test_what_no_method_can_do_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ControlError):
        Controls(**wrong)


def test_controls_left_open_are_auto() -> None:
    asked = Controls(key=parse_key("Eb mixolydian"), meter=parse_meter("9/8"), bars=4, instruments=(40, DRUMS)).asked()
    assert asked == {"style": "auto", "key": "Eb mixolydian", "meter": "9/8", "qpm": "auto", "bars": 4,
                     "form": "auto", "upbeat": "auto", "instruments": ["violin", "drums"], "ending": "auto",
                     "energy": "auto", "duration": "auto"}  # fmt: skip


def test_the_controls_that_are_set() -> None:
    assert Controls(duration=9.0, energy=0.5).fields() == {"duration", "energy"}
    assert Controls().fields() == set() and Controls(bars=4, ending="open").fields() == {"bars", "ending"}


def test_a_score_is_measured_in_the_same_terms() -> None:
    line = notes([(0, 480, 64), (480, 480, 62), (960, 480, 60)])
    score = Score((Track(line, 40), Track(line, is_drum=True)), tempos=(Tempo(0, 90.0),), meters=(Meter(0, 3, 4),),
                  keys=(Key(0, 0),), info=(("style", "jig"),))  # fmt: skip
    assert measure(score) == {"style": "jig", "key": "C major", "meter": "3/4", "qpm": 90.0, "bars": 1, "upbeat": 0.0,
                              "instruments": ["violin", "drums"], "ending": "closed", "duration": 2.0,
                              "notes": 6}  # fmt: skip
    unknown = measure(Score())
    assert (unknown["style"], unknown["key"], unknown["qpm"], unknown["ending"]) == ("unknown",) * 4
