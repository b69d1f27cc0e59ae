"""futex: waiting until a word of memory changes, and locks whose owner the kernel knows."""

from __future__ import annotations

from collections.abc import Callable

from vm.abi import (
    FUTEX_CLOCK_REALTIME,
    FUTEX_CMP_REQUEUE,
    FUTEX_CMP_REQUEUE_PI,
    FUTEX_COMMAND,
    FUTEX_LOCK_PI,
    FUTEX_LOCK_PI2,
    FUTEX_OP_OPARG_SHIFT,
    FUTEX_PRIVATE_FLAG,
    FUTEX_REQUEUE,
    FUTEX_TRYLOCK_PI,
    FUTEX_UNLOCK_PI,
    FUTEX_WAIT,
    FUTEX_WAIT_BITSET,
    FUTEX_WAIT_REQUEUE_PI,
    FUTEX_WAKE,
    FUTEX_WAKE_BITSET,
    FUTEX_WAKE_OP,
    NANOSECONDS,
    Errno,
)
from vm.abi.layout import WORD
from vm.kernel.errors import SystemCallError
from vm.kernel.kernel import Kernel
from vm.kernel.process import futex, inheriting
from vm.kernel.process.task import Restart, Task, Wait
from vm.kernel.process.timers import NEVER
from vm.kernel.syscalls.kinds import Kind
from vm.kernel.syscalls.table import as_signed, call
from vm.kernel.syscalls.timeouts import read_timespec, wait_until
from vm.values import dataclass

_TIMED = (FUTEX_WAIT, FUTEX_WAIT_BITSET, FUTEX_WAIT_REQUEUE_PI, FUTEX_LOCK_PI, FUTEX_LOCK_PI2)
_BY_EITHER_CLOCK = (FUTEX_WAIT_BITSET, FUTEX_WAIT_REQUEUE_PI, FUTEX_LOCK_PI2)
_CHANGE_SECOND = (FUTEX_WAKE_OP, FUTEX_WAIT_REQUEUE_PI, FUTEX_CMP_REQUEUE_PI)
_BY_FLAG = Restart.BY_FLAG
"""A member of an Enum costs as much as five attributes, and this is asked at every wait."""
_FOR_LOCK = "lock later"
"""The kind of key on which FUTEX_WAIT_REQUEUE_PI waits. Linux has one queue for all kinds, and refuses to mix them."""


@dataclass(slots=True)
class _Request:
    """The arguments of one call; ``shared``: also for processes that share the word at another address.

    ``second`` is the fourth argument, which is the address of a time, or a number.
    """

    kernel: Kernel
    task: Task
    command: int
    shared: bool
    address: int
    value: int
    second: int
    address2: int
    third: int

    def key(self, kind: str = "futex", *, writes: bool = False) -> futex.Key:
        """Return what stands for the first word. Raises SystemCallError(EINVAL), BadAddress."""
        return _key(self.task, self.address, self.shared, kind, writes=writes)

    def key2(self, kind: str = "futex") -> futex.Key:
        """Return what stands for the second word. Raises SystemCallError(EINVAL), BadAddress."""
        writes = self.shared and self.command in _CHANGE_SECOND
        return _key(self.task, self.address2, self.shared, kind, writes=writes)

    def demand_none(self, *kinds: str) -> None:
        """SystemCallError(EINVAL) where some wait on the first word otherwise than whoever calls may expect."""
        _demand_none(self.kernel, self.task, self.address, self.shared, *kinds)


@call(
    "futex_time64",
    "EAGAIN EDEADLK EFAULT EINTR EINVAL ENOSYS EPERM ESRCH ETIMEDOUT",
    "no FUTEX_FD, as Linux has none; the owner of a lock inherits no priority",
    address=Kind.ADDRESS,
    operation=Kind.FUTEX,
    value=Kind.SIZE,
    timeout=Kind.FUTEX_TIMEOUT,
    address2=Kind.FUTEX_OTHER,
    bits=Kind.FUTEX_BITS,
)
def futex_call(
    kernel: Kernel, task: Task, address: int, operation: int, value: int, timeout: int, address2: int, bits: int
) -> int | Wait:
    """futex(2)."""
    command = operation & FUTEX_COMMAND
    handler = _COMMANDS.get(command)
    if (handler is None and command > FUTEX_WAKE) or (
        operation & FUTEX_CLOCK_REALTIME and command not in _BY_EITHER_CLOCK
    ):
        raise SystemCallError(Errno.ENOSYS)
    if timeout and command in _TIMED and task.deadline is None:
        task.deadline = deadline(kernel, task, operation, timeout)
    shared = not operation & FUTEX_PRIVATE_FLAG
    if command == FUTEX_WAIT:
        return _wait_on(kernel, task, _key(task, address, shared), address, value)
    if command == FUTEX_WAKE:
        return _wake(kernel, task, address, shared, value)
    assert handler is not None
    return handler(_Request(kernel, task, command, shared, address, value, timeout, address2, bits))


def deadline(kernel: Kernel, task: Task, operation: int, timeout: int) -> int:
    """Return when a wait gives up: after a time with FUTEX_WAIT, else at a time, by the clock that is asked for."""
    time, command = read_timespec(task, timeout), operation & FUTEX_COMMAND
    if command == FUTEX_WAIT:
        return min(kernel.clock + time, NEVER)
    is_real_time = operation & FUTEX_CLOCK_REALTIME or command == FUTEX_LOCK_PI
    return max(0, time - kernel.settings.epoch * NANOSECONDS) if is_real_time else time


# --- waiting and waking -----------------------------------------------------------------------------------------------


def _key(task: Task, address: int, shared: bool, kind: str = "futex", *, writes: bool = False) -> futex.Key:
    """Return what stands for the word at ``address``. Raises SystemCallError(EINVAL), BadAddress."""
    if address % 4:
        raise SystemCallError(Errno.EINVAL)
    return futex.key(task, address, shared=shared, kind=kind, writes=writes)


def _demand_none(kernel: Kernel, task: Task, address: int, shared: bool, *kinds: str) -> None:
    if any(kernel.scheduler.is_awaited(*_key(task, address, shared, kind)) for kind in kinds):
        raise SystemCallError(Errno.EINVAL)


def _wait_with_bits(request: _Request) -> int | Wait:
    if not request.third:
        raise SystemCallError(Errno.EINVAL)
    return _wait_on(request.kernel, request.task, request.key(), request.address, request.value)


def _wait_on(kernel: Kernel, task: Task, key: futex.Key, address: int, value: int) -> int | Wait:
    """Wait on ``key`` while the word at ``address`` is ``value``."""
    if not task.interrupted:
        if task.call is not None and _is_late(kernel, task):
            raise SystemCallError(Errno.ETIMEDOUT)
        if task.memory.read_word(address) != value:
            raise SystemCallError(Errno.EAGAIN)
        if _is_late(kernel, task):
            raise SystemCallError(Errno.ETIMEDOUT)
    restart = _BY_FLAG if task.deadline is None else Restart.UNLESS_HANDLED
    return Wait((key,), f"the word at {address:#010x} to change", _moment(task), restart)


def _is_late(kernel: Kernel, task: Task) -> bool:
    return task.deadline is not None and kernel.clock >= task.deadline


def _moment(task: Task) -> int | None:
    return wait_until(task.deadline) if task.deadline is not None else None


def _wake_with_bits(request: _Request) -> int:
    if not request.third:
        raise SystemCallError(Errno.EINVAL)
    return _wake(request.kernel, request.task, request.address, request.shared, request.value, request.third)


def _wake(
    kernel: Kernel, task: Task, address: int, shared: bool, count: int, bits: int = futex.ALL_BITS
) -> int:  # fmt: skip
    if kernel.system.has_lock_waits:
        _demand_none(kernel, task, address, shared, inheriting.KIND, _FOR_LOCK)  # who are not for others to wake
    key = _key(task, address, shared)
    return futex.wake(kernel, key, _count(count), bits) if kernel.scheduler.is_awaited(*key) else 0


def _count(value: int) -> int:
    """Return how many a wake-up is for: at least one, whatever is asked for, as in Linux."""
    return max(1, as_signed(value))


def _wake_and_change(request: _Request) -> int:
    """FUTEX_WAKE_OP: change the second word, wake on the first, and on the second if what was there compares so."""
    key, key2 = request.key(), request.key2()
    operation = request.third
    kind, comparison = operation >> 28 & 0xF, operation >> 24 & 0xF
    argument, compared = _twelve_bits(operation >> 12), _twelve_bits(operation)
    if kind & FUTEX_OP_OPARG_SHIFT:
        argument = 1 << (argument & 31)
    change, compare = _CHANGES.get(kind & 7), _COMPARISONS.get(comparison)
    if change is None:
        raise SystemCallError(Errno.ENOSYS)
    task, before = request.task, request.task.memory.read_word(request.address2)
    task.memory.write(request.address2, WORD.pack(change(before, argument) & 0xFFFF_FFFF))
    if compare is None:  # which Linux notices when it has changed the word
        raise SystemCallError(Errno.ENOSYS)
    woken = futex.wake(request.kernel, key, _count(request.value), midway=True)
    if compare(as_signed(before), compared):
        woken += futex.wake(request.kernel, key2, _count(request.second), midway=True)
    return woken


def _twelve_bits(value: int) -> int:
    return (value & 0xFFF) - ((value & 0x800) << 1)


_CHANGES: dict[int, Callable[[int, int], int]] = {
    0: lambda before, argument: argument,
    1: lambda before, argument: before + argument,
    2: lambda before, argument: before | argument,
    3: lambda before, argument: before & ~argument,
    4: lambda before, argument: before ^ argument,
}
_COMPARISONS: dict[int, Callable[[int, int], bool]] = {
    0: lambda before, compared: before == compared,
    1: lambda before, compared: before != compared,
    2: lambda before, compared: before < compared,
    3: lambda before, compared: before <= compared,
    4: lambda before, compared: before > compared,
    5: lambda before, compared: before >= compared,
}


def _requeue(request: _Request) -> int:
    """FUTEX_REQUEUE, FUTEX_CMP_REQUEUE: wake some, and let others wait on the second word; how many there were."""
    wakes, moves = as_signed(request.value), as_signed(request.second)
    if wakes < 0 or moves < 0:
        raise SystemCallError(Errno.EINVAL)
    key, key2 = request.key(), request.key2()
    if request.command == FUTEX_CMP_REQUEUE and request.task.memory.read_word(request.address) != request.third:
        raise SystemCallError(Errno.EAGAIN)
    request.demand_none(inheriting.KIND, _FOR_LOCK)
    woken = futex.wake(request.kernel, key, wakes, midway=True) if wakes else 0
    return woken + futex.requeue(request.kernel, key, key2, moves)


# --- locks whose owner the kernel knows -------------------------------------------------------------------------------


def _lock(request: _Request) -> int | Wait:
    """FUTEX_LOCK_PI, FUTEX_LOCK_PI2, FUTEX_TRYLOCK_PI."""
    kernel, task, key = request.kernel, request.task, request.key(inheriting.KIND, writes=True)
    if task.call is not None and not task.interrupted and _is_late(kernel, task):
        raise SystemCallError(Errno.ETIMEDOUT)
    if not task.interrupted:
        inheriting.demand_other(task, request.address)
        request.demand_none("futex", _FOR_LOCK)
        if inheriting.try_to_take(kernel, task, key, request.address):
            return 0
        inheriting.announce_waiter(kernel, task, key, request.address)
        if request.command == FUTEX_TRYLOCK_PI:
            raise SystemCallError(Errno.EAGAIN)
        if _is_late(kernel, task):
            raise SystemCallError(Errno.ETIMEDOUT)
    kernel.system.has_lock_waits = True
    return Wait((key,), f"the lock at {request.address:#010x}", _moment(task))


def _unlock(request: _Request) -> int:
    inheriting.demand_owner(request.task, request.address)
    request.demand_none("futex", _FOR_LOCK)
    inheriting.give_back(request.kernel, request.task, request.key(inheriting.KIND), request.address)
    return 0


def _wait_for_lock(request: _Request) -> int | Wait:
    """FUTEX_WAIT_REQUEUE_PI: wait on the first word, to be moved to the lock at the second."""
    if request.address == request.address2:
        raise SystemCallError(Errno.EINVAL)
    request.key2(inheriting.KIND)
    request.kernel.system.has_lock_waits = True
    return _wait_on(request.kernel, request.task, request.key(_FOR_LOCK), request.address, request.value)


def _requeue_to_lock(request: _Request) -> int:
    """FUTEX_CMP_REQUEUE_PI: give the lock to one who waits, and let others wait for it; how many there were."""
    kernel, moves = request.kernel, as_signed(request.second)
    if as_signed(request.value) != 1 or moves < 0 or request.address == request.address2:
        raise SystemCallError(Errno.EINVAL)
    source, target = request.key(_FOR_LOCK), request.key2(inheriting.KIND)
    if request.task.memory.read_word(request.address) != request.third:
        raise SystemCallError(Errno.EAGAIN)
    request.demand_none("futex", inheriting.KIND)
    waiting = futex.choose(kernel, source, moves + 1, midway=True)
    for task in waiting:
        assert task.call is not None
        if task.call[1][4] != request.address2:
            raise SystemCallError(Errno.EINVAL)
    if waiting and inheriting.try_to_take(kernel, waiting[0], target, request.address2):
        waiting[0].is_woken = True
        kernel.scheduler.unblock(waiting[0], *source)
        moved = waiting[1:]
    else:
        moved = waiting
    for task in moved:
        inheriting.announce_waiter(kernel, task, target, request.address2)
        kernel.scheduler.move(task, source, target)
    return len(waiting)


_COMMANDS: dict[int, Callable[[_Request], int | Wait]] = {
    FUTEX_REQUEUE: _requeue, FUTEX_CMP_REQUEUE: _requeue,
    FUTEX_WAKE_OP: _wake_and_change, FUTEX_LOCK_PI: _lock, FUTEX_LOCK_PI2: _lock, FUTEX_TRYLOCK_PI: _lock,
    FUTEX_UNLOCK_PI: _unlock, FUTEX_WAIT_BITSET: _wait_with_bits, FUTEX_WAKE_BITSET: _wake_with_bits,
    FUTEX_WAIT_REQUEUE_PI: _wait_for_lock, FUTEX_CMP_REQUEUE_PI: _requeue_to_lock,
}  # fmt: skip
