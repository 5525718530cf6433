"""Nets over frames: the torch half of methods/frame_transformer.py.

inference/frame_transformer.py composes with the same weights.

Two levels, as in the RNN-NADE of Boulanger-Lewandowski et al. (2012). A trunk reads whole frames, as the sets of their
pitches, and makes something of the past; a head foretells the next frame's tokens from that. So the past is read once a
frame rather than once a note, and the chance of a frame is exact.

    trunk   "attention", "lstm" or "wavenet", see _trunks.py
    head    "joint"       a small residual net that also knows the pitches of the frame said so far, and the last
            "factorised"  a yes or no for each pitch, regardless of the others

A frame is closed by its End; bos closes an empty one that says "a piece begins". Where frames always have a token a
voice, each voice with ids of its own, there is no End: the last voice's token closes its frame.

Shapes: B batch, T tokens, F frames, K kinds of note (128 pitches, or those of each voice), C channels, V vocabulary.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional

from componium.nn.trunks import TRUNKS

NEVER = -1e4
OLDEST = 32  # frames
WIDEST = 12  # semitones


class Read(nn.Module):
    """Embedding of the notes of a frame: (.., K), 0 or 1 -> (.., C).

    It sums a vector for each kind of note, one for its pitch class and, where there are voices, one for its pitch. What
    kinds share is learned from all: a triad is a triad in any voices.

    What is shared is learned from all: a triad is a triad in any voices.
    """

    def __init__(self, n_kinds: int, n_embd: int, n_voices: int) -> None:
        super().__init__()
        self.each = nn.Linear(n_kinds, n_embd, bias=False)
        self.classes = nn.Linear(12, n_embd, bias=False)
        self.pitches = nn.Linear(n_kinds // n_voices, n_embd, bias=False) if n_voices > 1 else None
        for table in self.parameters():
            nn.init.normal_(table, std=0.02)

    def forward(self, notes: Tensor) -> Tensor:
        """Return the channels (.., C) of notes (.., K)."""
        table = self.each.weight
        shared = self.pitches.weight if self.pitches is not None else torch.zeros_like(table)
        n_each, n_voices = shared.shape[1], table.shape[1] // shared.shape[1]
        shared = shared + self.classes.weight[:, torch.arange(n_each, device=table.device) % 12]
        result: Tensor = functional.linear(notes, table + shared.repeat(1, n_voices))
        return result


def moved(before: Tensor, moves: Tensor, n_each: int) -> Tensor:
    """Return what the notes of the frame before add at each move from them, (.., K).

    `before` (.., K) has those notes; a move stays within its voice, of `n_each` kinds.

    `moves` (.., 2 WIDEST + 1) is what each is worth, from WIDEST semitones down to as many up.
    """
    most = max(int(before.sum(-1).max()), 1)
    sounds, kinds = before.topk(most)
    steps = torch.arange(-WIDEST, WIDEST + 1, device=before.device)
    within = (kinds % n_each)[..., None] + steps
    weight = moves[..., None, :] * sounds[..., None] * ((within >= 0) & (within < n_each))
    target = (kinds[..., None] + steps).clamp(0, before.shape[-1] - 1)
    return torch.zeros_like(before).scatter_add(-1, target.flatten(-2), weight.flatten(-2))


class Joint(nn.Module):
    """Head that predicts the next note of a frame from those already in it.

    It reads the past (.., C), the notes so far (.., K), the last of them (..), K if there is none, and the frame before
    (.., K).

    Most notes are held over, struck again or moved by a step, so the frame before is seen here too, apart from what the
    trunk makes of it: with what is said, to tell what has moved, and in the logits, as a bonus for its notes and for
    those up to WIDEST semitones from them, the same in all keys.
    """

    def __init__(self, n_vocab: int, n_embd: int, n_kinds: int, n_voices: int, first: int, dropout: float) -> None:
        super().__init__()
        self.first, self.n_each = first, n_kinds // n_voices
        self.past = nn.Linear(n_embd, n_embd, bias=False)
        self.said, self.kept, self.before = (Read(n_kinds, n_embd, n_voices) for _ in range(3))
        self.last = nn.Embedding(n_kinds + 1, n_embd)
        self.norm_1, self.norm_2 = (nn.RMSNorm(n_embd, eps=1e-5) for _ in range(2))
        self.up = nn.Linear(n_embd, 3 * n_embd, bias=False)
        self.down = nn.Linear(3 * n_embd, n_embd, bias=False)
        self.out = nn.Linear(n_embd, n_vocab)
        self.moves = nn.Linear(n_embd, 2 * WIDEST + 1)
        self.dropout = nn.Dropout(dropout)
        for layer in (self.last, self.down, self.out, self.moves):
            nn.init.normal_(layer.weight, std=0.02)

    def forward(self, past: Tensor, said: Tensor, last: Tensor, before: Tensor) -> Tensor:
        """Return logits (.., V)."""
        x = (self.past(past) + self.said(said) + self.kept(said * before) + self.before(before)).float()
        x = x + self.last(last)
        x = x + self.dropout(self.down(functional.relu(self.up(self.norm_1(x))).square()))
        x = self.norm_2(x)
        bonus = functional.pad(moved(before, self.moves(x).float(), self.n_each), (self.first, 0))
        result: Tensor = self.out(x).float() + bonus
        return result


class Factorised(nn.Module):
    """Head that predicts each pitch of a frame by itself, from the top down."""

    def __init__(self, n_vocab: int, n_embd: int, n_kinds: int, *, end: int, eos: int, first: int) -> None:
        super().__init__()
        self.n_vocab, self.n_kinds, self.end, self.eos, self.first = n_vocab, n_kinds, end, eos, first
        self.out = nn.Linear(n_embd, n_kinds + 1)  # and whether the piece is over
        self.moves = nn.Linear(n_embd, 2 * WIDEST + 1)
        nn.init.normal_(self.moves.weight, std=0.02)

    def forward(self, past: Tensor, said: Tensor, last: Tensor, before: Tensor) -> Tensor:
        """Logits (.., V)."""
        asked = self.asked(past, before)
        keys = asked[..., : self.n_kinds]
        no = functional.logsigmoid(-keys)
        none_from = no.flip(-1).cumsum(-1).flip(-1)  # no pitch sounds from here up
        higher = functional.pad(none_from[..., 1:], (0, 1))
        result: Tensor = asked.new_full((*last.shape, self.n_vocab), NEVER)
        lower = torch.arange(self.n_kinds, device=last.device) < last[..., None]
        result[..., self.first : self.first + self.n_kinds] = (keys + no + higher).masked_fill(~lower, NEVER)
        result[..., self.end] = none_from[..., 0]
        begins = last == self.n_kinds
        result[..., self.eos] = torch.where(begins, asked[..., self.n_kinds], NEVER)
        return result

    def asked(self, past: Tensor, before: Tensor) -> Tensor:
        """Return logits (.., K + 1) of a yes for each pitch, and for the end of the piece."""
        bonus = moved(before, self.moves(past).float(), self.n_kinds)
        result: Tensor = self.out(past).float() + functional.pad(bonus, (0, 1))
        return result


class FrameTransformerModule(nn.Module):
    """Net over frames: ids (B, T) -> logits (B, T, V).

    `bos`, `eos`, `end` and `first` are ids; from `first` on there are `n_kinds` ids of notes, in a frame in falling
    order, of which the lowest `n_closing` close it (none, where End does). With `periods`, a frame's place since the
    piece or the window began, modulo each, is an input; that is of use where windows begin on bar lines. Training
    shows `hidden` of the past's frames, 0 to 1, as blanks, lest a small corpus be learned by heart.
    """

    def __init__(
        self, n_vocab: int, *, bos: int, eos: int, end: int, first: int, n_layer: int, n_head: int, n_embd: int,
        block_size: int, dropout: float, trunk: str = "attention", head: str = "joint",
        n_kinds: int = 128, n_closing: int = 0, periods: tuple[int, ...] = (), hidden: float = 0.0,
    ) -> None:  # fmt: skip
        super().__init__()
        self.bos, self.end, self.first = bos, end, first
        self.n_kinds, self.n_closing = n_kinds, n_closing
        self.n_voices = n_kinds // (n_closing or n_kinds)
        self.sounding, self.begun, self.ended = (Read(n_kinds, n_embd, self.n_voices) for _ in range(3))
        self.begins = nn.Linear(1, n_embd, bias=False)  # a piece
        self.ages = nn.Linear(self.n_voices * OLDEST, n_embd, bias=False)  # how many notes have lasted how long
        for layer in (self.begins, self.ages):
            nn.init.normal_(layer.weight, std=0.03)
        self.periods = periods
        self.places = nn.ModuleList(nn.Embedding(period, n_embd) for period in periods)
        for table in self.places:
            nn.init.normal_(table.get_parameter("weight"), std=0.03)
        self.unknown = nn.Parameter(torch.zeros(n_embd))  # the past before the window
        self.trunk = TRUNKS[trunk](n_layer, n_head, n_embd, block_size + 1, dropout)
        self.norm = nn.RMSNorm(n_embd, eps=1e-5)
        self.head: nn.Module = Joint(n_vocab, n_embd, n_kinds, self.n_voices, first, dropout)
        if head == "factorised":
            self.head = Factorised(n_vocab, n_embd, n_kinds, end=end, eos=eos, first=first)
        self.dropout, self.hidden = nn.Dropout(dropout), hidden

    def forward(self, ids: Tensor) -> Tensor:
        """Return the logits of the next id after each; T may not exceed block_size."""
        kind = ids - self.first
        closes = (ids == self.end) | (ids == self.bos) | ((kind >= 0) & (kind < self.n_closing))
        closed = closes.cumsum(-1)  # how many frames lie wholly before the next token
        frame = closed - closes.long()  # the one that a token belongs to
        past = self._past(ids, frame, int(closed.max()))
        past = past.gather(1, closed[..., None].expand(-1, -1, past.shape[-1]))
        is_said = (kind >= 0) & ~closes
        rolls = functional.pad(self._rolls(ids, frame, int(closed.max()) + 1), (0, 0, 1, 0))  # an empty one before all
        before, here = (rolls.gather(1, (at[..., None]).expand(-1, -1, self.n_kinds)) for at in (closed, frame + 1))
        so_far = torch.arange(self.n_kinds, device=ids.device) >= kind[..., None]
        said, last = here * (so_far & is_said[..., None]), torch.where(is_said, kind, self.n_kinds)
        result: Tensor = self.head(past, said, last, before)
        return result

    def _rolls(self, ids: Tensor, frame: Tensor, n_frames: int) -> Tensor:
        """Return 1 for each note of a frame, (B, F, K)."""
        rolls = torch.zeros(len(ids), n_frames, self.n_kinds, device=ids.device)
        row, column = torch.nonzero(ids >= self.first, as_tuple=True)
        rolls[row, frame[row, column], ids[row, column] - self.first] = 1.0
        return rolls

    def _ages(self, rolls: Tensor, begun: Tensor) -> Tensor:
        """Return how many notes of each voice have each age, (B, F, n_voices * OLDEST).

        Ages are 1, 2 .. OLDEST frames or more.
        """
        at = torch.arange(rolls.shape[1], device=rolls.device)[:, None]
        since = at - (at * begun.long()).cummax(dim=1).values
        shape = (*rolls.shape[:2], self.n_voices, -1)
        ages = rolls.new_zeros((*shape[:3], OLDEST))
        ages.scatter_add_(-1, since.clamp(max=OLDEST - 1).view(shape), rolls.view(shape))
        return ages.flatten(-2)

    def _past(self, ids: Tensor, frame: Tensor, n_frames: int) -> Tensor:
        """Return the trunk's output for the frames up to each, (B, F + 1, C).

        Before the first it is `unknown`.
        """
        rolls = self._rolls(ids, frame, n_frames + 1)[:, :n_frames]
        begins = torch.zeros(len(ids), n_frames + 1, device=ids.device)
        begins.scatter_reduce_(1, frame, (ids == self.bos).float(), "amax")
        begins = begins[:, :n_frames, None]
        before = functional.pad(rolls, (0, 0, 1, 0))[:, :-1] * (1 - begins)
        begun, ended = rolls * (1 - before), before * (1 - rolls)
        x = self.sounding(rolls) + self.begun(begun) + self.ended(ended) + self.begins(begins)
        x = (x + self.ages(self._ages(rolls, begun))).float()
        at = torch.arange(n_frames, device=ids.device)
        since = at - (at * (begins[..., 0] > 0)).cummax(dim=-1).values
        for period, table in zip(self.periods, self.places, strict=True):
            x = x + table(since % period)
        x = self.dropout(x)
        if self.training and self.hidden:
            x = x * (torch.rand(len(ids), n_frames, 1, device=ids.device) > self.hidden)
        x = self.trunk(x)
        return torch.cat([self.unknown.expand(len(ids), 1, -1), self.norm(x)], dim=1)
