"""What a physical memory is made of on the host, and how that of copies which are gone goes to the next ones.

Who explores schedules copies a machine thousands of times a second, and each copy lives for a few steps. To get its
memory from the host page by page, and to give it back, takes several times as long as to copy what is in it.
Who debugs keeps copies of large machines, each of which needs as much of the host's memory as the guest has in use: it
is got ahead, while the machine goes on.
"""

from __future__ import annotations

import mmap
import os
from contextlib import suppress
from threading import Thread
from typing import TYPE_CHECKING, Any, NamedTuple
from weakref import ref

import numpy as np

from vm.abi import PAGE_SIZE
from vm.cpu.decode import COUNTS, ROW
from vm.native.hostmemory import region

if TYPE_CHECKING:
    from numpy.typing import NDArray

LOWEST_FREE = 1
"""Index in the counters of a memory: the fewest frames that were ever free."""

MOST_KEPT = 32
"""Memories that are kept for the next copies. Python finds out about a copy that is gone some copies later."""
LARGEST_KEPT = 128
"""Frames that a memory has had in use at most that is kept: with its decoded code 1.5 MiB of the host's."""


MOST_LARGE_KEPT = 2
"""Memories of large copies that are kept for the next ones."""
LARGEST_LARGE_KEPT = 1 << 14
"""Frames that those have had in use at most: 64 MiB."""


class Areas(NamedTuple):
    """Arrays for a memory of n frames: all of it zero, and what is untouched costs the host nothing.

    ram: uint8[n * 4096]; decoded: int64[n * ROW + COUNTS], whose rows, but for those that are said to be made, may hold
    anything; references and free: int32[n]; is_decoded and left: uint8[n].
    """

    ram: NDArray[np.uint8]
    decoded: NDArray[np.int64]
    references: NDArray[np.int32]
    free: NDArray[np.int32]
    is_decoded: NDArray[np.uint8]
    left: NDArray[np.uint8]


def new(count: int, *, sparse: bool) -> Areas:
    """Get areas for a memory of ``count`` frames; ``sparse``: little of it will be touched. Raises OSError."""
    return _areas(count, *(np.frombuffer(*each) for each in _regions(count, sparse)))


def lend(count: int, counters: NDArray[np.int64]) -> Areas:
    """Get areas for a memory of ``count`` frames, few of which will be used; ``counters`` say how many. OSError.

    They come back once no array refers to them any more, and are lent again.
    """
    return _area_of(_POOL, count, sparse=True).lend(counters)


def lend_large(count: int, counters: NDArray[np.int64], in_use: NDArray[np.bool_]) -> Areas:
    """Get areas for a memory of ``count`` frames, many of which will be used, as :func:`lend` does. Raises OSError.

    Those that are ``in_use`` may hold anything: they are written next.
    """
    return _area_of(_LARGE_POOL, count, sparse=False).lend(counters, in_use)


def _area_of(pool: _Pool, count: int, *, sparse: bool) -> _Area:
    try:
        return pool.kept[count].pop()
    except (KeyError, IndexError):
        return _Area(pool, count, sparse=sparse)


def prepare_large(count: int, frames: int) -> Thread | None:
    """Get ready what :func:`lend_large` gives next, with so many frames that the host has provided; None if it is.

    The thread that does it is returned. The host clears each page that it gives for the first time, and may have to
    get it from a host of its own, which takes ten times as long as a copy of what is in it.
    """
    if frames > LARGEST_LARGE_KEPT or _LARGE_POOL.kept.get(count) or os.cpu_count() == 1:
        return None
    thread = Thread(target=_keep_touched, args=(count, frames), name="memory for a copy", daemon=True)
    thread.start()
    return thread


def _keep_touched(count: int, frames: int) -> None:
    with suppress(OSError):  # then it is got by whoever needs it, and hears why it cannot be had
        area = _Area(_LARGE_POOL, count, sparse=False)
        area.touch(frames)
        _LARGE_POOL.keep(area)


def _regions(count: int, sparse: bool) -> list[tuple[Any, Any, int, int]]:
    """What numpy.frombuffer takes for the frames, the decoded rows, and the accounts of frames."""
    try:
        return _mapped(count, sparse)
    except (OSError, ValueError, OverflowError):
        _POOL.kept.clear()
        _LARGE_POOL.kept.clear()
        return _mapped(count, sparse)


def _mapped(count: int, sparse: bool) -> list[tuple[Any, Any, int, int]]:
    ram, ram_start = region(count * PAGE_SIZE, sparse=sparse)
    rows = count * ROW + COUNTS
    decoded, decoded_start = region(rows * 8, sparse=True)
    # Not shared, as Python would have it: a forked process goes its own way with a machine that it inherits.
    accounts = mmap.mmap(-1, 10 * count, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    return [
        (ram, np.uint8, count * PAGE_SIZE, ram_start), (decoded, np.int64, rows, decoded_start),
        (accounts, np.uint8, 10 * count, 0),
    ]  # fmt: skip


def _areas(count: int, ram: NDArray[Any], decoded: NDArray[Any], accounts: NDArray[Any]) -> Areas:
    words = accounts[: 8 * count].view(np.int32)
    return Areas(
        ram, decoded, words[:count], words[count:], accounts[8 * count : 9 * count], accounts[9 * count :]
    )  # fmt: skip


class _Pool:
    """The areas that are lent, and those that came back, ``kept`` by the number of their frames.

    What is called when one comes back uses nothing of this module: that may be when Python ends, and it is gone.
    """

    def __init__(self, most: int, largest: int) -> None:
        self.lent: set[_Area] = set()
        self.kept: dict[int, list[_Area]] = {}
        self._most = most
        self._largest = largest

    def take_back(self, area: _Area) -> None:
        """Keep an area that nobody uses any more, unless it is large; in place of all others once there are too many.

        Whichever thread comes first: several may have used it.
        """
        try:
            self.lent.remove(area)
        except KeyError:
            return
        if area.used <= self._largest:
            self.keep(area)

    def keep(self, area: _Area) -> None:
        """Keep an area, in place of all others once there are too many."""
        if sum(map(len, [*self.kept.values()])) >= self._most:
            self.kept.clear()
        self.kept.setdefault(area.count, []).append(area)


_POOL = _Pool(MOST_KEPT, LARGEST_KEPT)
_LARGE_POOL = _Pool(MOST_LARGE_KEPT, LARGEST_LARGE_KEPT)


class _Area:
    """What the host has given for a memory of ``count`` frames; ``used`` were in use at once at most."""

    def __init__(self, pool: _Pool, count: int, *, sparse: bool) -> None:
        self.count = count
        self._pool = pool
        self._regions = _regions(count, sparse)
        self._lowest_free: NDArray[np.int64] = np.array(count)
        self._watched: list[ref[NDArray[Any]]] = []

    @property
    def used(self) -> int:
        return self.count - int(self._lowest_free)

    def touch(self, frames: int) -> None:
        """Let the host provide the memory of the first frames."""
        np.frombuffer(*self._regions[0])[: frames * PAGE_SIZE : mmap.PAGESIZE] = 0

    def lend(self, counters: NDArray[np.int64], in_use: NDArray[np.bool_] | None = None) -> Areas:
        """Return arrays, of which all that was used is zero again, but for frames that are ``in_use`` now."""
        used, self._lowest_free = self.used, counters[LOWEST_FREE : LOWEST_FREE + 1].reshape(())
        bases = [np.frombuffer(*each) for each in self._regions]
        areas = _areas(self.count, *bases)
        if used:
            if in_use is None:
                areas.ram[: used * PAGE_SIZE] = 0
            else:
                areas.ram.reshape(-1, PAGE_SIZE)[:used][~in_use[:used]] = 0
            areas.decoded[-COUNTS:] = 0
            areas.free[self.count - used :] = 0
            for accounts in (areas.references, areas.is_decoded, areas.left):
                accounts[:used] = 0
        self._pool.lent.add(self)
        self._watched += [ref(base, self._is_gone) for base in bases]
        return areas

    def _is_gone(self, base: ref[NDArray[Any]]) -> None:
        self._watched.remove(base)
        if not self._watched:
            self._pool.take_back(self)
