"""System V IPC: numbers and structures (linux/ipc.h, sem.h, shm.h, msg.h; sysvipc(7)).

Structures are those that riscv32 has, with times of 64 bits in two words, and fields named as in C. Commands bear no
IPC_64: riscv32 has no older structures from which it would tell them.
"""

from __future__ import annotations

from enum import IntEnum, IntFlag
from typing import Annotated

from vm.abi.layout import Structure, s16, s32, u16, u32
from vm.enums import quick

IPC_PRIVATE = 0
"""The key of an object that no other key leads to."""
IPC_CREAT, IPC_EXCL, IPC_NOWAIT = 0o1000, 0o2000, 0o4000
"""Flags of the calls that find or make an object, and of those that would wait."""
IPC_MNI = 1 << 15
"""Identifiers are this times a sequence number, and an index below it."""
IPC_MIN_CYCLE = 64
"""Indices that are used in turn at least, before one that is free is used again."""
IPC_SEQUENCES = (1 << 31) // IPC_MNI - 1
"""Sequence numbers there are, before they begin at 0 again."""


class Ipc64Perm(Structure, size=36):
    """``struct ipc64_perm`` (asm-generic/ipcbuf.h): whose an object is, and who may use it."""

    key: s32
    uid: u32
    gid: u32
    cuid: u32
    cgid: u32
    mode: u32
    seq: u16


# --- semaphores -------------------------------------------------------------------------------------------------


@quick
class SemaphoreCommand(IntEnum):
    """Commands of semctl(2)."""

    IPC_RMID = 0
    IPC_SET = 1
    IPC_STAT = 2
    IPC_INFO = 3
    GETPID = 11
    GETVAL = 12
    GETALL = 13
    GETNCNT = 14
    GETZCNT = 15
    SETVAL = 16
    SETALL = 17
    SEM_STAT = 18
    SEM_INFO = 19
    SEM_STAT_ANY = 20


SEM_UNDO = 0x1000
"""Flag of semop(2): what is done is undone when the process ends."""
SEMMNI = 32000
"""Sets there may be."""
SEMMSL = 32000
"""Semaphores of a set."""
SEMMNS = 1 << 20
"""Semaphores of all sets: Linux has no such limit, but the memory that they take."""
SEMOPM = 500
"""Operations of one call."""
SEMVMX = 32767
"""The highest value of a semaphore."""
SEMAEM = SEMVMX
"""The most that is undone of one semaphore."""
SEMUSZ = 20
"""Bytes that Linux says an undo structure takes."""


class Sembuf(Structure):
    """``struct sembuf`` (linux/sem.h): one operation."""

    sem_num: u16
    sem_op: s16
    sem_flg: u16


class Semid64Ds(Structure, size=64):
    """``struct semid64_ds`` (asm-generic/sembuf.h)."""

    sem_perm: Annotated[bytes, "36s"]
    sem_otime: u32
    sem_otime_high: u32
    sem_ctime: u32
    sem_ctime_high: u32
    sem_nsems: u32


class Seminfo(Structure):
    """``struct seminfo`` (linux/sem.h): limits, and with SEM_INFO how many sets and semaphores there are."""

    semmap: s32
    semmni: s32
    semmns: s32
    semmnu: s32
    semmsl: s32
    semopm: s32
    semume: s32
    semusz: s32
    semvmx: s32
    semaem: s32


# --- shared memory ----------------------------------------------------------------------------------------------


@quick
class MemoryCommand(IntEnum):
    """Commands of shmctl(2)."""

    IPC_RMID = 0
    IPC_SET = 1
    IPC_STAT = 2
    IPC_INFO = 3
    SHM_LOCK = 11
    SHM_UNLOCK = 12
    SHM_STAT = 13
    SHM_INFO = 14
    SHM_STAT_ANY = 15


@quick
class AttachFlag(IntFlag):
    """Flags of shmat(2)."""

    SHM_RDONLY = 0o10000
    SHM_RND = 0o20000
    SHM_REMAP = 0o40000
    SHM_EXEC = 0o100000


SHM_HUGETLB = 0o4000
"""Flag of shmget(2): in huge pages, of which there are none."""
SHM_DEST, SHM_LOCKED = 0o1000, 0o2000
"""Bits of the mode of shared memory that will be removed at its last detach, and that is locked."""
SHMMNI = 4096
"""Objects of shared memory there may be."""
SHMMIN = 1
"""Bytes of one, at least."""
SHMMAX = SHMALL = 0xFFFF_FFFF - (1 << 24)
"""Bytes of one, and pages of all, at most."""


class Shmid64Ds(Structure, size=84):
    """``struct shmid64_ds`` (asm-generic/shmbuf.h)."""

    shm_perm: Annotated[bytes, "36s"]
    shm_segsz: u32
    shm_atime: u32
    shm_atime_high: u32
    shm_dtime: u32
    shm_dtime_high: u32
    shm_ctime: u32
    shm_ctime_high: u32
    shm_cpid: s32
    shm_lpid: s32
    shm_nattch: u32


class Shminfo64(Structure, size=36):
    """``struct shminfo64`` (asm-generic/shmbuf.h): limits."""

    shmmax: u32
    shmmin: u32
    shmmni: u32
    shmseg: u32
    shmall: u32


class ShmInfo(Structure):
    """``struct shm_info`` (linux/shm.h): what there is, in pages."""

    used_ids: s32
    shm_tot: u32
    shm_rss: u32
    shm_swp: u32
    swap_attempts: u32
    swap_successes: u32


# --- messages ---------------------------------------------------------------------------------------------------


@quick
class MessageCommand(IntEnum):
    """Commands of msgctl(2)."""

    IPC_RMID = 0
    IPC_SET = 1
    IPC_STAT = 2
    IPC_INFO = 3
    MSG_STAT = 11
    MSG_INFO = 12
    MSG_STAT_ANY = 13


@quick
class MessageFlag(IntFlag):
    """Flags of msgrcv(2), beside IPC_NOWAIT."""

    MSG_NOERROR = 0o10000
    MSG_EXCEPT = 0o20000
    MSG_COPY = 0o40000


MSGMNI = 32000
"""Queues there may be."""
MSGMAX = 8192
"""Bytes of a message."""
MSGMNB = 16384
"""Bytes of the messages of a queue, and messages, unless root allows more."""
MSGPOOL, MSGSSZ, MSGSEG = MSGMNI * MSGMNB // 1024, 16, 0xFFFF
"""What Linux says of its memory for messages: kilobytes, bytes of a piece, and pieces."""


class Msqid64Ds(Structure, size=88):
    """``struct msqid64_ds`` (asm-generic/msgbuf.h)."""

    msg_perm: Annotated[bytes, "36s"]
    msg_stime: u32
    msg_stime_high: u32
    msg_rtime: u32
    msg_rtime_high: u32
    msg_ctime: u32
    msg_ctime_high: u32
    msg_cbytes: u32
    msg_qnum: u32
    msg_qbytes: u32
    msg_lspid: s32
    msg_lrpid: s32


class Msginfo(Structure, size=32):
    """``struct msginfo`` (linux/msg.h): limits, and with MSG_INFO how many queues, messages and bytes there are."""

    msgpool: s32
    msgmap: s32
    msgmax: s32
    msgmnb: s32
    msgmni: s32
    msgssz: s32
    msgtql: s32
    msgseg: u16
