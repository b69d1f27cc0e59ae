"""Shared memory of System V (sysvipc(7)); that of POSIX are files in /dev/shm."""

from __future__ import annotations

from vm.abi import PAGE_SIZE, STACK_TOP, Errno, Limit, MapFlag, Protection
from vm.abi.ipc import (
    SHM_LOCKED,
    SHMALL,
    SHMMAX,
    SHMMIN,
    SHMMNI,
    AttachFlag,
    Ipc64Perm,
    MemoryCommand,
    Shmid64Ds,
    ShmInfo,
    Shminfo64,
)
from vm.kernel.errors import SystemCallError
from vm.kernel.ipc.memory import Attachable, SharedObject, SharedObjects
from vm.kernel.ipc.permissions import EXECUTE, READ, WRITE, Identifiers
from vm.kernel.kernel import Kernel
from vm.kernel.process.limits import limit_of
from vm.kernel.process.task import Task
from vm.kernel.syscalls.kinds import Kind
from vm.kernel.syscalls.memory import choose_place, install
from vm.kernel.syscalls.ranges import end_of_pages
from vm.kernel.syscalls.table import call
from vm.memory import OutOfMemory, Segment
from vm.memory.segments import page_round

_READ_ONLY, _ROUND = int(AttachFlag.SHM_RDONLY), int(AttachFlag.SHM_RND)
_REMAP, _EXECUTE = int(AttachFlag.SHM_REMAP), int(AttachFlag.SHM_EXEC)


@call(
    "shmget",
    "EACCES EEXIST EINVAL ENOENT ENOMEM ENOSPC",
    "there are no huge pages: ENOMEM for SHM_HUGETLB",
    key=Kind.KEY,
    size=Kind.SIZE,
    flags=Kind.MEMORY_FLAGS,
)
def shmget(kernel: Kernel, task: Task, key: int, size: int, flags: int) -> int:
    """shmget(2): the identifier of an object of shared memory."""
    return kernel.system.part(SharedObjects).find_or_make(key, size, flags, task.user)


@call(
    "shmat",
    "EACCES EINVAL ENOMEM EPERM",
    "EACCES for SHM_EXEC",
    returns=Kind.ADDRESS,
    shmid=Kind.INT,
    address=Kind.ADDRESS,
    flags=Kind.ATTACH_FLAGS,
)
def shmat(kernel: Kernel, task: Task, shmid: int, address: int, flags: int) -> int:
    """shmat(2): where the object is attached."""
    if shmid < 0 or (not address and flags & _REMAP):
        raise SystemCallError(Errno.EINVAL)
    if address % PAGE_SIZE:
        address &= -PAGE_SIZE
        if not flags & _ROUND or (not address and flags & _REMAP):
            raise SystemCallError(Errno.EINVAL)
    protection = Protection.READ if flags & _READ_ONLY else Protection.READ | Protection.WRITE
    found = kernel.system.part(SharedObjects).objects.get(shmid)
    wanted = READ | (0 if flags & _READ_ONLY else WRITE) | (EXECUTE if flags & _EXECUTE else 0)
    found.demand(task.user, wanted)
    if flags & _EXECUTE:
        raise SystemCallError(Errno.EACCES)
    size, space = page_round(found.size), task.memory
    if address and not flags & _REMAP:
        first, last = space.segments.span(address, end_of_pages(address, size, Errno.EINVAL))
        if first != last:
            raise SystemCallError(Errno.EINVAL)
    start = choose_place(space, address, end_of_pages(0, size, Errno.ENOMEM, STACK_TOP), _FIXED if address else 0)
    segment = Segment(
        start, start + size, protection, "mapping", paid=False, backing=found.memory, shared=True,
        sealed=bool(flags & _READ_ONLY),
    )  # fmt: skip
    try:
        install(kernel, space, segment, is_fixed=bool(address))
    except OutOfMemory:
        raise SystemCallError(Errno.ENOMEM) from None
    return start


_FIXED = int(MapFlag.MAP_FIXED)


@call("shmdt", "EINVAL ENOMEM", address=Kind.ADDRESS)
def shmdt(kernel: Kernel, task: Task, address: int) -> int:
    """shmdt(2): also of what other calls have left of it."""
    if address % PAGE_SIZE:
        raise SystemCallError(Errno.EINVAL)
    shown: Attachable | None = None
    for segment in list(task.memory.segments):
        backing, end = segment.backing, address + (page_round(shown.held_by.size) if shown is not None else STACK_TOP)
        is_part = isinstance(backing, Attachable) and segment.start - address == segment.offset >= 0
        if not is_part or backing is not (shown or backing) or segment.end > end:
            continue
        assert isinstance(backing, Attachable)
        shown = backing
        try:
            task.memory.unmap(segment.start, segment.end)
        except OutOfMemory:
            raise SystemCallError(Errno.ENOMEM) from None
    if shown is None:
        raise SystemCallError(Errno.EINVAL)
    return 0


@call(
    "shmctl",
    "EACCES EFAULT EINVAL EPERM",
    "memory is never swapped out",
    shmid=Kind.INT,
    command=Kind.MEMORY_COMMAND,
    argument=Kind.MEMORY_ARGUMENT,
)
def shmctl(kernel: Kernel, task: Task, shmid: int, command: int, argument: int) -> int:
    """shmctl(2)."""
    if shmid < 0:
        raise SystemCallError(Errno.EINVAL)
    shared = kernel.system.part(SharedObjects)
    objects = shared.objects
    match command:
        case MemoryCommand.IPC_INFO:
            task.memory.write(argument, limits())
            return objects.highest
        case MemoryCommand.SHM_INFO:
            task.memory.write(argument, usage(shared))
            return objects.highest
        case MemoryCommand.IPC_STAT:
            task.memory.write(argument, describe(objects.get(shmid), task))
            return 0
        case MemoryCommand.SHM_STAT:
            task.memory.write(argument, describe(objects.at(shmid), task))
            return objects.at(shmid).identifier
        case MemoryCommand.SHM_STAT_ANY:
            task.memory.write(argument, describe(objects.at(shmid), None))
            return objects.at(shmid).identifier
        case MemoryCommand.IPC_SET:
            given = Shmid64Ds.unpack(task.memory.read(argument, Shmid64Ds.SIZE))
            found = objects.get(shmid)
            found.demand_ownership(task.user)
            found.give_to(Ipc64Perm.unpack(given.shm_perm))
            found.note_change()
            return 0
        case MemoryCommand.IPC_RMID:
            found = objects.get(shmid)
            found.demand_ownership(task.user)
            shared.remove(found)
            return 0
        case MemoryCommand.SHM_LOCK | MemoryCommand.SHM_UNLOCK:
            return lock(kernel, task, objects, shmid, is_locked=command == MemoryCommand.SHM_LOCK)
    raise SystemCallError(Errno.EINVAL)


def limits() -> bytes:
    """Return struct shminfo64."""
    return Shminfo64.pack(shmmax=SHMMAX, shmmin=SHMMIN, shmmni=SHMMNI, shmseg=SHMMNI, shmall=SHMALL)


def usage(shared: SharedObjects) -> bytes:
    """Return struct shm_info."""
    return ShmInfo.pack(used_ids=len(shared.objects), shm_tot=shared.pages, shm_rss=shared.resident)


def describe(found: SharedObject, asking: Task | None) -> bytes:
    """Return an object's struct shmid64_ds. SystemCallError(EACCES) where who is ``asking`` may not read it."""
    if asking is not None:
        found.demand(asking.user, READ)
    return Shmid64Ds.pack(
        shm_perm=found.described(), shm_segsz=found.size, shm_atime=found.attached & 0xFFFF_FFFF,
        shm_atime_high=found.attached >> 32, shm_dtime=found.detached & 0xFFFF_FFFF,
        shm_dtime_high=found.detached >> 32, shm_ctime=found.changed & 0xFFFF_FFFF,
        shm_ctime_high=found.changed >> 32, shm_cpid=found.creator, shm_lpid=found.user,
        shm_nattch=found.attachments,
    )  # fmt: skip


def lock(kernel: Kernel, task: Task, objects: Identifiers[SharedObject], shmid: int, *, is_locked: bool) -> int:
    """Note that an object is locked or not; nothing is ever swapped out anyway (SHM_LOCK, SHM_UNLOCK)."""
    found = objects.get(shmid)
    found.demand_ownership(task.user)
    if (
        is_locked
        and not task.user.is_privileged
        and not limit_of(kernel.settings, task.process, Limit.RLIMIT_MEMLOCK)[0]
    ):
        raise SystemCallError(Errno.EPERM)
    found.mode = found.mode | SHM_LOCKED if is_locked else found.mode & ~SHM_LOCKED
    return 0
