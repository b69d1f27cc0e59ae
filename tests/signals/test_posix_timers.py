"""Timers of timer_create(2) that would flood a process, or a machine; copies of machines that have some."""

from __future__ import annotations

from pathlib import Path

from tests.kernel.guest import boot, run
from vm.kernel.pausing import Pause

EVERY_NANOSECOND = """
_start: li a0, 10
        la a1, action
        li a2, 0
        li a3, 8
        sys rt_sigaction
        li a0, 1
        la a1, event
        la a2, number
        sys timer_create
        bnez a0, wrong
        lw a0, number
        li a1, 0
        la a2, setting
        li a3, 0
        sys timer_settime64
        bnez a0, wrong
wait:   lw t0, count
        li t1, 100
        blt t0, t1, wait
        lw a0, number
        sys timer_getoverrun
        mv s0, a0
        lw a0, number
        sys timer_delete
        bnez a0, wrong
        lw s1, count
        li t0, 1000
again:  addi t0, t0, -1
        bnez t0, again
        lw t0, count                    # one more may have been under way
        sub a0, t0, s1
        slti a0, a0, 2
        xori a0, a0, 1
        sys exit_group
wrong:  exit 99
handler:
        la t0, count
        lw t1, 0(t0)
        addi t1, t1, 1
        sw t1, 0(t0)
        ret
        .data
        .balign 8
action: .word handler, 0, 0, 0
event:  .word 7, 10, 0, 0
        .space 48
setting: .word 0, 0, 1, 0, 0, 0, 1, 0
number: .word 0
count:  .word 0
"""


def test_a_timer_of_a_nanosecond_leaves_its_process_time_to_handle_it(tmp_path: Path) -> None:
    result = run(tmp_path, EVERY_NANOSECOND)
    assert (result.status, result.message) == (0, "")
    assert result.retired < 200_000


MANY = """
        # As many timers as there may be, each with a signal that is ignored, blocked or deadly.
_start: li a0, 10
        la a1, ignore
        li a2, 0
        li a3, 8
        sys rt_sigaction
        li a0, 0
        la a1, blocked
        li a2, 0
        li a3, 8
        sys rt_sigprocmask
        li s0, 0
more:   li a0, 1
        la a1, event
        li t0, 10
        andi t1, s0, 1
        slli t1, t1, 1
        add t0, t0, t1                  # SIGUSR1, SIGUSR2
        sw t0, 4(a1)
        la a2, number
        sys timer_create
        bnez a0, full
        lw a0, number
        li a1, 0
        la a2, setting
        li a3, 0
        sys timer_settime64
        addi s0, s0, 1
        j more
full:   mv s1, a0
        li a0, 1
        li a1, 0
        la a2, second
        li a3, 0
        sys clock_nanosleep_time64
        li t0, 1024
        bne s0, t0, wrong
        neg a0, s1
        sys exit_group
wrong:  exit 99
        .data
        .balign 8
ignore: .word 1, 0, 0, 0
blocked: .word 0x800, 0
event:  .word 7, 10, 0, 0
        .space 48
setting: .word 0, 0, 1, 0, 0, 0, 1, 0
second: .word 1, 0, 0, 0
number: .word 0
"""


def test_timers_are_bounded(tmp_path: Path) -> None:
    made = boot(tmp_path, MANY)
    result = made.finish()
    assert (result.status, result.message) == (11, "")
    assert made.kernel.timers.all() == [], "none of them outlives its process"


def test_a_copy_taken_in_any_state_ends_alike(tmp_path: Path) -> None:
    first, whole = boot(tmp_path, EVERY_NANOSECOND), run(tmp_path, EVERY_NANOSECOND)
    clock, copies = 0, 0
    while isinstance(first.advance(clock), Pause):
        twin = first.copy()
        assert twin.digest() == first.digest(), clock
        assert twin.digest(clock=False) == first.digest(clock=False), clock
        if copies % 8 == 0:
            result = twin.finish()
            assert (result.status, result.retired) == (whole.status, whole.retired), clock
        clock, copies = clock + 1777, copies + 1
    assert copies > 8
