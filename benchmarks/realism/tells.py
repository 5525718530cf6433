"""Counts on the sheets that `blind.py` wrote: upbeats, V-I closes, rhythms, semitones; takes against real pieces.

    python benchmarks/realism/tells.py runs/blind/chorales [runs/blind/hymns ...]

Reads the answers beside each folder, so do it after the reading. `V-I`: pieces whose lowest tone before the last other
root is the fifth above the last one. `rhythms`: bars' distinct rhythms, all parts together, as a share of the bars.
`semitones`: onsets at which two pitch classes a semitone apart sound, as a share of the onsets. Both are medians.
"""

import argparse
import csv
from itertools import pairwise
from pathlib import Path

import numpy as np

import componium
from componium.analysis.meter import pickup_ticks, whole_bar_lines


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", nargs="+", type=Path)
    for folder in parser.parse_args().folders:
        for kind, sheets in read(folder).items():
            counts = np.array([tells(sheet) for sheet in sheets])
            upbeats, closes = counts[:, 0].sum(), counts[:, 1].sum()
            rhythms, semitones = np.median(counts[:, 2:], axis=0)
            print(f"{folder.name:12} {kind:4} {len(sheets):2} sheets: {upbeats:.0f} upbeats, {closes:.0f} V-I, "
                  f"rhythms {rhythms:.2f}, semitones {semitones:.2f}")  # fmt: skip


def read(folder):
    """Return the sheets of each kind."""
    sheets = {"take": [], "real": []}
    with open(folder.with_name(f"{folder.name}-key.csv"), newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            sheets[row["kind"]].append(componium.read(folder / f"{int(row['number']):02}.abc"))
    return sheets


def tells(score):
    """Return upbeat, V-I, share of distinct rhythms and share of semitones."""
    notes = np.concatenate([track.notes for track in score.tracks if len(track.notes)])
    return pickup_ticks(score) > 0, v_i(notes), rhythms(score, notes), semitones(notes)


def v_i(notes):
    """Return whether the lowest tone that sounds before the last root is its fifth."""
    onsets, ends = notes["onset"], notes["onset"] + notes["duration"]
    last = notes[ends >= ends.max() - 1]
    root = last["pitch"].min() % 12
    for tick in np.unique(onsets[onsets < last["onset"].min()])[::-1]:
        lowest = notes["pitch"][(onsets <= tick) & (tick < ends)].min() % 12
        if lowest != root:
            return (lowest - root) % 12 == 7
    return False


def rhythms(score, notes):
    """Return how many rhythms the bars have, as a share of the bars."""
    lines = whole_bar_lines(score)
    bars = [frozenset((notes["onset"][(notes["onset"] >= start) & (notes["onset"] < end)] - start).tolist())
            for start, end in pairwise(lines)]  # fmt: skip
    return len(set(bars)) / len(bars)


def semitones(notes):
    """Return the share of onsets with a semitone between pitch classes that sound."""
    onsets, ends = notes["onset"], notes["onset"] + notes["duration"]
    ticks = np.unique(onsets)
    sounding = [set((notes["pitch"][(onsets <= tick) & (tick < ends)] % 12).tolist()) for tick in ticks]
    return np.mean([any((tone + 1) % 12 in tones for tone in tones) for tones in sounding])


if __name__ == "__main__":
    main()
