"""One file of another package adds a method, a codec, a format, a corpus or a command, by an entry point.

The package is made here, in a folder on the path: a module for each thing, and the metadata that an installer writes.
"""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

import componium
from componium import corpora, formats, methods, registry
from componium.codecs.base import Codec
from componium.corpora import Corpus
from componium.decoding.controls import Controls
from componium.decoding.request import Request
from componium.errors import CheckpointError
from componium.methods.base import Untaught
from componium.music.score import Meter, Score, Track, notes
from componium.testing import check_codec, check_format, check_method, checks_for
from componium.testing.music import make_corpus, make_tune

MODULES = {
    "methods": ("unigram", '''
"""Unigram: tokens as often as the corpus has them."""
import numpy as np
from componium.decoding.style.profile import profiles_from_json, profiles_to_json
from componium.codecs.encoded import examples_of
from componium.methods.base import Autoregressive, profiles_of

class Unigram(Autoregressive):
    """A unigram model."""
    tags = frozenset({"needs_music", "likelihood", "baseline"})

    def __init__(self, *, floor: float = 0.5):
        self.floor = floor

    def fit(self, corpus, *, run_dir=None, resume=False, on_progress=None):
        self.check_params()
        codec = self.make_codec().fit(corpus)
        examples = examples_of(codec, corpus.train)
        counts = np.bincount(np.concatenate([example.ids for example in examples]), minlength=len(codec.vocab))
        learned = {"codec": codec.config(), "profiles": profiles_to_json(profiles_of(corpus.train))}
        return self.set_weights(learned, {"logits": np.log(counts + self.floor).astype(np.float32)})

    def get_weights(self):
        return {"codec": self.codec_.config(), "profiles": profiles_to_json(self.profiles_)}, {"logits": self.logits_}

    def set_weights(self, learned, weights):
        self.codec_, self.logits_ = self.codec_from(learned), weights["logits"]
        self.profiles_ = profiles_from_json(learned["profiles"])
        return self

    def empty_state(self, batch):
        return batch

    def step(self, state, ids):
        return np.tile(self.logits_, (state, 1)), state

    def select(self, state, rows):
        return len(rows)
'''),
    "codecs": ("pulse", '''
"""Pulse: the pitches of a score, a quarter each."""
import numpy as np
from componium.codecs.base import Codec
from componium.codecs.vocab import Vocab
from componium.errors import CodecError
from componium.music.score import Score, Track, notes

class Pulse(Codec):
    """Pitches in the order of their onsets."""

    def __init__(self):
        self.vocab = Vocab({"PAD": [""], "BOS": [""], "EOS": [""], "Pitch": range(128)})
        self.pad, self.bos, self.eos = 0, 1, 2

    def _encode(self, score):
        return np.array([self.bos, *(3 + pitch for pitch in _pitches(score)), self.eos])

    def decode(self, ids):
        if not all(0 <= index < len(self.vocab) for index in ids):
            raise CodecError("an id outside the vocabulary")
        ids = list(ids)
        return _score(index - 3 for index in ids[: ids.index(self.eos) if self.eos in ids else None] if index > 2)

    def canonicalize(self, score):
        return _score(_pitches(score))

    def initial_state(self):
        return []

    def allowed_next(self, state):
        allowed = np.zeros(len(self.vocab), dtype=bool)
        allowed[self.bos if not state else slice(2, None)] = True
        return allowed

    def advance(self, state, index):
        state.append(index)

    def config(self):
        return {"name": "pulse"}

    def is_note(self, ids):
        return np.asarray(ids) > 2

def _pitches(score):
    return [note["pitch"] for track in score.tracks for note in np.sort(track.notes, order=["onset", "pitch"])]

def _score(pitches):
    rows = [(480 * at, 480, pitch) for at, pitch in enumerate(pitches)]
    return Score((Track(notes(rows)),) if rows else ())
'''),
    "formats": ("pitches", '''
"""Pitches: a line of numbers."""
from componium.errors import FormatError
from componium.formats.losses import ASPECTS, Loss
from componium.music.score import Score, Track, notes

SUFFIXES = (".pitches",)
LOSES = {"all-but-pitches": Loss("only pitches are kept, a quarter each", tuple(ASPECTS))}

def canonicalize(score):
    pitches = [pitch for track in score.tracks for pitch in track.notes["pitch"].tolist()]
    rows = [(480 * at, 480, pitch) for at, pitch in enumerate(pitches)]
    return Score((Track(notes(rows)),) if rows else ())

def dumps(score):
    pitches = [pitch for track in score.tracks for pitch in track.notes["pitch"].tolist()]
    return " ".join(map(str, ["pitches:", *pitches])).encode()

def loads(data, *, strict=False):
    head, *words = data.decode("latin-1").split(" ")
    if head != "pitches:" or not all(word.isdecimal() and word.isascii() and int(word) < 128 for word in words):
        raise FormatError("not a line of pitches", expected="pitches: 60 62 ...")
    return canonicalize(Score((Track(notes([(at, 1, int(word)) for at, word in enumerate(words)])),)))
'''),
    "corpora": ("scales", '''
"""Scales, made by rule."""
from componium.testing.music import make_corpus

def load(**options):
    return make_corpus()
'''),
    "commands": ("count", '''
"""Count the notes of a file."""
import click
import componium

@click.command()
@click.argument("path")
def command(path):
    """Count the notes of a file."""
    click.echo(componium.read(path).n_notes)
'''),
}  # fmt: skip


@pytest.fixture(autouse=True)
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A package on the path, as an installer leaves it."""
    (tmp_path / "others").mkdir()
    (tmp_path / "others/__init__.py").touch()
    points = []
    for kind, (name, source) in MODULES.items():
        (tmp_path / f"others/{name}.py").write_text(source, encoding="utf-8")
        points.append(f"[componium.{kind}]\n{name} = others.{name}\n")
    info = tmp_path / "others-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: others\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("\n".join(points))
    monkeypatch.syspath_prepend(tmp_path)
    registry.refresh()
    yield
    monkeypatch.undo()
    registry.refresh()


@pytest.mark.parametrize("kind", MODULES)
def test_it_is_listed_and_loaded_by_its_name(kind: str) -> None:
    name, source = MODULES[kind]
    assert name in registry.names(kind)
    assert registry.load(kind, name).__name__ == f"others.{name}"
    assert registry.summary(kind, name) == source.split('"""')[1]


def test_a_method_is_made_saved_and_loaded_by_name(tmp_path: Path) -> None:
    method = methods.make("unigram", floor=1.0).fit(make_corpus())
    method.save(tmp_path / "model")
    loaded = methods.load(tmp_path / "model")
    assert type(loaded).__module__ == "others.unigram"
    assert loaded.get_params() == {"floor": 1.0}
    assert loaded.log_prob([make_tune(0)]) == method.log_prob([make_tune(0)])


def test_a_method_passes_the_conformance_suite() -> None:
    check_method(registry.load_class("methods", "unigram", methods.Method))


def test_a_method_may_be_a_member_of_an_ensemble(tmp_path: Path) -> None:
    members = [{"method": "unigram"}, {"method": "markov", "order": 1}]
    methods.make("ensemble", members=members).fit(make_corpus()).save(tmp_path / "model")
    assert len(methods.load(tmp_path / "model").members_) == 2


def test_a_codec_passes_the_conformance_suite() -> None:
    check_codec(registry.load_class("codecs", "pulse", Codec)())


def test_a_method_learns_over_a_codec() -> None:
    method = methods.make("markov", order=2, codec="pulse").fit(make_corpus())
    assert method.log_prob([make_tune(0)])[0] < 0


def test_a_format_reads_writes_and_passes_the_conformance_suite(tmp_path: Path) -> None:
    module = registry.load("formats", "pitches")
    check_format(module)
    formats.write(make_tune(0), tmp_path / "tune.pitches")
    assert formats.read(tmp_path / "tune.pitches") == module.canonicalize(make_tune(0))


def test_a_corpus_is_loaded_by_name() -> None:
    assert "scales" in corpora.names()
    assert len(corpora.load("scales")) == 14


def test_a_command_runs(tmp_path: Path) -> None:
    componium.write(make_tune(0), tmp_path / "tune.mid")
    result = CliRunner().invoke(registry.load("commands", "count").command, [str(tmp_path / "tune.mid")])
    assert result.output.strip() == str(make_tune(0).n_notes)


# A method that no registry knows.


class Drone(Untaught):
    """One note, as long as the piece."""

    CONTROLS = frozenset({"bars"})

    def __init__(self, *, pitch: int = 60) -> None:
        self.pitch = pitch

    def _compose(self, controls: Controls, rng: np.random.Generator) -> Score:
        bars = controls.bars or 4
        return Score((Track(notes([(0, 1920 * bars, self.pitch + int(rng.integers(12)))])),), meters=(Meter(0, 4, 4),))


@pytest.mark.parametrize("check", [pytest.param(check, id=name) for name, check in checks_for(Drone(pitch=48))
                                   if name != "check_seed"])  # fmt: skip
def test_a_class_defined_anywhere_passes_the_conformance_suite(check) -> None:
    check()


def test_a_class_defined_anywhere_is_saved_and_loads_itself(tmp_path: Path) -> None:
    Drone(pitch=40).fit(Corpus("none")).save(tmp_path)
    assert Drone.load(tmp_path).get_params() == {"pitch": 40}
    with pytest.raises(CheckpointError, match=r"Drone\.load\(folder\)"):
        methods.load(tmp_path)
    with pytest.raises(CheckpointError, match="a model of Drone"):
        registry.load_class("methods", "unigram", methods.Method).load(tmp_path)


def test_a_law_that_is_broken_is_named() -> None:
    class Forgetful(Drone):
        """A method that loses its parameters."""

        def __init__(self, *, pitch: int = 60) -> None:
            self.pitch = 60

    with pytest.raises(AssertionError, match="set_params") as caught:
        check_method(Forgetful(pitch=60).set_params(pitch=50))
    assert caught.value.__notes__ == ["in check_parameters"]


def test_composing_by_request() -> None:
    score, = Drone().generate(Request(Controls(bars=3)), rng=np.random.default_rng(0))
    assert score.end == 3 * 1920
