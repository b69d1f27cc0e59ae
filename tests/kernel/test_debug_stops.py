"""What a debugger can stop a run at, and that it goes on as if nobody had stopped it."""

from __future__ import annotations

import pytest

from vm import events
from vm.abi import Signal
from vm.cpu.state import CHANGES, PC, READS, WRITES
from vm.kernel.pausing import Ending, Pause, Until
from vm.kernel.stops import Stops, Watchpoint
from vm.machine import Machine
from vm.run import Run

TWO = """
        .globl _start
_start: li a7, 1079
        ecall                   # fork
        mv s0, a0
        li t0, 3
loop:   addi t0, t0, -1
        bnez t0, loop
        beqz s0, leave
        li a0, -1
        li a1, 0
        li a2, 0
        li a3, 0
        li a7, 260
        ecall                   # wait4
leave:  li a0, 7
        li a7, 93
        ecall
"""
SIGNALLED = """
        .globl _start
_start: li a0, 10
        la a1, action
        li a2, 0
        li a3, 8
        li a7, 134
        ecall                   # rt_sigaction(SIGUSR1)
        li a7, 172
        ecall                   # getpid
        li a1, 10
        li a7, 129
        ecall                   # kill
        li a0, 0
        li a7, 93
        ecall
handle: li a7, 139
        ecall                   # rt_sigreturn
        .data
        .balign 4
action: .word handle, 0, 0, 0
"""


def booted(tmp_path, source: str, **settings) -> Run:
    path = tmp_path / "program.s"
    path.write_text(source)
    return Machine(**settings).boot(path).start()


def pauses(run: Run, until: Until) -> list[tuple[str, int, int, int, int]]:
    """Every pause up to the end: why, thread, its instructions so far, its pc and the number that is told."""
    found = []
    while isinstance(pause := run.advance(until), Pause):
        task = run.kernel.processes.thread(pause.pid)
        assert task is not None
        found.append((pause.why, pause.pid, task.retired, int(task.context[PC]), pause.number))
    return found


@pytest.mark.parametrize("engine", ["interpreter", "translator"])
def test_a_process_is_stopped_at_its_own_breakpoints(tmp_path, engine):
    run = booted(tmp_path, TWO, engine=engine)
    loop = int(run.program.context[PC]) + 4 * 4
    found = pauses(run, Until(stops=Stops(breakpoints={3: frozenset({loop})})))
    assert [(why, pid, pc) for why, pid, _, pc, _ in found] == [("breakpoint", 3, loop)] * 3


def test_a_step_is_one_instruction_of_one_thread(tmp_path):
    whole = booted(tmp_path, TWO, quantum=2)
    result = whole.finish()
    run, counts = booted(tmp_path, TWO, quantum=2), []
    while isinstance(run.advance(Until(stops=Stops(step=2))), Pause):
        counts.append(run.program.retired)
    assert counts == list(range(1, result.processes[0].retired))
    assert run.kernel.retired == result.retired


def test_a_place_is_found_where_steps_have_led(tmp_path):
    stepped, jumped = booted(tmp_path, TWO, quantum=3), booted(tmp_path, TWO, quantum=3)
    for _ in range(9):
        stepped.advance(Until(stops=Stops(step=2)))
    pause = jumped.advance(Until(stops=Stops(place=(2, 9))))
    assert isinstance(pause, Pause)
    assert (pause.why, pause.pid) == ("place", 2)
    assert jumped.kernel.moment == stepped.kernel.moment
    assert jumped.digest() == stepped.digest()


@pytest.mark.parametrize("quantum", [1, 3, 1000])
def test_a_moment_is_come_back_to(tmp_path, quantum):
    run, moments = booted(tmp_path, TWO, quantum=quantum), []
    stops = Stops(step=2, calls={3: None})
    while isinstance(run.advance(Until(stops=stops)), Pause):
        moments.append((run.kernel.moment, run.digest()))
    again = booted(tmp_path, TWO, quantum=quantum)
    for moment, digest in moments:
        pause = again.advance(Until(moment=moment))
        assert isinstance(pause, Pause)
        assert pause.why == "moment"
        assert (again.kernel.moment, again.digest()) == (moment, digest)


def test_behind_a_call_that_waits_is_another_moment_than_before_it(tmp_path):
    before, behind = booted(tmp_path, TWO), booted(tmp_path, TWO)
    before.advance(Until(stops=Stops(calls={2: frozenset({260})})))
    behind.advance(events.Blocked)
    assert before.kernel.moment < behind.kernel.moment
    again = booted(tmp_path, TWO)
    for run in (before, behind):
        again.advance(Until(moment=run.kernel.moment))
        assert again.digest() == run.digest()


def test_calls_are_stopped_at_before_and_behind(tmp_path):
    run = booted(tmp_path, TWO)
    found = pauses(run, Until(stops=Stops(calls={2: frozenset({260}), 3: None})))
    assert [(why, pid, number) for why, pid, _, _, number in found] == [
        ("call", 2, 260), ("call", 3, 93), ("returned", 2, 260)
    ]  # fmt: skip
    entry, behind = found[0], found[2]
    assert (behind[2], behind[3]) == (entry[2] + 1, entry[3] + 4)


def test_a_signal_is_stopped_at_before_it_acts(tmp_path):
    run = booted(tmp_path, SIGNALLED)
    pause = run.advance(Until(stops=Stops(signals={2: frozenset({Signal.SIGUSR1})})))
    assert isinstance(pause, Pause)
    assert (pause.why, pause.number) == ("signal", Signal.SIGUSR1)
    pause = run.advance(Until(stops=Stops(signals={2: frozenset({Signal.SIGUSR1})}, step=2)))
    assert isinstance(pause, Pause)
    assert pause.why == "step"
    handler = run.program.signals.disposition(Signal.SIGUSR1).handler
    assert int(run.program.context[PC]) == handler
    assert isinstance(run.advance(), Ending)


def test_a_process_is_stopped_before_it_ends(tmp_path):
    run = booted(tmp_path, TWO)
    found = pauses(run, Until(stops=Stops(ends=frozenset({2, 3}))))
    assert [(why, pid, number) for why, pid, _, _, number in found] == [("end", 3, 93), ("end", 2, 93)]
    killed = booted(tmp_path, "_start: lw a0, 0(zero)\n")
    found = pauses(killed, Until(stops=Stops(ends=frozenset({2}))))
    assert [(why, number) for why, _, _, _, number in found] == [("end", Signal.SIGSEGV)]


def test_held_threads_stay_where_they_are(tmp_path):
    run = booted(tmp_path, TWO, first="child")
    run.advance(Until(stops=Stops(calls={3: None})))
    run.hold({3})
    pause = run.advance()
    assert isinstance(pause, Pause)
    assert pause.why == "held"
    child = run.kernel.processes.thread(3)
    assert child is not None
    assert child.is_held
    run.hold(())
    assert run.finish().exit_code == 7


def test_a_run_that_was_stopped_ends_as_one_that_was_not(tmp_path):
    plain = booted(tmp_path, TWO, quantum=3).finish()
    run = booted(tmp_path, TWO, quantum=3)
    start = int(run.program.context[PC])
    every = frozenset(range(start, start + 80, 4))
    stops = Stops(breakpoints={2: every, 3: every}, calls={2: None, 3: None})
    found = pauses(run, Until(stops=stops))
    assert sum(why == "breakpoint" for why, *_ in found) == plain.retired
    assert (run.kernel.retired, run.kernel.clock) == (plain.retired, plain.retired)


WATCHED = """
        .equ    SYS_read, 63
        .globl _start
_start: la s1, word
        li t0, 5
        sw t0, 0(s1)
        sw t0, 0(s1)            # the same again
        lw t1, 0(s1)
        li a7, 1071
        ecall                   # vfork
        bnez a0, parent
        li t0, 6
        sw t0, 0(s1)            # the child, in the parent's memory
        li a7, 93
        ecall
parent: li a0, 0
        mv a1, s1
        li a2, 4
        li a7, SYS_read
        ecall                   # the kernel
        li a0, 0
        li a7, 93
        ecall
        .data
        .balign 4
word:   .word 0
"""


@pytest.mark.parametrize("engine", ["interpreter", "translator", "auto"])
def test_accesses_to_watched_memory_are_stopped_at_whoever_makes_them(tmp_path, engine):
    path = tmp_path / "program.s"
    path.write_text(WATCHED)
    run = Machine(engine=engine).boot(path, input=b"abcd").start()
    start = int(run.program.context[PC])
    word = 0x11000
    assert run.program.memory.read_word(word) == 0
    first, child, kernel = (2, 3, False, None), (3, 10, False, None), (2, None, True, 63)
    again = [(2, 4, False, None), (2, 5, False, None)]
    for kinds, expected in ((CHANGES, [first, child, kernel]), (READS | WRITES, [first, *again, child, kernel])):
        found, copy = [], run.copy()
        until = Until(stops=Stops(watchpoints={2: (Watchpoint(word, 4, kinds),)}))
        while isinstance(pause := copy.advance(until), Pause):
            assert pause.why == "watchpoint"
            (watched,) = pause.watched
            place = None if watched.is_done else (watched.pc - start) // 4
            found.append((watched.tid, place, watched.is_done, watched.call))
            assert (watched.owner, watched.address) == (2, word)
        assert found == expected
