"""Agreement of the notes of a score with its chord symbols."""

import numpy as np

from componium.analysis.lines import pitched
from componium.music.chords import reduce_symbol
from componium.music.score import Score
from componium.music.time import beat_lines


def agreement(score: Score) -> float:
    """Return the share of beats that agree with the chord symbols, 0 to 1.

    A beat agrees if all its strong notes, those that begin on it, drums aside, are notes of the chord, reduced to a
    quality of music.chords. Beats without strong notes or without a chord don't count; the share is 1 if none do.

    >>> from componium.music.score import Chord, Track, notes
    >>> track = Track(notes([(0, 480, 64), (480, 240, 65), (720, 240, 64), (960, 960, 67)]))
    >>> round(agreement(Score((track,), chords=(Chord(0, "C"),))), 3)
    0.667
    """
    ticks = [chord.tick for chord in score.chords]
    chords = [reduce_symbol(chord.symbol) for chord in score.chords]
    notes, beats = pitched(score), beat_lines(score)[:-1]
    agreed = []
    for beat in beats.tolist():
        at = int(np.searchsorted(ticks, beat, side="right")) - 1
        classes = notes["pitch"][notes["onset"] == beat] % 12
        if at >= 0 and (chord := chords[at]) is not None and len(classes):
            agreed.append(bool(np.isin(classes, chord.pitch_classes).all()))
    return sum(agreed) / len(agreed) if agreed else 1.0
