"""Generator and discriminator: the torch half of methods/gan.

inference/gan.py composes with the same weights.

The generator follows MidiNet (Yang et al. 2017): a bar from noise, with what a conditioner reads in the bar before put
beside it at every resolution; and MuseGAN (Dong et al. 2018): one generator a part, with noise that all share and noise
of its own. As in MidiNet a first kernel spans all pitches, so the convolutions run over time and pitches are channels.
The discriminator sees a bar and the one before; its layers have spectral norm 1 (Miyato et al. 2018).

Shapes: B batch, M parts, K rows of a step (pitches, rest, and a stroke; or, as the generator says it, a hold), W steps,
Z noise, Q conditions, C channels.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional
from torch.nn.utils.parametrizations import spectral_norm


def normed(x: Tensor) -> Tensor:
    """Scale the channels of each step to a mean square of 1 (Karras et al. 2018).

    x is (B, C, W).
    """
    return x * torch.rsqrt(x.square().mean(1, keepdim=True) + 1e-8)


def binarized(logits: Tensor, lots: Tensor, mask: Tensor) -> Tensor:
    """Draw one row for each step as a 1; the gradient is that of the soft values.

    The straight-through Gumbel-softmax (Jang et al. 2017): `lots`, even in 0 to 1, decide. Logits and lots
    (B, M, K, W), mask (B, M, 1, W) -> (B, M, K, W).
    """
    drawn = logits - (-lots.clamp(1e-6, 1 - 1e-6).log()).log()
    soft = drawn.softmax(2)
    hard = functional.one_hot(drawn.argmax(2), soft.shape[2]).movedim(-1, 2).to(soft.dtype)
    return (hard + soft - soft.detach()) * mask


def sounded(rows: Tensor, last: Tensor) -> Tensor:
    """Return the roll of what sounds, and a row of strokes, (B, M, K, W).

    `rows` (B, M, K, W) are pitches that begin, a rest and a hold. A hold goes on with what sounded just before, at
    first with `last` (B, M, K - 1), so what is held is seen, and learned from, at every step. Values and gradients are
    those of the rows.
    """
    sounding = []
    for now in rows.unbind(-1):
        last = now[:, :, :-1] + now[:, :, -1:] * last
        sounding.append(last)
    stroke = rows[:, :, :-2].sum(2, keepdim=True)
    return torch.cat([torch.stack(sounding, -1), stroke], dim=2)


class PartModule(nn.Module):
    """Generator of one part, at a quarter, a half and the whole of the steps."""

    def __init__(self, n_in: int, n_channels: int, n_rows: int, width: int) -> None:
        super().__init__()
        self.n_channels = n_channels
        self.dense = nn.Linear(n_in, n_channels * (width // 4))
        self.up_1 = nn.ConvTranspose1d(2 * n_channels, n_channels, 4, 2, 1)
        self.up_2 = nn.ConvTranspose1d(2 * n_channels, n_channels, 4, 2, 1)
        self.out = nn.Conv1d(2 * n_channels, n_rows, 3, 1, 1)

    def forward(self, seed: Tensor, context: tuple[Tensor, Tensor, Tensor]) -> Tensor:
        """Return logits (B, K, W).

        `seed` (B, Z + Z + Q) is noise and conditions; `context` are the features of the bar before, the coarsest last.
        """
        x = normed(functional.relu(self.dense(seed)).view(len(seed), self.n_channels, -1))
        x = normed(functional.relu(self.up_1(torch.cat([x, context[2]], 1))))
        x = normed(functional.relu(self.up_2(torch.cat([x, context[1]], 1))))
        logits: Tensor = self.out(torch.cat([x, context[0]], 1))
        return logits


class GeneratorModule(nn.Module):
    """Generator of a bar in all parts.

    Noise shared (B, Z) and private (B, M, Z), conditions (B, Q), the bar before (B, M, K, W) -> logits (B, M, K, W).
    """

    def __init__(
        self, *, n_parts: int, n_rows: int, width: int, n_conditions: int, n_noise: int, n_channels: int
    ) -> None:
        super().__init__()
        n_in = 2 * n_noise + n_conditions
        self.read_0 = nn.Conv1d(n_parts * n_rows, n_channels, 1)
        self.read_1 = nn.Conv1d(n_channels, n_channels, 4, 2, 1)
        self.read_2 = nn.Conv1d(n_channels, n_channels, 4, 2, 1)
        self.parts = nn.ModuleList(PartModule(n_in, n_channels, n_rows, width) for _ in range(n_parts))

    def forward(self, shared: Tensor, private: Tensor, conditions: Tensor, before: Tensor) -> Tensor:
        """Return the logits of a bar in every part."""
        fine = normed(functional.relu(self.read_0(before.flatten(1, 2))))
        half = normed(functional.relu(self.read_1(fine)))
        context = fine, half, normed(functional.relu(self.read_2(half)))
        bars = [part(torch.cat([shared, private[:, at], conditions], 1), context) for at, part in enumerate(self.parts)]
        return torch.stack(bars, 1)


class DiscriminatorModule(nn.Module):
    """Discriminator of a bar after the one before.

    Bars (B, M, K, W), conditions (B, Q) -> a score (B,), the higher the more real, and its features (B, C).
    """

    def __init__(self, *, n_parts: int, n_rows: int, n_conditions: int, width: int, n_channels: int) -> None:
        super().__init__()
        n_in, n_wide = 2 * n_parts * n_rows + n_conditions, 2 * n_channels
        self.conv_0 = spectral_norm(nn.Conv1d(n_in, n_wide, 1))
        self.conv_1 = spectral_norm(nn.Conv1d(n_wide, n_wide, 4, 2, 1))
        self.conv_2 = spectral_norm(nn.Conv1d(n_wide, n_wide, 4, 2, 1))
        self.dense = spectral_norm(nn.Linear(n_wide * (width // 4), n_wide))
        self.out = spectral_norm(nn.Linear(n_wide, 1))

    def forward(self, bar: Tensor, before: Tensor, conditions: Tensor) -> tuple[Tensor, Tensor]:
        """Return the score, and the features that the generator matches."""
        rows = conditions[:, :, None].expand(-1, -1, bar.shape[-1])
        x = functional.leaky_relu(self.conv_0(torch.cat([bar.flatten(1, 2), before.flatten(1, 2), rows], 1)), 0.2)
        x = functional.leaky_relu(self.conv_2(functional.leaky_relu(self.conv_1(x), 0.2)), 0.2)
        features = functional.leaky_relu(self.dense(x.flatten(1)), 0.2)
        return self.out(features)[:, 0], features
