"""The corpora inside music21: counts and facts that hold for them, and pieces that a musician knows.

They are read whole once a machine and then come from the cache.
"""

import functools

import numpy as np
import pytest

from componium import corpora
from componium.analysis.cadence import ends_on_tonic
from componium.corpora import _music21, chorales
from componium.errors import CorpusError, MissingExtraError
from componium.music.pitch import str_key
from componium.music.score import Score, Track, notes

pytestmark = pytest.mark.corpora
load = functools.cache(corpora.load)

COUNTS = {"chorales": (402, 6), "quartets": (46, 1), "madrigals": (42, 7), "trecento": (81, 22)}


@pytest.mark.parametrize("name", COUNTS)
def test_counts_and_provenance(name):
    corpus = load(name)
    assert (len(corpus), len(corpus.left_out)) == COUNTS[name]
    assert len({piece.id for piece in corpus}) == len(corpus)
    assert all(len(piece.sha256) == 64 and piece.source and piece.family for piece in corpus)
    assert all(piece.styles[0] == name for piece in corpus)
    assert "BSD license does not cover" in corpus.license
    assert "music21" in corpus.citation
    assert len(corpus.train) > 0.6 * len(corpus)


@pytest.mark.parametrize("name", [*COUNTS, "fiddle"])
def test_families_are_never_parted(name):
    sides = {}
    for piece in load(name):
        assert sides.setdefault(piece.family, piece.split) == piece.split


@pytest.mark.parametrize(("name", "n_tracks", "programs"), [
    ("chorales", 4, (52, 52, 52, 52)), ("quartets", 4, (40, 40, 41, 42)), ("madrigals", 5, (52,) * 5),
])
def test_parts_and_programs(name, n_tracks, programs):
    for score in load(name).scores:
        assert len(score.tracks) == n_tracks
        assert tuple(track.program for track in score.tracks) == programs


def test_four_voices_sing_one_line_each_from_high_to_low():
    for piece in load("chorales"):
        assert [track.name for track in piece.score.tracks] == list(chorales.VOICES)
        means = [track.notes["pitch"].mean() for track in piece.score.tracks]
        assert means == sorted(means, reverse=True)
        for track in piece.score.tracks:
            assert (np.diff(track.notes["onset"]) >= track.notes["duration"][:-1]).all()


@pytest.mark.parametrize(("name", "reserved"), [("madrigals", 6), ("trecento", 20)])
def test_no_right_is_reserved_in_what_is_kept(name, reserved):
    corpus = load(name)
    assert not [piece.id for piece in corpus if piece.rights]
    assert sum("rights are reserved" in why or "names an edition" in why for _, why in corpus.left_out) == reserved


# Keys as every edition gives them; Phrygian ones by the key they hang from.
KNOWN = {
    "bwv66.6": "F# minor", "bwv269": "G major", "bwv347": "A major", "bwv86.6": "E major", "bwv267": "G major",
    "bwv281": "F major", "bwv40.8": "F minor", "bwv17.7": "A major", "bwv65.2": "A minor", "bwv277": "D minor",
    "bwv351": "G minor", "bwv302": "D major", "bwv318": "G major", "bwv38.6": "A minor", "bwv244.54": "F major",
}


def test_known_chorales_have_their_keys():
    keys = {piece.id.removeprefix("bach/"): str_key(piece.score.keys[0]) for piece in load("chorales")}
    found = {name: keys[name] for name in KNOWN if name in keys}
    assert len(found) >= 14
    assert found == {name: KNOWN[name] for name in found}


def test_chorales_end_on_their_tonic_but_for_the_phrygian_ones():
    on_tonic = [
        ends_on_tonic(score, score.keys[-1])
        for score in load("chorales").scores
    ]
    assert 0.90 <= np.mean(on_tonic) <= 0.98


def test_settings_of_one_hymn_are_one_family():
    family = {piece.id.removeprefix("bach/"): piece.family for piece in load("chorales")}
    passion = ("135.6", "153.5", "161.6", "244.15", "244.44", "244.54", "248.5", "270", "271")
    assert len({family[f"bwv{number}"] for number in passion}) == 1
    assert family["bwv66.6"] != family["bwv270"]


def test_several_corpora_are_joined_by_a_comma():
    both = load("chorales,madrigals")
    assert len(both) == COUNTS["chorales"][0] + COUNTS["madrigals"][0]
    assert both.styles == ("chorales", "madrigals")
    assert both.name == "chorales,madrigals"


def test_without_music21_the_line_that_installs_it_is_given(monkeypatch):
    monkeypatch.setattr(_music21, "find_spec", lambda name: None)
    with pytest.raises(MissingExtraError, match=r"componium\[corpora\]"):
        _music21.root()


def test_a_score_without_four_voices_is_no_chorale():
    part = Track(notes([(0, 480, 60)]), name="Piano")
    with pytest.raises(CorpusError, match="2 parts"):
        chorales.prepare(Score((part, part)), "bach/x.mxl")


def test_the_fiddle_tunes():
    corpus = load("fiddle")
    assert len(corpus) >= 4000
    assert {piece.collection for piece in corpus} == {"oneills1850", "ryansMammoth", "airdsAirs"}
    kinds = {kind: len(corpus.of_style(kind)) for kind in ("jig", "reel", "hornpipe", "slip jig", "air")}
    assert all(count >= 100 for count in kinds.values()), kinds
    assert all([track.program for track in score.tracks] == [40] for score in corpus.scores)
    assert sum(bool(piece.rights) for piece in corpus) > 0.9 * len(corpus)
    meters = [str(score.meters[-1]) for score in corpus.of_style("jig").scores]
    assert meters.count("6/8") > 0.9 * len(meters)
