"""Odd and broken files made by others (jazz-soft's test files): each gives the right notes or is refused by name."""

import pytest

from formats.midi_files import read_quietly

pytestmark = pytest.mark.data

# Notes that each file holds, counted by its maker's description and by mido where mido can read it.
NOTES = {
    "2-tracks-type-1": 16, "2-tracks-type-2": 16, "all-gm-percussion": 183, "all-gm2-sounds": 1060,
    "all-microsoft-gs-wavetable-synth-sounds": 904, "c-major-scale": 8, "control-40-damper": 8,
    "control-54-portamento-control": 1, "control-7e-mono-mode-on": 0, "corrupt-file-missing-byte": 8, "empty": 0,
    "gm2-doggy-78-00-38-4c": 3, "gm2-doggy-79-01-7b": 3, "gs-doggy-01-00-7b": 3, "illegal-message-f2-xx-xx": 8,
    "illegal-message-f4": 8, "illegal-message-f5": 8, "illegal-message-f8": 8, "illegal-message-f9": 8,
    "illegal-message-fb": 8, "illegal-message-fc": 8, "illegal-message-fe": 8, "multichannel-chords-2": 24,
    "note-on-velocity": 9, "rpn-00-00-pitch-bend-range": 5, "rpn-00-02-coarse-tuning": 8,
    "running-status-metaevent": 8, "silence-end-of-track": 0, "silence-text-metaevent": 0, "smpte-offset": 8,
    "sysex-7e-06-01-id-request": 0, "sysex-7e-09-01-gm1-enable": 0, "sysex-7e-09-03-gm2-enable": 0,
    "sysex-7f-04-03-master-fine-tuning": 5, "sysex-gs-40-1x-15-drum-part-change": 8, "vlq-3-byte": 8, "vlq-4-byte": 8,
    "xg-doggy-7e-00-00-54": 3,
}
C_MAJOR = [60, 62, 64, 65, 67, 69, 71, 72]
SCALES = [name for name in NOTES if name.startswith(("illegal", "corrupt", "running", "c-major", "smpte", "vlq"))]
SOUND = [name for name in NOTES if not name.startswith(("illegal", "corrupt", "running"))]


def read(folder, name):
    return read_quietly((folder / "midi_torture" / f"test-{name}.mid").read_bytes())


def test_all_files_are_listed(data_folder):
    found = {path.stem.removeprefix("test-") for path in (data_folder / "midi_torture").glob("*.mid")}
    assert found == set(NOTES)


@pytest.mark.parametrize("name", NOTES)
def test_every_note_is_there(data_folder, name):
    assert read(data_folder, name)[0].n_notes == NOTES[name]


@pytest.mark.parametrize("name", SCALES)
def test_scales_are_scales(data_folder, name):
    score, _ = read(data_folder, name)
    found = score.tracks[0].notes
    assert found["pitch"].tolist() == C_MAJOR
    assert (found["onset"][1:] == (found["onset"] + found["duration"])[:-1]).all() or name.startswith("vlq")


@pytest.mark.parametrize("name", sorted(set(NOTES) - set(SOUND)))
def test_repairs_are_told(data_folder, name):
    assert len(read(data_folder, name)[1]) == 1


@pytest.mark.parametrize("name", SOUND)
def test_what_is_only_odd_needs_no_repair(data_folder, name):
    assert read(data_folder, name)[1] == []
