"""Sending and receiving messages: their bytes, their addresses, and what goes with them."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import ClassVar

from vm.abi import IOV_LIMIT, Errno, OpenFlag
from vm.abi.layout import packed_words
from vm.abi.sockets import AF_UNSPEC, SOCK_SEQPACKET, Message, Mmsghdr, Msghdr
from vm.kernel.errors import SystemCallError
from vm.kernel.files.opened import Wake, WouldBlock
from vm.kernel.kernel import Kernel
from vm.kernel.net.addresses import FAMILY_SIZE, Address, family_of, unix_address
from vm.kernel.net.datagrams import UnixDatagrams
from vm.kernel.net.inet import InetDatagrams
from vm.kernel.net.packets import Taken
from vm.kernel.net.sockets import Delivery, Sent, Socket, State
from vm.kernel.net.tcp import InetStream
from vm.kernel.net.unix import EXPLICIT, UnixSocket
from vm.kernel.process.requests import Request
from vm.kernel.process.task import Task, Wait
from vm.kernel.syscalls.ancillary import read_control, write_control
from vm.kernel.syscalls.buffers import Buffers, one_buffer, read_vector, scatter
from vm.kernel.syscalls.conversations import send_from
from vm.kernel.syscalls.kinds import Kind
from vm.kernel.syscalls.table import call
from vm.kernel.syscalls.talking import (
    ADDRESS_LARGEST,
    destination,
    find_unix,
    read_address,
    socket_at,
    tell_address,
    who_is,
)
from vm.kernel.syscalls.timeouts import timeout_at, wait_for, write_timespec
from vm.memory import BadAddress
from vm.values import dataclass

Write = Callable[[bytes, Wake], int | WouldBlock]
LARGEST_LENGTH = 0xFFFF
"""What the header of a datagram can say of its length, which is looked at before its address (udp_sendmsg)."""

SEND_ERRORS = (
    "EACCES EAFNOSUPPORT EAGAIN EBADF ECONNREFUSED ECONNRESET EDESTADDRREQ EFAULT EINTR EINVAL EISCONN ELOOP EMSGSIZE "
    "ENAMETOOLONG ENETUNREACH ENOBUFS ENOENT ENOSPC ENOTCONN ENOTDIR ENOTSOCK ENOTSUP EPERM EPIPE EPROTOTYPE"
)
RECEIVE_ERRORS = "EAGAIN EBADF ECONNREFUSED ECONNRESET EFAULT EINTR EINVAL ENOTCONN ENOTSOCK ENOTSUP EPIPE"
NO_URGENCY = "urgent data in TCP alone: elsewhere MSG_OOB is EOPNOTSUPP"


@call(
    "sendto",
    SEND_ERRORS,
    NO_URGENCY,
    fd=Kind.FD,
    buffer=Kind.SENT,
    count=Kind.SIZE,
    flags=Kind.MESSAGE_FLAGS,
    address=Kind.SOCKET_ADDRESS,
    length=Kind.SIZE,
)
def sendto(
    kernel: Kernel, task: Task, fd: int, buffer: int, count: int, flags: int, address: int, length: int
) -> int | Wait:
    """sendto(2)."""
    socket = socket_at(task, fd)
    buffers = one_buffer(buffer, count)
    to = read_address(task, address, length) if address else b""
    return send(kernel, task, socket, buffers, flags, to, Sent(who_is(task)))


def send(
    kernel: Kernel, task: Task, socket: Socket, buffers: Buffers, flags: int, to: bytes, sent: Sent
) -> int | Wait:  # fmt: skip
    """Send what ``buffers`` hold to the address ``to``, or to whom the socket is connected to."""
    if flags & Message.MSG_OOB and not isinstance(socket, InetStream):
        raise SystemCallError(Errno.ENOTSUP)
    if task.moved:  # of a stream: what goes with the first byte has gone
        sent = Sent(sent.who)
    write: Write | None = None
    receiver: UnixSocket | None = None
    size = sum(length for _, length in buffers)
    if isinstance(socket, InetDatagrams) and size > LARGEST_LENGTH:
        raise SystemCallError(Errno.EMSGSIZE)
    if to and isinstance(socket, UnixSocket):
        receiver = receiver_at(kernel, task, socket, to, size)
    elif to and isinstance(socket, InetDatagrams) and family_of(to) != AF_UNSPEC:
        where = destination(to)
        if not where.port:
            raise SystemCallError(Errno.EINVAL)
        write = partial(socket.send_to, where)
    elif isinstance(socket, UnixSocket) and socket.passes_credentials:
        socket.bind_any()
    if receiver is not None and isinstance(socket, UnixDatagrams):
        write = to_receiver(socket, receiver, flags, sent)
    sending = Delivery(socket, flags, sent, write)
    result = send_from(kernel, task, sending, buffers, keeps_messages=socket.keeps_messages)
    if receiver is not None and isinstance(result, Wait):
        Underway.of(task).receiver = receiver
    return result


@dataclass(slots=True, eq=False)
class Underway(Request):
    """A call that waits: ``done`` messages went before, and the present one goes to ``receiver`` if it has an address.

    So it does where its name has become another's meanwhile.
    """

    _follow: ClassVar[tuple[str, ...]] = ("receiver",)

    done: int = 0
    receiver: UnixSocket | None = None

    @classmethod
    def of(cls, task: Task) -> Underway:
        """Return that of a call, a new one if it has not waited."""
        if not isinstance(task.request, cls):
            task.request = cls()
        return task.request


def to_receiver(socket: UnixDatagrams, receiver: UnixSocket, flags: int, sent: Sent) -> Write:
    """Return what sends to ``receiver``, whomever the socket is connected to."""

    def write(data: bytes, wake: Wake) -> int | WouldBlock:
        return socket.send_to(receiver, data, flags, sent, wake)

    return write


def receiver_at(kernel: Kernel, task: Task, socket: UnixSocket, to: bytes, size: int) -> UnixSocket | None:
    """Return who gets ``size`` bytes for the AF_UNIX address ``to``; None where that does not count.

    Raises SystemCallError.
    """
    if not isinstance(socket, UnixDatagrams):
        if socket.kind == SOCK_SEQPACKET:
            return None
        raise SystemCallError(Errno.EISCONN if socket.state is State.CONNECTED else Errno.ENOTSUP)
    address = unix_address(to)
    if socket.passes_credentials:
        socket.bind_any()
    socket.check_size(size)
    known = task.request.receiver if isinstance(task.request, Underway) else None
    return known if known is not None and not known.is_dead else find_unix(kernel, task, socket.kind, address)


@call(
    "recvfrom",
    RECEIVE_ERRORS,
    NO_URGENCY,
    fd=Kind.FD,
    buffer=Kind.RECEIVED,
    count=Kind.SIZE,
    flags=Kind.MESSAGE_FLAGS,
    address=Kind.ADDRESS_RESULT,
    length=Kind.LENGTH_RESULT,
)
def recvfrom(
    kernel: Kernel, task: Task, fd: int, buffer: int, count: int, flags: int, address: int, length: int
) -> int | Wait:
    """recvfrom(2)."""
    socket = socket_at(task, fd)
    found = receive(kernel, task, socket, one_buffer(buffer, count), flags)
    if isinstance(found, Wait):
        return found
    found.finish(kernel, socket, flags)
    if address:
        tell_address(task, found.sender, address, length)
    return found.result


@dataclass(frozen=True, slots=True)
class Received:
    """What a call has received: its ``result``, and the last piece, which still waits at the socket."""

    _follow: ClassVar[tuple[str, ...]] = ("last",)

    result: int
    last: Taken | None

    @property
    def sender(self) -> Address | None:
        """The address of who sent it; None where it is not told, or there is none."""
        sender = self.last.sender if self.last is not None else None
        return sender if sender is not None and len(sender.packed()) > FAMILY_SIZE else None

    def finish(self, kernel: Kernel, socket: Socket, flags: int) -> None:
        """Take out what was received, unless it was only looked at."""
        if self.last is not None and not flags & Message.MSG_PEEK:
            socket.take(len(self.last.data), kernel.scheduler.wake)


def receive(kernel: Kernel, task: Task, socket: Socket, buffers: Buffers, flags: int) -> Received | Wait:
    """Store in ``buffers`` what waits at a socket. Raises SystemCallError."""
    if flags & Message.MSG_ERRQUEUE and not isinstance(socket, UnixSocket):
        raise SystemCallError(Errno.EAGAIN)
    if flags & Message.MSG_OOB and not isinstance(socket, InetDatagrams):
        return receive_urgent(task, socket, buffers, flags)
    size = min(sum(length for _, length in buffers), socket.largest)
    if not socket.keeps_messages:
        return receive_bytes(kernel, task, socket, buffers, size, flags)
    found = socket.look(size, flags)
    if isinstance(found, WouldBlock):
        return wait_for(kernel, task, flags_of(socket, flags), found)
    scatter(task, buffers, 0, found.data)
    return Received(found.size if flags & Message.MSG_TRUNC else len(found.data), found)


def receive_urgent(task: Task, socket: Socket, buffers: Buffers, flags: int) -> Received:
    """Store the urgent byte of a TCP socket. Raises SystemCallError."""
    if not isinstance(socket, InetStream):
        raise SystemCallError(Errno.ENOTSUP)
    data = socket.look_urgent(takes=not flags & Message.MSG_PEEK)[: sum(size for _, size in buffers)]
    scatter(task, buffers, 0, data)
    return Received(len(data), None)


def flags_of(socket: Socket, flags: int) -> int:
    """Return the flags of an open file that count for a call with flags of its own."""
    return socket.flags | (OpenFlag.O_NONBLOCK if flags & Message.MSG_DONTWAIT else 0)


def receive_bytes(
    kernel: Kernel, task: Task, socket: Socket, buffers: Buffers, size: int, flags: int
) -> Received | Wait:
    """Store bytes of a stream, as many as the call waits for: ``task.moved`` of them before a wait."""
    least = size if flags & Message.MSG_WAITALL else min(socket.least, size)
    is_thrown_away = flags & Message.MSG_TRUNC and isinstance(socket, InetStream)
    moved = task.moved
    try:
        while True:
            found = socket.look(size - moved, flags)
            if isinstance(found, Taken) and flags & Message.MSG_PEEK and len(found.data) < least:
                found = look_for_more(socket, found)
            if isinstance(found, WouldBlock):
                wait = wait_for(kernel, task, flags_of(socket, flags), found)
                if moved and task.interrupted:
                    return Received(moved, None)
                task.moved = moved
                return wait
            if not is_thrown_away:
                scatter(task, buffers, moved, found.data)
            total = moved + len(found.data)
            if total >= least or found.is_apart or not found.data or flags & Message.MSG_PEEK:
                return Received(total, found)
            socket.take(len(found.data), kernel.scheduler.wake)
            moved = total
    except (SystemCallError, BadAddress):
        if moved:
            return Received(moved, None)
        raise


def look_for_more(socket: Socket, found: Taken) -> Taken | WouldBlock:
    """Return a wait for more than was found by a look at a stream of TCP's, unless no more comes."""
    if not isinstance(socket, InetStream) or not found.data or socket.has_ended:
        return found
    return socket.wait("data", "data at", socket.receive_patience)


# --- with addresses and more in structures ----------------------------------------------------------------------------


@call("sendmsg", f"{SEND_ERRORS} ETOOMANYREFS", NO_URGENCY, fd=Kind.FD, message=Kind.MESSAGE, flags=Kind.MESSAGE_FLAGS)
def sendmsg(kernel: Kernel, task: Task, fd: int, message: int, flags: int) -> int | Wait:
    """sendmsg(2)."""
    return send_message(kernel, task, socket_at(task, fd), message, flags)


def header_at(task: Task, address: int) -> Msghdr:
    """Return the struct msghdr at ``address``. Raises SystemCallError."""
    header = Msghdr.unpack(task.memory.read(address, Msghdr.SIZE))
    if header.msg_namelen < 0:
        raise SystemCallError(Errno.EINVAL)
    if header.msg_iovlen > IOV_LIMIT:
        raise SystemCallError(Errno.EMSGSIZE)
    return header


def send_message(kernel: Kernel, task: Task, socket: Socket, message: int, flags: int) -> int | Wait:
    """Send the struct msghdr at ``message``."""
    header = header_at(task, message)
    length = min(header.msg_namelen, ADDRESS_LARGEST)
    to = task.memory.read(header.msg_name, length) if header.msg_name else b""
    buffers = read_vector(task, header.msg_iov, header.msg_iovlen)
    sent, is_explicit = read_control(task, socket, header.msg_control, header.msg_controllen)
    return send(kernel, task, socket, buffers, flags | is_explicit * EXPLICIT, to, sent)


@call("recvmsg", f"{RECEIVE_ERRORS} EMSGSIZE", NO_URGENCY, fd=Kind.FD, message=Kind.MESSAGE_RESULT,
      flags=Kind.MESSAGE_FLAGS)  # fmt: skip
def recvmsg(kernel: Kernel, task: Task, fd: int, message: int, flags: int) -> int | Wait:
    """recvmsg(2)."""
    return receive_message(kernel, task, socket_at(task, fd), message, flags)


def receive_message(kernel: Kernel, task: Task, socket: Socket, message: int, flags: int) -> int | Wait:
    """Receive into the struct msghdr at ``message``, and say there what came."""
    header = header_at(task, message)
    buffers = read_vector(task, header.msg_iov, header.msg_iovlen)
    found = receive(kernel, task, socket, buffers, flags)
    if isinstance(found, Wait):
        return found
    taken = found.last
    told = flags & Message.MSG_CMSG_CLOEXEC
    if taken is not None:
        told |= Message.MSG_TRUNC if taken.size > len(taken.data) else 0
    control = write_control(task, socket, taken, header, flags)
    found.finish(kernel, socket, flags)
    if header.msg_name:
        name = found.sender.packed() if found.sender is not None else b""
        task.memory.write(header.msg_name, name[: header.msg_namelen])
        task.memory.write(message + Msghdr.OFFSETS["msg_namelen"], packed_words(len(name)))
    at = message + Msghdr.OFFSETS["msg_controllen"]
    task.memory.write(at, packed_words(control.size, told | control.flags))
    return found.result


# --- several at once --------------------------------------------------------------------------------------------------


@call(
    "sendmmsg",
    f"{SEND_ERRORS} ETOOMANYREFS",
    NO_URGENCY,
    fd=Kind.FD,
    messages=Kind.MESSAGES,
    count=Kind.SIZE,
    flags=Kind.MESSAGE_FLAGS,
)
def sendmmsg(kernel: Kernel, task: Task, fd: int, messages: int, count: int, flags: int) -> int | Wait:
    """sendmmsg(2): how many messages were sent, with the number of bytes behind each."""
    socket = socket_at(task, fd)
    return one_by_one(
        kernel, task, socket, messages, count, lambda at, done: send_message(kernel, task, socket, at, flags)
    )


@call(
    "recvmmsg_time64",
    f"{RECEIVE_ERRORS} EMSGSIZE",
    NO_URGENCY,
    fd=Kind.FD,
    messages=Kind.MESSAGES_RESULT,
    count=Kind.SIZE,
    flags=Kind.MESSAGE_FLAGS,
    timeout=Kind.TIMESPEC,
)
def recvmmsg(kernel: Kernel, task: Task, fd: int, messages: int, count: int, flags: int, timeout: int) -> int | Wait:
    """recvmmsg(2): how many messages were received, with the number of bytes behind each.

    The timeout is looked at when a message has come, as in Linux ("Bugs").
    """
    socket = socket_at(task, fd)
    if timeout:
        timeout_at(kernel, task, timeout)

    def make(at: int, done: int) -> int | Wait | None:
        if done and task.deadline is not None and timeout and kernel.clock >= task.deadline:
            return None
        later = Message.MSG_DONTWAIT if done and flags & Message.MSG_WAITFORONE else 0
        return receive_message(kernel, task, socket, at, flags & ~Message.MSG_WAITFORONE | later)

    result = one_by_one(kernel, task, socket, messages, count, make)
    if timeout and task.deadline is not None and not isinstance(result, Wait):
        write_timespec(task, timeout, max(0, task.deadline - kernel.clock))
    return result


def one_by_one(
    kernel: Kernel, task: Task, socket: Socket, messages: int, count: int,
    make: Callable[[int, int], int | Wait | None],
) -> int | Wait:  # fmt: skip
    """Make the calls of ``count`` messages; how many before one failed, or had no time."""
    done = task.request.done if isinstance(task.request, Underway) else 0
    while done < min(count, IOV_LIMIT):
        at = messages + Mmsghdr.SIZE * done
        try:
            result = make(at, done)
        except (SystemCallError, BadAddress):
            if done:
                break
            raise
        if isinstance(result, Wait) and not (done and task.interrupted):
            Underway.of(task).done = done
            return result
        if result is None or isinstance(result, Wait):
            break
        task.moved, task.request = 0, None
        task.memory.write(at + Mmsghdr.OFFSETS["msg_len"], packed_words(result))
        done += 1
        kernel.check_time()
    return done
