"""List the corpora, or describe one."""

import warnings
from collections import Counter
from typing import TYPE_CHECKING, Any

import click

from componium.cli import _io

if TYPE_CHECKING:
    from componium.corpora import Corpus


@click.command()
@click.argument("which", metavar="[NAME_OR_FOLDER]", required=False)
@click.option("--left-out", is_flag=True, help="List every file left out or repaired, with the reason.")
@click.option("--fetch", is_flag=True, help="Download its files first, those that aren't there yet.")
@click.option("--credits", "credit", is_flag=True, help="Print whom its licenses ask to be named.")
@_io.json_option
def command(which: str | None, *, left_out: bool, fetch: bool, credit: bool, as_json: bool) -> None:
    """List the corpora, or describe one: what is in it, what was left out and why.

    NAME_OR_FOLDER is a corpus or a folder of music. A name comes before a folder of that name: write ./NAME for that.
    Music of public repositories lies in the folder that COMPONIUM_DATA names, else in that of the cache; --fetch
    downloads it there.

    \b
    Examples:
      componium corpora
      componium corpora chorales
      componium corpora my-folder --left-out
      componium corpora hymns --fetch
      componium corpora band --credits
    """
    if which is None:
        if fetch or credit:
            raise click.UsageError("name the corpus")
        _list(as_json)
        return
    corpus = _load(which, fetch)
    about = describe(corpus)
    if credit:
        _print_credits(corpus, as_json)
    elif as_json:
        _io.print_json(about)
    else:
        _print(about, all_reasons=left_out)


def _load(which: str, fetch: bool) -> "Corpus":
    from componium import corpora
    from componium.composing.model import resolve_corpus
    from componium.errors import LeftOutWarning

    with _io.progress() as on_progress, warnings.catch_warnings():
        warnings.simplefilter("ignore", LeftOutWarning)  # what is left out is printed
        if fetch:
            corpora.fetch(which, on_progress=on_progress)
        return resolve_corpus(which, on_progress)


def _print_credits(corpus: "Corpus", as_json: bool) -> None:
    from componium.corpora import list_credits

    text = list_credits(corpus)
    if as_json:
        _io.print_json(text.splitlines())
    else:
        click.echo(text)


def _list(as_json: bool) -> None:
    from componium import registry

    rows = [(name, registry.summary("corpora", name)) for name in registry.names("corpora")]
    if as_json:
        _io.print_json([{"name": name, "summary": summary} for name, summary in rows])
    else:
        _io.print_table(rows)


def describe(corpus: "Corpus") -> dict[str, Any]:
    """Return what is printed of a corpus, as plain data; lengths are in quarters."""
    return {
        "name": corpus.name,
        "pieces": len(corpus),
        "notes": sum(score.n_notes for score in corpus.scores),
        "quarters": round(sum(score.end / score.ticks_per_quarter for score in corpus.scores)),
        "split": dict(Counter(piece.split for piece in corpus)),
        "styles": dict(Counter(style for piece in corpus for style in piece.styles).most_common()),
        "license": corpus.license,
        "citation": corpus.citation,
        "rights": dict(Counter(piece.rights for piece in corpus if piece.rights).most_common()),
        "left_out": [{"file": file, "reason": reason} for file, reason in corpus.left_out],
        "repaired": [{"file": file, "repair": repair} for file, repair in corpus.repaired],
    }


def _print(about: dict[str, Any], *, all_reasons: bool) -> None:
    _io.print_table([
        ("name", about["name"]),
        ("pieces", f"{about['pieces']:,}  ({_counts(about['split'])})"),
        ("notes", f"{about['notes']:,}"),
        ("quarters", f"{about['quarters']:,}"),
        ("styles", _counts(about["styles"])),
        ("license", about["license"]),
        ("citation", about["citation"]),
        ("rights", _counts(about["rights"]) or "none stated"),
        ("left out", f"{len(about['left_out']):,}"),
        ("repaired", f"{len(about['repaired']):,}"),
    ])
    if all_reasons:
        for row in about["left_out"]:
            click.echo(f"left out: {row['file']}: {row['reason']}")
        for row in about["repaired"]:
            click.echo(f"repaired: {row['file']}: {row['repair']}")
    elif about["left_out"] or about["repaired"]:
        _io.print_message("--left-out lists them, with the reasons")


def _counts(counts: dict[str, int], at_most: int = 12) -> str:
    shown = [f"{name} {count:,}" for name, count in list(counts.items())[:at_most]]
    more = len(counts) - len(shown)
    return ", ".join([*shown, *([f"and {more} more"] if more > 0 else [])])
