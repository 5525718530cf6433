"""Sources of corpora in the data folder: licenses, credits, addresses.

Each is a folder below the data folder, which COMPONIUM_DATA names, else below the cache folder, where `fetch` puts what
it downloads.
"""

import gzip
import os
from functools import cache
from pathlib import Path
from typing import NamedTuple

from componium._files import cache_folder

TABLE = Path(__file__).with_name("_files.tsv.gz")


class Source(NamedTuple):
    """A folder of music: its license, whom to credit, and its place.

    `repository` and `commit` are those of GitHub; `elsewhere` tells where to get music that lies in no repository.
    """

    license: str
    credit: str
    repository: str = ""
    commit: str = ""
    elsewhere: str = ""

    @property
    def rights(self) -> str:
        """The rights of a file that states none: license and name of the source."""
        return f"{self.license}: {self.credit.partition(',')[0]}"


class File(NamedTuple):
    """A file below the data folder, its path in its repository, and its hash."""

    name: str
    address: str
    sha256: str

    @property
    def source(self) -> Source:
        """The source that the file is from."""
        return SOURCES[self.name.partition("/")[0]]


SOURCES = {
    "openscore_lieder": Source(
        "CC0 1.0", "OpenScore Lieder Corpus, https://github.com/OpenScore/Lieder; M. Gotham and P. Jonas: The "
        "OpenScore Lieder Corpus. Music Encoding Conference, 2021",
        "OpenScore/Lieder", "bca122458de6da362abe62dd6aec62e25d7759b1"),
    "openscore_quartets": Source(
        "CC0 1.0", "OpenScore String Quartet Corpus, https://github.com/OpenScore/StringQuartets; M. Gotham, "
        "M. Redbond, B. Bower and P. Jonas: The OpenScore String Quartet Corpus. Digital Libraries for "
        "Musicology, 2023",
        "OpenScore/StringQuartets", "2c723a5b7b4ea5420826116dfa912956c6a022c2"),
    "polish_scores": Source(
        "CC BY 4.0", "Polish Music Heritage in Open Access. Copyright 2019-2022 The Fryderyk Chopin Institute "
        "(https://nifc.pl). Website: https://polishscores.org. Digital scores: "
        "https://github.com/pl-wnifc/humdrum-polish-scores. License: https://creativecommons.org/licenses/by/4.0",
        "pl-wnifc/humdrum-polish-scores", "c0403623c0da3f75f1bcd6041dc85098e0cabe02"),
    "chopin_first_editions": Source(
        "CC BY 4.0", "First Editions of Fryderyk Chopin's Music. Copyright 2017-2021 The Fryderyk Chopin Institute "
        "(https://nifc.pl). Website: https://chopinscores.org. Digital scores: "
        "https://github.com/pl-wnifc/humdrum-chopin-first-editions. License: https://creativecommons.org/licenses/by/4.0",
        "pl-wnifc/humdrum-chopin-first-editions", "95dfb105c1669c72d10b04088566154f12d3dc1c"),
    "mutopia_midi": Source(
        "public domain or CC BY, stated for each piece", "Mutopia Project, https://www.mutopiaproject.org, and the "
        "typesetters named in each piece",
        elsewhere="python scripts/engrave_mutopia.py (needs LilyPond 2.24) makes them"),
    "openhymnal": Source(
        "public domain", "Open Hymnal Project, http://openhymnal.org",
        "mzealey/openhymnal", "d35811b2d5c9b0bbc5887d60a2936454815416e8"),
    "freedoom": Source(
        "BSD 3-Clause", "Freedoom, https://freedoom.github.io. Copyright 2001-2024 Contributors to the Freedoom "
        "project. All rights reserved. Conditions: https://github.com/freedoom/freedoom/blob/master/COPYING.adoc",
        "freedoom/freedoom", "d14dbbee3b6fbfb2c11cdb65eb61216e86d4ee85"),
    "cc0_midis": Source(
        "CC0 1.0", "Martin E. Malandro: CC0 MIDIs, https://github.com/m-malandro/CC0-midis",
        "m-malandro/CC0-midis", "846665068b3d1d82cd88ddcb5b6e6ddc2a3c6ba4"),
    "easyrpg_music": Source(
        "CC BY 4.0", "EasyRPG RTP, https://github.com/EasyRPG/RTP: music by Juan Manuel Nigretti "
        "(https://soundcloud.com/goodgameaudio) and Someoneman (https://github.com/Someoneman). License: "
        "https://creativecommons.org/licenses/by/4.0",
        "EasyRPG/RTP", "993d88cbc78c658d348bbfa74a3b424d393d27e5"),
    "groove": Source(
        "CC BY 4.0", "Groove MIDI Dataset, Google LLC, https://magenta.tensorflow.org/datasets/groove; J. Gillick, "
        "A. Roberts, J. Engel, D. Eck and D. Bamman: Learning to Groove with Inverse Sequence Transformations. "
        "International Conference on Machine Learning, 2019. License: https://creativecommons.org/licenses/by/4.0",
        elsewhere="unpack groove-v1.0.0-midionly.zip of https://magenta.tensorflow.org/datasets/groove there"),
    "openewld": Source(
        "songs in the public domain; edition MIT, Copyright (c) 2018 00sapo", "OpenEWLD, "
        "https://github.com/00sapo/OpenEWLD; F. Simonetta, F. Carnovalini, N. Orio and A. Rodà: Symbolic Music "
        "Similarity through a Graph-based Representation. Audio Mostly, 2018",
        "00sapo/OpenEWLD", "ec03cbd809ca5296ee708591b970d0423dcbe31c"),
}  # fmt: skip


def data_folder() -> Path:
    """Return the folder with the music: COMPONIUM_DATA, else one in the cache."""
    named = os.environ.get("COMPONIUM_DATA")
    return Path(named).expanduser() if named else cache_folder() / "data"


def listed_files(corpus: str) -> tuple[File, ...]:
    """Return the files of a corpus that lie in repositories, sorted by name."""
    return _table().get(corpus, ())


@cache
def _table() -> dict[str, tuple[File, ...]]:
    rows: dict[str, list[File]] = {}
    for line in gzip.decompress(TABLE.read_bytes()).decode().splitlines():
        corpus, *columns = line.split("\t")
        rows.setdefault(corpus, []).append(File(*columns))
    return {corpus: tuple(files) for corpus, files in rows.items()}
