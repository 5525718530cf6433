"""Dynamics: pp against ff in rendered sound, and the range of pianists' dynamics beside that of our rules."""

import warnings
from dataclasses import replace

import numpy as np

PP, FF = 33, 112  # velocities
PROGRAMS = {"piano": 0, "harpsichord": 6, "vibraphone": 11, "church organ": 19, "accordion": 21, "guitar": 24,
            "bass": 33, "violin": 40, "cello": 42, "harp": 46, "strings": 48, "choir": 52, "trumpet": 56, "horn": 60,
            "saxophone": 65, "oboe": 68, "clarinet": 71, "flute": 73, "drums": None}  # fmt: skip
LOW = {"bass", "cello"}  # an octave and a half lower than the others
SECONDS, WINDOW = 120, 2.0  # of each performance; of a window whose mean velocity is taken
ERAS = {"Bach": ("Bach",), "Haydn, Mozart": ("Haydn", "Mozart"), "Beethoven, Schubert": ("Beethoven", "Schubert"),
        "Chopin, Schumann, Liszt": ("Chopin", "Schumann", "Liszt")}  # fmt: skip


def pp_rows(rate):
    """A row for each instrument: ff louder than pp by so many dB, by each synthesizer that is there."""
    from componium.errors import MissingExtraError

    synths = ["additive", "soundfont"]
    rows = []
    for name, program in PROGRAMS.items():
        row = {"instrument": name}
        for synth in list(synths):
            try:
                row[f"{synth}, dB"] = f"{gained(name, program, synth, rate):.1f}"
            except MissingExtraError:
                synths.remove(synth)
        rows.append(row)
    return rows


def gained(name, program, synth, rate):
    """K-weighted energy of 16 quarters at ff over that of the same at pp, in dB; they follow after a rest."""
    from componium.audio.loudness import weighted_energy
    from componium.music.score import Score, Tempo, Track, notes
    from componium.render.sound import render

    base = 42 if name in LOW else 60
    pitches = [36, 42, 38, 42] * 4 if program is None else [base + step for step in (0, 2, 4, 5, 7, 5, 4, 2) * 2]
    rows = [(480 * (at + begin), 480, pitch, velocity) for begin, velocity in ((0, PP), (20, FF))
            for at, pitch in enumerate(pitches)]  # fmt: skip
    track = Track(notes(rows), program=program or 0, is_drum=program is None)
    samples = render(Score((track,), tempos=(Tempo(0, 100.0),)), synth=synth, sample_rate=rate).samples
    size, second = int(16 * 0.6 * rate), int(20 * 0.6 * rate)
    energy = [sum(weighted_energy(np.ascontiguousarray(samples[at : at + size, channel]), rate) for channel in (0, 1))
              for at in (0, second)]  # fmt: skip
    return 10 * np.log10(energy[1] / energy[0])


def pianist_rows(folder):
    """A row for each era: the range of dynamics of pianists, and of our rules with the weights of `piano`.

    folder  the ASAP dataset: scores, and performances recorded on a Disklavier; of each piece the first is taken
    """
    found = {}
    for composer, score, played in pieces(folder):
        ours = ranges(*rules(score))
        found.setdefault(composer, []).append((*ranges(*played), *ours))
    groups = {**ERAS, "all": tuple(found)}
    rows = []
    for era, composers in groups.items():
        values = [one for composer in composers for one in found.get(composer, ())]
        notes, means, our_notes, our_means = np.median(values, axis=0)
        rows.append({"music of": era, "pieces": len(values),
                     "notes, dB": f"{notes:.1f}", "by rules": f"{our_notes:.1f}",
                     "2 s, dB": f"{means:.1f}", "2 s by rules": f"{our_means:.1f}"})  # fmt: skip
    return rows


def pieces(folder):
    """Yield (composer, score, onsets and velocities as played) of pieces that are read."""
    import componium

    for path in sorted(folder.glob("*/**/xml_score.musicxml")):
        composer = path.relative_to(folder).parts[0]
        performances = sorted(set(path.parent.glob("*.mid")) - {path.parent / "midi_score.mid"})
        if not performances:
            continue
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield composer, componium.read(path), as_played(componium.read(performances[0]))


def as_played(score):
    """Onsets in seconds, and velocities, of a recorded performance."""
    from componium.music.time import tick_to_second

    onset = np.concatenate([tick_to_second(score, track.notes["onset"].astype(float)) for track in score.tracks])
    return onset, np.concatenate([track.notes["velocity"] for track in score.tracks])


def rules(score):
    """The same of our performance of a score without its dynamics, as takes have none."""
    import componium

    tracks = []
    for track in score.tracks:
        notes = track.notes.copy()
        notes["velocity"] = 0
        tracks.append(replace(track, notes=notes))
    played = componium.perform(replace(score, tracks=tuple(tracks)), "piano", seed=1)
    onset = np.concatenate([played.seconds(track)[0] for track in range(len(tracks))])
    return onset, np.concatenate([notes["velocity"] for notes in played.played])


def ranges(onset, velocity):
    """The 95th percentile less the 5th, at 40 log10 of velocity: of notes, and of means over windows."""
    level = 40 * np.log10(np.maximum(velocity[onset < SECONDS], 1))
    window = (onset[onset < SECONDS] / WINDOW).astype(int)
    means = [level[window == at].mean() for at in np.unique(window) if (window == at).sum() > 1]
    return tuple(float(np.percentile(values, 95) - np.percentile(values, 5)) for values in (level, means))
