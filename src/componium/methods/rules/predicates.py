"""Predicates of the rules, on steps, gaps, chords and roles (see table.py)."""

from componium.methods.rules.chords import CHORDS
from componium.music.theory import CONSONANT, PERFECT, is_parallel

STEPS = (0, 1, 2, 3, 4, 5, 7, 8, 12)  # sixths only minor and only up


def similar(one: int, other: int) -> bool:
    """Return whether two steps go the same way.

    >>> similar(2, 5), similar(2, -5), similar(0, 5)
    (True, False, False)
    """
    return one * other > 0


def is_singable(step: int) -> bool:
    """Return whether a step can be sung."""
    return abs(step) in STEPS and step != -8


def is_turned_back(step: int, then: int) -> bool:
    """Return whether a wide leap is followed by a small one the other way."""
    return abs(step) < 7 or (step * then <= 0 and abs(then) <= 5)


def no_double_leap(step: int, then: int) -> bool:
    """Return whether two leaps one way, if any, make a fifth, minor sixth or octave."""
    return not (similar(step, then) and min(abs(step), abs(then)) > 2) or abs(step + then) in (7, 8, 12)


def no_outlined_tritone(step: int, then: int) -> bool:
    """Return whether two steps one way do not span a tritone or a seventh."""
    return not similar(step, then) or abs(step + then) not in (6, 10, 11)


def no_trill(step: int, then: int, last: int) -> bool:
    """Return whether two notes do not come twice running."""
    return step == 0 or step != last or step + then != 0


def is_consonant(before: int, gap: int, after: int) -> bool:
    """Return whether the gap is consonant and no part crosses."""
    return gap >= 0 and gap % 12 in CONSONANT


def is_suspension(before: int, gap: int, after: int) -> bool:
    """Return whether a dissonance is held over and falls by a step."""
    return gap >= 0 and (gap % 12 in CONSONANT or (before == 0 and after in (-1, -2)))


def is_passing(before: int, gap: int, after: int) -> bool:
    """Return whether a dissonance passes by step, one way."""
    return gap >= 0 and (gap % 12 in CONSONANT or (similar(before, after) and max(abs(before), abs(after)) <= 2))


def is_by_step(before: int, gap: int, after: int) -> bool:
    """Return whether a dissonance is approached and left by step."""
    by_step = 0 < abs(before) <= 2 and 0 < abs(after) <= 2
    return gap >= 0 and (gap % 12 in CONSONANT or by_step)


def no_direct_perfect(gap: int, upper: int, lower: int) -> bool:
    """Return whether no perfect interval is reached in similar motion."""
    return gap % 12 not in PERFECT or not similar(upper, lower)


def no_parallel(gap: int, upper: int, lower: int) -> bool:
    """Return whether parts do not move in parallel perfect intervals."""
    return not is_parallel(gap, upper, lower)


def no_parallel_downbeats(gap: int, then: int, lower: int) -> bool:
    """Return whether successive downbeats are not parallel perfect intervals."""
    return not is_parallel(gap, then - gap + lower, lower)


def no_octaves(gap: int, then: int, lower: int) -> bool:
    """Return whether successive gaps are not parallel octaves."""
    return not is_parallel(gap, then - gap + lower, lower, (0,))


def is_complete(chord: int, *roles: int) -> bool:
    """Return whether a chord has root and third and no doubled leading tone."""
    notes = CHORDS[chord].notes
    single = all(roles.count(role) <= 1 for role in range(3) if notes[role] == CHORDS[chord].leads)
    return 0 in roles and 1 in roles and single


def stands_on_root_or_third(chord: int, bass: int) -> bool:
    """Return whether the bass is the third, or the root of a perfect triad."""
    root, _, fifth = CHORDS[chord].notes
    return bass == 1 or (bass == 0 and (fifth - root) % 12 == 7)


def is_applied_leading_tone(chord: int, pitch: int) -> bool:
    """Return whether a pitch is the leading tone of an applied dominant."""
    return bool(CHORDS[chord].of) and pitch % 12 == CHORDS[chord].leads
