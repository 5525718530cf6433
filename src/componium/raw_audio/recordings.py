"""Sound to learn from: the recordings in a folder, and its scores as the built-in synthesiser plays them.

Recordings are taken first, then scores, each in the order of their names, in sub-folders too; hidden files are passed
over. Whatever else is left out is listed with its reason: a suffix that no format has, a file that can't be read, one
in which nothing sounds, a second file of one name, such as a score beside its recording.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from componium import formats
from componium.corpora.folder import first_of, unknown, walk
from componium.errors import ComponiumError, CorpusError
from componium.formats.recording import SUFFIXES
from componium.raw_audio import waveforms
from componium.raw_audio.waveforms import type_samples
from componium.render import sound as audio

MANY = 10  # recordings; from so many on, whole ones are held out

type_told = Callable[[int, int], None]  # (files done, files in all)


@dataclass(frozen=True, eq=False)
class Sounds:
    """`recordings` are mono at `rate`, the peak of each at 1; `left_out` holds pairs of a file and the reason."""

    rate: int
    recordings: tuple[type_samples, ...]
    left_out: tuple[tuple[str, str], ...] = ()

    @property
    def seconds(self) -> float:
        """How long all last together."""
        return sum(map(len, self.recordings)) / self.rate

    def split(self) -> tuple[list[type_samples], list[type_samples]]:
        """What to learn from and what to choose by: of MANY, every tenth is held out; of fewer, the last tenth of each.

        >>> learned, held_out = Sounds(8000, (np.zeros(2000, dtype=np.float32),)).split()
        >>> len(learned[0]), len(held_out[0])
        (1800, 200)
        """
        all_ = list(self.recordings)
        if len(all_) >= MANY:
            return [each for at, each in enumerate(all_) if at % 10 != 9], all_[9::10]
        ends = [len(each) - len(each) // 10 for each in all_]
        both = list(zip(all_, ends, strict=True))
        return [each[:end] for each, end in both], [each[end:] for each, end in both]


def load(path: str | Path, rate: int, *, progress: type_told | None = None) -> Sounds:
    """The sound of a folder, or of one file. CorpusError if there is none, or if nothing in it can be used."""
    place = Path(path).expanduser()
    if not place.exists():
        raise CorpusError("no such folder or file", where=str(path))
    root, files = (place, walk(place)) if place.is_dir() else (place.parent, [place.name])
    files = sorted(files, key=lambda file: Path(file).suffix.lower() not in SUFFIXES)  # recordings first
    kept: dict[Path, type_samples] = {}  # by the file's name without its suffix
    left_out: list[tuple[str, str]] = []
    for at, file in enumerate(files):
        try:
            if (name := Path(file).with_suffix("")) in kept:
                raise CorpusError("another file of the same name is heard")
            kept[name] = _sound(root / file, rate)
        except (ComponiumError, OSError) as error:
            left_out.append((file, _why(error, root / file)))
        if progress:
            progress(at + 1, len(files))
    if not kept:
        raise _nothing(place, left_out)
    return Sounds(rate, tuple(kept.values()), tuple(left_out))


def _sound(path: Path, rate: int) -> type_samples:
    """The sound of one file. Raises CorpusError with the reason to leave it out, or as reading it does."""
    suffix = path.suffix.lower()
    if suffix not in formats.readable_suffixes():
        raise CorpusError(unknown(path.name.lower()))
    samples = waveforms.read(path, rate) if suffix in SUFFIXES else played(path, rate)
    if not samples.any():
        raise CorpusError("nothing sounds in it")
    return samples


def played(path: Path, rate: int) -> type_samples:
    """A file's score as the built-in synthesiser plays it, mono at `rate`, its peak at 1. Raises as formats.read."""
    sound = audio.render(formats.read(path), synth="additive", sample_rate=rate).samples.mean(axis=1)
    peak: np.float32 = np.abs(sound).max(initial=0)
    result: type_samples = sound / (peak or np.float32(1))
    return result


def _why(error: ComponiumError | OSError, path: Path) -> str:
    """What was wrong, without the path, which is told beside it."""
    if isinstance(error, CorpusError):
        return error.what
    return f"can't be read: {str(error).replace(f'{path}, ', '').replace(str(path), 'the file')}"


def _nothing(place: Path, left_out: list[tuple[str, str]]) -> CorpusError:
    said = first_of(left_out)
    expected = f"recordings ({', '.join(SUFFIXES)}) or scores"
    return CorpusError("no sound to learn from", where=str(place), expected=expected, advice=said)
