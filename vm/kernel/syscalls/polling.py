"""Waiting for several files at once."""

from __future__ import annotations

from vm.abi import Errno, Poll
from vm.abi.layout import HALF, packed_bits
from vm.abi.layout import bits as members_of
from vm.abi.structures import Pollfd, SetWithSize
from vm.kernel.errors import SystemCallError
from vm.kernel.kernel import Kernel
from vm.kernel.process.task import Restart, Task, Wait
from vm.kernel.process.timers import NEVER
from vm.kernel.syscalls.kinds import Kind
from vm.kernel.syscalls.signals import check_set_size, read_set, wait_with_mask
from vm.kernel.syscalls.table import call
from vm.kernel.syscalls.timeouts import timeout_at, wait_until, write_timespec
from vm.memory import BadAddress

ALWAYS = Poll.POLLERR | Poll.POLLHUP | Poll.POLLNVAL
"""Events that are told whether they were asked for or not."""
IN_SET = Poll.POLLRDNORM | Poll.POLLIN | Poll.POLLHUP | Poll.POLLERR
OUT_SET = Poll.POLLWRNORM | Poll.POLLOUT | Poll.POLLERR
EXCEPT_SET = Poll.POLLPRI
"""What select(2) counts as readable, writable and exceptional."""

AT_ONCE = 1024
"""Descriptors that are looked at before the host's clock is."""

_SETS = (IN_SET, OUT_SET, EXCEPT_SET)

Channels = tuple[tuple[object, ...], ...]


def look(task: Task, number: int, events: int) -> tuple[int, Channels]:
    """Return which of ``events`` a descriptor has, and the channels on which a change is announced."""
    try:
        file = task.files.get(number)
    except SystemCallError:
        return Poll.POLLNVAL, ()
    return file.poll() & (events | ALWAYS), file.channels(events)


def conclude(kernel: Kernel, task: Task, found: int, channels: Channels, timeout: int, mask: int | None) -> int | Wait:
    """``found`` if it is not 0; a wait with signal mask ``mask``; 0 when the time is up, unless a signal comes first.

    What is left of the time is stored at the end, as Linux does. Where that cannot be, the call is not made again.
    """
    deadline = task.deadline if task.deadline is not None else NEVER
    if not found and mask is not None:
        wait_with_mask(kernel, task, mask)
    goes_on = not found and (kernel.clock < deadline or task.signals.is_due)
    restart = Restart.UNLESS_HANDLED
    if deadline < NEVER and (task.interrupted or not goes_on):
        try:
            write_timespec(task, timeout, max(0, deadline - kernel.clock))
        except BadAddress:
            restart = Restart.NEVER
    if goes_on:
        # Without files it is how a C library for riscv32 makes pause().
        why = "a file to be ready" if channels or deadline < NEVER else "a signal"
        return Wait(tuple(dict.fromkeys(channels)), why, wait_until(deadline), restart)
    task.signals.restore_mask()
    return found


@call(
    "ppoll_time64",
    "EFAULT EINTR EINVAL",
    returns=Kind.POLL_RESULT,
    fds=Kind.POLL_LIST,
    count=Kind.SIZE,
    timeout=Kind.TIMESPEC,
    mask=Kind.SIGNAL_SET,
    size=Kind.SIZE,
)
def ppoll(kernel: Kernel, task: Task, fds: int, count: int, timeout: int, mask: int, size: int) -> int | Wait:
    """ppoll(2)."""
    timeout_at(kernel, task, timeout)
    if mask:
        check_set_size(size)
    wanted = read_set(task, mask) if mask else None
    if count > task.files.limit:
        raise SystemCallError(Errno.EINVAL)
    asked = Pollfd.unpack_all(task.memory.read(fds, Pollfd.SIZE * count))
    answers: list[int] = []
    channels: list[tuple[object, ...]] = []
    for index, (number, events, _) in enumerate(asked):
        if index % AT_ONCE == 0:
            kernel.check_time()
        ready, announced = look(task, number, events) if number >= 0 else (0, ())
        answers.append(ready)
        channels += announced
    result = conclude(kernel, task, sum(map(bool, answers)), tuple(channels), timeout, wanted)
    if task.interrupted or not isinstance(result, Wait):
        for index, ready in enumerate(answers):
            if index % AT_ONCE == 0:
                kernel.check_time()
            task.memory.write(fds + Pollfd.SIZE * index + Pollfd.OFFSETS["revents"], HALF.pack(ready))
    return result


@call(
    "pselect6_time64",
    "EBADF EFAULT EINTR EINVAL",
    returns=Kind.SELECT_RESULT,
    count=Kind.INT,
    readable=Kind.DESCRIPTOR_SET,
    writable=Kind.DESCRIPTOR_SET,
    exceptional=Kind.DESCRIPTOR_SET,
    timeout=Kind.TIMESPEC,
    mask=Kind.SIGNAL_SET_WITH_SIZE,
)
def pselect6(
    kernel: Kernel, task: Task, count: int, readable: int, writable: int, exceptional: int, timeout: int, mask: int
) -> int | Wait:
    """pselect(2), "C library/kernel differences": ``mask`` points to the address and the size of the signal set."""
    timeout_at(kernel, task, timeout)
    wanted = None
    if mask:
        address, size = SetWithSize.unpack(task.memory.read(mask, SetWithSize.SIZE))
        if address:
            check_set_size(size)
            wanted = read_set(task, address)
    if count < 0:
        raise SystemCallError(Errno.EINVAL)
    count = min(count, task.files.limit)
    length = -(-count // 32) * 4
    sets = [(address, bits) for address, bits in zip((readable, writable, exceptional), _SETS, strict=True) if address]
    found, results = 0, []
    channels: list[tuple[object, ...]] = []
    for address, bits in sets:
        asked = members_of(task.memory.read(address, length)) & ((1 << count) - 1)
        ready = 0
        for number in range(asked.bit_length()):
            if number % AT_ONCE == 0:
                kernel.check_time()
            if asked >> number & 1:
                task.files.get(number)
                has, announced = look(task, number, bits)
                ready |= bool(has & bits) << number
                channels += announced
        found += ready.bit_count()
        results.append((address, packed_bits(ready, length)))
    result = conclude(kernel, task, found, tuple(channels), timeout, wanted)
    if not isinstance(result, Wait):
        for address, data in results:
            task.memory.write(address, data)
    return result
