"""futex: waiting until a word of memory changes."""

from __future__ import annotations

from vm.abi import (
    FUTEX_CLOCK_REALTIME,
    FUTEX_COMMAND,
    FUTEX_PRIVATE_FLAG,
    FUTEX_WAIT,
    FUTEX_WAIT_BITSET,
    FUTEX_WAKE,
    FUTEX_WAKE_BITSET,
    NANOSECONDS,
    Errno,
)
from vm.kernel.errors import SystemCallError
from vm.kernel.kernel import Kernel
from vm.kernel.process import futex
from vm.kernel.process.task import Restart, Task, Wait
from vm.kernel.process.timers import NEVER
from vm.kernel.syscalls.kinds import Kind
from vm.kernel.syscalls.table import call
from vm.kernel.syscalls.timeouts import read_timespec, wait_until

_WAITS = (FUTEX_WAIT, FUTEX_WAIT_BITSET)
_WAKES = (FUTEX_WAKE, FUTEX_WAKE_BITSET)


@call(
    "futex_time64",
    "EAGAIN EFAULT EINTR EINVAL ENOSYS ETIMEDOUT",
    "FUTEX_WAIT, FUTEX_WAKE and their forms with a bit set only",
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
    if command not in _WAITS + _WAKES or (operation & FUTEX_CLOCK_REALTIME and command != FUTEX_WAIT_BITSET):
        raise SystemCallError(Errno.ENOSYS)
    if command in (FUTEX_WAIT, FUTEX_WAKE):
        bits = 0xFFFF_FFFF
    if command in _WAITS and timeout and task.deadline is None:
        task.deadline = deadline(kernel, task, operation, timeout)
    if address % 4 or not bits:
        raise SystemCallError(Errno.EINVAL)
    key = futex.key(task, address, shared=not operation & FUTEX_PRIVATE_FLAG)
    if command in _WAKES:
        return futex.wake(kernel, key, max(1, value if value < 1 << 31 else 1), bits)
    return wait(kernel, task, key, address, value)


def deadline(kernel: Kernel, task: Task, operation: int, timeout: int) -> int:
    """Return when a wait gives up: after a time with FUTEX_WAIT, at a time with FUTEX_WAIT_BITSET."""
    time = read_timespec(task, timeout)
    if operation & FUTEX_COMMAND == FUTEX_WAIT:
        return min(kernel.clock + time, NEVER)
    return time - kernel.settings.epoch * NANOSECONDS if operation & FUTEX_CLOCK_REALTIME else time


def wait(kernel: Kernel, task: Task, key: futex.Key, address: int, value: int) -> int | Wait:
    """Wait on ``key`` while the word at ``address`` is ``value``."""
    if task.is_woken:
        return 0
    if not task.interrupted:
        if task.call is not None and task.deadline is not None and kernel.clock >= task.deadline:
            raise SystemCallError(Errno.ETIMEDOUT)
        if task.memory.read_word(address) != value:
            raise SystemCallError(Errno.EAGAIN)
        if task.deadline is not None and kernel.clock >= task.deadline:
            raise SystemCallError(Errno.ETIMEDOUT)
    restart = Restart.BY_FLAG if task.deadline is None else Restart.UNLESS_HANDLED
    moment = wait_until(task.deadline) if task.deadline is not None else None
    return Wait((key,), f"the word at {address:#010x} to change", moment, restart)
