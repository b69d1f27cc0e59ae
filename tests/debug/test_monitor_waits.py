"""Tests of ``monitor fds`` and ``monitor waits``: pipes and their holders, and those who wait in vain."""

from __future__ import annotations

import re

import pytest

from tests.debug.histories import history_of, history_of_text, lines
from vm import events
from vm.kernel.files.pipes import PipeEnd
from vm.kernel.kernel import Kernel
from vm.kernel.pausing import Until

CROSSED = """
        .globl _start
_start: la      a0, one
        li      a1, 0
        li      a7, 59
        ecall
        la      a0, two
        ecall
        li      a7, 1079
        ecall
        lw      s0, one
        bnez    a0, 1f
        lw      s0, two
1:      mv      a0, s0
        la      a1, byte
        li      a2, 1
        li      a7, 63
        ecall
        .bss
one:    .skip   8
two:    .skip   8
byte:   .skip   1
"""
"""Parent and child each read from a pipe that both could write to."""


def text(answer: list[str]) -> str:
    return re.sub(r"\s+", " ", " ".join(answer))


def test_who_waits_for_itself_is_told() -> None:
    history = history_of("deadlock.s")
    history.run.advance()
    assert lines(history, "waits") == [
        "2 (deadlock.s) waits for data in pipe 1: written by 2 (fd 4); 2 itself holds",
        "    that end",
        "deadlock: 2 waits in vain; only a signal could end that",
    ]
    told = text(lines(history, "fds"))
    assert "3 r- pipe 1: holds 0 B of 64 KiB; written by 2 (fd 4)" in told
    assert "4 -w pipe 1: holds 0 B of 64 KiB; read by 2 (fd 3)" in told


def test_the_variable_and_the_place_of_a_wait_for_memory_are_told() -> None:
    history = history_of_text("""
        .globl _start
_start: la      a0, word
        li      a1, 128
        li      a3, 0
        li      a7, 422
        ecall
        .data
        .word   0
word:   .word   0
""")
    history.run.advance()
    assert lines(history, "waits") == [
        "2 (test.s) waits for the word at 0x00011004 ('word') to change in _start",
        "    (test.s:7): nobody else has the address space",
        "deadlock: 2 waits in vain; only a signal could end that",
    ]


def test_who_waits_for_each_other_is_told() -> None:
    history = history_of_text(CROSSED)
    history.run.advance()
    told = lines(history, "waits")
    assert told[-1] == "deadlock: 2, 3 wait for each other in vain; only a signal could end that"
    assert "waits for data in pipe 1: written by 2 (fd 4), 3 (fd 4); 2 itself holds that end" in text(told)
    assert "3 (test.s) waits for data in pipe 2: written by 2 (fd 6), 3 (fd 6)" in text(told)


def test_a_vfork_parent_waits_for_its_child_and_nobody_is_stuck() -> None:
    history = history_of("vfork_global.s")
    history.run.advance(events.Created)
    assert lines(history, "waits") == ["2 (vfork_global.s) waits for its vfork child 3 to exec or exit: 3"]
    history.run.advance(events.Exited)
    assert lines(history, "waits") == ["nobody waits"]
    history.run.advance()
    assert lines(history, "waits") == ["no process is left"]


def test_what_waits_for_time_is_told_until_when() -> None:
    source = "_start: la a0, t\n li a1, 0\n li a7, 101\n ecall\n1: j 1b\n .data\nt: .word 1, 0\n"
    source = source.replace("li a7, 101", "mv a2, a0\n li a0, 0\n li a3, 0\n li a7, 407")
    source = source.replace("t: .word 1, 0", ".balign 8\nt: .word 1, 0, 0, 0")
    history = history_of_text(source)
    history.run.advance(events.Blocked)
    (line, *_) = lines(history, "waits")
    assert line.startswith("2 (test.s) waits for its sleep to end: at the latest at clock 1,000,000,0")


@pytest.mark.parametrize("program", ["pipeline.s", "pipe.s", "wait.s", "threads.s", "futex_lock.s", "vfork_order.s"])
def test_who_waits_in_vain_never_runs_again(program: str) -> None:
    """And nobody does in these programs, which end: each moment is looked at at which somebody begins to wait."""
    history = history_of(program)
    run = history.run
    while True:
        outcome = run.advance(Until(events=(events.Blocked, events.Woken)))
        if not hasattr(outcome, "why"):
            break
        assert "deadlock" not in text(lines(history, "waits"))
        check_descriptors(history, run.kernel)


def check_descriptors(history: object, kernel: Kernel) -> None:
    """What is told of pipes is what a look into every table of descriptors finds."""
    for process in kernel.processes:
        if process.pid == 1 or not process.threads:
            continue
        told = text(lines(history, f"fds {process.pid}"))
        files = process.threads[0].files
        for number in files.numbers:
            file = files.place(number)
            if isinstance(file, PipeEnd):
                others = sorted(
                    (other.pid, there)
                    for other in kernel.processes
                    if other.threads
                    for there in other.threads[0].files.numbers
                    if isinstance(end := other.threads[0].files.place(there), PipeEnd)
                    and end.pipe is file.pipe
                    and end.readable != file.readable
                )
                names = ", ".join(f"{pid} (fd {there})" for pid, there in others) or "nobody"
                assert f" {number} {'r-' if file.readable else '-w'} pipe {file.pipe.number}: " in told
                assert f"{'written' if file.readable else 'read'} by {names}" in told
