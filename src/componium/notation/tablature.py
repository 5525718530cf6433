"""Tablature: a string and a fret for each note of a guitar or electric bass part.

The cheapest way for the left hand through the part, by dynamic programming over the places of the notes that sound
and the position of the hand (the fret of the index finger). A hand stops at most four frets and has four fingers, of
which the index may stop several strings (a barre) if none of those between is open; a string sounds one note. It costs
to shift, to be high on the neck, to stretch, and to end a note early because its string or the hand is needed. What no
hand can play gets no place.

Sources: S. Sayegh, "Fingering for String Instruments with the Optimum Path Paradigm" (CMJ 13:3, 1989); D. Radicioni &
V. Lombardo, "Guitar Fingering for Music Performance" (ICMC 2005).

>>> [str(place) for place in arrange([Sound(0, 4, 48), Sound(4, 8, 52), Sound(8, 12, 60)], GUITAR).places]
['5/3', '4/2', '2/1']
"""

from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import combinations
from typing import NamedTuple

from componium.music.score import Track
from componium.notation.sheet import Measure, Part

SPAN = 4  # frets under the four fingers
STATES = 120  # of the hand that are kept at each onset
MOST_TRIED = 8  # notes of one onset of which those that can be played are looked for
SHIFT, SHIFT_FRET, HEIGHT, STRETCH, FRET, CUT = 0.5, 1.0, 0.1, 0.3, 0.02, 4.0  # costs


class Tuning(NamedTuple):
    """Strings from the highest, as MIDI pitches, and the number of frets."""

    strings: tuple[int, ...]
    frets: int


class Place(NamedTuple):
    """String, from 1, the highest, and fret, 0 if the string is open."""

    string: int
    fret: int

    def __str__(self) -> str:
        return f"{self.string}/{self.fret}"


class Sound(NamedTuple):
    """A note: onset and end in any unit, pitch, and the voice that has it."""

    onset: int
    end: int
    pitch: int
    voice: int = 1


class Fingering(NamedTuple):
    """Place of each note, None for one that can't be played, and how many end early."""

    places: list[Place | None]
    n_cut: int


GUITAR = Tuning((64, 59, 55, 50, 45, 40), 19)
ELECTRIC = Tuning(GUITAR.strings, 22)
DROP = 2  # semitones
BASS = Tuning((43, 38, 33, 28), 22)
TUNINGS = {24: GUITAR, 25: Tuning(GUITAR.strings, 20), **dict.fromkeys(range(26, 32), ELECTRIC),
           **dict.fromkeys(range(33, 38), BASS)}  # fmt: skip

type_places = tuple[Place | None, ...]  # of the notes that sound; None for one that was ended early


class _State(NamedTuple):
    """Hand after an onset: its position, the places of the notes that sound, cost."""

    position: int
    places: type_places
    cost: float
    before: "_State | None" = None
    added: type_places = ()  # the places of the notes of this onset
    n_cut: int = 0  # notes that ended early, so far


def tuning_of(track: Track) -> Tuning | None:
    """Return the tuning of a guitar or electric bass part, None for others.

    The lowest string is a tone lower than usual (dropped D) if the part goes just so far down.
    """
    tuning = None if track.is_drum else TUNINGS.get(track.program)
    lowest = int(track.notes["pitch"].min(initial=127))
    if tuning and 0 < tuning.strings[-1] - lowest <= DROP:
        return tuning._replace(strings=(*tuning.strings[:-1], tuning.strings[-1] - DROP))
    return tuning


def sounds_of(part: Part, measures: Sequence[Measure]) -> list[Sound]:
    """Return the notes of a part by onset and pitch, tied ones joined.

    Times are in units from the start.
    """
    found: list[Sound] = []
    for measure, voices in zip(measures, part.measures, strict=True):
        for voice in voices:
            for event in voice.events:
                onset = measure.onset + event.onset
                found += [Sound(onset, onset + event.duration, head.pitch, voice.number) for head in event.heads
                          if not event.tie_stop]
                if event.tie_stop:
                    _extend(found, onset, event.duration, {head.pitch for head in event.heads}, voice.number)
    return sorted(found)


def _extend(found: list[Sound], onset: int, duration: int, pitches: set[int], voice: int) -> None:
    """Let the notes that a tie continues sound on."""
    for at in range(len(found) - 1, -1, -1):
        sound = found[at]
        if sound.voice == voice and sound.end == onset and sound.pitch in pitches:
            found[at] = sound._replace(end=onset + duration)
            pitches = pitches - {sound.pitch}
        if not pitches or (sound.voice == voice and sound.end < onset):
            return


def arrange(sounds: Sequence[Sound], tuning: Tuning) -> Fingering:
    """Return the place of each note, in the order given.

    Where the notes of one onset can't all be played together, as many as can get a place, the highest first.
    """
    order = sorted(range(len(sounds)), key=lambda at: sounds[at])
    states = [_State(1, (), 0.0)]
    sounding: list[Sound] = []
    for onset, group in _by_onset([sounds[at] for at in order]):
        kept = [at for at, sound in enumerate(sounding) if sound.end > onset]
        sounding = [sounding[at] for at in kept] + group
        states = _advance(states, kept, tuple(sound.pitch for sound in group), tuning)
    last = min(states, key=lambda state: state.cost)
    result: list[Place | None] = [None] * len(sounds)
    for at, place in zip(order, _trace(last), strict=True):
        result[at] = place
    return Fingering(result, last.n_cut)


def _by_onset(sounds: Iterable[Sound]) -> Iterator[tuple[int, list[Sound]]]:
    group: list[Sound] = []
    for sound in sounds:
        if group and sound.onset != group[0].onset:
            yield group[0].onset, group
            group = []
        group.append(sound)
    if group:
        yield group[0].onset, group


def _advance(
    states: Sequence[_State], kept: Sequence[int], pitches: tuple[int, ...], tuning: Tuning
) -> list[_State]:
    """Return the states after an onset: with as many of its notes as can be played.

    The held notes sound on where they can, else they are cut short.
    """
    by_held: dict[type_places, list[_State]] = {}
    for state in states:
        by_held.setdefault(tuple(state.places[at] for at in kept), []).append(state)
    ended = [_cut(state, held) for held, those in by_held.items() for state in those]
    cut: dict[type_places, list[_State]] = {(None,) * len(kept): ended}
    for chosen in _choices(pitches, tuning):
        found = _reach(by_held, pitches, chosen, tuning) or _reach(cut, pitches, chosen, tuning)
        if found:
            return sorted(found, key=lambda state: state.cost)[:STATES]
    none: type_places = (None,) * len(pitches)
    return [_State(state.position, held + none, state.cost, state, none, state.n_cut)
            for held, those in by_held.items() for state in those]


def _choices(pitches: tuple[int, ...], tuning: Tuning) -> Iterator[tuple[int, ...]]:
    """Yield indices of notes to play, most first.

    Of as many, those with the highest and the lowest come first.
    """
    low, high = tuning.strings[-1], tuning.strings[0] + tuning.frets
    fitting = [at for at, pitch in enumerate(pitches) if low <= pitch <= high]
    fitting = fitting[: MOST_TRIED // 2] + fitting[-(MOST_TRIED // 2) :] if len(fitting) > MOST_TRIED else fitting
    for size in range(min(len(fitting), len(tuning.strings)), 0, -1):
        yield from sorted(combinations(fitting, size), key=lambda chosen: (fitting[-1] not in chosen,
                                                                          fitting[0] not in chosen))  # fmt: skip


def _cut(state: _State, held: type_places) -> _State:
    """Return a state whose held notes have ended."""
    n = sum(place is not None for place in held)
    return state._replace(cost=state.cost + CUT * n, n_cut=state.n_cut + n)


def _reach(
    by_held: dict[type_places, list[_State]], pitches: tuple[int, ...], chosen: tuple[int, ...], tuning: Tuning
) -> list[_State]:
    """Return the cheapest state for each way to play the chosen notes."""
    best: dict[tuple[int, type_places], _State] = {}
    for held, states in by_held.items():
        at_position: dict[int, _State] = {}
        for state in states:
            known = at_position.get(state.position)
            if known is None or state.cost < known.cost:
                at_position[state.position] = state
        for places, positions, cost in _ways(tuple(pitches[at] for at in chosen), held, tuning):
            placed = dict(zip(chosen, places, strict=True))
            added = tuple(placed.get(at) for at in range(len(pitches)))
            for position in positions or at_position:
                _keep_best(best, at_position, position, held, added, cost)
    return list(best.values())


def _keep_best(
    best: dict[tuple[int, type_places], _State], at_position: dict[int, _State], position: int, held: type_places,
    added: type_places, cost: float,
) -> None:  # fmt: skip
    """Add the cheapest way to a position, if it is cheaper than that known."""
    before = min(at_position.values(), key=lambda state: state.cost + _shift(state.position, position))
    total = before.cost + _shift(before.position, position) + cost + HEIGHT * (position - 1)
    known = best.get((position, held + added))
    if known is None or total < known.cost:
        best[position, held + added] = _State(position, held + added, total, before, added, before.n_cut)


def _shift(position: int, to: int) -> float:
    return SHIFT + SHIFT_FRET * abs(to - position) if to != position else 0.0


@lru_cache(8192)
def _ways(
    pitches: tuple[int, ...], held: type_places, tuning: Tuning
) -> tuple[tuple[tuple[Place, ...], tuple[int, ...], float], ...]:
    """Return the ways to play notes: their places, positions of the hand, cost.

    Without a stopped string any position will do: the positions are then empty.
    """
    taken = [place for place in held if place is not None]
    ways: list[tuple[tuple[Place, ...], tuple[int, ...], float]] = []
    for places in _placings(pitches, tuple(place.string for place in taken), tuning):
        sounding = [*taken, *places]
        stopped = sorted(place.fret for place in sounding if place.fret)
        if not _is_playable(sounding):
            continue
        cost = FRET * sum(place.fret for place in places)
        if not stopped:
            ways.append((places, (), cost))
            continue
        low, high = stopped[0], stopped[-1]
        first = low if len(stopped) > SPAN else max(high - SPAN + 1, 1)  # a barre is made by the index finger
        ways.append((places, tuple(range(first, low + 1)), cost + STRETCH * (high - low)))
    return tuple(ways)


def _placings(pitches: tuple[int, ...], taken: tuple[int, ...], tuning: Tuning) -> Iterator[tuple[Place, ...]]:
    """Yield places for pitches on strings that are free, a string each."""
    if not pitches:
        yield ()
        return
    for string, open_pitch in enumerate(tuning.strings, start=1):
        fret = pitches[0] - open_pitch
        if string not in taken and 0 <= fret <= tuning.frets:
            for rest in _placings(pitches[1:], (*taken, string), tuning):
                yield Place(string, fret), *rest


def _is_playable(places: Sequence[Place]) -> bool:
    """Return True if four fingers, one of them in a barre, can stop the strings."""
    stopped = [place for place in places if place.fret]
    if not stopped:
        return True
    low, high = min(place.fret for place in stopped), max(place.fret for place in stopped)
    if high - low >= SPAN:
        return False
    if len(stopped) <= SPAN:
        return True
    barre = [place.string for place in stopped if place.fret == low]
    is_open = any(not place.fret and min(barre) < place.string < max(barre) for place in places)
    return len(stopped) - len(barre) < SPAN and not is_open


def _trace(state: _State | None) -> Iterator[Place | None]:
    """Yield the places of all notes, from the first onset to the last."""
    added = []
    while state is not None:
        added.append(state.added)
        state = state.before
    for places in reversed(added):
        yield from places
