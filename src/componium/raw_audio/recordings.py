"""Recordings to learn from: sound files, and scores as they are played.

Scores are played by the built-in synthesizer.

Recordings come first, then scores, each in the order of their names, in subfolders too; hidden files are skipped.
Everything else that is left out is listed with its reason: a suffix that no format has, a file that can't be read, a
silent one, a second file of one name, such as a score beside its recording.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from componium import formats
from componium.audio.recording import read_recording, type_samples
from componium.audio.resampling import resample
from componium.corpora.folder import first_reasons, unknown_suffix, walk
from componium.errors import ComponiumError, CorpusError
from componium.formats.recording import SUFFIXES
from componium.progress import Progress, type_on_progress
from componium.render import sound

MANY = 10  # recordings; from so many on, whole ones are held out


@dataclass(frozen=True, eq=False)
class Recordings:
    """Mono recordings at one rate, each with its peak at 1.

    `left_out` holds pairs of a file and the reason why it isn't among them.
    """

    rate: int
    recordings: tuple[type_samples, ...]
    left_out: tuple[tuple[str, str], ...] = ()

    @property
    def seconds(self) -> float:
        """Total duration in seconds."""
        return sum(map(len, self.recordings)) / self.rate

    def split(self) -> tuple[list[type_samples], list[type_samples]]:
        """Split into a training and a validation part.

        Of ten recordings or more, every tenth is held out whole; of fewer, the last tenth of each.

        >>> training, held_out = Recordings(8000, (np.zeros(2000, dtype=np.float32),)).split()
        >>> len(training[0]), len(held_out[0])
        (1800, 200)
        """
        recordings = list(self.recordings)
        if len(recordings) >= MANY:
            return [samples for at, samples in enumerate(recordings) if at % 10 != 9], recordings[9::10]
        ends = [len(samples) - len(samples) // 10 for samples in recordings]
        pairs = list(zip(recordings, ends, strict=True))
        return [samples[:end] for samples, end in pairs], [samples[end:] for samples, end in pairs]


def load(path: str | Path, rate: int, *, on_progress: type_on_progress | None = None) -> Recordings:
    """Load the recordings of a folder, or of one file, at `rate` Hz.

    Raises CorpusError if there is no such folder or file, or nothing in it can be used.
    """
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
                raise CorpusError("another file of the same name is used")
            kept[name] = _samples(root / file, rate)
        except (ComponiumError, OSError) as error:
            left_out.append((file, _reason(error, root / file)))
        if on_progress:
            on_progress(Progress("reading recordings", at + 1, len(files)))
    if not kept:
        expected = f"recordings ({', '.join(SUFFIXES)}) or scores"
        raise CorpusError("no sound to learn from", where=str(place), expected=expected, advice=first_reasons(left_out))
    return Recordings(rate, tuple(kept.values()), tuple(left_out))


def read(path: str | Path, rate: int) -> type_samples:
    """Read a WAV, MP3, FLAC or Ogg file, mono at `rate` Hz, its peak at 1.

    Raises as `audio.recording.read_recording` does.
    """
    recording = read_recording(path)
    return resample(recording.samples, recording.sample_rate, rate)


def played(path: str | Path, rate: int) -> type_samples:
    """Play the score in a file, mono at `rate` Hz, its peak at 1.

    The built-in synthesizer plays. Raises as `formats.read` does.
    """
    samples = sound.render(formats.read(path), synth="additive", sample_rate=rate).samples.mean(axis=1)
    peak: np.float32 = np.abs(samples).max(initial=0)
    scaled: type_samples = samples / (peak or np.float32(1))
    return scaled


def _samples(path: Path, rate: int) -> type_samples:
    """Return the samples of one file.

    Raises CorpusError with the reason to leave it out, or as reading it does.
    """
    suffix = path.suffix.lower()
    if suffix not in formats.readable_suffixes():
        raise CorpusError(unknown_suffix(path.name.lower()))
    samples = read(path, rate) if suffix in SUFFIXES else played(path, rate)
    if not samples.any():
        raise CorpusError("it is silent")
    return samples


def _reason(error: ComponiumError | OSError, path: Path) -> str:
    """Return an error's message without the path, which is reported beside it."""
    if isinstance(error, CorpusError):
        return error.what
    return f"can't be read: {str(error).replace(f'{path}, ', '').replace(str(path), 'the file')}"
