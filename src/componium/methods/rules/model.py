"""Phrase as a constraint problem: domains of the notes, and places of the rules.

Notes are variables, their values semitones above a tonic. A place is a row of the table with its arguments, each a pair
(a, b): the value of variable a, or, where b is not None, the interval from b to a. Notes of the phrase before stand in
front with one value each, so that the rules hold over the join; places that see only these, or only given notes and
chords, are left out.

Scopes, by their arguments: "step" (step), "two steps" (step, step), "note and step" (pitch, step), "strong" and "weak"
(step to it, gap, step from it), "arrival" (gap, step above, step below), "downbeats" (gap, next gap, step below), ...
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import combinations, pairwise

from componium.methods.rules.table import Rule

type_argument = tuple[int, int | None]
type_place = tuple[Rule, tuple[type_argument, ...]]


@dataclass
class Problem:
    """Variables with domains, places of rules, and target pitches near the contour.

    `bars` are the bars, from 1, that variables stand in, where a clash is to say so.
    """

    domains: list[list[int]] = field(default_factory=list)
    scopes: dict[str, list[tuple[type_argument, ...]]] = field(default_factory=lambda: defaultdict(list))
    places: list[type_place] = field(default_factory=list)
    targets: dict[int, int] = field(default_factory=dict)
    order: list[int] = field(default_factory=list)
    given: set[int] = field(default_factory=set)
    bars: dict[int, int] = field(default_factory=dict)

    def add(self, domain: Iterable[int]) -> int:
        """Add a variable with these values; return its number."""
        self.domains.append(sorted(set(domain)))
        return len(self.domains) - 1

    def add_given(self, value: int) -> int:
        """Add a note of the phrase before, or a given one, unjudged; return its number."""
        self.given.add(self.add([value]))
        return len(self.domains) - 1

    def see(self, scope: str, *arguments: type_argument) -> None:
        """Let the rules of a scope look here."""
        self.scopes[scope].append(arguments)

    def rule(self, rules: Sequence[Rule]) -> "Problem":
        """Apply rules at every place of their scope that sees more than given notes."""
        for row in rules:
            for arguments in self.scopes.get(row.scope, []):
                if not _variables(arguments) <= self.given:
                    self.places.append((row, arguments))
        return self

    def holds(self, place: type_place, values: Sequence[int]) -> bool:
        """Return whether a rule holds at its place under these values."""
        row, arguments = place
        return row.holds(*(values[a] - (values[b] if b is not None else 0) for a, b in arguments))

    def variables(self, place: type_place) -> set[int]:
        """Return the variables that a place looks at."""
        return _variables(place[1])


def _variables(arguments: Iterable[type_argument]) -> set[int]:
    return {index for pair in arguments for index in pair if index is not None}


def add_melody(problem: Problem, part: Sequence[int]) -> None:
    """Add the places of the rules of one line."""
    for before, after in pairwise(part):
        problem.see("step", (after, before))
        problem.see("note and step", (before, None), (after, before))
    for first, second, third in zip(part, part[1:], part[2:], strict=False):
        problem.see("two steps", (second, first), (third, second))
    for first, second, third, fourth in zip(part, part[1:], part[2:], part[3:], strict=False):
        problem.see("three steps", (second, first), (third, second), (fourth, third))


@dataclass(frozen=True)
class Slot:
    """Note of the counterpoint to come: its bar and its place in it."""

    bar: int
    strong: bool
    half: bool = False


def add_counterpoint(
    problem: Problem, cantus: Sequence[int], line: Sequence[int], slots: Sequence[Slot], above: bool, begins: bool
) -> None:
    """Add the places of the rules of two parts.

    `line` is the counterpoint, a slot a note; `above` says whether it is above the cantus.
    """
    def gap(at: int, bar: int | None = None) -> type_argument:
        low = cantus[slots[at].bar if bar is None else bar]
        return (line[at], low) if above else (low, line[at])

    add_melody(problem, cantus)
    add_melody(problem, line)
    problem.see("cantus end", (cantus[-1], cantus[-2]))
    problem.see("counterpoint end", (line[-1], line[-2]))
    problem.see("last gap", gap(len(line) - 1))
    if begins:
        problem.see("first gap", gap(0))
    for at, slot in enumerate(slots):
        before, after = line[max(at - 1, 0)], line[min(at + 1, len(line) - 1)]
        problem.see("strong" if slot.strong else "weak", (line[at], before), gap(at), (after, line[at]))
        if slot.strong and slot.bar not in (0, len(cantus) - 1):
            problem.see("inner gap", gap(at))
        if at:
            problem.see("step over" if slot.strong else "step inside", (line[at], before))
        if at and slot.strong:
            own, other = (line[at], before), (cantus[slot.bar], cantus[slot.bar - 1])
            problem.see("arrival", gap(at), *((own, other) if above else (other, own)))
    for scope, chosen in (("downbeats", "strong"), ("weak halves", "half")):
        for one, two in pairwise([at for at, slot in enumerate(slots) if getattr(slot, chosen)]):
            problem.see(scope, gap(one), gap(two), (cantus[slots[two].bar], cantus[slots[one].bar]))


def add_texture(problem: Problem, parts: Sequence[Sequence[int]]) -> None:
    """Add the places of the rules of parts that move together, the highest first."""
    for part in parts:
        add_melody(problem, part)
    for at in range(len(parts[0])):
        _gaps(problem, [part[at] for part in parts])
        if at:
            _moves(problem, [(part[at], part[at - 1]) for part in parts])


def _gaps(problem: Problem, notes: Sequence[int]) -> None:
    for place, (upper, lower) in enumerate(pairwise(notes)):
        problem.see("neighbors", (upper, lower))
        if place < len(notes) - 2:
            problem.see("upper neighbors", (upper, lower))
    for upper in notes[:-1]:
        problem.see("bass gaps", (upper, notes[-1]))
    for upper, lower in combinations(notes[:-1], 2):
        problem.see("upper gaps", (upper, lower))


def _moves(problem: Problem, steps: Sequence[tuple[int, int]]) -> None:
    for upper, lower in combinations(steps, 2):
        problem.see("pairs arrival", (upper[0], lower[0]), upper, lower)
    problem.see("outer arrival", (steps[0][0], steps[-1][0]), steps[0], steps[-1])
    for step in steps[:-1]:
        problem.see("upper step", step)
    problem.see("outer step", steps[0])
    problem.see("outer step", steps[-1])


def add_harmony(
    problem: Problem, parts: Sequence[Sequence[int]], chords: Sequence[int], downbeats: Sequence[bool], known: int,
    basses: Sequence[int] = (),
) -> None:
    """Add the places of the rules of chords; roles follow from chord and note.

    `known` chords are past. `basses` are the roles of the lowest part, where numerals state them.
    """
    add_texture(problem, parts)
    for at, chord in enumerate(chords):
        if at >= known:
            roles = [problem.add(range(3)) for _ in parts]
            if basses:
                problem.domains[roles[-1]] = [basses[at]]
            problem.order += [chord, *(index for pair in zip((part[at] for part in reversed(parts)), reversed(roles),
                                                             strict=True) for index in pair)]
            for part, role in zip(parts, roles, strict=True):
                problem.see("chord note", (chord, None), (part[at], None), (role, None))
            problem.see("chord", (chord, None), *((role, None) for role in roles))
            problem.see("chord bass", (chord, None), (roles[-1], None))
            if at == len(chords) - 1:
                problem.see("last chord bass", (roles[-1], None))
        if at:
            before = chords[at - 1]
            problem.see("progression", (before, None), (chord, None))
            problem.see("top to chord", (parts[0][at - 1], None), (parts[0][at], parts[0][at - 1]), (chord, None))
            if downbeats[at]:
                problem.see("progression over", (before, None), (chord, None))
    problem.see("last chords", (chords[-2], None), (chords[-1], None))


def add_borrowing(problem: Problem, parts: Sequence[Sequence[int]], chords: Sequence[int]) -> None:
    """Add the places of the rules of borrowed chords."""
    for part in parts:
        for (before, after), (chord, then) in zip(pairwise(part), pairwise(chords), strict=True):
            problem.see("note to chord", (before, None), (after, before), (then, None))
            problem.see("chord to note", (chord, None), (before, None), (after, before))
