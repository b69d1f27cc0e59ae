"""Making a system call: its arguments, its result, and what becomes of one that has to wait or is interrupted."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache

from vm import events
from vm.abi import ERESTARTSYS, Errno, Signal
from vm.cpu.state import PC
from vm.kernel.choice import Undecided, WrongAnswer
from vm.kernel.errors import SystemCallError
from vm.kernel.kernel import Kernel
from vm.kernel.process import lifecycle
from vm.kernel.process.scheduler import channel_text
from vm.kernel.process.task import Restart, State, Task, Wait
from vm.kernel.syscalls import ROWS, Row, find_row
from vm.memory import BadAddress, OutOfMemory

_ZOMBIE = State.ZOMBIE
"""A member of an Enum costs as much as five attributes, and this is asked at every call."""


def make(kernel: Kernel, task: Task, number: int, arguments: tuple[int, ...]) -> None:
    """Make one call, or go on with one that was blocked."""
    row = ROWS.get(number)
    if row is None:
        row = _service_finder()(number) if number >> 32 else find_row(number)
    observed = kernel.events.wants_calls
    if observed and task.call is None:
        kernel.emit(events.CallEntered, task.tid, number, arguments)
    # The call is one retired instruction, taken back if it has to wait.
    kernel.system.clock.now += 1
    task.retired += 1
    task.slice_used += 1
    try:
        if task.is_woken:  # by somebody who has done what the call waited for
            result: int | Wait | None = 0
        else:
            result = handle(kernel, row, task, arguments) if row is not None else -Errno.ENOSYS
    except (Undecided, WrongAnswer):
        _retire(kernel, task, -1)
        task.call = (number, arguments)
        raise
    if kernel.takes_notes:
        kernel.tell_memory()
    if isinstance(result, Wait):
        assert row is not None
        result = _wait(kernel, row, task, (number, arguments), result)
        if isinstance(result, Wait):
            return
    if task.call is not None or task.deadline is not None:
        task.forget_call()
    if result is not None and result < 0 and kernel.events.wants(events.CallFailed):
        kernel.emit(events.CallFailed, task.tid, number, arguments, -result)
    if result is not None and task.state is not _ZOMBIE:
        task.context[10] = result & 0xFFFF_FFFF
        task.context[PC] = (int(task.context[PC]) + 4) & 0xFFFF_FFFF
    if observed:
        kernel.emit(events.CallReturned, task.tid, number, arguments, result)


@cache
def _service_finder() -> Callable[[int], Row | None]:
    """What finds the services of simulators: imported for a program in their dialect."""
    from vm.kernel.services import find_row

    return find_row


def _wait(kernel: Kernel, row: Row, task: Task, call: tuple[int, tuple[int, ...]], wait: Wait) -> int | Wait | None:
    """Let a call wait; or, where a signal does not let it, its result."""
    task.call = call
    if task.signals.is_due:
        task.signals.notice()  # another thread may have taken what was due
    if wait.interruptible and (task.signals.is_due or task.has_stopped):
        # It waits no longer than for its chance to say how far it has come.
        task.restart = wait.restart
        result: int | Wait | None = wait
        if not task.has_stopped:  # else it has had that chance
            task.interrupted = True
            result = handle(kernel, row, task, call[1])
            task.interrupted = False
        task.has_stopped = False
        if not isinstance(result, Wait):
            return result
        if result.restart is Restart.NEVER:
            return -Errno.EINTR
    else:
        kernel.scheduler.block(task, wait)
        if row.descriptors and task.files.users > 1:
            task.files.hold_call(task.tid, [call[1][index] for index in row.descriptors])
        if kernel.events.wants(events.Blocked):
            channels = tuple([channel_text(channel) for channel in wait.channels])
            kernel.emit(events.Blocked, task.tid, channels, wait.why, wait.deadline)
    _retire(kernel, task, -1)
    kernel.host.steps += 1  # else this were the moment before the call
    return wait


def handle(kernel: Kernel, row: Row, task: Task, arguments: tuple[int, ...]) -> int | Wait | None:
    """Let the handler of ``row`` answer: its result, a failure as -errno. Arguments are registers, a0 first."""
    values: Sequence[int] = arguments[: len(row.arguments)]
    if row.signed:
        values = list(values)
        for index in row.signed:
            values[index] -= (values[index] & 0x8000_0000) << 1
    files = task.files
    if task.call is not None and files.held:
        files.resuming = task.tid
    try:
        return row.handler(kernel, task, *values)
    except SystemCallError as error:
        return -error.errno
    except BadAddress:
        return -Errno.EFAULT
    except OutOfMemory:
        # Only with overcommit: user memory was promised, and is not there when the call touches it.
        lifecycle.terminate(kernel, task.process, Signal.SIGKILL)
        return None
    finally:
        files.resuming = 0
        if kernel.takes_notes:
            kernel.tell_noted()


def interrupt(kernel: Kernel, task: Task, *, restart: bool) -> None:
    """End a blocked call in whose middle a handler is about to run: with EINTR, or to be made again later."""
    assert task.call is not None
    number, arguments = task.call
    task.forget_call()
    task.files.abandon(task.tid)
    result = -ERESTARTSYS
    if not (restart and task.restart is Restart.BY_FLAG):
        result = -Errno.EINTR
        _retire(kernel, task, 1)
        task.context[10] = result & 0xFFFF_FFFF
        task.context[PC] = (int(task.context[PC]) + 4) & 0xFFFF_FFFF
    if kernel.events.wants(events.CallReturned):
        kernel.emit(events.CallReturned, task.tid, number, arguments, result)


def _retire(kernel: Kernel, task: Task, count: int) -> None:
    kernel.system.clock.now += count
    task.retired += count
    task.slice_used += count
