"""The program `componium`. One file a command; a command's file is imported only when that command runs.

Conventions (clig.dev)
- Data goes to stdout, everything said about it to stderr. `-` is stdin or stdout. `--json` where a command reports.
- Exit code 0: done; 1: it failed, and stderr says why; 2: wrong usage; 130: stopped by Ctrl-C.
- A file is written whole or not at all, so stopping leaves no debris.
- Colour only on a terminal, and never where NO_COLOR is set.

A command is a file here with a click command called `command`, and a line in COMMANDS.
"""

import os
import signal
import sys
import warnings
from importlib import import_module
from typing import Any

import click

from componium import __version__
from componium.errors import ComponiumError, RepairWarning, UnknownNameError

# Told by --help without importing the commands, which is what keeps --help quick.
COMMANDS = {
    "compose": "Compose new music: MIDI, sound, picture.",
    "harmonize": "Put lower parts under a melody.",
    "dream": "Resample a piece or a recording toward what a net has learned.",
    "train": "Learn a style from a corpus or a folder of music.",
    "sound": "Learn from recordings, and make new sound, sample by sample.",
    "convert": "Convert a piece from one format to another.",
    "transcribe": "Write down a recording as a score.",
    "render": "Make sound or a picture of a piece.",
    "show": "Draw a piece in the terminal.",
    "plot": "Plot a piece, a corpus or a training run, or two side by side.",
    "compare": "Compare methods on one corpus, side by side.",
    "methods": "List the ways of composing.",
    "corpora": "List the corpora, or describe one.",
    "formats": "List the formats of files, and what each loses.",
    "models": "List the trained models at hand.",
    "doctor": "Say what is installed, what isn't, and how to get it.",
    "completion": "Print the shell's completion script.",
}
EPILOG = """\b
Examples:
  componium compose --style chorales --key "D minor" --bars 16
  componium train my-folder --method transformer --out runs/mine
  componium convert tune.abc tune.mid
"""
INTERRUPTED = 130  # 128 + SIGINT, as shells have it


class Program(click.Group):
    """The group of all commands: imports each when it is called for, and turns errors into messages and exit codes."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names of all commands, those used most first."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of a name, or None."""
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = import_module(f"componium.cli.{cmd_name}").command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command that the arguments name. Raises UsageError, with the near names, if there is none."""
        if args[0] not in COMMANDS and not args[0].startswith("-"):
            raise click.UsageError(str(UnknownNameError("command", args[0], COMMANDS)), ctx)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the section of --help that lists the commands, importing none."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))

    def invoke(self, ctx: click.Context) -> Any:
        """Run a command. What it raises on purpose is told on stderr, without a traceback."""
        if os.environ.get("NO_COLOR"):
            ctx.color = False
        with warnings.catch_warnings():
            warnings.simplefilter("always", RepairWarning)
            warnings.showwarning = _tell_warning
            try:
                return super().invoke(ctx)
            except ComponiumError as error:
                _tell_error(error)
            except BrokenPipeError:
                raise  # click ends quietly: whoever read our output has had enough
            except OSError as error:
                click.echo(f"error: {_plain(error)}", err=True)
            except KeyboardInterrupt:
                click.echo("\nstopped", err=True)
                ctx.exit(INTERRUPTED)
        return ctx.exit(1)


def _tell_error(error: ComponiumError) -> None:
    text = str(error).removesuffix(f"; {error.advice}")
    click.echo(f"error: {text}", err=True)
    if error.advice:
        click.echo(f"  {error.advice}", err=True)


def _tell_warning(message: Warning | str, *_: Any, **__: Any) -> None:
    click.echo(f"warning: {message}", err=True)


def _plain(error: OSError) -> str:
    if error.strerror and error.filename is not None:
        return f"{error.strerror}: {error.filename}"
    return error.strerror or str(error)


@click.group(
    cls=Program,
    epilog=EPILOG,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(__version__, prog_name="componium", message="%(prog)s %(version)s")
def program() -> None:
    """Compose music by machine, from a folder of music to new music in that style."""


def main() -> None:
    """Run the program on sys.argv; leaves by SystemExit."""
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="replace")  # type: ignore[union-attr]  # a title is in any script, a terminal isn't
    # Asked to end, end as if by Ctrl-C: through every `finally`, so that no half-written file stays.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    program(prog_name="componium")
