"""Plan of a finished score: the properties that it states, and how it ends."""

from dataclasses import replace

from componium.analysis.cadence import ends_on_tonic
from componium.analysis.lines import pitched
from componium.decoding.context import TICKS
from componium.decoding.style.kits import kit_of
from componium.decoding.style.measuring import is_monophonic
from componium.decoding.style.plan import Plan, profile_ranges
from componium.decoding.style.profile import StyleProfile
from componium.music.instruments import programs_of
from componium.music.score import Key, Score
from componium.music.time import bar_lines, meters_of, n_bars


def observe_plan(score: Score, profile: StyleProfile) -> Plan:
    """Return the plan that a score keeps to, as if it had been composed by it.

    Ranges are those of the style's pieces in so many voices, the kit is the score's; no first chord is planned.
    """
    stated = [key for key in score.keys if key.tick == 0]
    key = stated[0] if stated else Key(0, 0)
    tempos = [tempo.qpm for tempo in score.tempos if tempo.tick == 0]
    return Plan(
        key=replace(key, tick=0),
        meter=replace(meters_of(score)[0], tick=0),
        bars=max(n_bars(score), 1),
        programs=programs_of(score.tracks),
        ranges=profile_ranges(profile, len(score.tracks)),
        style=score.about("style"),
        qpm=tempos[0] if tempos else None,
        texture="mono" if all(is_monophonic(track.notes) for track in score.tracks) else "poly",
        closed=bool(stated) and ends_on_tonic(score, score.keys[-1]),
        closing=_closing(score),
        is_full=all(track.is_drum or (len(track.notes) and track.end == score.end) for track in score.tracks),
        is_keyed=bool(stated),
        is_metered=any(meter.tick == 0 for meter in score.meters),
        kit=kit_of(score, 0.0),
    )  # fmt: skip


def _closing(score: Score) -> int | None:
    """Return the onset of the last notes in the last bar, in 24ths of a quarter.

    It is 0 where they are held over from the bar before, None without notes.
    """
    onsets = pitched(score)["onset"]
    if not len(onsets):
        return None
    line = int(bar_lines(score)[-2])
    return max(int(onsets[-1]) - line, 0) * TICKS // score.ticks_per_quarter
