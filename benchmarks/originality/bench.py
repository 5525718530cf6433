"""Copies planted in other music that are found, false alarms on unseen music, and the time that a report takes.

    scripts/bench originality [--plants 100] [--peer 10] [--parts cost,melodies,polyphony,unseen,peer] [--print]

Writes results.csv and the README's tables.
"""

import argparse
import sys
import time
from pathlib import Path

import numpy as np

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE.parent), str(HERE)]

import plants  # noqa: E402

import _pieces  # noqa: E402
import _report  # noqa: E402
import componium  # noqa: E402
from componium import corpora  # noqa: E402
from componium.analysis.lines import lines  # noqa: E402
from componium.composing.model import ORIGINALITY, last_bars  # noqa: E402
from componium.originality import Index, report_of, with_unseen  # noqa: E402
from componium.originality.sequences import VIEWS, Sequences  # noqa: E402
from componium.weights import SHIPPED  # noqa: E402

STYLES = ("chorales", "fiddle", "quartets", "madrigals")
LENGTHS, PEER_LENGTHS = (8, 12, 16, 24, 32), (8, 16)
LIMITS = (8, 12, 16, 24, 32)
HOST = 48  # notes of the music around a plant
FOUND = 0.75  # of the planted notes stand in passages from the piece that they are from
UNSEEN, TIMED = 40, 5
POLYPHONIC = ("chorales", "quartets", "madrigals")
CHANGED = (("chords", ""), ("chords", "chords"), ("chords", "onsets"), ("texture", ""), ("texture", "textures"),
           ("texture", "onsets"))  # fmt: skip
COUNTED = {"cost": "notes", "peer": "notes"}  # what the column `events` of results.csv counts, if not events
PARTS = ("cost", "melodies", "polyphony", "unseen", "peer")


# Plants


def by_style(pieces):
    """Lists of pieces, by their most general style."""
    pieces = list(pieces)
    return {style: [piece for piece in pieces if piece.styles[0] == style] for style in STYLES}


def draw_melody(rng, pieces, least):
    """A line of so many notes of a piece, in turn of some style."""
    while True:
        some = pieces[STYLES[rng.integers(len(STYLES))]]
        piece = some[rng.integers(len(some))]
        if long := [line for line in lines(piece.score) if len(line) > least]:
            return piece, long[rng.integers(len(long))]


def draw_passage(rng, pieces, n):
    """So many notes of a line, of which half or more are followed by another pitch, and the end of the last."""
    while True:
        piece, line = draw_melody(rng, pieces, n + 1)
        at = int(rng.integers(len(line) - n))
        window = line[at:at + n]
        if np.count_nonzero(np.diff(window["pitch"])) >= n // 2:
            return piece, pairs(window), int(line["onset"][at + n])


def pairs(line):
    return [(int(onset), int(pitch)) for onset, pitch in zip(line["onset"], line["pitch"], strict=True)]


def overlap(found, index, view, query_rows, piece, begin, end):
    """The share of events from `begin` to `end` that stand in passages from a piece."""
    pieces = index.sequences[view]
    own = np.array([index.names[at] == piece for at in pieces.piece[pieces.row[found.place]]], dtype=bool)
    covered = np.zeros(query_rows, dtype=bool)
    for first, last in zip(found.begin[own], found.end[own], strict=True):
        covered[first:last] = True
    return covered[begin:end].mean() if end > begin else np.nan


def melodies(index, train, unseen, count):
    """A row for each kind and length: shares found by exact search and by alignment."""
    for kind in plants.KINDS:
        for n in LENGTHS:
            rng, exact, near = np.random.default_rng(n), [], []
            for _ in range(count):
                piece, melody, end = draw_passage(rng, train, n)
                _, host = draw_melody(rng, unseen, HOST)
                score, begin, until = plants.plant(rng, *kind(rng, melody, end), pairs(host[:HOST]))
                query = Sequences.of([score], VIEWS["melody"])
                for found, shares in ((index.find_exact(query), exact), (index.find_near(query), near)):
                    shares.append(overlap(found, index, "melody", len(query), piece.id, begin, until) >= FOUND)
            yield {"what": f"melody, {kind.__name__}", "events": n, "exact search": np.mean(exact),
                   "with changes": np.mean(near), "plants": count}  # fmt: skip


def polyphony(index, train, unseen, count):
    """The same for chords and textures; where chords are changed more often, for textures of the same plants too."""
    for view, per in CHANGED:
        what = f"{view}, {f'a note changed in eight {per}' if per else 'exact'}"
        for n in (8, 16):
            found = {seen: [] for seen in ((view, "texture") if per == "onsets" and view == "chords" else (view,))}
            for piece, score, first, last in planted(np.random.default_rng(n), train, unseen, view, per, n, count):
                for seen, shares in found.items():
                    shares.append([share >= FOUND for share in shares_of(index, seen, score, piece.id, first, last)])
            for seen, shares in found.items():
                exact, near = np.mean(shares, axis=0)
                yield {"what": what if seen == view else f"{what}, as {seen}", "events": n, "exact search": exact,
                       "with changes": near, "plants": count}  # fmt: skip


def planted(rng, train, unseen, view, per, n, count):
    """So many plants of n events: the piece that each is from, the score, and the ticks where it begins and ends."""
    while count:
        style = POLYPHONIC[rng.integers(len(POLYPHONIC))]
        piece, host = (some[style][rng.integers(len(some[style]))] for some in (train, unseen))
        row = VIEWS[view].rows(piece.score)[0]
        if len(row.onset) <= n + 1:
            continue
        at = int(rng.integers(len(row.onset) - n))
        onsets, end = row.onset[at:at + n].tolist(), int(row.onset[at + n])
        if per == "onsets":
            every = np.unique(np.concatenate([track.notes["onset"] for track in piece.score.tracks]))
            onsets = every[(every >= onsets[0]) & (every < end)].tolist()
        score, first, last = plants.polyphony(rng, piece.score, host.score, onsets, end, bool(per))
        if np.diff(np.searchsorted(VIEWS[view].rows(score)[0].onset, (first, last)))[0] < 8:
            continue  # chords that became one by the change, or one with a chord of the music around
        yield piece, score, first, last
        count -= 1


def shares_of(index, view, score, piece, first, last):
    """The shares of the events from tick `first` to `last` found by exact search and by alignment."""
    rows = VIEWS[view].rows(score)
    begin, end = np.searchsorted(rows[0].onset, (first, last))
    query = Sequences.of_rows([(score, rows)], VIEWS[view].modulus)
    return [overlap(found, index, view, len(query), piece, begin, end)
            for found in (index.find_exact(query, view), index.find_near(query, view))]  # fmt: skip


# A peer: local alignment of intervals by Biopython, against each line of each piece


def peer(index, train, unseen, count):
    """How often the best piece is the one that a plant is from, by Biopython's aligner and here; seconds a query."""
    from Bio.Align import PairwiseAligner

    aligner = PairwiseAligner(mode="local", match_score=1, mismatch_score=-3, open_gap_score=-3, extend_gap_score=-3)
    melody = index.sequences["melody"]
    texts = [to_text(part) or "-" for part in np.split(melody.interval, melody.start[1:])]  # a lone note has none
    for kind in plants.KINDS:
        for n in PEER_LENGTHS:
            rng, hits, seconds = np.random.default_rng(n), [], [0.0, 0.0]
            for _ in range(count):
                piece, passage, end = draw_passage(rng, train, n)
                _, host = draw_melody(rng, unseen, HOST)
                score, *_ = plants.plant(rng, *kind(rng, passage, end), pairs(host[:HOST]))
                begun = time.process_time()
                query = to_text(Sequences.of([score], VIEWS["melody"]).interval)
                scores = [aligner.score(text, query) for text in texts]
                best = index.names[melody.piece[int(np.argmax(scores))]]
                seconds[0] += time.process_time() - begun
                begun = time.process_time()
                ours = index.compare(score).near.piece
                seconds[1] += time.process_time() - begun
                hits.append((best == piece.id, ours == piece.id))
            first, second = np.mean(hits, axis=0)
            yield {"what": kind.__name__, "notes": n, "Biopython": first, "here": second,
                   "Biopython, s": seconds[0] / count, "here, s": seconds[1] / count}  # fmt: skip


def to_text(interval):
    """Intervals as letters; those beyond an octave count as octaves."""
    return (np.clip(interval[1:].astype(int), -12, 12) + ord("a") + 12 - 20).astype(np.uint8).tobytes().decode("latin1")


# False alarms


def false_alarms(index, unseen):
    """A row for each style: how much of unseen music is found to be copied, and how often the report says so."""
    for style in STYLES:
        pieces = _pieces.evenly(unseen[style], UNSEEN)
        scores = [score for _, score in last_bars(pieces)]
        reports = [report_of(index, score) for score in scores]
        copies = [index.compare(score) for score in scores]
        halves = [with_unseen(index, [((), score) for score in scores[side::2]]) for side in (1, 0)]
        flagged = [bool(report_of(halves[at % 2], score).unusual) for at, score in enumerate(scores)
                   if halves[at % 2].unseen]  # fmt: skip
        row = {"what": style, "pieces": len(scores)}
        for limit in LIMITS:
            row[f"exact {limit}+"] = np.mean([report.exact.notes >= limit for report in reports])
        for limit in LIMITS:
            row[f"near {limit}+"] = np.mean([report.near.notes >= limit - limit // 8 for report in reports])
        row |= {f"notes in {name}": np.mean([share(each) for each in copies]) for name, share in (
            ("exact 8+", lambda each: each.exact_share(8)), ("near 8+", lambda each: each.share(8)),
            ("near 16+", lambda each: each.share(16)))}  # fmt: skip
        row |= {f"{view} 8+": np.mean([getattr(report, view).notes >= 7 for report in reports])
                for view in ("chords", "texture")}  # fmt: skip
        yield row | {"flagged": np.mean(flagged) if flagged else np.nan}


# Cost


def costs(rounds):
    """Milliseconds of processor time for the exact search alone and for the report, in turn, on shipped takes."""
    path = SHIPPED / ORIGINALITY
    takes = {style: componium.compose(style, bars=16, seed=1).score for style in ("chorales", "jig", "quartets",
                                                                                "madrigals")}  # fmt: skip
    loads = []
    for _ in range(rounds):
        begun = time.process_time()
        index = Index.load(path)
        report_of(index, takes["jig"])
        loads.append(time.process_time() - begun)
    for style, score in takes.items():
        figures = []
        for _ in range(rounds):
            spent = []
            for work in (lambda: index.longest_shared(score), lambda: report_of(index, score)):  # noqa: B023
                begun = time.process_time()
                work()
                spent.append(1000 * (time.process_time() - begun))
            figures.append(spent)
        exact, report = np.median(figures, axis=0)
        yield {"what": style, "notes": score.n_notes, "exact search, ms": exact, "report, ms": report,
               "index loaded and first report, ms": 1000 * float(np.median(loads))}  # fmt: skip


# Tables


def percent(value):
    return str(value) if isinstance(value, int) else "–" if np.isnan(value) else f"{100 * value:.0f}"


def table(rows, form):
    return _report.markdown(list(rows[0]), [[row["what"], *(form(value) for name, value in row.items()
                                                            if name != "what")] for row in rows])  # fmt: skip


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--plants", type=int, default=100, help="of each kind and length")
    parser.add_argument("--peer", type=int, default=10, help="of each kind and length, for the peer")
    parser.add_argument("--parts", default=",".join(PARTS), help="measured anew; the others stay as in results.csv")
    parser.add_argument("--print", action="store_true", help="leave the files alone")
    asked = parser.parse_args()
    chosen = asked.parts.split(",")
    corpus = corpora.load(",".join(STYLES))
    index = Index.load(SHIPPED / ORIGINALITY)
    known = set(index.names)
    train = by_style(piece for piece in corpus.train if piece.id in known)
    unseen = by_style(piece for piece in corpus.pieces if piece.split != "train" and piece.id not in known)
    work = {
        "cost": lambda: costs(TIMED), "melodies": lambda: melodies(index, train, unseen, asked.plants),
        "polyphony": lambda: polyphony(index, train, unseen, asked.plants),
        "unseen": lambda: false_alarms(index, unseen), "peer": lambda: peer(index, train, unseen, asked.peer),
    }  # fmt: skip
    kept = published()
    show({part: list(work[part]()) if part in chosen else kept.get(part, []) for part in PARTS}, asked)


def published():
    """The rows of each part that stand in results.csv."""
    parts = {}
    for cell in _report.read_csv(HERE / "results.csv"):
        found = parts.setdefault(cell["table"], {})
        count = {COUNTED.get(cell["table"], "events"): int(cell["events"])} if cell["events"] else {}
        row = found.setdefault((cell["what"], cell["events"]), {"what": cell["what"], **count})
        whole = cell["measure"] in ("pieces", "plants")
        row[cell["measure"]] = (int if whole else float)(cell["value"])
    return {part: list(rows.values()) for part, rows in parts.items()}


def show(parts, asked):
    """Print the tables; write them and results.csv."""
    plants = [*parts["melodies"], *parts["polyphony"]]
    found = [{"what": what, "plants": next(row["plants"] for row in plants if row["what"] == what),
              **{f"{n}": cell(plants, what, n) for n in LENGTHS}}
             for what in dict.fromkeys(row["what"] for row in plants)]  # fmt: skip
    texts = ["Found, in % of so many plants, by alignment (in brackets by exact search), by number of events:",
             table(found, str), f"Unseen pieces, their last 16 bars, in % of at most {UNSEEN} a style:",
             table(parts["unseen"], percent), "Processor time:", table(parts["cost"], lambda value: f"{value:.0f}")]
    if parts["peer"]:
        texts += ["The piece with the longest passage is the one planted, in shares of 1, beside Biopython:",
                  table(parts["peer"], lambda value: value if isinstance(value, int) else f"{value:.2f}")]
    packages = ("componium", "numpy", "biopython")[:3 if "peer" in asked.parts else 2]
    about = f"Measured last: {asked.parts}. Commit {_report.commit()}; {_report.machine(*packages)}."
    text = "\n\n".join([*texts, about])
    print(text)
    if not asked.print:
        rows = [{"table": part, "what": row["what"], "events": row.get("events", row.get("notes", "")), "measure": name,
                 "value": value} for part, rows in parts.items() for row in rows for name, value in row.items()
                if name not in ("what", "events", "notes")]  # fmt: skip
        _report.write_csv(HERE / "results.csv", rows)
        _report.fill(HERE / "README.md", text)


def cell(rows, what, n):
    """One kind and length in words."""
    there = [row for row in rows if row["what"] == what and row["events"] == n]
    return f"{100 * there[0]['with changes']:.0f} ({100 * there[0]['exact search']:.0f})" if there else ""


if __name__ == "__main__":
    main()
