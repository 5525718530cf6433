"""Corpora in the data folder: some files of each, read as they are."""

import re
from dataclasses import replace

import pytest

from componium import corpora
from componium.corpora import _local, openquartets
from componium.corpora._build import Plan, assemble, read
from componium.corpora._sources import listed_files

pytestmark = pytest.mark.data

# Two files of each: of every folder, and short ones.
SOME = {
    "lieder": ["Schubert,_Franz/Winterreise,_D.911/24_Der_Leiermann", "pl-kj--bj-muz-10220-iii-2_zelenski"],
    "piano": ["025_1-6-1d-BH-006", "mzk-m-31--001-008", "gymnopedie_2"],
    "harpsichord": ["BachJS__BWV790"], "organ": ["BWV619"], "guitar": ["giuliani-op50n05"],
    "choir": ["pl-kk--kk-i-66--001-002", "pl-wn--sd-xvi-qu-273--001-124"],
    "hymns": ["As_With_Gladness_Men_Of_Old", "St_Catherine"],
    "band": ["freedoom/d_dm06", "cc0_midis/gears", "easyrpg_music/Battle 1"],
    "drums": ["drummer1/session1/145_latin", "drummer10/session1/4_jazz"],
    "songs": ["Home_on_the_Range"],
}  # fmt: skip
PARTS = {  # of each, the possible programs from the first part to the last; 128 for drums
    "lieder": {(52, 0, 0)}, "piano": {(0, 0)}, "harpsichord": {(6, 6)}, "organ": {(19, 19)}, "guitar": {(24,)},
    "choir": {(52, 52, 52), (52, 52, 52, 52)}, "hymns": {(52, 52, 52, 52)}, "drums": {(128,)}, "songs": {(0,)},
}


@pytest.fixture
def load_some(data_folder, monkeypatch):
    """A loader of some files of a corpus, without the cache."""
    find, build = _local.find_files, _local.build

    def find_some(name, *args):
        return tuple(file for file in find(name, *args) if any(part in file for part in SOME[name]))

    monkeypatch.setattr(_local, "find_files", find_some)
    monkeypatch.setattr(_local, "build", lambda plan, **options: build(plan, **options, cache=False))
    return lambda name: corpora.load(name, workers=1)


@pytest.mark.parametrize("name", SOME)
def test_some_pieces_have_the_parts_and_the_provenance_that_are_promised(name, load_some):
    corpus = load_some(name)
    assert len(corpus) >= len(SOME[name]), corpus.left_out
    for piece in corpus:
        assert piece.styles[0] == name
        assert len(piece.sha256) == 64
        assert piece.family
        assert re.search(r"CC|BSD|[Pp]ublic [Dd]omain|Creative Commons", piece.rights)
        programs = tuple(128 if part.is_drum else part.program for part in piece.score.tracks)
        assert programs in PARTS.get(name, {programs})
    assert corpus.license and corpus.citation
    assert all(reason for _, reason in corpus.left_out)


def test_files_have_the_hashes_that_are_listed(load_some):
    hashes = {file.name: file.sha256 for file in listed_files("hymns")}
    assert all(hashes[piece.source] == piece.sha256 for piece in load_some("hymns"))


@pytest.mark.corpora
def test_a_quartet_that_music21_has_is_held_out_if_any_movement_is():
    pieces = corpora.load("quartets").pieces
    for work, side in openquartets.SHARED.values():
        sides = {piece.split for piece in pieces if piece.id.startswith(work)}
        assert side == max(sides, key=corpora.SPLITS.index), work


def test_a_fixed_side_moves_the_whole_family(load_some, monkeypatch):
    def build(plan: Plan, **options):
        fixed = replace(plan, fixed_side=lambda source: "test" if "Dix" in source else "")
        return assemble(fixed, read(fixed, workers=1))

    monkeypatch.setattr(_local, "build", build)
    sides = {piece.id: piece.split for piece in corpora.load("hymns", workers=1)}
    assert [id_ for id_, side in sides.items() if side == "test"] == ["openhymnal/As_With_Gladness_Men_Of_Old-Dix"]
