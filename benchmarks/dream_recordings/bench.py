"""How well dreams follow the recordings that steer them, and whether they are music.

    scripts/bench dream_recordings [--seed 0] [--voices 4] [--per-kind 4] [--keep FOLDER] [--only-print]

A second at a time: the recording's loudness (K-weighted, in dB) against the take's onsets, and its spectral centroid
(on a logarithmic scale) against the mean pitch of what sounds, weighted by time; Pearson's r. Recordings are measured
by code of this file, not by that which steers. The control pairs each take with the recordings of the others.
"""

import argparse
import sys
import wave
from itertools import groupby
from pathlib import Path

import numpy as np

import componium
from componium import corpora
from componium.audio.loudness import k_weighting, weighted_energy
from componium.audio.recording import Sound
from componium.composing.dream import dream
from componium.composing.model import resolve_model
from componium.music.theory import SCALES
from componium.music.time import tick_to_second

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE.parent), str(HERE)]

from recordings import KINDS, RATE, recordings  # noqa: E402

import _report  # noqa: E402

QUIET = -50.0  # dB below the loudest second: no centroid is compared there
CHORDS = [{0, 4, 7}, {0, 3, 7}, {0, 3, 6}, {0, 4, 8}, {0, 4, 7, 10}, {0, 3, 7, 10}, {0, 4, 7, 11}, {0, 3, 6, 10}]


def heard(samples):
    """Loudness (dB) and centroid (semitones) of each whole second."""
    seconds = samples[: len(samples) // RATE * RATE].reshape(-1, RATE)
    loudness = np.array([10 * np.log10(max(weighted_energy(second, RATE), 1e-12)) for second in seconds])
    hertz, weights = np.fft.rfftfreq(RATE, 1 / RATE), np.abs(k_weighting(RATE, RATE)) ** 2
    power = np.abs(np.fft.rfft(seconds * np.hanning(RATE))) ** 2 * weights
    used = (hertz > 30) & (hertz < 10_000)
    centroid = 12 * (power[:, used] @ np.log2(hertz[used])) / np.maximum(power[:, used].sum(axis=1), 1e-30)
    return loudness, np.where(loudness > loudness.max() + QUIET, centroid, np.nan)


def played(score, n_seconds):
    """Onsets, and the mean pitch weighted by time (nan where nothing sounds), in each second."""
    notes = np.concatenate([track.notes for track in score.tracks])
    onset = tick_to_second(score, notes["onset"])
    offset = tick_to_second(score, notes["onset"] + notes["duration"])
    at = np.arange(n_seconds)[:, None]
    density = ((onset >= at) & (onset < at + 1)).sum(axis=1)
    inside = np.maximum(np.minimum(offset, at + 1) - np.maximum(onset, at), 0)
    return density, np.where(inside.any(axis=1), inside @ notes["pitch"] / np.maximum(inside.sum(axis=1), 1e-9), np.nan)


def correlation(one, other):
    """Pearson's r of what is known of both, over the shorter of the two; 0 where one of them never changes."""
    size = min(len(one), len(other))
    known = np.isfinite(one[:size]) & np.isfinite(other[:size])
    a, b = one[:size][known], other[:size][known]
    return float(np.corrcoef(a, b)[0, 1]) if len(a) > 2 and a.std() and b.std() else 0.0


def chordal(score):
    """The share of sixteenths of three or more pitch classes that are all of one triad or seventh chord."""
    notes = np.concatenate([track.notes for track in score.tracks])
    step = score.ticks_per_quarter // 4
    hits = total = 0
    for tick in range(0, score.end, step):
        sounding = (notes["onset"] <= tick) & (notes["onset"] + notes["duration"] > tick)
        classes = set((notes["pitch"][sounding] % 12).tolist())
        if len(classes) >= 3:
            total += 1
            hits += any({(pitch - root) % 12 for pitch in classes} <= chord for root in range(12) for chord in CHORDS)
    return hits / max(total, 1)


def in_key(score):
    """The share of notes in the scale of the score's key."""
    pitches, key = np.concatenate([track.notes["pitch"] for track in score.tracks]), score.keys[0]
    return float(np.isin((pitches - key.tonic) % 12, SCALES[key.mode]).mean())


def n_pitches(score):
    """The number of different pitches."""
    return len(np.unique(np.concatenate([track.notes["pitch"] for track in score.tracks])))


def longest_run(score):
    """The most times in a row that a voice strikes one pitch."""
    return max(len(list(run)) for track in score.tracks for _, run in groupby(track.notes["pitch"].tolist()))


def figures(label, scores, paired, control):
    """A row: means over takes, and the least correlation."""
    density, pitch = np.array(paired).T if paired else (np.zeros(0), np.zeros(0))
    found = {"takes": label, "n": len(scores)}
    for name, values, shuffled in (("density", density, 0), ("pitch", pitch, 1)):
        found[f"r {name}"] = round(float(values.mean()), 2) if len(values) else ""
        found[f"least r {name}"] = round(float(values.min()), 2) if len(values) else ""
        found[f"shuffled r {name}"] = round(float(np.mean(control, axis=0)[shuffled]), 2) if control else ""
    found |= {"chords": round(float(np.mean([chordal(score) for score in scores])), 2),
              "in key": round(float(np.mean([in_key(score) for score in scores])), 2),
              "longest run": max(map(longest_run, scores)),
              "pitches": round(float(np.mean(list(map(n_pitches, scores)))))}  # fmt: skip
    return found


def rows_of(label, made):
    """A row for each kind and one for all; `made` are (kind, number, what was heard, what was played, score)."""
    control = {at: [tuple(map(correlation, made[other][2], made[at][3])) for other in range(len(made)) if other != at]
               for at in range(len(made))}  # fmt: skip
    for kind in (*KINDS, "all"):
        chosen = [at for at in range(len(made)) if kind in (made[at][0], "all")]
        if chosen:
            paired = [tuple(map(correlation, made[at][2], made[at][3])) for at in chosen]
            yield figures(f"{label}{kind}", [made[at][4] for at in chosen], paired,
                          [pair for at in chosen for pair in control[at]])


def unlearned():
    """The shipped net with all its weights 0: the steering alone."""
    method = resolve_model("dream").method
    learned, weights = method.get_weights()
    nothing = {name: 0 * array for name, array in weights.items()}
    return type(method)(**method.get_params()).set_weights(learned, nothing)


def dreams(options, per_kind, **chosen):
    """(kind, number, what was heard, what was played, score) of each recording."""
    made = []
    for kind, number, samples in recordings(per_kind, options.seed):
        take = dream(Sound(samples, RATE), seed=options.seed, **{"voices": options.voices, **chosen})
        sounds = heard(samples)
        made.append((kind, number, sounds, played(take.score, len(sounds[0])), take.score))
        length = float(tick_to_second(take.score, take.score.end))
        found = " ".join(f"{correlation(*pair):.2f}" for pair in zip(sounds, made[-1][3], strict=True))
        print(f"{kind} {number}: r {found}, {len(samples) / RATE:.1f} s, take {length:.1f} s, {take.score!r}",
              file=sys.stderr, flush=True)
        if options.keep and not chosen:
            keep(options.keep / f"{kind.replace(' ', '-')}-{number}", samples, take.score)
    return made


def made_off(made, options):
    """The difference of each take's length from its recording's, in seconds."""
    for (_, _, samples), (*_, score) in zip(recordings(options.per_kind, options.seed), made, strict=True):
        yield abs(float(tick_to_second(score, score.end)) - len(samples) / RATE)


def keep(path, samples, score):
    """Write a recording and its take to listen to."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with wave.open(str(path.with_suffix(".wav")), "wb") as file:
        file.setparams((1, 2, RATE, 0, "NONE", ""))
        file.writeframes((samples * 32767).astype("<i2").tobytes())
    componium.write(score, path.with_suffix(".mid"))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--voices", type=int, default=4)
    parser.add_argument("--per-kind", type=int, default=4, help="recordings of each kind")
    parser.add_argument("--keep", type=Path, metavar="FOLDER", help="where recordings and takes are written, if at all")
    parser.add_argument("--only-print", action="store_true")
    parser.add_argument("--quick", action="store_true", help="neither 8 voices, nor the net without weights, nor Bach")
    options = parser.parse_args()
    made = dreams(options, options.per_kind)
    rows = list(rows_of("", made))
    few = -(-options.per_kind // 2)
    if not options.quick:
        rows += list(rows_of("8 voices, ", dreams(options, few, voices=8)))[-1:]
        rows += list(rows_of("steering without a net, ", dreams(options, few, method=unlearned())))[-1:]
        bach = [piece.score for piece in corpora.load("chorales").test][:20]
        rows.append(figures("test chorales", bach, [], []))
    _report.publish(HERE, rows, (), notes=[
        f"{len(made)} recordings, {options.voices} voices where no other number is stated, seed {options.seed}. The "
        f"length of a take differs from its recording's by at most {max(made_off(made, options)):.2f} s.",
    ], only_print=options.only_print)


if __name__ == "__main__":
    main()
