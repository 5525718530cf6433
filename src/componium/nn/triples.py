"""The net and loss of triples: 25 notes as (pitch, step, duration), to the next note. For training only.

After TensorFlow's tutorial "Generate music with an RNN": an LSTM of 128 and three heads, 84,354 weights. `step` is the
time from one onset to the next and `duration` that for which a note sounds, both in quarters; pitches come as parts of
128. methods/triples.py composes.

Shapes: B batch, T time (25).
"""

import torch
from torch import Tensor, nn
from torch.nn import functional

WINDOW, PITCH_SHARE = 25, 0.05  # the pitch's loss is the largest by far; so weighed, the times are learned too


class TriplesModule(nn.Module):
    """(B, T, 3) of pitch, step, duration -> what follows the last: logits (B, 128), step (B,), duration (B,)."""

    def __init__(self, n_hidden: int = 128) -> None:
        super().__init__()
        self.lstm = nn.LSTM(4, n_hidden, bias=False, batch_first=True)  # the fourth input is 1: one bias, not two
        self.pitch, self.step, self.duration = (nn.Linear(n_hidden, size) for size in (128, 1, 1))

    def forward(self, notes: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Foretell the note after the last."""
        last = self.lstm(functional.pad(notes, (0, 1), value=1.0))[0][:, -1]
        return self.pitch(last), self.step(last)[:, 0], self.duration(last)[:, 0]


def pressed(truth: Tensor, guess: Tensor) -> Tensor:
    """The mean squared error, and ten times as much again of what lies below 0: no time is negative."""
    return ((truth - guess).square() + 10 * torch.relu(-guess)).mean()


def loss(foretold: tuple[Tensor, Tensor, Tensor], following: Tensor) -> tuple[Tensor, int]:
    """Of what was foretold beside the notes (B, 3) that follow: the sum over notes, and how many there are."""
    logits, step, duration = foretold
    by_pitch = functional.cross_entropy(logits, following[:, 0].long())
    mean = PITCH_SHARE * by_pitch + pressed(following[:, 1], step) + pressed(following[:, 2], duration)
    return mean * len(following), len(following)
