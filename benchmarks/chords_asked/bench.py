"""Chords that are asked for: do the notes on the beats agree with them, and do they help to foretell real notes?

    scripts/bench chords_asked [--styles songs chorales ...] [--pieces 5] [--only-nats] [--only-print]

Charts are those of held-out pieces (the symbols written in them, else those found), and some that people often ask for.
"""

import argparse
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

import _pieces  # noqa: E402
import _report  # noqa: E402
import componium  # noqa: E402
from componium.analysis.lines import pitched  # noqa: E402
from componium.analysis.tune_chords import find_chords  # noqa: E402
from componium.composing.model import load_model  # noqa: E402
from componium.decoding.style.names import stating  # noqa: E402
from componium.music.chords import NO_CHORD, reduce_symbol  # noqa: E402
from componium.music.time import bar_lines, beat_lines, meters_of  # noqa: E402
from componium.music.transform import slice_bars  # noqa: E402

STYLES = ("songs", "hymns", "chorales", "lieder", "piano", "guitar", "jig", "reel")
BARS = 16
TYPICAL = (
    ("C | F | G7 | C", "C major"), ("C | G | Am | F", "C major"), ("Am | Dm | E7 | Am", "A minor"),
    ("Dm7 | G7 | Cmaj7 | Am7", "C major"), ("G | Em | C D7 | G", "G major"),
)
COUNTS = ("beats", "beats agree", "notes", "notes agree", "lowest", "lowest agree", "labeled", "same root")


def whole_bars(score):
    """Return the first BARS bars after an upbeat, without dynamics; None where they are fewer, or not equally long."""
    lengths = np.diff(bar_lines(score))
    first = int(len(lengths) > 1 and lengths[0] < lengths[1])
    if len(lengths) < first + BARS or len(set(lengths[first : first + BARS].tolist())) > 1:
        return None
    cut = slice_bars(score, first, first + BARS)
    tracks = tuple(replace(track, notes=unmarked(track.notes)) for track in cut.tracks)
    return replace(cut, tracks=tracks) if len(pitched(cut)) else None


def unmarked(rows):
    """Return notes without velocities."""
    rows = rows.copy()
    rows["velocity"] = 0
    return rows


def with_plain_chords(score):
    """Return a score with plain symbols: those written in it, else those found."""
    chords = score.chords or find_chords(score)
    plain = [(chord, reduce_symbol(chord.symbol)) for chord in chords]
    return replace(score, chords=tuple(replace(each, symbol=to.name() if to else NO_CHORD) for each, to in plain))


def symbols_at(score, ticks):
    """Return the symbol in force at each tick."""
    onsets = [chord.tick for chord in score.chords]
    places = np.searchsorted(onsets, ticks, side="right") - 1
    return [score.chords[at].symbol if at >= 0 else NO_CHORD for at in places.tolist()]


def chart_of(score):
    """Return the chords of a score as a chart: one a bar, or one a beat where they change within it."""
    beats, lines = beat_lines(score)[:-1], bar_lines(score)
    symbols, bars = symbols_at(score, beats), np.searchsorted(lines, beats, side="right") - 1
    words = [[symbol for symbol, at in zip(symbols, bars, strict=True) if at == bar] for bar in range(BARS)]
    return " | ".join(" ".join(bar if len(set(bar)) > 1 else bar[:1]) for bar in words)


def held_out(style, count):
    """Return held-out pieces of a style with chords, evenly chosen."""
    cut = [whole_bars(score) for score in _pieces.held_out(style)]
    return [with_plain_chords(score) for score in _pieces.evenly([score for score in cut if score], count)]


def agree(score, chords=None):
    """Return the counts of COUNTS for a score against its chords, or against others."""
    score = score if chords is None else replace(score, chords=chords)
    rows, beats = pitched(score), beat_lines(score)[:-1]
    found = symbols_at(replace(score, chords=find_chords(replace(score, chords=()))), beats)
    total = np.zeros(len(COUNTS))
    for tick, symbol, label in zip(beats.tolist(), symbols_at(score, beats), found, strict=True):
        chord, other = reduce_symbol(symbol), reduce_symbol(label)
        strong = rows["pitch"][rows["onset"] == tick]
        if chord is None:
            continue
        if other is not None:
            total[6:] += [1, chord.root == other.root]
        if len(strong):
            inside = np.isin(strong % 12, chord.pitch_classes)
            sounds = rows["pitch"][(rows["onset"] <= tick) & (rows["onset"] + rows["duration"] > tick)]
            total[:6] += [1, inside.all(), len(strong), inside.sum(), 1, sounds.min() % 12 in chord.pitch_classes]
    return total


def row_of(style, what, pieces, counts):
    """Return a row of the table."""
    by_name = dict(zip(COUNTS, sum(counts), strict=True))
    pairs = ("beats agree", "beats"), ("notes agree", "notes"), ("lowest agree", "lowest"), ("same root", "labeled")
    shares = {name: f"{by_name[name] / max(by_name[of], 1):.1%}" for name, of in pairs}
    return {"style": style, "chords": what, "pieces": pieces, "beats": int(by_name["beats"]), **shares}


def rows_of(style, real, seed):
    """Yield the rows of a style: real pieces, and takes to their charts and to typical ones."""
    yield row_of(style, "real pieces, their own", len(real), [agree(score) for score in real])

    def takes_of(chart, **options):
        for at, score in enumerate(real):
            asked = {"meter": str(meters_of(score)[0]), "key": score.keys[0] if score.keys else None, "bars": BARS,
                     "chords": chart_of(score) if chart else None, **options}
            take = componium.compose(style, seed=seed + at, **asked).score
            yield agree(take, None if chart else scaled(score, take))

    yield row_of(style, "takes, of real pieces", len(real), list(takes_of(True)))
    yield row_of(style, "the same, unconstrained", len(real), list(takes_of(True, constraints={"chords": False})))
    yield row_of(style, "takes, none asked", len(real), list(takes_of(False)))
    typical = [componium.compose(style, chords=chart, key=key, bars=BARS, seed=seed + at).score
               for at, (chart, key) in enumerate(TYPICAL)]
    yield row_of(style, "takes, typical", len(typical), [agree(take) for take in typical])


def scaled(score, take):
    """Return the chords of a score in the ticks of a take."""
    return tuple(replace(chord, tick=chord.tick * take.ticks_per_quarter // score.ticks_per_quarter)
                 for chord in score.chords)


def nats_of(method, style, score):
    """Return nats without and with chords, all else counted alike, and the notes.

    The chords themselves are left out, with the positions at which nothing but a chord begins.
    """
    vocab, codec, nats = method.codec_.vocab, method.codec_, []
    for chords in ((), score.chords):
        ids = codec.encode(stating(replace(score, chords=chords), style)).ids
        (logs,) = method.token_log_probs([ids])
        families = np.array([vocab.entry(index)[0] for index in ids.tolist()])
        is_chord, after = families == "Chord", np.append(families[1:], "")
        alone = is_chord & np.isin(after, ("Pos", "Bar", "EOS"))
        counted = ~is_chord
        counted[np.flatnonzero(alone) - 1] = False
        nats.append(-logs[counted].sum())
    return np.array([*nats, codec.is_note(ids).sum()])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--styles", nargs="+", default=STYLES)
    parser.add_argument("--pieces", type=int, default=5, help="held-out pieces of a style (default: 5)")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only-nats", action="store_true", help="leave the rows of takes as they are")
    parser.add_argument("--only-print", action="store_true")
    options = parser.parse_args()
    method, rows, nats = load_model("shipped"), [], []
    for style in options.styles:
        real = held_out(style, options.pieces)
        plain, given, notes = sum(nats_of(method, style, score) for score in real)
        nats.append({"style": style, "pieces": len(real), "notes": int(notes), "nats a note": f"{plain / notes:.3f}",
                     "chords given": f"{given / notes:.3f}", "fewer": f"{1 - given / plain:.1%}"})  # fmt: skip
        for row in () if options.only_nats else rows_of(style, real, options.seed):
            print(row, file=sys.stderr, flush=True)
            rows.append(row)
    rows = rows or _report.read_csv(HERE / "results.csv")
    table = _report.markdown(list(nats[0]), [row.values() for row in nats])
    notes = [f"Nats a note of held-out pieces:\n\n{table}"]
    _report.publish(HERE, rows, (), notes=notes, only_print=options.only_print)


if __name__ == "__main__":
    main()
