"""Every example in the README and in docs/ runs: Python as one session a page, commands as far as they are quick.

Without shipped weights a small model stands in for them. Commands that train a net, make sound or reach the network are
parsed, not run: their options must exist, and the files of the repository that they name.
"""

import csv
import doctest
import re
import shlex
import shutil
import tomllib
from importlib.util import find_spec
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

import componium
import stand_in
from componium import registry, weights
from componium.cli import program
from componium.learning import recipes
from componium.music.score import Meter, Score, Tempo, Track, notes

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]
FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\(([^)\s]+)\)")
QUICK = {"compose", "convert", "show", "methods", "models", "styles", "doctor", "corpora", "completion"}
OUTSIDE_QUOTES = r'(?=(?:[^"]*"[^"]*")*[^"]*$)'
OTHERS = ("git clone ", "pip install ", ". .venv/bin/activate")  # not ours to run
ABC = "X:{0}\nT:Tune {0}\nM:6/8\nL:1/8\nK:G\nBGG DGG|BGB dcB|cAA EAA|cAc edc|\n\n"


def page_name(path):
    return path.relative_to(ROOT).as_posix()


def blocks(path, language):
    text = path.read_text(encoding="utf-8")
    return [(text[: m.start()].count("\n") + 2, m[2]) for m in FENCE.finditer(text) if m[1] == language]


def commands():
    """Every line of every `sh` block, with where it stands."""
    rows = [(page, at + n, line) for page in PAGES for at, text in blocks(page, "sh")
            for n, line in enumerate(text.splitlines())]  # fmt: skip
    return [pytest.param(line, id=f"{page_name(page)}:{number}") for page, number, line in rows if line.strip()]


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    """The shipped model's folder; a stand-in's where there is none."""
    if (weights.SHIPPED / "config.json").exists():
        return weights.SHIPPED
    return stand_in.save(tmp_path_factory.mktemp("model"))


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """The files that the pages speak of."""
    root = tmp_path_factory.mktemp("files")
    for piece in stand_in.music().pieces[-12:]:
        componium.write(piece.score, root / f"my-folder/{piece.id.replace('/', '-')}.mid")
    (root / "tune.abc").write_text(ABC.format(1))
    (root / "book.abc").write_text(ABC.format(1) + ABC.format(2))
    line = [(480 * at, 480, 60 + at % 8) for at in range(32)]
    tune = Score((Track(notes(line)),), tempos=(Tempo(0, 120.0),), meters=(Meter(0, 4, 4),))
    componium.write(tune, root / "tune.mid")
    (root / "broken.mid").write_bytes((root / "tune.mid").read_bytes()[:-20])
    stand_in.save(root / "runs/plain")
    return root


@pytest.fixture
def place(tmp_path, files, model, monkeypatch):
    """A folder to work in, with those files."""
    shutil.copytree(files, tmp_path, dirs_exist_ok=True)
    monkeypatch.setitem(weights.BY_NAME, "shipped", model)
    monkeypatch.setenv("COMPONIUM_CACHE", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("page", PAGES, ids=page_name)
def test_every_block_is_of_a_kind_that_is_tested(page):
    kinds = {m[1] for m in FENCE.finditer(page.read_text(encoding="utf-8"))}
    assert kinds <= {"python", "sh", "toml", "text"}
    assert page.read_text(encoding="utf-8").count("```") % 2 == 0


@pytest.mark.parametrize("page", [page for page in PAGES if blocks(page, "python")], ids=page_name)
def test_python_runs(page, place, capsys):
    found = blocks(page, "python")
    if any('load("madrigals")' in text for _, text in found) and find_spec("music21") is None:
        pytest.skip("music21 is not installed")
    names = {}
    for number, text in found:
        if text.startswith(">>> "):
            session = doctest.DocTestParser().get_doctest(text, names, page.name, str(page), number)
            report = []
            doctest.DocTestRunner().run(session, out=report.append, clear_globs=False)
            assert not report, "".join(report)
            names = session.globs
        else:
            exec(compile("\n" * (number - 1) + text, str(page), "exec"), names)


@pytest.mark.parametrize("line", commands())
def test_a_command_runs_or_parses(line, place):
    if line.startswith(OTHERS):
        return
    for part in re.split(r"\s(?:\||&&)\s" + OUTSIDE_QUOTES, line.split(" > ")[0]):
        check(part)


def check(part):
    words = [word for word in shlex.split(part, comments=True) if not re.fullmatch(r"[A-Z_]+=\S+", word)]
    if words[0].startswith("scripts/"):
        check_script(words)
        return
    assert words[0] == "componium", part
    name, arguments = words[1], words[2:]
    assert name in registry.names("commands"), part
    missing = [word for word in arguments if word.startswith("recipes/") and not (ROOT / word).is_file()]
    assert not missing
    if name in QUICK or (name == "train" and "markov" in arguments):
        run(name, arguments)
    else:
        parse(name, arguments)


def check_script(words):
    assert (ROOT / words[0]).is_file(), words
    if words[0] == "scripts/compose":
        parse("compose", words[1:])
    elif words[0] == "scripts/bench" and len(words) > 1:
        assert (ROOT / "benchmarks" / words[1] / "bench.py").is_file()


def parse(name, arguments):
    """That the command takes these arguments."""
    command = program.get_command(click.Context(program), name)
    if isinstance(command, click.Group):
        name, command, arguments = command.resolve_command(click.Context(command), list(arguments))
    try:
        command.make_context(name, list(arguments))
    except click.exceptions.Exit as end:  # --help
        assert end.exit_code == 0


def run(name, arguments):
    """Run a command; what composes is made short, and what would read music21's files is only parsed."""
    reads_music21 = "--corpus" in arguments and not Path(arguments[arguments.index("--corpus") + 1]).exists()
    if reads_music21 or (name == "corpora" and arguments and not Path(arguments[0]).exists()):
        parse(name, arguments)
        return
    if name == "compose":
        has_length = {"--duration", "--prompt"} & set(arguments)
        short = [] if has_length else ["--bars", "4"]
        arguments = [*arguments, *short, "-n", "1", *([] if "-" in arguments else ["--formats", "mid"])]
    if name == "train":
        arguments = ["runs/new" if word == "runs/plain" else word for word in arguments]
    result = CliRunner().invoke(program, [name, *arguments])
    expected = 1 if "--strict" in arguments else 0
    assert result.exit_code == expected, result.output


@pytest.mark.parametrize("page", PAGES, ids=page_name)
def test_recipes_are_recipes(page, tmp_path):
    for _, text in blocks(page, "toml"):
        (tmp_path / "recipe.toml").write_text(text, encoding="utf-8")
        assert recipes.read(tmp_path / "recipe.toml").build().get_params()
        assert tomllib.loads(text)


@pytest.mark.parametrize("page", PAGES, ids=page_name)
def test_links_lead_somewhere(page):
    for link in LINK.findall(page.read_text(encoding="utf-8")):
        file, _, heading = link.partition("#")
        target = (page.parent / file) if file else page
        if file.startswith("docs/images/") and not (weights.SHIPPED / "config.json").exists():
            continue  # a take by the shipped model, which isn't here
        assert target.exists(), link
        assert not heading or heading in headings(target), link


def headings(path):
    """The anchors of a page's headings, as GitHub makes them."""
    titles = re.findall(r"^#+ (.+)$", path.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


def test_the_readme_is_short():
    assert len((ROOT / "README.md").read_text(encoding="utf-8").splitlines()) < 200


@pytest.mark.parametrize("page", [page for page in PAGES if page.parent.name == "methods"], ids=page_name)
def test_a_page_of_a_method_has_a_row_in_the_readme(page):
    assert page.stem in registry.names("methods")
    assert page_name(page) in (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_guide_lists_every_extra():
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    guide = (ROOT / "docs" / "guide.md").read_text(encoding="utf-8")
    table = guide[guide.index("| Extra |") : guide.index("pip install -c")]
    assert sorted(re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE)) == sorted(declared)


def test_the_guide_lists_every_format_as_the_registry_has_it():
    rows = []
    for name in registry.names("formats"):
        module = registry.load("formats", name)
        suffixes = " ".join(f"`{suffix}`" for suffix in module.SUFFIXES)
        does = ("yes" if hasattr(module, each) else "no" for each in ("loads", "dumps", "patch"))
        rows.append(f"| {name} | {suffixes} | {' | '.join(does)} |")
    guide = (ROOT / "docs" / "guide.md").read_text(encoding="utf-8")
    table = guide[guide.index("| Format | Suffixes |") :].split("\n\n")[0]
    assert table.splitlines()[2:] == rows


NUMBERS = {  # the lines of a page's table, and the model of benchmarks/likelihood whose nats a note they quote
    "markov (Kneser-Ney, its best order)": "markov",
    "transformer (shipped)": "shipped (transformer)",
    "transformer (12 million tokens)": "transformer",
    "rnn (same size, 12 million tokens)": "rnn",
    "wavenet (same size, 12 million tokens)": "wavenet",
}


@pytest.mark.parametrize("name", ["markov", "transformer", "rnn", "wavenet"])
def test_the_nats_that_a_page_quotes_are_those_of_the_benchmark(name):
    with open(ROOT / "benchmarks" / "likelihood" / "results.csv", newline="", encoding="utf-8") as file:
        nats = {(row["style"], row["model"].split(",")[0]): float(row["nats_per_note"]) for row in csv.DictReader(file)}
    page = (ROOT / "docs" / "methods" / f"{name}.md").read_text(encoding="utf-8")
    table = page[page.index(f"<!-- numbers: {name} -->") : page.index("<!-- /numbers -->")].splitlines()
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in table if line.startswith("|")]
    for label, *values in cells[2:]:
        measured = [nats.get((style, NUMBERS[label])) for style in cells[0][1:]]
        assert values == ["–" if found is None else f"{found:.2f}" for found in measured]
