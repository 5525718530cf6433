"""Report what is installed, what isn't, and how to get it."""

import platform
import re
import sys
from importlib import metadata
from pathlib import Path
from typing import Any

import click

from componium import __version__
from componium.cli import _io
from componium.errors import ControlError

# A player, and the package that contains a font; the player's requirement, pyaudio, has no Linux wheel and isn't used.
SOUNDFONT = "pip install --no-deps tinysoundfont pretty_midi"


@click.command()
@_io.json_option
def command(as_json: bool) -> None:
    """Report what is installed and what is missing.

    A line says how to install each missing part. The exit status is always 0.
    """
    report = examine()
    if as_json:
        _io.print_json(report)
        return
    _io.print_table([("componium", report["componium"]), ("python", report["python"]), ("system", report["system"])])
    click.echo("\nCore")
    _io.print_table([(f"  {name}", version or "missing") for name, version in report["core"].items()])
    click.echo("\nExtras")
    _io.print_table([_line(name, extra) for name, extra in report["extras"].items()])
    click.echo("\nHere")
    _io.print_table([
        ("  SoundFont", report["sound"]["soundfont"] or "none that can be played"),
        ("  player", report["sound"]["player"] or "none: the built-in synthesizer plays"),
        ("  transcription", report["transcription"]["model"] or f"no model yet; {report['transcription']['install']}"),
        ("  engine", report["engine"]),
        ("  cache", report["cache"]),
        ("  models", ", ".join(report["models"]) or "none"),
    ])
    if report["sound"]["install"]:
        click.echo(f"\nTo play with a SoundFont: {report['sound']['install']}")
    if report["sound"]["improve"]:
        click.echo(f"\nFor better instruments: {report['sound']['improve']}")


def examine() -> dict[str, Any]:
    """Return all that `doctor` reports, as plain data."""
    from componium.cli.models import installed

    needs = requirements()
    return {
        "componium": __version__,
        "python": f"{platform.python_version()}, {sys.executable}",
        "system": f"{platform.system()} {platform.machine()}",
        "core": {name: _version(name) for name in needs.pop("", [])},
        "extras": {extra: _extra(extra, names) for extra, names in sorted(needs.items())},
        "sound": _sound(),
        "transcription": _transcription(),
        "engine": _engine(),
        "cache": str(_cache()),
        "models": [model["name"] for model in installed()],
    }


def requirements() -> dict[str, list[str]]:
    """Return the distributions that each extra needs, those of the core under "".

    They are as the installed package states them.
    """
    needs: dict[str, list[str]] = {}
    for line in metadata.requires("componium") or []:
        if sys.platform == "linux" and re.search(r"sys_platform != ['\"]linux", line):
            continue
        name = re.match(r"[\w.-]+", line)
        extra = re.search(r"extra == ['\"]([\w-]+)['\"]", line)
        if name:
            needs.setdefault(extra[1] if extra else "", []).append(name[0])
    needs.pop("all", None)  # the other extras, once more
    return needs


def _sound() -> dict[str, str | None]:
    from componium.render import soundfont, soundfont_files

    font = soundfont.installed()
    player = soundfont.player(font if font and font.is_file() else None)
    return {
        "soundfont": str(font) if font else None,
        "player": player,
        "install": None if font and player else SOUNDFONT,
        "improve": soundfont_files.how_to_improve() if font is None or soundfont_files.is_small(font) else None,
    }


def _transcription() -> dict[str, str | None]:
    """Return the state of the polyphonic model; a solo line needs none."""
    from componium.transcription import model

    path = model.find()
    return {"model": str(path) if path else None, "install": None if path else model.missing()}


def _engine() -> str:
    """Return the engine that runs neural nets, in words."""
    from componium.inference.engines import AUTO, NUMPY, VARIABLE, asked_engine, installed_version

    try:
        asked = asked_engine()
    except ControlError as error:
        return str(error)
    version = installed_version()
    forced = "" if asked == AUTO else f" ({VARIABLE}={asked})"
    if asked == NUMPY or version is None:
        advice = "" if version else "; large nets in 8 bits are faster with: pip install 'componium[fast]'"
        return f"numpy{forced}{advice}"
    size = "of 8 million weights and more" if asked == AUTO else "of any size"
    return f"ONNX Runtime {version} for nets in 8 bits {size}, numpy for others{forced}"


def _extra(extra: str, names: list[str]) -> dict[str, Any]:
    versions = {name: _version(name) for name in names}
    missing = [name for name, version in versions.items() if version is None]
    install = f"pip install 'componium[{extra}]'" if missing else None
    return {"present": not missing, "versions": versions, "missing": missing, "install": install}


def _line(name: str, extra: dict[str, Any]) -> tuple[str, str]:
    if extra["present"]:
        return f"  {name}", ", ".join(f"{need} {version}" for need, version in extra["versions"].items())
    return f"  {name}", f"missing {', '.join(extra['missing'])}; {extra['install']}"


def _version(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def _cache() -> Path:
    from componium.corpora import cache_folder

    return cache_folder()
