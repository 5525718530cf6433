"""Parts over the chords of the grammar: a melody, and lower parts of chord notes."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from componium.decoding.draws import choose_by_log
from componium.decoding.style.plan import Plan
from componium.music.pitch import spell
from componium.music.score import Key
from componium.music.theory import DEGREES

STEP_COST, AGAIN_COST = 0.55, 2.0  # nats a semitone of interval; nats for striking a note again
LEAP, AWKWARD = 9, (6, 8)  # no interval is wider, nor a tritone or a minor sixth
type_rhythm = list[tuple[int, int]]  # (onset in the phrase, duration) in ticks

# The notes of each chord in semitones over the tonic, in major and in minor; the first is its root.
CHORDS = {
    "major": {"I": (0, 4, 7), "ii": (2, 5, 9), "IV": (5, 9, 0), "V": (7, 11, 2), "vi": (9, 0, 4), "vii": (11, 2, 5),
              "V/V": (2, 6, 9, 0), "V/IV": (0, 4, 7, 10)},
    "minor": {"I": (0, 3, 7), "ii": (2, 5, 8), "IV": (5, 8, 0), "V": (7, 11, 2), "vi": (8, 0, 3), "vii": (11, 2, 5),
              "V/V": (2, 6, 9, 0), "V/IV": (0, 4, 7, 10)},
}  # fmt: skip


class MelodyModel(NamedTuple):
    """Log weights of melodies over chords, for P pitches and T notes.

    pitches  (P,), MIDI
    moves    (P, P), of each interval, from and to
    fits     (T, P), of each pitch over its chord
    start    (P,), of each first pitch, beside `fits`
    """

    pitches: NDArray[np.int64]
    moves: NDArray[np.float64]
    fits: NDArray[np.float64]
    start: NDArray[np.float64]

    def backward(self) -> NDArray[np.float64]:
        """Return the log weight of all that may follow each pitch, (T, P)."""
        later = np.zeros_like(self.fits)
        for at in reversed(range(len(later) - 1)):
            later[at] = np.logaddexp.reduce(self.moves + (self.fits[at + 1] + later[at + 1])[None, :], axis=1)
        return later


def melody_model(piece: Plan, chords: Sequence[str], times: type_rhythm) -> MelodyModel:
    """Return the weights of melodies with notes at some times over chords, one a bar."""
    low, high = piece.ranges[0]
    pitches = np.arange(low, high + 1)
    intervals = np.abs(pitches[:, None] - pitches[None, :])
    moves = np.where((intervals > LEAP) | np.isin(intervals, AWKWARD), -np.inf, -STEP_COST * intervals)
    moves -= AGAIN_COST * (intervals == 0)
    fits = np.array([_pitch_weights(piece, pitches, chords[onset // piece.bar_ticks], onset) for onset, _ in times])
    if piece.closed:
        fits[-1, (pitches - piece.key.tonic) % 12 != 0] = -np.inf
    start: NDArray[np.float64] = -0.02 * (pitches.astype(np.float64) - (low + high) / 2) ** 2
    return MelodyModel(pitches, moves, fits, start)


def draw_melody(piece: Plan, chords: list[str], times: type_rhythm, rng: np.random.Generator) -> list[tuple[int, ...]]:
    """Draw a melody over the chords: rows of (onset, duration, pitch).

    It is drawn among all lines by their weight.
    """
    pitches, moves, fits, start = melody_model(piece, chords, times)
    forward = np.zeros_like(fits)
    forward[0] = fits[0] + start
    for at in range(1, len(times)):
        forward[at] = fits[at] + np.logaddexp.reduce(forward[at - 1][:, None] + moves, axis=0)
    path = [choose_by_log(forward[-1], rng)]
    for at in reversed(range(len(times) - 1)):
        path.append(choose_by_log(forward[at] + moves[:, path[-1]], rng))
    return [(onset, duration, int(pitches[at])) for (onset, duration), at in zip(times, path[::-1], strict=True)]


def melody_chances(model: MelodyModel, path: Sequence[int]) -> NDArray[np.float64]:
    """Return the chance of each pitch of each note, given the notes before it: (T, P).

    `path` are the pitches of the melody, as MIDI.

    Their product along the path is the probability with which `draw_melody` draws it.
    """
    later, rows = model.backward(), []
    for at in range(len(path)):
        came = model.start if at == 0 else model.moves[path[at - 1] - model.pitches[0]]
        logs = came + model.fits[at] + later[at]
        rows.append(np.exp(logs - np.logaddexp.reduce(logs)))
    return np.array(rows)


def _pitch_weights(piece: Plan, pitches: NDArray[np.int64], word: str, onset: int) -> NDArray[np.float64]:
    """Return the log weight of each pitch over a chord.

    Notes of the chord are preferred on the beat, those of the scale between.
    """
    over = (pitches - piece.key.tonic) % 12
    in_chord = np.isin(over, _notes(piece.key, word))
    in_scale = np.isin(over, _scale(piece.key, word))
    on_beat = onset % piece.beat_ticks == 0
    weight: NDArray[np.float64] = np.where(in_chord, 0.0, np.where(in_scale, -4.0 if on_beat else -1.0, -np.inf))
    weight -= 0.012 * (pitches - (piece.ranges[0][0] + piece.ranges[0][1]) / 2) ** 2
    return weight


def _scale(key: Key, word: str) -> tuple[int, ...]:
    """Return the scale over a chord; in minor the dominant raises its seventh."""
    raised = key.mode == "minor" and word in ("V", "vii")
    return tuple(11 if raised and step == 10 else step for step in DEGREES[key.mode])


def _notes(key: Key, word: str) -> tuple[int, ...]:
    return CHORDS["major" if key.mode in ("major", "mixolydian", "lydian") else "minor"][word]


def lower_part(piece: Plan, chords: Sequence[str], part: int, n_parts: int) -> list[tuple[int, ...]]:
    """Return a lower part, one note a bar: rows of (onset, duration, pitch).

    The lowest part has the root, the others the note of the chord nearest to their last.
    """
    last = sum(piece.ranges[part]) // 2
    rows: list[tuple[int, ...]] = []
    for bar, word in enumerate(chords):
        last = min(lower_pitches(piece, word, part, n_parts), key=lambda pitch: (abs(pitch - last), pitch))
        rows.append((bar * piece.bar_ticks, piece.bar_ticks, last))
    return rows


def lower_pitches(piece: Plan, word: str, part: int, n_parts: int) -> list[int]:
    """Return the pitches that a lower part may have over a chord.

    In the lowest part they are its root.
    """
    low, high = piece.ranges[part]
    notes = _notes(piece.key, word)
    turned = notes[part % len(notes) :] + notes[: part % len(notes)]
    wanted = notes[:1] if part == n_parts - 1 else turned[:2]
    return [pitch for pitch in range(low, high + 1) if (pitch - piece.key.tonic) % 12 in wanted]


def chord_symbol(word: str, key: Key) -> str:
    """Return the chord symbol of a degree in a key.

    >>> chord_symbol("V/V", Key(0, 0)), chord_symbol("ii", Key(0, -3, "minor")), chord_symbol("I", Key(0, 2))
    ('D7', 'Ddim', 'D')
    """
    root, *others = _notes(key, word)
    third, fifth = ((note - root) % 12 for note in others[:2])
    quality = {(4, 7): "", (3, 7): "m", (3, 6): "dim"}[third, fifth]
    return spell((key.tonic + root) % 12, key.fifths) + quality + ("7" if len(others) > 2 else "")
