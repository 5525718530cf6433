"""List the methods of composing."""

from typing import Any

import click

from componium.cli import _io


@click.command()
@_io.json_option
def command(as_json: bool) -> None:
    """List the methods of composing, with a line about each."""
    from componium import registry

    rows = [_describe(name) for name in registry.names("methods")]
    if as_json:
        _io.print_json(rows)
        return
    _io.print_table([(row["name"], row["summary"]) for row in rows])


def _describe(name: str) -> dict[str, Any]:
    from componium import registry
    from componium.methods import Method

    kind = registry.load_class("methods", name, Method)
    tags = sorted(kind.tags)
    return {"name": name, "summary": registry.summary("methods", name), "has_likelihood": "likelihood" in tags,
            "tags": tags}  # fmt: skip
