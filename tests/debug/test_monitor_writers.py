"""Tests of who has written a word last, as ``monitor whence`` tells it: held against a look at every instruction."""

from __future__ import annotations

import re

import pytest

from tests.debug.histories import StraightHistory, history_of, history_of_text, lines
from vm import events
from vm.cpu.state import PC
from vm.debug.monitor import writers
from vm.debug.monitor.replaying import Impatient
from vm.kernel.process.task import Task
from vm.memory import AddressSpace

WORDS = (0x12000, 0x13000, 0x15000, 0x15004, 0x7FFFFEFC, 0x7FFFFF00)


def written_by(task: Task) -> tuple[int, int] | None:
    """Address and size of what the next instruction writes, decoded from the RISC-V manual; None for no store."""
    registers = task.context.tolist()
    word = int.from_bytes(task.memory.peek(registers[PC], 4), "little")
    base = registers[word >> 15 & 31] if word >> 15 & 31 else 0
    if word & 0x7F == 0x23:
        offset = (word >> 25) << 5 | word >> 7 & 31
        return (base + offset - ((offset & 0x800) << 1)) & 0xFFFF_FFFF, 1 << (word >> 12 & 3)
    if word & 0x7F == 0x2F and word >> 27 != 2:
        return base, 4
    return None


def last_writes(history: StraightHistory, clock: int) -> dict[tuple[int, int], tuple[int, int]]:
    """Of each process and word the clock and thread of the last store, found one instruction at a time."""
    run, last = history.boot(), {}
    run.start()
    memory_of: dict[int, AddressSpace | None] = {}
    while run.kernel.clock < clock:
        kernel = run.kernel
        for process in kernel.processes:
            if process.pid not in memory_of and process.parent in memory_of:
                for word in WORDS:
                    if (process.parent, word) in last:
                        last[process.pid, word] = last[process.parent, word]
            elif memory_of.get(process.pid) not in (None, process.space):
                for word in WORDS:
                    last.pop((process.pid, word), None)
            memory_of[process.pid] = process.space
        task = kernel.running
        done = written_by(task) if task is not None and task.process.space is not None else None
        before = kernel.clock
        at = task.retired if task is not None else 0
        run.advance(before + 1)
        if done is None or task is None or task.retired == at:
            continue
        for process in kernel.processes:
            for word in WORDS:
                if process.space is task.process.space and done[0] < word + 4 and word < done[0] + done[1]:
                    last[process.pid, word] = before, task.tid
    return last


@pytest.mark.parametrize(
    ("program", "clock"),
    [
        ("vfork_global.s", 140), ("fork_isolation.s", 60), ("vfork_heap.s", 100), ("race_amo.s", 250),
        ("threads.s", 600), ("futex_lock.s", 900),
    ],
)  # fmt: skip
def test_the_last_write_is_the_one_that_was_made(program: str, clock: int) -> None:
    history = history_of(program, quantum=20)
    history.run.advance(clock)
    expected = last_writes(history, history.run.kernel.clock)
    looked = 0
    for process in history.run.kernel.processes:
        for word in WORDS:
            if process.space is None or process.space.segments.find(word) is None:
                continue
            told = re.sub(r"\s+", " ", " ".join(lines(history, f"whence {word} {process.pid}")))
            found = re.search(r"written at clock ([\d,]+) by (\d+), at ", told)
            if found is None:
                assert (process.pid, word) not in expected
                continue
            looked += 1
            assert (int(found[1].replace(",", "")), int(found[2])) == expected[process.pid, word]
    assert looked


READS = """
        .globl _start
_start: li      a0, 0
        la      a1, buffer
        li      a2, 8
        li      a7, 63
        ecall
1:      addi    s0, s0, 1
        la      t0, often
        sw      s0, (t0)
        j       1b
        .bss
buffer: .skip   8
often:  .skip   4
        .data
never:  .word   5
"""


def test_what_a_call_wrote_and_what_is_written_often_and_never() -> None:
    history = history_of_text(READS, input=b"abcdefgh")
    history.run.advance(300_001)
    assert lines(history, "whence buffer")[-2:] == [
        "  written  at clock 5 by 2, in read at _start (test.s:7); `monitor goto 5` goes",
        "           there",
    ]
    assert lines(history, "whence never")[-1] == "  written  by nobody since it was made"
    told = re.sub(r"\s+", " ", " ".join(lines(history, "whence often")))
    found = re.search(r"written at clock ([\d,]+) by 2, at _start \(test.s:10\)", told)
    assert found is not None
    assert 0 < 300_001 - int(found[1].replace(",", "")) <= 5


SIGNALLED = """
        .globl _start
_start: li      a0, 10
        la      a1, action
        li      a2, 0
        li      a3, 8
        li      a7, 134
        ecall
        li      a7, 172
        ecall
        li      a1, 10
        li      a7, 129
        ecall
handle: j       handle
        .data
        .balign 4
action: .word handle, 0, 0, 0
"""


def test_a_signals_frame_is_written_by_the_kernel() -> None:
    history = history_of_text(SIGNALLED)
    history.run.advance(events.Handled)
    history.run.advance(history.run.kernel.clock + 3)
    assert re.search(r"written +at clock 12 by 2, by the kernel at ", "".join(lines(history, "whence $sp")))


def test_what_is_not_found_out_in_time_is_said_so(monkeypatch: pytest.MonkeyPatch) -> None:
    def replay(question: object) -> None:
        raise Impatient("the time is up")

    history = history_of("vfork_global.s")
    history.run.advance(140)
    monkeypatch.setattr(writers, "replay", replay)
    assert lines(history, "whence balance")[-1] == "  written  not found out: the time is up"
