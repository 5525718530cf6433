"""Repairing reader of Standard MIDI Files, byte by byte, in Python.

Repairs, each with a warning
- chunks: wrong lengths and counts, foreign chunks, a missing end of track, bytes after it, a file cut anywhere
  (what ended before the cut is kept, what sounds is ended there);
- events: data bytes above 127, undefined and system statuses, running status where there is none, meta events of a
  wrong length; after invalid bytes, reading continues where some valid events follow;
- notes that never end (ended with their track); time divisions of zero.
Parts and pedals: see parts.py.

Memory is bounded by counting while reading: 2 million notes, 500,000 other events, 65,535 tracks.
"""

from array import array
from collections import defaultdict, deque

from componium.errors import FormatError, LimitError
from componium.formats.midi.events import (
    END,
    KEPT,
    LENGTHS,
    MAX_EVENTS,
    MAX_NOTES,
    MAX_TRACKS,
    SUSTAIN,
    Chunk,
    Header,
    Meta,
    Repairs,
)
from componium.formats.midi.parts import ByChannel, split_parts

_FRAMES = {24: 24, 25: 25, 29: 30, 30: 30}  # SMPTE frames a second as stated, and as counted
_DEFAULT_DIVISION = 480
_SEARCHED = 1 << 12  # bytes that are searched for valid events after invalid ones
_SYSTEM_DATA = {0xF1: 1, 0xF2: 2, 0xF3: 1}  # data bytes of system messages, which have no place in a file


def read_repairing(data: bytes, start: int, repairs: Repairs) -> tuple[Header, list[Chunk]]:
    """Return the header and tracks of the file that starts at byte `start`."""
    if len(data) < start + 14:
        raise FormatError("a file cut off inside its header", where=f"byte {len(data)}", expected="at least 14 bytes")
    header, stated, at = _read_header(data, start, repairs)
    budget = _Budget()
    tracks = []
    for begin, end, cut in _track_chunks(data, at, repairs):
        tracks.append(_TrackReader(data[begin:end], begin, repairs, budget, cut))
        tracks[-1].read()
    if len(tracks) != stated:
        repairs.add(f"the header counts {stated} tracks, there are {len(tracks)}", start + 10)
    return header, _to_chunks(tracks)


def _read_header(data: bytes, start: int, repairs: Repairs) -> tuple[Header, int, int]:
    """Return the header, the number of tracks it states, and the start of the chunks."""
    length, kind, stated, division = (
        int.from_bytes(data[start + at:start + stop]) for at, stop in ((4, 8), (8, 10), (10, 12), (12, 14))
    )
    at = start + 8 + length
    if length < 6 or not (at >= len(data) or data[at:at + 4].isalnum()) or length > 1024:
        repairs.add("the header's length is wrong", start + 4)
        at = start + 14
    if kind > 2:
        repairs.add("a file of an unknown type was read as type 1", start + 8)
        kind = 1
    if kind == 0 and stated > 1:
        repairs.add("a file of type 0 with several tracks was read as type 1", start + 8)
        kind = 1
    return _time_of(kind, division, start + 12, repairs), stated, at


def _time_of(kind: int, division: int, offset: int, repairs: Repairs) -> Header:
    if division == 0:
        repairs.add(f"a time division of zero was replaced by {_DEFAULT_DIVISION} ticks a quarter", offset)
        return Header(kind, _DEFAULT_DIVISION)
    if division < 0x8000:
        return Header(kind, division)
    stated, resolution = 256 - (division >> 8), division & 0xFF
    if stated not in _FRAMES or resolution == 0:
        repairs.add("an invalid SMPTE time division was replaced by 25 frames of 40 ticks", offset)
        stated, resolution = 25, 40
    rate = _FRAMES[stated] * resolution  # ticks a second; a quarter lasts half of one, or one if that is not whole
    quarter, mspq = (rate // 2, 500_000) if rate % 2 == 0 else (rate, 1_000_000)
    return Header(kind, quarter, mspq * 1001 // 1000 if stated == 29 else mspq)


class _Budget:
    """Count of what may still be kept; running out raises LimitError."""

    def __init__(self) -> None:
        self.notes, self.events = MAX_NOTES, MAX_EVENTS

    def spend_event(self) -> None:
        self.events -= 1
        if self.events < 0:
            raise LimitError("too many events that aren't notes", expected=f"at most {MAX_EVENTS}")


def _track_chunks(data: bytes, at: int, repairs: Repairs) -> list[tuple[int, int, bool]]:
    """Return begin and end of each track's events, and True if the file is cut there."""
    spans = []
    while at < len(data):
        name, length = data[at:at + 4], int.from_bytes(data[at + 4:at + 8])
        begin, end = at + 8, at + 8 + length
        if name == b"MTrk" and begin <= len(data):
            fits = _is_boundary(data, end) or data[end - 3:end] == b"\xff\x2f\0"
            if not fits:
                following = data.find(b"MTrk", begin)
                what = "the file is cut off" if end > len(data) and following < 0 else "a track's length is wrong"
                repairs.add(what, len(data) if what == "the file is cut off" else at + 4)
                end = following if following >= 0 else len(data)
            spans.append((begin, end, not fits and end == len(data)))
            if len(spans) > MAX_TRACKS:
                raise LimitError("too many tracks", expected=f"at most {MAX_TRACKS}")
        elif name.isalnum() and _is_boundary(data, end):
            repairs.add("an unknown chunk was skipped", at)
        elif (end := data.find(b"MTrk", at + 1)) >= 0:
            repairs.add("bytes between the tracks were skipped", at)
        else:
            repairs.add("bytes after the last track were skipped", at)
            end = len(data)
        at = end
    return spans


def _is_boundary(data: bytes, at: int) -> bool:
    return at == len(data) or data[at:at + 4] == b"MTrk" or (at + 8 <= len(data) and data[at:at + 4].isalpha())


class _TrackReader:
    """Parser of one track: note rows, meta events, program changes.

    `rows` are channel and pitch, onset, duration, velocity.
    """

    def __init__(self, body: bytes, base: int, repairs: Repairs, budget: _Budget, cut: bool) -> None:
        self.body, self.base, self.repairs, self.budget, self.cut = body, base, repairs, budget, cut
        self.rows = array("q")
        self.metas: list[Meta] = []
        self.programs: list[tuple[int, int, int]] = []  # tick, channel, program
        self.pedals: list[tuple[int, int, int]] = []  # tick, channel, 1 where the sustain pedal goes down, 0 where up
        self.held: dict[int, int] = {}  # channel -> 1 while its pedal is down
        self.tick = 0
        self.running = 0  # the running status; negative if a meta event or the like should have ended it
        self.ended = False
        self.opened: defaultdict[int, deque[tuple[int, int, int]]] = defaultdict(deque)

    def read(self) -> None:
        """Read all events, then end the notes that still sound."""
        try:
            self._read_events()
        except IndexError:  # the body ends inside an event
            if not self.cut:
                self._repair("a track is cut off inside an event", len(self.body))
        else:
            if not (self.ended or self.cut):
                self._repair("a track without its end", len(self.body))
        self._end_open_notes()

    def _read_events(self) -> None:
        """Loop over the events: notes are read here, for speed, all else in `_other`."""
        body, size, rows, opened = self.body, len(self.body), self.rows, self.opened
        notes = self.budget.notes
        pos = 0
        while pos < size:
            start = pos
            delta = body[pos]
            pos += 1
            if delta > 0x7F:
                delta, pos = self._vlq(start)
            status = body[pos]
            if status > 0x7F:
                pos += 1
            else:
                status = self.running if self.running > 0 else self._revive(start)
            self.tick += delta
            if not 0x80 <= status < 0xA0:
                pos = self._other(status, start, pos)
                continue
            self.running = status
            pitch, velocity = body[pos], body[pos + 1]
            pos += 2
            if pitch > 0x7F or velocity > 0x7F:
                pitch, velocity, pos = self._damaged_note(status, pos - 2)
            key = (status & 15) << 7 | pitch
            if status >= 0x90 and velocity and pitch >= 0:
                opened[key].append((self.tick, velocity, start))
                notes -= 1
                if notes < 0:
                    raise LimitError("too many notes", expected=f"at most {MAX_NOTES}")
            elif queue := opened.get(key):
                onset, velocity, _ = queue.popleft()
                rows.extend((key, onset, self.tick - onset, velocity))
        self.budget.notes = notes

    def _other(self, status: int, start: int, pos: int) -> int:
        """Read an event that is not a note; return where the next one begins."""
        if status == 0xFF:
            return self._meta(start, pos)
        if status >= 0xF0:
            return self._system(status, start, pos)
        if status == 0:
            self._repair("invalid bytes were skipped", start)
            return self._resync(start + 1)
        self.running = status
        after = pos + (1 if 0xC0 <= status < 0xE0 else 2)
        values = self.body[pos:after]
        if not values.isascii():
            values, after = self._damaged(status, pos, after)
        elif after > len(self.body):
            raise IndexError
        if 0xC0 <= status < 0xD0 and values:
            self.budget.spend_event()
            self.programs.append((self.tick, status & 15, values[0]))
        elif 0xB0 <= status < 0xC0 and len(values) == 2 and values[0] == SUSTAIN:
            self._pedal(status & 15, int(values[1] >= 64))
        return after

    def _pedal(self, channel: int, down: int) -> None:
        if down != self.held.get(channel, 0):
            self.budget.spend_event()
            self.held[channel] = down
            self.pedals.append((self.tick, channel, down))

    def _meta(self, start: int, pos: int) -> int:
        kind = self.body[pos]
        length, pos = self._vlq(pos + 1)
        fixed = LENGTHS.get(kind, length)
        after = pos + length
        if after > len(self.body) or (length != fixed and self._sound_events(after) < self._sound_events(pos + fixed)):
            if pos + fixed > len(self.body):
                if self.cut:
                    raise IndexError
                self._repair("a meta event that is longer than its track was skipped", start)
                return self._resync(pos)
            after = pos + fixed
        self.running = -abs(self.running)
        if kind == END:
            self.ended = True
            if after < len(self.body):
                self._repair("bytes after a track's end were skipped", after)
            return len(self.body)
        if after - pos != fixed or length != fixed:
            self._repair("a meta event of the wrong length", start)
        if kind in KEPT and after - pos == fixed:
            self.budget.spend_event()
            self.metas.append((self.tick, kind, self.body[pos:after], self.base + start))
        return after

    def _system(self, status: int, start: int, pos: int) -> int:
        self.running = -abs(self.running)
        if status not in (0xF0, 0xF7):
            self._repair("a status byte that is invalid in a file was skipped", start)
            return pos + _SYSTEM_DATA.get(status, 0)
        length, pos = self._vlq(pos)
        if pos + length <= len(self.body):
            return pos + length
        close = self.body.find(0xF7, pos, pos + _SEARCHED)
        if self.cut and close < 0:
            raise IndexError
        self._repair("a System Exclusive message that is longer than its track was skipped", start)
        return close + 1 if close >= 0 else self._resync(pos)

    def _revive(self, start: int) -> int:
        """Return the running status that a meta event should have ended; 0 if none.

        Some writers rely on it.
        """
        if self.running < 0:
            self._repair("running status goes on after a meta or system event", start)
        self.running = -self.running
        return self.running

    def _damaged_note(self, status: int, pos: int) -> tuple[int, int, int]:
        """Return pitch, velocity and end of a note with a data byte above 127.

        A lost pitch is -2048.
        """
        values, after = self._damaged(status, pos, pos + 2)
        if not values:
            return -2048, 0, after
        return values[0], values[1] if len(values) > 1 else 64, after

    def _damaged(self, status: int, pos: int, after: int) -> tuple[bytes, int]:
        """Return the data bytes and the end of an event with one above 127.

        That byte is too large, or the first byte of the next event.
        """
        self._repair("a data byte above 127", pos)
        values = self.body[pos:after]
        early = pos + next(index for index, byte in enumerate(values) if byte > 0x7F)
        if self._sound_events(early, status) > self._sound_events(after, status):
            return self.body[pos:early], early
        return bytes(min(byte, 0x7F) for byte in values), after

    def _vlq(self, pos: int) -> tuple[int, int]:
        """Return a variable-length quantity and its end."""
        number = 0
        for at in range(pos, pos + 4):
            byte = self.body[at]
            number = number << 7 | byte & 0x7F
            if byte < 0x80:
                return number, at + 1
        self._repair("a number of more than four bytes", pos)
        return number, pos + 4

    def _sound_events(self, pos: int, running: int = 0, most: int = 6) -> int:
        """Count the valid events, up to `most`, that follow one another from `pos` on.

        If the track ends, all of them count.
        """
        body, size = self.body, len(self.body)
        running = running or abs(self.running)
        for count in range(most):
            if pos == size:
                return most
            after = pos + 4
            while pos < size and body[pos] > 0x7F:
                pos += 1
                if pos == after:
                    return count
            pos += 1
            if pos >= size:
                return count
            status = body[pos]
            if status == 0xFF and pos + 2 < size:
                if body[pos + 1] == END:
                    return most if body[pos + 2] == 0 else count
                if body[pos + 1] > 0x7F or body[pos + 2] != LENGTHS.get(body[pos + 1], body[pos + 2]):
                    return count
                pos += 3 + body[pos + 2]
                continue
            if status > 0x7F:
                pos += 1
            else:
                status = running
            after = pos + (1 if 0xC0 <= status < 0xE0 else 2)
            if not 0x80 <= status < 0xF0 or after > size or not body[pos:after].isascii():
                return count
            running, pos = status, after
        return most

    def _resync(self, pos: int) -> int:
        """Return the first position from `pos` on where three valid events follow.

        It is the end if there is none near.
        """
        near = range(pos, min(len(self.body), pos + _SEARCHED))
        return next((at for at in near if self._sound_events(at, most=3) == 3), len(self.body))

    def _end_open_notes(self) -> None:
        for key, queue in self.opened.items():
            for onset, velocity, start in queue:
                if not self.cut:
                    self._repair("a note that never ends was ended with its track", start)
                self.rows.extend((key, onset, self.tick - onset, velocity))

    def _repair(self, what: str, pos: int) -> None:
        self.repairs.add(what, self.base + pos)


def _to_chunks(tracks: list[_TrackReader]) -> list[Chunk]:
    changes = [change for track in tracks for change in track.programs]
    pedals = [pedal for track in tracks for pedal in track.pedals]
    programs, pedal = ByChannel(changes), ByChannel(pedals)
    return [
        Chunk(track.metas, split_parts(track.rows, ByChannel(track.programs, programs), ByChannel(track.pedals, pedal)),
              track.tick)
        for track in tracks
    ]  # fmt: skip
