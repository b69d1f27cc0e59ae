"""What is there of a C compiler: the package ``ziglang``, and the C library, whether it is built.

zig compiles the library for the first program that needs it, and keeps it.

What says so lies in zig's own cache and goes with it. For programs that are to be small (-Os, -Oz) zig builds another,
and one more of each for those without symbols (-s).
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from vm.remarks import remark

BUILDING = "building the C library, which happens once and takes about a minute"
"""What to tell who must wait for the first program."""

STRIP = "-s"
"""The flag that leaves symbols and debugging information out of an image."""

LOGGER = "forklore.compiler"
"""The logger that tells it."""

_KINDS = ("fast", "small", "fast-stripped", "small-stripped")


def is_installed() -> bool:
    """True when there is a compiler."""
    from importlib.util import find_spec

    return find_spec("ziglang") is not None


def zig_cache() -> Path | None:
    """The folder where zig keeps what it has compiled, the C library among it; None where it finds none."""
    home = os.environ.get("XDG_CACHE_HOME") or (os.environ.get("HOME") and os.path.join(os.environ["HOME"], ".cache"))
    kept = os.environ.get("ZIG_GLOBAL_CACHE_DIR") or (home and os.path.join(home, "zig"))
    return Path(kept) if kept else None


def _marker(kept: Path | None, kind: str) -> Path | None:
    from importlib import metadata

    folder = kept or zig_cache()
    return folder / f"forklore-{kind}-musl-{metadata.version('ziglang')}" if folder else None


def _kind(arguments: Sequence[str]) -> str:
    level = next((argument for argument in reversed(arguments) if argument.startswith("-O")), "")
    kind = "small" if level in ("-Os", "-Oz") else "fast"
    return f"{kind}-stripped" if STRIP in arguments else kind


def is_library_built(arguments: Sequence[str], kept: Path | None = None) -> bool:
    """False when the library for a compiler called with these arguments has still to be built, in zig's cache
    ``kept``, None being its own.
    """
    marker = _marker(kept, _kind(arguments))
    return marker is not None and os.path.exists(marker)


def announce_library(arguments: Sequence[str], kept: Path | None = None) -> None:
    """Tell, right before a program is linked, if the library has to be built for it."""
    if not is_library_built(arguments, kept):
        remark(LOGGER, BUILDING)


def note_library(arguments: Sequence[str], kept: Path | None = None) -> None:
    """Note that it is built: a program was linked."""
    marker = _marker(kept, _kind(arguments))
    if marker is not None:
        with suppress(OSError):
            marker.touch()


def forget_library() -> None:
    """Note that it is not built any more."""
    for kind in _KINDS:
        marker = _marker(None, kind)
        if marker is not None:
            marker.unlink(missing_ok=True)
