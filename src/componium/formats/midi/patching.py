"""Patch of a MIDI file: notes and chord symbols replaced, other events kept.

- All other events stay byte for byte and in order, but for delta times, and for a status byte where a running status
  was interrupted.
- A note is a pair of events, the first end for the first begun, as the reader pairs them. New ones go to the track and
  channel of their part; where they begin at the tick of other events they come last, where they end, first.
- A new note ends where its pitch is struck again; one that begins while its pitch still sounds lasts at least as long
  as that, so that the older note keeps its end. The file's sustain pedal holds new notes as it holds the others.
"""

from collections import Counter, defaultdict, deque
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from componium.errors import PatchError
from componium.formats._patching import rows_of
from componium.formats.midi.events import SUSTAIN, TEXT, clean, split_word
from componium.formats.midi.parts import ByChannel, split_rows, type_change, type_ints
from componium.formats.midi.raw import META, Chunk, Event, join_file, join_track, split_file, split_track
from componium.formats.midi.writer import encode_vlq
from componium.music.provenance import PROVENANCE, provenance_of
from componium.music.score import DEFAULT_VELOCITY, Score, Track
from componium.music.strikes import end_at_next_strike

_ROW = ("onset", "duration", "pitch", "velocity")


class _Part(NamedTuple):
    """Part of the file: its chunk, channel and program, its notes and their places."""

    chunk: int
    channel: int
    program: int
    notes: list[tuple[int, ...]]  # onset, duration as the pedal holds it, pitch, velocity
    places: list[int]


class _Chunk:
    """Track chunk: its events, its notes paired, and what goes out and comes in."""

    def __init__(self, events: list[Event]) -> None:
        self.events = events
        self.programs: list[type_change] = []
        self.pedals: list[type_change] = []
        self.pairs: list[tuple[int, int]] = []  # the places of a note's two events; the second is -1 if there is none
        self.table = self._pair()
        self.removed: set[int] = set()  # places in `table`
        self.added: list[tuple[int, ...]] = []  # channel << 7 | pitch, onset, end, velocity
        self.texts: list[Event] = []
        self.dropped: set[int] = set()  # places in `events`

    def _pair(self) -> type_ints:
        rows: list[tuple[int, int, int, int]] = []
        begun: defaultdict[int, deque[int]] = defaultdict(deque)
        for place, event in enumerate(self.events):
            channel, kind = event.status & 15, event.status >> 4
            if kind == 0xC:
                self.programs.append((event.tick, channel, event.data[0]))
            elif kind == 0xB and event.data[0] == SUSTAIN:
                self.pedals.append((event.tick, channel, int(event.data[1] >= 64)))
            elif kind in (8, 9):
                key, velocity = channel << 7 | event.data[0], event.data[1]
                if kind == 9 and velocity:
                    begun[key].append(place)
                elif begun[key]:
                    self._add(rows, key, begun[key].popleft(), place)
        for key, places in begun.items():
            for place in places:
                self._add(rows, key, place, -1)
        return np.array(rows, dtype=np.int64).reshape(-1, 4)

    def _add(self, rows: list[tuple[int, int, int, int]], key: int, first: int, last: int) -> None:
        self.pairs.append((first, last))
        begin, end = self.events[first], self.events[last]  # the last event of all ends what has no end
        rows.append((key, begin.tick, end.tick - begin.tick, begin.data[1]))

    def patched(self) -> list[Event]:
        """Return the events with the notes taken out and put in."""
        if not (self.removed or self.added or self.texts or self.dropped):
            return self.events
        gone = self.dropped | {place for note in self.removed for place in self.pairs[note] if place >= 0}
        *kept, end = self.events
        begins, ends = [*self.texts], []
        for key, onset, offset, velocity in self._settled():
            begins.append(Event(onset, 0x90 | key >> 7, bytes([key & 0x7F, velocity])))
            ends.append(Event(offset, 0x80 | key >> 7, bytes([key & 0x7F, 64])))
        rows = [(event.tick, 0, event) for event in ends]
        rows += [(event.tick, 1, event) for place, event in enumerate(kept) if place not in gone]
        rows += [(event.tick, 2, event) for event in begins]
        rows.sort(key=lambda row: row[:2])
        return [*(row[2] for row in rows), end._replace(tick=max([end.tick, *(row[0] for row in rows[-1:])]))]

    def _settled(self) -> list[tuple[int, ...]]:
        """Return the new notes with ends such that no note that stays gets another end."""
        table = np.array(self.added, dtype=np.int64).reshape(-1, 4)
        is_kept, table[:, 2] = end_at_next_strike(*table[:, :3].T)
        added = table[is_kept].tolist()
        every: defaultdict[int, list[tuple[int, ...]]] = defaultdict(list)  # key -> onset, is new, end, velocity
        for note, (key, onset, duration, _) in enumerate(self.table.tolist()):
            if note not in self.removed:
                every[key].append((onset, 0, onset + duration, 0))
        for key, onset, end, velocity in added:
            every[key].append((onset, 1, end, velocity))
        settled = (row for key in {row[0] for row in added} for row in _settle(key, every[key]))
        return sorted(settled, key=lambda row: (row[1], row[0]))


def _settle(key: int, rows: list[tuple[int, ...]]) -> Iterator[tuple[int, ...]]:
    """Yield the new ones among all notes of a key, with their ends."""
    rows.sort()
    latest = 0
    for (onset, is_new, end, velocity), following in zip(rows, [*rows[1:], None], strict=True):
        stop = max(min(end, following[0]), latest) if is_new and following else max(end, latest)
        if is_new and stop > onset:
            yield key, onset, stop, velocity
        latest = max(latest, stop)


def apply(data: bytes, before: Score, target: Score) -> bytes:
    """Return the bytes of a file that holds `before`, patched to hold `target`.

    Raises PatchError for a broken file, one of type 2, and a note that no part of the file can hold.
    """
    head, chunks = split_file(data)
    if int.from_bytes(head[8:10]) > 1:
        raise PatchError("a MIDI file of several sequences", expected="type 0 or 1", advice="write the file anew")
    tracks = {at: _Chunk(split_track(chunk.body)) for at, chunk in enumerate(chunks) if chunk.name == b"MTrk"}
    parts = list(_parts(tracks))
    _check_parts(parts, before)
    programs = ByChannel([change for chunk in tracks.values() for change in chunk.programs])
    for part, track in zip(parts, target.tracks, strict=True):
        chunk = tracks[part.chunk]
        _change_notes(chunk, part, track, ByChannel(chunk.programs, programs))
    if tracks:
        _change_texts(tracks[min(tracks)], before, target)
    bodies = {at: join_track(chunk.patched()) for at, chunk in tracks.items()}
    return join_file(head, [Chunk(chunk.name, bodies.get(at, chunk.body)) for at, chunk in enumerate(chunks)])


def _parts(tracks: dict[int, _Chunk]) -> Iterator[_Part]:
    """Yield the parts of a file in the order of the score's tracks."""
    programs = ByChannel([change for chunk in tracks.values() for change in chunk.programs])
    pedals = ByChannel([change for chunk in tracks.values() for change in chunk.pedals])
    for at, chunk in tracks.items():
        own = ByChannel(chunk.programs, programs), ByChannel(chunk.pedals, pedals)
        for channel, program, places, notes in split_rows(chunk.table, *own):
            yield _Part(at, channel, program, rows_of(notes, *_ROW), places.tolist())


def _check_parts(parts: Sequence[_Part], before: Score) -> None:
    """Raise PatchError unless the notes found are those that were read."""
    found = [sorted(part.notes) for part in parts]
    if found != [sorted(rows_of(track.notes, *_ROW)) for track in before.tracks]:
        raise PatchError("a file whose notes were repaired when it was read", advice="write the file anew")


def _change_notes(chunk: _Chunk, part: _Part, track: Track, programs: ByChannel) -> None:
    wanted = Counter((*row[:3], row[3] or DEFAULT_VELOCITY) for row in rows_of(track.notes, *_ROW))
    for row, place in zip(part.notes, part.places, strict=True):
        if wanted[row] > 0:
            wanted[row] -= 1
        else:
            chunk.removed.add(place)
    added = sorted(wanted.elements())
    onsets = np.array([row[0] for row in added], dtype=np.int64)
    if (programs.at(part.channel, onsets) != part.program).any():
        raise PatchError(f"new notes of {track.name or 'a part'} where its channel has another program",
                         advice="write the file anew")  # fmt: skip
    for onset, duration, pitch, velocity in added:
        chunk.added.append((part.channel << 7 | pitch, onset, onset + duration, velocity))


def _change_texts(chunk: _Chunk, before: Score, target: Score) -> None:
    """Replace chord symbols and provenance, text events of the first track."""
    old, new = set(before.chords), set(target.chords)
    gone = {chord.tick for chord in old - new}
    text = provenance_of(target)
    has_text = text == provenance_of(before)
    for place, event in enumerate(chunk.events):
        word = _word(event)
        if (word == "chord" and event.tick in gone) or (word == PROVENANCE and event.tick == 0 and not has_text):
            chunk.dropped.add(place)
    chunk.texts += [] if has_text else [_text(0, f"{PROVENANCE}: {text}")]
    chunk.texts += [_text(chord.tick, f"chord: {chord.symbol}") for chord in target.chords if chord not in old]


def _word(event: Event) -> str:
    if event.status != META or event.data[0] != TEXT:
        return ""
    length = next(at for at, byte in enumerate(event.data[1:], start=2) if byte < 0x80)
    return split_word(clean(event.data[length:].decode("utf-8", "replace")))[0]


def _text(tick: int, text: str) -> Event:
    payload = clean(text).encode("utf-8", "replace")
    return Event(tick, META, bytes([TEXT]) + encode_vlq(len(payload)) + payload)
