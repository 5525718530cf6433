"""The meter of a piece is that of most bars; a report about a take never destroys the take."""

from dataclasses import replace

import pytest

from componium.composing.accompany import accompany
from componium.composing.compose import compose
from componium.composing.infill import infill
from componium.composing.model import load_model
from componium.composing.vary import vary
from componium.corpora import Corpus, Piece
from componium.errors import CorpusError
from componium.methods import Method, make
from componium.music.score import Key, Meter, Score, Track, notes

STEPS = (0, 2, 4, 5, 7, 9, 11, 12)
type_bars = list[tuple[int, int]]


def tune(bars: type_bars, seed: int = 0) -> Score:
    """Return a tune of eighths in bars of these meters."""
    rows: list[tuple[int, int, int]] = []
    meters: list[Meter] = []
    tick = 0
    for number, (numerator, denominator) in enumerate(bars):
        if not meters or (meters[-1].numerator, meters[-1].denominator) != (numerator, denominator):
            meters.append(Meter(tick, numerator, denominator))
        rows += [(tick + 240 * at, 240, 60 + STEPS[(3 * number + (5 + seed) * at) % 8])
                 for at in range(8 * numerator // denominator)]  # fmt: skip
        tick += 1920 * numerator // denominator
    return Score((Track(notes(rows), 40),), meters=tuple(meters), keys=(Key(0, 0),))


def corpus(bars: type_bars, n: int = 8) -> Corpus:
    return Corpus("tunes", tuple(Piece(f"tune/{seed}", tune(bars, seed), ("tunes",)) for seed in range(n)))


@pytest.mark.parametrize("name", ["recombine", "dice", "genetic", "markov", "triples"])
@pytest.mark.parametrize("bars", [[(4, 4)] * 7 + [(6, 4)], [(1, 4)] + [(4, 4)] * 8, [(4, 4)] * 8 + [(3, 4)]],
                         ids=["long last bar", "pickup", "short last bar"])  # fmt: skip
def test_the_meter_is_that_of_most_bars(name: str, bars: type_bars) -> None:
    if name == "triples":
        pytest.importorskip("torch")
    kind = type(make(name))
    method = make(name, **kind.TINY).fit(corpus(bars))
    take = compose(method=method, bars=8, seed=1)
    assert (take.measured["meter"], take.measured["bars"]) == ("4/4", 8)


@pytest.fixture(scope="module", params=["events", "melody"])
def method(request: pytest.FixtureRequest) -> Method:
    return make("markov", codec=request.param).fit(corpus([(2, 4), (3, 4)] * 4))


@pytest.mark.parametrize(("bars", "after"), [
    ([(2, 4), (3, 4)] * 3, []), ([(2, 4)] * 3 + [(3, 4)], [(9, "2/4")]), ([(3, 4)] * 3 + [(2, 4)], [(11, "3/4")]),
    ([(3, 4)] * 4, []),
])  # fmt: skip
def test_a_prompt_keeps_its_bars_and_goes_on_in_its_main_meter(
    method: Method, bars: type_bars, after: list[tuple[int, str]]
) -> None:
    prompt = tune(bars)
    take = compose(method=method, prompt=prompt, bars=len(bars) + 4, seed=1)
    meters = [(meter.tick // take.score.ticks_per_quarter, str(meter)) for meter in take.score.meters]
    assert meters == [(meter.tick // 480, str(meter)) for meter in prompt.meters] + after
    assert take.measured["bars"] == len(bars) + 4
    begun = take.score.tracks[0].notes["pitch"][: prompt.n_notes]
    assert begun.tolist() == prompt.tracks[0].notes["pitch"].tolist()


def test_a_waltz_is_in_three() -> None:
    assert {compose("waltz", bars=4, seed=seed).measured["meter"] for seed in range(10)} == {"3/4"}


KIT = [(240 * at, 240, (36, 42, 38, 42)[at % 4]) for at in range(64)]
DRUMS_ONLY = Score((Track(notes(KIT), is_drum=True),), meters=(Meter(0, 4, 4),))


@pytest.fixture(scope="module")
def drums() -> Corpus:
    return Corpus("drums", tuple(Piece(f"drums/{at}", DRUMS_ONLY, ("drums",)) for at in range(4)))


@pytest.mark.parametrize("key", [None, Key(0, 3)])
def test_music_of_drums_alone_is_composed_and_reported(key: Key | None) -> None:
    score = DRUMS_ONLY if key is None else Score(DRUMS_ONLY.tracks, meters=DRUMS_ONLY.meters, keys=(key,))
    take = compose(corpus=Corpus("drums", (Piece("drums/0", score, ("drums",)),) * 4), bars=4, seed=1)
    assert set(take.score.tracks[0].notes["pitch"].tolist()) <= {36, 38, 42}
    assert (take.measured["key_found"], take.measured["instruments"]) == ("unknown", ["drums"])
    assert "drums" in str(take) and take.to_json()["measured"]["key_found"] == "unknown"


@pytest.mark.parametrize("codec", ["melody", "frames", "notechord"])
def test_a_codec_that_keeps_no_drums_says_that_there_is_nothing_to_learn(codec: str, drums: Corpus) -> None:
    with pytest.raises(CorpusError, match=r"melody|frames|onset"):
        make("markov", codec=codec).fit(drums)


def band() -> Score:
    """Return a tune over chords and drums of three kinds; one part is silent."""
    beat = [(480 * at, 240, 36 if at % 2 == 0 else 38) for at in range(16)]
    beat += [(240 * at, 240, 42) for at in range(32)]
    chords = [(1920 * bar, 1920, pitch) for bar in range(4) for pitch in (48, 52, 55)]
    lead = tune([(4, 4)] * 4).tracks[0]
    tracks = lead, Track(notes(chords), 27), Track(notes([]), 48), Track(notes(beat), is_drum=True, name="Drums")
    return Score(tracks, meters=(Meter(0, 4, 4),), keys=(Key(0, 0),), info=(("style", "band"),))


@pytest.mark.parametrize("seed", range(3))
def test_a_band_is_varied_as_a_band(seed: int) -> None:
    piece = band()
    take = vary(piece, strength=0.6, seed=seed)
    assert take.method == "transformer"
    assert [(track.program, track.is_drum) for track in take.score.tracks] == [
        (track.program, track.is_drum) for track in piece.tracks]  # fmt: skip
    kits = load_model().profile_of("band").part("kit")["kits"]
    assert any(set(take.score.tracks[3].notes["pitch"].tolist()) <= {36, 38, 42, *kit} for kit in kits)


def test_single_lines_are_varied_by_dream_and_what_it_cannot_play_stays() -> None:
    piece = band()
    lines = replace(piece, tracks=(piece.tracks[0], *piece.tracks[2:]))  # without the chords
    assert vary(replace(lines, tracks=lines.tracks[:2]), seed=1).method == "dream"
    varied = vary(lines, seed=1, method="dream", keep_tracks=[2]).score
    assert varied.tracks[1:] == lines.tracks[1:]
    assert varied.tracks[0].notes["pitch"].tolist() != lines.tracks[0].notes["pitch"].tolist()
    reduced = vary(piece, seed=1, method="dream").score
    assert reduced.tracks[-1] == piece.tracks[-1] and not any(track.is_drum for track in reduced.tracks[:-1])


def test_drums_under_a_tune_are_those_of_a_band() -> None:
    piece = tune([(4, 4)] * 4)
    stated = replace(piece, info=(("style", "jig"),))
    for score, style in ((stated, "band"), (piece, "")):  # of a style without drums, and of none
        take = accompany(score, ["drums"], seed=1)
        assert take.score.about("style") == style
        kits = load_model().profile_of(style).part("kit")["kits"]
        struck = set(take.score.tracks[1].notes["pitch"].tolist())
        assert struck and any(struck <= set(kit) for kit in kits)
    assert accompany(stated, ["piano"], seed=1).score.about("style") == "jig"


def test_what_changed_in_drums_is_told_by_their_names() -> None:
    (take,) = infill(band(), bars=(1, 2), voices=["drums"], n=1, seed=1)[1:]
    (line,) = take.measured["changed"]
    assert line.startswith("bar 2, Drums: 2 Bass Drum, 2 Acoustic Snare, 8 Closed Hi-Hat -> ")
