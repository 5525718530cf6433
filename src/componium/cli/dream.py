"""Vary a piece, or compose along any recording."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from componium.cli import _changed, _io, _verbs

if TYPE_CHECKING:
    from componium.composing.take import Take
    from componium.music.score import Score

FRAMES = 24  # states in a film


@click.command()
@click.argument("source", metavar="IN")
@click.argument("target", metavar="OUT")
@click.option("--voices", type=click.IntRange(1, 16), help="Recordings: number of voices.  [default: 4]")
@click.option("--instruments", help='Recordings: one a voice, by name: "flute,oboe,horn,bassoon".')
@click.option("--key", help='Recordings: such as "D minor".  [default: the one that fits the sound best]')
@click.option("--strength", type=click.FloatRange(0, 1), help="Scores: 0 unchanged, 1 free.  [default: 0.5]")
@click.option("--method", metavar="NAME|DIR", help="A dream saved by `train`.  [default: the shipped one]")
@click.option("--corpus", help="Scores: a corpus or folder to learn from first, instead.")
@click.option("--film", metavar="PATH", help="Piano rolls of the states between: a .gif, a .png or a folder.")
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True)
@_verbs.file_options
def command(*, source: str, target: str, film: str | None, from_: str | None, output: _verbs.Output,
            **options: Any) -> None:
    """Compose along the recording IN, or vary the score IN; `-` is stdin or stdout.

    A recording may be of anything that sounds, such as a washing machine: its loudness sets how many notes there are,
    its spectrum how high they lie and in which key, its pulse the tempo. Its own notes are written by `transcribe`.
    \b
    Examples:
      componium dream washing-machine.wav symphony.mid --voices 8
      componium dream birds.wav birds.musicxml --instruments "flute,clarinet,bassoon"
      componium dream tune.mid dream.mid --strength 0.3
      componium dream take.mid dream.mid --film film.gif
    """
    from componium.formats.recording import SUFFIXES

    _verbs.check_target(target, output)
    is_recording = _io.suffix_of(source, from_, "--from") in SUFFIXES
    _check_options(options, is_recording)
    states: list[Score] = []
    on_state = (lambda at, state: states.append(state)) if film else None
    piece = None if is_recording else _changed.read(source, from_)
    take = _varied(piece.score, states, on_state, **options) if piece else _along(source, on_state, **options)
    _verbs.write_takes(take, target, output, source=piece)
    if film:
        _write_film(states, Path(film), from_nothing=is_recording)


def _check_options(options: dict[str, Any], is_recording: bool) -> None:
    """Raise UsageError for options that the input has no use for."""
    other = ("strength", "corpus") if is_recording else ("voices", "instruments", "key")
    if given := [f"--{name}" for name in other if options[name] is not None]:
        advice = ": transcribe it first, to vary its notes" if is_recording else ""
        raise click.UsageError(f"{', '.join(given)} for a {'recording' if is_recording else 'score'}{advice}")


def _along(
    source: str, on_state: Any, *, voices: int | None, instruments: str | None, key: str | None, method: str | None,
    seed: int, **_: Any,
) -> "Take":  # fmt: skip
    """Compose along a recording, print what was heard and what was made."""
    from componium.audio.recording import decode
    from componium.composing.dream import dream
    from componium.errors import FormatError

    try:
        sound = decode(_io.read_bytes(source))
    except FormatError as error:
        raise error.within("stdin" if source == "-" else source) from error
    with _io.progress() as on_progress:
        return dream(sound, voices=voices, instruments=instruments, key=key, seed=seed, method=method,
                     on_heard=lambda heard: _io.print_message(f"heard: {heard}"), on_state=on_state,
                     on_progress=on_progress)  # fmt: skip


def _varied(
    score: "Score", states: "list[Score]", on_state: Any, *, strength: float | None,
    method: str | None, corpus: str | None, seed: int, **_: Any,
) -> "Take":  # fmt: skip
    """Vary a score."""
    from componium.composing.vary import STRENGTH, VARIER, vary

    states.append(score)
    with _io.progress() as on_progress:
        return vary(score, strength=STRENGTH if strength is None else strength, seed=seed, method=method or VARIER,
                    corpus=corpus, on_progress=on_progress, on_state=on_state)  # fmt: skip


def _write_film(states: "list[Score]", path: Path, *, from_nothing: bool) -> None:
    from componium.render.film import write_film

    last = len(states) - 1
    shown = sorted({round(at * last / max(FRAMES - 1, 1)) for at in range(FRAMES)})
    names = [f"sweep {at + from_nothing}" if at or from_nothing else "input" for at in shown]
    write_film([states[at] for at in shown], path, names)
