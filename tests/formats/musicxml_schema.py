"""The schema of MusicXML 4.0, as the package `musicxml` carries it, without the network."""

import re
from functools import cache
from importlib.util import find_spec
from pathlib import Path

HAS_SCHEMA = find_spec("musicxml") is not None and find_spec("xmlschema") is not None


@cache
def schema():
    """An xmlschema.XMLSchema; xmlschema has the two schemas that it imports, so their addresses are dropped."""
    import xmlschema

    path = Path(find_spec("musicxml").origin).parent / "generate_classes" / "musicxml_4_0.xsd"
    text = path.read_text(encoding="utf-8")
    return xmlschema.XMLSchema(re.sub(r'schemaLocation="[^"]*"', "", text), allow="local")


def problems(data):
    """What the schema says against a document, as a list of text; empty if it is valid."""
    return [f"{error.path}: {error.reason}" for error in schema().iter_errors(data.decode())]
