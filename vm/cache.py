"""Where what can be made again is kept: compiled machine code, compiled C."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path


def cache_directory(*names: str) -> Path | None:
    """The folder ``names`` of the cache, made if need be; None when no place for it can be written.

    The cache lies below ``$FORKLORE_CACHE``, else the user's cache, else the temporary folder.
    """
    home = os.environ.get("XDG_CACHE_HOME") or Path("~/.cache").expanduser()
    roots = [Path(home) / "forklore", Path(tempfile.gettempdir()) / f"forklore-{os.getuid()}"]
    if chosen := os.environ.get("FORKLORE_CACHE"):
        roots.insert(0, Path(chosen))
    for root in roots:
        directory = root.joinpath(*names)
        try:
            directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        except OSError:
            continue
        # Code from a folder that somebody else can write to must not be run.
        if directory.stat().st_uid == os.getuid() and os.access(directory, os.W_OK):
            return directory
    return None
