"""Where the machine code of a part is kept, and how it comes into this process.

It is found by a digest of everything that it depends on: the sources of what is compiled, the versions of what compiles
it, the settings that change it, and the processor. The file is sealed (:mod:`vm.cache`), so what is damaged, cut, stale
or another's is noticed before anything of it runs, and made again: by another process, because numba takes ten times as
long to import as the code takes to load, and three times the memory.
"""

from __future__ import annotations

import fcntl
import hashlib
import importlib.util
import os
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path

import numpy as np

from vm.cache import cache_directory, read_sealed, shared_directory, write_sealed
from vm.host_processor import host_digest
from vm.native.parts import SETTINGS, Progress
from vm.native.placing import Loaded, place

_PACKAGE = Path(__file__).resolve().parent.parent
_SOURCES = ("isa.py", "abi/*.py", "native/*.py", "cpu/*.py", "memory/*.py", "engine/**/*.py")


_LONGEST_WAIT, _LOOKS_A_SECOND = 120, 20
"""Seconds that a process waits for another that compiles; looks that it has at it each second."""


@cache
def source_digest() -> str:
    """Names the sources that compiled code depends on, the versions of what compiles them, and the settings."""
    state = hashlib.sha256()
    for path in [path for pattern in _SOURCES for path in sorted(_PACKAGE.glob(pattern))]:
        state.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    numba = importlib.util.find_spec("numba")
    if numba is not None and numba.origin is not None:
        with suppress(OSError):
            state.update(Path(numba.origin).with_name("_version.py").read_bytes())
    settings = [os.environ.get(name) for name in SETTINGS]
    state.update(repr([sys.version, np.__version__, settings, host_digest()]).encode())
    return state.hexdigest()[:20]


def folder() -> Path | None:
    """The folder of this version's machine code; None when no cache can be written."""
    return cache_directory("jit", source_digest())


def _name(part: str) -> str:
    return f"{part}.code"


def read(part: str) -> bytes | None:
    """What is kept of a part, in the shared cache or this user's; None if there is nothing to rely on."""
    shared, own = shared_directory("jit", source_digest()), folder()
    content = None if shared is None else read_sealed(shared / _name(part), shared=True)
    return content if content is not None or own is None else read_sealed(own / _name(part))


def load(parts: Sequence[str], progress: Progress | None = None) -> dict[str, Loaded]:
    """Bring the code of these parts into this process; what is not kept is compiled. Raises CannotCompile."""
    contents = {part: read(part) for part in parts}
    if None in contents.values():
        with _alone(folder()):
            contents = {part: read(part) for part in parts}
            missing = [part for part, content in contents.items() if content is None]
            if missing:
                contents |= _make(missing, progress)
    return {part: place(content) for part, content in contents.items() if content is not None}


def _make(parts: Sequence[str], progress: Progress | None) -> dict[str, bytes]:
    """Compile these parts, and keep them where that can be."""
    from vm.native.elsewhere import compile_elsewhere
    from vm.native.packing import pack

    made = {part: pack(data) for part, data in compile_elsewhere(parts, progress).items()}
    own = folder()
    for part, content in made.items():
        if own is not None:
            with suppress(OSError):
                write_sealed(own / _name(part), content)
    return made


@contextmanager
def _alone(directory: Path | None) -> Iterator[None]:
    """Wait while another process compiles into the same folder, but not for ever: it may have been stopped."""
    if directory is None:
        yield
        return
    handle = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        for _ in range(_LONGEST_WAIT * _LOOKS_A_SECOND):
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                time.sleep(1 / _LOOKS_A_SECOND)
            except OSError:  # a file system without locks
                break
        yield
    finally:
        os.close(handle)
