"""One phrase by the rules: its layout, the domains of its notes, and its search."""

from dataclasses import dataclass, field

import numpy as np

from componium.decoding.style.plan import Plan
from componium.errors import ControlError
from componium.methods.rules.chords import CHORDS, leading, triads
from componium.methods.rules.model import Problem, Slot, add_counterpoint, add_harmony, add_melody, add_texture
from componium.methods.rules.search import backtrack, conflicting_bars, conflicting_rules, cp_sat
from componium.methods.rules.table import CADENCE, CHORALE, FIRST_SPECIES, MELODY, SPECIES
from componium.music.theory import DEGREES

type_rows = list[tuple[int, int, int]]
WIDEST = 19  # semitones that a part moves in


@dataclass
class Phrase:
    """Rows of (onset, duration, pitch) of each voice, and its last two values.

    The last values bind the next phrase.
    """

    voices: tuple[int, ...] = ()
    rows: list[type_rows] = field(default_factory=list)
    tail: list[list[int]] = field(default_factory=list)


def compose_phrase(
    piece: Plan, bars: int, final: int, voices: tuple[int, ...], kind: str, species: int, above: bool,
    cantus: tuple[int, ...], before: Phrase, search: str, rng: np.random.Generator,
) -> Phrase:
    """Compose a phrase that ends on `final`: 0 the tonic or 7 the dominant.

    Raises ControlError, naming the rules that clash, where there is none.
    """
    domains = [pitch_domain(piece, voice) for voice in voices]
    if kind == "chords":
        problem, parts, times = _chords(piece, bars, final, domains, before, rng)
    elif len(voices) == 2:
        problem, parts, times = _two_parts(piece, bars, final, domains, species, above, cantus, before, rng)
    else:
        problem, parts, times = _note_against_note(piece, bars, final, domains, before)
    for part in parts:
        draw_contour(problem, part, rng)
    problem.order += [index for _, index in sorted((time, index) for part, row in zip(parts, times, strict=True)
                                                   for index, time in zip(part, row, strict=True))]
    values = solve(problem, search, bars, rng)
    tied = int(not above) if len(voices) == 2 and species > 3 else None
    tonic = piece.key.tonic
    rows = [_to_rows([(time, values[index] + tonic) for time, index in zip(row, part, strict=True) if time >= 0],
                      bars * piece.bar_ticks, piece.bar_ticks if place == tied else 0)
            for place, (part, row) in enumerate(zip(parts, times, strict=True))]
    return Phrase(voices, rows, [[values[index] for index in part[-2:]] for part in parts])


def solve(problem: Problem, search: str, bars: int, rng: np.random.Generator) -> list[int]:
    """Return values that keep the rules.

    Raises ControlError, naming the rules that clash and where, if there are none.
    """
    if not all(problem.domains):
        raise ControlError("the ranges hold no note for the cadence", expected="wider ranges, or another key")
    values = find_values(problem, search, bars, rng)
    if values is not None:
        return values
    names = conflicting_rules(problem)
    where = f"bars {', '.join(map(str, conflicting_bars(problem, names)))}" if problem.bars else ""
    raise ControlError(f"no notes keep all the rules: these clash: {', '.join(names)}", where=where,
                       advice="ask for other ranges, another key or other notes")


def find_values(problem: Problem, search: str, bars: int, rng: np.random.Generator) -> list[int] | None:
    """Return values that keep the rules, or None if there are none."""
    return (cp_sat if search == "cp-sat" else backtrack)(problem, rng, bars) if all(problem.domains) else None


def pitch_domain(piece: Plan, voice: int) -> list[int]:
    """Return the pitches of a voice, above the tonic, in the middle of its range."""
    low, high = piece.ranges[voice]
    spare = max(high - low - WIDEST, 0)
    low, high = low + spare // 2, high - (spare - spare // 2)
    scale = DEGREES[piece.key.mode]
    pitches = [pitch - piece.key.tonic for pitch in range(low, high + 1) if (pitch - piece.key.tonic) % 12 in scale]
    if not pitches:
        raise ControlError(f"no note of the scale from {low} to {high}", expected="a wider range")
    return pitches


def leading_tones(piece: Plan, domains: list[int]) -> list[int]:
    """Return the leading tones within reach of a voice."""
    up = leading(DEGREES[piece.key.mode])
    return [pitch for pitch in range(min(domains), max(domains) + 1) if pitch % 12 == up]


def _raised_sixths(piece: Plan, domains: list[int]) -> list[int]:
    """Return the notes a tone under the leading tones: in minor the raised sixths."""
    return [tone - 2 for tone in leading_tones(piece, domains) if tone - 2 >= min(domains)]


def draw_contour(problem: Problem, part: list[int], rng: np.random.Generator) -> None:
    """Draw a smooth line for a part to be near to: two waves of random size and place."""
    lows, highs = (list(map(pick, (problem.domains[index] for index in part))) for pick in (min, max))
    low, high = min(lows), max(highs)
    turns = np.arange(len(part)) / max(len(part), 2) * 2 * np.pi
    wave = sum(rng.uniform(0.1, 0.3) * np.sin(turns * pace + rng.uniform(0, 2 * np.pi)) for pace in (1, 2))
    for index, share in zip(part, np.atleast_1d(wave).tolist(), strict=True):
        problem.targets[index] = round((low + high) / 2 + share * (high - low))


def _two_parts(
    piece: Plan, bars: int, final: int, domains: list[list[int]], species: int, above: bool, given: tuple[int, ...],
    before: Phrase, rng: np.random.Generator,
) -> tuple[Problem, list[list[int]], list[list[int]]]:
    """Return two parts of a species: the places of its rules, and the onsets."""
    problem, own, base = Problem(), domains[0 if above else 1], domains[1 if above else 0]
    scale, bar = DEGREES[piece.key.mode], piece.bar_ticks
    past = len(before.tail[0]) if before.tail else 0
    tails = before.tail if above else before.tail[::-1]
    ends = [pitch for pitch in base if pitch % 12 == scale[4 if final else 0]]
    cantus = [problem.add_given(value) for value in (tails[1] if past else [])]
    for at in range(bars):
        starts = [pitch for pitch in base if pitch % 12 == 0] if not at and not past else base
        cantus.append(problem.add([given[at] - piece.key.tonic] if given else ends if at == bars - 1 else starts))
    slots = [Slot(at, True) for at in range(past)]
    line = [problem.add_given(value) for value in (tails[0] if past else [])]
    times = [(at - past) * bar for at in range(past)]
    for at in range(bars):
        onsets = _rhythm(piece, species, at, bars, rng)
        slots += [Slot(at + past, onset == 0, onset * 2 == bar) for onset in onsets]
        times += [at * bar + onset for onset in onsets]
        last = at == bars - 2 and not final
        line += [problem.add(leading_tones(piece, own) if last and onset == onsets[-1] else own) for onset in onsets]
        if last and len(onsets) > 1:
            problem.domains[line[-2]] = sorted({*own, *_raised_sixths(piece, own)})
    add_counterpoint(problem, cantus, line, slots, above, not past)
    problem.rule(SPECIES[species])
    bass = [(at - past) * bar for at in range(bars + past)]
    return problem, [line, cantus] if above else [cantus, line], [times, bass] if above else [bass, times]


def _rhythm(piece: Plan, species: int, at: int, bars: int, rng: np.random.Generator) -> list[int]:
    """Return the onsets of the counterpoint in a bar, in ticks."""
    bar, count = piece.bar_ticks, piece.meter.numerator
    if at == bars - 1 or species == 1 or bar % 4:
        return [0]
    fine = 6 if count % 3 == 0 and bar % 6 == 0 else 4
    parts = {2: 3 if count == 3 else 2, 3: fine, 4: 2}.get(species, 0)
    if species == 4 and at == 0:
        return [bar // 2]
    if parts:
        return [bar * part // parts for part in range(parts)]
    kinds: tuple[tuple[int, ...], ...]
    if fine == 6:
        kinds = ((0, 3), (0, 2, 4), (0, 2, 3, 4), (0, 1, 2, 3, 4, 5), (0, 3, 4, 5), (0, 2, 3, 4, 5))
    else:
        kinds = ((0, 2), (0, 1, 2), (0, 2, 3), (0, 1, 2, 3), (0, 1, 2, 3))
    chosen = (0, 3 if fine == 6 else 2) if at in (0, bars - 2) else kinds[int(rng.integers(len(kinds)))]
    return [bar * part // fine for part in chosen]


def _note_against_note(
    piece: Plan, bars: int, final: int, domains: list[list[int]], before: Phrase
) -> tuple[Problem, list[list[int]], list[list[int]]]:
    """Return one part, or several, a note a bar.

    They are a cantus firmus, or the first species of several parts.
    """
    problem, scale, past = Problem(), DEGREES[piece.key.mode], len(before.tail[0]) if before.tail else 0
    goal = scale[4 if final else 0]
    parts: list[list[int]] = []
    for voice, own in enumerate(domains):
        part = [problem.add_given(value) for value in (before.tail[voice] if past else [])]
        outer = voice in (0, len(domains) - 1)
        for at in range(bars):
            ends = at == bars - 1 or (at == 0 and not past and voice == len(domains) - 1)
            pc = goal if at == bars - 1 else 0
            part.append(problem.add([p for p in own if p % 12 == pc] if ends and outer else own))
        if voice == 0 and len(domains) > 1 and not final:
            problem.domains[part[-2]] = leading_tones(piece, own)
        parts.append(part)
    times = [[(at - past) * piece.bar_ticks for at in range(bars + past)] for _ in domains]
    if len(domains) == 1:
        add_melody(problem, parts[0])
        problem.see("cantus end", (parts[0][-1], parts[0][-2]))
        return problem.rule((*MELODY, *CADENCE)), parts, times
    add_texture(problem, parts)
    return problem.rule(FIRST_SPECIES), parts, times


def _chords(
    piece: Plan, bars: int, final: int, domains: list[list[int]], before: Phrase, rng: np.random.Generator
) -> tuple[Problem, list[list[int]], list[list[int]]]:
    """Return parts that move together, a chord a beat; the last fills its bar."""
    problem, beat, past = Problem(), piece.beat_ticks, len(before.tail[0]) if before.tail else 0
    beats = max(piece.bar_ticks // beat, 1)
    length = beats * (bars - 1) + 1
    diatonic = [CHORDS.index(triad) for triad in triads(piece.key.mode)]
    tones = [pitch for own in domains for pitch in leading_tones(piece, own)]
    parts = [[problem.add_given(value) for value in (before.tail[voice] if past else [])]
             for voice in range(len(domains))]
    chords = [problem.add(_implied_chords([part[at] for part in before.tail], diatonic)) for at in range(past)]
    for at in range(length):
        closing = [diatonic[4 if final else 0]]
        chords.append(problem.add(closing if at == length - 1 else diatonic[:1] if not at and not past else diatonic))
        for part, own in zip(parts, domains, strict=True):
            part.append(problem.add([*own, *(tone for tone in tones if own[0] <= tone <= own[-1])]))
    onsets = [at // beats * piece.bar_ticks + at % beats * beat for at in range(length)]
    downbeats = [False] * past + [at % beats == 0 for at in range(length)]
    add_harmony(problem, parts, chords, downbeats, past)
    times = [[*(at - past for at in range(past)), *onsets] for _ in domains]
    return problem.rule(CHORALE), parts, times


def _implied_chords(pitches: list[int], diatonic: list[int]) -> list[int]:
    """Return the chords that hold all past notes, root and third among them."""
    pitch_classes = {pitch % 12 for pitch in pitches}
    return [chord for chord in diatonic if set(CHORDS[chord].notes[:2]) <= pitch_classes <= set(CHORDS[chord].notes)]


def _to_rows(notes: list[tuple[int, int]], end: int, bar: int) -> type_rows:
    """Return rows of notes that last until the next.

    With `bar`, one that is held over the bar line is one note.
    """
    rows: type_rows = []
    for (onset, pitch), (stop, _) in zip(notes, [*notes[1:], (end, 0)], strict=True):
        if bar and rows and onset % bar == 0 and rows[-1][2] == pitch:
            rows[-1] = (rows[-1][0], rows[-1][1] + stop - onset, pitch)
        else:
            rows.append((onset, stop - onset, pitch))
    return rows
