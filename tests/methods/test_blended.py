"""Several styles at once: the mean of the logits, in composing, filling in, explaining and likelihoods."""

from dataclasses import replace

import numpy as np
import pytest

from componium.decoding.controls import Controls
from componium.decoding.region import Region
from componium.decoding.request import Request
from componium.errors import ControlError
from componium.methods.base import Autoregressive, make
from componium.methods.uniform import Uniform
from componium.testing.music import STYLE, make_corpus

STYLES = ("odd", "even")
BOTH = Request(Controls(style="odd, even", bars=4))


@pytest.fixture(scope="module")
def corpus():
    pieces = [replace(piece, styles=(STYLE, STYLES[at % 2])) for at, piece in enumerate(make_corpus(paces=(1, 2)))]
    return make_corpus().with_pieces(pieces)


class Styled(Uniform):
    """A model that remembers the style of each sequence, and has a distribution of its own for it."""

    def empty_state(self, batch):
        return np.zeros(batch, dtype=np.int64)

    def step(self, state, ids):
        part, n_vocab = self.codec_.vocab.ids("Style"), len(self.codec_.vocab)
        state = np.where((ids >= part.start) & (ids < part.stop), ids, state)
        rows = [np.random.default_rng(int(style)).normal(size=n_vocab) for style in state]
        return np.stack(rows).astype(np.float32), state

    def select(self, state, rows):
        return state[rows]


def styled(corpus, **options):
    return Styled(codec={"name": "events", **options}).fit(corpus)


@pytest.fixture(scope="module")
def method(corpus):
    return styled(corpus)


@pytest.fixture(scope="module")
def markov(corpus):
    method = make("markov", order=9).fit(corpus)
    assert isinstance(method, Autoregressive)
    return method


def in_style(method, ids, style):
    part = method.codec_.vocab.ids("Style")
    return np.where((ids >= part.start) & (ids < part.stop), method.codec_.vocab.id("Style", style), ids)


@pytest.mark.parametrize("name", ["method", "markov"])
def test_every_step_is_the_mean_of_the_steps_in_each_style(name, corpus, request):
    method = request.getfixturevalue(name)
    rows = [method.codec_.encode(piece.score).ids[:60] for piece in corpus.pieces[:3]]
    ids, blended = np.stack(rows), method.conditioned(BOTH)
    assert blended.styles == STYLES
    logits, state = blended.initial_state(ids[:, :20])
    each = [method.initial_state(in_style(method, ids[:, :20], style)) for style in STYLES]
    kept = np.array([2, 0])
    for at in range(20, 60):
        assert np.allclose(logits, np.mean([found for found, _ in each], axis=0), atol=1e-5)
        if at == 40:  # a sequence ends, and the others change places
            ids, state = ids[kept], blended.select(state, kept)
            each = [(found, method.select(own, kept)) for found, own in each]
        logits, state = blended.step(state, ids[:, at])
        each = [method.step(own, ids[:, at]) for _, own in each]


def test_the_likelihood_is_that_of_the_mean_whatever_style_is_stated(method, corpus):
    score = corpus.pieces[0].score
    blended = method.conditioned(BOTH)
    states = [replace(score, info=(("style", style),)) for style in (*STYLES, "other")]
    found = blended.log_prob(states)
    assert np.allclose(found, found[0])
    ids, codec = method.codec_.encode(score).ids, method.codec_
    grammar, total = codec.initial_state(), 0.0
    for at, index in enumerate(ids.tolist()):
        if not codec.is_condition(ids)[at]:
            rows = np.stack([in_style(method, ids[:at], style) for style in STYLES])
            logits = method.initial_state(rows)[0].astype(float).mean(axis=0)
            total += logits[index] - np.logaddexp.reduce(logits[codec.allowed_next(grammar)])
        codec.advance(grammar, index)
    assert found[0] == pytest.approx(total, abs=1e-3)


def test_one_style_or_none_is_the_method_itself(method):
    assert method.conditioned(Request()) is method
    assert method.conditioned(Request(Controls(style="odd"))) is method
    assert method.conditioned(Request(Controls(style="odd,odd"))) is method


def test_takes_are_not_those_of_either_style(method):
    takes = {style: method.generate(Request(Controls(style=style, bars=8)), 2, rng=np.random.default_rng(3))
             for style in ("odd", "even", "odd,even")}  # fmt: skip
    assert takes["odd,even"] not in (takes["odd"], takes["even"])
    assert {score.about("style") for score in takes["odd,even"]} == {"odd"}


@pytest.mark.parametrize("regions", [True, False], ids=["regions", "resampling"])
def test_a_region_is_filled_in_several_styles(corpus, regions):
    method, score = styled(corpus, regions=regions), corpus.pieces[0].score
    request = Request(Controls(style="odd,even"), score, Region.of(score, bars=(1, 2)))
    first, again = (method.generate(request, rng=np.random.default_rng(2))[0] for _ in range(2))
    assert first == again and first.n_bars == score.n_bars
    alone = replace(request, controls=Controls(style="odd"))
    assert first != method.generate(alone, rng=np.random.default_rng(2))[0]


def test_notes_are_explained_by_the_chances_of_the_mean(method):
    (score,) = method.generate(BOTH, rng=np.random.default_rng(7))
    plan = method.plan(BOTH, np.random.default_rng(7).spawn(1)[0])
    both = method.explain(score, 1, 0, request=BOTH, plan=plan)
    alone = method.explain(score, 1, 0, request=Request(Controls(style="odd", bars=4)), plan=plan)
    assert both and [note.chosen.chance for note in both] != [note.chosen.chance for note in alone]


def test_a_style_with_a_comma_in_its_name_is_one(corpus):
    named = corpus.with_pieces(replace(piece, styles=("Bach, J. S.",)) for piece in corpus)
    method = styled(named)
    request = Request(Controls(style="Bach, J. S.", bars=4))
    assert method.conditioned(request) is method
    assert method.generate(request, rng=np.random.default_rng(1))[0].about("style") == "Bach, J. S."


def test_what_cannot_be_blended_is_refused(method, corpus):
    with pytest.raises(ControlError, match=r"no style 'evn'; .*did you mean even"):
        method.generate(Request(Controls(style="odd,evn")), rng=np.random.default_rng(0))
    with pytest.raises(ControlError, match="style"):
        make("markov", codec="melody").fit(corpus).generate(BOTH, rng=np.random.default_rng(0))
    with pytest.raises(ControlError, match="odd and even at once; expected one style"):
        make("dice").fit(corpus).generate(BOTH, rng=np.random.default_rng(0))
