"""What a film says of the run that it shows, above everything else."""

from __future__ import annotations

from collections.abc import Sequence

from vm.film.reel import Reel
from vm.quantities import size
from vm.settings import BYTES, Settings, descriptions
from vm.text import printable, shortened

LONGEST_TITLE = 100
"""Letters of a title that is made of a program and its arguments."""
ALWAYS_TOLD = ("fork", "seed", "quantum", "memory")
"""Settings that are told though they are as usual."""


def told_settings(settings: Settings) -> dict[str, int | str]:
    """Return the settings that a page tells by the words for them: those that shape a run, and what is not as usual."""
    told: dict[str, int | str] = {}
    for name, setting in descriptions().items():
        value = getattr(settings, name)
        if name in ALWAYS_TOLD or str(value) != str(setting.default):
            word = "strategy" if name == "fork" else name.replace("_", " ")
            told[word] = size(value) if setting.unit == BYTES else "yes" if value is True else value
    return told


def title_of(program: str, arguments: Sequence[str]) -> str:
    """Return the title of a film that was given none: the name of its program's file, and the arguments."""
    return shortened(printable(" ".join([program.rpartition("/")[2], *arguments])), LONGEST_TITLE)


def calls_vfork(reel: Reel) -> bool:
    """Return whether a film has a vfork, whatever the machine made of it."""
    return bool((reel.column("arrows", "kind") == reel.head["arrows"].index("vfork")).any())
