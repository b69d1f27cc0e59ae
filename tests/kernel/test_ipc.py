"""Objects of IPC as a part of a machine's state: copied, named, bounded, and left behind by those who made them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.kernel.guest import boot
from vm.abi import QUEUE_BYTES_LIMIT, Errno
from vm.abi.ipc import MSGMNB, SEMMNI, SEMMNS, SEMMSL, SHMMNI
from vm.abi.layout import words
from vm.kernel.files.vfs import Directory, File
from vm.kernel.files.vfs.inodes import ROOT
from vm.kernel.ipc.mqueues import PosixQueues
from vm.kernel.ipc.reports import REPORTS
from vm.kernel.ipc.semaphores import UNDONE_IN_ALL, Semaphores
from vm.kernel.ipc.storage import HEADER, STORED_IN_ALL, MessageStorage
from vm.kernel.pausing import Pause
from vm.run import Run

LEAVES_MEMORY = """
_start:
        li a0, 0
        li a1, 20000
        li a2, 01600
        sys shmget
        mv s0, a0
        li a1, 0
        li a2, 0
        sys shmat
        li t0, 77
        sw t0, 0(a0)
        sw t0, 8(a0)
        exit 0
"""


def test_memory_that_was_left_stays_committed_and_is_copied(tmp_path: Path) -> None:
    run = boot(tmp_path, LEAVES_MEMORY)
    run.finish()
    memory = run.kernel.memory
    assert memory.committed == len(memory.machine_frames) + 5
    assert memory.used == len(memory.machine_frames) + 1
    assert run.copy().digest() == run.digest()


WAITS = """
_start:
        li a0, 0                    # two semaphores, shared memory, and who waits
        li a1, 2
        li a2, 01600
        sys semget
        li a0, 0
        li a1, 4096
        li a2, 01600
        sys shmget
        li a1, 0
        li a2, 0
        sys shmat
        mv s1, a0
        sys fork
        beqz a0, child
        sys fork
        beqz a0, child
        la a1, undone               # the parent gives one after the other, and undoes the last at its end
        li a0, 0
        li a2, 1
        sys semop
        li a0, 0
        la a1, up
        li a2, 2
        sys semop
        li a0, -1
        li a1, 0
        li a2, 0
        li a3, 0
        sys wait4
        exit 0
child:  li a0, 0
        la a1, down
        li a2, 2
        sys semop
        lw t0, 0(s1)
        addi t0, t0, 1
        sw t0, 0(s1)
        exit 0
        .data
down:   .half 0, -1, 0, 1, -1, 0x1000
up:     .half 0, 1, 0, 1, 2, 0
undone: .half 0, 1, 0x1000
"""


SENDS = """
_start: li a0, 0                    # two receivers, two senders, and queues with room for one message
        li a1, 01600
        sys msgget
        la a0, name
        li a1, 0102                 # O_RDWR | O_CREAT
        li a2, 0600
        la a3, attributes
        sys mq_open
        sys fork
        beqz a0, receives
        sys fork
        beqz a0, receives
        li s1, 2
1:      li a0, 0
        la a1, typed
        li a2, 5
        li a3, 0
        sys msgsnd
        li a0, 3
        la a1, typed
        li a2, 8
        li a3, 1
        li a4, 0
        sys mq_timedsend_time64
        addi s1, s1, -1
        bgez s1, 1b                 # three of each, two of which are received
        exit 0
receives:
        li a0, 0
        la a1, buffer
        li a2, 16
        li a3, -2
        li a4, 0
        sys msgrcv
        li a0, 3
        la a1, buffer
        li a2, 16
        li a3, 0
        li a4, 0
        sys mq_timedreceive_time64
        exit 0
        .data
name:   .string "queue"
        .balign 4
attributes:
        .word 0, 1, 8, 0, 0, 0, 0, 0
typed:  .word 2
        .string "text"
buffer: .space 32
"""


def ends_alike(run: Run, step: int) -> None:
    """Every copy on the way ends as the original does."""
    names, copies, clock = [], [], 0
    while isinstance(run.advance(clock), Pause):
        copied = run.copy()
        assert copied.digest() == run.digest()
        names.append(run.digest())
        copies.append(copied)
        clock += step
    last = run.digest()
    for copied in copies:
        copied.finish()
        assert copied.digest() == last
    assert len(set(names)) > 8


def test_copies_of_those_who_wait_go_on_alike(tmp_path: Path) -> None:
    ends_alike(boot(tmp_path, WAITS, quantum=5), 3)


def test_copies_of_those_who_send_and_receive_go_on_alike(tmp_path: Path) -> None:
    ends_alike(boot(tmp_path, SENDS, quantum=5), 5)


UNTIL = """
_start: {before}
again:  {call}
        bltz a0, over
        addi s1, s1, 1
        {after}
        j again
over:   neg s0, a0
        la a0, told
        sw s1, 0(a0)
        sw s0, 4(a0)
        mv a1, a0
        li a0, 1
        li a2, 8
        sys write
        exit 0
        .data
told:   .word 0, 0
name:   .word 0x616161, 0
one:    .half 0, 1, 0x1000
typed:  .word 1
        .space 8192
"""
"""Makes a call until it fails, and writes how often that was not so, and the error."""


def fill(folder: Path, call: str, before: str = "", after: str = "", **settings: Any) -> tuple[int, Errno, Run]:
    """How often a call can be made in a row, and why not once more."""
    options = {"instructions": 30_000_000, "seconds": 60, **settings}
    run = boot(folder, UNTIL.format(before=before, call=call, after=after), **options)
    result = run.finish()
    assert result.status == 0, result.message
    count, error = words(result.output)
    return count, Errno(error), run


def test_there_are_so_many_sets_and_no_more(tmp_path: Path) -> None:
    made = "li a0, 0\nli a1, {}\nli a2, 01600\nsys semget"
    count, error, run = fill(tmp_path, made.format(1))
    assert (count, error) == (SEMMNI, Errno.ENOSPC)
    count, error, run = fill(tmp_path, made.format(SEMMSL))
    assert (count, error) == (SEMMNS // SEMMSL, Errno.ENOSPC)
    assert run.kernel.memory.used == len(run.kernel.memory.machine_frames)


def test_only_so_much_is_noted_to_be_undone(tmp_path: Path) -> None:
    """One set that counts in full for each process, of which each waits until all have ended."""
    before = f"li a0, 0\nli a1, {SEMMSL}\nli a2, 01600\nsys semget"
    call = "sys fork\nbnez a0, 1f\nli a0, 0\nla a1, one\nli a2, 1\nsys semop\nbltz a0, over\n2: j 2b\n1:"
    run = boot(tmp_path, UNTIL.format(before=before, call=call, after=""), instructions=500_000, processes=64)
    run.finish()
    semaphores = run.kernel.system.part(Semaphores)
    assert semaphores.noted == UNDONE_IN_ALL // SEMMSL * SEMMSL


def test_shared_memory_is_as_much_as_there_is(tmp_path: Path) -> None:
    made = "li a0, 0\nli a1, {}\nli a2, 01600\nsys shmget"
    count, error, run = fill(tmp_path, made.format(0x7FFF_FFFF), memory=4 << 20)
    assert (count, error) == (0, Errno.ENOMEM)
    count, error, run = fill(tmp_path, made.format(65536), memory=4 << 20)
    assert error is Errno.ENOMEM
    assert run.kernel.memory.committed == count * 16 + len(run.kernel.memory.machine_frames)
    assert run.kernel.memory.count - run.kernel.memory.committed < 64
    count, error, run = fill(tmp_path, made.format(1), memory=64 << 20)
    assert (count, error) == (SHMMNI, Errno.ENOSPC)


def test_attaching_ends_with_the_addresses(tmp_path: Path) -> None:
    before = "li a0, 0\nli a1, 0x400000\nli a2, 01600\nsys shmget"
    call = "li a0, 0\nli a1, 0\nli a2, 0\nsys shmat\nbltz a0, over"
    count, error, _ = fill(tmp_path, call, before, memory=16 << 20)
    assert error is Errno.ENOMEM
    assert 500 < count < 512


def test_messages_take_only_so_much(tmp_path: Path) -> None:
    queue = "li a0, 0\nli a1, 01600\nsys msgget\nbltz a0, over\nmv s2, a0\n"
    sent = "mv a0, s2\nla a1, typed\nli a2, 8192\nli a3, 04000\nsys msgsnd\nbltz a0, over\n"
    count, error, run = fill(tmp_path, queue + sent + sent)
    assert error is Errno.ENOMEM
    assert count == STORED_IN_ALL // (8192 + HEADER) // 2
    again = "li a0, 0\nli a1, 0\nli a2, 0\nsys msgctl"
    count, error, run = fill(tmp_path, "mv a0, s2\nla a1, typed\nli a2, 0\nli a3, 04000\nsys msgsnd", queue)
    assert (count, error) == (MSGMNB, Errno.EAGAIN)
    count, error, run = fill(tmp_path, queue + sent + again, memory=4 << 20, instructions=200_000)
    assert (error, run.kernel.system.part(MessageStorage).taken) == (Errno.EINVAL, 8192 + HEADER)


def test_queues_of_posix_count_for_their_user(tmp_path: Path) -> None:
    opened = "la a0, name\nli a1, 0102\nli a2, 0600\nli a3, 0\nsys mq_open"
    more = "la a1, name\nlw a2, 0(a1)\naddi a2, a2, 1\nsw a2, 0(a1)"
    count, error, _ = fill(tmp_path, opened, after=more)
    assert (count, error) == (QUEUE_BYTES_LIMIT // (10 * 8192 + 480), Errno.EMFILE)
    closed = f"{more}\nsys close\nla a0, name\nlw a1, 0(a0)\naddi a1, a1, -1\nsw a1, 0(a0)\nsys mq_unlink"
    call = f"{opened}\naddi s3, s3, -1\nbltz s3, over"
    run = boot(tmp_path, UNTIL.format(before="li s3, 300", call=call, after=closed))
    run.finish()
    queues = run.kernel.system.part(PosixQueues)
    assert (queues.count, queues.charges) == (1, {1000: 10 * 8192 + 480}), "the last one has its name still"


def test_proc_tells_of_objects_and_limits(tmp_path: Path) -> None:
    run = boot(tmp_path, WAITS, epoch=1000)
    run.finish()
    tree = run.kernel.world.tree

    def read(path: bytes) -> list[str]:
        file = tree.inode(b"/proc/" + path, tree.root, ROOT)
        assert isinstance(file, File)
        return file.content.read(0, 4096).decode().splitlines()

    def files(path: bytes) -> Iterator[bytes]:
        folder = tree.inode(b"/proc/" + path, tree.root, ROOT)
        if not isinstance(folder, Directory):
            yield path
            return
        for name in folder.names():
            yield from files(path + b"/" + name)

    assert {*files(b"sys"), *files(b"sysvipc")} == set(REPORTS)
    assert read(b"sys/kernel/sem") == [f"{SEMMSL}\t{SEMMNS}\t500\t{SEMMNI}"]
    assert read(b"sysvipc/sem")[1:] == [
        "         0          0   600          2  1000  1000  1000  1000       1000       1000"
    ]  # fmt: skip
    [header, line] = read(b"sysvipc/shm")
    assert line == (
        "         0          0   600       4096     2     2      0  1000  1000  1000  1000       1000       1000"
        "       1000       4096          0"
    )
    assert len(header.split()) == len(line.split())
    [header] = read(b"sysvipc/msg")
    for path in ("/proc/sysvipc/msg", "/proc/sysvipc/sem"):
        if Path(path).exists():
            assert Path(path).read_text().splitlines()[0] == read(path.removeprefix("/proc/").encode())[0]
