"""Broken MIDI files: each kind of damage is repaired, with a warning at its byte, and refused if strict."""

import numpy as np
import pytest

from componium.errors import FormatError, LimitError
from componium.formats import midi
from componium.music.score import Meter, Score, Tempo, Track, notes
from formats.midi_files import END, chunk, is_fast, read_quietly, read_slowly, rows, smf

NOTE_1, NOTE_2 = "00 90 3C 40 60 80 3C 40", "00 90 3E 40 60 80 3E 40"
BOTH = [[(0, 96, 60), (96, 96, 62)]]
SCALE = [[(96 * n, 96, 60 + n) for n in range(8)]]


def scale(*, before=""):
    """Eight notes, with something in hexadecimal before the fifth."""
    steps = [f"00 90 {60 + n:02X} 40 60 80 {60 + n:02X} 40" for n in range(8)]
    return " ".join([*steps[:4], before, *steps[4:]])


# name, file, notes expected, the warning, its byte
DAMAGE = [
    ("track too long", smf(b"MTrk" + (99).to_bytes(4) + bytes.fromhex(f"{NOTE_1} {NOTE_2} {END}"), chunk(END)),
     BOTH, "a track's length is wrong", 18),
    ("track too short", smf(b"MTrk" + (9).to_bytes(4) + bytes.fromhex(f"{NOTE_1} {NOTE_2} {END}"), chunk(END)),
     BOTH, "a track's length is wrong", 18),
    ("too many tracks stated", smf(f"{NOTE_1} {NOTE_2} {END}", count=3), BOTH, "the header counts 3 tracks", 10),
    ("too few tracks stated", smf(END, f"{NOTE_1} {NOTE_2} {END}", count=1), BOTH, "the header counts 1 tracks", 10),
    ("no end of track", smf(f"{NOTE_1} {NOTE_2}"), BOTH, "a track without its end", 38),
    ("bytes after the end", smf(f"{NOTE_1} {NOTE_2} {END} 00 90"), BOTH, "bytes after a track's end", 42),
    ("unknown chunk", smf(f"{NOTE_1} {NOTE_2} {END}") + chunk("01 02 03", b"XFIH"), BOTH, "an unknown chunk", 42),
    ("junk between", smf(END) + b"\1\2\3" + chunk(f"{NOTE_1} {NOTE_2} {END}"), BOTH, "bytes between", 26),
    ("junk after", smf(f"{NOTE_1} {NOTE_2} {END}") + b"\0" * 20, BOTH, "bytes after the last track", 42),
    ("junk before", b"\0" * 128 + smf(f"{NOTE_1} {NOTE_2} {END}"), BOTH, "bytes before the header", 0),
    ("zero division", smf(f"{NOTE_1} {NOTE_2} {END}", division=0), BOTH, "a time division of zero", 12),
    ("impossible SMPTE", smf(f"{NOTE_1} {NOTE_2} {END}", division=0x9900), BOTH, "an invalid SMPTE time division", 12),
    ("type 5", smf(f"{NOTE_1} {NOTE_2} {END}", kind=5), BOTH, "a file of an unknown type", 8),
    ("zero tempo", smf(f"00 FF 51 03 00 00 00 {NOTE_1} {NOTE_2} {END}"), BOTH, "a tempo of zero", 22),
    ("meter 0/4", smf(f"00 FF 58 04 00 02 18 08 {NOTE_1} {NOTE_2} {END}"), BOTH, "an invalid meter", 22),
    ("meter 4/256", smf(f"00 FF 58 04 04 08 18 08 {NOTE_1} {NOTE_2} {END}"), BOTH, "an invalid meter", 22),
    ("nine sharps", smf(f"00 FF 59 02 09 00 {NOTE_1} {NOTE_2} {END}"), BOTH, "an invalid key", 22),
    ("short tempo", smf(f"00 FF 51 02 07 A1 {NOTE_1} {NOTE_2} {END}"), BOTH, "a meta event of the wrong length", 22),
    ("large velocity", smf(f"00 90 3C C0 60 80 3C 40 {NOTE_2} {END}"), BOTH, "a data byte above 127", 24),
    ("data missing", smf(f"00 90 3C 40 60 80 81 00 90 3E 40 60 80 3E 40 {END}"),
     [[(0, 320, 60), (224, 96, 62)]], "a data byte above 127", 28),
    ("undefined status", smf(scale(before="00 F4") + END), SCALE, "a status byte that is invalid", 54),
    ("system status", smf(scale(before="00 F2 01 02") + END), SCALE, "a status byte that is invalid", 54),
    ("running status after a text", smf(f"00 90 3C 40 60 3C 00 00 FF 01 01 41 00 3E 40 60 3E 00 {END}"),
     BOTH, "running status goes on", 34),
    ("no status at all", smf(f"00 3C 40 {NOTE_1} {NOTE_2} {END}"), BOTH, "invalid bytes", 22),
    ("endless text", smf(scale(before="00 FF 01 FF 7F") + END), SCALE, "a meta event that is longer", 54),
    ("endless sysex", smf(scale(before="00 F0 FF 7F 01 02 F7") + END), SCALE, "a System Exclusive message", 54),
    ("endless number", smf(scale(before="FF FF FF FF 00") + END), None, "", None),
    ("note without end", smf(f"00 90 3C 40 {NOTE_2} {END}"), [[(0, 96, 60), (0, 96, 62)]], "a note that never", 22),
    ("cut in a track", smf(f"{NOTE_1} {NOTE_2} {END}")[:-6], [[(0, 96, 60), (96, 96, 62)]], "the file is cut off", 36),
]


@pytest.mark.parametrize(("data", "expected", "what", "offset"), [row[1:] for row in DAMAGE],
                         ids=[row[0] for row in DAMAGE])
def test_damage_is_repaired_with_a_warning(data, expected, what, offset):
    score, repairs = read_quietly(data)
    if expected is None:
        assert repairs
        return
    assert rows(score) == expected
    assert any(told.startswith(what) and at == offset for told, at in repairs), repairs
    with pytest.raises(FormatError, match="byte"):
        midi.loads(data, strict=True)


def test_events_that_can_not_be_leave_the_others_in_force():
    score, repairs = read_quietly(smf(
        f"00 FF 51 03 0F 42 40 00 FF 58 04 03 02 18 08 60 FF 51 03 00 00 00 {NOTE_1} {END}"))
    assert (score.tempos, score.meters, len(repairs)) == ((Tempo(0, 60),), (Meter(0, 3, 4),), 1)


def test_what_would_lose_notes_is_not_left_to_symusic():
    stuck, unmatched = f"00 90 3C 40 {NOTE_2} {END}", f"{NOTE_1} 00 80 3C 00 {END}"
    early, program = f"{NOTE_1} {END} {NOTE_2} {END}", f"{NOTE_1} 00 C0 05 {NOTE_2} {END}"
    assert not any(is_fast(smf(track)) for track in (stuck, unmatched, early, program))
    assert is_fast(smf(f"{NOTE_1} {NOTE_2} {END}"))


def test_many_repairs_of_a_kind_are_counted():
    score, repairs = read_quietly(smf(scale(before="00 F4 " * 50) + END))
    assert rows(score) == SCALE
    assert len(repairs) == 11
    assert repairs[-1][0].endswith("40 more such places")


def test_a_file_of_nothing_but_damage_is_given_up():
    body = np.random.default_rng(0).integers(0xF4, 0xF7, 1 << 16).astype(np.uint8).tobytes()
    with pytest.raises(FormatError, match="too damaged"):
        read_quietly(smf(b"".join(b"\0" + body[n:n + 1] for n in range(30_000))))


FILLINGS = [b"\0", b"\xff", b"\x80", b"\xf0", b"\x90", b"MTrk", b"\0\xff\x01\x7f", b"\0\xf0\x7f\x7f"]


@pytest.mark.parametrize("filling", FILLINGS)
def test_long_nonsense_comes_to_an_end(filling):
    try:
        score, repairs = read_quietly(smf(filling * (200_000 // len(filling))))
    except FormatError as error:
        assert error.where
    else:
        assert repairs
        assert score.n_notes == 0


def test_too_many_tracks_are_refused():
    with pytest.raises(LimitError, match="tracks"):
        midi.loads(smf() + b"MTrk\0\0\0\0" * 70_000)


def four_parts():
    """Four parts of 25 notes each, in and out of step."""
    rng = np.random.default_rng(4)
    tracks = []
    for number in range(4):
        lengths = rng.integers(1, 5, 25) * 120
        onsets = np.concatenate([[0], np.cumsum(lengths)[:-1]])
        line = zip(onsets.tolist(), lengths.tolist(), rng.integers(50, 80, 25).tolist(), [80] * 25, strict=True)
        tracks.append(Track(notes(list(line)), program=number, name=f"part {number}"))
    return Score(tuple(tracks), tempos=(Tempo(0, 90),), title="cut")


def ended_before(data):
    """For each note of a file we wrote, the byte at which its note-off is complete, and (onset, duration, pitch)."""
    found, at = [], 14
    while at < len(data):
        pos, end, now, opened = at + 8, at + 8 + int.from_bytes(data[at + 4:at + 8]), 0, {}
        while pos < end:
            delta = 0
            while data[pos] > 127:
                delta, pos = delta << 7 | data[pos] & 127, pos + 1
            now += delta << 7 | data[pos]
            status, kind, value = data[pos + 1:pos + 4]
            pos += 4 + value if status == 0xFF else 3 if status >> 4 == 0xC else 4
            if status >> 4 == 9:
                opened[kind] = now
            elif status >> 4 == 8:
                found.append((pos, (opened.pop(kind), now, kind)))
        at = end
    return [(pos, (onset, stop - onset, pitch)) for pos, (onset, stop, pitch) in found]


def test_a_file_cut_anywhere_keeps_every_note_that_had_ended():
    data = midi.dumps(four_parts())
    complete = ended_before(data)
    assert len(complete) == 100
    for cut in range(14, len(data)):
        score, repairs = read_quietly(data[:cut])
        assert repairs
        kept = [row for track in rows(score) for row in track]
        expected = [row for pos, row in complete if pos <= cut]
        assert all(row in kept for row in expected), cut
        assert len(kept) <= len(expected) + 1, cut  # the one that sounds at the cut


def test_the_mending_reader_reads_sound_files_in_silence():
    data = midi.dumps(four_parts())
    assert read_slowly(data, strict=True) == four_parts()
