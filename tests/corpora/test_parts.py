"""Parts as corpora want them, composers as styles, and music that several corpora have."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from componium.corpora import (
    Corpus,
    Piece,
    _parts,
    band,
    choir,
    drums,
    guitar,
    hymns,
    lieder,
    list_credits,
    openquartets,
    piano,
    songs,
    with_composers,
    without_overlaps,
)
from componium.corpora._composers import add_styles, composer_style
from componium.errors import CorpusError
from componium.music.score import Chord, Score, Track, notes


def track(pitches, voice=0, *, start=0, **about):
    rows = notes([(start + 480 * place, 480, pitch) for place, pitch in enumerate(pitches)])
    rows["voice"] = voice
    return Track(rows, **about)


def grand(*voices):
    """A keyboard part of several voices."""
    return Track(np.concatenate([track(pitches, number).notes for number, pitches in enumerate(voices)]))


def test_voices_of_a_piano_part_go_to_the_nearer_hand():
    right, left = _parts.split_voices(grand([76, 74, 72], [69, 67, 65], [52, 50, 48], [40, 43, 36]))
    assert set(right.notes["voice"].tolist()) == {0, 1}
    assert set(left.notes["voice"].tolist()) == {2, 3}


def test_a_single_voice_is_parted_at_middle_c():
    right, left = _parts.split_voices(track([60, 59, 72, 40]))
    assert (right.notes["pitch"].tolist(), left.notes["pitch"].tolist()) == ([60, 72], [59, 40])


def test_one_hand_alone_is_refused():
    with pytest.raises(CorpusError, match="one hand alone"):
        _parts.split_voices(track([60, 64, 67]))


@given(st.lists(st.lists(st.integers(21, 108), min_size=1, max_size=9), min_size=1, max_size=4))
def test_two_hands_hold_all_notes_the_right_one_higher(parts):
    try:
        right, left = _parts.two_hands([track(pitches) for pitches in parts])
    except CorpusError:
        assert len(parts) == 1
        return
    assert len(right.notes) + len(left.notes) == sum(map(len, parts))
    assert _parts.mean_pitch(right) >= _parts.mean_pitch(left)
    assert [(part.name, part.program) for part in (right, left)] == [("Right hand", 0), ("Left hand", 0)]


def test_a_song_is_voice_right_and_left_hand_from_either_form():
    voice = track([67, 69, 71], program=52, name="Singstimme")
    one = Score((voice, grand([72, 74, 76], [48, 43, 36])))
    two = Score((voice, track([72, 74, 76], name="Piano"), track([48, 43, 36], name="Piano")))
    for score, source in ((one, "openscore_lieder/Schubert,_Franz/_/A/1.mxl"), (two, "polish_scores/pl/kern/a.krn")):
        made, styles = lieder.prepare(score, source)
        assert [(part.name, part.program) for part in made.tracks] == [
            ("Voice", 52), ("Right hand", 0), ("Left hand", 0)]  # fmt: skip
        assert [part.notes["pitch"].tolist() for part in made.tracks[1:]] == [[72, 74, 76], [48, 43, 36]]
        assert styles == ("lieder",)
    assert lieder.prepare(one, "openscore_lieder/Schubert,_Franz/_/A/1.mxl")[0].about("composer") == "Schubert, Franz"


def test_a_song_without_a_voice_is_left_out():
    with pytest.raises(CorpusError, match="0 voices and 1 keyboards"):
        lieder.prepare(Score((grand([72], [48]),)), "openscore_lieder/A,_B/_/C/1.mxl")


def test_chopin_by_mutopia_and_four_hands_are_left_out():
    with pytest.raises(CorpusError, match="chopin_first_editions"):
        piano.prepare(Score((grand([72], [48]),)), "mutopia_midi/piano/ChopinFF__O10__a__a.mid")
    with pytest.raises(CorpusError, match="4 parts"):
        piano.prepare(Score((track([72]),) * 4), "polish_scores/a.krn")


def test_quartets_that_music21_has_fall_on_its_side():
    folder = "openscore_quartets/Haydn,_Joseph"
    assert openquartets.side("openscore_quartets/Beethoven/String_Quartet_No.3,_Op.18_No.3/a.mxl") == "validation"
    assert openquartets.side(f"{folder}/String_Quartet_in_C_major,_Hob.III72,_Op.74_No.1/a.mxl") == "test"
    assert openquartets.side(f"{folder}/String_Quartet,_Op.51_No.1/a.mxl") == ""


def test_bands_have_drums_last_and_no_sound_effects():
    parts = [track([40] * 8, program=33), track([70] * 8, program=29), track([36] * 8, is_drum=True)]
    made, _ = band.prepare(Score(tuple(parts)), "freedoom/a.mid")
    assert [part.program for part in made.tracks] == [29, 33, 0]
    with pytest.raises(CorpusError, match="sound effects"):
        band.prepare(Score((track([80] * 8, program=122), *parts)), "freedoom/a.mid")
    with pytest.raises(CorpusError, match="0 of them drums"):
        band.prepare(Score((parts[0],) * 3), "freedoom/a.mid")


def test_hymns_whose_rights_are_reserved_are_left_out():
    def hymn(text):
        parts = tuple(track([pitch] * 3) for pitch in (48, 72, 60, 67))
        return hymns.prepare(Score(parts, info=(("composer", text),)), "openhymnal/A-B.abc")[0]

    made = hymn("Words: A. B., 1700.; Music: 'C' D. E.; copyright: public domain.  This score is free.")
    assert [part.name for part in made.tracks] == ["Soprano", "Alto", "Tenor", "Bass"]
    assert made.about("rights") == "public domain. This score is free."
    assert not made.about("composer")
    with pytest.raises(CorpusError, match="reserved"):
        hymn("copyright: public domain. Setting: Copyright 2009 A. B.")
    with pytest.raises(CorpusError, match="reserved: none stated"):
        hymn("Words: A. B.")
    with pytest.raises(CorpusError, match="chorales"):
        hymn("Setting: Johann Sebastian Bach.; copyright: public domain")


def test_other_forms_of_a_piece_are_left_out():
    with pytest.raises(CorpusError, match="1 parts"):
        choir.prepare(Score((track([60] * 8), track([60] * 7))), "a")
    with pytest.raises(CorpusError, match="3 parts, not one guitar"):
        guitar.prepare(Score((track([60]),) * 3), "a")
    with pytest.raises(CorpusError, match="1 parts with 31 notes"):
        drums.prepare(Score((track([36] * 31),)), "groove/a/1_rock_100_beat_4-4.mid")
    with pytest.raises(CorpusError, match="3 chord symbols"):
        songs.prepare(Score((track([60]),), chords=tuple(Chord(tick, "C") for tick in range(3))), "a")


def test_the_edge_of_a_hi_hat_is_the_hi_hat_of_general_midi():
    beat = drums.in_general_midi(Score((track([36, 22, 26, 38, 42], is_drum=True),)))
    assert beat.tracks[0].notes["pitch"].tolist() == [36, 42, 46, 38, 42]
    assert beat.tracks[0].is_drum


def test_of_a_lead_sheet_the_tune_is_the_upper_note():
    rows = notes([(0, 480, 60), (0, 480, 64), (480, 480, 62)])
    chords = tuple(Chord(tick, "C") for tick in range(4))
    made, _ = songs.prepare(Score((Track(rows),), chords=chords), "openewld/scores/a.mxl")
    assert made.tracks[0].notes["pitch"].tolist() == [64, 62]
    assert made.chords == chords


@pytest.mark.parametrize(("name", "style"), [
    ("Żeleński, Władysław", "zelenski"), ("Holmès, Augusta", "holmes"), ("Schumann, Clara", "clara schumann"),
    ("Clara Schumann", "clara schumann"), ("Schumann, R", "schumann"), ("Beethoven, Ludwig van", "beethoven"),
    ("Ludwig van Beethoven", "beethoven"), ("Bach, CPE", "cpe bach"), ("Hensel, Fanny (Mendelssohn)", "hensel"),
    ("Mendelssohn-Bartholdy, F", "mendelssohn"), ("L. van BEETHOVEN", "beethoven"),
    ("Anonim", ""), ("", ""), ("Traditional, ", ""),
])  # fmt: skip
def test_a_composer_is_a_style_by_surname(name, style):
    assert composer_style(name) == style


def pieces_by(composer, count, length, name):
    score = Score((track([60 + n % 12 for n in range(length)]),), info=(("composer", composer),))
    return [Piece(f"{name}{n}", score, ("piano",)) for n in range(count)]


def test_composers_are_styles_where_there_is_enough():
    corpus = Corpus("c", (*pieces_by("A, Enough", 10, 1500, "a"), *pieces_by("B, Few", 9, 1500, "b"),
                          *pieces_by("C, Long", 5, 6000, "c"), *pieces_by("D, Short", 30, 400, "d")))
    styled = with_composers(corpus)
    assert styled.styles == ("a", "c", "piano")
    assert styled.pieces[0].styles == ("piano", "a")
    assert with_composers(styled).pieces == styled.pieces
    none = dict.fromkeys((piece.id for piece in corpus), "")
    assert add_styles(corpus, none, lambda *_: True).pieces == corpus.pieces


def test_a_piece_to_train_on_that_another_corpus_holds_out_is_left_out():
    rng = np.random.default_rng(1)
    tune, other = (Score((track(rng.integers(60, 80, 40).tolist()),)) for _ in range(2))
    one = Corpus("one", (Piece("a", tune, split="test"), Piece("b", tune)))
    two = Corpus("two", (Piece("c", tune), Piece("d", other), Piece("e", tune, split="validation")))
    first, second = without_overlaps([one, two])
    assert [piece.id for piece in first] == ["a"]  # "b" begins like "e", held out in the other
    assert [piece.id for piece in second] == ["d", "e"]
    assert second.left_out == (("c", "begins like a of one, which is held out"),)


def test_movements_of_quartets_that_another_corpus_has_are_left_out():
    rng = np.random.default_rng(1)
    scores = [Score((track(rng.integers(60, 80, 40).tolist()),)) for _ in range(3)]
    quartets = Corpus("quartets", (Piece("beethoven/opus18no4", scores[0]), Piece("beethoven/opus74", scores[1])))
    kept, _ = without_overlaps([quartets, Corpus("openquartets", (Piece("x", scores[2]),))])
    assert [piece.id for piece in kept] == ["beethoven/opus74"]
    assert len(without_overlaps([quartets, Corpus("other")])[0]) == 2


def test_credits_name_license_source_and_the_rights_of_pieces():
    pieces = (Piece("a", Score(), rights="by A"), Piece("b", Score(), rights="by A"))
    corpus = Corpus("c", pieces, license="CC BY", citation="X\nY")
    lines = list_credits(corpus, Corpus("d", license="CC0")).splitlines()
    assert lines == ["c: CC BY", "  X", "  Y", "  by A (2 pieces)", "d: CC0"]
