"""Notes and chords: one token an onset, as in many tutorials on recurrent nets.

All parts are merged into one stream. The notes that begin at one time are one token: a single pitch, "Note_60", or a
chord, named by the normal order of its pitch classes, "Chord_0.4.7" (Forte 1973: the most compact order, of equals the
one packed closest to its beginning, as in music21's chord.normalOrder):

    BOS Note_67 Chord_0.4.7 Note_72 Note_71 EOS

After Skúli, "How to generate music using a LSTM neural network in Keras" (2017). The vocabulary is learned: tokens that
occur less than `min_count` times in the training music are dropped, there and everywhere.

Kept: the order of onsets, the pitch of a single note, the pitch classes of a chord. Lost: all rhythm (each token lasts
one step, without rests), which octave a chord lies in and what is its bass, parts, velocities, drums, tempo, meter,
key, and the onsets whose token isn't in the vocabulary. A chord sounds in close position from C3 up; one of a single
pitch class sounds with its octave. Onsets within the same 24th of a quarter are one.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from componium.codecs.base import NotePlace
from componium.codecs.steps.codec import Stepwise
from componium.codecs.steps.grid import TICKS, check_steps, checked, to_steps
from componium.codecs.vocab import Vocab
from componium.corpora.base import Corpus
from componium.errors import CodecError, CorpusError
from componium.music.score import Score, Track, notes
from componium.music.time import bar_lines
from componium.music.types import type_ids, type_mask

FINE = 24  # places in a quarter: what begins at one of them begins together
BASE = 48  # C3, from which chords are built
type_word = tuple[str, int | str]


@dataclass
class State:
    """The state of a sequence: after bos, and after eos."""

    begun: bool = False
    over: bool = False


class NoteChord(Stepwise):
    """The notechord codec.

    steps            a quarter, one a token, 1 to 24, a divisor of 480; default 2
    pitches, chords  the vocabulary; by default every pitch and no chord
    min_count        occurrences of a token that `fit` keeps; default 2

    >>> from componium.music.score import Score, Track, notes
    >>> score = Score(tracks=(Track(notes([(0, 480, 64), (0, 480, 67), (0, 480, 72), (480, 480, 71)])),))
    >>> codec = NoteChord(chords=["0.4.7"])
    >>> " ".join(map(codec.vocab.token, codec.encode(score).ids))
    'BOS Chord_0.4.7 Note_71 EOS'
    """

    keeps_time = False

    def __init__(
        self, steps: int = 2, *, pitches: Sequence[int] = range(128), chords: Sequence[str] = (), min_count: int = 2
    ) -> None:
        self.steps, self.min_count = check_steps(steps), min_count
        if min_count < 1:
            raise CodecError(f"min_count={min_count!r}", expected="1 or more")
        if not all(0 <= pitch <= 127 for pitch in pitches):
            raise CodecError("a pitch in the vocabulary", expected="0 to 127")
        if len(set(pitches)) < len(pitches) or len(set(chords)) < len(chords):
            raise CodecError("the same note or chord twice in a vocabulary")
        self.vocab = Vocab({"PAD": [""], "BOS": [""], "EOS": [""], "Note": tuple(pitches), "Chord": tuple(chords)})
        self.pad, self.bos, self.eos = (self.vocab.id(name) for name in ("PAD", "BOS", "EOS"))
        self._first = self.vocab.ids("Note").start
        self._sounding = [*((pitch,) for pitch in pitches), *map(close_position, chords)]
        if not self._sounding:
            raise CodecError("a vocabulary without notes", expected="at least one pitch or chord")

    def fit(self, corpus: Corpus) -> "NoteChord":
        """Return a codec of the tokens that come `min_count` times in training pieces.

        Raises CorpusError if there are none.
        """
        counts = Counter(word for piece in corpus.train for word in words(piece.score))
        kept = sorted((word for word, count in counts.items() if count >= self.min_count), key=str)
        if not kept:
            raise CorpusError(f"no onset comes {self.min_count} times", expected="more music, or a smaller min_count")
        pitches = sorted(int(value) for name, value in kept if name == "Note")
        chords = [str(value) for name, value in kept if name == "Chord"]
        return NoteChord(self.steps, pitches=pitches, chords=chords)

    def config(self) -> dict[str, Any]:
        vocabulary = {"pitches": list(self.vocab.families["Note"]), "chords": list(self.vocab.families["Chord"])}
        return {"name": "notechord", "steps": self.steps, **vocabulary}

    def note_places(self, score: Score, ids: type_ids, bar: int, voice: int) -> list[NotePlace]:
        """Return the notes of one bar and voice whose onset's token has their pitch."""
        kept = [onset for onset, word in onset_words(score) if self.vocab.has(*word)]
        at_onset = dict(zip(kept, np.flatnonzero(self.is_note(ids)).tolist(), strict=True))
        begin, end = bar_lines(score)[bar : bar + 2].tolist()
        found = []
        for onset, duration, pitch in score.tracks[voice].notes[["onset", "duration", "pitch"]].tolist():
            at = at_onset.get(int(to_steps(onset, score.ticks_per_quarter, FINE)), -1)
            if begin <= onset < end and at >= 0 and pitch in self.pitches_of(int(ids[at])):
                quarters = Fraction(onset - begin, score.ticks_per_quarter), Fraction(duration, score.ticks_per_quarter)
                found.append(NotePlace(at, *quarters, pitch))
        return found

    def _encode(self, score: Score) -> type_ids:
        known = [self.vocab.id(*word) for word in words(score) if self.vocab.has(*word)]
        return np.array([self.bos, *known, self.eos], dtype=np.int64)

    def decode(self, ids: Sequence[int] | type_ids) -> Score:
        tick = TICKS // self.steps
        tokens = [index for index in checked(ids, len(self.vocab), self.eos) if index >= self._first]
        rows = [(at * tick, tick, pitch) for at, index in enumerate(tokens) for pitch in self.pitches_of(index)]
        return Score((Track(notes(rows)),) if rows else (), TICKS)

    def canonicalize(self, score: Score) -> Score:
        return self.decode(self._encode(score))

    # For guides.

    def steps_of(self, index: int) -> int:
        return int(index >= self._first)

    def pitches_of(self, index: int) -> tuple[int, ...]:
        return self._sounding[index - self._first] if index >= self._first else ()

    def is_silent(self, state: State) -> type_mask:
        return np.zeros(len(self.vocab), dtype=bool)

    # The grammar: any token may follow.

    def initial_state(self) -> State:
        return State()

    def allowed_next(self, state: State) -> type_mask:
        mask = np.zeros(len(self.vocab), dtype=bool)
        if not state.begun:
            mask[self.bos] = True
        elif not state.over:
            mask[self._first :] = mask[self.eos] = True
        return mask

    def advance(self, state: State, index: int) -> None:
        state.begun = state.begun or index == self.bos
        state.over = state.over or index == self.eos

    def is_note(self, ids: type_ids) -> type_mask:
        """Return which ids are onsets, a chord counted as one."""
        return np.asarray(ids >= self._first)


def words(score: Score) -> Iterator[type_word]:
    """Yield the token of each onset, such as ("Note", 60) or ("Chord", "0.4.7")."""
    yield from (word for _, word in onset_words(score))


def onset_words(score: Score) -> Iterator[tuple[int, type_word]]:
    """Yield each onset, in 24ths of a quarter, and its token."""
    arrays = [track.notes for track in score.tracks if not track.is_drum]
    array = np.concatenate(arrays) if arrays else notes()
    onsets = to_steps(array["onset"], score.ticks_per_quarter, FINE)
    together: dict[int, set[int]] = {}
    for onset, pitch in zip(onsets.tolist(), array["pitch"].tolist(), strict=True):
        together.setdefault(onset, set()).add(pitch)
    for onset, pitches in sorted(together.items()):
        if len(pitches) == 1:
            yield onset, ("Note", pitches.pop())
        else:
            yield onset, ("Chord", ".".join(map(str, normal_order(pitches))))


def normal_order(pitches: Sequence[int] | set[int]) -> list[int]:
    """Return the pitch classes of a chord in their most compact order.

    It is the rotation of the least span, then of the least distance from the first to the second, the third, and so on;
    of ties the one that begins lowest.

    >>> normal_order([64, 67, 72]), normal_order([57, 60, 64]), normal_order([60, 63, 66, 69])
    ([0, 4, 7], [9, 0, 4], [0, 3, 6, 9])
    """
    classes = sorted({pitch % 12 for pitch in pitches})
    rotations = [classes[at:] + classes[:at] for at in range(len(classes))]
    return min(rotations, key=_spread)


def _spread(row: list[int]) -> tuple[int, list[int], int]:
    above = [(one - row[0]) % 12 for one in row]
    return above[-1], above, row[0]


def close_position(chord: str) -> tuple[int, ...]:
    """Return the pitches of a chord by its name, upward from its first pitch class.

    Raises CodecError for a name that isn't in normal order.

    >>> close_position("9.0.4"), close_position("0")
    ((57, 60, 64), (48, 60))
    """
    try:
        classes = [int(word) for word in chord.split(".")]
    except ValueError:
        classes = []
    if not classes or normal_order(classes) != classes or not all(0 <= one < 12 for one in classes):
        raise CodecError(f"a chord called {chord!r}", expected='pitch classes in normal order, such as "0.4.7"')
    if len(classes) == 1:
        return BASE + classes[0], BASE + classes[0] + 12
    return tuple(BASE + classes[0] + (one - classes[0]) % 12 for one in classes)
