"""List the file formats, and what each loses."""

from typing import Any

import click

from componium.cli import _io


@click.command()
@_io.json_option
def command(as_json: bool) -> None:
    """List the formats: their suffixes, whether each is read and written, what of a piece a written file loses."""
    from componium import registry

    found = [_about(name) for name in registry.names("formats")]
    if as_json:
        _io.print_json(found)
        return
    for row in found:
        does = " and ".join(word for word in ("read", "written") if row[word])
        click.echo(f"{row['name']} ({', '.join(row['suffixes'])}): {does}")
        for word, meaning in row["loses"].items():
            click.echo(f"  loses {word}: {meaning}")


def _about(name: str) -> dict[str, Any]:
    from componium import formats, registry

    module = registry.load("formats", name)
    written = hasattr(module, "write")  # else there is no file to lose anything
    return {
        "name": name,
        "suffixes": list(module.SUFFIXES),
        "read": hasattr(module, "read"),
        "written": written,
        "loses": {word: formats.LOSSES[word].meaning for word in sorted(module.LOSES if written else ())},
    }
