"""Crowds of threads: what one of them does costs the same, however many others are ready or wait beside it."""

from __future__ import annotations

from pathlib import Path

from tests.effort import calls
from tests.kernel.guest import boot
from vm import events

CROWD = 400
THREADS = """
        .equ    THREAD, 0x50f00                 # CLONE_VM|FS|FILES|SIGHAND|THREAD|SYSVSEM
        .equ    FUTEX_WAIT, 128
        .equ    FUTEX_WAKE, 129
        # With a signal for the process that every thread blocks, CROWD threads wait for one word; each is woken alone.
_start: li a0, 0
        la a1, set
        li a2, 0
        li a3, 8
        sys rt_sigprocmask
        sys getpid
        li a1, 40
        sys kill
        li s0, {crowd}
more:   li a0, THREAD
        mv a1, sp
        li a2, 0
        li a3, 0
        li a4, 0
        sys clone
        beqz a0, thread
        bltz a0, wrong
        addi s0, s0, -1
        bnez s0, more
        sys sched_yield
        li s0, {crowd}
wake:   la a0, word
        li a1, FUTEX_WAKE
        li a2, 1
        sys futex_time64
        li t0, 1
        bne a0, t0, wrong
        addi s0, s0, -1
        bnez s0, wake
        li a0, 0
        sys exit
thread: la a0, word
        li a1, FUTEX_WAIT
        li a2, 0
        li a3, 0
        sys futex_time64
        sys sched_yield
        li a0, 0
        sys exit
wrong:  exit 99
        .data
        .balign 8
set:    .word 0, 0x80
word:   .word 0
"""


def test_waking_running_and_ending_cost_the_same_in_a_crowd(tmp_path: Path) -> None:
    booted = boot(tmp_path, THREADS.format(crowd=CROWD), processes=CROWD + 10)
    with calls(600 * CROWD):
        result = booted.finish()
    assert (result.status, result.message) == (0, "")


def test_a_crowd_chooses_as_it_does_when_somebody_looks(tmp_path: Path) -> None:
    """The options of a choice are counted only as far as needed, and then there are as many choices."""
    made = []
    for is_watched in (False, True):
        booted = boot(tmp_path, THREADS.format(crowd=20))
        if is_watched:
            told: list[events.Decided] = []
            booted.kernel.events.subscribe(events.Decided, told.append)
        result = booted.finish()
        made.append((result.status, result.retired, booted.kernel.system.decisions.made))
    assert made[0] == made[1]
    assert made[0][2] == len(told) > 0
    assert max(len(event.options) for event in told) >= 20
