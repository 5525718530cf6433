"""MIDI files damaged at random give a Score or a typed error, never anything else. benchmarks/robustness does more."""

import warnings

import numpy as np
import pytest

from componium.errors import FormatError, RepairWarning
from componium.formats import midi
from componium.music.score import Chord, Key, Meter, Score, Tempo, Track, notes
from formats.midi_files import END, read_slowly, smf
from formats.mutations import mutate


def seeds():
    """A written score, and files with running status, several channels, texts, System Exclusive, SMPTE time."""
    rng = np.random.default_rng(0)
    tracks = []
    for number in range(3):
        ranges = ((0, 4000), (1, 900), (40, 90), (1, 128))
        line = notes(zip(*(rng.integers(*ends, 30).tolist() for ends in ranges), strict=True))
        tracks.append(Track(line, program=number, is_drum=number == 2, name=f"Stimme {number}"))
    events = {"tempos": (Tempo(0, 90), Tempo(960, 60)), "meters": (Meter(0, 3, 4),), "keys": (Key(0, -3, "dorian"),)}
    yield midi.dumps(Score(tuple(tracks), chords=(Chord(0, "Am"),), title="荒城の月", **events))
    scale = " ".join(f"00 {60 + n:02X} 40 60 {60 + n:02X} 00" for n in range(12))
    opening = "00 FF 03 03 41 42 43 00 F0 05 7E 7F 09 01 F7 00 FF 51 03 07 A1 20 00 FF 58 04 06 03 24 08 00 C0 05"
    yield smf(f"{opening} 00 90 3C 00 {scale} {END}", kind=0, division=96)
    yield smf(f"00 91 3C 40 {scale} 00 B1 07 40 {END}", f"00 99 3C 40 {scale} {END}", kind=2, division=0xE728)


@pytest.mark.parametrize("number", range(3))
def test_damaged_files_give_a_score_or_a_typed_error(number):
    data = list(seeds())[number]
    rng = np.random.default_rng(number)
    read = 0
    for _ in range(200):
        damaged = mutate(data, rng)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", RepairWarning)
            try:
                score = midi.loads(damaged)
            except FormatError:
                continue
        assert isinstance(score, Score)
        read += 1
    assert read > 100


@pytest.mark.parametrize("number", range(3))
def test_where_the_fast_reader_dares_the_other_agrees(number):
    data = list(seeds())[number]
    rng = np.random.default_rng(10 + number)
    for _ in range(200):
        damaged = mutate(data, rng)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", RepairWarning)
            try:
                score = midi.loads(damaged)
            except FormatError:
                continue
            if damaged.startswith(b"MThd"):
                assert score == read_slowly(damaged, strict=False)
