"""Connecting sockets, and accepting connections."""

from __future__ import annotations

from vm.abi import Errno, OpenFlag
from vm.abi.sockets import (
    AF_UNSPEC,
    SOCK_CLOEXEC,
    SOCK_NONBLOCK,
)
from vm.kernel.errors import SystemCallError
from vm.kernel.files.opened import WouldBlock
from vm.kernel.kernel import Kernel
from vm.kernel.net.addresses import (
    Address,
    UnixAddress,
    family_of,
    unix_address,
)
from vm.kernel.net.connections import Conversation
from vm.kernel.net.datagrams import UnixDatagrams
from vm.kernel.net.inet import InetDatagrams, InetSocket
from vm.kernel.net.sockets import Socket, State
from vm.kernel.net.tcp import InetStream
from vm.kernel.process.task import Task, Wait
from vm.kernel.syscalls.kinds import Kind
from vm.kernel.syscalls.sockets import open_as
from vm.kernel.syscalls.table import call
from vm.kernel.syscalls.talking import (
    destination,
    find_unix,
    network_of,
    peer_of,
    read_address,
    socket_at,
    tell_address,
)
from vm.kernel.syscalls.timeouts import wait_for
from vm.memory import BadAddress

ACCEPT_ERRORS = "EAGAIN EBADF ECONNRESET EFAULT EINTR EINVAL EMFILE ENFILE ENOTSOCK ENOTSUP"


@call("accept", ACCEPT_ERRORS, fd=Kind.FD, address=Kind.ADDRESS_RESULT, length=Kind.LENGTH_RESULT)
def accept(kernel: Kernel, task: Task, fd: int, address: int, length: int) -> int | Wait:
    """accept(2)."""
    return accept_one(kernel, task, fd, address, length, 0)


@call(
    "accept4",
    ACCEPT_ERRORS,
    fd=Kind.FD,
    address=Kind.ADDRESS_RESULT,
    length=Kind.LENGTH_RESULT,
    flags=Kind.SOCKET_FLAGS,
)
def accept4(kernel: Kernel, task: Task, fd: int, address: int, length: int, flags: int) -> int | Wait:
    """accept4(2)."""
    return accept_one(kernel, task, fd, address, length, flags)


def accept_one(kernel: Kernel, task: Task, fd: int, address: int, length: int, flags: int) -> int | Wait:
    """Give the first connection that waits a descriptor, and tell where it comes from."""
    task.files.get(fd)
    if flags & ~(SOCK_CLOEXEC | SOCK_NONBLOCK):
        raise SystemCallError(Errno.EINVAL)
    [number] = task.files.free(1)
    socket = socket_at(task, fd)
    end = socket.accept(kernel.scheduler.wake)
    if isinstance(end, WouldBlock):
        return wait_for(kernel, task, socket.flags, end)
    open_as(task, end, number, flags)
    if address:
        try:
            tell_address(task, accepted_from(end), address, length)
        except (BadAddress, SystemCallError):
            task.files.close(number)
            raise
    return number


def accepted_from(end: Socket) -> Address:
    """Return the address of the other end of a new connection, also where that is gone again."""
    if isinstance(end, InetSocket) and end.remote is not None:
        return end.remote
    return end.peer_name()


CONNECT_ERRORS = (
    "EACCES EADDRNOTAVAIL EAFNOSUPPORT EAGAIN EALREADY EBADF ECONNABORTED ECONNREFUSED EFAULT EINPROGRESS EINTR EINVAL "
    "EISCONN ELOOP ENAMETOOLONG ENETUNREACH ENFILE ENOENT ENOTDIR ENOTSOCK EPERM EPROTOTYPE"
)


@call(
    "connect",
    CONNECT_ERRORS,
    "what is not on the loopback is ENETUNREACH; a connection for which there is no room waits without ETIMEDOUT",
    fd=Kind.FD,
    address=Kind.SOCKET_ADDRESS,
    length=Kind.SIZE,
)
def connect(kernel: Kernel, task: Task, fd: int, address: int, length: int) -> int | Wait:
    """connect(2)."""
    task.files.get(fd)
    data = read_address(task, address, length)
    socket = socket_at(task, fd)
    family, wake = family_of(data), kernel.scheduler.wake
    if isinstance(socket, UnixDatagrams):
        if family == AF_UNSPEC:
            socket.connect(None, wake)
        else:
            wanted = unix_address(data)
            if socket.passes_credentials:
                socket.bind_any()
            socket.connect(find_unix(kernel, task, socket.kind, wanted), wake)
        return 0
    if isinstance(socket, Conversation):
        return connect_unix(kernel, task, socket, unix_address(data))
    assert isinstance(socket, InetSocket)
    if family is None:
        raise SystemCallError(Errno.EINVAL)
    if family == AF_UNSPEC:
        if isinstance(socket, InetStream):
            socket.disconnect(wake)
        elif isinstance(socket, InetDatagrams):
            socket.connect(None)
        return 0
    if isinstance(socket, InetDatagrams):
        socket.connect(destination(data))
        return 0
    assert isinstance(socket, InetStream)
    return connect_tcp(kernel, task, socket, data)


def connect_unix(kernel: Kernel, task: Task, socket: Conversation, address: UnixAddress) -> int | Wait:
    """Connect to who listens at a name."""
    if socket.passes_credentials:
        socket.bind_any()
    other = find_unix(kernel, task, socket.kind, address)
    network = network_of(kernel)

    def new_end() -> Conversation:
        end = network.new_unix(socket.kind, task.user)
        assert isinstance(end, Conversation)
        return end

    blocked = socket.connect(other, peer_of(task), new_end, kernel.scheduler.wake)
    return 0 if blocked is None else wait_for(kernel, task, socket.flags, blocked)


def connect_tcp(kernel: Kernel, task: Task, socket: InetStream, data: bytes) -> int | Wait:
    """Connect, or say what came of it; a socket that must not wait is on its way first (inet_stream_connect)."""
    is_first = not socket.is_asked
    if is_first:
        if socket.state is State.CONNECTED or (socket.state is State.LISTENING):
            raise SystemCallError(Errno.EISCONN)
        to = destination(data)
        listener = socket.listener_at(to)
        end = network_of(kernel).new_tcp(task.user) if listener is not None else None
        socket.connect(to, listener, end, kernel.scheduler.wake)
        if socket.flags & OpenFlag.O_NONBLOCK:
            raise SystemCallError(Errno.EINPROGRESS)
    if socket.state is State.CONNECTED:
        socket.is_asked = False
        return 0
    if socket.state is State.ALONE:
        error, socket.error = socket.error or Errno.ECONNABORTED, 0
        socket.give_up()
        raise SystemCallError(Errno(error))
    if socket.flags & OpenFlag.O_NONBLOCK:
        raise SystemCallError(Errno.EALREADY)
    try:
        blocked = socket.wait("room", "the connection of", socket.send_patience)
        return wait_for(kernel, task, socket.flags, blocked)
    except SystemCallError:
        raise SystemCallError(Errno.EINPROGRESS) from None
