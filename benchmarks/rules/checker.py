"""The hard rules of species counterpoint and of chorale writing, read from a score's notes alone.

Nothing here comes from the method that is checked: chords, intervals and cadences are found again from what sounds.
Each function returns the faults as lines of text; none means that every rule holds.
Sources: Fux, *Gradus ad Parnassum* (1725), book 2; Piston, *Harmony* (1941).
"""

from itertools import combinations, pairwise

PERFECT, CONSONANCES = {0, 7}, {0, 3, 4, 7, 8, 9}
MAJOR = [0, 2, 4, 5, 7, 9, 11]
FOLLOWS = {1: "1234567", 2: "257", 3: "346", 4: "12457", 5: "156", 6: "2345", 7: "17"}
DEGREES = {"ionian": 0, "major": 0, "dorian": 1, "phrygian": 2, "lydian": 3, "mixolydian": 4, "aeolian": 5, "minor": 5,
           "locrian": 6}


def scale(key):
    """The pitch classes of a key, from its tonic, and its leading tone."""
    start = DEGREES[key.mode]
    found = [(key.tonic + MAJOR[(start + up) % 7] - MAJOR[start]) % 12 for up in range(7)]
    phrygian = (found[1] - found[0]) % 12 == 1
    return found, (found[6] if phrygian else (key.tonic - 1) % 12)


def rows(track):
    return [(note["onset"].item(), note["duration"].item(), note["pitch"].item()) for note in track.notes]


def melody(pitches, where, leaps=(1, 2, 3, 4, 5, 7, 8, 12), *, strict=True):
    """The faults of one line; `strict` adds what holds for two parts only."""
    faults = []
    for at, (one, two) in enumerate(pairwise(pitches)):
        if abs(two - one) not in (0, *leaps) or (strict and two - one in (-8, 12, -12)):
            faults.append(f"{where} note {at}: a step of {two - one}")
    for at, (one, two, three) in enumerate(zip(pitches, pitches[1:], pitches[2:], strict=False)):
        first, second = two - one, three - two
        if first == second == 0:
            faults.append(f"{where} note {at}: a note thrice")
        if not strict:
            continue
        same = first * second > 0
        if abs(first) >= 7 and (same or abs(second) > 5):
            faults.append(f"{where} note {at}: a leap not turned back")
        if same and abs(first) > 2 and abs(second) > 2 and abs(three - one) not in (7, 8, 12):
            faults.append(f"{where} note {at}: two leaps one way")
        if same and abs(three - one) in (6, 10, 11):
            faults.append(f"{where} note {at}: a tritone or seventh outlined")
    return faults + [f"{where} note {at}: a trill" for at in range(len(pitches) - 3 if strict else 0)
                     if pitches[at] != pitches[at + 1] and pitches[at : at + 2] == pitches[at + 2 : at + 4]]


def accidentals(pitches, key, where):
    """Notes outside the key, but for the leading tone and, in minor, the sixth just under it."""
    inside, leading = scale(key)
    faults = []
    for at, pitch in enumerate(pitches):
        after = pitches[at + 1] if at + 1 < len(pitches) else None
        rises = (pitch + 2) % 12 == leading and after == pitch + 2
        if pitch % 12 not in inside and pitch % 12 != leading and not rises:
            faults.append(f"{where} note {at}: {pitch} is not in {key}")
    for one, two in pairwise(pitches):
        if {(one - key.tonic) % 12, (two - key.tonic) % 12} in ({8, 11}, {10, 11}, {8, 9}):
            faults.append(f"{where}: an augmented second or chromatic step {one} {two}")
    return faults


def unfolded(track, bar):
    """(onset, pitch) of each note; one that is held over a bar line is two."""
    line = []
    for time, length, pitch in rows(track):
        edges = range((time // bar + 1) * bar, time + length, bar)
        line += [(onset, pitch) for onset in (time, *edges)]
    return line


def two_parts(score, species, *, above=True, closed=True):
    """The faults of a counterpoint of a species against a cantus firmus of a note a bar."""
    key, tracks = score.keys[0], score.tracks
    meter = score.meters[0]
    bar = score.ticks_per_quarter * 4 * meter.numerator // meter.denominator
    cantus = [pitch for _, pitch in unfolded(tracks[1 if above else 0], bar)]
    line = unfolded(tracks[0 if above else 1], bar)
    pitches = [pitch for _, pitch in line]
    faults = melody(cantus, "cantus") + melody(pitches, "counterpoint")
    faults += accidentals(pitches, key, "counterpoint") + accidentals(cantus, key, "cantus")
    gaps = [(pitch - cantus[time // bar]) * (1 if above else -1) for time, pitch in line]
    if gaps[0] % 12 not in PERFECT:
        faults.append("it begins on no perfect consonance")
    if closed and (gaps[-1] % 12 or cantus[-1] % 12 != key.tonic):
        faults.append("it ends on no octave of the tonic")
    if cantus[-1] - cantus[-2] not in (-1, -2) or pitches[-1] - pitches[-2] not in (1, 2):
        faults.append("no cadence")
    if closed and pitches[-2] % 12 != scale(key)[1]:
        faults.append("no cadence: the leading tone is missing")
    beats = [at for at, (time, _) in enumerate(line) if time % bar == 0]
    for at, gap in enumerate(gaps):
        faults += _note(line, gaps, at, bar, species)
        if gap < 0:
            faults.append(f"note {at}: the parts cross")
    faults += _inside(line, gaps, cantus, bar, species)
    for one, two in pairwise(beats):
        step = cantus[line[two][0] // bar] - cantus[line[two][0] // bar - 1]
        own = pitches[two] - pitches[two - 1]
        if gaps[two] % 12 in PERFECT and own * step > 0:
            faults.append(f"note {two}: a perfect consonance by similar motion")
        if species in (2, 3, 5) and gaps[two] % 12 == gaps[one] % 12 and gaps[two] % 12 in PERFECT and step:
            faults.append(f"note {two}: the same perfect consonance on two downbeats")
    return faults


def _inside(line, gaps, cantus, bar, species):
    """Unisons on downbeats but the first, the last and those of phrases' ends; octaves on weak halves in a row."""
    faults, last = [], len(cantus) - 1
    onsets = {time for time, _ in line}
    for (time, _), gap in zip(line, gaps, strict=True):
        ends = time // bar in (0, last) or (species > 1 and not onsets & set(range(time + 1, time + bar)))
        if time % bar == 0 and gap == 0 and not ends:
            faults.append(f"bar {time // bar}: a unison on the downbeat")
    halves = [(time // bar, gap) for (time, _), gap in zip(line, gaps, strict=True) if time % bar * 2 == bar]
    for (one, gap), (two, then) in pairwise(halves if species == 4 else []):
        if gap % 12 == then % 12 == 0 and cantus[one] != cantus[two]:
            faults.append(f"bar {two}: octaves on two weak halves")
    return faults


def _note(line, gaps, at, bar, species):
    """Whether a note's dissonance, if it is one, is treated as its species asks; and repetition."""
    time, pitch = line[at]
    before, after = (line[max(at - 1, 0)][1], line[min(at + 1, len(line) - 1)][1])
    into, out = pitch - before, after - pitch
    faults = []
    if at and into == 0 and (time % bar != 0 or species in (2, 3)):
        faults.append(f"note {at}: a repeated note")
    if gaps[at] % 12 in CONSONANCES:
        return faults
    if time % bar == 0:
        fine = species in (4, 5) and into == 0 and out in (-1, -2)
    elif species == 2:
        fine = into * out > 0 and abs(into) <= 2 and abs(out) <= 2
    else:
        fine = species in (3, 5) and abs(into) in (1, 2) and abs(out) in (1, 2)
    return faults if fine else [*faults, f"note {at}: a dissonance of {gaps[at]}"]


def sonorities(score):
    """The pitches of each onset, from the top, where all parts move together."""
    lines = [rows(track) for track in score.tracks]
    if len({tuple(time for time, _, _ in line) for line in lines}) != 1:
        raise ValueError("the parts don't move together")
    return [row[0] for row in lines[0]], list(zip(*([pitch for _, _, pitch in line] for line in lines), strict=True))


def parallels(chords):
    """Parallel fifths, octaves and unisons between any two parts.

    >>> parallels([(67, 60), (69, 62)])
    ['chord 1: parallel 7 in parts 0 and 1']
    """
    faults = []
    for at, (one, two) in enumerate(pairwise(chords), 1):
        for upper, lower in combinations(range(len(two)), 2):
            gap = two[upper] - two[lower]
            moved = two[upper] != one[upper] and two[upper] - one[upper] == two[lower] - one[lower]
            if moved and gap % 12 in PERFECT:
                faults.append(f"chord {at}: parallel {gap % 12} in parts {upper} and {lower}")
    return faults


def voices(chords):
    """The faults of parts that move together, whatever their harmony."""
    faults = parallels(chords)
    for at, chord in enumerate(chords):
        if sorted(chord, reverse=True) != list(chord):
            faults.append(f"chord {at}: the parts cross")
        if any(upper - lower > 12 for upper, lower in pairwise(chord[:-1])):
            faults.append(f"chord {at}: upper parts more than an octave apart")
    for at, (one, two) in enumerate(pairwise(chords), 1):
        top, bass = two[0] - one[0], two[-1] - one[-1]
        if top * bass > 0 and abs(top) > 2 and (two[0] - two[-1]) % 12 in PERFECT:
            faults.append(f"chord {at}: a direct fifth or octave by leap")
    for part in range(len(chords[0])):
        faults += melody([chord[part] for chord in chords], f"part {part}", strict=False)
    return faults


def strings(score):
    """The faults of parts of the first species: consonant with the bass, no seconds or sevenths above, large leaps
    turned back, notes of the key, the tonic under the beginning and outside at the end, the leading tone before it.
    """
    _, chords = sonorities(score)
    faults, tonic, leading = voices(chords), score.keys[0].tonic, scale(score.keys[0])[1]
    if {chords[0][-1] % 12, chords[-1][0] % 12, chords[-1][-1] % 12} != {tonic}:
        faults.append("it doesn't begin and end on the tonic")
    if chords[-2][0] % 12 != leading:
        faults.append("no leading tone on top before the end")
    for part, line in enumerate(zip(*chords, strict=True)):
        faults += accidentals(line, score.keys[0], f"part {part}")
        for at, (one, two, three) in enumerate(zip(line, line[1:], line[2:], strict=False)):
            if abs(two - one) >= 7 and ((two - one) * (three - two) > 0 or abs(three - two) > 5):
                faults.append(f"part {part} note {at}: a leap not turned back")
    for at, chord in enumerate(chords):
        if any((pitch - chord[-1]) % 12 not in CONSONANCES for pitch in chord):
            faults.append(f"chord {at}: a dissonance with the bass")
        if any((upper - lower) % 12 in (1, 2, 10, 11) for upper, lower in combinations(chord, 2)):
            faults.append(f"chord {at}: a second or seventh")
    return faults


def chorale(score, bar, *, closed=True):
    """The faults of chords in three or four parts."""
    key = score.keys[0]
    times, chords = sonorities(score)
    inside, leading = scale(key)
    faults = voices(chords)
    for part in range(len(chords[0])):
        faults += accidentals([chord[part] for chord in chords], key, f"part {part}")
    names = [_named(chord, inside, leading) for chord in chords]
    for at, (chord, name) in enumerate(zip(chords, names, strict=True)):
        if name is None:
            faults.append(f"chord {at}: {chord} is no triad with root and third")
        elif not _stands(chord, name):
            faults.append(f"chord {at}: a fifth or diminished root in the bass")
        if sum(pitch % 12 == (key.tonic - 1) % 12 for pitch in chord) > 1:
            faults.append(f"chord {at}: a doubled leading tone")
    for at, (one, two) in enumerate(pairwise(names), 1):
        if one is None or two is None:
            continue
        if str(two[0]) not in FOLLOWS[one[0]]:
            faults.append(f"chord {at}: {two[0]} after {one[0]}")
        if one == two and times[at] % bar == 0:
            faults.append(f"chord {at}: the same chord over a bar line")
        if chords[at - 1][0] % 12 == (key.tonic - 1) % 12 and two[0] == 1 and chords[at][0] - chords[at - 1][0] != 1:
            faults.append(f"chord {at}: the leading tone on top doesn't rise")
    if closed and (names[-1] is None or names[-1][0] != 1):
        faults.append("it ends on no tonic")
    return faults + _cadences(score, chords, names, bar)


def _cadences(score, chords, names, bar):
    """The chords that fill their bars end phrases: the tonic after the dominant, or the dominant, on their roots."""
    faults = []
    for at, (_, length, _) in enumerate(rows(score.tracks[-1])):
        if length < bar or names[at] is None:
            continue
        degree, (root, _, _) = names[at]
        before = names[at - 1][0] if at and names[at - 1] else None
        if not (degree == 5 or (degree == 1 and before == 5)):
            faults.append(f"chord {at}: a phrase ends with {degree} after {before}")
        if chords[at][-1] % 12 != root:
            faults.append(f"chord {at}: a phrase doesn't end on its root")
    return faults


def _named(chord, inside, leading):
    """(degree, pitch classes) of the one triad that a chord is."""
    found = {pitch % 12 for pitch in chord}
    for degree in range(7):
        triad = [inside[(degree + up) % 7] for up in (0, 2, 4)]
        if degree in (4, 6):
            triad = [leading if pc == inside[6] else pc for pc in triad]
        if {triad[0], triad[1]} <= found <= set(triad):
            return degree + 1, tuple(triad)
    return None


def _stands(chord, name):
    root, third, fifth = name[1]
    return chord[-1] % 12 == third or (chord[-1] % 12 == root and (fifth - root) % 12 == 7)
