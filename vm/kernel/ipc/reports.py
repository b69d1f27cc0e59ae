"""What /proc tells about IPC: objects of System V in /proc/sysvipc, and limits in /proc/sys (proc(5), sysvipc(7))."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from vm.abi import PAGE_SIZE
from vm.abi.ipc import (
    MSGMAX,
    MSGMNB,
    MSGMNI,
    SEMMNI,
    SEMMNS,
    SEMMSL,
    SEMOPM,
    SHMALL,
    SHMMAX,
    SHMMNI,
)
from vm.abi.queues import MSG_DEFAULT, MSG_MAX, MSGSIZE_DEFAULT, MSGSIZE_MAX, QUEUES_MAX
from vm.kernel.ipc.memory import SharedObjects
from vm.kernel.ipc.messages import MessageQueues
from vm.kernel.ipc.permissions import Owned
from vm.kernel.ipc.semaphores import Semaphores
from vm.kernel.system import System


def _named(thing: Owned) -> str:
    return f"{thing.key:10} {thing.identifier:10}  {thing.mode:4o}"


def _owners(thing: Owned) -> str:
    return f"{thing.uid:5} {thing.gid:5} {thing.cuid:5} {thing.cgid:5}"


def semaphores(system: System) -> bytes:
    """Return a line for each set."""
    lines = ["       key      semid perms      nsems   uid   gid  cuid  cgid      otime      ctime"]
    lines += [
        f"{_named(each)} {len(each.values):10} {_owners(each)} {each.operated:10} {each.changed:10}"
        for each in system.part(Semaphores).sets
    ]
    return _joined(lines)


def memory(system: System) -> bytes:
    """Return a line for each object of shared memory."""
    lines = [
        "       key      shmid perms       size  cpid  lpid nattch   uid   gid  cuid  cgid      atime      dtime      "
        "ctime        rss       swap"
    ]
    lines += [
        f"{_named(each)} {each.size:10} {each.creator:5} {each.user:5}  {each.attachments:5} {_owners(each)} "
        f"{each.attached:10} {each.detached:10} {each.changed:10} {len(each.memory.frames) * PAGE_SIZE:10} {0:10}"
        for each in system.part(SharedObjects).objects
    ]
    return _joined(lines)


def messages(system: System) -> bytes:
    """Return a line for each queue of messages."""
    lines = [
        "       key      msqid perms      cbytes       qnum lspid lrpid   uid   gid  cuid  cgid      stime      rtime"
        "      ctime"
    ]
    lines += [
        f"{_named(each)}  {each.size:10} {len(each.messages):10} {each.sender:5} {each.receiver:5} {_owners(each)} "
        f"{each.sent:10} {each.received:10} {each.changed:10}"
        for each in system.part(MessageQueues).queues
    ]
    return _joined(lines)


def _joined(lines: list[str]) -> bytes:
    return "".join([line + "\n" for line in lines]).encode()


def _limit(*values: int) -> Callable[[System], bytes]:
    """A report that is the same of all machines."""
    return lambda system: "\t".join(map(str, values)).encode() + b"\n"


REPORTS: Mapping[bytes, Callable[[System], bytes]] = {
    b"sysvipc/msg": messages,
    b"sysvipc/sem": semaphores,
    b"sysvipc/shm": memory,
    b"sys/kernel/msgmax": _limit(MSGMAX),
    b"sys/kernel/msgmnb": _limit(MSGMNB),
    b"sys/kernel/msgmni": _limit(MSGMNI),
    b"sys/kernel/sem": _limit(SEMMSL, SEMMNS, SEMOPM, SEMMNI),
    b"sys/kernel/shmall": _limit(SHMALL),
    b"sys/kernel/shmmax": _limit(SHMMAX),
    b"sys/kernel/shmmni": _limit(SHMMNI),
    b"sys/fs/mqueue/msg_default": _limit(MSG_DEFAULT),
    b"sys/fs/mqueue/msg_max": _limit(MSG_MAX),
    b"sys/fs/mqueue/msgsize_default": _limit(MSGSIZE_DEFAULT),
    b"sys/fs/mqueue/msgsize_max": _limit(MSGSIZE_MAX),
    b"sys/fs/mqueue/queues_max": _limit(QUEUES_MAX),
}
"""The reports, by their paths in /proc."""
