"""Files that tell of events, and sets of them: bounded, copied in every state, deterministic."""

from __future__ import annotations

import itertools
import os
import pty
import sys
import threading
from pathlib import Path
from types import FrameType

import pytest

from tests.kernel.guest import boot, run
from tests.kernel.test_console_waits import expected, streams
from vm.abi import Poll
from vm.kernel.files import epoll, opened
from vm.kernel.pausing import Pause
from vm.kernel.ports import HostInput

WAITS = """
        .equ    EPOLLIN, 1
        .equ    EPOLLET, 1 << 31
.macro enter set, file, events
    mv a0, \\set
    li a1, 1
    mv a2, \\file
    la a3, event
    li t0, \\events
    sw t0, 0(a3)
    sw a2, 8(a3)
    sys epoll_ctl
    bnez a0, wrong
.endm
_start: li a0, 0
        sys epoll_create1
        mv s0, a0
        li a0, 0
        sys epoll_create1
        mv s1, a0
        li a0, 0
        li a1, 0x800
        sys eventfd2
        mv s2, a0
        li a0, 1
        li a1, 0x800
        sys timerfd_create
        mv s3, a0
        enter s0, s2, EPOLLIN|EPOLLET
        enter s0, s3, EPOLLIN
        enter s1, s0, EPOLLIN
        mv a0, s3
        li a1, 0
        la a2, setting
        li a3, 0
        sys timerfd_settime64
        bnez a0, wrong
        sys fork
        beqz a0, child
        li s4, 0                        # the sum of the descriptors that were ready
        li s5, 4
next:   mv a0, s1
        la a1, found
        li a2, 4
        li a3, 1
        li a4, 0
        sys epoll_pwait
        bltz a0, wrong
        mv a0, s0
        la a1, found
        li a2, 4
        li a3, 0
        li a4, 0
        sys epoll_pwait
        mv s6, a0
        la s7, found
each:   blez s6, round
        lw a0, 8(s7)
        add s4, s4, a0
        la a1, number
        li a2, 8
        sys read
        addi s7, s7, 16
        addi s6, s6, -1
        j each
round:  addi s5, s5, -1
        bnez s5, next
        mv a0, s4
        sys exit_group
child:  li s4, 3
more:   mv a0, s2
        la a1, one
        li a2, 8
        sys write
        li a0, 1
        li a1, 0
        la a2, time
        li a3, 0
        sys clock_nanosleep_time64
        addi s4, s4, -1
        bnez s4, more
        exit 0
wrong:  exit 99
        .data
        .balign 8
one:    .word 1, 0
number: .word 0, 0
time:   .word 0, 0, 500, 0
setting: .word 0, 0, 400, 0, 0, 0, 300, 0
event:  .space 16
found:  .space 64
"""


def test_a_copy_taken_in_any_state_ends_alike(tmp_path: Path) -> None:
    first = boot(tmp_path, WAITS)
    whole = boot(tmp_path, WAITS).finish()
    assert whole.status not in (0, 99)
    clock, copies = 0, 0
    while isinstance(first.advance(clock), Pause):
        twin = first.copy()
        assert twin.digest() == first.digest(), clock
        if copies % 8 == 0:
            result = twin.finish()
            assert (result.status, result.retired) == (whole.status, whole.retired), clock
        clock, copies = clock + 41, copies + 1
    assert copies > 30


FULL = """
_start: li a0, 0
        li a1, 0
        sys eventfd2
        mv s0, a0
        li s1, 100
sets:   li a0, 0
        sys epoll_create1
        bltz a0, done
        mv s2, a0
        li s3, 50
add:    mv a0, s0                       # under another number each time
        sys dup
        bltz a0, done
        mv a2, a0
        mv a0, s2
        li a1, 1
        la a3, event
        sys epoll_ctl
        bltz a0, done
        addi s3, s3, -1
        bnez s3, add
        addi s1, s1, -1
        bnez s1, sets
done:   neg s4, a0
        mv a0, s0                       # everybody hears of it
        la a1, one
        li a2, 8
        sys write
        mv a0, s4
        sys exit_group
        .data
        .balign 8
one:    .word 1, 0
event:  .word 1, 0, 0, 0
"""


@pytest.mark.parametrize(("descriptors", "interests", "errno"), [(4096, 1000, 28), (200, 1000, 24)])
def test_interests_are_bounded(
    descriptors: int, interests: int, errno: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(opened, "INTERESTS_IN_ALL", interests)
    made = boot(tmp_path, FULL, open_files=descriptors)
    assert made.finish().status == errno
    assert made.kernel.system.descriptors.interests == 0, "all of them are gone with the files"
    assert not made.kernel.scheduler.watchers


EVERY_NANOSECOND = """
_start: li a0, 1
        li a1, 0
        sys timerfd_create
        mv s0, a0
        li a1, 0
        la a2, setting
        li a3, 0
        sys timerfd_settime64
        li s1, 50
next:   mv a0, s0
        la a1, number
        li a2, 8
        sys read
        li t0, 8
        bne a0, t0, wrong
        addi s1, s1, -1
        bnez s1, next
        mv a0, s0                       # as far ahead as there is time, and in the past
        li a1, 1
        la a2, late
        li a3, 0
        sys timerfd_settime64
        bnez a0, wrong
        mv a0, s0
        li a1, 1
        la a2, early
        li a3, 0
        sys timerfd_settime64
        mv a0, s0
        la a1, number
        li a2, 8
        sys read
        li a0, 1                        # nobody looks at it any more
        li a1, 0
        la a2, second
        li a3, 0
        sys clock_nanosleep_time64
        exit 0
wrong:  exit 99
        .data
        .balign 8
number: .word 0, 0
second: .word 1, 0, 0, 0
setting: .word 0, 0, 1, 0, 0, 0, 1, 0
late:   .word -1, 0x7fffffff, 0, 0, -1, 0x7fffffff, 0, 0
early:  .word 0, 0, 1, 0, 0, 0, 1, 0
"""


def test_a_timer_of_a_nanosecond_floods_nobody(tmp_path: Path) -> None:
    result = run(tmp_path, EVERY_NANOSECOND)
    assert (result.status, result.message) == (0, "")
    assert result.retired < 2000


CROWD = """
        # 1,200 files in a set, which is put into as many sets as Linux lets it.
_start: li a0, 0
        sys epoll_create1
        mv s0, a0
        li s1, 1200
files:  li a0, 0
        li a1, 0
        sys eventfd2
        mv a2, a0
        mv a0, s0
        li a1, 1
        la a3, event
        sys epoll_ctl
        bnez a0, wrong
        addi s1, s1, -1
        bnez s1, files
        li s2, 0
outer:  li a0, 0
        sys epoll_create1
        bltz a0, wrong
        li a1, 1
        mv a2, s0
        la a3, event
        sys epoll_ctl
        bnez a0, full
        addi s2, s2, 1
        j outer
full:   li t0, -22
        bne a0, t0, wrong
        li t0, 500
        bne s2, t0, wrong
        exit 0
wrong:  exit 99
        .data
        .balign 8
event:  .word 1, 0, 0, 0
"""


def test_a_crowd_of_files_in_a_crowd_of_sets(tmp_path: Path) -> None:
    result = run(tmp_path, CROWD, open_files=2000)
    assert (result.status, result.message) == (0, "")


WAYS = 40
MESH = f"""
        # Five sets, each in the one before it under {WAYS} descriptors.
_start: li a0, 0
        sys epoll_create1
        mv s0, a0
        li s1, 4
next:   li a0, 0
        sys epoll_create1
        mv s2, a0
        mv s4, a0
        li s3, {WAYS}
again:  mv a0, s0
        li a1, 1
        mv a2, s4
        la a3, event
        sys epoll_ctl
        bnez a0, wrong
        mv a0, s2
        sys dup
        mv s4, a0
        addi s3, s3, -1
        bnez s3, again
        mv s0, s2
        addi s1, s1, -1
        bnez s1, next
        li a0, 3                        # the outermost of them
        la a1, found
        li a2, 1
        li a3, 0
        li a4, 0
        sys epoll_pwait
        exit 0
wrong:  exit 99
        .data
        .balign 8
event:  .word 1, 0, 0, 0
found:  .space 16
"""


def test_each_set_in_a_mesh_of_sets_is_looked_at_once(tmp_path: Path) -> None:
    """However many ways lead to it: here, to the innermost, millions."""
    booted, calls = boot(tmp_path, MESH), 0

    def count(frame: FrameType, event: str, _: object) -> None:
        nonlocal calls
        calls += event == "call" and frame.f_code.co_filename == epoll.__file__
        assert calls < 50_000

    sys.setprofile(count)
    try:
        result = booted.finish()
    finally:
        sys.setprofile(None)
    assert (result.status, result.message) == (0, "")


FOR_INPUT = """
_start: li a0, 0
        sys epoll_create1
        mv s0, a0
        mv s1, a0
        li a1, 1
        li a2, 0
        la a3, event
        sys epoll_ctl
        bnez a0, wrong
        li t0, {nested}
        beqz t0, wait
        li a0, 0                        # a set around the set
        sys epoll_create1
        mv s0, a0
        li a1, 1
        mv a2, s1
        la a3, around
        sys epoll_ctl
        bnez a0, wrong
wait:   mv a0, s0
        la a1, found
        li a2, 1
        li a3, {time}
        li a4, 0
        sys epoll_pwait
        bltz a0, wrong
        beqz a0, nothing
        beq s0, s1, tell
        mv a0, s1
        la a1, found
        li a2, 1
        li a3, 0
        li a4, 0
        sys epoll_pwait
        blez a0, wrong
tell:   lw a0, found
        andi a0, a0, 0xff
        sys exit
nothing: exit 0x55
wrong:  exit 99
        .data
        .balign 8
event:  .word {events}, 0, 0, 0
around: .word 1, 0, 0, 0
found:  .space 16
"""
KINDS = (0, Poll.POLLIN, Poll.POLLOUT, 1 << 31 | Poll.POLLIN)


@pytest.mark.parametrize("nested", [0, 1])
def test_no_wait_for_input_spins(nested: int, tmp_path: Path) -> None:
    with streams() as ends:
        del ends["closed"]
        for (kind, end), events, time in itertools.product(ends.items(), KINDS, (0, 1)):
            source = FOR_INPUT.format(events=events, time=time, nested=nested)
            booted = boot(tmp_path, source, input=end, seconds=300)
            result = booted.finish()
            asked = (kind, events, time)
            assert (*asked, result.status) == (*asked, expected(kind, events & 0xFFFF)), result.message
            assert result.retired < 80
            if result.status == 0x55:
                assert booted.kernel.clock >= time * 1_000_000


@pytest.mark.parametrize(("nested", "events"), [(0, Poll.POLLIN), (1, 1 << 31 | Poll.POLLIN)])
def test_input_that_is_typed_later_ends_a_wait(nested: int, events: int, tmp_path: Path) -> None:
    keys, screen = pty.openpty()
    timer = threading.Timer(0.2, os.write, (keys, b"typed\n"))
    timer.start()
    source = FOR_INPUT.format(events=int(events), time=-1, nested=nested)
    assert run(tmp_path, source, input=HostInput(screen), seconds=60).status == Poll.POLLIN
    timer.join()
    os.close(keys), os.close(screen)
