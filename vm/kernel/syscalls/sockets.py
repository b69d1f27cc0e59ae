"""Sockets: making and naming them, letting them listen, and ending what they do."""

from __future__ import annotations

import stat

from vm.abi import AT_FDCWD, Errno, OpenFlag
from vm.abi.layout import packed_words
from vm.abi.sockets import (
    AF_INET,
    AF_NETLINK,
    AF_UNIX,
    AF_UNSPEC,
    FAMILIES,
    IPPROTO_IP,
    IPPROTO_TCP,
    IPPROTO_UDP,
    PRIVILEGED_PORTS,
    PROTOCOLS,
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
    SockaddrIn,
)
from vm.kernel.errors import SystemCallError
from vm.kernel.files.vfs import operations
from vm.kernel.kernel import Kernel
from vm.kernel.net.addresses import (
    FAMILY_SIZE,
    UnixAddress,
    family_of,
    inet_address,
    unix_address,
)
from vm.kernel.net.inet import InetSocket
from vm.kernel.net.network import Network
from vm.kernel.net.sockets import Socket
from vm.kernel.net.unix import UnixSocket
from vm.kernel.process.task import Task
from vm.kernel.syscalls.kinds import Kind
from vm.kernel.syscalls.paths import walk_to
from vm.kernel.syscalls.table import call
from vm.kernel.syscalls.talking import network_of, peer_of, read_address, socket_at, tell_address


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
    if family == AF_NETLINK:
        if kind not in (SOCK_DGRAM, SOCK_RAW):
            raise SystemCallError(Errno.ESOCKTNOSUPPORT)
        if protocol:
            raise SystemCallError(Errno.EPROTONOSUPPORT)
        return network.new_netlink(kind, task.user)
    if family == AF_INET:
        return make_inet(network, task, kind, protocol)
    raise SystemCallError(Errno.EAFNOSUPPORT)


def make_inet(network: Network, task: Task, kind: int, protocol: int) -> Socket:
    """Make an AF_INET socket. Raises SystemCallError."""
    if not 0 <= protocol < PROTOCOLS:
        raise SystemCallError(Errno.EINVAL)
    if kind == SOCK_RAW:
        raise SystemCallError(Errno.EPROTONOSUPPORT if task.credentials.is_privileged else Errno.EPERM)
    if kind not in (SOCK_STREAM, SOCK_DGRAM):
        raise SystemCallError(Errno.ESOCKTNOSUPPORT)
    if protocol not in (IPPROTO_IP, IPPROTO_TCP if kind == SOCK_STREAM else IPPROTO_UDP):
        raise SystemCallError(Errno.EPROTONOSUPPORT)
    return network.new_tcp(task.user) if kind == SOCK_STREAM else network.new_udp(task.user)


def open_as(task: Task, socket: Socket, number: int, flags: int) -> int:
    """Give a new socket its descriptor; ``flags`` as for socket(2)."""
    socket.flags |= flags & OpenFlag.O_NONBLOCK
    return task.files.open(socket, number, close_on_exec=bool(flags & SOCK_CLOEXEC))


@call(
    "socketpair",
    "EAFNOSUPPORT EFAULT EINVAL EMFILE ENFILE ENOTSUP EPERM EPROTONOSUPPORT ESOCKTNOSUPPORT",
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
        if not isinstance(one, UnixSocket) or not isinstance(other, UnixSocket) or family == AF_NETLINK:
            raise SystemCallError(Errno.ENOTSUP)
    except SystemCallError:
        for end in ends_made:
            end.closed(kernel.scheduler.wake)
        raise
    one.pair(other, peer_of(task))
    for number, end in zip(numbers, (one, other), strict=True):
        open_as(task, end, number, flags)
    return 0


@call(
    "socket",
    "EAFNOSUPPORT EINVAL EMFILE ENFILE EPERM EPROTONOSUPPORT ESOCKTNOSUPPORT",
    "AF_UNIX, AF_INET without SOCK_RAW, and AF_NETLINK for mq_notify alone",
    family=Kind.SOCKET_FAMILY,
    kind=Kind.SOCKET_TYPE,
    protocol=Kind.PROTOCOL,
)
def socket(kernel: Kernel, task: Task, family: int, kind: int, protocol: int) -> int:
    """socket(2)."""
    kind, flags = type_and_flags(kind)
    made = make(kernel, task, family, kind, protocol)
    try:
        [number] = task.files.free(1)
    except SystemCallError:
        made.closed(kernel.scheduler.wake)
        raise
    return open_as(task, made, number, flags)


@call(
    "bind",
    "EACCES EADDRINUSE EADDRNOTAVAIL EAFNOSUPPORT EBADF EFAULT EINVAL ELOOP ENAMETOOLONG ENOENT ENOSPC ENOTDIR "
    "ENOTSOCK EPERM",
    fd=Kind.FD,
    address=Kind.SOCKET_ADDRESS,
    length=Kind.SIZE,
)
def bind(kernel: Kernel, task: Task, fd: int, address: int, length: int) -> int:
    """bind(2)."""
    socket = socket_at(task, fd)
    data = read_address(task, address, length)
    if isinstance(socket, UnixSocket):
        if len(data) == FAMILY_SIZE and family_of(data) == AF_UNIX:
            socket.bind_any()
        else:
            bind_unix(kernel, task, socket, unix_address(data))
        return 0
    assert isinstance(socket, InetSocket)
    if len(data) < SockaddrIn.SIZE:
        raise SystemCallError(Errno.EINVAL)
    wanted = inet_address(data)
    if family_of(data) != AF_INET and (family_of(data) != AF_UNSPEC or wanted.host):
        raise SystemCallError(Errno.EAFNOSUPPORT)
    if not wanted.is_here:
        raise SystemCallError(Errno.EADDRNOTAVAIL)
    if 0 < wanted.port < PRIVILEGED_PORTS and not task.credentials.is_privileged:
        raise SystemCallError(Errno.EACCES)
    socket.bind(wanted)
    return 0


def bind_unix(kernel: Kernel, task: Task, socket: UnixSocket, address: UnixAddress) -> None:
    """Take a name, for a path with a new inode. Raises SystemCallError."""
    if address.is_abstract:
        socket.bind(address)
        return
    found = walk_to(kernel, task, AT_FDCWD, address.name)
    if found.inode is not None:
        raise SystemCallError(Errno.EADDRINUSE)
    operations.place_for(found, task.user)
    socket.demand_no_name()
    operations.make_node(found, stat.S_IFSOCK | socket.inode.mode & 0o7777 & ~task.place.umask, 0, task.user)
    node = found.directory.find(found.name)
    assert node is not None
    socket.bind_node(address, node)


@call("listen", "EADDRINUSE EBADF EINVAL ENOTSOCK ENOTSUP", fd=Kind.FD, backlog=Kind.INT)
def listen(kernel: Kernel, task: Task, fd: int, backlog: int) -> int:
    """listen(2)."""
    socket_at(task, fd).listen(backlog, peer_of(task))
    return 0


@call("shutdown", "EBADF EINVAL ENOTCONN ENOTSOCK", fd=Kind.FD, how=Kind.SHUTDOWN)
def shutdown(kernel: Kernel, task: Task, fd: int, how: int) -> int:
    """shutdown(2)."""
    socket = socket_at(task, fd)
    if how not in (SHUT_RD, SHUT_WR, SHUT_RDWR):
        raise SystemCallError(Errno.EINVAL)
    socket.shut_down(how, kernel.scheduler.wake)
    return 0


@call(
    "getsockname",
    "EBADF EFAULT EINVAL ENOTSOCK",
    fd=Kind.FD,
    address=Kind.ADDRESS_RESULT,
    length=Kind.LENGTH_RESULT,
)
def getsockname(kernel: Kernel, task: Task, fd: int, address: int, length: int) -> int:
    """getsockname(2)."""
    tell_address(task, socket_at(task, fd).name(), address, length)
    return 0


@call(
    "getpeername",
    "EBADF EFAULT EINVAL ENOTCONN ENOTSOCK",
    fd=Kind.FD,
    address=Kind.ADDRESS_RESULT,
    length=Kind.LENGTH_RESULT,
)
def getpeername(kernel: Kernel, task: Task, fd: int, address: int, length: int) -> int:
    """getpeername(2)."""
    tell_address(task, socket_at(task, fd).peer_name(), address, length)
    return 0
