"""General MIDI drums on a five-line staff: name, step, octave, note head.

Places as in "Standardized Drumset Notation" (Weinberg, Percussive Notes 1994): bass drum in the lowest space, snare
in the third, cymbals above with crosses. A drum that is not listed is in the third space.
"""

from typing import NamedTuple

from componium.music.instruments import HI_HAT_OF_EDGE


class Drum(NamedTuple):
    """Drum: its name, and its place as if the clef were a treble clef."""

    name: str
    step: str = "C"
    octave: int = 5
    head: str = "normal"


_DRUMS = {
    35: Drum("Acoustic Bass Drum", "E", 4), 36: Drum("Bass Drum", "F", 4), 37: Drum("Side Stick", "C", 5, "x"),
    38: Drum("Acoustic Snare"), 39: Drum("Hand Clap", "C", 5, "x"), 40: Drum("Electric Snare"),
    41: Drum("Low Floor Tom", "G", 4), 42: Drum("Closed Hi-Hat", "G", 5, "x"), 43: Drum("High Floor Tom", "A", 4),
    44: Drum("Pedal Hi-Hat", "D", 4, "x"), 45: Drum("Low Tom", "B", 4), 46: Drum("Open Hi-Hat", "G", 5, "circle-x"),
    47: Drum("Low-Mid Tom", "D", 5), 48: Drum("High-Mid Tom", "E", 5), 49: Drum("Crash Cymbal 1", "A", 5, "x"),
    50: Drum("High Tom", "F", 5), 51: Drum("Ride Cymbal 1", "F", 5, "x"), 52: Drum("Chinese Cymbal", "B", 5, "x"),
    53: Drum("Ride Bell", "F", 5, "diamond"), 54: Drum("Tambourine", "B", 4, "triangle"),
    55: Drum("Splash Cymbal", "B", 5, "x"), 56: Drum("Cowbell", "E", 5, "triangle"),
    57: Drum("Crash Cymbal 2", "A", 5, "x"), 59: Drum("Ride Cymbal 2", "F", 5, "x"),
}  # fmt: skip


def drum(pitch: int) -> Drum:
    """Return the drum that General MIDI has at a pitch, or a nameless one.

    A hi-hat's edge is the hi-hat.
    """
    return _DRUMS.get(HI_HAT_OF_EDGE.get(pitch, pitch), Drum(f"Drum {pitch}"))
