"""Sopranos of held-out chorales harmonised in four parts, beside Bach's own harmonisations.

    scripts/bench harmonize [--seed 0] [--model NAME] [--tries 8] [--only-model] [--only-print]

All learn from the training chorales; figures are of the test chorales. Three models of the same chords (the 400
commonest) are compared: the whole HMM, its chords' moves alone (Markov, the melody unheard), its notes' chances alone
(the commonest chord for each note). `rules` learns nothing, has no likelihood, and sets only sopranos that triads and
applied dominants can set: its row is of those, and so is the HMM's under it. How long a fit takes stands below it all.
"""

import argparse
import datetime
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np

import componium
from componium import corpora
from componium.decoding.constraints.ranges import Ranges
from componium.errors import ControlError
from componium.methods.hmm import HMM
from componium.methods.hmm.baum_welch import Chain, em_step, random_chain
from componium.methods.hmm.states import beat_pitches
from componium.methods.rules import Rules
from componium.metrics import harmony
from componium.music.time import n_bars

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent))

import _report  # noqa: E402


def with_chains(model, change):
    """The fitted model with every chain of chords replaced."""
    found = HMM(ornament=model.ornament).set_weights(*model.get_weights())
    found.models_ = {name: {**each, "chain": change(each["chain"])} for name, each in found.models_.items()}
    return found


def deaf(chain):
    """Chords that follow each other whatever the melody is."""
    return replace(chain, emits=np.full(chain.emits.shape, -np.log(chain.emits.shape[1])))


def aimless(shares):
    """Chords as common as they are over the melody's degree, whatever came before."""
    def change(chain):
        logs = np.log(shares[len(chain.start)])
        return Chain(logs, np.tile(logs, (len(logs), 1)), chain.emits)
    return change


def stationary(model):
    """How common each chord is, by the number of chords (each model has its own)."""
    found = {}
    for each in model.models_.values():
        share = np.exp(each["chain"].start)
        for _ in range(200):
            share = share @ np.exp(each["chain"].moves)
        found[len(share)] = share / share.sum()
    return found


def agreement(score, real):
    """At each beat at which Bach's four parts sound: the same chord, bass and notes or not; and how many beats."""
    mine, his = beat_pitches(score), beat_pitches(real)
    both = (mine.min(axis=1) >= 0) & (his.min(axis=1) >= 0)
    mine, his = mine[both], his[both]
    chord = [set((a % 12).tolist()) == set((b % 12).tolist()) for a, b in zip(mine, his, strict=True)]
    bass = mine[:, -1] % 12 == his[:, -1] % 12
    return np.array([sum(chord), bass.sum(), (mine == his).all(axis=1).sum(), len(mine)])


def outside(score, ranges):
    """Notes of the lower parts outside the usual ranges, and all."""
    pitches = [track.notes["pitch"] for track in score.tracks[1:]]
    wrong = sum(int(((p < low) | (p > high)).sum()) for p, (low, high) in zip(pitches, ranges[1:], strict=True))
    return wrong, sum(map(len, pitches))


def row_of(name, found, real, ranges, told=("", "")):
    """A row of the table: `found` and `real` are the harmonisations in order."""
    same = sum(agreement(score, bach) for score, bach in zip(found, real, strict=True))
    bars = sum(n_bars(score) for score in found)
    wrong, notes = (sum(column) for column in zip(*(outside(score, ranges) for score in found), strict=True))

    def a_bar(metric):
        return round(sum(metric(score) * n_bars(score) for score in found) / bars, 3)

    return {
        "harmonised by": name, "nats a chord": told[0], "same chord": round(float(same[0] / same[3]), 3),
        "same bass": round(float(same[1] / same[3]), 3), "same notes": round(float(same[2] / same[3]), 3),
        "parallel fifths a bar": a_bar(harmony.parallel_fifths),
        "parallel octaves a bar": a_bar(harmony.parallel_octaves),
        "crossings": round(float(np.mean([harmony.voice_crossing_rate(score) for score in found])), 3),
        "out of range": round(wrong / notes, 4), "lower notes a beat": round(float(notes / 3 / same[3]), 2),
    }  # fmt: skip


def by_rules(real):
    """The scores whose sopranos the rules can set, and the settings."""
    found = []
    for score in real:
        try:
            found.append((score, Rules().harmonize(score)))
        except ControlError as error:
            print(error, file=sys.stderr, flush=True)
    return [score for score, _ in found], [made for _, made in found]


def rows_of_model(options, real, ranges):
    """Rows of a saved model that states regions: drawn once, and set to the chords of most tries."""
    sopranos = [replace(score, tracks=score.tracks[:1], chords=()) for score in real]
    for tries in dict.fromkeys((1, options.tries)):
        made = [componium.harmonize(score, method=options.model, seed=options.seed + at, tries=tries).score
                for at, score in enumerate(sopranos)]
        how = "drawn" if tries == 1 else f"chords of {tries} tries, then likeliest"
        yield row_of(f"model {Path(options.model).name}, {how}", made, real, ranges)


def publish_models(rows, options):
    """Put rows of models in the place of those before; all other rows and notes stay."""
    kept = [row for row in _report.read_csv(HERE / "results.csv") if not row["harmonised by"].startswith("model")]
    rows, readme = [*kept, *rows], HERE / "README.md"
    shown = readme.read_text(encoding="utf-8").split(_report.BEGIN)[1].split(_report.END)[0]
    notes = [note for note in shown.strip().split("\n\n")[1:] if not note.startswith("Models:")]
    about = f"Models: {datetime.date.today()}, commit {_report.commit()}; seed {options.seed}."
    text = "\n\n".join([_report.markdown(list(rows[0]), [row.values() for row in rows]), *notes, about])
    print(text)
    if not options.only_print:
        _report.write_csv(HERE / "results.csv", rows)
        _report.fill(readme, text)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--model", default="shipped", help="a model that states regions (default: shipped)")
    parser.add_argument("--tries", type=int, default=8, help="of the model, beside one (default: 8)")
    parser.add_argument("--only-model", action="store_true", help="measure the model alone; all other rows stay")
    parser.add_argument("--pieces", type=int, default=39, help="sopranos, from the first on (default: all)")
    parser.add_argument("--only-print", action="store_true")
    options = parser.parse_args()
    corpus = corpora.load("chorales")
    real = [piece.score for piece in corpus.test if len(piece.score.tracks) == 4][: options.pieces]
    ranges = Ranges.measure([piece.score for piece in corpus.train])["by_voices"]["4"]
    if options.only_model:
        publish_models(list(rows_of_model(options, real, ranges)), options)
        return
    whole = HMM().fit(corpus)
    plain = HMM(ornament=0.0).set_weights(*whole.get_weights())
    free = HMM(ornament=0.0, parallel_cost=0.0).set_weights(*whole.get_weights())
    markov, degrees = with_chains(whole, deaf), with_chains(whole, aimless(stationary(whole)))
    rows = [row_of("Bach", real, real, ranges)]
    for name, model, draws in (
        ("HMM, likeliest", whole, False), ("HMM, drawn", whole, True), ("HMM, likeliest, plain", plain, False),
        ("HMM, likeliest, plain, parallels free", free, False),
        ("Markov, melody unheard, drawn", markov, True), ("commonest chord for the note", degrees, False),
    ):  # fmt: skip
        streams = np.random.default_rng(options.seed).spawn(len(real))
        made = [model.harmonize(s, rng=rng if draws else None) for s, rng in zip(real, streams, strict=True)]
        cost, known, beats = np.sum([model.harmony_nats(score) for score in real], axis=0)
        rows.append(row_of(name, made, real, ranges, (round(float(cost / known), 3), known / beats)))
        print(rows[-1], file=sys.stderr, flush=True)
    can, set_by_rules = by_rules(real)
    for name, made in (("rules", set_by_rules), ("HMM, likeliest", [whole.harmonize(score) for score in can])):
        rows.append(row_of(f"{name}, {len(can)} sopranos", made, can, ranges))
    rows += rows_of_model(options, real, ranges)
    _report.publish(HERE, rows, ["ortools"], notes=[
        f"{len(real)} test chorales; {known / beats:.1%} of {int(beats)} beats have one of the known chords.",
        speed(corpora.load("fiddle")),
    ], only_print=options.only_print)


def speed(corpus):
    """How long learning a corpus in one part takes, in words."""
    start = time.process_time()
    HMM().fit(corpus)
    took = time.process_time() - start
    lines = [beat_pitches(piece.score)[:, 0] for piece in corpus.train]
    lines = [line[line >= 0] % 12 for line in lines][:500]
    chain = random_chain(8, 12, np.random.default_rng(0))
    start = time.process_time()
    em_step(chain, lines)
    batched = time.process_time() - start
    start = time.process_time()
    for line in lines:
        em_step(chain, [line])
    alone = time.process_time() - start
    return (f"Fitting `fiddle` ({len(corpus.train)} tunes in one part) takes {took:.1f} s of processor time. "
            f"One step of Baum-Welch over {sum(map(len, lines))} beats of {len(lines)} of them, 8 states: "
            f"{batched:.3f} s in batches, {alone:.3f} s tune by tune.")


if __name__ == "__main__":
    main()
