"""Sockets: making, naming and connecting them, and asking about them."""

from __future__ import annotations

from vm.abi import Errno, OpenFlag
from vm.abi.layout import packed_words
from vm.abi.sockets import (
    AF_UNIX,
    FAMILIES,
    SHUT_RD,
    SHUT_RDWR,
    SHUT_WR,
    SOCK_CLOEXEC,
    SOCK_DGRAM,
    SOCK_NONBLOCK,
    SOCK_RAW,
    SOCK_SEQPACKET,
    SOCK_STREAM,
    SOCK_TYPE_LIMIT,
    SOCK_TYPES,
    SOCKFS_MAGIC,
)
from vm.kernel.errors import SystemCallError
from vm.kernel.files.endpoints import Who
from vm.kernel.kernel import Kernel
from vm.kernel.net.network import Network
from vm.kernel.net.sockets import Socket
from vm.kernel.net.unix import UnixSocket
from vm.kernel.process.task import Task
from vm.kernel.syscalls.kinds import Kind
from vm.kernel.syscalls.table import call


def network_of(kernel: Kernel) -> Network:
    """Return the sockets of the machine."""
    if kernel.system.network is None:
        kernel.system.network = Network(kernel.world.new_filesystem("sockfs", SOCKFS_MAGIC))
    return kernel.system.network


def who_is(task: Task) -> Who:
    """Return a process as those it sends to know it: by its real ids."""
    return Who(task.pid, task.uid, task.gid)


def peer_of(task: Task) -> Who:
    """Return a process as those know it whom it is connected to: by its effective ids."""
    return Who(task.pid, task.credentials.euid, task.credentials.egid)


def type_and_flags(kind: int) -> tuple[int, int]:
    """Return the type of a new socket and its flags, those of open(2). Raises SystemCallError(EINVAL)."""
    flags, kind = kind & ~SOCK_TYPES, kind & SOCK_TYPES
    if flags & ~(SOCK_CLOEXEC | SOCK_NONBLOCK):
        raise SystemCallError(Errno.EINVAL)
    return kind, flags


def make(kernel: Kernel, task: Task, family: int, kind: int, protocol: int) -> Socket:
    """Make a socket, with the checks of each family's ``create`` in Linux. Raises SystemCallError."""
    network = network_of(kernel)
    if kind >= SOCK_TYPE_LIMIT and 0 <= family < FAMILIES:
        raise SystemCallError(Errno.EINVAL)
    if family == AF_UNIX:
        if protocol not in (0, AF_UNIX):
            raise SystemCallError(Errno.EPROTONOSUPPORT)
        if kind not in (SOCK_STREAM, SOCK_DGRAM, SOCK_RAW, SOCK_SEQPACKET):
            raise SystemCallError(Errno.ESOCKTNOSUPPORT)
        return network.new_unix(SOCK_DGRAM if kind == SOCK_RAW else kind, task.user)
    raise SystemCallError(Errno.EAFNOSUPPORT)


def open_as(task: Task, socket: Socket, number: int, flags: int) -> int:
    """Give a new socket its descriptor; ``flags`` as for socket(2)."""
    socket.flags |= flags & OpenFlag.O_NONBLOCK
    return task.files.open(socket, number, close_on_exec=bool(flags & SOCK_CLOEXEC))


@call(
    "socketpair",
    "EAFNOSUPPORT EFAULT EINVAL EMFILE ENFILE ENOTSUP EPROTONOSUPPORT ESOCKTNOSUPPORT",
    family=Kind.SOCKET_FAMILY,
    kind=Kind.SOCKET_TYPE,
    protocol=Kind.PROTOCOL,
    ends=Kind.PIPE_ENDS,
)
def socketpair(kernel: Kernel, task: Task, family: int, kind: int, protocol: int, ends: int) -> int:
    """socketpair(2): the descriptors of two connected sockets are stored at ``ends``."""
    kind, flags = type_and_flags(kind)
    numbers = task.files.free(2)
    task.memory.write(ends, packed_words(*numbers))
    ends_made: list[Socket] = []
    try:
        ends_made += [make(kernel, task, family, kind, protocol)]
        ends_made += [make(kernel, task, family, kind, protocol)]
        one, other = ends_made
        if not isinstance(one, UnixSocket) or not isinstance(other, UnixSocket):
            raise SystemCallError(Errno.ENOTSUP)
    except SystemCallError:
        for end in ends_made:
            end.closed(kernel.scheduler.wake)
        raise
    one.pair(other, peer_of(task))
    for number, end in zip(numbers, (one, other), strict=True):
        open_as(task, end, number, flags)
    return 0


def socket_at(task: Task, fd: int) -> Socket:
    """Return the socket behind a descriptor. Raises SystemCallError(EBADF, or ENOTSOCK)."""
    file = task.files.get(fd)
    if not isinstance(file, Socket):
        raise SystemCallError(Errno.ENOTSOCK)
    return file


@call("shutdown", "EBADF EINVAL ENOTCONN ENOTSOCK", fd=Kind.FD, how=Kind.SHUTDOWN)
def shutdown(kernel: Kernel, task: Task, fd: int, how: int) -> int:
    """shutdown(2)."""
    socket = socket_at(task, fd)
    if how not in (SHUT_RD, SHUT_WR, SHUT_RDWR):
        raise SystemCallError(Errno.EINVAL)
    socket.shut_down(how, kernel.scheduler.wake)
    return 0
