"""Options of sockets."""

from __future__ import annotations

from vm.abi import Errno
from vm.abi.layout import packed_words
from vm.abi.sockets import SOL_SOCKET
from vm.kernel.errors import SystemCallError
from vm.kernel.kernel import Kernel
from vm.kernel.net.options import get_option, set_option, without_effect
from vm.kernel.process.task import Task
from vm.kernel.syscalls.kinds import Kind
from vm.kernel.syscalls.table import as_signed, call
from vm.kernel.syscalls.talking import socket_at

LONGEST_OPTION = 64
"""Bytes of an option's value that are looked at."""


@call(
    "setsockopt",
    "EACCES EBADF EDOM EFAULT EINVAL ENOPROTOOPT ENOTSOCK ENOTSUP EPERM",
    "what only a wire would show has a value and no effect",
    fd=Kind.FD,
    level=Kind.OPTION_LEVEL,
    option=Kind.SOCKET_OPTION,
    value=Kind.OPTION_VALUE,
    length=Kind.SIZE,
)
def setsockopt(kernel: Kernel, task: Task, fd: int, level: int, option: int, value: int, length: int) -> int:
    """setsockopt(2)."""
    socket = socket_at(task, fd)
    if as_signed(length) < 0:
        raise SystemCallError(Errno.EINVAL)
    if level != SOL_SOCKET:
        without_effect(socket, level)
    data = task.memory.read(value, min(length, LONGEST_OPTION))
    set_option(socket, level, option, data, is_privileged=task.credentials.is_privileged)
    return 0


@call(
    "getsockopt",
    "EBADF EFAULT EINVAL ENOPROTOOPT ENOTSOCK ENOTSUP",
    fd=Kind.FD,
    level=Kind.OPTION_LEVEL,
    option=Kind.SOCKET_OPTION,
    value=Kind.OPTION_RESULT,
    length=Kind.LENGTH_RESULT,
)
def getsockopt(kernel: Kernel, task: Task, fd: int, level: int, option: int, value: int, length: int) -> int:
    """getsockopt(2): as much of the value as there is room for."""
    socket = socket_at(task, fd)
    if level != SOL_SOCKET:
        without_effect(socket, level)
    room = as_signed(task.memory.read_word(length))
    if room < 0:
        raise SystemCallError(Errno.EINVAL)
    data = get_option(socket, level, option)[:room]
    task.memory.write(value, data)
    task.memory.write(length, packed_words(len(data)))
    return 0
