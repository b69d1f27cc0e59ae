"""Semaphores of System V (sysvipc(7)); those of POSIX are the C library's, made of futexes."""

from __future__ import annotations

from vm.abi import Errno
from vm.abi.ipc import (
    SEMAEM,
    SEMMNI,
    SEMMNS,
    SEMMSL,
    SEMOPM,
    SEMUSZ,
    SEMVMX,
    Ipc64Perm,
    SemaphoreCommand,
    Sembuf,
    Semid64Ds,
    Seminfo,
)
from vm.abi.layout import halves, packed_halves
from vm.kernel.errors import SystemCallError
from vm.kernel.ipc.permissions import READ, WRITE, Identifiers
from vm.kernel.ipc.semaphores import Operations, Semaphores, SemaphoreSet
from vm.kernel.kernel import Kernel
from vm.kernel.process.task import Restart, Task, Wait
from vm.kernel.process.undoing import Undoing
from vm.kernel.syscalls.kinds import Kind
from vm.kernel.syscalls.table import as_signed, call
from vm.kernel.syscalls.timeouts import read_timespec, timeout_at, wait_until


@call(
    "semget",
    "EACCES EEXIST EINVAL ENOENT ENOSPC",
    f"{SEMMNS} semaphores in all",
    key=Kind.KEY,
    count=Kind.INT,
    flags=Kind.IPC_FLAGS,
)
def semget(kernel: Kernel, task: Task, key: int, count: int, flags: int) -> int:
    """semget(2): the identifier of a set of semaphores."""
    if not 0 <= count <= SEMMSL:
        raise SystemCallError(Errno.EINVAL)
    return kernel.system.part(Semaphores).find_or_make(key, count, flags, task.user)


@call(
    "semop",
    "E2BIG EACCES EAGAIN EFAULT EFBIG EIDRM EINTR EINVAL ENOMEM ERANGE",
    semid=Kind.INT,
    operations=Kind.SEMAPHORE_OPERATIONS,
    count=Kind.SIZE,
)
def semop(kernel: Kernel, task: Task, semid: int, operations: int, count: int) -> int | Wait:
    """semop(2)."""
    return operate(kernel, task, semid, operations, count, 0)


@call(
    "semtimedop_time64",
    "E2BIG EACCES EAGAIN EFAULT EFBIG EIDRM EINTR EINVAL ENOMEM ERANGE",
    semid=Kind.INT,
    operations=Kind.SEMAPHORE_OPERATIONS,
    count=Kind.SIZE,
    timeout=Kind.TIMESPEC,
)
def semtimedop(kernel: Kernel, task: Task, semid: int, operations: int, count: int, timeout: int) -> int | Wait:
    """semtimedop(2)."""
    return operate(kernel, task, semid, operations, count, timeout)


def operate(kernel: Kernel, task: Task, semid: int, address: int, count: int, timeout: int) -> int | Wait:
    """Do operations at once, or request them and wait until they are done, they can no more be, or time is up."""
    semaphores = kernel.system.part(Semaphores)
    request = task.request
    if not isinstance(request, Operations):
        request = read_operations(task, semid, address, count, timeout)
        timeout_at(kernel, task, timeout)
        found = semaphores.sets.get(semid)
        check_operations(found, task, request)
        if request.wants_undoing:
            request.undoing = task.undoing = task.undoing or Undoing()
            semaphores.note_undoing(found, request.undoing)
        task.request = request
    elif request.outcome is not None:
        return request.outcome
    else:
        found = semaphores.sets.get(semid)
    if found.perform(request):
        return 0
    deadline = timeout_at(kernel, task, timeout)
    if kernel.clock >= deadline:
        raise SystemCallError(Errno.EAGAIN)
    why = f"semaphore {request.blocker.sem_num} of set {semid}"
    return Wait((found.channel,), why, wait_until(deadline), Restart.NEVER)


def read_operations(task: Task, semid: int, address: int, count: int, timeout: int) -> Operations:
    """Return the operations of a call, which the set may still refuse. Raises SystemCallError."""
    if timeout:
        task.memory.read(timeout, 1)
    if count > SEMOPM:
        raise SystemCallError(Errno.E2BIG)
    if count < 1:
        raise SystemCallError(Errno.EINVAL)
    operations = tuple(Sembuf.unpack_all(task.memory.read(address, Sembuf.SIZE * count)))
    if semid < 0:
        raise SystemCallError(Errno.EINVAL)
    if timeout:
        read_timespec(task, timeout)
    return Operations(operations=operations, pid=task.pid, undoing=None)


def check_operations(found: SemaphoreSet, task: Task, request: Operations) -> None:
    """SystemCallError: EFBIG for a semaphore that the set does not have, EACCES for those who may not."""
    if max(operation.sem_num for operation in request.operations) >= len(found.values):
        raise SystemCallError(Errno.EFBIG)
    found.demand(task.user, WRITE if request.alters else READ)


@call(
    "semctl",
    "EACCES EFAULT EINVAL EPERM ERANGE",
    semid=Kind.INT,
    number=Kind.INT,
    command=Kind.SEMAPHORE_COMMAND,
    argument=Kind.SEMAPHORE_ARGUMENT,
)
def semctl(kernel: Kernel, task: Task, semid: int, number: int, command: int, argument: int) -> int:
    """semctl(2)."""
    if semid < 0:
        raise SystemCallError(Errno.EINVAL)
    sets = kernel.system.part(Semaphores).sets
    match command:
        case SemaphoreCommand.IPC_INFO | SemaphoreCommand.SEM_INFO:
            task.memory.write(argument, limits(kernel, command))
            return sets.highest
        case SemaphoreCommand.IPC_STAT:
            task.memory.write(argument, describe(sets.get(semid), task))
            return 0
        case SemaphoreCommand.SEM_STAT:
            task.memory.write(argument, describe(sets.at(semid), task))
            return sets.at(semid).identifier
        case SemaphoreCommand.SEM_STAT_ANY:
            task.memory.write(argument, describe(sets.at(semid), None))
            return sets.at(semid).identifier
        case SemaphoreCommand.IPC_SET:
            given = Semid64Ds.unpack(task.memory.read(argument, Semid64Ds.SIZE))
            change_owner(sets.get(semid), task, given.sem_perm)
            return 0
        case SemaphoreCommand.IPC_RMID:
            found = sets.get(semid)
            found.demand_ownership(task.user)
            kernel.system.part(Semaphores).remove(found)
            return 0
        case SemaphoreCommand.SETVAL:
            return set_value(sets, task, semid, number, as_signed(argument))
        case SemaphoreCommand.SETALL:
            return set_values(sets.get(semid), task, argument)
        case _:
            return tell(sets, task, semid, number, command, argument)


def limits(kernel: Kernel, command: int) -> bytes:
    """Return struct seminfo; with SEM_INFO there is in it how many sets and semaphores there are."""
    semaphores, size, most = kernel.system.part(Semaphores), SEMUSZ, SEMAEM
    if command == SemaphoreCommand.SEM_INFO:
        size, most = len(semaphores.sets), semaphores.count
    return Seminfo.pack(
        semmap=SEMMNS, semmni=SEMMNI, semmns=SEMMNS, semmnu=SEMMNS, semmsl=SEMMSL, semopm=SEMOPM, semume=SEMOPM,
        semusz=size, semvmx=SEMVMX, semaem=most,
    )  # fmt: skip


def describe(found: SemaphoreSet, asking: Task | None) -> bytes:
    """Return a set's struct semid64_ds. Raises SystemCallError(EACCES) where who is ``asking`` may not read it."""
    if asking is not None:
        found.demand(asking.user, READ)
    return Semid64Ds.pack(
        sem_perm=found.described(), sem_otime=found.operated & 0xFFFF_FFFF, sem_otime_high=found.operated >> 32,
        sem_ctime=found.changed & 0xFFFF_FFFF, sem_ctime_high=found.changed >> 32, sem_nsems=len(found.values),
    )  # fmt: skip


def change_owner(found: SemaphoreSet, task: Task, given: bytes) -> None:
    """Give a set to the owner, with the permissions, of a struct ipc64_perm (IPC_SET)."""
    found.demand_ownership(task.user)
    found.give_to(Ipc64Perm.unpack(given))
    found.note_change()


def set_value(sets: Identifiers[SemaphoreSet], task: Task, semid: int, number: int, value: int) -> int:
    """Set one semaphore (SETVAL)."""
    if not 0 <= value <= SEMVMX:
        raise SystemCallError(Errno.ERANGE)
    found = sets.get(semid)
    check_number(found, number)
    found.demand(task.user, WRITE)
    found.assign({number: value}, task.pid)
    return 0


def set_values(found: SemaphoreSet, task: Task, address: int) -> int:
    """Set all semaphores (SETALL)."""
    found.demand(task.user, WRITE)
    values = halves(task.memory.read(address, 2 * len(found.values)))
    if max(values) > SEMVMX:
        raise SystemCallError(Errno.ERANGE)
    found.assign(dict(enumerate(values)), task.pid)
    return 0


def tell(
    sets: Identifiers[SemaphoreSet], task: Task, semid: int, number: int, command: int, address: int
) -> int:  # fmt: skip
    """Answer a command that asks for values, or for who waits. Raises SystemCallError(EINVAL) for other commands."""
    if command not in range(SemaphoreCommand.GETPID, SemaphoreCommand.SETVAL):
        raise SystemCallError(Errno.EINVAL)
    found = sets.get(semid)
    found.demand(task.user, READ)
    if command == SemaphoreCommand.GETALL:
        task.memory.write(address, packed_halves(*found.values))
        return 0
    check_number(found, number)
    if command == SemaphoreCommand.GETVAL:
        return found.values[number]
    if command == SemaphoreCommand.GETPID:
        return found.pids[number]
    return found.count_waiting(number, for_zero=command == SemaphoreCommand.GETZCNT)


def check_number(found: SemaphoreSet, number: int) -> None:
    """SystemCallError(EINVAL) for a semaphore that the set does not have."""
    if not 0 <= number < len(found.values):
        raise SystemCallError(Errno.EINVAL)
