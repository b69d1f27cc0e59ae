"""Files that a copied machine has mapped are held, and let go of, as in the machine it was copied from."""

from __future__ import annotations

from pathlib import Path

from tests.kernel.guest import boot
from vm import events
from vm.run import Run

MAPPED = """
_start: li a0, -100
        la a1, path
        li a2, 0102
        li a3, 0600
        sys openat
        mv s0, a0
        mv a0, s0
        la a1, path
        li a2, 5
        sys write
        li a0, 0
        li a1, 0x3000
        li a2, 3
        li a3, 2
        mv a4, s0
        li a5, 0
        sys mmap2
        mv s1, a0
        mv a0, s0
        sys close
        li a0, -100
        la a1, path
        li a2, 0
        sys unlinkat
        lui t0, 1
        add a0, s1, t0
        mv a1, t0
        sys munmap
        sys fork
        bnez a0, 1f
        mv a0, s1
        lui a1, 1
        sys munmap
        exit 0
1:      li a0, -1
        li a1, 0
        li a2, 0
        li a3, 0
        sys wait4
        lui a1, 3
        mv a0, s1
        sys munmap
        sys getpid
        exit 0
        .data
path:   .asciz "/tmp/f"
"""


def room_at_each_call(run: Run) -> list[int]:
    """Bytes that files take when each call returns, from here on; the run comes to its end."""
    used: list[int] = []
    run.subscribe(events.CallReturned, lambda event: used.append(run.kernel.world.room.used))
    assert run.finish().status == 0
    return [*used, run.kernel.world.room.used]


def test_an_unlinked_file_is_there_as_long_as_it_is_mapped(tmp_path: Path) -> None:
    """Through parts of its mapping, and those of a child, and no longer: no garbage has to be collected for that."""
    at_start = boot(tmp_path, MAPPED).kernel.world.room.used
    used = room_at_each_call(boot(tmp_path, MAPPED))
    *before, after_wait, after_unmapping, after_getpid, after_exit, at_end = used
    assert after_unmapping == after_getpid == after_exit == at_end == at_start
    assert min(before) > at_start
    assert after_wait > at_start


def test_a_copied_machine_holds_and_gives_back_what_is_mapped(tmp_path: Path) -> None:
    expected = room_at_each_call(boot(tmp_path, MAPPED))
    run = boot(tmp_path, MAPPED)
    for number in range(1, 13):
        run.advance(events.CallReturned)
        assert room_at_each_call(run.copy()) == expected[number:], f"copied at call {number}"
    assert room_at_each_call(run) == expected[12:]
