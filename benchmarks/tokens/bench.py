"""How many tokens a note takes, and what of the music comes back: the codec `events` beside MidiTok's REMI.

    python benchmarks/tokens/bench.py [--corpora chorales ...] [--pieces N] [--only-print]

The test pieces of each corpus are written to MIDI files, and every tokenizer takes the same files. None has learned
merges (BPE); what is counted are its plain tokens, all streams of a file together. Then they are decoded again.

- kept: notes that come back with the same onset (in quarters from the first note, exactly) and pitch, each counted
  once; and those that also come back with the same duration
- parts: tracks with notes, before and after
"""

import argparse
import sys
import tempfile
import warnings
from collections import Counter
from dataclasses import replace
from fractions import Fraction
from importlib.util import find_spec
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

import _report  # noqa: E402

CORPORA = ("chorales", "fiddle", "quartets", "madrigals")
# REMI as it comes; with programs, so that parts can be told apart; and with what `events` says besides.
REMI = {
    "REMI": {},
    "REMI, programs": {"use_programs": True},
    "REMI, programs, tempo, metre": {"use_programs": True, "use_tempos": True, "use_time_signatures": True},
    "REMI, programs, tempo, metre, no velocities": {
        "use_programs": True, "use_tempos": True, "use_time_signatures": True, "use_velocities": False},
}
# Up to 8 quarters a bar, as `events` knows them; MidiTok's own list has only quarters and 3, 6 and 12 eighths.
METERS = {2: list(range(1, 5)), 4: list(range(1, 9)), 8: list(range(1, 17)), 16: list(range(1, 33))}


class EventsTokenizer:
    """The codec: a file's number of ids, and the notes of each part that comes back."""

    def __init__(self, *, velocities):
        from componium.codecs.events.codec import Events

        self.codec, self.velocities = Events(), velocities

    def __call__(self, path):
        import componium

        score = componium.read(path)
        if not self.velocities:
            tracks = tuple(replace(track, notes=_unmarked(track.notes)) for track in score.tracks)
            score = replace(score, tracks=tracks)
        ids = self.codec_.encode(score).ids
        back = self.codec.decode(ids)
        return len(ids), [track.notes for track in back.tracks], back.ticks_per_quarter


def _unmarked(notes):
    notes = notes.copy()
    notes["velocity"] = 0
    return notes


class RemiTokenizer:
    """MidiTok's REMI with some options."""

    def __init__(self, options):
        import miditok

        more = {"time_signature_range": METERS} if options.get("use_time_signatures") else {}
        self.tokenizer = miditok.REMI(miditok.TokenizerConfig(**options, **more))

    def __call__(self, path):
        encoded = self.tokenizer.encode(path)
        streams = encoded if isinstance(encoded, list) else [encoded]
        n_tokens = sum(len(stream.ids) for stream in streams)  # now: decoding may use the streams up
        back = self.tokenizer.decode(encoded)
        tracks = [track.notes.numpy() for track in back.tracks]
        notes = [{"onset": track["time"], "duration": track["duration"], "pitch": track["pitch"]} for track in tracks]
        return n_tokens, notes, back.ticks_per_quarter


def tokenizers():
    own = {"events": EventsTokenizer(velocities=True), "events, no velocities": EventsTokenizer(velocities=False)}
    return own | {name: RemiTokenizer(options) for name, options in REMI.items()}


def counted(tracks, ticks_per_quarter):
    """How often each (onset, pitch) and each (onset, pitch, duration) comes, in quarters, whatever the part.

    Onsets count from the first note: to fill up an upbeat's bar, and so move all the rest, loses nothing.
    """
    short, long = Counter(), Counter()
    first = min((int(notes["onset"].min()) for notes in tracks if len(notes["onset"])), default=0)
    for notes in tracks:
        columns = [notes[name].tolist() for name in ("onset", "pitch", "duration")]
        for onset, pitch, duration in zip(*columns, strict=True):
            place = (Fraction(onset - first, ticks_per_quarter), pitch)
            short[place] += 1
            long[*place, Fraction(duration, ticks_per_quarter)] += 1
    return short, long


def count(tracks):
    return sum(len(notes["onset"]) > 0 for notes in tracks)


def measure(tokenizer, path):
    """What one tokenizer does to one file, as numbers that can be added up."""
    import componium

    score = componium.read(path)
    before = counted([track.notes for track in score.tracks], score.ticks_per_quarter)
    n_tokens, tracks, ticks_per_quarter = tokenizer(path)
    after = counted(tracks, ticks_per_quarter)
    kept, kept_whole = ((one & other).total() for one, other in zip(before, after, strict=True))
    return Counter(
        files=1, notes=score.n_notes, tokens=n_tokens, notes_back=after[0].total(), kept=kept, kept_whole=kept_whole,
        parts=count([track.notes for track in score.tracks]), parts_back=count(tracks),
    )


def write_files(name, folder, pieces):
    """The first test pieces of a corpus, all if `pieces` is 0, as MIDI files."""
    import componium
    from componium import corpora

    chosen = corpora.load(name, workers=1).test.pieces
    paths = [folder / f"{name}-{number}.mid" for number in range(len(chosen[: pieces or None]))]
    for path, piece in zip(paths, chosen, strict=False):
        componium.write(piece.score, path)
    return paths


def rows_of(name, pieces, ways):
    with tempfile.TemporaryDirectory() as folder:
        paths = write_files(name, Path(folder), pieces)
        totals = {label: sum((measure(way, path) for path in paths), Counter()) for label, way in ways.items()}
    return [{"corpus": name, "tokenizer": label, **_row(total)} for label, total in totals.items()]


def _row(total):
    notes = total["notes"]
    return {
        "files": total["files"], "notes": notes, "tokens": total["tokens"],
        "tokens a note": f"{total['tokens'] / notes:.3f}", "notes back": total["notes_back"],
        "kept %": f"{100 * total['kept'] / notes:.2f}", "with duration %": f"{100 * total['kept_whole'] / notes:.2f}",
        "parts": total["parts"], "parts back": total["parts_back"],
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--corpora", nargs="+", default=list(CORPORA), choices=CORPORA)
    parser.add_argument("--pieces", type=int, default=0, help="only so many pieces of each corpus (default: all)")
    parser.add_argument("--only-print", action="store_true", help="write neither results.csv nor README.md")
    options = parser.parse_args()
    missing = [name for name in ("miditok", "music21") if find_spec(name) is None]
    if missing:
        sys.exit(f"error: {' and '.join(missing)} not installed; run this by `scripts/bench tokens`")
    warnings.simplefilter("ignore")
    ways, rows = tokenizers(), []
    for name in options.corpora:
        rows += rows_of(name, options.pieces, ways)
        print(f"{name}: done", file=sys.stderr)
    _report.publish(HERE, rows, ["miditok", "symusic", "music21"], only_print=options.only_print)


if __name__ == "__main__":
    main()
