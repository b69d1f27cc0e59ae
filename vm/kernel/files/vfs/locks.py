"""Locks on files: record locks of processes (fcntl(2), "Advisory record locking") and of open files (flock(2))."""

from __future__ import annotations

from dataclasses import field
from typing import ClassVar

from vm.values import dataclass

"""Types of record lock, the values of fcntl(2)."""

TO_THE_END = 1 << 63
"""End of a lock that has none."""


@dataclass(frozen=True, slots=True, eq=False)
class Lock:
    """A lock on the bytes from ``start`` to before ``end``; ``owner`` is compared by identity."""

    _follow: ClassVar[tuple[str, ...]] = ("owner",)

    owner: object
    pid: int
    is_exclusive: bool
    start: int
    end: int

    def conflicts(self, other: Lock) -> bool:
        """Tell whether both cannot be held at once."""
        return (
            self.owner is not other.owner
            and (self.is_exclusive or other.is_exclusive)
            and self.start < other.end
            and other.start < self.end
        )


@dataclass(slots=True)
class LockList:
    """The locks that are held on one inode: those of an owner together, by their start, owners as they came."""

    _follow: ClassVar[tuple[str, ...]] = ("held",)

    held: list[Lock] = field(default_factory=list)

    def conflict(self, wanted: Lock) -> Lock | None:
        """Return the first lock that stands in the way."""
        return next((lock for lock in self.held if lock.conflicts(wanted)), None)

    def splits(self, owner: object, start: int, end: int) -> bool:
        """Tell whether taking this range out of the owner's locks makes two of one."""
        return any(lock.owner is owner and lock.start < start and end < lock.end for lock in self.held)

    def clear(self, owner: object, start: int = 0, end: int = TO_THE_END) -> bool:
        """Take a range out of the owner's locks, which may split them; True when there was something to take."""
        kept: list[Lock] = []
        found = False
        for lock in self.held:
            if lock.owner is not owner or lock.end <= start or end <= lock.start:
                kept.append(lock)
                continue
            found = True
            if lock.start < start:
                kept.append(Lock(lock.owner, lock.pid, lock.is_exclusive, lock.start, start))
            if end < lock.end:
                kept.append(Lock(lock.owner, lock.pid, lock.is_exclusive, end, lock.end))
        self.held = kept
        return found

    def add(self, lock: Lock) -> None:
        """Hold ``lock`` instead of what its owner had there, joined with its neighbours of the same kind."""
        owner = lock.owner
        place = next((at for at, held in enumerate(self.held) if held.owner is owner), len(self.held))
        self.clear(owner, lock.start, lock.end)
        own: list[Lock] = []
        for other in [held for held in self.held if held.owner is owner]:
            joins = other.is_exclusive == lock.is_exclusive and other.start <= lock.end and lock.start <= other.end
            if joins:
                start, end = min(lock.start, other.start), max(lock.end, other.end)
                lock = Lock(owner, lock.pid, lock.is_exclusive, start, end)
            else:
                own.append(other)
        self.held = [held for held in self.held if held.owner is not owner]
        self.held[place:place] = sorted([*own, lock], key=lambda held: held.start)
