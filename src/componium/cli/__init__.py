"""The program `componium`: one file a command, imported when that command runs.

Conventions (clig.dev)
- Data goes to stdout, messages to stderr. `-` is stdin or stdout. `--json` where a command reports.
- Exit code 0: done; 1: it failed, and stderr has the reason; 2: wrong usage; 130: stopped by Ctrl-C.
- A file is written whole or not at all, so stopping leaves no debris.
- Color only on a terminal, and never where NO_COLOR is set.

A command is a file here with a click command called `command`; the first line of its docstring is its line in --help.
Commands parse and print; what they do is a function of another room.
"""

import gc
import os
import signal
import sys
import warnings
from typing import Any

import click

from componium import __version__, registry
from componium.errors import (
    ComponiumError,
    LeftOutWarning,
    RepairWarning,
    RoundingWarning,
    UnknownNameError,
    UnusedWarning,
)

# The commands used most come first in --help; those that aren't named here follow.
ORDER = (
    "compose", "infill", "vary", "extend", "harmonize", "accompany", "arrange", "dream", "explain", "train", "tune",
    "sound", "convert", "transcribe", "render", "show", "plot", "compare", "realism", "methods", "styles", "corpora",
    "formats", "models", "doctor", "completion",
)  # fmt: skip
EPILOG = """\b
Examples:
  componium compose --style chorales --key "D minor" --bars 16
  componium train my-folder --method transformer --out runs/mine
  componium convert tune.abc tune.mid
"""
INTERRUPTED = 130  # 128 + SIGINT, as shells have it
ALLOCATIONS = 50_000, 20, 20  # between collections of garbage: the usual 700, 10, 10 make a short take a tenth slower


class Program(click.Group):
    """The group of all commands.

    It imports a command when it is called, and turns errors into messages and exit codes.
    """

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of all commands, those used most first."""
        known = registry.names("commands")
        return [*(name for name in ORDER if name in known), *(name for name in known if name not in ORDER)]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return the command of a name, or None."""
        if cmd_name not in registry.names("commands"):
            return None
        command: click.Command = registry.load("commands", cmd_name).command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Return the command that the arguments name. Raises UsageError if there is none."""
        known = registry.names("commands")
        if args[0] not in known and not args[0].startswith("-"):
            raise click.UsageError(str(UnknownNameError("command", args[0], known)), ctx)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the section of --help that lists the commands, importing none."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, registry.summary("commands", name)) for name in self.list_commands(ctx)])

    def invoke(self, ctx: click.Context) -> Any:
        """Run a command, printing its errors on stderr without a traceback."""
        if os.environ.get("NO_COLOR"):
            ctx.color = False
        with warnings.catch_warnings():
            for kind in (RepairWarning, LeftOutWarning, RoundingWarning, UnusedWarning):
                warnings.simplefilter("always", kind)
            warnings.showwarning = _print_warning
            try:
                return super().invoke(ctx)
            except ComponiumError as error:
                _print_error(error)
            except BrokenPipeError:
                raise  # click ends quietly: the reader of our output is gone
            except OSError as error:
                click.echo(f"error: {_plain(error)}", err=True)
            except KeyboardInterrupt:
                click.echo("\nstopped", err=True)
                ctx.exit(INTERRUPTED)
        return ctx.exit(1)


def _print_error(error: ComponiumError) -> None:
    text = str(error).removesuffix(f"; {error.advice}")
    click.echo(f"error: {text}", err=True)
    if error.advice:
        click.echo(f"  {error.advice}", err=True)


def _print_warning(message: Warning | str, *_: Any, **__: Any) -> None:
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
    """Run the program on sys.argv, and leave by SystemExit."""
    _hold_closed_streams()
    if sys.stdout is None:
        click.echo("error: stdout is closed\n  send it to a file or a program, or to /dev/null", err=True)
        sys.exit(1)
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="replace")  # type: ignore[union-attr]  # a title is in any script, a terminal isn't
    # On SIGTERM end as on Ctrl-C, through every `finally`, so that no half-written file stays.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    gc.set_threshold(*ALLOCATIONS)
    program(prog_name="componium")


def _hold_closed_streams() -> None:
    """Open the null device in place of closed standard streams.

    Else the next file that is opened would have the number of one, and messages would be written into it.
    """
    while (number := os.open(os.devnull, os.O_RDWR)) <= 2:
        pass
    os.close(number)
    if sys.stderr is None:
        sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115  # for the life of the process
