"""Objects of IPC as a part of a machine's state: copied, named, bounded, and left behind by those who made them."""

from __future__ import annotations

from pathlib import Path

from tests.kernel.guest import boot
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
    assert len(set(names)) > 10


def test_copies_of_those_who_wait_go_on_alike(tmp_path: Path) -> None:
    ends_alike(boot(tmp_path, WAITS, quantum=5), 2)
