"""Calls of System V IPC as strace(1) shows them on the host; the lines were taken from there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.kernel.guest import boot
from vm.observe.strace import Tracer

SEMAPHORES = """
semget 0 3 01600
semget 0x1234 3 0
semget 0x1234 1 0123777
semctl 0 0 16 5
semctl 0 0 12 0
semctl 0 0 2 told
semctl 0 0 1 told
semctl 0 0 19 told
semctl 0 0 99 0
semop 0 operations 2
semop 0 operations 0
semop 0 0 1
semtimedop_time64 0 later 1 time
semctl 0 0 0 0
"""
SEMAPHORE_LINES = """\
semget(IPC_PRIVATE, 3, IPC_CREAT|0600) = 0
semget(0x1234, 3, 000) = -1 ENOENT (No such file or directory)
semget(0x1234, 1, IPC_CREAT|IPC_EXCL|0xa000|0777) = 1
semctl(0, 0, SETVAL, 0x5) = 0
semctl(0, 0, GETVAL, NULL) = 5
semctl(0, 0, IPC_STAT, {sem_perm={uid=1000, gid=1000, mode=0600, key=0, cuid=1000, cgid=1000}, sem_otime=0, \
sem_ctime=0, sem_nsems=3}) = 0
semctl(0, 0, IPC_SET, {sem_perm={uid=1000, gid=1000, mode=0600}}) = 0
semctl(0, 0, SEM_INFO, {semmap=1048576, semmni=32000, semmns=1048576, semmnu=1048576, semmsl=32000, semopm=500, \
semume=500, semusz=2, semvmx=32767, semaem=4}) = 1
semctl(0, 0, 0x63 /* SEM_??? */, NULL) = -1 EINVAL (Invalid argument)
semop(0, [{sem_num=0, sem_op=-1, sem_flg=SEM_UNDO|IPC_NOWAIT}, {sem_num=1, sem_op=1, sem_flg=0}], 2) = 0
semop(0, [], 0) = -1 EINVAL (Invalid argument)
semop(0, NULL, 1) = -1 EFAULT (Bad address)
semtimedop_time64(0, [{sem_num=0, sem_op=-9, sem_flg=0x100 /* SEM_??? */}], 1, {tv_sec=0, tv_nsec=1000}) = -1 EAGAIN \
(Resource temporarily unavailable)
semctl(0, 0, IPC_RMID, NULL) = 0
"""


MEMORY = """
shmget 0 10000 015600
shmget 0 10000 011600
shmget 0x37 10000 0
shmat 0 0 030000
shmat 0 5 0140000
shmctl 0 2 told
shmctl 0 1 told
shmctl 0 3 told
shmctl 0 14 told
shmctl 0 11 0
shmctl 0 0 0
"""
MEMORY_LINES = """\
shmget(IPC_PRIVATE, 10000, IPC_CREAT|SHM_HUGETLB|SHM_NORESERVE|0600) = -1 ENOMEM (Cannot allocate memory)
shmget(IPC_PRIVATE, 10000, IPC_CREAT|SHM_NORESERVE|0600) = 0
shmget(0x37, 10000, 000) = -1 ENOENT (No such file or directory)
shmat(0, NULL, SHM_RDONLY|SHM_RND) = 0x7f6fd000
shmat(0, 0x5, SHM_REMAP|SHM_EXEC) = -1 EINVAL (Invalid argument)
shmctl(0, IPC_STAT, {shm_perm={uid=1000, gid=1000, mode=0600, key=0, cuid=1000, cgid=1000}, shm_segsz=10000, \
shm_cpid=2, shm_lpid=2, shm_nattch=1, shm_atime=0, shm_dtime=0, shm_ctime=0}) = 0
shmctl(0, IPC_SET, {shm_perm={uid=1000, gid=1000, mode=0600}}) = 0
shmctl(0, IPC_INFO, {shmmax=4278190079, shmmin=1, shmmni=4096, shmseg=4096, shmall=4278190079}) = 0
shmctl(0, SHM_INFO, {used_ids=1, shm_tot=3, shm_rss=0, shm_swp=0, swap_attempts=0, swap_successes=0}) = 0
shmctl(0, SHM_LOCK, NULL) = 0
shmctl(0, IPC_RMID, NULL) = 0
"""
MESSAGES = """
msgget 0 01600
msgget 0x44 0
msgsnd 0 message 5 0
msgsnd 0 message 9000 04000
msgctl 0 2 told
msgctl 0 1 told
msgctl 0 12 told
msgrcv 0 message 5 -3 034400
msgrcv 0 message 50 3 04000
msgrcv 0 message 50 0 044000
msgctl 0 0 0
"""
MESSAGE_LINES = """\
msgget(IPC_PRIVATE, IPC_CREAT|0600) = 0
msgget(0x44, 000) = -1 ENOENT (No such file or directory)
msgsnd(0, {mtype=3, mtext="hello"}, 5, 0) = 0
msgsnd(0, {mtype=3, mtext="hello\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0\\0"..\
.}, 9000, \
IPC_NOWAIT) = -1 EINVAL (Invalid argument)
msgctl(0, IPC_STAT, {msg_perm={uid=1000, gid=1000, mode=0600, key=0, cuid=1000, cgid=1000}, msg_stime=0, msg_rtime=0, \
msg_ctime=0, msg_qnum=1, msg_qbytes=16384, msg_lspid=2, msg_lrpid=0}) = 0
msgctl(0, IPC_SET, {msg_perm={uid=1000, gid=1000, mode=0600}, msg_qbytes=16384}) = 0
msgctl(0, MSG_INFO, {msgpool=1, msgmap=1, msgmax=8192, msgmnb=16384, msgmni=32000, msgssz=16, msgtql=5, msgseg=65535}) \
= 0
msgrcv(0, {mtype=3, mtext="hello"}, 5, -3, MSG_NOERROR|MSG_EXCEPT|IPC_NOWAIT|0x100) = 5
msgrcv(0, ADDRESS, 50, 3, IPC_NOWAIT) = -1 ENOMSG (No message of desired type)
msgrcv(0, ADDRESS, 50, 0, MSG_COPY|IPC_NOWAIT) = -1 ENOMSG (No message of desired type)
msgctl(0, IPC_RMID, NULL) = 0
"""
QUEUES = """
mq_open name 04302 0600 attributes
mq_open name 0 0 0
mq_open name 0100 0600 0
mq_timedsend_time64 3 text 5 7 0
mq_timedsend_time64 3 text 2 1 time
mq_timedreceive_time64 3 told 64 priority 0
mq_timedreceive_time64 3 told 10 0 time
mq_notify 3 event
mq_notify 3 0
mq_getsetattr 3 attributes told
mq_unlink name
mq_unlink name
"""
QUEUE_LINES = """\
mq_open("queue", O_RDWR|O_CREAT|O_EXCL|O_NONBLOCK, 0600, {mq_flags=0, mq_maxmsg=4, mq_msgsize=64, mq_curmsgs=0}) = 3
mq_open("queue", O_RDONLY) = 4
mq_open("queue", O_RDONLY|O_CREAT, 0600, NULL) = 5
mq_timedsend_time64(3, "hello", 5, 7, NULL) = 0
mq_timedsend_time64(3, "he", 2, 1, {tv_sec=0, tv_nsec=1000}) = 0
mq_timedreceive_time64(3, "hello", 64, [7], NULL) = 5
mq_timedreceive_time64(3, ADDRESS, 10, NULL, {tv_sec=0, tv_nsec=1000}) = -1 EMSGSIZE (Message too long)
mq_notify(3, {sigev_value={sival_int=5, sival_ptr=0x5}, sigev_signo=SIGUSR1, sigev_notify=SIGEV_SIGNAL}) = 0
mq_notify(3, NULL) = 0
mq_getsetattr(3, {mq_flags=0, mq_maxmsg=4, mq_msgsize=64, mq_curmsgs=0}, {mq_flags=O_NONBLOCK, mq_maxmsg=4, \
mq_msgsize=64, mq_curmsgs=1}) = 0
mq_unlink("queue") = 0
mq_unlink("queue") = -1 ENOENT (No such file or directory)
"""
DATA = """
        .data
told:   .space 128
operations:
        .half 0, -1, 0x1800, 1, 1, 0
later:  .half 0, -9, 0x100
        .balign 8
time:   .word 0, 0, 1000, 0
message:
        .word 3
        .string "hello"
        .space 64
name:   .string "queue"
text:   .string "hello"
        .balign 4
attributes:
        .word 0, 4, 64, 0, 0, 0, 0, 0
priority:
        .word 0
event:  .word 5, 10, 0
        .space 52
"""


def program(calls: str) -> str:
    """Makes calls one after the other: a name a line, and its arguments, numbers or places in the data."""
    code = "_start:\n"
    for line in calls.split("\n"):
        name, *arguments = line.split() or [""]
        for number, argument in enumerate(arguments):
            code += f"    {'li' if argument[0].isdigit() or argument[0] == '-' else 'la'} a{number}, {argument}\n"
        code += f"    sys {name}\n" * bool(name)
    return code + "    exit 0\n" + DATA


@pytest.mark.parametrize(
    ("calls", "expected"),
    [
        pytest.param(SEMAPHORES, SEMAPHORE_LINES, id="semaphores"),
        pytest.param(MEMORY, MEMORY_LINES, id="memory"),
        pytest.param(MESSAGES, MESSAGE_LINES, id="messages"),
        pytest.param(QUEUES, QUEUE_LINES, id="queues"),
    ],
)
def test_lines(calls: str, expected: str, tmp_path: Path) -> None:
    run = boot(tmp_path, program(calls), epoch=0)
    lines: list[str] = []
    Tracer(run.kernel, lines.append)
    result = run.finish()
    assert result.status == 0, (result.message, lines)
    made = tuple({line.split()[0] for line in calls.split("\n") if line})
    shown = [
        re.sub(r"((msgrcv|mq_timedreceive_time64)\(\d, )0x\w+", r"\1ADDRESS", line.removeprefix("[pid 2] "))
        for line in lines
    ]
    assert [line for line in shown if line.startswith(made)] == expected.splitlines()
