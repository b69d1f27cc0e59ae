"""A moment of a run names one state of the machine: what happens in between makes it another one."""

from __future__ import annotations

from pathlib import Path

from tests.kernel.guest import boot
from vm.kernel.pausing import Until
from vm.kernel.process.task import State
from vm.kernel.stops import Stops

WAITS = """
_start: sys fork
        beqz a0, child
        li a0, -1
        li a1, 0
        li a2, 0
        sys wait4
        exit 0
child:  li t0, 1000
1:      addi t0, t0, -1
        bnez t0, 1b
        exit 0
"""


def test_a_call_that_waits_is_behind_the_one_that_is_about_to_be_made(tmp_path: Path) -> None:
    run = boot(tmp_path, WAITS)
    run.advance(Until(stops=Stops(calls={2: frozenset({260})})))
    before = run.kernel.moment
    task = run.program
    assert task.state is State.READY
    while task.state is State.READY:
        run.advance(Until(moment=run.kernel.moment._replace(steps=run.kernel.moment.steps + 1)))
    assert run.kernel.moment > before


ALARM = """
_start: li a0, 0
        la a1, moment
        li a2, 0
        sys setitimer
1:      j 1b
        .data
        .balign 8
moment: .word 0, 0, 0, 1
"""


def test_what_is_due_is_behind_what_was_before_it(tmp_path: Path) -> None:
    run = boot(tmp_path, ALARM, instructions=10_000)
    run.advance(Until(stops=Stops(signals={2: frozenset({14})})))
    moment = run.kernel.moment
    assert run.program.signals.pending
    other = boot(tmp_path, ALARM, instructions=10_000)
    other.advance(Until(clock=moment.clock))
    assert not other.program.signals.pending
    assert other.kernel.moment < moment
