"""Explanations against what composing did, against likelihoods, and as a user reads them."""

import json
from dataclasses import replace
from math import log
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

import componium
from componium.cli import program
from componium.composing.model import ORIGINALITY, index_corpus
from componium.composing.record import read_take
from componium.corpora import Corpus
from componium.decoding.controls import Controls
from componium.decoding.request import Request
from componium.errors import ControlError, FormatError, UnknownNameError
from componium.evaluation.explanation import Explanation, explain
from componium.methods import Autoregressive, make
from componium.methods._shared.rescoring import rescore
from componium.music.score import Key, Meter, Score, Track, notes
from componium.testing.music import make_corpus, make_tune

CODECS = ["events", "frames", "melody", "notechord", {"name": "melody", "kind": "pair"}]


@pytest.fixture(scope="module")
def corpus() -> Corpus:
    return make_corpus()


@pytest.fixture(scope="module")
def model(corpus: Corpus) -> Autoregressive:
    return make("markov", order=3).fit(corpus)


@pytest.fixture(scope="module")
def folder(model: Autoregressive, corpus: Corpus, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("model")
    model.save(path)
    index_corpus(corpus).save(path / ORIGINALITY)
    return path


@pytest.fixture(scope="module")
def take(folder: Path) -> componium.Take:
    return componium.compose(method=folder, bars=8, seed=3)


@pytest.mark.parametrize("codec", CODECS, ids=str)
def test_a_take_scored_again_has_the_logits_masks_and_biases_of_its_composing(codec, corpus: Corpus) -> None:
    model, steps = make("markov", order=3, codec=codec).fit(corpus), []
    request = Request(Controls(bars=4))
    (score,) = model.generate(request, rng=np.random.default_rng(1), on_step=lambda step: steps.append(
        (step.logits.copy(), step.mask.copy(), step.bias.copy(), step.id)))
    plan = model.plan(request, np.random.default_rng(1).spawn(1)[0])
    guide = model.codec_.guide(plan, request, model.profile_of(plan.style))
    ids = model.codec_.ids_after(guide.given, score)
    n_compared = 0
    for moment, (logits, mask, bias, index) in zip(rescore(model, guide, ids), steps, strict=False):
        if ids[moment.at] != index:  # a length that the codec states in other ids
            break
        again, biased = np.zeros_like(mask), np.zeros_like(bias)
        moment.guide.mask(again)
        moment.guide.bias(biased)
        np.testing.assert_array_equal(again, mask)
        np.testing.assert_allclose(biased, bias, atol=1e-6)
        np.testing.assert_allclose(moment.logits, logits, atol=1e-5)
        n_compared += 1
    assert n_compared >= 12


@pytest.mark.parametrize("codec", ["events", "melody", {"name": "melody", "kind": "pair"}], ids=str)
def test_the_bits_of_all_notes_are_those_of_the_likelihood(codec, corpus: Corpus) -> None:
    model, score = make("markov", order=3, codec=codec).fit(corpus), make_tune(7, bars=4)
    found = [note for bar in range(4) for voice in range(2) for note in model.explain(score, bar, voice)]
    assert len(found) == len(model.note_log_probs(score))
    total = sum(note.surprise + note.timing for note in found) * log(2)
    assert total == pytest.approx(-model.note_log_probs(score).sum(), rel=1e-6)


def test_chances_as_drawn_are_those_of_the_model_under_the_biases(model: Autoregressive, take: componium.Take) -> None:
    request = replace(take.request, sampling=replace(take.request.sampling, top_p=1.0))
    n_biased = 0
    for bar in range(8):
        for note in model.explain(take.score, bar, 0, request=request, plan=take.plan):
            weights = {each.pitch: 0.0 if each.forbidden else each.chance * np.exp(sum(each.biases.values()))
                       for each in note.candidates}
            for each in note.candidates:
                assert each.drawn == pytest.approx(weights[each.pitch] / sum(weights.values()), abs=1e-4)
            n_biased += sum(bool(each.biases) for each in note.candidates)
    assert n_biased > 0


def test_a_constraint_is_named_where_it_forbids_and_gone_when_it_is_off(model: Autoregressive, folder: Path) -> None:
    for without, is_named in (({}, True), ({"ranges": False}, False)):
        take = componium.compose(method=folder, bars=4, seed=3, constraints=without)
        names = {name for voice in (0, 1) for bar in range(4)
                 for note in explain(take, bar, voice, method=folder).notes for each in note.candidates
                 for name in each.forbidden}
        assert ("ranges" in names) == is_named


def test_every_note_of_the_bar_and_voice_is_explained_in_order(take: componium.Take, folder: Path) -> None:
    ticks = take.score.ticks_per_quarter
    for bar in range(8):
        for voice in range(len(take.score.tracks)):
            array = take.score.tracks[voice].notes
            begin = bar * 4 * ticks if str(take.plan.meter) == "4/4" else bar * 3 * ticks
            end = begin + (4 if str(take.plan.meter) == "4/4" else 3) * ticks
            inside = [((onset - begin) / ticks, pitch) for onset, pitch in array[["onset", "pitch"]].tolist()
                      if begin <= onset < end]
            if inside:
                why = explain(take, bar, voice, method=folder)
                assert [(float(note.onset), note.pitch) for note in why.notes] == inside


def test_a_take_read_from_its_files_is_explained_as_in_memory(take: componium.Take, folder: Path, tmp_path) -> None:
    for suffix in (".mid", ".json"):
        take.write(tmp_path / f"take{suffix}")
    for path in ("take.mid", "take.json"):
        again = read_take(tmp_path / path)
        assert again.request == take.request
        one, other = (explain(each, 2, 1, method=folder).to_json() for each in (take, again))
        assert {**one, "title": ""} == {**other, "title": ""} and not one["remarks"]


def test_a_record_names_what_made_the_take(take: componium.Take, tmp_path) -> None:
    for suffix in ("mid", "json"):
        take.write(tmp_path / f"take.{suffix}")
    read = read_take(tmp_path / "take.json")
    for name in ("seed", "number", "method", "model", "weights", "version", "sampling"):
        assert getattr(read, name) == getattr(take, name)


def test_a_continued_take_is_explained_from_memory_and_from_its_file(take: componium.Take, folder, tmp_path) -> None:
    longer = componium.extend(take, 2, seed=1, method=folder)
    assert explain(longer, 9, 0, method=folder).notes and not explain(longer, 9, 0, method=folder).remarks
    for suffix in (".mid", ".json"):
        longer.write(tmp_path / f"longer{suffix}")
    why = explain(read_take(tmp_path / "longer.json"), 9, 0, method=folder)
    assert "could not be drawn again" in why.remarks[0]  # its prompt is not recorded


def test_a_grammars_derivation_is_made_again_from_the_seed(tmp_path: Path) -> None:
    take = componium.compose(method="grammar", bars=8, seed=4)
    for suffix in (".mid", ".json"):
        take.write(tmp_path / f"take{suffix}")
    ours, theirs = explain(take, 2), explain(read_take(tmp_path / "take.json"), 2)
    assert ours.notes == theirs.notes
    assert "Piece → Period" in ours.notes[0].reasons


def test_a_score_of_another_origin_is_explained_by_any_model(folder: Path, corpus: Corpus) -> None:
    why = explain(make_tune(9), 1, 1, method=folder)
    assert [note.pitch for note in why.notes] == make_tune(9).tracks[1].notes["pitch"][4:8].tolist()
    known = explain(corpus.train.pieces[0].score, 4, 0, method=folder)
    assert any(found and found[0].piece == corpus.train.pieces[0].id for found in known.passages)


def test_a_take_of_other_weights_is_refused_unless_its_model_is_named(take: componium.Take, folder: Path) -> None:
    other = replace(take, weights="0123", method="uniform")
    with pytest.raises(ControlError, match=r"learned nothing|weights"):
        explain(other, 0)
    assert "0123" in explain(other, 0, method=folder).remarks[0]


@pytest.mark.parametrize(("bar", "voice", "text"), [
    (8, 0, "0 to 7"), (-1, 0, "0 to 7"), (0, 2, "voice"), (0, "oboe", "voice"),
])  # fmt: skip
def test_bars_and_voices_that_there_are_not_are_refused(take, folder: Path, bar: int, voice, text: str) -> None:
    with pytest.raises(ControlError, match=text):
        explain(take, bar, voice, method=folder)


def test_what_can_not_be_explained_is_refused(take: componium.Take, folder: Path) -> None:
    with pytest.raises(ControlError, match=r"can't explain.*markov"):
        explain(take, 0, method="dice")
    rests = Score((Track(notes([(7680, 480, 60)])),), meters=(Meter(0, 4, 4),), keys=(Key(0, 0),))
    with pytest.raises(ControlError, match="no note"):
        explain(rests, 0, method=folder)
    with pytest.raises(ControlError, match="derivation"):
        explain(make_tune(1), 0, method="grammar")


def test_text_names_pitches_bits_and_passages(why: Explanation) -> None:
    text = str(why)
    for note in why.notes:
        assert f"{note.surprise:.1f} bits" in text
    assert "model  drawn" in text and "> " in text
    assert any(found for found in why.passages) == ("learned from" in text)


@pytest.fixture(scope="module")
def why(take: componium.Take, folder: Path) -> Explanation:
    return explain(take, 3, 0, method=folder)


def test_the_picture_has_a_panel_a_note_and_boxes_the_chosen_pitch(why: Explanation, tmp_path: Path) -> None:
    figure = why.figure()
    assert len(figure.axes) == len(why.notes)
    for axes, note in zip(figure.axes, why.notes, strict=True):
        bold = [label.get_text() for label in axes.get_yticklabels() if label.get_fontweight() == "bold"]
        assert len(bold) == 1
        assert axes.get_title(loc="left").startswith("beat") and bold[0] in axes.get_title(loc="left")
        assert len(axes.get_yticklabels()) <= 8 and note.pitch
    for suffix in (".png", ".svg", ".txt", ".json"):
        why.write(tmp_path / f"why{suffix}")
        first = (tmp_path / f"why{suffix}").read_bytes()
        why.write(tmp_path / f"why{suffix}")
        assert (tmp_path / f"why{suffix}").read_bytes() == first
    assert json.loads((tmp_path / "why.json").read_text())["bar"] == 4
    with pytest.raises(UnknownNameError, match="pdf"):
        why.write(tmp_path / "why.pdf")


def test_the_command_counts_from_one(take: componium.Take, folder: Path, tmp_path: Path) -> None:
    for suffix in (".mid", ".json"):
        take.write(tmp_path / f"take{suffix}")
    arguments = ["explain", str(tmp_path / "take.json"), "--bar", "3", "--voice", "2", "--model", str(folder)]
    done = CliRunner().invoke(program, [*arguments, "--json"], catch_exceptions=False)
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout)["voice"] == 2 and json.loads(done.stdout)["bar"] == 3
    assert "bar 3, voice 2" in CliRunner().invoke(program, arguments).stdout
    assert CliRunner().invoke(program, [*arguments, "-o", str(tmp_path / "why.png")]).exit_code == 0
    assert (tmp_path / "why.png").read_bytes()[:4] == b"\x89PNG"


def test_a_record_without_notes_or_damaged_is_refused(take: componium.Take, tmp_path: Path) -> None:
    take.write(tmp_path / "take.json")
    with pytest.raises(FormatError, match="without its notes"):
        read_take(tmp_path / "take.json")
    take.write(tmp_path / "take.mid")
    (tmp_path / "take.json").write_text('{"seed": 1, "asked": {}, "measured": {"key": 3}}')
    with pytest.raises(FormatError, match="damaged"):
        read_take(tmp_path / "take.mid")
    (tmp_path / "take.json").write_text("{")
    with pytest.raises(FormatError, match="not JSON"):
        read_take(tmp_path / "take.mid")
