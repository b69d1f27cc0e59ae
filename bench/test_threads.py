"""What threads cost: handing a word over from one to the other, and locks that nobody else wants.

A hand-over is a FUTEX_WAKE by the thread that has its turn, the other's return from FUTEX_WAIT, and the switch between
them. What was done is asserted before the time counts.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from asm import Source, assemble
from vm import Machine, events, toolchain
from vm.run import Run

ROUNDS = 10_000
PAIRS = 1_000_000

HAND_OVER = f"""
        .equ    SYS_exit, 93
        .equ    SYS_clone, 220
        .equ    SYS_futex_time64, 422
        .equ    THREAD, 0x10f00
        .equ    FUTEX_WAIT_PRIVATE, 128
        .equ    FUTEX_WAKE_PRIVATE, 129
        .text
_start: li      a0, THREAD
        la      a1, stack
        li      a2, 0
        li      a3, 0
        li      a4, 0
        li      a7, SYS_clone
        ecall
        seqz    s1, a0                  # the new thread's turn is 1
        li      s0, {ROUNDS}
        la      s2, turn
loop:   lw      t0, 0(s2)
        beq     t0, s1, mine
        mv      a0, s2
        li      a1, FUTEX_WAIT_PRIVATE
        mv      a2, t0
        li      a3, 0
        li      a7, SYS_futex_time64
        ecall
        j       loop
mine:   lw      t1, 4(s2)
        addi    t1, t1, 1
        sw      t1, 4(s2)
        xori    t1, s1, 1
        sw      t1, 0(s2)
        mv      a0, s2
        li      a1, FUTEX_WAKE_PRIVATE
        li      a2, 1
        li      a7, SYS_futex_time64
        ecall
        addi    s0, s0, -1
        bnez    s0, loop
        lw      t0, 4(s2)
        li      t1, {2 * ROUNDS}
        li      a0, 0
        bne     t0, t1, early
        li      a0, 7                   # whoever is last finds all turns counted
early:  li      a7, SYS_exit
        ecall
        .data
turn:   .word   0, 0
        .skip   1024
stack:
"""

UNCONTENDED = f"""
#include <pthread.h>
static pthread_mutex_t wanted = PTHREAD_MUTEX_INITIALIZER, own = PTHREAD_MUTEX_INITIALIZER;
static void *wait_for_lock(void *unused) {{
    pthread_mutex_lock(&wanted);
    return unused;
}}
int main(void) {{
    pthread_t other;
    pthread_mutex_lock(&wanted);
    pthread_create(&other, 0, wait_for_lock, 0);
    for (int i = 0; i < {PAIRS}; i++) {{
        pthread_mutex_lock(&own);
        pthread_mutex_unlock(&own);
    }}
    pthread_mutex_unlock(&wanted);
    return pthread_join(other, 0);
}}
"""


def program(folder: Path, image: bytes) -> Path:
    path = folder / "program"
    path.write_bytes(image)
    path.chmod(0o755)
    return path


def test_hand_over(benchmark: Any, tmp_path: Path) -> None:
    path = program(tmp_path, assemble([Source("threads.s", HAND_OVER)]).image)

    def boot() -> tuple[tuple[Run], dict[str, Any]]:
        return (Machine().boot(path).start(),), {}

    result = benchmark.pedantic(lambda run: run.finish(), setup=boot, rounds=5, warmup_rounds=1)
    assert (result.status, result.message) == (7, "")
    benchmark.extra_info["hand-overs"] = 2 * ROUNDS


@pytest.mark.skipif(not toolchain.is_installed(), reason="needs ziglang")
def test_locks_that_nobody_else_wants_make_no_call(benchmark: Any, tmp_path: Path) -> None:
    source = tmp_path / "locks.c"
    source.write_text(UNCONTENDED)
    path, calls = program(tmp_path, toolchain.build(source, ("-O2",))), []

    def boot() -> tuple[tuple[Run], dict[str, Any]]:
        run = Machine().boot(path)
        calls.clear()
        run.kernel.events.subscribe(events.CallEntered, calls.append)
        return (run,), {}

    result = benchmark.pedantic(lambda run: run.finish(), setup=boot, rounds=3, warmup_rounds=1)
    assert (result.status, result.message) == (0, "")
    assert len(calls) < 30
