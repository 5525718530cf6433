"""Errors that Componium raises on purpose, in one tree.

    ComponiumError
    ├── ScoreError           a Score, Track or note that can't exist (also a ValueError)
    ├── FormatError          a file that can't be read or written (also a ValueError)
    │   ├── NotThisFormatError    the bytes are of another format, which is named
    │   ├── LimitError            larger or longer than is safe to read
    │   └── PatchError            a file that can't be patched, and has to be written anew
    ├── CodecError           ids or a score that a codec can't take (also a ValueError)
    ├── CorpusError          a corpus that can't be found, read or used
    ├── ControlError         a request that can't be met, with the reason (also a ValueError)
    ├── NotFittedError       a method asked to compose before it was fitted
    ├── CheckpointError      weights or a checkpoint that can't be loaded
    ├── UnknownNameError     no such method, corpus, codec or format; the near ones are named
    ├── PluginError          a plug-in that isn't what its folder or entry point says (also a TypeError)
    └── MissingExtraError    an optional part isn't installed; the line that installs it is given

Warnings: RepairWarning states a repair of a broken file, and its place; LeftOutWarning the files that a corpus lacks;
UnusedWarning an argument without effect; RoundingWarning notes moved to the grid of a file that is patched.

>>> raise FormatError("not a MIDI file", where="byte 0", expected="MThd", advice="open it with a text editor")
Traceback (most recent call last):
...
componium.errors.FormatError: not a MIDI file, at byte 0; expected MThd; open it with a text editor
"""

from collections.abc import Iterable
from difflib import get_close_matches
from typing import Any


class ComponiumError(Exception):
    """The base of all errors: a message of up to four parts.

    They are what was wrong, where, what was expected, and what to do; each but the first may be absent.
    """

    def __init__(self, what: str, *, where: str = "", expected: str = "", advice: str = "") -> None:
        self.what, self.where, self.expected, self.advice = what, where, expected, advice
        text = what + (f", at {where}" if where else "")
        text += f"; expected {expected}" if expected else ""
        super().__init__(text + (f"; {advice}" if advice else ""))

    def within(self, name: str) -> "ComponiumError":
        """Return the same error with the file or piece in which it arose."""
        where = f"{name}, {self.where}" if self.where else name
        other = _restored(type(self), (), self.__dict__)
        ComponiumError.__init__(other, self.what, where=where, expected=self.expected, advice=self.advice)
        return other

    def __reduce__(self) -> tuple[Any, ...]:  # errors cross process borders, whatever their constructors take
        return _restored, (type(self), self.args, self.__dict__)


def _restored(kind: "type[ComponiumError]", args: tuple[Any, ...], state: dict[str, Any]) -> ComponiumError:
    error = kind.__new__(kind)
    error.args = args
    error.__dict__.update(state)
    return error


class ScoreError(ComponiumError, ValueError):
    """A Score, Track or note that can't exist."""


class FormatError(ComponiumError, ValueError):
    """A file that can't be read or written."""


class NotThisFormatError(FormatError):
    """Bytes of another format, which the message names."""


class LimitError(FormatError):
    """The input is larger or longer than is safe to read."""


class PatchError(FormatError):
    """A file that can't be patched; it can be written anew."""


class CodecError(ComponiumError, ValueError):
    """Ids or a score that a codec can't take."""


class CorpusError(ComponiumError):
    """A corpus that can't be found, read or used."""


class ControlError(ComponiumError, ValueError):
    """A request that can't be met."""


class NotFittedError(ComponiumError):
    """A method asked to compose, or for a likelihood, before it was fitted."""


class CheckpointError(ComponiumError):
    """Weights or a checkpoint that can't be loaded."""


MOST_LISTED = 30  # of more names only the near ones are shown


class UnknownNameError(ComponiumError, KeyError):
    """No such plug-in; `near` holds the known names that look like it."""

    def __init__(self, kind: str, name: str, known: Iterable[str]) -> None:
        names = sorted(known)
        self.near = near_names(name, names)
        hint = did_you_mean(name, names)
        listed = f"one of {', '.join(names)}" if names and (len(names) <= MOST_LISTED or not self.near) else ""
        super().__init__(f"no {kind} called {name!r}", expected=listed, advice=hint)

    def __str__(self) -> str:  # KeyError would show the repr
        return str(self.args[0])


def near_names(name: str, names: Iterable[str]) -> list[str]:
    """Return the names that look like one, at most three, the nearest first."""
    return get_close_matches(name.lower(), sorted(names), n=3, cutoff=0.5)


def did_you_mean(name: str, names: Iterable[str]) -> str:
    """Return advice that names what looks like a name, or nothing.

    >>> did_you_mean("choral", ["chorales", "jig"])
    'did you mean chorales?'
    """
    near = near_names(name, names)
    return f"did you mean {' or '.join(near)}?" if near else ""


class PluginError(ComponiumError, TypeError):
    """A plug-in that doesn't define what its kind asks for."""


class MissingExtraError(ComponiumError, ImportError):
    """An optional part of Componium isn't installed."""

    def __init__(self, need: str, extra: str) -> None:
        super().__init__(f"{need} is not installed", advice=f"run: pip install 'componium[{extra}]'")


class LeftOutWarning(UserWarning):
    """Files of a folder left out of its corpus: the first, and how many more."""


class RepairWarning(UserWarning):
    """A repair made while reading a broken file; `offset` is its byte, or None."""

    def __init__(self, what: str, offset: int | None = None) -> None:
        self.what, self.offset = what, offset
        super().__init__(what if offset is None else f"byte {offset}: {what}")


class UnusedWarning(UserWarning):
    """An argument that has no effect, such as music for a method that learns nothing."""


class RoundingWarning(UserWarning):
    """Notes moved to the grid of times that a patched file has."""
