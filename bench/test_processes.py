"""What fork, vfork and exec cost the host, by the size of the parent: each result is checked before it is timed.

A guest touches its heap and makes a hundred children one after the other; the figure is the time of one such run. What
the touching costs shows in the rows of vfork, which copies nothing.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from vm.events import Created, Executed
from vm.machine import Machine
from vm.records import Result
from vm.run import Run

CHILDREN = 100

SOURCE = """
# Touches PAGES pages of heap, then makes CHILDREN children that do CHILD, one after the other.
        .equ PAGES, {pages}
        .equ CHILDREN, {children}
        .globl _start
_start: li a0, 0
        li a7, 214              # brk
        ecall
        mv s0, a0
        li t0, PAGES * 4096
        add a0, a0, t0
        ecall
        li t1, PAGES
        li t2, 4096
        beqz t1, 2f
1:      sw t1, (s0)
        add s0, s0, t2
        addi t1, t1, -1
        bnez t1, 1b
2:      li s1, CHILDREN
loop:   li a7, {create}
        ecall
        beqz a0, child
        li a0, -1
        la a1, status
        li a2, 0
        li a3, 0
        li a7, 260              # wait4
        ecall
        lw t0, status
        bnez t0, bad
        addi s1, s1, -1
        bnez s1, loop
        li a0, 0
        j quit
bad:    li a0, 1
quit:   li a7, 93
        ecall
child:  {child}
        li a0, 0
        j quit
        .rodata
path:   .asciz "/done"
        .data
status: .word 0
"""
DONE = ".globl _start\n_start: li a0, 0\n li a7, 93\n ecall\n"
EXEC = "la a0, path\n li a1, 0\n li a2, 0\n li a7, 221\n ecall"
CREATE = {"fork": 1079, "vfork": 1071}


def guest(folder: Path, create: str, pages: int, child: str) -> Machine:
    source = SOURCE.format(pages=pages, children=CHILDREN, create=CREATE[create], child=child)
    (folder / "parent.s").write_text(source)
    (folder / "done.s").write_text(DONE)
    return Machine(root=folder)


def measure(benchmark: Any, machine: Machine) -> Result:
    """Time the run alone: booting and assembling are not part of it."""

    def boot() -> tuple[tuple[Run], dict[str, Any]]:
        return (machine.boot("/parent", keep=False).start(),), {}

    result = machine.run("/parent")
    assert (result.status, result.message) == (0, "")
    benchmark.pedantic(Run.finish, setup=boot, rounds=5, warmup_rounds=1)
    benchmark.extra_info["children"] = CHILDREN
    return result


@pytest.mark.parametrize("pages", [0, 256, 4096], ids=lambda pages: f"{pages * 4} KiB")
@pytest.mark.parametrize("create", ["fork", "vfork"])
def test_create_and_exit(benchmark: Any, create: str, pages: int, tmp_path: Path) -> None:
    result = measure(benchmark, guest(tmp_path, create, pages, "nop"))
    created = [event for event in result.events if isinstance(event, Created)]
    assert len(created) == CHILDREN
    copied = {event.costs.copied for event in created}
    assert (min(copied) >= pages) if create == "fork" else copied == {0}


@pytest.mark.parametrize("create", ["fork", "vfork"])
def test_create_and_exec(benchmark: Any, create: str, tmp_path: Path) -> None:
    """An image made beforehand: what is timed is the loader, not the assembler."""
    from asm import Source, assemble

    machine = guest(tmp_path, create, 16, EXEC)
    (tmp_path / "done").write_bytes(assemble([Source("done.s", DONE)]).image)
    (tmp_path / "done").chmod(0o755)
    result = measure(benchmark, machine)
    assert sum(isinstance(event, Executed) for event in result.events) == CHILDREN + 1
