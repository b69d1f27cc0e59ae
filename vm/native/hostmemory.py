"""Memory of the host's, between guards: what lies before and behind it can neither be read nor written.

An index that misses such memory by less than :data:`GUARD` bytes, which is as far as 32 bits reach, is a fault of the
host's process and never somebody's data.
"""

from __future__ import annotations

import ctypes
import gc
import mmap
import resource
import sys
from contextlib import suppress
from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from numpy.typing import NDArray

GUARD = 4 << 30
"""Bytes of address space kept inaccessible on both sides, where that much can be had."""
LEAST_GUARD = 1 << 20
"""Bytes of the guard on each side where :data:`GUARD` cannot be had, as under ``ulimit -v``."""

_LINUX_MAP_NORESERVE = 0x4000  # Python names it from 3.13 on
NO_ACCESS = 0
"""PROT_NONE, which Python does not name."""


@cache
def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def protect(address: int, size: int, protection: int) -> None:
    """Change what may be done with whole pages of this process (mprotect(2)); ``protection`` of mmap.PROT_; OSError."""
    if _libc().mprotect(ctypes.c_void_p(address), ctypes.c_size_t(size), protection):
        raise OSError(ctypes.get_errno(), "mprotect")


def give_back(array: NDArray[Any]) -> None:
    """Let the host have the whole pages of ``array``, of a :func:`region`, which are zero from now on."""
    address = array.ctypes.data
    first, end = -(-address // mmap.PAGESIZE), (address + array.nbytes) // mmap.PAGESIZE
    if end > first:
        size = (end - first) * mmap.PAGESIZE
        _libc().madvise(ctypes.c_void_p(first * mmap.PAGESIZE), ctypes.c_size_t(size), mmap.MADV_DONTNEED)


def address_of(memory: mmap.mmap) -> int:
    """Where a mapping that can be written begins in this process."""
    return ctypes.addressof(ctypes.c_char.from_buffer(memory))


def map_guarded(size: int, guard: int) -> tuple[mmap.mmap, int]:
    """(Anonymous zero memory that the host provides as it is touched, where ``size`` bytes of it begin); OSError.

    Everything before and behind those bytes, ``guard`` on each side, is inaccessible. On a host that counts what is
    only reserved, or of 32 bits, it is LEAST_GUARD where there is no room for more; machines that nobody uses any more,
    and that still refer to themselves in circles, are given back first.
    """
    try:
        return _map_guarded(size, guard)
    except (OSError, ValueError, OverflowError):
        gc.collect()
        return _map_guarded(size, min(guard, LEAST_GUARD))


def _map_guarded(size: int, guard: int) -> tuple[mmap.mmap, int]:
    flags = mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | (_LINUX_MAP_NORESERVE if sys.platform == "linux" else 0)
    inside = -(-size // mmap.PAGESIZE) * mmap.PAGESIZE
    memory = mmap.mmap(-1, inside + 2 * guard, flags=flags)
    base = address_of(memory)
    for start in (0, guard + inside):
        protect(base + start, guard, NO_ACCESS)
    return memory, guard


def region(size: int, *, sparse: bool = False) -> tuple[mmap.mmap, int]:
    """(A mapping, where ``size`` zero bytes between guards begin in it); OSError.

    They are in small pages of the host's if they are used ``sparse``. Huge pages spare the host's own TLB, but would
    make a few scattered rows cost it hundreds of megabytes.
    """
    limited = any(
        resource.getrlimit(kind)[0] != resource.RLIM_INFINITY for kind in (resource.RLIMIT_AS, resource.RLIMIT_DATA)
    )
    memory, start = map_guarded(size, LEAST_GUARD if limited else GUARD)
    if hasattr(mmap, "MADV_HUGEPAGE"):
        with suppress(OSError):  # a kernel without huge pages
            memory.madvise(mmap.MADV_NOHUGEPAGE if sparse else mmap.MADV_HUGEPAGE)
    return memory, start
