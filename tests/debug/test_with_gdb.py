"""What the real gdb makes of the answers, from a machine that pretends."""

from __future__ import annotations

import re
import struct
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from asm import Source, assemble
from tests.debug.fake import FakeTarget, Process
from tests.debug.serving import asked
from vm.debug.target import Action, Move, Refused, Stop, Why

SOURCE = """\
        .data
balance:
        .word   100
        .text
        .globl  _start
_start: la      a0, balance
        lw      a1, 0(a0)
        call    twice
        ecall
twice:  add     a1, a1, a1
        ret
"""
IMAGE = assemble([Source("sums.s", SOURCE)]).image


@pytest.fixture
def target() -> FakeTarget:
    return FakeTarget(IMAGE, {b"/bin/other": IMAGE})


@pytest.fixture
def ask(target: FakeTarget, tmp_path: Path) -> Callable[..., str]:
    """gdb, which is given commands and prints."""
    (tmp_path / "sums.s").write_text(SOURCE)
    return lambda *commands: asked(target, commands, tmp_path)


def in_order(text: str, *parts: str) -> None:
    """Hold that all of the parts are in the text, one behind the other."""
    position = 0
    for part in parts:
        assert part in text[position:], f"{part!r} is not behind {text[:position]!r} in {text!r}"
        position = text.index(part, position) + len(part)


def test_gdb_finds_the_program_and_its_state(ask: Callable[..., str], target: FakeTarget) -> None:
    target.processes[2].threads[2][1:32] = range(0x101, 0x120)
    target.processes[2].threads[3] = [0x1_0000] * 33
    target.names = {2: 'ma<&">\x1bn', 3: "other"}
    said = ask("info registers", "x/2i $pc", "x/2xw &balance", "info threads", "thread 2", "p $pc", "info inferiors",
               "info auxv", "show architecture", "show osabi", "print $_siginfo", "set osabi GNU/Linux",
               "print $_siginfo.si_signo", "x/xw 0x5000")  # fmt: skip
    in_order(said, "_start () at sums.s:6", "la      a0, balance")
    values = dict(re.findall(r"^(\w+) +0x([0-9a-f]+)\t", said, re.MULTILINE))
    assert [values[name] for name in ("ra", "fp", "a0", "a7", "t6")] == ["101", "108", "10a", "111", "11f"]
    assert values["pc"] == "10000"
    in_order(said, "<_start>:\tauipc\ta0,0x1", "mv\ta0,a0", "0x00000064", '2.2 "ma<&">\\x1bn" (runs)',
             'Thread 2.3 "other" (runs)', "[Switching to thread 2", "0x10000 <_start>", "process 2", "target:/bin/prog",
             "AT_PAGESZ", "4096", 'currently "riscv:rv32"', 'currently "none"', "= void", "= 11")  # fmt: skip
    assert "Cannot access memory at address 0x5000" in said


def test_gdb_changes_what_it_looks_at(ask: Callable[..., str], target: FakeTarget) -> None:
    process = target.processes[2]
    ask("set var {int}&balance = 7", "set $a0 = 0x12345678", "set $pc = &twice", 'set var {char[9]}$sp = "a#b$c}d*"')
    (data, start), (stack, sp) = process.part(0x1_1000), process.part(process.threads[2][2])
    assert data[start : start + 4] == b"\7\0\0\0"
    assert stack[sp : sp + 9] == b"a#b$c}d*\0"
    assert process.threads[2][10] == 0x1234_5678
    assert process.threads[2][32] == 0x1_0018
    assert target.done[-1] == ("kill", 2)


def resumed(target: FakeTarget) -> Iterator[tuple[Action, ...]]:
    return (tuple(what[1:]) for what in target.done if what[0] == "resume")


def test_gdb_steps_and_stops_and_goes_back(ask: Callable[..., str], target: FakeTarget) -> None:
    said = ask("break twice", "stepi", "step", "continue", "info breakpoints", "reverse-stepi", "reverse-continue",
               "handle SIGUSR1 nostop noprint", "delete", "continue", "info inferiors")  # fmt: skip
    in_order(said, "Breakpoint 1 at 0x10018", "0x00010004\t6", "7\t", "Breakpoint 1, twice () at sums.s:10",
             "already hit 1 time", "history", "exited with code 07", "<null>")  # fmt: skip
    others = Action(Move.CONTINUE, 2, signal=0)
    moves = list(resumed(target))
    assert moves[0] == (Action(Move.STEP, 2, 2, 0), others)
    assert moves[1] == (Action(Move.STEP, 2, 2, 0, (0x1_0000, 0x1_0008)), others)
    assert moves[2] == (others,)
    assert ("back", 2, 2, True) in target.done
    assert ("back", 2, None, False) in target.done
    assert any(what[0] == "pass" and 30 in what[1] for what in target.done)
    assert not target.points


def born(why: Why, pid: int) -> Callable[[FakeTarget], Stop]:
    """The first process has a child."""

    def make(target: FakeTarget) -> Stop:
        target.processes[pid] = Process(IMAGE, b"/bin/prog", pid)
        return Stop(why, 2, 2, number=pid)

    return make


def replaced(target: FakeTarget) -> Stop:
    """Process 3 executes another program."""
    target.processes[3].path = b"/bin/other"
    return Stop(Why.EXEC, 3, 3, path=b"/bin/other")


BOTH = ("set schedule-multiple on", "set detach-on-fork off")


def test_gdb_follows_processes(ask: Callable[..., str], target: FakeTarget) -> None:
    target.script += [born(Why.FORK, 3), Stop(Why.SIGNAL, 2, 2, signal=30, notes=("it was you",)), replaced,
                      Stop(Why.EXITED, 3, 3, number=1), born(Why.VFORK, 4), Stop(Why.EXITED, 4, 4),
                      Stop(Why.VFORK_DONE, 2, 2), Stop(Why.KILLED, 2, 2, number=11)]  # fmt: skip
    said = ask(*BOTH, "catch fork", "catch vfork", "catch exec", *["continue"] * 4, "info inferiors", "inferior 1",
               "continue", "continue", "inferior 1", "continue")  # fmt: skip
    in_order(said, "Catchpoint 1 (forked process 3)", "[New inferior 2 (process 3)]",
             "received signal SIGUSR1", "process 3 is executing new program: /bin/other",
             "Catchpoint 3 (exec'd /bin/other)", "[Inferior 2 (process 3) exited with code 01]",
             "Catchpoint 2 (vforked process 4)", "[Inferior 3 (process 4) exited normally]",
             "terminated with signal SIGSEGV")  # fmt: skip
    assert "it was you\n" in said
    assert (Action(Move.CONTINUE, 2, 2, 30), Action(Move.CONTINUE, signal=0)) in list(resumed(target))


def test_gdb_lets_a_child_go(ask: Callable[..., str], target: FakeTarget) -> None:
    target.script += [born(Why.VFORK, 3), Stop(Why.VFORK_DONE, 2, 2), Stop(Why.SIGNAL, 2, 2, signal=2)]
    said = ask("break twice", "continue", "info inferiors")
    in_order(said, "received signal SIGINT", "process 2")
    assert ("detach", 3) in target.done
    assert list(resumed(target))[1] == (Action(Move.CONTINUE, 2, 2, 0),)


def stands(target: FakeTarget, pc: int, value: int, why: Why) -> None:
    """The next stop: process 2 at ``pc``, with ``value`` in its data."""

    def make(target: FakeTarget) -> Stop:
        target.write(2, 0x1_1000, value.to_bytes(4, "little"))
        target.processes[2].threads[2][32] = pc
        return Stop(why, 2, 2, number=0x1_1000)

    target.script.append(make)


KINDS = {"watch": Why.WATCH, "rwatch": Why.READ_WATCH, "awatch": Why.ACCESS_WATCH}


@pytest.mark.parametrize("kind", KINDS)
def test_gdb_steps_over_the_access_that_is_watched(kind: str, ask: Callable[..., str], target: FakeTarget) -> None:
    """On RISC-V it takes for granted that the stop is before the access."""
    stands(target, 0x1_0008, 100, KINDS[kind])
    stands(target, 0x1_000C, 5, Why.SIGNAL)
    in_order(ask(f"{kind} *(int*)&balance", "continue"), "atchpoint 1: *(int*)&balance", "alue = 5", "sums.s:8")
    point = (2, {"watch": 2, "rwatch": 3, "awatch": 4}[kind], 0x1_1000, 4)
    assert target.done[1:-1] == [
        ("insert", *point), ("pass", PASSED), ("resume", Action(Move.CONTINUE, 2, signal=0)), ("remove", *point),
        ("pass", []), ("resume", Action(Move.STEP, 2, 2, 0)),
    ]  # fmt: skip


PASSED = [14, 16, 20, 23, 26, 27, 28, 33, 36, 37, 44, 76, 151]


def test_backwards_gdb_steps_over_it_too(ask: Callable[..., str], target: FakeTarget) -> None:
    """So the stop is behind the access, before that is taken back."""
    stands(target, 0x1_0010, 100, Why.SIGNAL)
    stands(target, 0x1_000C, 100, Why.WATCH)
    stands(target, 0x1_0008, 5, Why.SIGNAL)
    said = ask("stepi", "watch *(int*)&balance", "reverse-continue")
    in_order(said, "atchpoint 1: *(int*)&balance", "Old value = 100", "New value = 5", "sums.s:7")
    assert target.done[-5:-1] == [
        ("back", 2, None, False),
        ("remove", 2, 2, 0x1_1000, 4),
        ("pass", []),
        ("back", 2, 2, True),
    ]


def test_gdb_gives_the_users_commands(ask: Callable[..., str], target: FakeTarget) -> None:
    in_order(ask("monitor where 5", "monitor refuse"), "you said where 5\n", "that cannot be\n")


def test_gdb_shows_why_a_machine_does_not_go_on(ask: Callable[..., str], target: FakeTarget) -> None:
    def refuse(target: FakeTarget) -> Stop:
        raise Refused(11, "all of them are held")

    target.script += [refuse, Stop(Why.SIGNAL, 2, 2), refuse]
    said = ask("continue", "stepi", "reverse-continue", "info registers pc")
    assert said.count("E.all of them are held") == said.count("Program stopped.") == 2
    assert "0x10000 <_start>" in said


FRAME = 128 + 160
"""Where riscv32 Linux saves pc and x1 to x31 above a handler's sp: behind siginfo, in the ucontext."""


def test_gdb_sees_through_the_frame_of_a_signal_handler(ask: Callable[..., str], target: FakeTarget) -> None:
    """Also in a program that was executed later, which it is told of before that goes on."""
    process = target.processes[2]
    process.memory.append((0x8000_0000, bytearray.fromhex("9308b00873000000")))
    registers = process.threads[2]
    sp = registers[2] - 0x2000
    stack, at = process.part(sp)
    saved = [0x1_0008, 0x101, registers[2], *range(0x103, 0x120)]
    struct.pack_into("<32I", stack, at + FRAME, *saved)
    registers[1], registers[2], registers[32] = 0x8000_0000, sp, 0x1_0018
    target.script += [Stop(Why.EXEC, 2, 2, path=b"/bin/other"), Stop(Why.SIGNAL, 2, 2)]
    frames = ("#0  twice () at sums.s:10", "#1  <signal handler called>", "#2  _start () at sums.s:7")
    said = ask("bt", "frame 2", "info registers ra sp fp t6 pc", "catch exec", "continue", "stepi", "bt")
    values = [f"0x{saved[number]:x}" for number in (1, 2, 8, 31, 0)]
    in_order(said, *frames, *values, "exec'd /bin/other", *frames)
