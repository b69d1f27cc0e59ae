"""Shared memory of System V: objects that processes attach, and that stay when nobody does (shmget(2), shmop(2)).

It is memory as a shared mapping has (:class:`~vm.memory.segments.SharedMemory`), which the object itself uses as well:
so it is committed as long as the object is there. Source: Linux's ipc/shm.c.
"""

from __future__ import annotations

from typing import ClassVar

from vm.abi import NANOSECONDS, PAGE_SHIFT, Errno
from vm.abi.ipc import IPC_PRIVATE, SHM_DEST, SHM_HUGETLB, SHMALL, SHMMAX, SHMMIN, SHMMNI
from vm.kernel.errors import SystemCallError
from vm.kernel.files.vfs import User
from vm.kernel.ipc.permissions import Identifiers, Owned
from vm.kernel.system import Part, System
from vm.memory import OutOfMemory
from vm.memory.segments import SharedMemory, page_round


class Attachable(SharedMemory):
    """The memory of an object, which hears of every segment that shows it (shm_open and shm_close in Linux)."""

    _follow = ("held_by",)

    def __init__(self, held_by: SharedObject, pages: int) -> None:
        super().__init__(held_by.system.memory, pages)
        self.path = b"/SYSV%08x (deleted)" % (held_by.key & 0xFFFF_FFFF)
        self.held_by = held_by

    def enter(self, *, relies: bool) -> None:
        """Count one segment more, be it in the child of a fork."""
        super().enter(relies=relies)
        self.held_by.note_attaching()

    def leave(self, *, relies: bool) -> None:
        """Count one segment less; the object may have waited for that."""
        super().leave(relies=relies)
        self.held_by.note_detaching()

    def hold(self) -> None:
        """Let the object use it. Raises OutOfMemory when there is not so much."""
        self.memory.commit(self.promise)
        super().enter(relies=True)

    def let_go(self) -> None:
        """The object uses it no more."""
        super().leave(relies=True)


class SharedObject(Owned):
    """An object of ``size`` bytes.

    ``creator`` is the process that made it, ``user`` the one that attached or detached it last. ``attached``,
    ``detached`` and ``changed`` are times in seconds since 1970, 0 before the first.
    """

    _follow: ClassVar[tuple[str, ...]] = ("memory", "system")

    def __init__(self, system: System, key: int, mode: int, who: User, size: int) -> None:
        super().__init__(key, mode, who)
        self.system = system
        self.size = size
        self.creator = self._pid
        self.user = 0
        self.attached = self.detached = 0
        self.changed = self._now
        self.memory = Attachable(self, page_round(size) >> PAGE_SHIFT)

    @property
    def _now(self) -> int:
        return self.system.clock.time_of_day // NANOSECONDS

    @property
    def _pid(self) -> int:
        return self.system.running.pid if self.system.running is not None else 0

    @property
    def attachments(self) -> int:
        """Segments that show it, in all address spaces (shm_nattch)."""
        return self.memory.segments - 1

    def note_attaching(self) -> None:
        """A segment shows it that did not."""
        self.attached, self.user = self._now, self._pid

    def note_detaching(self) -> None:
        """A segment that has shown it is gone."""
        self.detached, self.user = self._now, self._pid
        self.system.part(SharedObjects).clear(self)

    def note_change(self) -> None:
        """It is changed now, by shmctl(2)."""
        self.changed = self._now


class SharedObjects(Part):
    """All objects of shared memory of a machine, of ``pages`` pages."""

    _follow: ClassVar[tuple[str, ...]] = ("objects",)

    def __init__(self, system: System) -> None:
        super().__init__(system)
        self.objects: Identifiers[SharedObject] = Identifiers(SHMMNI)
        self.pages = 0

    @property
    def resident(self) -> int:
        """Those of them that have a frame."""
        return sum([len(each.memory.frames) for each in self.objects])

    def find_or_make(self, key: int, size: int, flags: int, who: User) -> int:
        """Return the identifier of an object (shmget(2)). Raises SystemCallError."""

        def make() -> SharedObject:
            if not SHMMIN <= size <= SHMMAX:
                raise SystemCallError(Errno.EINVAL)
            if self.pages + (page_round(size) >> PAGE_SHIFT) > SHMALL:
                raise SystemCallError(Errno.ENOSPC)
            if flags & SHM_HUGETLB:
                raise SystemCallError(Errno.ENOMEM)
            self.objects.demand_room()
            made = SharedObject(self.system, key, flags, who, size)
            try:
                made.memory.hold()
            except OutOfMemory:
                raise SystemCallError(Errno.ENOMEM) from None
            self.pages += made.memory.pages
            return made

        return self.objects.find_or_make(key, flags, who, make, lambda found: size <= found.size)

    def remove(self, gone: SharedObject) -> None:
        """Remove an object (IPC_RMID): now, or at its last detach; no key leads to it any more."""
        self.objects.hide(gone)
        gone.mode |= SHM_DEST
        self.clear(gone)

    def clear(self, left: SharedObject) -> None:
        """Let an object go that is to be removed, if nobody has it attached."""
        if left.mode & SHM_DEST and not left.attachments:
            assert left.key == IPC_PRIVATE, "a key leads to what is removed"
            self.objects.remove(left)
            self.pages -= left.memory.pages
            left.memory.let_go()
