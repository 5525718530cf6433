"""Request for music, in the form that every method takes."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from componium.decoding.controls import Controls
from componium.decoding.region import Region
from componium.decoding.sampling import Sampling
from componium.music.score import Score


@dataclass(frozen=True, slots=True)
class Request:
    """A request for music.

    controls     key, meter, bars, instruments and so on
    score        the music to continue, or to fill where there is a region
    region       the cells of `score` that are to be written
    sampling     temperature and truncation, for methods that draw one id after another
    constraints  constraints switched off (False) by name; all that apply are on by default
    endings      times that the last bars are drawn, of which the best close is kept; from 1, the default
    """

    controls: Controls = field(default_factory=Controls)
    score: Score | None = None
    region: Region | None = None
    sampling: Sampling = field(default_factory=Sampling)
    constraints: Mapping[str, bool] = field(default_factory=dict)
    endings: int = 1

    def fields(self) -> set[str]:
        """Return the names of all that is set: fields of Controls, "prompt" and "region"."""
        asked = self.controls.fields()
        asked |= {"prompt"} if self.score is not None else set()
        return asked | ({"region"} if self.region is not None else set())
