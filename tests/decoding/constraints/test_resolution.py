"""Resolution: pairs that clash on a beat, their steps down, and what is made less likely while these lack."""

import numpy as np
import pytest

from componium.decoding.constraints.base import Choice
from componium.decoding.constraints.resolution import MOST, Resolution
from componium.decoding.context import TICKS, Context
from componium.decoding.style.plan import Plan
from componium.decoding.style.profile import StyleProfile
from componium.music.score import Key, Meter, Score, Track, notes

PITCHES = np.arange(48, 84)


def profile(share: float) -> StyleProfile:
    return StyleProfile(parts={"resolution": {"share": share}})


class Piece:
    """Two voices of one piece, a note a quarter."""

    def __init__(self, share: float = 0.9) -> None:
        plan = Plan(Key(0, 0), Meter(0, 4, 4), 8, (40, 42), ((0, 127),) * 2)
        self.context = Context(plan)
        self.context.set_meter("4/4")
        self.context.begin_bar(8)
        self.context.begin_onset(0)
        built = Resolution.build(plan, profile(share))
        assert built is not None
        self.constraint = built

    def sound(self, voice: int, pitch: int, quarters: int = 1) -> None:
        self.context.voice = voice
        self.context.begin_note(pitch)
        self.context.set_duration(quarters * TICKS)
        self.constraint.observe("pitch", pitch, self.context)

    def wait(self) -> None:
        self.context.begin_onset(self.context.position + TICKS)
        self.constraint.observe("position", self.context.position, self.context)

    def bias(self, voice: int) -> np.ndarray:
        choice, self.context.voice = Choice("pitch", PITCHES), voice
        self.constraint.bias(choice, self.context)
        return choice.bias

    def clash(self, upper: int, lower: int, *then: int) -> None:
        """Sound a pair, then go on with both voices."""
        self.sound(0, upper)
        self.sound(1, lower)
        self.wait()
        for voice, pitch in enumerate(then):
            self.sound(voice, pitch)
        self.wait()


def left_unresolved(times: int) -> Piece:
    piece = Piece()
    for _ in range(times):
        piece.clash(62, 60, 67, 48)  # a second, both voices leap away to a consonance
    piece.sound(0, 65)
    piece.sound(1, 60)  # a fourth over the lowest voice
    piece.wait()
    return piece


def test_a_voice_of_a_pair_is_led_down_by_step_while_others_were_left_unresolved() -> None:
    bias = left_unresolved(6).bias(0)
    assert PITCHES[bias == 0].tolist() == [63, 64, 65] and bias.min() < -1
    assert left_unresolved(60).bias(0).min() == -MOST
    assert not Piece().bias(0).any()


def test_resolved_pairs_leave_all_pitches_alone() -> None:
    piece = Piece()
    for _ in range(10):
        piece.clash(65, 60, 64, 60)
    piece.clash(65, 60)
    assert not piece.bias(0).any()


def test_one_voice_s_step_frees_the_other() -> None:
    piece = left_unresolved(6)
    assert piece.bias(1).any()
    piece.sound(0, 64)
    assert not piece.bias(1).any()


def test_a_repeated_note_keeps_the_pair_open() -> None:
    piece = left_unresolved(6)
    piece.sound(0, 65)
    assert piece.bias(0).any()


@pytest.mark.parametrize(("steps", "share"), [((65, 64), 1.0), ((65, 67), 0.0)])
def test_the_share_of_a_style_is_that_of_pieces_in_single_lines(steps: tuple[int, int], share: float) -> None:
    upper = Track(notes([(480 * at, 480, pitch) for at, pitch in enumerate(steps)]))
    lower, chord = Track(notes([(0, 960, 60)])), Track(notes([(0, 960, 48), (0, 960, 60)]))
    assert Resolution.measure([Score((upper, lower)), Score((upper, chord))]) == {"share": share}
    assert Resolution.measure([Score((upper, chord))]) == {}
