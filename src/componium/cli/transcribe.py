"""Transcribe a recording to a score."""

from typing import TYPE_CHECKING, Any

import click

from componium.cli import _io

if TYPE_CHECKING:
    from componium.music.score import Score


@click.command()
@click.argument("source", metavar="IN", required=False)
@click.argument("target", metavar="OUT", required=False)
@_io.to_option
@click.option("--solo", "texture", flag_value="solo", help="One note at a time.")
@click.option("--poly", "texture", flag_value="poly", help="Several notes at once, by the model.")
@click.option("--auto", "texture", flag_value="auto", default="auto", help="Detect which (default).")
@click.option("--qpm", type=click.FloatRange(10, 1000), help="Quarters a minute; estimated if not given.")
@click.option("--meter", metavar="N/D", help="Meter, such as 6/8; estimated if not given.")
@click.option("--instrument", default="piano", show_default=True, help="The instrument of the score.")
@click.option("--as-played", is_flag=True, help="Keep the time of each note instead of moving it to the grid.")
@click.option("--fetch", is_flag=True, help="Download the polyphonic model (0.8 MB), once.")
@_io.strict_option
@_io.json_option
def command(
    *, source: str | None, target: str | None, to: str | None, fetch: bool, strict: bool, as_json: bool, **options: Any
) -> None:
    """Transcribe the recording IN to the score OUT; `-` is stdin or stdout.

    Recordings are .wav, .mp3, .flac or .ogg. Tempo, meter and bar lines are estimated. A solo line in a WAV file needs
    nothing more; several notes at once need pip install 'componium[transcribe]' and, once, componium transcribe
    --fetch.

    \b
    Examples:
      componium transcribe fiddle.wav fiddle.mid --instrument violin
      componium transcribe piano.mp3 piano.musicxml --poly --meter 3/4
      componium transcribe song.flac song.mid --as-played --json
      componium transcribe --fetch
    """
    from componium import formats

    if fetch:
        _fetch()
        if source is None:
            return
    if source is None or target is None:
        raise click.UsageError("a recording IN and a score OUT are needed")
    if as_json and target == "-":
        raise click.UsageError("--json and the score can't both go to stdout")
    suffix = _io.suffix_of(target, to, "--to")
    writer = formats.find_writer(suffix)  # checked before the long work
    score, report = _transcribe(source, strict, **options)

    _io.deliver(target, suffix, lambda path: writer(score, path))
    if as_json:
        _io.print_json(report)
    else:
        _print(report)


def _print(report: dict[str, Any]) -> None:
    text = "{n_notes} notes ({texture}), {notes_per_minute:g} a minute, {silence:.0%} silence, {meter}, {qpm:g} qpm"
    _io.print_message("; ".join(filter(None, (text.format(**report), report["advice"]))))


def _fetch() -> None:
    from componium.errors import FormatError
    from componium.transcription import model

    try:
        _io.print_message(f"the polyphonic model is {model.fetch()}")
    except (OSError, ValueError) as error:
        if isinstance(error, FormatError):
            raise
        raise FormatError("the polyphonic model can't be downloaded", where=model.WHEEL, advice=str(error)) from error


def _transcribe(
    source: str, strict: bool, *, texture: str, qpm: float | None, meter: str | None, instrument: str, as_played: bool
) -> tuple["Score", dict[str, Any]]:
    from componium import transcription
    from componium.errors import FormatError
    from componium.music import instruments, pitch
    from componium.music.time import n_bars
    from componium.transcription import coverage

    parsed_meter, program = pitch.parse_meter(meter) if meter else None, instruments.find(instrument)
    try:
        sound = transcription.decode(_io.read_bytes(source), strict=strict)
    except FormatError as error:
        raise error.within("stdin" if source == "-" else source) from error
    notes, texture = transcription.detect_notes(sound, texture)
    score = transcription.to_score(
        notes, quantized=not as_played, meter=parsed_meter, qpm=qpm, program=program, solo=texture == "solo",
        seconds=sound.seconds,
    )
    covered = coverage.measure([score])
    return score, {
        "seconds": round(sound.seconds, 3), "texture": texture, "n_notes": score.n_notes, "n_bars": n_bars(score),
        "meter": str(score.meters[-1]) if score.meters else "no meter",
        "qpm": round(score.tempos[0].qpm, 1) if score.tempos else 0.0,
        "start_second": float(score.about("start_second") or 0),
        "notes_per_minute": round(covered.notes_per_minute, 1), "silence": round(covered.silence, 3),
        "advice": _advice(texture),
    }


def _advice(texture: str) -> str:
    from componium.transcription import coverage

    if texture == "poly":
        return ""
    return coverage.advice() or "transcribed as a solo line: for several notes at once give --poly"
