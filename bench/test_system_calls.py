"""What a system call costs: programs that make one again and again, from the trap to the return.

The time of a round is that of :data:`CALLS` calls and the loop around them (three or four instructions a call).
Each program checks what its calls return and says so by its exit status, which is asserted before the time counts.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from asm import Source, assemble
from vm import Machine
from vm.native import jit
from vm.records import Result
from vm.run import Run

CALLS = 20_000

FRAME = """
        .equ    SYS_openat, 56
        .equ    SYS_close, 57
        .equ    SYS_pipe2, 59
        .equ    SYS_read, 63
        .equ    SYS_write, 64
        .equ    SYS_exit, 93
        .equ    SYS_getpid, 172
        .equ    SYS_fork, 1079
        .equ    AT_FDCWD, -100

        .text
_start: {setup}
        li      s0, {calls}
loop:   {call}
        addi    s0, s0, -1
        bnez    s0, loop
        li      a0, 0
        j       exit
bad:    li      a0, 1
exit:   li      a7, SYS_exit
        ecall

        .section .rodata
path:   .string "prog"
        .data
        .balign 4096
ends:   .skip   8
        .balign 4096
buffer: .skip   4096
"""

GETPID = """
        li      a7, SYS_getpid
        ecall
        li      t0, 2
        bne     a0, t0, bad
"""

WRITE = """
        li      a0, 1
        mv      a1, s1
        li      a2, {size}
        li      a7, SYS_write
        ecall
        li      t0, {size}
        bne     a0, t0, bad
"""

BUFFER = """
        la      s1, buffer
        sw      zero, 0(s1)
"""

PIPE = """
        la      s1, buffer
        sw      zero, 0(s1)
        la      a0, ends
        li      a1, 0
        li      a7, SYS_pipe2
        ecall
        la      s2, ends
        lw      s3, 4(s2)
        lw      s2, 0(s2)
        li      a7, SYS_fork
        ecall
        bnez    a0, reader
        mv      a0, s2
        li      a7, SYS_close
        ecall
fill:   mv      a0, s3                  # the child keeps the pipe full, until nobody reads
        mv      a1, s1
        li      a2, 4096
        li      a7, SYS_write
        ecall
        j       fill
reader: mv      a0, s3
        li      a7, SYS_close
        ecall
"""

READ = """
        mv      a0, s2
        mv      a1, s1
        li      a2, 64
        li      a7, SYS_read
        ecall
        li      t0, 64
        bne     a0, t0, bad
"""

OPEN_CLOSE = """
        li      a0, AT_FDCWD
        la      a1, path
        li      a2, 0
        li      a3, 0
        li      a7, SYS_openat
        ecall
        li      t0, 3
        bne     a0, t0, bad
        li      a7, SYS_close
        ecall
        bnez    a0, bad
"""

PROGRAMS = {
    "getpid": ("", GETPID, 0),
    "write of 1 byte": (BUFFER, WRITE.format(size=1), 1),
    "write of 4096 bytes": (BUFFER, WRITE.format(size=4096), 4096),
    "read of 64 bytes from a pipe": (PIPE, READ, 0),
    "open and close": ("", OPEN_CLOSE, 0),
}
"""Name -> what comes before the loop, what is in it, and how many bytes it writes in a round."""


class Sink:
    """Counts what is written."""

    def __init__(self) -> None:
        self.count = 0

    def write(self, data: bytes) -> None:
        self.count += len(data)


@pytest.fixture
def boot(tmp_path: Path) -> Callable[[str, Sink], Run]:
    """Boots a machine with the program that makes these calls."""
    jit.prepare()

    def booted(name: str, sink: Sink) -> Run:
        setup, call, _ = PROGRAMS[name]
        image = assemble([Source("prog.s", FRAME.format(setup=setup, call=call, calls=CALLS))]).image
        program = tmp_path / "prog"
        program.write_bytes(image)
        program.chmod(0o755)
        return Machine(root=tmp_path).boot("/prog", output=sink, keep=False).start()

    return booted


@pytest.mark.parametrize("name", PROGRAMS)
def test_call(benchmark: Any, name: str, boot: Callable[[str, Sink], Run]) -> None:
    sinks: list[Sink] = []

    def setup() -> tuple[tuple[Run], dict[str, Any]]:
        sinks.append(Sink())
        return (boot(name, sinks[-1]),), {}

    result: Result = benchmark.pedantic(lambda run: run.finish(), setup=setup, rounds=5, warmup_rounds=1)
    assert (result.status, result.message) == (0, "")
    assert sinks[-1].count == CALLS * PROGRAMS[name][2]
    benchmark.extra_info["calls"] = CALLS * (2 if name == "open and close" else 1)
    if benchmark.stats:
        benchmark.extra_info["calls_per_second"] = round(benchmark.extra_info["calls"] / benchmark.stats.stats.min)
