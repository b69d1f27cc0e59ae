"""A lab to start from: tests, a handout, a reference solution, and what students begin with."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from vm.version import VERSION

TEMPLATES = Path(__file__).resolve().parent / "templates"
INSTALL = f"forklore[c]=={VERSION}"
"""What pip installs where a lab is graded elsewhere, unless told otherwise: this version, with the compiler."""


class AlreadyThere(ValueError):
    """A lab is not written over what is there; the text names it."""


def skeleton() -> Mapping[str, bytes]:
    """Return the files of a lab's skeleton by their paths below its folder."""
    top = TEMPLATES / "lab"
    return {
        path.relative_to(top).as_posix(): path.read_bytes() for path in sorted(top.rglob("*")) if path.is_file()
    }  # fmt: skip


def write_skeleton(folder: Path) -> list[str]:
    """Write a lab's skeleton into a folder, which is made if need be; the paths of the files below it.

    Raises AlreadyThere before anything is written, where one of its files is there; OSError.
    """
    files = skeleton()
    there = [name for name in files if (folder / name).exists() or (folder / name).is_symlink()]
    if there:
        raise AlreadyThere(f"{folder} has {', '.join(there)} already: give a new folder, or an empty one")
    for name, data in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("xb") as file:
            file.write(data)
    return list(files)
