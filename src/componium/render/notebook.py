"""Scores in a notebook: first bars engraved, piano roll and player as HTML."""

import base64
import html

from componium.music.provenance import provenance_of
from componium.music.score import Score
from componium.music.time import duration_seconds, n_bars
from componium.performance.detection import default_expression
from componium.performance.perform import perform
from componium.render import pages as notation
from componium.render.pianoroll import render_png
from componium.render.sound import render, wav_bytes

SAMPLE_RATE = 22_050
MAX_SECONDS = 300  # 13 MB of sound; of a longer piece there is only the picture


def score_to_html(score: Score) -> str:
    """Return HTML with the first bars, the piano roll and a player.

    The bars are SVG (with the extra `score`), the roll PNG, the sound mono WAV.

    All of it is embedded as data: nothing is fetched, and a saved notebook plays offline.

    >>> score_to_html(Score(title="<Rest>")).startswith('<div><p><b>&lt;Rest&gt;</b>')
    True
    """
    title = html.escape(score.title or "Untitled")
    facts = f"{score.n_notes} notes, {n_bars(score)} bars, {duration_seconds(score):.0f} s"
    picture = f'<img alt="piano roll of {title}" style="max-width:100%" src="{_data("image/png", render_png(score))}">'
    made = f"<p><small>{html.escape(provenance_of(score))}</small></p>" if provenance_of(score) else ""
    return f"<div><p><b>{title}</b> ({facts})</p>{_line(score)}{picture}{_player(score)}{made}</div>"


def _line(score: Score) -> str:
    """Return the first bars as an image, or nothing where they can't be engraved."""
    if not score.n_notes or not notation.can_engrave():
        return ""
    try:
        svg = notation.render_line(score)
    except notation.EngravingError as error:
        return f"<p>No engraved line: {html.escape(str(error))}</p>"
    return f'<img alt="the first bars" style="max-width:100%" src="{_data("image/svg+xml", svg.encode())}"><br>'


def _player(score: Score) -> str:
    if not score.n_notes:
        return ""
    if duration_seconds(score) > MAX_SECONDS:
        return f"<p>No player: longer than {MAX_SECONDS} s.</p>"
    performance = perform(score, expression=default_expression(score))
    sound = wav_bytes(render(performance, sample_rate=SAMPLE_RATE), channels=1)
    return f'<br><audio controls src="{_data("audio/wav", sound)}"></audio>'


def _data(kind: str, content: bytes) -> str:
    return f"data:{kind};base64,{base64.b64encode(content).decode()}"
