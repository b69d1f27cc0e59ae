"""How the machine's hot functions are compiled: numba, cached on disk under a digest of everything they depend on.

numba's own cache notices a change in the function's file alone, not in a constant or a callee of another module, and
loads code compiled without bounds checks under ``NUMBA_BOUNDSCHECK=1``. So the cache directory is named by a digest of
the sources of ``isa.py``, ``abi.py``, ``cpu/`` and ``memory/`` and of the settings that change the code.
"""

from __future__ import annotations

import hashlib
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numba
import numpy as np
from numba.core import config as numba_config

from vm.cache import cache_directory

settings: Any = numba_config  # its attributes are made at import, unseen by type checkers
_PACKAGE = Path(__file__).resolve().parent.parent
_SETTINGS = ("NUMBA_BOUNDSCHECK", "NUMBA_OPT", "NUMBA_LOOP_VECTORIZE", "NUMBA_SLP_VECTORIZE", "NUMBA_CPU_NAME")


def source_digest() -> str:
    """Names the sources that compiled code depends on, the versions of what compiles them, and the settings."""
    state = hashlib.sha256()
    sources = [_PACKAGE / "isa.py", _PACKAGE / "abi.py", *sorted(_PACKAGE.glob("cpu/**/*.py"))]
    for path in [*sources, *sorted(_PACKAGE.glob("memory/*.py"))]:
        state.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    versions = (sys.version, numba.__version__, np.__version__)
    state.update(repr([*versions, [os.environ.get(name) for name in _SETTINGS]]).encode())
    return state.hexdigest()[:20]


ENABLED: bool = not settings.DISABLE_JIT
"""False under ``NUMBA_DISABLE_JIT=1``, where the same functions run as plain Python."""

CACHE: Path | None = cache_directory("jit", source_digest()) if ENABLED else None
"""Where compiled code is kept; None when no folder can be written or nothing is compiled."""


@contextmanager
def _numba_cache() -> Iterator[None]:
    """Point numba at our directory only while our functions are decorated: the setting is global to the process."""
    saved = settings.CACHE_DIR
    settings.CACHE_DIR = str(CACHE)
    try:
        yield
    finally:
        settings.CACHE_DIR = saved


FUNCTIONS: list[Any] = []
"""Every compiled function, as numba's dispatchers."""


def jit(function: Callable[..., Any]) -> Callable[..., Any]:
    """Compile ``function`` at its first call; division by zero does not raise, indices are not checked.

    Type checkers see through no jitted call: numba's integers are numpy's, and it checks them itself.
    """
    if not ENABLED:
        return function
    with _numba_cache():
        compiled: Callable[..., Any] = numba.njit(cache=CACHE is not None, error_model="numpy")(function)
    FUNCTIONS.append(compiled)
    return compiled


def c_function(signature: str) -> Callable[[Callable[..., Any]], Any]:
    """Compile a function that native code calls by its ``address``; ``signature`` is numba's."""

    def decorate(function: Callable[..., Any]) -> Any:
        with _numba_cache():
            return numba.cfunc(signature, cache=CACHE is not None, error_model="numpy")(function)

    return decorate


def is_cached(part: str) -> bool:
    """True when all of ``part``, "machine" or "checker", has been compiled before, so that starting up is quick."""
    return not ENABLED or (CACHE is not None and (CACHE / f"{part}.complete").exists())


def mark_cached(part: str) -> None:
    """Note that all of ``part`` is compiled and in the cache."""
    if CACHE is not None:
        (CACHE / f"{part}.complete").touch()
