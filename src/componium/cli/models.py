"""List the trained models at hand."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

import componium
from componium.cli import _io

SHIPPED = Path(componium.__file__).parent / "weights"


@click.command()
@click.option("--credits", "credit", is_flag=True, help="Print whose music each learned from, and its license.")
@_io.json_option
def command(*, credit: bool, as_json: bool) -> None:
    """List the trained models at hand.

    Each has its name, method, size, the hash of its weights, and the first line of its card; then how well takes of its
    styles can be told from real pieces, where that is measured: the AUC of a classifier, 0.5 is chance, 1 is always.

    \b
    Examples:
      componium models
      componium models --credits
    """
    models = installed()
    if credit:
        _print_credits(models, as_json)
    elif as_json:
        _io.print_json(models)
    elif models:
        rows = [(m["name"], m["method"], f"{m['bytes'] / 1e6:.1f} MB", m["weights"], m["summary"]) for m in models]
        _io.print_table(rows)
        _print_ratings()
    else:
        _io.print_message("no trained model is here; train one: componium train chorales --out runs/mine")


def installed() -> list[dict[str, Any]]:
    """Return a description of each model that comes with the package."""
    return [_describe(path.parent) for path in sorted(SHIPPED.glob("*/model.safetensors"))]


def _print_ratings() -> None:
    """Print how the styles that are measured fared, the best first."""
    from componium.composing.shipped import styles

    rated = sorted((style.rating.auc, style.name, style) for style in styles() if style.rating)
    if rated:
        click.echo("\ntakes against real pieces; styles that aren't listed are not measured:")
        _io.print_table([(style.name, style.model, str(style.rating)) for _, _, style in rated])


def _print_credits(models: list[dict[str, Any]], as_json: bool) -> None:
    from componium.performance import groove

    credits_of = {model["name"]: list_credits(model["config"].get("about", {})) for model in models}
    credits_of["performances"] = groove.list_credits()
    if as_json:
        _io.print_json(credits_of)
        return
    for name, lines in credits_of.items():
        click.echo("\n".join([f"{name} learned from", *(f"  {line}" for line in lines)]))


def list_credits(about: Mapping[str, Any]) -> list[str]:
    """Return the credits that a model's config states, in lines.

    Those of an older model are its license and citation.
    """
    lines = about.get("credits") or [*about.get("license", "").splitlines(), *about.get("citation", "").splitlines()]
    return lines or ["no music"]


def _describe(folder: Path) -> dict[str, Any]:
    from componium.checkpoints import store as checkpoint

    config = checkpoint.load_config(folder)
    return {
        "name": folder.name,
        "method": config["method"],
        "bytes": (folder / checkpoint.WEIGHTS).stat().st_size,
        "weights": checkpoint.weights_hash(folder),
        "summary": _first_line(folder / "README.md"),
        "path": str(folder),
        "config": config,
    }


def _first_line(card: Path) -> str:
    """Return the first line of text of a card: not front matter, heading or blank."""
    if not card.is_file():
        return ""
    text = card.read_text(encoding="utf-8").removeprefix("---\n").rpartition("\n---\n")[2]
    return next((line.strip() for line in text.splitlines() if line.strip() and not line.startswith("#")), "")
