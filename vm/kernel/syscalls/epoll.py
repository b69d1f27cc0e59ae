"""Waiting for files of a set."""

from __future__ import annotations

from vm.abi import Errno, OpenFlag
from vm.abi.notification import EPOLL_EVENTS_LIMIT, EPOLL_EXCLUSIVE_ALLOWED, EpollEvent, EpollFlag, EpollOperation
from vm.kernel.errors import SystemCallError
from vm.kernel.files.epoll import Epoll
from vm.kernel.kernel import Kernel
from vm.kernel.process.task import Restart, Task, Wait
from vm.kernel.process.timers import NEVER
from vm.kernel.syscalls.kinds import Kind
from vm.kernel.syscalls.ranges import check_buffer
from vm.kernel.syscalls.signals import check_set_size, read_set, wait_with_mask
from vm.kernel.syscalls.table import call
from vm.kernel.syscalls.timeouts import timeout_at, wait_until
from vm.memory import BadAddress

MILLISECOND = 10**6


@call("epoll_create1", "EINVAL EMFILE ENFILE", flags=Kind.EPOLL_FLAGS)
def epoll_create1(kernel: Kernel, task: Task, flags: int) -> int:
    """epoll_create1(2)."""
    if flags & ~OpenFlag.O_CLOEXEC:
        raise SystemCallError(Errno.EINVAL)
    [number] = task.files.free(1)
    file = Epoll(kernel.world.anonymous, kernel.scheduler, kernel.system.descriptors)
    return task.files.open(file, number, close_on_exec=bool(flags))


@call(
    "epoll_ctl",
    "EBADF EEXIST EFAULT EINVAL ELOOP ENOENT ENOSPC EPERM",
    epoll=Kind.FD,
    operation=Kind.EPOLL_OPERATION,
    fd=Kind.FD,
    event=Kind.EPOLL_EVENT,
)
def epoll_ctl(kernel: Kernel, task: Task, epoll: int, operation: int, fd: int, event: int) -> int:
    """epoll_ctl(2)."""
    events = data = 0
    if operation != EpollOperation.EPOLL_CTL_DEL:
        events, data = EpollEvent.unpack(task.memory.read(event, EpollEvent.SIZE))
    outer, file = task.files.get(epoll), task.files.get(fd)
    if not file.can_poll:
        raise SystemCallError(Errno.EPERM)
    if file is outer or not isinstance(outer, Epoll):
        raise SystemCallError(Errno.EINVAL)
    events &= ~EpollFlag.EPOLLWAKEUP
    if events & EpollFlag.EPOLLEXCLUSIVE:
        is_set = isinstance(file, Epoll)
        if operation != EpollOperation.EPOLL_CTL_ADD or is_set or events & ~EPOLL_EXCLUSIVE_ALLOWED:
            raise SystemCallError(Errno.EINVAL)
    interest = outer.find(fd, file)
    if operation == EpollOperation.EPOLL_CTL_ADD:
        if interest is not None:
            raise SystemCallError(Errno.EEXIST)
        outer.add(fd, file, events, data, kernel.check_time)
        return 0
    if operation not in (EpollOperation.EPOLL_CTL_DEL, EpollOperation.EPOLL_CTL_MOD):
        raise SystemCallError(Errno.EINVAL)
    if interest is None:
        raise SystemCallError(Errno.ENOENT)
    if operation == EpollOperation.EPOLL_CTL_DEL:
        outer.remove(interest)
    elif interest.is_exclusive:
        raise SystemCallError(Errno.EINVAL)
    else:
        outer.change(interest, events, data)
    return 0


@call(
    "epoll_pwait",
    "EBADF EFAULT EINTR EINVAL",
    epoll=Kind.FD,
    events=Kind.EPOLL_EVENTS_RESULT,
    most=Kind.INT,
    timeout=Kind.INT,
    mask=Kind.SIGNAL_SET,
    size=Kind.SIZE,
)
def epoll_pwait(
    kernel: Kernel, task: Task, epoll: int, events: int, most: int, timeout: int, mask: int, size: int
) -> int | Wait:
    """epoll_pwait(2)."""
    if task.deadline is None:
        task.deadline = NEVER if timeout < 0 else min(kernel.clock + timeout * MILLISECOND, NEVER)
    return _wait(kernel, task, epoll, events, most, mask, size)


@call(
    "epoll_pwait2",
    "EBADF EFAULT EINTR EINVAL",
    epoll=Kind.FD,
    events=Kind.EPOLL_EVENTS_RESULT,
    most=Kind.INT,
    timeout=Kind.TIMESPEC,
    mask=Kind.SIGNAL_SET,
    size=Kind.SIZE,
)
def epoll_pwait2(
    kernel: Kernel, task: Task, epoll: int, events: int, most: int, timeout: int, mask: int, size: int
) -> int | Wait:
    """epoll_pwait2(2)."""
    timeout_at(kernel, task, timeout)
    return _wait(kernel, task, epoll, events, most, mask, size)


def _wait(
    kernel: Kernel, task: Task, epoll: int, address: int, most: int, mask: int, size: int
) -> int | Wait:  # fmt: skip
    """Wait until ``task.deadline`` for files of a set, with another signal mask if ``mask`` points to one."""
    if mask:
        check_set_size(size)
    wanted = read_set(task, mask) if mask else None
    file = task.files.get(epoll)
    if not 0 < most <= EPOLL_EVENTS_LIMIT:
        raise SystemCallError(Errno.EINVAL)
    check_buffer(address, most * EpollEvent.SIZE)
    if not isinstance(file, Epoll):
        raise SystemCallError(Errno.EINVAL)
    assert task.deadline is not None
    found = _tell(kernel, task, file, address, most)
    if found or kernel.clock >= task.deadline:
        task.signals.restore_mask()
        return found
    if wanted is not None:
        wait_with_mask(kernel, task, wanted)
    return Wait(file.channels(0), "a file of a set to be ready", wait_until(task.deadline), Restart.NEVER)


def _tell(kernel: Kernel, task: Task, file: Epoll, address: int, most: int) -> int:
    """Store at most so many events at ``address``; how many. Raises BadAddress where not even the first can be."""
    found = file.look(most, kernel.check_time)
    for index, (interest, events) in enumerate(found):
        try:
            task.memory.write(address + EpollEvent.SIZE * index, EpollEvent.pack_all(events, interest.data))
        except BadAddress:
            if index:
                return index
            task.signals.restore_mask()
            raise
        file.told(interest)
    return len(found)
