"""Queues of messages of System V (sysvipc(7))."""

from __future__ import annotations

from vm.abi import Errno
from vm.abi.ipc import (
    IPC_NOWAIT,
    MSGMAX,
    MSGMNB,
    MSGMNI,
    MSGPOOL,
    MSGSEG,
    MSGSSZ,
    Ipc64Perm,
    MessageCommand,
    MessageFlag,
    Msginfo,
    Msqid64Ds,
)
from vm.abi.layout import WORD
from vm.kernel.errors import SystemCallError
from vm.kernel.ipc.messages import Message, MessageQueue, MessageQueues, Reception, Sending
from vm.kernel.ipc.permissions import READ, WRITE
from vm.kernel.ipc.storage import STORED_IN_ALL
from vm.kernel.kernel import Kernel
from vm.kernel.process.task import Restart, Task, Wait
from vm.kernel.syscalls.kinds import Kind
from vm.kernel.syscalls.table import as_signed, call

_EXCEPT, _COPY = int(MessageFlag.MSG_EXCEPT), int(MessageFlag.MSG_COPY)


@call("msgget", "EACCES EEXIST ENOENT ENOSPC", key=Kind.KEY, flags=Kind.IPC_FLAGS)
def msgget(kernel: Kernel, task: Task, key: int, flags: int) -> int:
    """msgget(2): the identifier of a queue of messages."""
    return kernel.system.part(MessageQueues).find_or_make(key, flags, task.user)


@call(
    "msgsnd",
    "EACCES EAGAIN EFAULT EIDRM EINTR EINVAL ENOMEM",
    f"all messages together take at most {STORED_IN_ALL >> 20} MiB",
    msqid=Kind.INT,
    message=Kind.MESSAGE_SENT,
    size=Kind.SIZE,
    flags=Kind.QUEUE_FLAGS,
)
def msgsnd(kernel: Kernel, task: Task, msqid: int, message: int, size: int, flags: int) -> int | Wait:
    """msgsnd(2)."""
    request = task.request
    if not isinstance(request, Sending):
        request = Sending(message=read_message(task, msqid, message, size))
    elif request.outcome is not None:
        return request.outcome
    queue = kernel.system.part(MessageQueues).queues.get(msqid)
    queue.demand(task.user, WRITE)
    if queue.send(request.message, task.pid):
        return 0
    if flags & IPC_NOWAIT:
        raise SystemCallError(Errno.EAGAIN)
    task.request = request
    return Wait((queue.senders,), f"room in message queue {msqid}", restart=Restart.UNLESS_HANDLED)


def read_message(task: Task, msqid: int, address: int, size: int) -> Message:
    """Return the message of a struct msgbuf with ``size`` bytes of text. Raises SystemCallError(EINVAL)."""
    kind = as_signed(task.memory.read_word(address))
    if size > MSGMAX or msqid < 0 or kind < 1:
        raise SystemCallError(Errno.EINVAL)
    return Message(kind, task.memory.read(address + WORD.size, size))


@call(
    "msgrcv",
    "E2BIG EACCES EFAULT EIDRM EINTR EINVAL ENOMSG",
    msqid=Kind.INT,
    message=Kind.MESSAGE_RECEIVED,
    size=Kind.SIZE,
    wanted=Kind.INT,
    flags=Kind.QUEUE_FLAGS,
)
def msgrcv(kernel: Kernel, task: Task, msqid: int, message: int, size: int, wanted: int, flags: int) -> int | Wait:
    """msgrcv(2): the bytes of the message."""
    request = task.request
    if not isinstance(request, Reception):
        if msqid < 0 or size >> 31:
            raise SystemCallError(Errno.EINVAL)
        if flags & _COPY and (flags & _EXCEPT or not flags & IPC_NOWAIT):
            raise SystemCallError(Errno.EINVAL)
        request = Reception(wanted=wanted, size=size, flags=flags)
    elif request.message is not None:
        return deliver(task, message, request.message, size)
    elif request.outcome is not None:
        return request.outcome
    queue = kernel.system.part(MessageQueues).queues.get(msqid)
    queue.demand(task.user, READ)
    if queue.copy_at(wanted, request) if flags & _COPY else queue.receive(request, task.pid):
        assert request.message is not None
        return deliver(task, message, request.message, size)
    if flags & IPC_NOWAIT:
        raise SystemCallError(Errno.ENOMSG)
    task.request = request
    return Wait((queue.receivers,), f"a message in queue {msqid}", restart=Restart.UNLESS_HANDLED)


def deliver(task: Task, address: int, message: Message, size: int) -> int:
    """Store what there is room for of a message that was received, and return its bytes."""
    text = message.text[:size]
    task.memory.write(address, WORD.pack(message.type))
    task.memory.write(address + WORD.size, text)
    return len(text)


@call(
    "msgctl",
    "EACCES EFAULT EINVAL EPERM",
    msqid=Kind.INT,
    command=Kind.MESSAGE_COMMAND,
    argument=Kind.MESSAGE_ARGUMENT,
)
def msgctl(kernel: Kernel, task: Task, msqid: int, command: int, argument: int) -> int:
    """msgctl(2)."""
    if msqid < 0:
        raise SystemCallError(Errno.EINVAL)
    every = kernel.system.part(MessageQueues)
    queues = every.queues
    match command:
        case MessageCommand.IPC_INFO:
            told = Msginfo.pack(
                msgpool=MSGPOOL, msgmap=MSGMNB, msgmax=MSGMAX, msgmnb=MSGMNB, msgmni=MSGMNI, msgssz=MSGSSZ,
                msgtql=MSGMNB, msgseg=MSGSEG,
            )  # fmt: skip
            task.memory.write(argument, told)
            return queues.highest
        case MessageCommand.MSG_INFO:
            told = Msginfo.pack(
                msgpool=len(queues), msgmap=sum([len(queue.messages) for queue in queues]), msgmax=MSGMAX,
                msgmnb=MSGMNB, msgmni=MSGMNI, msgssz=MSGSSZ, msgtql=sum([queue.size for queue in queues]),
                msgseg=MSGSEG,
            )  # fmt: skip
            task.memory.write(argument, told)
            return queues.highest
        case MessageCommand.IPC_STAT:
            task.memory.write(argument, describe(queues.get(msqid), task))
            return 0
        case MessageCommand.MSG_STAT:
            task.memory.write(argument, describe(queues.at(msqid), task))
            return queues.at(msqid).identifier
        case MessageCommand.MSG_STAT_ANY:
            task.memory.write(argument, describe(queues.at(msqid), None))
            return queues.at(msqid).identifier
        case MessageCommand.IPC_SET:
            given = Msqid64Ds.unpack(task.memory.read(argument, Msqid64Ds.SIZE))
            change(queues.get(msqid), task, given)
            return 0
        case MessageCommand.IPC_RMID:
            found = queues.get(msqid)
            found.demand_ownership(task.user)
            every.remove(found)
            return 0
    raise SystemCallError(Errno.EINVAL)


def describe(found: MessageQueue, asking: Task | None) -> bytes:
    """Return a queue's struct msqid64_ds. Raises SystemCallError(EACCES) where who is ``asking`` may not read it."""
    if asking is not None:
        found.demand(asking.user, READ)
    return Msqid64Ds.pack(
        msg_perm=found.described(), msg_stime=found.sent & 0xFFFF_FFFF, msg_stime_high=found.sent >> 32,
        msg_rtime=found.received & 0xFFFF_FFFF, msg_rtime_high=found.received >> 32,
        msg_ctime=found.changed & 0xFFFF_FFFF, msg_ctime_high=found.changed >> 32, msg_cbytes=found.size,
        msg_qnum=len(found.messages), msg_qbytes=found.room, msg_lspid=found.sender, msg_lrpid=found.receiver,
    )  # fmt: skip


def change(found: MessageQueue, task: Task, given: Msqid64Ds) -> None:
    """Change a queue's owner, permissions and room (IPC_SET); only root gives more room than MSGMNB."""
    found.demand_ownership(task.user)
    if given.msg_qbytes > MSGMNB and not task.user.is_privileged:
        raise SystemCallError(Errno.EPERM)
    found.give_to(Ipc64Perm.unpack(given.msg_perm))
    found.change(given.msg_qbytes)
