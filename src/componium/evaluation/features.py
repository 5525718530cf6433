"""The features by which generated pieces are told from real ones, by group.

A feature is a function of a score, f(score) -> float, whose docstring has its formula; to add one, write it in a family
of `metrics` and name it here. Undefined values are nan: a tune has no parallels.
"""

from collections.abc import Callable

from componium.metrics import form, harmony, key, melody, pitch, progression, rhythm, structure, voice_leading
from componium.music.score import Score

type_feature = Callable[[Score], float]

FEATURES: dict[str, tuple[type_feature, ...]] = {
    "form": (
        form.recurrence_4, form.recurrence_8, form.recurrence_16, structure.repeated_bar_rate, form.motif_economy,
        form.strain_contrast, form.pickup, form.imitation,
    ),
    "harmony": (
        harmony.consonance_rate, key.key_clarity, progression.harmonic_rhythm, progression.final_authentic,
        progression.phrase_triad_rate, progression.rate_ii_v_i, progression.rate_i_iv_v_i,
    ),
    "voice leading": (
        harmony.parallel_fifths, harmony.parallel_octaves, harmony.voice_crossing_rate,
        voice_leading.dissonance_resolution, voice_leading.contrary_motion_rate,
    ),
    "rhythm": (
        rhythm.onset_entropy, rhythm.duration_entropy, rhythm.bar_rhythm_entropy, rhythm.commonest_bar_rhythm,
        rhythm.groove_consistency,
    ),
    "melody": (
        pitch.pitch_class_entropy, pitch.scale_consistency, pitch.interval_entropy, pitch.step_rate, pitch.leap_rate,
        pitch.longest_repeated_note, melody.melodic_range, melody.turn_rate, melody.leap_recovery, melody.final_leap,
        melody.climax_place,
    ),
    "density": (rhythm.notes_per_quarter, rhythm.density_variation, rhythm.silence_rate, pitch.polyphony),
}  # fmt: skip
GROUP_OF = {feature.__name__: group for group, features in FEATURES.items() for feature in features}


def measure(score: Score) -> dict[str, float]:
    """Return every feature of a score by its name, nan where it is undefined."""
    return {feature.__name__: float(feature(score)) for features in FEATURES.values() for feature in features}
