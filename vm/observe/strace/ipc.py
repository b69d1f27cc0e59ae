"""Objects of System V IPC and queues of POSIX messages, as strace(1) writes the calls that concern them."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from vm import flags as names
from vm.abi import OpenFlag
from vm.abi.ipc import (
    Ipc64Perm,
    MemoryCommand,
    MessageCommand,
    Msginfo,
    Msqid64Ds,
    SemaphoreCommand,
    Sembuf,
    Semid64Ds,
    Seminfo,
    Shmid64Ds,
    ShmInfo,
    Shminfo64,
)
from vm.abi.layout import WORD, Structure, word
from vm.abi.queues import MqAttr
from vm.observe.strace.call import LATER, Call
from vm.observe.strace.text import address, choice, flags, listed, octal, quote, signed, structure

_Layouts = Mapping[int, tuple[type[Structure], Callable[[bytes], str]]]
"""What a command stores or takes: the structure, and how it is shown."""


def key(call: Call, value: int, index: int) -> str:
    """The key of an object."""
    return f"{value:#x}" if value else "IPC_PRIVATE"


def _making(value: int, table: names.Names, unknown: str) -> str:
    given, mode = value & ~0o777, octal(value & 0o777)
    return f"{flags(given, table, unknown)}|{mode}" if given else mode


def making(call: Call, value: int, index: int) -> str:
    """Flags, and the permissions of a new object."""
    return _making(value, names.IPC_MAKING, "IPC")


def _permissions(data: bytes) -> str:
    """struct ipc64_perm, as it is told."""
    told = Ipc64Perm.unpack(data)
    return structure(
        uid=told.uid, gid=told.gid, mode=_mode(told.mode), key=told.key & 0xFFFF_FFFF, cuid=told.cuid, cgid=told.cgid
    )  # fmt: skip


def _new_permissions(data: bytes) -> str:
    """struct ipc64_perm, of which IPC_SET takes a part."""
    given = Ipc64Perm.unpack(data)
    return structure(uid=given.uid, gid=given.gid, mode=_mode(given.mode))


def _mode(mode: int) -> str:
    return f"0{mode:o}" if mode else "0"


def _long(low: int, high: int) -> int:
    return signed(low | high << 32, 64)


def _controlled(call: Call, value: int, command: int, told: _Layouts, given: _Layouts) -> str:
    """The argument of a command: what it has stored is shown when the call returns, what it takes at once."""
    if command in told and call.result is None:
        return LATER
    layout = given.get(command) or (None if call.has_failed else told.get(command))
    data = call.all(value, layout[0].SIZE) if layout is not None and value else None
    return address(value) if layout is None or data is None else layout[1](data)


# --- semaphores -------------------------------------------------------------------------------------------------


def semaphore_operations(call: Call, value: int, index: int) -> str:
    """The operations of semop."""
    count, shown = call.values[index + 1], list[str]()
    for number in range(min(count, call.limit)):
        data = call.all(value + Sembuf.SIZE * number, Sembuf.SIZE)
        if data is None:
            return listed([*shown, f"{value + Sembuf.SIZE * number:#x}"]) if shown else address(value)
        told = Sembuf.unpack(data)
        shown.append(structure(**(told.named() | {"sem_flg": flags(told.sem_flg, names.SEMAPHORE_OPERATION, "SEM")})))
    return listed([*shown, "..."] if count > call.limit else shown)


def semaphore_command(call: Call, value: int, index: int) -> str:
    """The command of semctl."""
    return choice(signed(value), _SEMAPHORE_COMMANDS, "SEM")


_SEMAPHORE_COMMANDS = names.named(SemaphoreCommand)


def _set(data: bytes) -> str:
    """struct semid64_ds."""
    told = Semid64Ds.unpack(data)
    return structure(
        sem_perm=_permissions(told.sem_perm), sem_otime=_long(told.sem_otime, told.sem_otime_high),
        sem_ctime=_long(told.sem_ctime, told.sem_ctime_high), sem_nsems=told.sem_nsems,
    )  # fmt: skip


def _new_owner_of_set(data: bytes) -> str:
    """struct semid64_ds, of which IPC_SET takes a part."""
    return structure(sem_perm=_new_permissions(Semid64Ds.unpack(data).sem_perm))


def _limits_of_sets(data: bytes) -> str:
    """struct seminfo."""
    return structure(**Seminfo.unpack(data).named())


_SETS_TOLD: _Layouts = {
    SemaphoreCommand.IPC_INFO: (Seminfo, _limits_of_sets),
    SemaphoreCommand.SEM_INFO: (Seminfo, _limits_of_sets),
    SemaphoreCommand.IPC_STAT: (Semid64Ds, _set),
    SemaphoreCommand.SEM_STAT: (Semid64Ds, _set),
    SemaphoreCommand.SEM_STAT_ANY: (Semid64Ds, _set),
}
_SETS_GIVEN: _Layouts = {SemaphoreCommand.IPC_SET: (Semid64Ds, _new_owner_of_set)}


def semaphore_argument(call: Call, value: int, index: int) -> str:
    """The argument of semctl's command."""
    return _controlled(call, value, signed(call.values[index - 1]), _SETS_TOLD, _SETS_GIVEN)


# --- shared memory ----------------------------------------------------------------------------------------------


def making_memory(call: Call, value: int, index: int) -> str:
    """Flags, and the permissions of new shared memory."""
    return _making(value, names.MEMORY_MAKING, "SHM")


def memory_command(call: Call, value: int, index: int) -> str:
    """The command of shmctl."""
    return choice(signed(value), _MEMORY_COMMANDS, "SHM")


_MEMORY_COMMANDS = names.named(MemoryCommand)


def _memory(data: bytes) -> str:
    """struct shmid64_ds."""
    told = Shmid64Ds.unpack(data)
    return structure(
        shm_perm=_permissions(told.shm_perm), shm_segsz=told.shm_segsz, shm_cpid=told.shm_cpid, shm_lpid=told.shm_lpid,
        shm_nattch=told.shm_nattch, shm_atime=_long(told.shm_atime, told.shm_atime_high),
        shm_dtime=_long(told.shm_dtime, told.shm_dtime_high), shm_ctime=_long(told.shm_ctime, told.shm_ctime_high),
    )  # fmt: skip


def _new_owner_of_memory(data: bytes) -> str:
    """struct shmid64_ds, of which IPC_SET takes a part."""
    return structure(shm_perm=_new_permissions(Shmid64Ds.unpack(data).shm_perm))


def _limits_of_memory(data: bytes) -> str:
    """struct shminfo64."""
    return structure(**Shminfo64.unpack(data).named())


def _usage_of_memory(data: bytes) -> str:
    """struct shm_info."""
    return structure(**ShmInfo.unpack(data).named())


_MEMORY_TOLD: _Layouts = {
    MemoryCommand.IPC_INFO: (Shminfo64, _limits_of_memory),
    MemoryCommand.SHM_INFO: (ShmInfo, _usage_of_memory),
    MemoryCommand.IPC_STAT: (Shmid64Ds, _memory),
    MemoryCommand.SHM_STAT: (Shmid64Ds, _memory),
    MemoryCommand.SHM_STAT_ANY: (Shmid64Ds, _memory),
}
_MEMORY_GIVEN: _Layouts = {MemoryCommand.IPC_SET: (Shmid64Ds, _new_owner_of_memory)}


def memory_argument(call: Call, value: int, index: int) -> str:
    """The argument of shmctl's command."""
    return _controlled(call, value, signed(call.values[index - 1]), _MEMORY_TOLD, _MEMORY_GIVEN)


# --- messages ---------------------------------------------------------------------------------------------------


def message_sent(call: Call, value: int, index: int) -> str:
    """struct msgbuf, with as many bytes as there is room for."""
    size = call.values[index + 1]
    kind, text = call.all(value, WORD.size), call.some(value + WORD.size, min(size, call.limit))
    if kind is None or (not text and size and call.limit):
        return address(value)
    return structure(mtype=signed(word(kind)), mtext=quote(text, call.limit, is_cut=size > call.limit))


def message_received(call: Call, value: int, index: int) -> str:
    """struct msgbuf, when a message was received."""
    return address(value) if call.has_failed else message_sent(call, value, index)


def message_command(call: Call, value: int, index: int) -> str:
    """The command of msgctl."""
    return choice(signed(value), _MESSAGE_COMMANDS, "MSG")


_MESSAGE_COMMANDS = names.named(MessageCommand)


def _queue(data: bytes) -> str:
    """struct msqid64_ds."""
    told = Msqid64Ds.unpack(data)
    return structure(
        msg_perm=_permissions(told.msg_perm), msg_stime=_long(told.msg_stime, told.msg_stime_high),
        msg_rtime=_long(told.msg_rtime, told.msg_rtime_high), msg_ctime=_long(told.msg_ctime, told.msg_ctime_high),
        msg_qnum=told.msg_qnum, msg_qbytes=told.msg_qbytes, msg_lspid=told.msg_lspid, msg_lrpid=told.msg_lrpid,
    )  # fmt: skip


def _new_owner_of_queue(data: bytes) -> str:
    """struct msqid64_ds, of which IPC_SET takes a part."""
    given = Msqid64Ds.unpack(data)
    return structure(msg_perm=_new_permissions(given.msg_perm), msg_qbytes=given.msg_qbytes)


def _limits_of_queues(data: bytes) -> str:
    """struct msginfo."""
    return structure(**Msginfo.unpack(data).named())


_QUEUES_TOLD: _Layouts = {
    MessageCommand.IPC_INFO: (Msginfo, _limits_of_queues),
    MessageCommand.MSG_INFO: (Msginfo, _limits_of_queues),
    MessageCommand.IPC_STAT: (Msqid64Ds, _queue),
    MessageCommand.MSG_STAT: (Msqid64Ds, _queue),
    MessageCommand.MSG_STAT_ANY: (Msqid64Ds, _queue),
}
_QUEUES_GIVEN: _Layouts = {MessageCommand.IPC_SET: (Msqid64Ds, _new_owner_of_queue)}


def message_argument(call: Call, value: int, index: int) -> str:
    """The argument of msgctl's command."""
    return _controlled(call, value, signed(call.values[index - 1]), _QUEUES_TOLD, _QUEUES_GIVEN)


# --- POSIX message queues ---------------------------------------------------------------------------------------


def queue_attributes(call: Call, value: int, index: int) -> str:
    """struct mq_attr."""
    data = None if not value or call.has_failed else call.all(value, MqAttr.SIZE)
    if data is None:
        return address(value)
    told = MqAttr.unpack(data)
    return structure(**(told.named() | {"mq_flags": flags(told.mq_flags & 0xFFFF_FFFF, names.OPEN, "O")}))


def new_queue(call: Call, value: int, index: int) -> str | None:
    """struct mq_attr of mq_open, of which nothing is shown unless a queue may be made."""
    return queue_attributes(call, value, index) if call.values[index - 2] & OpenFlag.O_CREAT else None
