"""Basic Pitch, the neural model for polyphonic transcription.

A small convolutional network (Bittner et al., ICASSP 2022; Apache-2.0); the wheel of the package basic-pitch 0.4.0
contains an ONNX file of 230 KB. Only that file is used, from an installed package or from the wheel, which `fetch`
downloads once; its SHA-256 is checked before it is run.

Its input are windows of 43,844 samples at 22,050 Hz; its output, for each of 172 frames of 256 samples and each of the
88 keys of a piano, the probability of an onset and of a sounding note.
"""

import hashlib
import importlib.util
import zipfile
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from componium._files import cache_folder, write_atomic
from componium.audio.recording import Sound, type_samples
from componium.audio.resampling import resample
from componium.errors import ComponiumError, FormatError, MissingExtraError

WHEEL = (
    "https://files.pythonhosted.org/packages/99/0e/3a36d22562daeb0ae3c78ac78da3f8dba96543c5576ed57d4acb8ddbab5b/"
    "basic_pitch-0.4.0-py2.py3-none-any.whl"
)
WHEEL_SHA256 = "738adb503aae7fdfc7d1e1511aa0ce35052315f260a19531ef4c356708425db0"
INSIDE = "basic_pitch/saved_models/icassp_2022/nmp.onnx"
SHA256 = "2c3c1d144bfa61ad236e92e169c13535c880469a12a047d4e73451f2c059a0ec"
FETCH, INSTALL = "componium transcribe --fetch", "pip install 'componium[transcribe]'"
RATE, HOP, WINDOW = 22_050, 256, 43_844  # samples
EDGE = 15  # frames at either end of a window that lack context
STEP = 141  # frames of a window that are kept
LOWEST = 21  # MIDI pitch of the first key


class Posteriors(NamedTuple):
    """Probabilities of an onset and of a sounding note for each piano key.

    Both are (T, 88), at RATE / HOP frames a second.
    """

    onset: NDArray[np.float32]
    note: NDArray[np.float32]


def find() -> Path | None:
    """Return the path of the model's file, or None if there is none.

    It is looked for in the cache folder and in an installed basic_pitch.
    """
    spec = importlib.util.find_spec("basic_pitch")
    roots = [Path(place).parent for place in (spec.submodule_search_locations or ())] if spec else []
    for path in (_cached(), *(root / INSIDE for root in roots)):
        if path.is_file():
            return path
    return None


def fetch() -> Path:
    """Download the model from the Python Package Index, unless it is there.

    Needs the network.

    Raises MissingExtraError without pooch, OSError or ValueError (a wrong checksum) as pooch does.
    """
    path = find()
    if path:
        return path
    try:
        import pooch
    except ImportError as error:
        raise MissingExtraError("pooch, which downloads,", "transcribe") from error
    wheel = pooch.retrieve(WHEEL, f"sha256:{WHEEL_SHA256}", fname=WHEEL.rpartition("/")[2], path=_cached().parent)
    with zipfile.ZipFile(wheel) as archive:
        write_atomic(_cached(), _checked(archive.read(INSIDE)))
    Path(wheel).unlink()
    return _cached()


def _cached() -> Path:
    return cache_folder() / "transcription" / "basic_pitch.onnx"


def _checked(data: bytes) -> bytes:
    if hashlib.sha256(data).hexdigest() != SHA256:
        raise FormatError("the transcription model is not the one expected", advice="delete it and fetch it again")
    return data


@cache
def _session(path: Path) -> Any:
    try:
        import onnxruntime
    except ImportError as error:
        raise MissingExtraError("onnxruntime, which runs the polyphonic model,", "transcribe") from error
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    data = _checked(path.read_bytes())
    return onnxruntime.InferenceSession(data, options, providers=["CPUExecutionProvider"])


def missing() -> str:
    """Return the commands that install the missing parts of polyphonic transcription.

    They are joined in one text, "" if nothing is missing.
    """
    commands = [INSTALL] if importlib.util.find_spec("onnxruntime") is None else []
    return " and ".join(commands + ([FETCH] if find() is None else []))


def ready() -> bool:
    """Return True if polyphonic transcription has all it needs."""
    return not missing()


def predict(sound: Sound) -> Posteriors:
    """Run the model on a recording.

    Raises MissingExtraError if the model or onnxruntime isn't there.
    """
    path = find()
    if path is None:
        raise _absent()
    session = _session(path)
    samples = resample(sound.samples, sound.sample_rate, RATE)
    count = len(samples) // HOP + 1
    padded = np.pad(samples, (EDGE * HOP, WINDOW + STEP * HOP))
    parts = [_window(session, padded[at * HOP : at * HOP + WINDOW]) for at in range(0, count, STEP)]
    onset, note = (np.concatenate([part[which] for part in parts])[:count] for which in (0, 1))
    return Posteriors(onset, note)


def _absent() -> MissingExtraError:
    error = MissingExtraError("the polyphonic model", "transcribe")
    advice = f"run: {FETCH} (once, with the network), or transcribe a solo line"
    ComponiumError.__init__(error, error.what, advice=advice)  # no package is missing
    return error


def _window(session: Any, samples: type_samples) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    names = ["StatefulPartitionedCall:2", "StatefulPartitionedCall:1"]
    onset, note = session.run(names, {"serving_default_input_2:0": samples[None, :, None]})
    return onset[0, EDGE : EDGE + STEP], note[0, EDGE : EDGE + STEP]
