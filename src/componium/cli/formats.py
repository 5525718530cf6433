"""List the file formats, and what each loses when written or read."""

from typing import Any

import click

from componium.cli import _io


@click.command()
@_io.json_option
def command(as_json: bool) -> None:
    """List the formats: suffixes, whether each is read and written, and its losses."""
    from componium import registry

    rows = [_describe(name) for name in registry.names("formats")]
    if as_json:
        _io.print_json(rows)
        return
    for row in rows:
        actions = " and ".join(word for word in ("read", "written") if row[word])
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
        "loses": {word: loss.meaning for word, loss in sorted(module.LOSES.items())} if is_written else {},
        "loses_when_read": dict(sorted(getattr(module, "LOSES_WHEN_READ", {}).items())),
    }
