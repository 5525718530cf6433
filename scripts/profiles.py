"""Measure the styles of saved weights again: python scripts/profiles.py [NAME]

Writes the profiles in src/componium/weights/NAME/config.json (by default of "default") anew from its training music,
which is to be done when what is measured of a style has changed. What came out otherwise is printed.
"""

import sys
from pathlib import Path
from typing import Any

from componium.checkpoints import store
from componium.decoding.style.profile import profiles_from_json, profiles_to_json
from componium.learning.arrays import load_music
from componium.methods.base import profiles_of

WEIGHTS = Path(__file__).parent.parent / "src" / "componium" / "weights"


def main(name: str = "default") -> None:
    folder = WEIGHTS / name
    config, weights = store.load_model(folder)
    before = profiles_to_json(profiles_from_json(config["learned"]["profiles"]))
    after = profiles_to_json(profiles_of(load_music(config["about"]["corpus"]).train))
    for style in after:
        print(style or "(all)", ", ".join(changed(before.get(style, {}), after[style])) or "as before")
    config["learned"]["profiles"] = after
    store.save_model(folder, config, weights)


def changed(before: dict[str, Any], after: dict[str, Any]) -> list[str]:
    """Return the names of the statistics that differ."""
    names = [name for name in after if name != "parts" and before.get(name) != after[name]]
    old, new = before.get("parts", {}), after["parts"]
    return names + [part for part in sorted({*old, *new}) if old.get(part) != new.get(part)]


if __name__ == "__main__":
    main(*sys.argv[1:])
