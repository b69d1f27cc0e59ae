"""Where what can be made again is kept: compiled machine code, compiled C."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path


def cache_directory(*names: str) -> Path | None:
    """The folder ``names`` of the cache, made if need be; None when no place for it can be written.

    The cache lies below ``$FORKLORE_CACHE``, else the user's cache, else the temporary folder.
    """
    for root in _roots():
        directory = root.joinpath(*names)
        try:
            root.mkdir(parents=True, exist_ok=True, mode=0o700)
            directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        except OSError:
            continue
        # Code from a folder that somebody else can write to must not be run.
        trusted = [directory, root] if root.parent == _temporary() else [directory]
        if all(folder.stat().st_uid == os.getuid() for folder in trusted) and os.access(directory, os.W_OK):
            return directory
    return None


def _temporary() -> Path:
    return Path(tempfile.gettempdir())


def _roots() -> Iterator[Path]:
    """Where a cache may lie, in the order of preference."""
    if chosen := os.environ.get("FORKLORE_CACHE"):
        yield Path(chosen)
    if home := os.environ.get("XDG_CACHE_HOME"):
        yield Path(home) / "forklore"
    else:
        with suppress(RuntimeError):  # this user has no home
            yield Path("~/.cache").expanduser() / "forklore"
    yield _temporary() / f"forklore-{os.getuid()}"
