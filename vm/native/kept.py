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

from vm.cache import cache_directory, closed_directories, read_sealed, shared_directory, write_sealed
from vm.host_processor import host_digest
from vm.native.parts import SETTINGS, CannotCompile, Progress
from vm.native.placing import Loaded, NotPacked, place
from vm.remarks import remark

_PACKAGE = os.path.dirname(os.path.dirname(os.path.realpath(__file__)))
_FOLDERS = ("abi", "native", "cpu", "memory", "engine", "engine/translator")
LOGGER = "forklore.cache"
"""The logger that tells, once, what keeps the machine from being there at once or the next time."""
_LONGEST_WAIT, _LOOKS_A_SECOND = 120, 20
"""Seconds that a process waits for another that compiles; looks that it has at it each second."""


@cache
def source_digest() -> str:
    """Names the sources that compiled code depends on, the versions of what compiles them, and the settings."""
    state = hashlib.sha256()
    for path in _sources():
        with open(path, "rb", buffering=0) as file:
            state.update(path.removeprefix(_PACKAGE).encode() + b"\0" + file.readall() + b"\0")
    numba = importlib.util.find_spec("numba")
    if numba is not None and numba.origin is not None:
        with suppress(OSError):
            state.update(Path(numba.origin).with_name("_version.py").read_bytes())
    settings = [os.environ.get(name) for name in SETTINGS]
    state.update(repr([sys.version, np.__version__, settings, host_digest()]).encode())
    return state.hexdigest()[:20]


def _sources() -> list[str]:
    """The files of what is compiled, and of the tables that it uses."""
    found = [os.path.join(_PACKAGE, "isa.py")]
    for room in _FOLDERS:
        with os.scandir(os.path.join(_PACKAGE, room)) as entries:
            names = sorted(entry.name for entry in entries if entry.name.endswith(".py"))
        # An editor's mark that a file is being changed has a name like it, and no content.
        found += [os.path.join(_PACKAGE, room, name) for name in names if not name.startswith(".")]
    return found


def folder() -> Path | None:
    """The folder of this version's machine code; None when no cache can be written."""
    return cache_directory("jit", source_digest())


def _name(part: str) -> str:
    return f"{part}.code"


def read(part: str) -> Loaded | None:
    """Bring what is kept of a part, in the shared cache or this user's; None if there is nothing to rely on."""
    for directory, is_shared in _folders():
        content = read_sealed(directory / _name(part), shared=is_shared)
        if content is not None:
            with suppress(NotPacked):
                return place(content)
    return None


def _folders() -> Iterator[tuple[Path, bool]]:
    """Where machine code may be kept, and whether it is others' there."""
    if shared := shared_directory("jit", source_digest()):
        yield shared, True
    if own := folder():
        yield own, False
    for closed in closed_directories("jit", source_digest()):
        yield closed, False


def load(parts: Sequence[str], progress: Progress | None = None) -> dict[str, Loaded]:
    """Bring the code of these parts into this process; what is not kept is compiled. Raises CannotCompile."""
    found = {part: read(part) for part in parts}
    if None in found.values():
        with _alone(folder()):
            found = {part: loaded or read(part) for part, loaded in found.items()}
            missing = [part for part, loaded in found.items() if loaded is None]
            if missing:
                made = _make(missing, progress)
                try:
                    found |= {part: place(content) for part, content in made.items()}
                except NotPacked as error:
                    raise CannotCompile(f"the machine, as it was compiled, cannot run here: {error}") from error
    return {part: loaded for part, loaded in found.items() if loaded is not None}


def _make(parts: Sequence[str], progress: Progress | None) -> dict[str, bytes]:
    """Compile these parts, and keep them where that can be."""
    from vm.native.elsewhere import compile_elsewhere
    from vm.native.packing import pack

    made = {part: pack(data) for part, data in compile_elsewhere(parts, progress).items()}
    own = folder()
    if own is not None:
        try:
            for part, content in made.items():
                write_sealed(own / _name(part), content)
        except OSError as error:
            remark(
                LOGGER,
                f"{own}: the compiled machine cannot be kept there ({error.strerror or error}), so the next run "
                "compiles it again; make room, or let FORKLORE_CACHE name another folder",
            )
    return made


@contextmanager
def _alone(directory: Path | None) -> Iterator[None]:
    """Wait while another process compiles into the same folder, but not for ever: it may have been stopped."""
    try:
        handle = None if directory is None else os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    except OSError:  # somebody has just removed it
        handle = None
    try:
        if handle is not None:
            _wait_for_lock(handle)
        yield
    finally:
        if handle is not None:
            with suppress(OSError):  # a child that was forked meanwhile has the handle as well
                fcntl.flock(handle, fcntl.LOCK_UN)
            os.close(handle)


def _wait_for_lock(handle: int) -> None:
    for look in range(_LONGEST_WAIT * _LOOKS_A_SECOND):
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if look == _LOOKS_A_SECOND:
                remark(LOGGER, "waiting for another process, which is compiling the machine")
            time.sleep(1 / _LOOKS_A_SECOND)
        except OSError:  # a file system without locks
            return
        else:
            return
    remark(LOGGER, f"the other process has not ended for {_LONGEST_WAIT} s, so the machine is compiled here as well")
