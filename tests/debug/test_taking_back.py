"""What the host of a machine meets that is taken back: input, output, keys, an interrupt; and what changes do."""

from __future__ import annotations

import os
import pickle
import pty
from collections.abc import Iterator
from itertools import pairwise
from threading import Timer

import pytest

from tests.accounting import check_kernel
from tests.kernel.guest import PRELUDE
from tests.schedules.test_retracing import ECHO
from vm import events
from vm.abi import Signal
from vm.cpu.state import PC
from vm.debug.changes import DropSignal, Hold, Kill, NoChange, SendSignal, SetRegisters, WriteMemory
from vm.debug.checkpoints import Limits
from vm.debug.history import History
from vm.kernel.pausing import Ending, Moment, Pause, Until
from vm.kernel.ports import Capture, HostInput, HostOutput, Input, Output
from vm.kernel.stops import Stops
from vm.machine import Machine
from vm.run import Run

SPIN = "_start: li s0, 1000\n1: addi s0, s0, -1\n bnez s0, 1b\n j _start\n"
COUNT = """
_start: li s0, 100
1:      addi s1, s1, 1
        sw s1, total, t0
        addi s0, s0, -1
        bnez s0, 1b
        lw a0, total
        sys exit
        .data
total:  .word 0
"""
LARGE = """
# Adds to a word in each of 1024 pages, again and again.
        .globl _start
_start: la s1, pages
        lui s3, 4096 * 1024 >> 12
        lui s4, 1
1:      add t0, s1, s2
        lw t1, 0(t0)
        addi t1, t1, 1
        sw t1, 0(t0)
        add s2, s2, s4
        blt s2, s3, 1b
        li s2, 0
        j 1b
        .bss
        .balign 4096
pages:  .space 1024 * 4096
"""
FORKS = """
_start: sys fork
        beqz a0, child
        li a0, -1
        la a1, status
        li a2, 0
        sys wait4
        lw a0, status
        srli a0, a0, 8
        sys exit
child:  exit 5
        .data
status: .word 0
"""


@pytest.fixture
def pipe() -> Iterator[list[int]]:
    """A pipe of the host's: where a machine reads, and where somebody writes, until that is taken away."""
    ends = list(os.pipe())
    yield ends
    for end in ends:
        os.close(end)


def booted(source: str, sink: Output | None = None, given: bytes | Input = b"", **settings: object) -> Run:
    """A run of a program in assembly, not started."""
    machine = Machine(files={"/guest.s": (PRELUDE + source).encode()}, **settings)  # type: ignore[arg-type]
    return machine.boot("/guest.s", input=given, output=sink, keep=False)


def test_what_was_written_is_written_once_and_anew_in_another_future(pipe: list[int]) -> None:
    sink = Capture(1000)
    history = History(booted(ECHO, sink, HostInput(pipe[0])))
    os.write(pipe[1], b"one\ntwo\n")
    os.close(pipe.pop())
    assert isinstance(history.advance(), Ending)
    assert sink.data == b"one\ntwo\n"
    assert history.back(Until(stops=Stops(calls={2: frozenset({64})}))) is not None
    assert history.back(Until(stops=Stops(calls={2: frozenset({64})}))) is not None
    assert history.is_past
    writes = history.run.program.context.tolist()
    assert isinstance(history.advance(), Ending)
    assert sink.data == b"one\ntwo\n"
    history.goto(history.begin)
    history.back(Until())
    history.goto(Moment(19, 0))
    assert [*history.run.program.context[:32].tolist()][17] != 64
    history.advance(Until(stops=Stops(calls={2: frozenset({64})})))
    values = [*history.run.program.context[:32].tolist(), int(history.run.program.context[PC])]
    assert values[10] == writes[10]
    assert history.change(WriteMemory(2, values[11], b"ONE\n"))
    assert not history.is_past
    assert isinstance(history.advance(), Ending)
    assert sink.data == b"one\ntwo\nONE\ntwo\n"


def test_an_interrupt_ends_a_wait_for_input_and_a_run(pipe: list[int]) -> None:
    history = History(booted(ECHO, Capture(1000), HostInput(pipe[0])))
    Timer(0.1, history.interrupt).start()
    pause = history.advance()
    assert isinstance(pause, Pause)
    assert pause.why == "interrupt"
    os.write(pipe[1], b"late\n")
    os.close(pipe.pop())
    assert isinstance(history.advance(), Ending)
    history.interrupt()
    pause = history.back(Until(stops=Stops(breakpoints={2: frozenset({1})})))
    assert pause is not None
    assert pause.why == "interrupt"
    assert history.run.kernel.system.ending is not None
    spinning = History(booted(SPIN))
    answers = iter([False] * 5)
    pause = spinning.advance(interrupted=lambda: next(answers, True))
    assert isinstance(pause, Pause)
    assert pause.why == "interrupt"


def test_a_schedule_is_repeated_until_something_is_changed() -> None:
    source = {"/guest.s": (PRELUDE + ECHO).encode()}
    recorded = Machine(files=source).boot("/guest.s", input=b"a line\nand another\n", record=True)
    recorded.finish()
    history = History(Machine(files=source).boot("/guest.s", schedule=recorded.schedule()))
    history.advance()
    history.goto(Moment(30, 0))
    history.advance()
    result = history.run.finish()
    assert (result.status, result.output) == (3, b"a line\nand another\n")
    assert history.run.schedule().exchanges == recorded.schedule().exchanges
    other = History(Machine(files=source).boot("/guest.s", schedule=recorded.schedule()))
    other.advance(Until(stops=Stops(calls={2: frozenset({64})})))
    assert other.change(SendSignal(2, Signal.SIGINT))
    other.advance()
    assert b"!" in other.run.finish().output


def test_a_change_of_code_is_the_processes_own_and_made_again() -> None:
    history = History(booted(FORKS))
    history.advance(Until(events=(events.Created,)))
    parent, child = history.run.kernel.processes[2].leader, history.run.kernel.processes[3].leader
    pc = int(child.context[PC])
    exits = child.memory.peek(pc, 64)
    place = exits.index((0x00500513).to_bytes(4, "little"))  # li a0, 5
    assert not history.change(WriteMemory(3, pc + place, (0x00900513).to_bytes(4, "little")))
    assert child.memory.peek(pc + place, 4) != parent.memory.peek(pc + place, 4)
    assert isinstance(history.advance(), Ending)
    assert history.run.finish().status == 9
    history.goto(history.begin)
    assert history.is_past
    assert isinstance(history.advance(), Ending)
    assert history.run.finish().status == 9


def test_what_changes_nothing_is_no_new_future() -> None:
    history = History(booted(COUNT))
    history.advance()
    history.goto(50)
    task = history.run.program
    values = (*task.context[:32].tolist(), int(task.context[PC]))
    known = history.end
    assert not history.change(SetRegisters(2, values))
    assert not history.change(WriteMemory(2, values[32], task.memory.peek(values[32], 8)))
    assert not history.change(Hold(frozenset()))
    assert not history.change(DropSignal(2, Signal.SIGINT))
    assert history.end == known
    assert history.change(SetRegisters(2, (*values[:9], 7, *values[10:])))
    assert history.end == history.moment
    assert history.change(SetRegisters(2, values)) is False  # at the end, where every change is the first
    history.advance()
    assert history.run.finish().status == 100


def test_what_cannot_be_changed_is_said() -> None:
    history = History(booted(COUNT))
    for change in (
        WriteMemory(2, 16, b"x"), WriteMemory(7, 16, b"x"), SetRegisters(9, (0,) * 33), SetRegisters(2, (0,)),
        SendSignal(2, 99), Kill(9), WriteMemory(2, 0xFFFF_FFFE, b"long"),
    ):  # fmt: skip
        with pytest.raises(NoChange):
            history.change(change)
    history.change(Kill(2))
    ending = history.advance()
    assert isinstance(ending, Ending)
    with pytest.raises(NoChange, match="the run is over"):
        history.change(Kill(2))


def test_held_threads_are_held_again() -> None:
    history = History(booted(FORKS))
    history.advance(Until(events=(events.Created,)))
    history.change(Hold(frozenset({3})))
    pause = history.advance()
    assert isinstance(pause, Pause)
    assert pause.why == "held"
    held = history.moment
    history.change(Hold(frozenset()))
    assert isinstance(history.advance(), Ending)
    history.goto(held)
    assert not any(task.is_held for task in history.run.kernel.processes.threads)
    history.goto(Moment(held.clock, 0))
    history.back(Until(events=(events.Created,)))
    assert [task.tid for task in history.run.kernel.processes.threads if task.is_held] == [3]
    assert isinstance(history.advance(), Ending)
    assert history.run.finish().status == 5


def test_a_place_is_found_behind_where_all_were_held() -> None:
    history = History(booted(FORKS))
    history.advance(Until(events=(events.Created,)))
    history.change(Hold(frozenset({3})))
    for _ in range(2):
        pause = history.advance()
        assert isinstance(pause, Pause)
        assert pause.why == "held"
    history.change(Hold(frozenset()))
    history.advance()
    found = history.back(Until(stops=Stops(place=(3, 1))))
    assert found is not None
    assert (found.why, found.pid) == ("place", 3)


def test_checkpoints_are_bounded_and_dense_near_the_present() -> None:
    never = 1e-9  # as part of the host's time: on the way forwards there are none
    history = History(booted(SPIN, instructions=400_000), Limits(3 << 20, 1000, never, 0.0))
    history.advance(Until(clock=300_000))
    assert len(history.checkpoints) == 1
    for clock in range(290_000, 200_000, -5_000):
        history.goto(clock)
    clocks = [each.moment.clock for each in history.checkpoints]
    assert clocks[0] == 0
    assert sum(each.size for each in history.checkpoints) <= 3 << 20
    assert len(clocks) > 5
    gaps = [after - before for before, after in pairwise(clocks)]
    assert min(gaps[-3:]) < gaps[0]
    history.goto(history.end)
    assert history.back(Until(stops=Stops(place=(2, 299_998)))) is not None
    assert history.moment == Moment(299_998, 0)


def test_a_machine_with_much_memory_is_the_one_that_was_there() -> None:
    def large() -> Run:
        return Machine(memory=8 << 20, files={"/large.s": LARGE.encode()}).boot("/large.s", keep=False).start()

    history = History(large(), Limits(24 << 20, 1000, 1.0, 0.0))
    for clock in (100_000, 400_000):
        history.advance(Until(clock=clock))
    assert not history.run.kernel.memory.is_small
    for clock in (399_000, 398_999, 250_000, 30_000, 398_000, 400_000):
        history.goto(clock)
        there = large()
        there.advance(Until(moment=Moment(clock, 0)))
        assert history.run.digest() == there.digest()
        check_kernel(history.run.kernel)
    assert len(history.checkpoints) > 2
    assert sum(each.size for each in history.checkpoints) <= 24 << 20


def test_a_terminal_is_typed_at_once() -> None:
    master, slave = pty.openpty()
    history = History(booted(ECHO, HostOutput(slave), HostInput(slave)))
    writes = Until(stops=Stops(calls={2: frozenset({64})}))
    os.write(master, b"one\n")
    history.advance(writes)
    history.signal_from_terminal(Signal.SIGINT)
    history.advance(writes)
    os.write(master, b"\4")
    end = history.advance(Until(events=(events.Exited,)))
    assert isinstance(end, Pause)
    digest, moment = history.run.digest(), history.moment
    history.goto(history.begin)
    history.advance(Until(events=(events.Exited,)))
    assert (history.run.digest(), history.moment) == (digest, moment)
    history.goto(history.begin)
    assert isinstance(history.advance(), Ending)
    assert history.run.finish().status == 3
    assert os.read(master, 1000).count(b"!") == 1
    os.close(master)
    os.close(slave)


def test_time_is_up_where_it_was_up() -> None:
    history = History(booted(SPIN, seconds=0.05))
    ending = history.advance()
    assert ending == Ending(limit="time limit of 0.05 s")
    moment = history.moment
    history.goto(1000)
    assert history.advance() == ending
    assert history.moment == moment
    assert history.back(Until(stops=Stops(place=(2, 500)))) is not None
    assert history.change(SetRegisters(2, (0,) * 33))
    history.advance()
    assert history.moment < moment


def test_changes_travel_and_a_run_that_was_changed_has_no_schedule() -> None:
    history = History(booted(COUNT))
    history.advance(Until(clock=50))
    assert history.run.schedule().choices == ()
    change = WriteMemory(2, int(history.run.program.context[2]) - 4, b"1234")
    assert pickle.loads(pickle.dumps(change)) == change
    history.change(change)
    assert [noted.change for noted in history.changes] == [change]
    with pytest.raises(ValueError, match="a run that a debugger has changed has no schedule"):
        history.run.schedule()


def test_a_checkpoint_that_is_used_stays_where_there_is_no_room() -> None:
    history = History(booted(SPIN, instructions=1_000_000), Limits(memory=1 << 20, share=1e-9, rest=0.0))
    first = int(history.run.program.context[PC])
    history.advance(Until(clock=900_000))
    found = []
    for clock in (900_000, 500_000, 300_000):
        history.goto(clock)
        for _ in range(3):
            assert history.back(Until(stops=Stops(breakpoints={2: frozenset({first})}))) is not None
            found.append(history.moment.clock)
    assert found == [2002 * (clock // 2002 - number) for clock in (900_000, 500_000, 300_000) for number in range(3)]
    assert len(history.checkpoints) <= 4


def test_a_way_back_is_prepared() -> None:
    history = History(booted(SPIN), Limits(share=1e-9, rest=0.0))
    history.advance(Until(clock=200_000))
    history.prepare(interrupted=lambda: True)
    assert history.moment.clock == 200_000
    history.prepare()
    clocks = [each.moment.clock for each in history.checkpoints]
    assert len(clocks) > 2
    assert 200_000 - clocks[-1] < 8_000
    history.prepare()
    assert clocks == [each.moment.clock for each in history.checkpoints]
    assert isinstance(history.advance(Until(clock=200_100)), Pause)
    assert not history.is_past


def test_a_machine_that_an_exception_has_left_is_mended(pipe: list[int]) -> None:
    history = History(booted(COUNT))
    history.advance(Until(clock=50))

    def fail(event: object) -> None:
        raise KeyboardInterrupt

    history.run.subscribe(events.Exited, fail)
    with pytest.raises(KeyboardInterrupt):
        history.advance()
    assert history.run.kernel.is_midway
    assert isinstance(history.advance(), Ending)
    assert history.run.finish().status == 100
