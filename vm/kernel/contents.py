"""What watched memory holds: so it is seen what others than a process's own instructions do to it.

Those are the kernel, for a system call or a signal, and other processes, in memory that they share.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import NamedTuple

from vm.abi import PAGE_SIZE, Protection
from vm.cpu.state import CHANGES, READS, WRITES
from vm.kernel.process.table import ProcessTable
from vm.kernel.stops import Watchpoint
from vm.memory import AddressSpace
from vm.memory.showing import memory_at
from vm.memory.space import TransferObserver

Pieces = tuple[bytes, ...]
"""What a range holds, page by page; nothing of a page that is not mapped."""


class Used(NamedTuple):
    """A watchpoint of process ``owner`` that was met by accesses of ``kinds``, first at ``address``."""

    owner: int
    watchpoint: Watchpoint
    kinds: int
    address: int


class Contents:
    """Keeps what the ``watchpoints`` of processes hold, by the pids of their owners, while it is entered.

    It looks at the memory that an owner has at the time, whoever shares it, and leaves no mark there. That an owner
    executes a program, or maps or unmaps what is watched, is a change, too.
    """

    def __init__(self, processes: ProcessTable, watchpoints: Mapping[int, Sequence[Watchpoint]]) -> None:
        self._processes = processes
        self._watchpoints = watchpoints
        self._known: dict[tuple[int, Watchpoint], Pieces] = {}
        self._transfers: list[Used] = []
        self._observed: dict[int, tuple[AddressSpace, TransferObserver, TransferObserver | None]] = {}

    def __enter__(self) -> Contents:
        self.remember()
        return self

    def __exit__(self, *_: object) -> None:
        for owner in [*self._observed]:
            self._let_go(owner)

    def remember(self) -> None:
        """Forget what was done so far: what is there now is what the next changes are changes of."""
        if self._watchpoints:
            self.changes()

    def changes(self) -> list[Used]:
        """Tell what was done to watched memory since the last time, once a watchpoint, and remember what is there now.

        Accesses of the kernel's are told for what they are; what others have done, if it has left other bytes.
        """
        found: list[Used] = []
        for owner, watchpoints in self._watchpoints.items():
            process = self._processes.get(owner)
            space = None if process is None else process.space
            self._observe(owner, space)
            if space is None:
                continue  # that it has ended is told otherwise
            for watchpoint in watchpoints:
                now = _pieces(space, watchpoint)
                before = self._known.get((owner, watchpoint), now)
                self._known[owner, watchpoint] = now
                made = [each for each in self._transfers if (each.owner, each.watchpoint) == (owner, watchpoint)]
                kinds, places = 0, [each.address for each in made]
                for each in made:
                    kinds |= each.kinds
                if now != before and watchpoint.kinds & (WRITES | CHANGES):
                    kinds |= watchpoint.kinds & (WRITES | CHANGES)
                    places.append(_first_difference(watchpoint.address, before, now))
                if kinds:
                    found.append(Used(owner, watchpoint, kinds, min(places)))
        self._transfers.clear()
        return found

    def _observe(self, owner: int, space: AddressSpace | None) -> None:
        """Hear of the kernel's own accesses to ``space``, where they and not only changes matter."""
        known = self._observed.get(owner)
        if known is not None and known[0] is space and space.transfer_observer is known[1]:
            return
        if known is not None:
            self._let_go(owner)
        watched = [each for each in self._watchpoints[owner] if each.kinds & (READS | WRITES)]
        if watched and space is not None:
            former = space.transfer_observer
            space.transfer_observer = partial(self._transferred, owner, watched, former)
            self._observed[owner] = space, space.transfer_observer, former

    def _let_go(self, owner: int) -> None:
        space, ours, former = self._observed.pop(owner)
        if space.transfer_observer is ours:
            space.transfer_observer = former

    def _transferred(
        self,
        owner: int,
        watched: Sequence[Watchpoint],
        former: TransferObserver | None,
        address: int,
        size: int,
        access: Protection,
    ) -> None:
        """Note an access that the kernel is about to make."""
        if former is not None:
            former(address, size, access)
        kind = READS if access == Protection.READ else WRITES
        for each in watched:
            if each.kinds & kind and address < each.address + each.size and each.address < address + size:
                self._transfers.append(Used(owner, each, kind, max(address, each.address)))


def _pieces(space: AddressSpace, watchpoint: Watchpoint) -> Pieces:
    """What is there now."""
    return tuple([memory_at(space, address, size) for address, size in _pages(watchpoint)])


def _pages(watchpoint: Watchpoint) -> Iterator[tuple[int, int]]:
    """The parts of a range that lie on a page each: (address, size)."""
    address, end = watchpoint.address, watchpoint.address + watchpoint.size
    while address < end:
        size = min(end, (address | PAGE_SIZE - 1) + 1) - address
        yield address, size
        address += size


def _first_difference(address: int, before: Pieces, now: Pieces) -> int:
    """The address of the first byte that is not what it was, of pieces that begin at ``address``."""
    for old, new in zip(before, now, strict=False):
        if old != new:
            return address + next((at for at, pair in enumerate(zip(old, new, strict=False)) if pair[0] != pair[1]), 0)
        address = (address | PAGE_SIZE - 1) + 1
    return address
