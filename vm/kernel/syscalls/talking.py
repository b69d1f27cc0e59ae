"""Sockets as calls have them: by descriptor, by name, with addresses in the guest's memory."""

from __future__ import annotations

from vm.abi import Errno
from vm.abi.layout import packed_words
from vm.abi.sockets import (
    AF_INET,
    SockaddrIn,
)
from vm.kernel.errors import SystemCallError
from vm.kernel.files.endpoints import Who
from vm.kernel.files.vfs import Access
from vm.kernel.kernel import Kernel
from vm.kernel.net.addresses import (
    LOOPBACK,
    Address,
    InetAddress,
    UnixAddress,
    family_of,
    inet_address,
)
from vm.kernel.net.network import Network
from vm.kernel.net.sockets import Socket
from vm.kernel.net.unix import UnixSocket
from vm.kernel.process.task import Task
from vm.kernel.syscalls.table import as_signed

ADDRESS_LARGEST = 128
"""Bytes of struct sockaddr_storage."""


def network_of(kernel: Kernel) -> Network:
    """Return the sockets of the machine."""
    return kernel.system.part(Network)


def who_is(task: Task) -> Who:
    """Return a process as those it sends to know it: by its real ids."""
    return Who(task.pid, task.uid, task.gid)


def peer_of(task: Task) -> Who:
    """Return a process as those know it whom it is connected to: by its effective ids."""
    return Who(task.pid, task.credentials.euid, task.credentials.egid)


def socket_at(task: Task, fd: int) -> Socket:
    """Return the socket behind a descriptor. Raises SystemCallError(EBADF, or ENOTSOCK)."""
    file = task.files.get(fd)
    if not isinstance(file, Socket):
        raise SystemCallError(Errno.ENOTSOCK)
    return file


def find_unix(kernel: Kernel, task: Task, kind: int, address: UnixAddress) -> UnixSocket:
    """Return the socket of a type that has a name (unix_find_other). Raises SystemCallError."""
    names = network_of(kernel).names
    if address.is_abstract:
        found = names.find(kind, address)
    else:
        inode = kernel.world.tree.inode(address.name, task.place.directory, task.user)
        inode.demand(task.user, Access.WRITE)
        found = names.behind(inode)
        if found is not None and found.kind != kind:
            raise SystemCallError(Errno.EPROTOTYPE)
    if found is None:
        raise SystemCallError(Errno.ECONNREFUSED)
    return found


def destination(data: bytes) -> InetAddress:
    """Return where something is to go, on the loopback. Raises SystemCallError."""
    if len(data) < SockaddrIn.SIZE:
        raise SystemCallError(Errno.EINVAL)
    if family_of(data) != AF_INET:
        raise SystemCallError(Errno.EAFNOSUPPORT)
    address = inet_address(data)
    if not address.is_here:
        raise SystemCallError(Errno.ENETUNREACH)
    return InetAddress(address.host or LOOPBACK, address.port)


def read_address(task: Task, address: int, length: int) -> bytes:
    """Return the bytes of an address (move_addr_to_kernel). Raises SystemCallError(EINVAL)."""
    if not 0 <= as_signed(length) <= ADDRESS_LARGEST:
        raise SystemCallError(Errno.EINVAL)
    return task.memory.read(address, length)


def tell_address(task: Task, told: Address | None, address: int, length: int) -> None:
    """Store as much of an address as there is room for, and how long it is; None for one of no bytes.

    Raises SystemCallError(EINVAL).
    """
    room = as_signed(task.memory.read_word(length))
    if room < 0:
        raise SystemCallError(Errno.EINVAL)
    data = told.packed() if told is not None else b""
    task.memory.write(address, data[:room])
    task.memory.write(length, packed_words(len(data)))
