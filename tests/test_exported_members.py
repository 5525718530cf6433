"""The public interface: its names, their signatures, and that importing it is quick."""

import inspect
import subprocess
import sys

import pytest

import componium

HEAVY = ("torch", "lightning", "matplotlib", "music21", "soundfile", "rich", "click", "symusic", "numpy")
SUBPACKAGES = (
    "analysis", "audio", "checkpoints", "cli", "codecs", "composing", "corpora", "decoding", "errors", "evaluation",
    "formats", "inference", "learning", "methods", "metrics", "music", "notation", "originality", "performance",
    "raw_audio", "registry", "render", "transcription", "weights",
)  # fmt: skip
CONTROLS = "style key meter qpm bars form upbeat instruments ending energy duration chords"
SAMPLING = "n seed temperature top_p method corpus"
# The parameters of each public function; those after * are keywords.
FUNCTIONS = {
    "accompany": f"tune instruments * style {SAMPLING} constraints on_progress",
    "arrange": f"piece instruments * keep style {SAMPLING} constraints on_progress",
    "compare": "methods corpus * n bars seed minutes likelihood pieces on_progress",
    "compose": f"style * {CONTROLS.removeprefix('style ')} {SAMPLING} params prompt constraints "
    "accompany endings tries critics on_bar on_take on_progress",
    "dream": "recording * voices instruments key n seed method on_heard on_state on_progress",
    "explain": "piece bar voice * method corpus on_progress",
    "extend": f"piece bars * style ending {SAMPLING} constraints endings on_bar on_progress",
    "harmonize": "melody * voices chords_only tries key given numerals style seed method corpus on_progress",
    "infill": "piece * bars voices chords density rhythm register polyphony repeats style "
              f"{SAMPLING} constraints on_progress",
    "load_model": "model",
    "perform": "score style * expression weights seed",
    "read": "path * strict",
    "read_all": "path * strict",
    "show": "piece * width color",
    "styles": "",
    "train": "corpus out * method params repeats minutes seed start resume on_progress",
    "transcribe": "recording * texture quantized meter qpm program",
    "tune": "corpus out * method space params repeats trials minutes pieces seed on_progress",
    "vary": "piece * strength keep_bars keep_tracks style n seed method corpus on_state on_progress",
    "write": "piece path options",
}
CLASSES = ["Chord", "Key", "Meter", "Performance", "Score", "Take", "Tempo", "Track"]


def test_dir_is_the_public_list_in_order():
    assert dir(componium) == list(componium.__all__) == sorted(["__version__", *FUNCTIONS, *CLASSES])


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_public_function_has_its_parameters_and_is_no_module(name):
    function = getattr(componium, name)
    words, seen = [], False
    for parameter in inspect.signature(function).parameters.values():
        if parameter.kind is parameter.KEYWORD_ONLY and not seen:
            words, seen = [*words, "*"], True
        words.append(parameter.name)
    assert " ".join(words) == FUNCTIONS[name]
    assert inspect.isfunction(function) and function.__name__ == name


@pytest.mark.parametrize("name", CLASSES)
def test_a_public_class_is_one(name):
    assert inspect.isclass(getattr(componium, name))


@pytest.mark.parametrize("name", SUBPACKAGES)
def test_a_subpackage_is_an_attribute(name):
    assert getattr(componium, name).__name__ == f"componium.{name}"
    assert name not in componium.__all__  # no name is a function and a package at once


def test_a_subpackage_needs_no_import_statement():
    assert heavy_after("import componium; componium.errors.ComponiumError; componium.corpora.load") >= {"numpy"}


def test_a_function_stays_one_when_its_module_is_imported():
    code = "import componium.composing.compose, componium; assert callable(componium.compose)"
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.parametrize("name", ["nothing", "_nothing", "__nothing__"])
def test_an_unknown_name_is_an_attribute_error(name):
    with pytest.raises(AttributeError, match=f"no attribute '{name}'"):
        getattr(componium, name)


def heavy_after(statement):
    code = f"{statement}\nimport sys; print(*[name for name in {HEAVY} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


def test_importing_componium_imports_nothing_heavy():
    assert heavy_after("import componium") == set()


def test_reading_and_composing_import_no_torch():
    loaded = heavy_after("import componium.formats, componium.metrics; import componium; componium.compose")
    assert not loaded & {"torch", "lightning", "music21", "matplotlib"}
