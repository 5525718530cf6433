"""200 takes of each style, none rejected or repaired, held against what was asked for and against real pieces.

    scripts/bench takes [--takes 200] [--bars 16] [--method FOLDER] [--keep DIR] [--workers 2]

Writes results.csv and the README's table when all takes of all styles are made.
"""

import argparse
import itertools
import multiprocessing
import sys
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import numpy as np

import componium
from componium import corpora
from componium.analysis.cadence import ends_on_tonic
from componium.analysis.histograms import interval_profile
from componium.analysis.key import find_key, same_key
from componium.evaluation.likelihood import compare_measures
from componium.metrics import pitch, rhythm
from componium.music.pitch import str_key
from componium.music.score import Key, Meter
from componium.music.time import meters_of, n_bars
from componium.music.transform import slice_bars
from componium.originality.index import Index
from componium.weights import SHIPPED

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent))

import _report  # noqa: E402

STYLES = ("chorales", "fiddle", "quartets", "madrigals")
INTERVALS = [f"interval {step:+d}" for step in range(-12, 13)]
KEYS_A_MODE, METERS = 4, 6  # asked for at most
COMMON = 0.03  # a key or metre is common if so many of the training pieces have it
INDEX = None  # of the training music, in each process


# What is asked for


def common(values, most):
    counts = Counter(values)
    return [value for value, count in counts.most_common(most) if count >= COMMON * counts.total()]


def wishes(train, count):
    """Common keys, major and minor, with common metres, in turn: pairs and how many takes each gets."""
    keys = [piece.score.keys[0] for piece in train if piece.score.keys]
    asked = [Key(0, fifths, mode) for mode in ("major", "minor")
             for fifths in common([key.fifths for key in keys if key.mode == mode], KEYS_A_MODE)]
    last = [meters_of(piece.score)[-1] for piece in train]  # after the pickup
    meters = [Meter(0, *pair) for pair in common([(meter.numerator, meter.denominator) for meter in last], METERS)]
    cycle = itertools.islice(itertools.cycle(itertools.product(keys_in_turn(asked), meters)), count)
    return list(Counter(cycle).items())


def keys_in_turn(keys):
    """Major, minor, major, ..., so that a few takes have both."""
    halves = [[key for key in keys if key.mode == mode] for mode in ("major", "minor")]
    return [key for pair in itertools.zip_longest(*halves) for key in pair if key]


# What is measured; all scores are measured alike, each in a process of its own if asked for


def learn(index):
    global INDEX  # noqa: PLW0603
    INDEX = index


def measure(score, key, *, held_out=True):
    """Everything about one score as figures; nan where it can't be said."""
    profile = interval_profile(score)
    tonal = key is not None and key.mode in ("major", "minor")
    shared = INDEX.longest_shared(score) if held_out else None  # training music would find itself
    return {
        "bars": n_bars(score),
        "notes": score.n_notes,
        "ends_on_tonic": float(ends_on_tonic(score, key)) if key else np.nan,
        "key_found": finds(score, key) if tonal else np.nan,
        "key_found_by_notes": finds(score, key, final=0) if tonal else np.nan,
        "closing_quarters": closing_quarters(score),
        "longest_repeated_note": pitch.longest_repeated_note(score),
        "longest_repeated_quarters": pitch.longest_repeated_quarters(score),
        "pitch_class_entropy": pitch.pitch_class_entropy(score),
        "repeat_rate": float(profile[12]),
        "step_rate": pitch.step_rate(score),
        "leap_rate": pitch.leap_rate(score),
        "mean_interval": float(profile @ np.abs(np.arange(-12, 13))),
        **dict(zip(INTERVALS, profile.tolist(), strict=True)),
        "shared_notes": float(shared.notes) if shared else np.nan,
        "shared_bars": shared.bars if shared else np.nan,
    }


def closing_quarters(score):
    """From the last onset to the last end."""
    onsets = [track.notes["onset"].max() for track in score.tracks if len(track.notes)]
    return float(score.end - max(onsets)) / score.ticks_per_quarter if onsets else np.nan


def finds(score, key, **options):
    return float(score.n_notes > 0 and same_key(find_key(score, **options), key))


def of_real(job):
    """A real piece's last bars, as many as a take has (or all, if it is shorter), in the key in force there."""
    score, bars, held_out = job
    cut = slice_bars(score, max(n_bars(score) - bars, 0), n_bars(score))
    return measure(cut, cut.keys[-1] if cut.keys else None, held_out=held_out)


def of_takes(job):
    """Compose the takes of one wish, and measure them."""
    style, key, meter, count, bars, seed, folder, keep = job
    takes = componium.compose(style=style, key=key, meter=meter, bars=bars, n=count, seed=seed, method=folder,
                              endings=1)
    for take in takes if keep else ():
        name = f"{seed:04d}-{take.number} {str_key(key)} {str(meter).replace('/', '-')}.mid"
        take.write(keep / style / name)
    return [
        {
            **measure(take.score, key),
            "bars_exact": float(rhythm.bars_exact(take.score, bars)),
            "metre_exact": float(rhythm.meter_exact(take.score, meter) == 1),
            "music": [track.notes.tobytes() for track in take.score.tracks],
        }
        for take in takes
    ]


def run(style, corpus, options, work):
    """The measures of all takes and all real pieces of a style."""
    start = time.perf_counter()
    pieces = corpus.of_style(style)
    if options.keep:
        (options.keep / style).mkdir(parents=True, exist_ok=True)
    jobs = [(style, key, meter, count, options.bars, options.seed + at, options.method, options.keep)
            for at, ((key, meter), count) in enumerate(wishes(pieces.train, options.takes))]
    takes = [row for rows in work(of_takes, jobs) for row in rows]
    took = time.perf_counter() - start
    long_enough = [piece for piece in pieces if 2 * n_bars(piece.score) >= options.bars and piece.score.n_notes]
    real = list(work(of_real, [(piece.score, options.bars, piece.split != "train") for piece in long_enough]))
    print(f"{style}: {len(takes)} takes of {len(jobs)} wishes in {took:.0f} s, {len(real)} real pieces "
          f"in {time.perf_counter() - start - took:.0f} s", file=sys.stderr, flush=True)
    return takes, real


# What is reported


def rows_of(style, takes, real):
    """One row a measure."""
    rows = [{"style": style, "measure": name, "takes": round(float(np.mean([take[name] for take in takes])), 4),
             "real": "", "real_low": "", "real_high": "", "inside": ""} for name in ("bars_exact", "metre_exact")]
    distinct = len({tuple(take.pop("music")) for take in takes})
    rows.append({**rows[0], "measure": "distinct", "takes": distinct / len(takes)})
    for row in compare_measures(takes, real):
        names = ("takes", "real", "real_low", "real_high", "inside")
        figures = (row.generated, row.real, *row.interval, row.inside)
        rows.append({"style": style, "measure": row.metric,
                     **{name: round(figure, 4) for name, figure in zip(names, figures, strict=True)}})
    for name in ("shared_notes", "shared_bars", "longest_repeated_note"):
        most = [float(np.nanmax([row[name] for row in some])) for some in (takes, real)]
        rows.append({**rows[0], "measure": f"most {name}", "takes": round(most[0], 2), "real": round(most[1], 2)})
    return [*rows, profile_row(rows)]


def profile_row(rows):
    """The interval profile as one: the share of its bins with the takes' mean inside, and of their single values."""
    bins = [row for row in rows if row["measure"] in INTERVALS]
    means, values = np.mean([mean_inside(row) for row in bins]), np.mean([row["inside"] for row in bins])
    return {**bins[0], "measure": "interval_profile", "takes": float(means), "real": "",
            "real_low": "", "real_high": "", "inside": round(float(values), 4)}


def mean_inside(row):
    return row["real_low"] <= row["takes"] <= row["real_high"]


def beside(row):
    return f"{row['takes']:.1%} ({row['real']:.1%})"


def inside(row):
    """Mean, the real interval, and the share inside it."""
    return f"{row['takes']:.2f} ({row['real_low']:.2f}-{row['real_high']:.2f}), {row['inside']:.0%}"


LINES = (
    ("bars exact", "bars_exact", lambda row: f"{row['takes']:.1%}"),
    ("metre exact", "metre_exact", lambda row: f"{row['takes']:.1%}"),
    ("distinct", "distinct", lambda row: f"{row['takes']:.1%}"),
    ("ends on the tonic (real)", "ends_on_tonic", beside),
    ("key asked = found, ending counted (real)", "key_found", beside),
    ("key asked = found, notes alone (real)", "key_found_by_notes", beside),
    ("the last chord, in quarters", "closing_quarters", inside),
    ("longest run of one note, in notes", "longest_repeated_note", inside),
    ("the longest of all (real)", "most longest_repeated_note", lambda row: f"{row['takes']:.0f} ({row['real']:.0f})"),
    ("longest run of one note, in quarters", "longest_repeated_quarters", inside),
    ("pitch-class entropy, bits", "pitch_class_entropy", inside),
    ("interval profile: means inside, values inside", "interval_profile",
     lambda row: f"{row['takes'] * 25:.0f} of 25, {row['inside']:.0%}"),
    ("repeats among intervals", "repeat_rate", inside),
    ("steps among intervals", "step_rate", inside),
    ("leaps among intervals", "leap_rate", inside),
    ("mean interval, semitones", "mean_interval", inside),
    ("notes", "notes", inside),
    ("longest passage shared, notes", "shared_notes", inside),
    ("longest passage shared, bars", "shared_bars", inside),
    ("the longest of all, notes (real)", "most shared_notes", lambda row: f"{row['takes']:.0f} ({row['real']:.0f})"),
)


AIMS = (
    ("every bar and metre exact", ("bars_exact", "metre_exact"), lambda row: row["takes"] == 1),
    ("ends on the tonic as often as real pieces, within 5 points", ("ends_on_tonic",),
     lambda row: abs(row["takes"] - row["real"]) <= 0.05),
    ("key asked = key found in 95 %", ("key_found",), lambda row: row["takes"] >= 0.95),
    ("the same by the notes alone", ("key_found_by_notes",), lambda row: row["takes"] >= 0.95),
    ("longest run and entropy inside, on average", ("longest_repeated_note", "pitch_class_entropy"), mean_inside),
    ("every interval's share inside, on average", INTERVALS, mean_inside),
)


def tables(rows, styles):
    """The figures, and which aims they meet."""
    found = {(row["style"], row["measure"]): row for row in rows}
    figures = [(label, *(show(found[style, name]) if (style, name) in found else "" for style in styles))
               for label, name, show in LINES]
    aims = [(label, *("yes" if all(is_met(found[style, name]) for name in names) else "no" for style in styles))
            for label, names, is_met in AIMS]
    return "\n\n".join([_report.markdown(("", *styles), figures), _report.markdown(("aim met", *styles), aims)])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--takes", type=int, default=200, help="of each style")
    parser.add_argument("--bars", type=int, default=16)
    parser.add_argument("--styles", default=",".join(STYLES))
    parser.add_argument("--method", type=Path, default=SHIPPED, help="folder of a model (default: the shipped one)")
    parser.add_argument("--seed", type=int, default=0, help="the first wish's; the next have the following ones")
    parser.add_argument("--keep", type=Path, help="a folder for the takes as MIDI files")
    parser.add_argument("--workers", type=int, default=1)
    options = parser.parse_args()
    styles, about = options.styles.split(","), _report.machine("componium", "numpy")
    print(about)
    corpus = corpora.load(",".join(styles))
    index = Index.of((piece.id, piece.score) for piece in corpus.train)
    rows = []
    if options.workers > 1:
        context = multiprocessing.get_context("spawn")
        with ProcessPoolExecutor(options.workers, context, initializer=learn, initargs=(index,)) as pool:
            for style in styles:
                rows += rows_of(style, *run(style, corpus, options, pool.map))
    else:
        learn(index)
        for style in styles:
            rows += rows_of(style, *run(style, corpus, options, map))
    text = f"{tables(rows, styles)}\n\n{options.takes} takes of {options.bars} bars a style. Run on {about}."
    print(text)
    if options.styles != ",".join(STYLES) or options.takes < parser.get_default("takes"):
        print("a part only: results.csv and README.md are left as they are", file=sys.stderr)
        return
    _report.write_csv(HERE / "results.csv", rows)
    _report.fill(HERE / "README.md", text)


if __name__ == "__main__":
    main()
