"""Passages of known pieces, changed and planted in other music."""

import itertools

import numpy as np

from componium.music.score import Score, Track, notes

STEPS = (-4, -3, -2, -1, 1, 2, 3, 4)
EVERY = 8  # notes of which one is changed

# A melody is a list of (onset, pitch), with the end of its last note.


def exact(rng, melody, end):
    """As it is."""
    return melody, end


def pitch(rng, melody, end):
    """One note in eight has another pitch."""
    changed = list(melody)
    for at in one_in_eight(rng, len(melody)):
        changed[at] = (changed[at][0], changed[at][1] + int(rng.choice(STEPS)))
    return changed, end


def inserted(rng, melody, end):
    """After one note in eight another one, in its time."""
    chosen = set(one_in_eight(rng, len(melody)))
    return splits(melody, end, {at: (0, int(rng.choice(STEPS))) for at in chosen}), end


def inserted_later(rng, melody, end):
    """The same, and all that follows is later by the time of the note."""
    chosen, late, changed = set(one_in_eight(rng, len(melody))), 0, []
    for at, (onset, value) in enumerate(melody):
        changed.append((onset + late, value))
        if at in chosen:
            gap = (melody[at + 1][0] if at + 1 < len(melody) else end) - onset
            changed.append((onset + late + gap, value + int(rng.choice(STEPS))))
            late += gap
    return changed, end + late


def deleted(rng, melody, end):
    """One note in eight is left out; the one before lasts longer."""
    chosen = set(one_in_eight(rng, len(melody)))
    return [note for at, note in enumerate(melody) if at not in chosen], end


def deleted_closed(rng, melody, end):
    """The same, and all that follows is earlier by the time of the note."""
    chosen, early, changed = set(one_in_eight(rng, len(melody))), 0, []
    for at, (onset, value) in enumerate(melody):
        if at in chosen:
            early += (melody[at + 1][0] if at + 1 < len(melody) else end) - onset
        else:
            changed.append((onset - early, value))
    return changed, end - early


def grace(rng, melody, end):
    """One note in eight begins with a short note from a step away."""
    return splits(melody, end, {at: (step(rng), 0) for at in one_in_eight(rng, len(melody))}, first=0.25), end


def mordent(rng, melody, end):
    """One note in eight becomes itself, its neighbor and itself again."""
    return splits(melody, end, {at: (0, step(rng), 0) for at in one_in_eight(rng, len(melody))}), end


def turn(rng, melody, end):
    """One note in eight becomes its upper neighbor, itself, its lower neighbor, itself."""
    return splits(melody, end, dict.fromkeys(one_in_eight(rng, len(melody)), (2, 0, -1, 0))), end


def swing(rng, melody, end):
    """Of each pair of the shortest common note the first is twice as long as the second."""
    unit = np.bincount(np.diff([onset for onset, _ in melody] + [end])).argmax()
    origin = melody[0][0]

    def swung(onset):
        pair, within = divmod(onset - origin, 2 * unit)
        late = within * 4 / 3 if within <= unit else unit * 4 / 3 + (within - unit) * 2 / 3
        return int(origin + pair * 2 * unit + round(late))

    return [(swung(onset), value) for onset, value in melody], swung(end)


KINDS = (exact, pitch, inserted, inserted_later, deleted, deleted_closed, grace, mordent, turn, swing)


def step(rng):
    return int(rng.choice((-2, -1, 1, 2)))


def one_in_eight(rng, n):
    """The places of one note in each eight."""
    return [begin + int(rng.integers(min(EVERY, n - begin))) for begin in range(0, n - EVERY + 1, EVERY)]


def splits(melody, end, steps, first=None):
    """Notes, given by their places, split into notes so many semitones away, equally long (or the first shorter)."""
    changed = []
    for at, (onset, value) in enumerate(melody):
        gap = (melody[at + 1][0] if at + 1 < len(melody) else end) - onset
        parts = steps.get(at, (0,))
        for number, away in enumerate(parts):
            begin = onset + (gap * number // len(parts) if first is None else int(gap * first) * (number > 0))
            changed.append((begin, value + away))
    return changed


def polyphony(rng, score, host, onsets, end, changed):
    """The music of a score from the first of some onsets to `end`, in another key, in the middle of another score.

    What sounds there from before sounds on. With `changed` one note has another pitch from each eighth onset given to
    the next. Returned are the score, and the ticks where the music begins and ends.
    """
    up, begin = int(rng.integers(-5, 6)), onsets[0]
    spans = [(max(int(note["onset"]), begin), min(int(note["onset"] + note["duration"]), end), int(note["pitch"]), part)
             for part, track in enumerate(score.tracks) for note in track.notes]  # fmt: skip
    inside = [[onset, offset, value + up, part] for onset, offset, value, part in spans if onset < offset]
    times = np.unique([onset for onset, *_ in inside] + [end])
    for first, until in itertools.pairwise([*onsets[::EVERY], end]) if changed else ():
        short = [note for note in inside if first <= note[0] < until
                 and note[1] <= times[np.searchsorted(times, note[0], side="right")]]  # fmt: skip
        if short:  # a longer one would change what sounds at several onsets
            short[rng.integers(len(short))][2] += int(rng.choice(STEPS))
    inside = [(onset - begin, offset - onset, value, part) for onset, offset, value, part in inside]
    middle, last = 8 * 480, 16 * 480
    around = [(int(note["onset"]), int(note["duration"]), int(note["pitch"]), part)
              for part, track in enumerate(host.tracks) for note in track.notes if note["onset"] < last]  # fmt: skip
    before = [(onset, min(length, middle - onset), value, part)
              for onset, length, value, part in around if onset < middle]  # fmt: skip
    after = [(onset + end - begin, length, value, part) for onset, length, value, part in around if onset >= middle]
    rows = [*before, *((onset + middle, length, value, part) for onset, length, value, part in inside), *after]
    tracks = [Track(notes([row[:3] for row in rows if row[3] == part])) for part in sorted({row[3] for row in rows})]
    return Score(tuple(tracks)), middle, middle + end - begin


def plant(rng, melody, end, host):
    """A melody in the middle of another, in some key and tempo; the score, and the first and last note planted."""
    up, (times, per) = int(rng.integers(-6, 7)), ((1, 1), (2, 1), (1, 2), (3, 2))[rng.integers(4)]
    middle, t = len(host) // 2, host[len(host) // 2][0]
    inside = [(t + (onset - melody[0][0]) * 6 * times // per // 6, value + up) for onset, value in melody]
    later = t + (end - melody[0][0]) * times // per
    after = [(onset - t + later, value) for onset, value in host[middle:]]
    whole = [*host[:middle], *inside, *after]
    onsets = [onset for onset, _ in whole]
    ends = [*onsets[1:], onsets[-1] + 480]
    score = Score((Track(notes([(a, b - a, min(max(value, 0), 127))
                                for (a, value), b in zip(whole, ends, strict=True)])),))  # fmt: skip
    return score, middle, middle + len(inside)
