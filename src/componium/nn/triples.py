"""Net and loss of triples: the torch half of methods/triples.py.

25 notes as (pitch, step, duration) -> the next note; inference/triples.py composes with the same weights.

After TensorFlow's tutorial "Generate music with an RNN": an LSTM of 128 and three heads, 84,354 weights. `step` is the
time from one onset to the next and `duration` that for which a note sounds, both in quarters; pitches come as parts of
128. methods/triples.py composes.

Shapes: B batch, T time (25).
"""

import torch
from torch import Tensor, nn
from torch.nn import functional

WINDOW, PITCH_SHARE = 25, 0.05  # the pitch's loss is the largest by far; so weighed, the times are learned too
UNIT = "a note: 0.05 nats of pitch + squared quarters"


class TriplesModule(nn.Module):
    """LSTM over notes: (B, T, 3) -> the note after the last.

    A note is pitch, step and duration; the next is logits (B, 128), step (B,) and duration (B,).
    """

    def __init__(self, n_hidden: int = 128) -> None:
        super().__init__()
        self.lstm = nn.LSTM(4, n_hidden, bias=False, batch_first=True)  # the fourth input is 1: one bias, not two
        self.pitch, self.step, self.duration = (nn.Linear(n_hidden, size) for size in (128, 1, 1))

    def forward(self, notes: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Predict the note after the last."""
        last = self.lstm(functional.pad(notes, (0, 1), value=1.0))[0][:, -1]
        return self.pitch(last), self.step(last)[:, 0], self.duration(last)[:, 0]


def penalized_error(truth: Tensor, guess: Tensor) -> Tensor:
    """Return the mean squared error, and a penalty on what lies below 0.

    No time is negative: ten times what lies below 0 is added.
    """
    return ((truth - guess).square() + 10 * torch.relu(-guess)).mean()


def loss(predicted: tuple[Tensor, Tensor, Tensor], following: Tensor) -> tuple[Tensor, int]:
    """Return the sum of the losses of notes, and how many there are.

    `predicted` is what the module returned; `following` (B, 3) are the notes that follow.
    """
    logits, step, duration = predicted
    by_pitch = functional.cross_entropy(logits, following[:, 0].long())
    mean = PITCH_SHARE * by_pitch + penalized_error(following[:, 1], step) + penalized_error(following[:, 2], duration)
    return mean * len(following), len(following)
