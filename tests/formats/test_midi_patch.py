"""MIDI files patched: notes of some cells change, every other event stays as it stood, byte for byte."""

import warnings
from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from componium.errors import FormatError, PatchError, RepairWarning, RoundingWarning
from componium.formats import midi
from componium.formats._patching import splice_score
from componium.formats.midi.raw import split_file, split_track
from componium.music.score import Chord, Score, Track, notes
from componium.music.transform import change_ticks_per_quarter
from formats.midi_files import smf
from formats.patches import cells_of, changed, outside, random_cells
from strategies import scores

# Type 1, running status, three bars of 4/4: a conductor with tempo, lyric and marker; a part with volume, pan, bends, a
# sysex and an unknown meta event; another part.
CONDUCTOR = "00 FF 58 04 04 02 18 08 00 FF 51 03 07 A1 20 00 FF 05 02 4C 61 87 40 FF 06 01 42 00 FF 2F 00"
PART = (
    "00 FF 03 04 4F 62 6F 65 00 C0 44 00 B0 07 64 00 90 3C 50 83 60 3C 00 00 3E 51 60 E0 00 41 60 E0 00 40 82 20"
    " 90 3E 00 00 F0 03 01 02 F7 00 90 40 52 83 60 40 00 00 FF 60 02 01 02 00 90 41 53 83 60 41 00"
    " 00 43 54 83 60 43 00 00 B0 0A 20 00 90 45 55 83 60 45 00 87 40 48 56 83 60 48 00 00 FF 2F 00"
)
OTHER = "00 C1 20 00 91 30 50 8F 00 81 30 40 00 91 2B 50 8F 00 81 2B 40 00 FF 2F 00"
FILE = smf(CONDUCTOR, PART, OTHER)


def events(data):
    """(tick, status, data) of every event of every track but notes."""
    chunks = [split_track(chunk.body) for chunk in split_file(data)[1] if chunk.name == b"MTrk"]
    return [[(event.tick, event.status, event.data) for event in chunk if event.status >> 4 not in (8, 9)]
            for chunk in chunks]


def sounding(score, *names):
    return [Counter(track.notes[list(names or ("onset", "duration", "pitch", "velocity"))].tolist())
            for track in score.tracks]


def test_the_fixture_has_what_is_to_stay():
    score = midi.loads(FILE, strict=True)
    assert (score.n_bars, len(score.tracks)) == (3, 2)
    kinds = {status for chunk in events(FILE) for _, status, _ in chunk}
    assert kinds == {0xFF, 0xF0, 0xC0, 0xB0, 0xE0, 0xC1}


def test_nothing_changed_gives_the_same_bytes():
    score = midi.loads(FILE)
    assert midi.patch(FILE, score) == FILE
    assert midi.patch(FILE, changed(score, np.random.default_rng(0)), cells_of(score)) == FILE


@pytest.mark.parametrize("seed", range(20))
def test_other_events_stay_byte_for_byte(seed):
    rng = np.random.default_rng(seed)
    score = midi.loads(FILE)
    cells = random_cells(score, rng)
    other = changed(score, rng)
    patched = midi.patch(FILE, other, cells)
    assert events(patched) == events(FILE)
    assert sounding(midi.loads(patched, strict=True)) == sounding(splice_score(score, other, cells, None))


@given(score=scores(n_tracks=(1, 4), min_notes=1), seed=st.integers(0, 9999))
def test_a_patched_file_reads_back_as_what_was_asked(score, seed):
    data = midi.dumps(score)
    before = midi.loads(data)
    rng = np.random.default_rng(seed)
    other, cells = changed(before, rng), random_cells(before, rng)
    target = splice_score(before, other, cells, None)
    if any(not len(track.notes) for track in target.tracks):
        return
    patched = midi.patch(data, other, cells)
    after = midi.loads(patched, strict=True)
    names = ("onset", "duration", "pitch", "velocity")
    assert outside(after, cells, *names) == outside(before, cells, *names)
    assert events(patched) == events(data)
    inside = [Counter(track.notes[["onset", "pitch"]].tolist()) for track in after.tracks]
    wanted = [Counter(set(track.notes[["onset", "pitch"]].tolist())) for track in target.tracks]
    assert inside == wanted  # of two that begin together one is written


def test_a_note_over_the_edge_keeps_its_end_where_its_pitch_is_struck_again():
    data = midi.dumps(Score((Track(notes([(0, 3000, 60, 70), (3000, 480, 62, 70), (3840, 480, 60, 70)])),)))
    score = midi.loads(data)
    new = notes([(1920, 240, 60, 99), (3360, 960, 60, 99)])  # within the first; into the third
    other = replace(score, tracks=(replace(score.tracks[0], notes=new),))
    after = midi.loads(midi.patch(data, other, cells_of(score, (1, 0))), strict=True)
    assert after.tracks[0].notes[["onset", "duration", "pitch"]].tolist() == [
        (0, 3000, 60), (1920, 1080, 60), (3360, 480, 60), (3840, 480, 60),
    ]  # fmt: skip


def test_type_0_and_shared_running_status():
    track = "00 C0 01 00 C1 02 00 90 3C 40 00 91 40 40 83 60 90 3C 00 00 91 40 00 00 90 3E 40 83 60 3E 00 00 FF 2F 00"
    data = smf(track, kind=0)
    score = midi.loads(data, strict=True)
    other = replace(score, tracks=(score.tracks[0], replace(score.tracks[1], notes=notes([(0, 240, 65, 64)]))))
    patched = midi.patch(data, other)
    assert events(patched) == events(data)
    assert sounding(midi.loads(patched, strict=True)) == sounding(other)


def test_a_pedal_holds_new_notes_and_its_events_stay():
    data = smf("00 B0 40 7F 00 90 3C 50 81 70 3C 00 81 70 B0 40 00 00 90 3E 50 83 60 3E 00 00 FF 2F 00")
    score = midi.loads(data)
    new = score.tracks[0].notes.copy()
    new["pitch"][0], new["duration"][0] = 64, 100
    patched = midi.patch(data, replace(score, tracks=(replace(score.tracks[0], notes=new),)))
    assert events(patched) == events(data)
    assert midi.loads(patched).tracks[0].notes[["duration", "pitch"]].tolist() == [(480, 64), (480, 62)]


def test_chord_symbols_and_provenance_are_text_events_of_the_first_track():
    score = midi.loads(FILE)
    data = midi.patch(FILE, replace(score, chords=(Chord(0, "C"), Chord(1920, "F"))))
    assert [chord.symbol for chord in midi.loads(data).chords] == ["C", "F"]
    again = midi.patch(data, replace(score, chords=(Chord(0, "Am"), Chord(1920, "G")), info={"provenance": "me"}),
                       chords=np.array([True, False, False]))  # fmt: skip
    after = midi.loads(again)
    assert [chord.symbol for chord in after.chords] == ["Am", "G"]  # what comes after the bar is stated at its end
    assert after.about("provenance") == "me"
    assert midi.loads(midi.patch(again, replace(after, info={"provenance": "you"}))).info == (("provenance", "you"),)
    assert [event for event in events(again)[0] if event[2][0] != 1][:-1] == events(FILE)[0][:-1]  # but for the end


def test_the_ticks_of_the_file_stay_and_rounding_is_said():
    score = midi.loads(FILE)
    finer = change_ticks_per_quarter(score, 960)
    assert midi.patch(FILE, finer) == FILE
    array = finer.tracks[0].notes.copy()
    array["onset"][0] += 1
    with pytest.warns(RoundingWarning, match="480 ticks"):
        patched = midi.patch(FILE, replace(finer, tracks=(replace(finer.tracks[0], notes=array), finer.tracks[1])))
    assert midi.loads(patched).ticks_per_quarter == 480


@pytest.mark.parametrize(
    "data",
    [smf(CONDUCTOR, PART, OTHER, kind=2), FILE[:-4], FILE + b"junk", smf("00 90 3C 40 83 60 3C 00"),
     b"RIFF\0\0\0\0RMIDdata" + len(FILE).to_bytes(4, "little") + FILE],
)  # fmt: skip
def test_odd_files_are_refused(data):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RepairWarning)
        score = midi.loads(data)
    with pytest.raises(PatchError):
        midi.patch(data, score)


def test_other_tracks_or_bars_are_refused():
    score = midi.loads(FILE)
    longer = replace(score.tracks[0], notes=notes([(0, 480, 60), (99999, 480, 60)]))
    for other in (replace(score, tracks=score.tracks[:1]), replace(score, tracks=(longer, score.tracks[1]))):
        with pytest.raises(PatchError):
            midi.patch(FILE, other)


@pytest.mark.data
@pytest.mark.parametrize("folder", ["cc0_midis", "groove", "easyrpg_music", "mutopia_midi", "pop909"])
def test_files_of_others(folder, data_folder):
    rng = np.random.default_rng(0)
    paths = sorted((data_folder / folder).rglob("*.mid"))
    n_patched = 0
    for path in paths[:: max(len(paths) // 4, 1)][:4]:
        data = path.read_bytes()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                score = midi.loads(data)
                patched = midi.patch(data, changed(score, rng), random_cells(score, rng))
            except FormatError:
                continue  # a broken file
            assert events(patched) == events(data), path
            assert len(midi.loads(patched).tracks) <= len(score.tracks)
            n_patched += 1
    assert n_patched
