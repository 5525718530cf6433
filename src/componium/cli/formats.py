"""List the file formats, and what each loses when written or read."""

from typing import Any

import click

from componium.cli import _io


@click.command()
@_io.json_option
def command(as_json: bool) -> None:
    """List the formats: whether each is read, written and patched, and its losses.

    A file of a format that is patched keeps all that a score doesn't hold, such as lyrics, where bars are filled in.
    """
    from componium import registry

    rows = [_describe(name) for name in registry.names("formats")]
    if as_json:
        _io.print_json(rows)
        return
    for row in rows:
        *first, last = (word for word in ("read", "written", "patched") if row[word])
        actions = " and ".join(filter(None, (", ".join(first), last)))
        click.echo(f"{row['name']} ({', '.join(row['suffixes'])}): {actions}")
        for word, meaning in row["loses"].items():
            click.echo(f"  loses {word}: {meaning}")
        for word, meaning in row["loses_when_read"].items():
            click.echo(f"  loses {word} when it is read: {meaning}")


def _describe(name: str) -> dict[str, Any]:
    from componium import registry

    module = registry.load("formats", name)
    is_written = hasattr(module, "dumps")  # else there is no file to lose anything
    return {
        "name": name,
        "suffixes": list(module.SUFFIXES),
        "read": hasattr(module, "loads"),
        "written": is_written,
        "patched": hasattr(module, "patch"),
        "loses": {word: loss.meaning for word, loss in sorted(module.LOSES.items())} if is_written else {},
        "loses_when_read": dict(sorted(getattr(module, "LOSES_WHEN_READ", {}).items())),
    }
