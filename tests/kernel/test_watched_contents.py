"""What the kernel and other processes do to watched memory is told, and what nobody does is not."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.kernel.guest import boot
from vm import events
from vm.abi import CALL_NAMES
from vm.cpu.state import CHANGES, READS, WRITES
from vm.kernel.contents import Contents
from vm.kernel.pausing import Ending
from vm.kernel.stops import KINDS, Watchpoint

BUFFER = 0x6000_0000
START = """
_start: li s0, 0x60000000       # BUFFER
        call map
"""
MAP = """
map:    li a0, 0x60000000
        li a1, 0x2000
        li a2, 3
        li a3, {flags}
        li a4, -1
        li a5, 0
        sys mmap2
        ret
"""
PRIVATE, SHARED = MAP.format(flags=0x32), MAP.format(flags=0x31)
READ = """
        li a0, 0
        addi a1, s0, 2
        li a2, 4
        sys read
"""
WRITE = """
        li a0, 1
        addi a1, s0, 2
        li a2, 1
        sys write
"""
UNMAP = """
        mv a0, s0
        li a1, 0x1000
        sys munmap
"""
STORE_IN_CHILD = """
        {call}
        bnez a0, 1f
        li t0, 7
        sb t0, 3(s0)
        sys getpid
        exit 0
1:      li a0, -1
        li a1, 0
        li a2, 0
        li a3, 0
        sys wait4
"""
FORK, VFORK = (STORE_IN_CHILD.format(call=f"sys {name}") for name in ("fork", "vfork"))
EXECUTE = """
        la a0, path
        la a1, arguments
        li a2, 0
        sys execve
        .data
path:   .asciz "/other.s"
        .balign 4
arguments: .word path, 0
"""
SIGNAL = """
        la t0, handler
        sw t0, 0(sp)
        sw zero, 4(sp)
        sw zero, 8(sp)
        sw zero, 12(sp)
        li a0, 10
        mv a1, sp
        li a2, 0
        li a3, 8
        sys rt_sigaction
        addi sp, s0, 1024
        li a0, 2
        li a1, 10
        sys kill
handler: sys getpid
"""
END = """
        exit 0
"""


def told(root: Path, source: str, watchpoint: Watchpoint, data: bytes = b"") -> list[tuple[str, int, int]]:
    """What is told behind a guest's calls about a watchpoint: (call, kinds, which byte of it)."""
    run = boot(root, source, input=data)
    found = []
    with Contents(run.kernel.processes, {2: (watchpoint,)}) as contents:
        while not isinstance(pause := run.advance(events.CallReturned), Ending):
            event: Any = pause.event
            name = CALL_NAMES[event.call_number]
            found += [(name, each.kinds, each.address - watchpoint.address) for each in contents.changes()]
    assert run.finish().status == 0
    assert all(process.space is None or process.space.transfer_observer is None for process in run.kernel.processes)
    return found


def test_a_call_that_writes_is_told_by_the_bytes_it_has_changed(tmp_path: Path) -> None:
    source, data = START + READ + READ + READ + END + PRIVATE, b"abcdabcdabxd"
    assert told(tmp_path, source, Watchpoint(BUFFER, 8, CHANGES), data) == [
        ("mmap2", CHANGES, 0),
        ("read", CHANGES, 2),
        ("read", CHANGES, 4),
    ]


def test_a_call_that_writes_the_same_is_told_where_writes_are_watched(tmp_path: Path) -> None:
    source, data = START + READ + READ + END + PRIVATE, b"abcdabcd"
    assert told(tmp_path, source, Watchpoint(BUFFER + 3, 1, WRITES), data)[1:] == [("read", WRITES, 0)] * 2
    assert told(tmp_path, source, Watchpoint(BUFFER + 6, 9, KINDS), data)[1:] == []
    assert told(tmp_path, source, Watchpoint(BUFFER + 4, 9, KINDS), data)[1:] == [
        ("read", WRITES | CHANGES, 0),
        ("read", WRITES, 0),
    ]


def test_a_call_that_reads_is_told_where_reads_are_watched(tmp_path: Path) -> None:
    source = START + WRITE + END + PRIVATE
    assert told(tmp_path, source, Watchpoint(BUFFER, 8, READS | WRITES))[1:] == [("write", READS, 2)]
    assert told(tmp_path, source, Watchpoint(BUFFER + 3, 8, READS)) == []


def test_memory_that_is_no_longer_there_has_changed(tmp_path: Path) -> None:
    source = START + READ + UNMAP + END + PRIVATE
    watchpoint = Watchpoint(BUFFER + 4094, 4, CHANGES)
    assert told(tmp_path, source, watchpoint, b"abcd")[1:] == [("munmap", CHANGES, 0)]


def test_the_first_frame_of_a_page_is_no_change(tmp_path: Path) -> None:
    source = START + "lw t0, 0(s0)\n sys getpid\n sb zero, 0(s0)\n sys getpid\n" + END + PRIVATE
    assert told(tmp_path, source, Watchpoint(BUFFER, 8, CHANGES))[1:] == []


@pytest.mark.parametrize(
    ("fork", "mapping", "is_seen"), [(FORK, SHARED, True), (VFORK, PRIVATE, True), (FORK, PRIVATE, False)]
)
def test_what_another_process_stores_is_told_if_it_is_shared(
    tmp_path: Path, fork: str, mapping: str, is_seen: bool
) -> None:
    found = told(tmp_path, START + fork + END + mapping, Watchpoint(BUFFER, 8, CHANGES))[1:]
    assert found == ([("getpid", CHANGES, 3)] if is_seen else [])


def test_a_program_that_is_executed_has_other_memory(tmp_path: Path) -> None:
    (tmp_path / "other.s").write_text(".globl _start\n_start: li a7, 93\n li a0, 0\n ecall\n")
    source = START + READ + "j 1f\n" + PRIVATE + "1:" + EXECUTE
    found = told(tmp_path, source, Watchpoint(BUFFER, 8, KINDS), b"abcd")
    assert found[1:] == [("read", WRITES | CHANGES, 2), ("execve", WRITES | CHANGES, 0)]


def test_the_frame_of_a_signal_is_told(tmp_path: Path) -> None:
    found = told(tmp_path, START + SIGNAL + END + PRIVATE, Watchpoint(BUFFER, 1024, WRITES))
    assert [(name, kinds) for name, kinds, _ in found[1:]] == [("getpid", WRITES)]


def test_nothing_is_looked_at_where_nothing_is_watched(tmp_path: Path) -> None:
    run = boot(tmp_path, START + END + PRIVATE)
    with Contents(run.kernel.processes, {}) as contents:
        run.finish()
        assert contents.changes() == []
