"""What goes with a message beside its bytes: open files and credentials (cmsg(3), unix(7))."""

from __future__ import annotations

from vm.abi import Errno
from vm.abi.layout import packed_words, words
from vm.abi.sockets import (
    RIGHTS_LIMIT,
    SCM_CREDENTIALS,
    SCM_RIGHTS,
    SOL_SOCKET,
    Cmsghdr,
    Message,
    Msghdr,
    Ucred,
)
from vm.kernel.errors import SystemCallError
from vm.kernel.files.endpoints import Who
from vm.kernel.files.opened import OpenFile
from vm.kernel.net.packets import Taken
from vm.kernel.net.rights import IN_FLIGHT_LIMIT, Rights
from vm.kernel.net.sockets import Sent, Socket
from vm.kernel.net.unix import UnixSocket
from vm.kernel.process.task import Task
from vm.kernel.syscalls.talking import who_is
from vm.values import dataclass

LONGEST = 131072
"""Bytes of what may go with a message (/proc/sys/net/core/optmem_max)."""
NOBODY = Who(0, 65534, 65534)
"""Who has sent what was sent when nobody asked who does."""


@dataclass(frozen=True, slots=True)
class Control:
    """What was told with a message: ``size`` bytes, and flags for what there was no room for."""

    size: int = 0
    flags: int = 0


def _aligned(size: int) -> int:
    return (size + 3) & ~3


def read_control(task: Task, socket: Socket, address: int, size: int) -> tuple[Sent, bool]:
    """Return what is sent with a message, and whether its credentials were given. Raises SystemCallError."""
    limit = IN_FLIGHT_LIMIT if task.credentials.is_privileged else task.files.limit
    who, is_explicit = who_is(task), False
    files: list[OpenFile] = []
    if size > LONGEST:
        raise SystemCallError(Errno.ENOBUFS)
    data = task.memory.read(address, size) if address else b""
    at = 0
    while at + Cmsghdr.SIZE <= len(data):
        length, level, kind = Cmsghdr.unpack(data, at)
        if not Cmsghdr.SIZE <= length <= len(data) - at:
            raise SystemCallError(Errno.EINVAL)
        content = data[at + Cmsghdr.SIZE : at + length]
        at += _aligned(length)
        if level != SOL_SOCKET and isinstance(socket, UnixSocket):
            continue
        if level != SOL_SOCKET or kind not in (SCM_RIGHTS, SCM_CREDENTIALS):
            raise SystemCallError(Errno.EINVAL)
        if not isinstance(socket, UnixSocket):
            continue
        if kind == SCM_RIGHTS:
            numbers = words(content[: len(content) & ~3])
            if len(files) + len(numbers) > RIGHTS_LIMIT:
                raise SystemCallError(Errno.EINVAL)
            files += [task.files.place(number) for number in numbers]
        else:
            who, is_explicit = read_credentials(task, content), True
    return Sent(who, Rights(tuple(files), task.uid) if files else None, limit), is_explicit


def read_credentials(task: Task, content: bytes) -> Who:
    """Return the credentials that a process claims to have, which only root may if they are another's."""
    if len(content) != Ucred.SIZE:
        raise SystemCallError(Errno.EINVAL)
    pid, uid, gid = Ucred.unpack(content)
    own = task.credentials
    is_own = pid == task.pid and uid in (own.uid, own.euid, own.suid) and gid in (own.gid, own.egid, own.sgid)
    if not (is_own or own.is_privileged):
        raise SystemCallError(Errno.EPERM)
    return Who(pid, uid, gid)


def write_control(task: Task, socket: Socket, taken: Taken | None, header: Msghdr, flags: int) -> Control:
    """Tell what came with a message, as far as there is room, and open its files."""
    tells_who = isinstance(socket, UnixSocket) and socket.passes_credentials and taken is not None
    rights = taken.rights if taken is not None else None
    room = header.msg_controllen if header.msg_control else 0
    if room < Cmsghdr.SIZE:
        return Control(0, Message.MSG_CTRUNC if tells_who or rights is not None else 0)
    data, told = b"", 0
    if tells_who:
        assert taken is not None
        who = taken.who or NOBODY
        content = Ucred.pack_all(who.pid, who.uid, who.gid)
        length = min(Cmsghdr.SIZE + len(content), room)
        told |= Message.MSG_CTRUNC if length < Cmsghdr.SIZE + len(content) else 0
        data = (Cmsghdr.pack_all(length, SOL_SOCKET, SCM_CREDENTIALS) + content)[:length]
    numbers: list[int] = []
    if rights is not None:
        most = max(0, room - len(data) - Cmsghdr.SIZE) // 4
        numbers = free_numbers(task, min(most, len(rights.files)))
        told |= Message.MSG_CTRUNC if len(numbers) < len(rights.files) else 0
        if numbers:
            data += Cmsghdr.pack_all(Cmsghdr.SIZE + 4 * len(numbers), SOL_SOCKET, SCM_RIGHTS) + packed_words(*numbers)
    task.memory.write(header.msg_control, data)
    for number, file in zip(numbers, rights.files if rights else (), strict=False):
        task.files.open(file, number, close_on_exec=bool(flags & Message.MSG_CMSG_CLOEXEC))
    return Control(len(data), told)


def free_numbers(task: Task, count: int) -> list[int]:
    """Return the lowest free descriptors, ``count`` of them if there are as many."""
    numbers: list[int] = []
    while len(numbers) < count:
        try:
            numbers += task.files.free(1, numbers[-1] + 1 if numbers else 0)
        except SystemCallError:
            break
    return numbers
