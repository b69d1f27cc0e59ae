"""How the machine's hot functions are compiled: numba, kept on disk under a digest of everything they depend on.

numba's own cache notices a change in the function's file alone, not in a constant or a callee of another module, loads
code compiled without bounds checks under ``NUMBA_BOUNDSCHECK=1``, and unpickles and runs whatever its files hold. So
ours is named by a digest of the sources of ``isa.py``, ``abi/memory.py``, ``cpu/``, ``memory/`` and ``engine/`` and of
the settings that change the code, and its files are sealed (:mod:`vm.cache`).
"""

from __future__ import annotations

import hashlib
import json
import os
import pickle
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from time import perf_counter_ns
from typing import Any

import llvmlite
import numba
import numba.core.ccallback
import numpy as np
from numba.core.caching import NullCache

from vm.cache import cache_directory, is_private, is_trusted, read_sealed, shared_directory, write_sealed

_core: Any = numba.core
settings: Any = _core.config  # its attributes are made at import, unseen by type checkers
_PACKAGE = Path(__file__).resolve().parent.parent
_SETTINGS = ("NUMBA_BOUNDSCHECK", "NUMBA_OPT", "NUMBA_LOOP_VECTORIZE", "NUMBA_SLP_VECTORIZE", "NUMBA_CPU_NAME")

ROOMS = ("cpu", "memory", "engine")
"""Folders with compiled code."""


def source_digest() -> str:
    """Names the sources that compiled code depends on, the versions of what compiles them, and the settings."""
    state = hashlib.sha256()
    sources = [_PACKAGE / "isa.py", _PACKAGE / "abi" / "memory.py"]
    for path in [*sources, *(path for room in ROOMS for path in sorted(_PACKAGE.glob(f"{room}/**/*.py")))]:
        state.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    versions = (sys.version, numba.__version__, llvmlite.__version__, np.__version__)
    state.update(repr([*versions, [os.environ.get(name) for name in _SETTINGS]]).encode())
    return state.hexdigest()[:20]


ENABLED: bool = not settings.DISABLE_JIT
"""False under ``NUMBA_DISABLE_JIT=1``, where the same functions run as plain Python."""

CACHE: Path | None = cache_directory("jit", source_digest()) if ENABLED else None
"""Where compiled code is kept; None when no folder can be written or nothing is compiled."""

SHARED: Path | None = shared_directory("jit", source_digest()) if ENABLED else None
"""Where others keep compiled code for us, which is looked at first; None without such a place."""

FUNCTIONS: list[Any] = []
"""Every compiled function, as numba's dispatchers."""


class SealedCache(NullCache):
    """What is compiled of one function: a file for each signature and processor, sealed, and so safe to unpickle."""

    def __init__(self, function: Callable[..., Any], folder: Path | None) -> None:
        self._name = f"{function.__module__}.{function.__qualname__}"
        self._folder = folder

    @property
    def cache_path(self) -> str:
        """The folder, for numba's statistics."""
        return str(self._folder)

    def _file(self, signature: Any, codegen: Any) -> str:
        digest = hashlib.sha256(repr((signature, codegen.magic_tuple())).encode()).hexdigest()
        return f"{self._name}-{digest[:16]}.nbc"

    def load_overload(self, sig: Any, target_context: Any) -> Any:
        """The code compiled for a signature; None if there is none to rely on."""
        target_context.refresh()
        name = self._file(sig, target_context.codegen())
        content = None if SHARED is None else read_sealed(SHARED / name, shared=True)
        if content is None:
            content = None if self._folder is None else read_sealed(self._folder / name)
            if content is None or self._folder is None:
                return None
            _used.add(self._folder / name)
        return _core.compiler.CompileResult._rebuild(target_context, *pickle.loads(content))

    def save_overload(self, sig: Any, data: Any) -> None:
        """Keep what was compiled, where that is possible."""
        # A full disk; or numba has "no compiled object", because an exception that a signal handler raised while it
        # was handed over is lost, and the object with it. The code runs all the same, and is compiled again next time.
        with suppress(OSError, RuntimeError):
            if self._folder is None:
                raise FileNotFoundError
            path = self._folder / self._file(sig, data.codegen)
            write_sealed(path, _core.serialize.dumps(data._reduce()))
            _used.add(path)
            return
        _lost.append(self._name)


_used: set[Path] = set()
"""Files that this process took code from, or put it into."""
_lost: list[str] = []
"""Functions whose code could not be kept."""
_ready: set[str] = set()
"""Parts of which this process has seen that all is compiled."""


_spent_ns = 0
"""The host's time that compiling took, and loading what had been compiled."""
_depth = 0
"""Functions being compiled, each for the one before it."""


def working_ns() -> int:
    """The host's clock, which stands still while something is compiled or what was compiled is loaded: nanoseconds."""
    return perf_counter_ns() - _spent_ns


def _timed(compile_for: Callable[[Any], Any]) -> Callable[[Any], Any]:
    def timed(signature: Any) -> Any:
        global _spent_ns, _depth
        begin = perf_counter_ns()
        _depth += 1
        try:
            return compile_for(signature)
        finally:
            _depth -= 1
            if not _depth:
                _spent_ns += perf_counter_ns() - begin

    return timed


def jit(function: Callable[..., Any]) -> Callable[..., Any]:
    """Compile ``function`` at its first call; division by zero does not raise, indices are not checked.

    Type checkers see through no jitted call: numba's integers are numpy's, and it checks them itself.
    """
    if not ENABLED:
        return function
    compiled: Any = numba.njit(error_model="numpy")(function)
    compiled.compile = _timed(compiled.compile)
    if CACHE is not None or SHARED is not None:
        compiled._cache = SealedCache(function, CACHE)
    FUNCTIONS.append(compiled)
    made: Callable[..., Any] = compiled
    return made


def c_function(signature: str) -> Callable[[Callable[..., Any]], Any]:
    """Compile a function that native code calls by its ``address``; ``signature`` is numba's."""

    def decorate(function: Callable[..., Any]) -> Any:
        types = _core.sigutils.normalize_signature(signature)
        compiled = _core.ccallback.CFunc(function, types, locals={}, options={"error_model": "numpy"})
        if CACHE is not None or SHARED is not None:
            compiled._cache = SealedCache(function, CACHE)
        compiled.compile()
        return compiled

    return decorate


def often() -> str:
    """How often the machine is compiled, in words."""
    return "once" if CACHE else "in every run"


def is_cached(part: str) -> bool:
    """True when all of ``part``, "machine" or "checker", is compiled, in this process or before it.

    What was compiled before is taken to be whole if every file has its size and is this user's alone; that its content
    is sealed is seen when it is loaded.
    """
    if not ENABLED or part in _ready:
        return True
    if _is_complete(SHARED, part, True) or _is_complete(CACHE, part, False):
        _ready.add(part)
    return part in _ready


def _is_complete(folder: Path | None, part: str, shared: bool) -> bool:
    content = None if folder is None else read_sealed(folder / f"{part}.complete", shared=shared)
    if folder is None or content is None:
        return False
    files = json.loads(content)
    return all(_is_there(folder / name, size, shared) for name, size in files.items())


def _is_there(path: Path, size: int, shared: bool) -> bool:
    try:
        found = path.lstat()
    except OSError:
        return False
    return (is_trusted(found) if shared else is_private(found)) and found.st_size == size


def mark_cached(part: str) -> None:
    """Note that all of ``part`` is compiled, and where it is kept."""
    _ready.add(part)
    if CACHE is None or _lost:
        return
    with suppress(OSError):
        sizes = {path.name: path.stat().st_size for path in sorted(_used)}
        write_sealed(CACHE / f"{part}.complete", json.dumps(sizes).encode())
