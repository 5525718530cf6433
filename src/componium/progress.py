"""Progress of long work: the one callback type, `on_progress`."""

from collections.abc import Callable
from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Progress:
    """A report of long work.

    `stage` names the work ("reading chorales", "training"); `done` of `total` steps are done; `text` says more.
    """

    stage: str
    done: int
    total: int
    text: str = ""


type_on_progress = Callable[[Progress], None]


def with_stage(on_progress: type_on_progress | None, stage: str) -> type_on_progress | None:
    """Return a callback that renames the stage of each report; None stays None."""
    if on_progress is None:
        return None
    report = on_progress
    return lambda progress: report(replace(progress, stage=stage))
