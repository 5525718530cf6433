"""Kinds of tune."""

import pytest

from componium.corpora._tune_types import TUNE_TYPES, tune_type


@pytest.mark.parametrize(("rhythm", "title", "meter", "kind"), [
    ("Double Jig", "", "6/8", "jig"),
    ("slipjig", "", "9/8", "slip jig"),
    ("jig", "", "9/8", "slip jig"),
    ("Lancashire clog", "", "4/4", "hornpipe"),
    ("highland fling", "", "4/4", "strathspey"),
    ("", "The White Cockade", "2/2", ""),
    ("", "Lord Macdonald's Reel", "2/2", "reel"),
    ("", "Quick Step. 25th Regt.", "2/4", "march"),
    ("", "A Fairy Dance", "2/4", ""),
    ("", "The Rocky Road", "9/8", "slip jig"),
    ("", "Haste to the Wedding", "6/8", "jig"),
    ("gavotte", "", "4/4", ""),
])
def test_words_titles_and_meters(rhythm, title, meter, kind):
    assert tune_type(rhythm, title, meter) == kind
    assert kind in ("", *TUNE_TYPES)
