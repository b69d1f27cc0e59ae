"""Descriptors: closing, duplicating, positions, flags and locks, and new pipes."""

from __future__ import annotations

from vm.abi import (
    F_RDLCK,
    F_UNLCK,
    F_WRLCK,
    LOCK_EX,
    LOCK_LIMIT,
    LOCK_NB,
    LOCK_SH,
    LOCK_UN,
    PAGE_SIZE,
    SEEK_CUR,
    SEEK_END,
    SEEK_HOLE,
    SEEK_SET,
    Errno,
    Fcntl,
    OpenFlag,
)
from vm.abi.layout import LONG, packed_words
from vm.abi.structures import Flock, Flock64
from vm.kernel.errors import SystemCallError
from vm.kernel.files.opened import OpenFile, Positioned
from vm.kernel.files.pipes import PipeEnd
from vm.kernel.files.vfs import Fifo
from vm.kernel.files.vfs.locks import TO_THE_END, Lock
from vm.kernel.kernel import Kernel
from vm.kernel.process.task import Task, Wait
from vm.kernel.syscalls.kinds import Kind
from vm.kernel.syscalls.table import as_signed, call

SETTABLE = OpenFlag.O_APPEND | OpenFlag.O_NONBLOCK | OpenFlag.O_ASYNC | OpenFlag.O_DIRECT | OpenFlag.O_NOATIME
"""Flags that F_SETFL changes."""


@call("close", "EBADF", fd=Kind.FD)
def close(kernel: Kernel, task: Task, fd: int) -> int:
    """close(2)."""
    task.files.close(fd)
    return 0


@call(
    "_llseek",
    "EBADF EFAULT EINVAL ENXIO ESPIPE",
    fd=Kind.FD,
    high=Kind.HIGH,
    low=Kind.OTHER_HALF,
    result=Kind.POSITION_RESULT,
    whence=Kind.WHENCE,
)
def llseek(kernel: Kernel, task: Task, fd: int, high: int, low: int, result: int, whence: int) -> int:
    """_llseek(2): the new 64-bit position goes to ``result``."""
    file = task.files.get(fd)
    if not SEEK_SET <= whence <= SEEK_HOLE:
        raise SystemCallError(Errno.EINVAL)
    position = file.seek(as_signed(high) << 32 | low, whence)
    task.memory.write(result, LONG.pack(position))
    return 0


@call("dup", "EBADF EMFILE ENFILE", fd=Kind.FD)
def dup(kernel: Kernel, task: Task, fd: int) -> int:
    """dup(2)."""
    file = task.files.place(fd)
    return task.files.open(file, task.files.free(1)[0])


@call("dup3", "EBADF EINVAL ENFILE", old=Kind.FD, new=Kind.FD, flags=Kind.DESCRIPTOR_FLAGS)
def dup3(kernel: Kernel, task: Task, old: int, new: int, flags: int) -> int:
    """dup3(2)."""
    if old == new or flags & ~OpenFlag.O_CLOEXEC:
        raise SystemCallError(Errno.EINVAL)
    file = task.files.place(old)
    if not 0 <= new < task.files.limit:
        raise SystemCallError(Errno.EBADF)
    task.files.demand(new)
    return task.files.open(file, new, close_on_exec=bool(flags & OpenFlag.O_CLOEXEC))


@call("pipe2", "EFAULT EINVAL EMFILE ENFILE", "O_DIRECT is EINVAL", ends=Kind.PIPE_ENDS, flags=Kind.DESCRIPTOR_FLAGS)
def pipe2(kernel: Kernel, task: Task, ends: int, flags: int) -> int:
    """pipe2(2): the descriptors to read from and to write to are stored at ``ends``."""
    if flags & ~(OpenFlag.O_CLOEXEC | OpenFlag.O_NONBLOCK):
        raise SystemCallError(Errno.EINVAL)
    numbers = task.files.free(2)
    task.memory.write(ends, packed_words(*numbers))
    inode = Fifo(kernel.world.pipes, 0o600, task.user)
    pipe, path = kernel.system.pipes.make(), b"pipe:[%d]" % inode.number
    for number, access in zip(numbers, (OpenFlag.O_RDONLY, OpenFlag.O_WRONLY), strict=True):
        end = PipeEnd(inode, pipe, flags & OpenFlag.O_NONBLOCK | access, path)
        task.files.open(end, number, close_on_exec=bool(flags & OpenFlag.O_CLOEXEC))
    return 0


@call(
    "fcntl64",
    "EACCES EAGAIN EBADF EBUSY EDEADLK EFAULT EINTR EINVAL EMFILE ENFILE ENOLCK EOVERFLOW EPERM",
    "no leases, owners of signals, seals or locks of open files: EINVAL",
    returns=Kind.FCNTL_RESULT,
    fd=Kind.FD,
    command=Kind.FCNTL,
    argument=Kind.FCNTL_ARGUMENT,
)
def fcntl64(kernel: Kernel, task: Task, fd: int, command: int, argument: int) -> int | Wait:
    """fcntl(2)."""
    files = task.files
    file = files.place(fd)
    if command in (Fcntl.F_DUPFD, Fcntl.F_DUPFD_CLOEXEC):
        if argument >= files.limit:
            raise SystemCallError(Errno.EINVAL)
        return files.open(file, files.free(1, argument)[0], close_on_exec=command == Fcntl.F_DUPFD_CLOEXEC)
    if command == Fcntl.F_GETFD:
        return int(files.entry(fd).close_on_exec)
    if command == Fcntl.F_SETFD:
        files.set_close_on_exec(fd, bool(argument & 1))
        return 0
    if command == Fcntl.F_GETFL:
        return file.flags
    file = files.get(fd)
    if command == Fcntl.F_SETFL:
        if argument & OpenFlag.O_NOATIME & ~file.flags and not file.inode.is_owned_by(task.user):
            raise SystemCallError(Errno.EPERM)
        file.flags = file.flags & ~SETTABLE | argument & SETTABLE
        return 0
    if command in (Fcntl.F_GETPIPE_SZ, Fcntl.F_SETPIPE_SZ):
        if not isinstance(file, PipeEnd):
            raise SystemCallError(Errno.EBADF)
        return file.pipe.pages * PAGE_SIZE if command == Fcntl.F_GETPIPE_SZ else file.pipe.resize(argument)
    if command in _LOCK_COMMANDS:
        return record_lock(kernel, task, file, command, argument)
    raise SystemCallError(Errno.EINVAL)


# --- record locks ---------------------------------------------------------------------------------------------------

_LOCK_COMMANDS = (Fcntl.F_GETLK, Fcntl.F_SETLK, Fcntl.F_SETLKW, Fcntl.F_GETLK64, Fcntl.F_SETLK64, Fcntl.F_SETLKW64)


def lock_told(layout: type[Flock | Flock64], data: bytes, lock: Lock | None) -> bytes:
    """Return ``data``, a structure, with the description of a lock that is in the way, or with "unlocked"."""
    if lock is None:
        return layout.changed(data, l_type=F_UNLCK)
    kind = F_WRLCK if lock.is_exclusive else F_RDLCK
    start, length = lock.start, 0 if lock.end == TO_THE_END else lock.end - lock.start
    if layout is Flock:
        start, length = (as_signed(number & 0xFFFF_FFFF) for number in (start, length))
    return layout.changed(data, l_type=kind, l_whence=SEEK_SET, l_start=start, l_len=length, l_pid=lock.pid)


def lock_range(file: OpenFile, whence: int, start: int, length: int) -> tuple[int, int]:
    """First byte and end of a lock (fcntl(2)); SystemCallError(EINVAL or EOVERFLOW)."""
    position = file.offset if isinstance(file, Positioned) else 0
    bases = {SEEK_SET: 0, SEEK_CUR: position, SEEK_END: file.inode.size}
    if whence not in bases:
        raise SystemCallError(Errno.EINVAL)
    start += bases[whence]
    low, high = (start, start + length) if length > 0 else (start + length, start if length else TO_THE_END)
    if low < 0:
        raise SystemCallError(Errno.EINVAL)
    if low >= TO_THE_END or high > TO_THE_END:
        raise SystemCallError(Errno.EOVERFLOW)
    return low, high


def record_lock(kernel: Kernel, task: Task, file: OpenFile, command: int, address: int) -> int | Wait:
    """F_GETLK, F_SETLK, F_SETLKW and their 64-bit forms."""
    layout: type[Flock | Flock64] = Flock64 if command >= Fcntl.F_GETLK64 else Flock
    data = task.memory.read(address, layout.SIZE)
    kind, whence, start, length, _ = layout.unpack(data)
    if kind not in (F_RDLCK, F_WRLCK, F_UNLCK):
        raise SystemCallError(Errno.EINVAL)
    low, high = lock_range(file, whence, start, length)
    wanted = Lock(task.files, task.pid, kind == F_WRLCK, low, high)
    locks = file.inode.record_locks
    if command in (Fcntl.F_GETLK, Fcntl.F_GETLK64):
        if kind == F_UNLCK:
            raise SystemCallError(Errno.EINVAL)
        task.memory.write(address, lock_told(layout, data, locks.conflict(wanted)))
        return 0
    is_full = len(locks.held) >= LOCK_LIMIT or task.files.locks >= LOCK_LIMIT
    if kind == F_UNLCK:
        if is_full and locks.splits(task.files, low, high):
            raise SystemCallError(Errno.ENOLCK)
        if locks.clear(task.files, low, high):
            kernel.scheduler.wake("lock", task.pid)
        return 0
    if not (file.readable if kind == F_RDLCK else file.writable):
        raise SystemCallError(Errno.EBADF)
    obstacle = locks.conflict(wanted)
    if obstacle is None:
        if is_full:
            raise SystemCallError(Errno.ENOLCK)
        locks.add(wanted)
        task.files.note_lock(file.inode)
        kernel.scheduler.wake("lock", task.pid)  # a weaker lock may have taken the place of a stronger one
        return 0
    if command in (Fcntl.F_SETLK, Fcntl.F_SETLK64):
        raise SystemCallError(Errno.EAGAIN)
    if waits_for(kernel, obstacle.pid, task.pid):
        raise SystemCallError(Errno.EDEADLK)
    return Wait((("lock", obstacle.pid),), f"a lock that pid {obstacle.pid} has")


def waits_for(kernel: Kernel, pid: int, other: int) -> bool:
    """Tell whether process ``pid`` waits, perhaps through others, for a record lock of ``other``."""
    seen: set[int] = set()
    while pid != other:
        process = kernel.processes.get(pid)
        waits = [task.wait for task in process.threads if task.wait is not None] if process is not None else []
        owners = [wait.channels[0][1] for wait in waits if wait.channels and wait.channels[0][0] == "lock"]
        if pid in seen or not owners:
            return False
        seen.add(pid)
        pid = int(str(owners[0]))
    return True


@call("flock", "EAGAIN EBADF EINTR EINVAL", fd=Kind.FD, operation=Kind.LOCK_FLAGS)
def flock(kernel: Kernel, task: Task, fd: int, operation: int) -> int | Wait:
    """flock(2): a lock of the open file, which all its descriptors share."""
    file = task.files.get(fd)
    kind = operation & ~LOCK_NB
    if kind not in (LOCK_SH, LOCK_EX, LOCK_UN):
        raise SystemCallError(Errno.EINVAL)
    locks, channel = file.inode.file_locks, ("flock", file.inode.filesystem.device, file.inode.number)
    if kind == LOCK_UN:
        locks.clear(file)
        kernel.scheduler.wake(*channel)
        return 0
    wanted = Lock(file, task.pid, kind == LOCK_EX, 0, TO_THE_END)
    if locks.conflict(wanted) is None:
        locks.add(wanted)
        kernel.scheduler.wake(*channel)
        return 0
    # Changing a lock is not atomic: the old one is gone while the new one is awaited.
    if locks.clear(file):
        kernel.scheduler.wake(*channel)
    if operation & LOCK_NB:
        raise SystemCallError(Errno.EAGAIN)
    return Wait((channel,), "a lock on a file")
