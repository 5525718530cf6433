"""What every pair of formats loses of real music: as declared, and as measured by writing, reading and comparing.

    COMPONIUM_DATA=../shared/data scripts/bench formats [--pieces 40] [--only-print]

A piece is written in the first format, read, written in the second, read, and compared with what it was. Sheet music:
chorales and fiddle tunes of music21's corpus, lead sheets of OpenEWLD. Performances: songs of POP909. The last two are
left out where COMPONIUM_DATA is unset. Writes results.csv and the README's tables.
"""

import argparse
import os
import random
import sys
import warnings
from collections import Counter
from importlib.util import find_spec
from pathlib import Path

from componium import formats, registry
from componium.errors import ComponiumError
from componium.formats.losses import ASPECTS, changed_aspects, declared_aspects

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE.parent))

import _report  # noqa: E402

# Compressed MusicXML loses what MusicXML does.
FORMATS = {name: registry.load("formats", name) for name in registry.names("formats") if name != "mxl"}
WRITERS = [name for name in FORMATS if hasattr(FORMATS[name], "dumps")]
BOTH = [name for name in WRITERS if hasattr(FORMATS[name], "loads")]
NOTES, REFUSED = "notes back", "refused"


def files(folder, pattern, count):
    found = sorted(folder.rglob(pattern))
    return random.Random(0).sample(found, min(count, len(found)))


def pieces(count):
    """Kind of music -> scores."""
    corpus = Path(find_spec("music21").origin).parent / "corpus"
    sheets = [formats.read(path) for path in files(corpus / "bach", "*.mxl", count)]
    for path in files(corpus / "oneills1850", "*.abc", 4):
        sheets += random.Random(0).sample(formats.read_all(path), count // 4)
    found = {"sheet music": sheets}
    if os.environ.get("COMPONIUM_DATA"):
        data = Path(os.environ["COMPONIUM_DATA"])
        sheets += [formats.read(path) for path in files(data / "openewld", "*.mxl", count)]
        found["performances"] = [formats.read(path) for path in files(data / "pop909", "[0-9]*.mid", count // 8)]
    return found


def through(score, name):
    return FORMATS[name].loads(FORMATS[name].dumps(score))


def measure(scores):
    """(first, second) -> how many scores changed, by aspect; under REFUSED, how many couldn't be converted; under
    NOTES, how many notes came back in their part."""
    counts = {(first, second): Counter() for first in BOTH for second in BOTH}
    for score in scores:
        for first in BOTH:
            middle = attempt(through, score, first)
            for second in BOTH:
                after = middle and attempt(through, middle, second)
                counts[first, second].update(changed_aspects(score, after) if after else [REFUSED])
                counts[first, second][NOTES] += notes_back(score, after) if after else 0
    return counts


def notes_back(before, after):
    """How many notes of one score are, by part and pitch, in the other."""
    one, other = (
        Counter((at, pitch) for at, part in enumerate(ASPECTS["notes"](score)) for *_, pitch in part)
        for score in (before, after)
    )
    return (one & other).total()


def attempt(function, *arguments):
    try:
        return function(*arguments)
    except ComponiumError as error:
        print(f"{arguments[-1]}: {error}", file=sys.stderr)
        return None


def told(counts, total):
    """The aspects changed and in what share of the scores, those changed most first."""
    most_first = sorted(counts, key=lambda name: (-counts[name], name))
    found = [f"{name} {100 * counts[name] / total:.0f} %" for name in most_first if name != NOTES]
    return ", ".join(found) or "nothing"


def row(first, second, measured, music):
    words = FORMATS[first].LOSES | FORMATS[second].LOSES
    figures, seen = {}, set()
    for kind, counts in measured.items():
        pair = counts.get((first, second))
        total = sum(score.n_notes for score in music[kind])
        figures[f"changed in {kind}"] = told(pair, len(music[kind])) if pair else "not read"
        figures[f"notes back %, {kind}"] = f"{100 * pair[NOTES] / total:.2f}" if pair else ""
        seen |= (pair or {}).keys() - {NOTES}
    undeclared = ", ".join(sorted(seen - declared_aspects(words))) or ("none" if second in BOTH else "")
    return {"formats": f"{first} to {second}", "losses declared": len(words), **figures, "undeclared": undeclared}


def declared():
    """The table of words, and which format declares which."""
    words = dict.fromkeys(word for name in WRITERS for word in FORMATS[name].LOSES)
    rows = [(word, *("x" if word in FORMATS[name].LOSES else "" for name in WRITERS)) for word in words]
    return _report.markdown(("declared lost", *WRITERS), rows)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pieces", type=int, default=40, help="chorales, tunes, lead sheets each; an eighth performed")
    parser.add_argument("--only-print", action="store_true", help="write no file")
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    music = pieces(options.pieces)
    measured = {kind: measure(scores) for kind, scores in music.items()}
    rows = [row(first, second, measured, music) for first in BOTH for second in WRITERS]
    amounts = [f"{kind}: {len(scores)} pieces, {sum(score.n_notes for score in scores)} notes"
               for kind, scores in music.items()]
    notes = [f"Measured on {'; '.join(amounts)}. Compared in {', '.join(ASPECTS)}.", declared()]
    _report.publish(HERE, rows, ["music21"], notes=notes, only_print=options.only_print)


if __name__ == "__main__":
    main()
