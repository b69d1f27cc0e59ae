"""What objects of System V IPC have in common: keys, identifiers, owners and permissions (sysvipc(7), ipc/util.c)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import chain
from typing import ClassVar, Generic, TypeVar

from vm.abi import Errno
from vm.abi.ipc import IPC_CREAT, IPC_EXCL, IPC_MIN_CYCLE, IPC_MNI, IPC_PRIVATE, IPC_SEQUENCES, Ipc64Perm
from vm.kernel.errors import SystemCallError
from vm.kernel.files.vfs import User

READ, WRITE, EXECUTE = 0o444, 0o222, 0o111
"""What is asked for, as :meth:`Owned.demand` takes it."""
NOBODY = 0xFFFF_FFFF
"""The id that no user and no group has."""


class Owned:
    """An object with a key, an owner and permissions, made by ``who``, whose ids ``cuid`` and ``cgid`` remain.

    ``identifier`` is what calls name it by. ``mode`` has the nine permission bits, and others where the object has any.
    """

    _follow: ClassVar[tuple[str, ...]] = ()

    def __init__(self, key: int, mode: int, who: User) -> None:
        self.key = key
        self.mode = mode & 0o777
        self.uid = self.cuid = who.uid
        self.gid = self.cgid = who.gid
        self.identifier = -1

    def permits(self, who: User, wanted: int) -> bool:
        """Tell whether ``who`` may do what is ``wanted``: one to three bits, wherever they stand in a mode."""
        wanted |= wanted >> 6 | wanted >> 3
        granted = self.mode
        if who.uid in (self.uid, self.cuid):
            granted >>= 6
        elif who.is_member(self.cgid) or who.is_member(self.gid):
            granted >>= 3
        return not wanted & ~granted & 7 or who.is_privileged

    def demand(self, who: User, wanted: int) -> None:
        """SystemCallError(EACCES) unless ``who`` may."""
        if not self.permits(who, wanted):
            raise SystemCallError(Errno.EACCES)

    def belongs_to(self, who: User) -> bool:
        """Tell whether ``who`` owns it, or has made it, or is root."""
        return who.is_privileged or who.uid in (self.uid, self.cuid)

    def demand_ownership(self, who: User) -> None:
        """SystemCallError(EPERM) for those who may neither change nor remove it."""
        if not self.belongs_to(who):
            raise SystemCallError(Errno.EPERM)

    def give_to(self, wanted: Ipc64Perm) -> None:
        """Change owner and permissions (IPC_SET). Raises SystemCallError(EINVAL) for an owner that is none."""
        if NOBODY in (wanted.uid, wanted.gid):
            raise SystemCallError(Errno.EINVAL)
        self.uid, self.gid = wanted.uid, wanted.gid
        self.mode = self.mode & ~0o777 | wanted.mode & 0o777

    def described(self) -> bytes:
        """Return its struct ipc64_perm."""
        return Ipc64Perm.pack(
            key=self.key, uid=self.uid, gid=self.gid, cuid=self.cuid, cgid=self.cgid, mode=self.mode,
            seq=self.identifier // IPC_MNI,
        )  # fmt: skip


T = TypeVar("T", bound=Owned)


class Identifiers(Generic[T]):
    """At most ``limit`` objects of one sort, by identifier and by key.

    An identifier is made of an index and a sequence number, so that the identifier of an object that is gone hardly
    ever becomes another's.
    """

    _follow: ClassVar[tuple[str, ...]] = ("_objects", "_keys")

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self._objects: dict[int, T] = {}
        self._keys: dict[int, T] = {}
        self._last = -1
        self._sequence = 0

    def __len__(self) -> int:
        return len(self._objects)

    def __iter__(self) -> Iterator[T]:
        return iter([self._objects[index] for index in sorted(self._objects)])

    @property
    def highest(self) -> int:
        """The highest index that is in use, 0 without any."""
        return max(self._objects, default=0)

    def at(self, index: int) -> T:
        """Return the object at an index; what an identifier has beside that does not count. SystemCallError(EINVAL)."""
        found = self._objects.get(index % IPC_MNI)
        if found is None:
            raise SystemCallError(Errno.EINVAL)
        return found

    def find(self, identifier: int) -> T | None:
        """Return the object of that identifier."""
        found = self._objects.get(identifier % IPC_MNI)
        return found if found is not None and found.identifier == identifier else None

    def get(self, identifier: int) -> T:
        """Return the object of that identifier. Raises SystemCallError(EINVAL)."""
        found = self.find(identifier)
        if found is None:
            raise SystemCallError(Errno.EINVAL)
        return found

    def find_or_make(
        self, key: int, flags: int, who: User, make: Callable[[], T], fits: Callable[[T], bool]
    ) -> int:  # fmt: skip
        """Return the identifier of the object with this key, or of a new one, as semget(2) and its like do.

        ``make`` demands room once nothing else is wrong. SystemCallError: ENOENT, EEXIST, EINVAL for one that does not
        fit, EACCES, and what ``make`` raises.
        """
        found = self._keys.get(key) if key != IPC_PRIVATE else None
        if found is None:
            if key != IPC_PRIVATE and not flags & IPC_CREAT:
                raise SystemCallError(Errno.ENOENT)
            return self._add(make())
        if flags & IPC_CREAT and flags & IPC_EXCL:
            raise SystemCallError(Errno.EEXIST)
        if not fits(found):
            raise SystemCallError(Errno.EINVAL)
        found.demand(who, flags & 0o777)
        return found.identifier

    def demand_room(self) -> None:
        """SystemCallError(ENOSPC) when there may be no object more."""
        if len(self._objects) >= self.limit:
            raise SystemCallError(Errno.ENOSPC)

    def _add(self, made: T) -> int:
        index = self._free_index()
        if index <= self._last:
            self._sequence = (self._sequence + 1) % IPC_SEQUENCES
        self._last = index
        made.identifier = self._sequence * IPC_MNI + index
        self._objects[index] = made
        if made.key != IPC_PRIVATE:
            self._keys[made.key] = made
        return made.identifier

    def _free_index(self) -> int:
        """Return the next index behind the last one that is free, in a circle that is wide enough to find one."""
        end = min(max(len(self._objects) * 3 // 2, IPC_MIN_CYCLE), IPC_MNI)
        for index in chain(range(self._last + 1, end), range(end)):
            if index not in self._objects:
                return index
        raise AssertionError("more objects than indices")

    def hide(self, gone: T) -> None:
        """Let no key lead to an object any more."""
        if self._keys.get(gone.key) is gone:
            del self._keys[gone.key]
        gone.key = IPC_PRIVATE

    def remove(self, gone: T) -> None:
        """Take an object out: its identifier names none any more."""
        self.hide(gone)
        del self._objects[gone.identifier % IPC_MNI]
