"""MIDI: what is written can be read, by us and by others; what others write reads right; what isn't MIDI is named."""

import io

import mido
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from componium.errors import FormatError, LimitError, NotThisFormatError
from componium.formats import midi
from componium.music.score import Chord, Key, Meter, Score, Tempo, Track, notes
from componium.music.time import duration_seconds
from formats.midi_files import END, is_fast, read_quietly, read_slowly, rows, smf
from strategies import scores


def one_note(**fields):
    return Score((Track(notes([(0, 480, 60, 80)])),), **fields)


# Laws


@given(scores(voices=3))
def test_reading_gives_what_canonicalize_says(score):
    assert midi.loads(midi.dumps(score), strict=True) == midi.canonicalize(score)


@given(scores(voices=3))
def test_canonicalize_is_idempotent(score):
    once = midi.canonicalize(score)
    assert midi.canonicalize(once) == once


@given(scores(voices=3))
def test_write_read_write_gives_the_same_bytes(score):
    data = midi.dumps(score)
    assert midi.dumps(midi.loads(data)) == data


@given(scores(n_tracks=(1, 4), mono=True, velocities=(1, 127)))
def test_of_lines_without_overlaps_nothing_is_lost(score):
    whole = [track for track in score.tracks if len(track.notes)]
    assert midi.loads(midi.dumps(score)).tracks == tuple(whole)


@given(scores(n_tracks=(1, 4), max_notes=40, last_onset=960))
def test_the_two_readers_agree(score):
    data = midi.dumps(score)
    assert midi.loads(data) == read_slowly(data)


def test_what_is_written_is_read_the_fast_way():
    tracks = tuple(Track(notes([(0, 480, 60 + n, 80), (480, 480, 62, 80)]), program=n, name=f"n{n}") for n in range(5))
    score = Score(tracks, chords=(Chord(0, "Am7"),), keys=(Key(0, 0, "dorian"),), title="Präludium")
    assert is_fast(midi.dumps(score))


@given(st.integers(600, 0xFFFFFF))
def test_every_tempo_survives(mspq):
    data = smf(f"00 FF 51 03 {mspq:06X} 00 90 3C 40 60 80 3C 40 {END}")
    tempo = midi.loads(data).tempos[0].qpm
    assert 60e6 / tempo == pytest.approx(mspq, abs=0.5)
    assert midi.loads(midi.dumps(midi.loads(data))).tempos[0].qpm == tempo


# Oracles: what mido makes of it


def mido_notes(file):
    """Each track's and channel's notes by mido, first in first out, as (onset, duration, pitch, velocity)."""
    found = []
    for track in file.tracks:
        now, opened, done = 0, {}, {}
        for message in track:
            now += message.time
            if message.type not in ("note_on", "note_off"):
                continue
            key = (message.channel, message.note)
            if message.type == "note_on" and message.velocity:
                opened.setdefault(key, []).append((now, message.velocity))
            elif opened.get(key):
                onset, velocity = opened[key].pop(0)
                done.setdefault(message.channel, []).append((onset, max(now - onset, 1), message.note, velocity))
        found += [sorted(done[channel]) for channel in sorted(done)]
    return found


def as_rows(score):
    return [sorted(track.notes[["onset", "duration", "pitch", "velocity"]].tolist()) for track in score.tracks]


@given(scores(n_tracks=(1, 4), max_notes=40, last_onset=960))
def test_mido_reads_what_we_write(score):
    file = mido.MidiFile(file=io.BytesIO(midi.dumps(score)), charset="utf-8")
    kept = midi.canonicalize(score)
    assert mido_notes(file) == as_rows(kept)
    tempos = [message.tempo for message in file.tracks[0] if message.type == "set_tempo"]
    assert tempos == [round(60e6 / tempo.qpm) for tempo in kept.tempos]
    meters = [(m.numerator, m.denominator) for m in file.tracks[0] if m.type == "time_signature"]
    assert meters == [(meter.numerator, meter.denominator) for meter in kept.meters]


def random_file(seed):
    """A file by mido: two tracks on several channels, with running status, overlaps, controllers and texts."""
    rng = np.random.default_rng(seed)
    file = mido.MidiFile(type=1, ticks_per_beat=96)
    for number in range(2):
        track = mido.MidiTrack([mido.MetaMessage("track_name", name=f"t{number}")])
        sounding = []
        for _ in range(60):
            channel, pitch, time = (int(rng.integers(high)) for high in (3, 8, 150))
            what = rng.integers(10)
            if what < 5:
                track.append(mido.Message("note_on", channel=channel, note=60 + pitch, velocity=1 + pitch, time=time))
                sounding.append((channel, pitch))
            elif what < 9 and sounding:
                channel, pitch = sounding.pop(int(rng.integers(len(sounding))))
                track.append(mido.Message("note_on", channel=channel, note=60 + pitch, velocity=0, time=time))
            else:
                track.append(mido.Message("control_change", channel=channel, control=7, value=pitch, time=time))
        for channel, pitch in sounding:
            track.append(mido.Message("note_off", channel=channel, note=60 + pitch, time=10))
        file.tracks.append(track)
    out = io.BytesIO()
    file.save(file=out)
    return file, out.getvalue()


@pytest.mark.parametrize("seed", range(20))
def test_we_read_what_mido_writes(seed):
    file, data = random_file(seed)
    assert as_rows(midi.loads(data, strict=True)) == mido_notes(file)


@pytest.mark.parametrize("seed", range(5))
def test_controllers_leave_the_fast_way_open(seed):
    rng = np.random.default_rng(seed)
    track = mido.MidiTrack([mido.Message("program_change", channel=2, program=33)])
    for _ in range(50):
        track.append(mido.Message("note_on", channel=2, note=60, time=int(rng.integers(200))))
        track.append(mido.Message("control_change", channel=2, control=7, value=int(rng.integers(128)), time=5))
        track.append(mido.Message("pitchwheel", channel=2, pitch=int(rng.integers(-99, 99)), time=0))
        track.append(mido.Message("note_off", channel=2, note=60, time=10))
    file = mido.MidiFile(type=1, ticks_per_beat=96, tracks=[track])
    out = io.BytesIO()
    file.save(file=out)
    assert is_fast(out.getvalue())
    assert midi.loads(out.getvalue()) == read_slowly(out.getvalue())
    assert midi.loads(out.getvalue()).tracks[0].program == 33


def test_tempos_and_meters_among_the_notes_leave_the_fast_way_open():
    late = "00 FF 58 04 06 03 24 08 00 FF 51 03 0A C3 80 00 FF 59 02 FD 01"
    data = smf(f"00 B0 07 40 00 0A 40 00 FF 58 04 03 02 18 08 00 90 3C 40 60 3C 00 {late} 00 90 3E 40 60 3E 00 {END}")
    assert is_fast(data)
    score = midi.loads(data)
    assert score == read_slowly(data)
    assert score.meters == (Meter(0, 3, 4), Meter(96, 6, 8))
    assert (score.tempos[0].tick, score.keys) == (96, (Key(96, -3, "minor"),))


def test_programs_by_channel_in_type_0_go_the_fast_way():
    data = smf(f"00 C0 05 00 C3 07 00 93 24 40 00 90 3C 40 60 80 3C 00 00 83 24 00 {END}", kind=0)
    assert is_fast(data)
    assert midi.loads(data) == read_slowly(data)


# What the events mean


def test_type_0_is_split_by_channel_and_titled():
    events = "00 FF 03 02 41 42 00 C0 05 00 C9 00 00 90 3C 40 00 99 24 40 60 80 3C 00 00 89 24 00"
    score = midi.loads(smf(f"{events} {END}", kind=0))
    assert score.title == "AB"
    assert [(track.program, track.is_drum, track.name) for track in score.tracks] == [(5, False, ""), (0, True, "")]
    assert rows(score) == [[(0, 96, 60)], [(0, 96, 36)]]


def test_type_1_takes_its_title_from_a_first_track_without_notes():
    silent, sounding = f"00 FF 03 01 41 {END}", f"00 FF 03 01 42 00 90 3C 40 60 80 3C 00 {END}"
    score = midi.loads(smf(silent, sounding))
    assert (score.title, score.tracks[0].name) == ("A", "B")
    score = midi.loads(smf(sounding, silent))
    assert (score.title, score.tracks[0].name) == ("", "B")


def test_type_2_sequences_follow_one_another():
    first = "00 FF 51 03 0F 42 40 00 FF 58 04 03 02 18 08 00 90 3C 40 60 80 3C 00 60 FF 2F 00"
    second = f"00 90 3E 40 60 80 3E 00 {END}"
    score = midi.loads(smf(first, second, kind=2, division=96))
    assert rows(score) == [[(0, 96, 60)], [(192, 96, 62)]]
    assert score.tempos == (Tempo(0, 60), Tempo(192, 120))
    assert score.meters == (Meter(0, 3, 4), Meter(192, 4, 4))


@pytest.mark.parametrize(("frames", "resolution", "per_second"), [
    (24, 4, 96), (25, 40, 1000), (29, 4, 120 * 1000 / 1001), (30, 80, 2400), (25, 1, 25),
])
def test_smpte_time_keeps_its_seconds(frames, resolution, per_second):
    division = (256 - frames) << 8 | resolution
    score = midi.loads(smf(f"00 FF 51 03 01 00 00 00 90 3C 40 64 80 3C 00 {END}", division=division))
    assert rows(score) == [[(0, 100, 60)]]
    assert duration_seconds(score) == pytest.approx(100 / per_second, rel=1e-6)


def test_running_status_and_note_on_without_velocity():
    data = smf(f"00 90 3C 40 60 3C 00 00 3E 40 60 3E 00 {END}")
    assert is_fast(data)
    assert rows(midi.loads(data)) == rows(read_slowly(data)) == [[(0, 96, 60), (96, 96, 62)]]


def test_a_note_of_no_length_lasts_a_tick():
    assert rows(midi.loads(smf(f"00 90 3C 40 00 80 3C 40 {END}"))) == [[(0, 1, 60)]]


def test_overlapping_notes_end_in_the_order_in_which_they_began():
    score = midi.loads(smf(f"00 90 3C 40 10 90 3C 50 10 80 3C 00 40 80 3C 00 {END}"))
    assert rows(score) == [[(0, 32, 60), (16, 80, 60)]]
    assert score.tracks[0].notes["velocity"].tolist() == [0x40, 0x50]


def test_a_change_of_program_splits_a_part():
    bow, pluck, again = "00 C0 28 00 90 3C 40 60 80 3C 00", "00 C0 2D 00 90 3C 40 60 80 3C 00", "00 C0 28 00 90 3E 40"
    data = smf(f"{bow} {pluck} {again} 60 80 3E 00 {END}")
    score = midi.loads(data, strict=True)
    parts = [(track.program, track.notes["onset"].tolist()) for track in score.tracks]
    assert parts == [(40, [0, 192]), (45, [96])]
    assert midi.loads(midi.dumps(score)) == score


def test_programs_that_no_note_has_make_no_part():
    data = smf(f"00 C0 28 00 C0 2D 00 90 3C 40 60 80 3C 00 00 C0 01 {END}")
    assert [track.program for track in midi.loads(data, strict=True).tracks] == [45]


def pedaled(*events):
    """The notes (onset, duration, pitch) of a file of (tick, "on" or "off", pitch) and (tick, "pedal", value)."""
    bytes_of = {"on": (0x90, 64), "off": (0x80, 0)}
    track, now = b"", 0
    for tick, kind, value in events:
        message = bytes([0xB0, 64, value]) if kind == "pedal" else bytes([bytes_of[kind][0], value, bytes_of[kind][1]])
        track, now = track + bytes([tick - now]) + message, tick
    (line,) = rows(midi.loads(smf(track + bytes.fromhex(END)), strict=True))
    return line


def test_the_pedal_holds_notes_until_it_goes_up():
    line = pedaled((0, "pedal", 127), (0, "on", 60), (9, "off", 60), (20, "on", 64), (30, "pedal", 0), (40, "off", 64),
                   (40, "on", 65), (50, "off", 65))
    assert line == [(0, 30, 60), (20, 20, 64), (40, 10, 65)]


def test_the_pedal_holds_a_note_until_it_is_struck_again():
    line = pedaled((0, "pedal", 64), (0, "on", 60), (9, "off", 60), (20, "on", 60), (30, "off", 60), (90, "pedal", 63),
                   (99, "on", 62), (100, "off", 62))
    assert line == [(0, 20, 60), (20, 70, 60), (99, 1, 62)]


def test_a_note_that_ends_as_the_pedal_goes_down_is_not_held():
    line = pedaled((0, "on", 60), (10, "off", 60), (10, "pedal", 127), (10, "on", 62), (20, "off", 62),
                   (30, "pedal", 0), (30, "on", 64), (40, "off", 64))
    assert line == [(0, 10, 60), (10, 20, 62), (30, 10, 64)]


def test_a_pedal_that_stays_down_holds_until_the_last_note_ends():
    line = pedaled((0, "pedal", 127), (0, "on", 60), (10, "off", 60), (20, "on", 64), (40, "off", 64))
    assert line == [(0, 40, 60), (20, 20, 64)]


@pytest.mark.parametrize("seed", range(20))
def test_the_pedal_holds_as_a_note_by_note_account_says(seed):
    rng = np.random.default_rng(seed)
    tick, events, sounding = 0, [], set()
    for _ in range(60):
        tick += int(rng.integers(0, 4))
        pitch = int(rng.integers(60, 64))
        if rng.integers(3) == 0:
            events.append((tick, "pedal", int(rng.integers(128))))
        else:
            events.append((tick, "off" if pitch in sounding else "on", pitch))
            sounding ^= {pitch}
    events += [(tick + 5, "off", pitch) for pitch in sorted(sounding)]
    plain = [(o, max(d, 1), p) for o, d, p in pedaled(*(event for event in events if event[1] != "pedal"))]
    last = max(onset + duration for onset, duration, _ in plain)
    spans, down = [], None
    for at, _, value in (event for event in events if event[1] == "pedal"):
        if value >= 64 and down is None:
            down = at
        elif value < 64 and down is not None:
            spans, down = [*spans, (down, at)], None
    spans += [(down, last)] if down is not None else []
    expected = []
    for onset, duration, pitch in plain:
        end = onset + duration
        until = max([up for low, up in spans if low < end <= up], default=end)
        again = min([other for other, _, same in plain if same == pitch and other > onset], default=last)
        expected.append((onset, max(min(until, again), end) - onset, pitch))
    assert sorted(pedaled(*events)) == sorted(expected)


def test_programs_may_be_set_in_another_track():
    setup = f"00 C0 28 00 C1 2A {END}"
    parts = [f"00 9{channel} 3C 40 60 8{channel} 3C 00 {END}" for channel in range(2)]
    assert [track.program for track in midi.loads(smf(setup, *parts)).tracks] == [40, 42]
    assert [track.program for track in midi.loads(smf(*parts, setup)).tracks] == [40, 42]


def test_rmid():
    inner = smf(f"00 90 3C 40 60 80 3C 00 {END}")
    data = b"RIFF" + (len(inner) + 12).to_bytes(4, "little") + b"RMIDdata" + len(inner).to_bytes(4, "little") + inner
    assert midi.loads(data, strict=True) == midi.loads(inner)
    assert midi.loads(data + b"LIST\0\0\0\0", strict=True) == midi.loads(inner)


@pytest.mark.parametrize(("text", "name"), [
    ("荒城の月".encode(), "荒城の月"), ("荒城の月".encode("cp932"), "荒城の月"),
    ("Präludium".encode("latin-1"), "Präludium"), ("Dvořák: Für Élise\0 ".encode(), "Dvořák: Für Élise"),
])
def test_names_in_any_script(text, name):
    data = smf(b"\0\xff\x03" + bytes([len(text)]) + text + bytes.fromhex(END), f"00 90 3C 40 60 80 3C 00 {END}")
    score, repairs = read_quietly(data)
    assert score.title == name
    assert repairs == ([] if name.encode() == text.rstrip(b"\0 ") else [("text that is not UTF-8", 22)])


def test_what_midi_has_no_event_for_survives():
    score = one_note(
        title="Lied", chords=(Chord(0, "Am7"), Chord(240, "D/F#")), keys=(Key(0, -1, "dorian"), Key(480, 2, "minor")),
        info={"composer": "Schütz", "rights": "none\nat all", "rhythm": "jig: slow"},
    )
    assert midi.loads(midi.dumps(score)) == score


# Writing


def channels(data):
    """Per track with notes: (port, channel, program)."""
    found = []
    for track in mido.MidiFile(file=io.BytesIO(data)).tracks[1:]:
        port = next((message.port for message in track if message.type == "midi_port"), 0)
        found.append(next((port, m.channel, m.program) for m in track if m.type == "program_change"))
    return found


def many(programs, drums=0):
    line = notes([(0, 480, 60, 80)])
    parts = [Track(line, program) for program in programs] + [Track(line, is_drum=True)] * drums
    return Score(tuple(parts))


def test_each_part_has_a_channel_of_its_own_and_drums_have_the_tenth():
    found = channels(midi.dumps(many([0] * 15, drums=2)))
    assert [channel for _, channel, _ in found] == [0, 1, 2, 3, 4, 5, 6, 7, 8, 10, 11, 12, 13, 14, 15, 9, 9]
    assert {port for port, _, _ in found} == {0}


def test_beyond_fifteen_parts_those_of_one_program_share_a_channel():
    found = channels(midi.dumps(many([0, 1] * 10)))
    assert set(found) == {(0, 0, 0), (0, 1, 1)}


def test_beyond_fifteen_programs_there_are_more_ports():
    score = many(range(40), drums=1)
    found = channels(midi.dumps(score))
    assert len(set(found)) == 41
    assert {port for port, _, _ in found} == {0, 1, 2}
    assert midi.loads(midi.dumps(score)) == score


def test_a_silence_that_midi_cannot_count_is_refused():
    with pytest.raises(FormatError, match="between two events"):
        midi.dumps(Score((Track(notes([(1 << 28, 480, 60, 80)])),)))


def test_losses_are_those_declared():
    score = Score((Track(notes([(0, 960, 60, 0, 2), (240, 240, 60, 70, 1)])), Track()), tempos=(Tempo(0, 2),))
    kept = midi.canonicalize(score)
    assert kept.tracks[0].notes.tolist() == [(0, 240, 60, 80, 0), (240, 240, 60, 70, 0)]
    assert (len(kept.tracks), kept.tempos[0].qpm) == (1, pytest.approx(3.5763, abs=1e-4))


# What isn't MIDI, or too much of it


@pytest.mark.parametrize(("data", "named"), [
    (b"", "empty"), (b"\0\0\n", "blanks"), (b"<!DOCTYPE html><html>", "HTML"), (b"\n <html lang='en'>", "HTML"),
    (b"SMF2CLIP\0\0", "MIDI 2.0"), (b"\xf0\x7e\x7f\x09\x01\xf7", "System Exclusive"), (b"RIFF\0\0\0\0WAVEfmt ", "WAV"),
    (b"\x89PNG\r\n\x1a\n", "PNG"), (b"PK\x03\x04MThd", "ZIP"), (b"<?xml version='1.0'?>", "XML"),
    (b"\xef\xbb\xbfX:1\nT:Jig\n", "ABC"), (b"just words", "unknown"), (b"RIFF\4\0\0\0RMID", "without MIDI"),
])
def test_what_is_not_midi_is_named(data, named):
    with pytest.raises(NotThisFormatError, match=named):
        midi.loads(data)


def test_a_header_alone_is_refused_or_empty():
    with pytest.raises(FormatError, match="inside its header"):
        midi.loads(b"MThd\0\0\0\6\0\1")
    score, repairs = read_quietly(b"MThd\0\0\0\6\0\1\0\1\1\xe0")
    assert (score.tracks, len(repairs)) == ((), 1)


def test_more_than_64_megabytes_are_refused():
    with pytest.raises(LimitError, match="too large"):
        midi.loads(bytes(64 * 1024 * 1024 + 1))


def test_more_than_twelve_hours_are_refused():
    slow = "00 FF 51 03 FF FF FF"  # 16.8 s a quarter
    long = "00 90 3C 40 " + "FF FF 7F A0 3C 00 " * 1 + "81 80 00 80 3C 40"
    with pytest.raises(LimitError, match="hours"):
        midi.loads(smf(f"{slow} {long} {END}", division=4))


def test_more_than_two_million_notes_are_refused():
    body = bytes.fromhex("00 90 3C 40") + bytes.fromhex("00 3C 40") * 2_000_000 + bytes.fromhex(END)
    with pytest.raises(LimitError, match="too many notes"):
        midi.loads(smf(body))


def test_ticks_beyond_32_bits_are_read_right():
    wait = "FF FF FF 7F A0 3C 00 "  # 2^28 - 1 ticks, nine times: more than 2^31
    data = smf(f"00 FF 51 03 00 02 58 {wait * 9} 00 90 3C 40 60 80 3C 40 {END}", division=0x7FFF)
    assert rows(midi.loads(data, strict=True)) == [[(9 * (2**28 - 1), 96, 60)]]


def test_a_part_of_many_notes_survives():
    rng = np.random.default_rng(1)
    array = np.zeros(50_000, dtype=notes().dtype)
    array["onset"], array["duration"] = rng.integers(0, 10**6, 50_000), rng.integers(1, 2000, 50_000)
    array["pitch"], array["velocity"] = rng.integers(0, 128, 50_000), rng.integers(1, 128, 50_000)
    score = midi.canonicalize(Score((Track(array),)))
    assert midi.loads(midi.dumps(score)) == score
