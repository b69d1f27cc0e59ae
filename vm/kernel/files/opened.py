"""Open files and the descriptors that refer to them (open(2)).

A *descriptor* is a process's number for an *open file*, which has the offset and the flags and may be shared by many
descriptors (dup, fork). Reading is in two steps, peek and advance, so that data is consumed only once it has arrived
in the guest's memory.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar, Protocol

from vm.abi import O_ACCMODE, SEEK_CUR, SEEK_DATA, SEEK_END, SEEK_HOLE, SEEK_SET, Errno, OpenFlag, Poll
from vm.kernel.errors import SystemCallError
from vm.kernel.files.vfs import Directory, File, Inode
from vm.memory.segments import FileContent, name_of
from vm.values import dataclass

Wake = Callable[..., None]
"""Makes ready whoever waits on a channel."""

Channel = tuple[object, ...]


class Watcher(Protocol):
    """Who hears of every wake-up on the channels that it watches, without waiting on them (epoll(7)).

    ``is_exclusive``: those behind it do not hear of one that has made somebody ready.
    """

    @property
    def is_exclusive(self) -> bool:
        """True for one that hears in turn with others."""

    def notice(self) -> bool:
        """Hear of a wake-up; True when that has made somebody ready."""


class Waiters(Protocol):
    """Those who wait on channels."""

    def wake(self, *channel: object) -> None:
        """Make ready whoever waits on ``channel``, and tell those who watch it."""

    def is_awaited(self, *channel: object) -> bool:
        """Tell whether somebody waits on ``channel``."""

    def watch(self, channel: Channel, watcher: Watcher) -> None:
        """Tell ``watcher`` of every wake-up on ``channel`` from now on."""

    def unwatch(self, channel: Channel, watcher: Watcher) -> None:
        """Tell ``watcher`` of them no more."""


class Interested(Protocol):
    """Who has an interest in an open file, which does not keep it open."""

    def file_closed(self) -> None:
        """Hear that the open file is gone."""


DESCRIPTORS_IN_ALL = 1 << 18
"""Descriptors that all processes of a machine may have together."""

INTERESTS_IN_ALL = 1 << 16
"""Interests that all sets of a machine may have together (/proc/sys/fs/epoll/max_user_watches)."""

LISTED_SIZE, LISTED_FREE = 16, 1000
"""Bytes that a name in a list of a directory counts for, and how many names are for nothing."""


@dataclass(frozen=True, slots=True)
class WouldBlock:
    """An operation cannot go on before a wake-up on ``channel``; ``why`` completes "waits for …".

    ``patience``: nanoseconds after which it is given up with EAGAIN; 0 for never.
    """

    channel: Channel
    why: str
    patience: int = 0


class OpenFile:
    """An open file description. ``references`` counts the descriptors that refer to it.

    ``in_flight`` of the references are no descriptors, but in messages on their way to a process (unix(7), SCM_RIGHTS).
    ``interested`` are those who hear that it is gone.
    ``flags`` are those of open(2) that F_GETFL shows. ``path`` is the name it was opened by, "pipe:[7]" without one.
    ``has_positions``: it can be read and written at an offset. ``is_message``: a read takes one message, which it has
    room for as a whole or not at all. ``has_new_channels``: they may be others at another time.
    """

    _follow: ClassVar[tuple[str, ...]] = ("inode", "interested")

    has_positions = False
    in_flight = 0
    is_message = False
    has_new_channels = False

    def __init__(self, inode: Inode, flags: int, path: bytes) -> None:
        self.inode = inode
        self.flags = flags & ~(OpenFlag.O_CREAT | OpenFlag.O_EXCL | OpenFlag.O_NOCTTY | OpenFlag.O_TRUNC)
        self.flags &= ~OpenFlag.O_CLOEXEC
        self.path = path
        self.references = 0
        self.interested: dict[Interested, None] = {}
        access = flags & O_ACCMODE
        self.readable = access in (OpenFlag.O_RDONLY, OpenFlag.O_RDWR) and not self.is_path
        self.writable = access in (OpenFlag.O_WRONLY, OpenFlag.O_RDWR) and not self.is_path
        inode.hold()

    @property
    def is_path(self) -> bool:
        """True for a mere place in the tree (O_PATH)."""
        return bool(self.flags & OpenFlag.O_PATH)

    def peek(self, size: int) -> bytes | WouldBlock:
        """Return up to ``size`` bytes (> 0) at the present position; empty at the end. Raises SystemCallError."""
        raise SystemCallError(Errno.EINVAL)

    @property
    def can_poll(self) -> bool:
        """True of what is not ready at any time, which alone a set of files takes (epoll_ctl(2))."""
        return True

    @property
    def pauses(self) -> bool:
        """True where a read ends that has got something, though there may be more to come."""
        return False

    def advance(self, size: int, wake: Wake) -> None:
        """Move past bytes that were read."""

    def write(self, data: bytes, wake: Wake) -> int | WouldBlock:
        """Write some of ``data``, which is not empty; how many bytes were taken. SystemCallError."""
        raise SystemCallError(Errno.EINVAL)

    def read_at(self, offset: int, size: int) -> bytes:
        """Return up to ``size`` bytes from ``offset``. Raises SystemCallError(ESPIPE) where there are no positions."""
        raise SystemCallError(Errno.ESPIPE)

    def write_at(self, offset: int, data: bytes) -> int:
        """Write at ``offset``; how many bytes were taken. SystemCallError(ESPIPE) where there are no positions."""
        raise SystemCallError(Errno.ESPIPE)

    def seek(self, offset: int, whence: int) -> int:
        """Move the position; the new one. SystemCallError(ESPIPE) where there is none."""
        raise SystemCallError(Errno.ESPIPE)

    def mapped(self, offset: int, size: int) -> FileContent | None:
        """Return what a mapping of these bytes shows (mmap(2)), None for zeros. Raises SystemCallError(ENODEV)."""
        raise SystemCallError(Errno.ENODEV)

    def poll(self) -> int:
        """Return what can be done without waiting: the bits of poll(2), whatever was asked for."""
        return Poll.POLLIN | Poll.POLLOUT | Poll.POLLRDNORM | Poll.POLLWRNORM

    def channels(self, events: int) -> tuple[Channel, ...]:
        """Return where a change of :meth:`poll` is announced that concerns one of ``events``."""
        return ()

    def let_go(self, wake: Wake) -> None:
        """One reference is gone: with the last the file is closed, and those who are interested in it hear of that."""
        self.references -= 1
        if self.references == 0:
            for interested in list(self.interested):
                interested.file_closed()
            self.closed(wake)
        elif self.references == self.in_flight:
            self.stranded(wake)

    def stranded(self, wake: Wake) -> None:
        """Look whether anybody can get at it still: no descriptor refers to it, only messages do."""

    def closed(self, wake: Wake) -> None:
        """Give the inode back, and the lock of flock(2): the last descriptor is gone."""
        if self.inode.unlock(self):
            wake("flock", self.inode.filesystem.device, self.inode.number)
        self.inode.let_go()


class Positioned(OpenFile):
    """An open file with an offset."""

    has_positions = True

    def __init__(self, inode: Inode, flags: int, path: bytes) -> None:
        super().__init__(inode, flags, path)
        self.offset = 0

    @property
    def can_poll(self) -> bool:
        """Not what has an end that is known."""
        return False

    def advance(self, size: int, wake: Wake) -> None:
        """Move the offset."""
        self.offset += size

    def seek(self, offset: int, whence: int) -> int:
        """Move the offset, also past the end."""
        size = self.inode.size
        bases = {SEEK_SET: 0, SEEK_CUR: self.offset, SEEK_END: size}
        if whence in (SEEK_DATA, SEEK_HOLE):
            if not 0 <= offset < size:
                raise SystemCallError(Errno.ENXIO)
            target = offset if whence == SEEK_DATA else size
        elif whence not in bases:
            raise SystemCallError(Errno.EINVAL)
        else:
            target = bases[whence] + offset
        if not 0 <= target < 1 << 63:
            raise SystemCallError(Errno.EINVAL)
        self.offset = target
        return target


class RegularFile(Positioned):
    """An open regular file."""

    _follow: ClassVar[tuple[str, ...]] = ("file",)

    def __init__(self, inode: File, flags: int, path: bytes) -> None:
        super().__init__(inode, flags, path)
        self.file = inode
        if self.writable:
            inode.writers += 1

    def peek(self, size: int) -> bytes:
        """Return the next bytes."""
        return self.read_at(self.offset, size)

    def write(self, data: bytes, wake: Wake) -> int:
        """Write at the offset, or at the end with O_APPEND."""
        if self.flags & OpenFlag.O_APPEND:
            self.offset = self.file.size
        taken = self.file.write(self.offset, data)
        self.offset += taken
        return taken

    def read_at(self, offset: int, size: int) -> bytes:
        """Return bytes from ``offset``."""
        if size and not self.flags & OpenFlag.O_NOATIME:
            self.file.note_access()
        return self.file.content.read(offset, size)

    def write_at(self, offset: int, data: bytes) -> int:
        """Write at ``offset``; at the end with O_APPEND, as Linux does (pwrite(2), "Bugs")."""
        offset = self.file.size if self.flags & OpenFlag.O_APPEND else offset
        return self.file.write(offset, data)

    def mapped(self, offset: int, size: int) -> FileContent:
        """Return what there is of the file now."""
        content = self.file.content
        if not self.flags & OpenFlag.O_NOATIME:
            self.file.note_access()
        content.check_readable()
        size = max(0, min(size, content.size - offset))
        return FileContent(name_of(self.path), content, size, start=offset)

    def closed(self, wake: Wake) -> None:
        """One writer less."""
        if self.writable:
            self.file.writers -= 1
        super().closed(wake)


class DirectoryFile(Positioned):
    """An open directory; its offset counts entries. They are listed when they are first read, and after a rewind.

    The lists of large directories count as written to files, so that they are bounded.
    """

    _follow: ClassVar[tuple[str, ...]] = ("directory", "_listed")

    def __init__(self, inode: Directory, flags: int, path: bytes) -> None:
        super().__init__(inode, flags, path)
        self.directory = inode
        self._listed: list[bytes] | None = None
        self._charge = 0

    def peek(self, size: int) -> bytes:
        """EISDIR."""
        raise SystemCallError(Errno.EISDIR)

    def read_at(self, offset: int, size: int) -> bytes:
        """EISDIR."""
        raise SystemCallError(Errno.EISDIR)

    def seek(self, offset: int, whence: int) -> int:
        """Move to an entry; to the beginning, where the directory is listed anew."""
        position = super().seek(offset, whence)
        if position == 0:
            self._forget()
        return position

    def _forget(self) -> None:
        self._listed = None
        self.directory.filesystem.room.give(self._charge)
        self._charge = 0

    def entries(self) -> list[bytes]:
        """Return the names from the offset on, with "." and "..".

        Raises SystemCallError, for a list that is too large with ENOMEM.
        """
        if self.directory.is_gone:
            raise SystemCallError(Errno.ENOENT)
        if self._listed is None:
            names = self.directory.names()
            charge = LISTED_SIZE * len(names) if len(names) > LISTED_FREE else 0
            if charge > self.directory.filesystem.room.free:
                raise SystemCallError(Errno.ENOMEM)
            self.directory.filesystem.room.take(charge)
            self._listed, self._charge = [b".", b"..", *names], charge
        self.directory.note_access()
        return self._listed[self.offset :]

    def closed(self, wake: Wake) -> None:
        """Give back what the list took."""
        self._forget()
        super().closed(wake)

    def find(self, name: bytes) -> Inode | None:
        """Return the inode of an entry; None when it is gone."""
        if name == b".":
            return self.directory
        return self.directory.up() if name == b".." else self.directory.find(name)


@dataclass(frozen=True, slots=True)
class Descriptor:
    """One entry of a descriptor table."""

    _follow: ClassVar[tuple[str, ...]] = ("file",)

    file: OpenFile
    close_on_exec: bool = False


class DescriptorCount:
    """The descriptors of all processes together, and the ``interests`` of sets of files (epoll(7)).

    They cost the guest nothing.
    """

    _follow: ClassVar[tuple[str, ...]] = ()

    def __init__(self) -> None:
        self.taken = 0
        self.interests = 0

    def is_room_for(self, more: int) -> bool:
        """Tell whether there may be so many more."""
        return self.taken + more <= DESCRIPTORS_IN_ALL

    def take_interest(self) -> bool:
        """Count one more interest, unless there are too many."""
        if self.interests >= INTERESTS_IN_ALL:
            return False
        self.interests += 1
        return True


class Descriptors:
    """A process's descriptor table: at most ``limit`` open descriptors, numbered from 0, that ``count`` counts.
    ``waiters`` are woken by what closing a file changes.

    ``users`` counts the threads that have it. It owns their record locks. ``pending`` are files whose open(2) waits, as
    that of a fifo does for the other end, by the number of the thread: they count as open, and have no descriptor yet.
    ``held`` are the descriptors of calls that wait, by the number of the thread, as they were when it began to wait:
    another thread may close them meanwhile, or let them refer to something else. ``resuming`` is the thread whose call
    is being made again, which finds what it holds.
    """

    _follow: ClassVar[tuple[str, ...]] = ("pending", "held", "_count", "_waiters", "_entries", "_locked")

    def __init__(self, limit: int, waiters: Waiters, count: DescriptorCount) -> None:
        self.limit = limit
        self.users = 1
        self._count = count
        self.pending: dict[int, OpenFile] = {}
        self.held: dict[int, dict[int, Descriptor]] = {}
        self.resuming = 0
        self._waiters = waiters
        self._entries: dict[int, Descriptor] = {}
        self._locked: dict[Inode, None] = {}

    def __len__(self) -> int:
        return len(self._entries)

    def find(self, number: int) -> OpenFile | None:
        """Return the open file behind a descriptor, None when it is closed."""
        entry = self._look_up(number)
        return entry.file if entry else None

    def _look_up(self, number: int) -> Descriptor | None:
        if self.resuming and number in self.held.get(self.resuming, ()):
            return self.held[self.resuming][number]
        return self._entries.get(number)

    @property
    def numbers(self) -> list[int]:
        """The descriptors that are open, in order."""
        return sorted(self._entries)

    def entry(self, number: int) -> Descriptor:
        """Return an open descriptor, also one of O_PATH. Raises SystemCallError(EBADF)."""
        entry = self._look_up(number)
        if entry is None:
            raise SystemCallError(Errno.EBADF)
        return entry

    def place(self, number: int) -> OpenFile:
        """Return the open file behind a descriptor, also one of O_PATH. Raises SystemCallError(EBADF)."""
        return self.entry(number).file

    def get(self, number: int) -> OpenFile:
        """Return the open file behind a descriptor. Raises SystemCallError(EBADF)."""
        entry = self._look_up(number)
        if entry is None or entry.file.is_path:
            raise SystemCallError(Errno.EBADF)
        return entry.file

    def reader(self, number: int) -> OpenFile:
        """Return the open file behind a descriptor, to read from. Raises SystemCallError(EBADF)."""
        file = self.get(number)
        if not file.readable:
            raise SystemCallError(Errno.EBADF)
        return file

    def writer(self, number: int) -> OpenFile:
        """Return the open file behind a descriptor, to write to. Raises SystemCallError(EBADF)."""
        file = self.get(number)
        if not file.writable:
            raise SystemCallError(Errno.EBADF)
        return file

    def free(self, count: int, lowest: int = 0) -> list[int]:
        """Return the ``count`` lowest free numbers from ``lowest`` on.

        Raises SystemCallError(EMFILE) when there are fewer.

        SystemCallError(ENFILE) when all processes together have too many.
        """
        numbers: list[int] = []
        for number in range(lowest, self.limit):
            if number not in self._entries:
                numbers.append(number)
                if len(numbers) == count:
                    self._demand(count)
                    return numbers
        raise SystemCallError(Errno.EMFILE)

    def _demand(self, more: int) -> None:
        if not self._count.is_room_for(more):
            raise SystemCallError(Errno.ENFILE)

    def demand(self, number: int) -> None:
        """SystemCallError(ENFILE) when ``number`` is not open, and all processes together have too many that are."""
        self._demand(number not in self._entries)

    @property
    def can_be_copied(self) -> bool:
        """True when a child may have as many descriptors."""
        return self._count.is_room_for(len(self._entries))

    def open(self, file: OpenFile, number: int, *, close_on_exec: bool = False) -> int:
        """Let ``number`` refer to ``file``, closing what it referred to."""
        file.references += 1
        if number in self._entries:
            self.close(number)
        self._entries[number] = Descriptor(file, close_on_exec)
        self._count.taken += 1
        return number

    def set_close_on_exec(self, number: int, close_on_exec: bool) -> None:
        """Change what an exec does to a descriptor; SystemCallError(EBADF)."""
        self._entries[number] = Descriptor(self.place(number), close_on_exec)

    def close(self, number: int) -> None:
        """Close one descriptor; SystemCallError(EBADF). The process's record locks on the file are gone."""
        file = self.place(number)
        del self._entries[number]
        self._count.taken -= 1
        if file.inode in self._locked:
            self._unlock(file.inode)
        file.let_go(self._waiters.wake)

    def note_lock(self, inode: Inode) -> None:
        """Remember ``inode`` as one on which the process has a record lock, or something else that goes with it."""
        self._locked[inode] = None

    @property
    def locked(self) -> list[Inode]:
        """The files on which the process has a record lock, or something else that goes with it."""
        return list(self._locked)

    @property
    def locks(self) -> int:
        """Record locks that there are on the files on which the process has some."""
        return sum(len(inode.record_locks.held) for inode in self._locked)

    def _unlock(self, inode: Inode) -> None:
        del self._locked[inode]
        pids = {lock.pid for lock in inode.record_locks.held if lock.owner is self}
        inode.record_locks.clear(self)
        inode.parted_from(self)
        for pid in sorted(pids):
            self._waiters.wake("lock", pid)

    def hold(self, tid: int, file: OpenFile) -> None:
        """Keep a file for whose open(2) thread ``tid`` waits."""
        file.references += 1
        self.pending[tid] = file

    def take_pending(self, tid: int) -> OpenFile | None:
        """Return the file whose open(2) waited, which the caller has to open or :meth:`abandon`."""
        file = self.pending.pop(tid, None)
        if file is not None:
            file.references -= 1
        return file

    def abandon(self, tid: int) -> None:
        """Give up an open(2) for which thread ``tid`` waited."""
        file = self.pending.pop(tid, None)
        if file is not None:
            file.let_go(self._waiters.wake)

    def hold_call(self, tid: int, numbers: list[int]) -> None:
        """Keep what these descriptors of a call refer to while thread ``tid`` waits in it."""
        if tid in self.held:
            return
        self.held[tid] = {number: self._entries[number] for number in numbers if number in self._entries}
        for entry in self.held[tid].values():
            entry.file.references += 1

    def end_call(self, tid: int) -> None:
        """Let go of what the call of thread ``tid`` held, which has ended."""
        for entry in self.held.pop(tid, {}).values():
            entry.file.let_go(self._waiters.wake)

    def share(self) -> Descriptors:
        """Let another thread have this table, too (clone(2), CLONE_FILES)."""
        self.users += 1
        return self

    def parted(self) -> Descriptors:
        """Return a copy for one of those who shared the table, which has left it."""
        self.users -= 1
        return self.copy()

    def leave(self, tid: int) -> None:
        """Let thread ``tid`` leave; the last one closes every descriptor."""
        if self.pending:
            self.abandon(tid)
        self.end_call(tid)
        self.users -= 1
        if self.users == 0:
            self._close_all()

    def _close_all(self) -> None:
        entries, self._entries = self._entries, {}
        self._count.taken -= len(entries)
        for number in sorted(entries):
            file = entries[number].file
            if self._locked and file.inode in self._locked:
                self._unlock(file.inode)
            if file.references - file.in_flight > 1:
                file.references -= 1
            else:
                file.let_go(self._waiters.wake)

    def close_on_exec(self) -> None:
        """Close those that do not survive an exec."""
        for number in [number for number, entry in self._entries.items() if entry.close_on_exec]:
            self.close(number)

    def copy(self) -> Descriptors:
        """Return a child's table: it has the same open files under the same numbers, and no record locks."""
        child = Descriptors(self.limit, self._waiters, self._count)
        child._entries = dict(self._entries)
        self._count.taken += len(child._entries)
        for entry in child._entries.values():
            entry.file.references += 1
        return child
