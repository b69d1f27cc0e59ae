"""What is typed in answer to what a program writes, and what becomes of a program that does not write it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.kernel.guest import PRELUDE
from vm.grade.dialogue import LATEST, Dialogue
from vm.grade.lab import Place, Turn
from vm.grade.regexes import WrongRegex
from vm.machine import Machine
from vm.records import Result
from vm.toolchain import is_installed

ROOT = Path(__file__).parents[2]
HERE = Place("tests.toml", 1)

PARTS = """
.macro say text, size, to=1
    li a0, \\to
    la a1, \\text
    li a2, \\size
    sys write
.endm
.macro hear size=100
    li a0, 0
    la a1, buffer
    li a2, \\size
    sys read
.endm
        .data
pause:  .quad 0
        .word 1000000, 0
buffer: .space 100
prompt: .ascii "name? "
hello:  .ascii "hello "
dots:   .ascii "...."
        .text
"""

ASKS = """
_start: say prompt, 6
        hear
        blez a0, 1f
        mv s0, a0
        say hello, 6
        say buffer, 0           # nothing, which is a write all the same
        li a0, 1
        la a1, buffer
        mv a2, s0
        sys write
        j _start
1:      exit 3
"""


def turn(expect: str = "", send: bytes = b"", ends: bool = False) -> Turn:
    return Turn(expect=expect, send=send, ends=ends, place=HERE)


def talk(source: str, *turns: Turn, terminal: bool = False, **settings: Any) -> tuple[Result, Dialogue]:
    dialogue = Dialogue(turns, 1 << 20, is_terminal=terminal)
    machine = Machine(files={"/talk.s": (PRELUDE + PARTS + source).encode()}, **{"instructions": 1_000_000, **settings})
    booted = machine.boot("/talk.s", input=dialogue, output=dialogue.output, errors=dialogue.errors)
    return booted.finish(), dialogue


@pytest.mark.parametrize("terminal", [False, True])
def test_turns_are_typed_as_they_are_asked_for(terminal: bool) -> None:
    turns = turn(r"\? $", b"Ann\n"), turn("hello Ann\n", b"Bob\nCid\n"), turn("Cid\nname", ends=True)
    result, dialogue = talk(ASKS, *turns, terminal=terminal)
    assert result.output == b"name? hello Ann\nname? hello Bob\nname? hello Cid\nname? "
    assert (result.exit_code, result.message, dialogue.unmet) == (3, "", None)


def test_what_nobody_asks_for_ends_the_input() -> None:
    result, dialogue = talk(ASKS, turn("name", b"Ann\n"), turn("age", b"7\n"), turn("x", b"y"))
    assert result.output == b"name? hello Ann\nname? "
    assert (result.exit_code, result.message, dialogue.unmet) == (3, "", 1)


@pytest.mark.parametrize(
    ("turns", "unmet"),
    [
        ((), None),
        ((turn("bye"),), None),
        ((turn("good", ends=True), turn("bye")), None),
        ((turn("good", b"thanks\n"),), 0),
        ((turn("bye"), turn("good")), 1),
        ((turn("good"), turn("^b")), None),
        ((turn("oo"), turn("^b")), 1),
        ((turn(), turn("morning")), 1),
    ],
)
def test_a_program_that_never_asks(turns: tuple[Turn, ...], unmet: int | None) -> None:
    result, dialogue = talk('_start: say text, 7\n exit 0\n .data\ntext: .ascii "goodbye"\n', *turns)
    assert (result.output, result.exit_code, dialogue.unmet) == (b"goodbye", 0, unmet)


def test_what_was_typed_and_not_read_is_unmet_and_a_byte_of_it_is_enough() -> None:
    byte = "_start: say prompt, 6\n hear 1\n exit 0\n"
    assert talk(byte, turn("name", b"Ann\n"))[1].unmet is None
    assert talk(byte, turn("name", b"Ann\n"), turn("", b"Bob\n"))[1].unmet == 1


def test_errors_are_heard_too_in_the_order_they_are_written() -> None:
    source = "_start: say prompt, 3\n say prompt, 6, 2\n hear\n exit 0\n"
    result, dialogue = talk(source, turn(r"^namname\? $", b"x\n"))
    assert (result.output, result.errors, dialogue.unmet) == (b"nam", b"name? ", None)


SLOW = """
_start: li s0, 6
        la s1, prompt
1:      li a0, 1
        mv a1, s1
        li a2, 1
        sys write
        la a0, pause
        li a1, 0
        sys nanosleep_time64
        addi s1, s1, 1
        addi s0, s0, -1
        bnez s0, 1b
        hear
        exit 0
"""


def test_a_slow_writer_is_waited_for() -> None:
    result, dialogue = talk(SLOW.replace("nanosleep_time64", "clock_nanosleep_time64"), turn(r"name\?", b"x\n"))
    assert (result.output, dialogue.unmet) == (b"name? ", None)


CHILD_ASKS = """
# The child waits for input; the parent, {how}, writes what it waits for.
_start: sys fork
        beqz a0, child
        li s0, 6
        la s1, prompt
1:      {rest}
        li a0, 1
        mv a1, s1
        li a2, 1
        sys write
        addi s1, s1, 1
        addi s0, s0, -1
        bnez s0, 1b
        li a0, -1
        li a1, 0
        li a2, 0
        li a3, 0
        sys wait4
        exit 0
child:  hear
        mv s0, a0
        li a0, 1
        la a1, buffer
        mv a2, s0
        sys write
        exit 0
"""
BUSY = "li t0, 2000\n2: addi t0, t0, -1\n bnez t0, 2b"
ASLEEP = "li a0, 0\n li a1, 0\n la a2, pause\n li a3, 0\n sys clock_nanosleep_time64"


@pytest.mark.parametrize("rest", [BUSY, ASLEEP], ids=["busy", "asleep"])
def test_others_run_while_one_waits(rest: str) -> None:
    source = CHILD_ASKS.format(how="in between", rest=rest)
    result, dialogue = talk(source, turn(r"name\? ", b"Ann\n"))
    assert (result.output, result.message, dialogue.unmet) == (b"name? Ann\n", "", None)
    result, dialogue = talk(source, turn(r"age\? ", b"Ann\n"))
    assert (result.output, result.message, dialogue.unmet) == (b"name? ", "", 0)


def test_two_runs_are_alike_to_the_instruction() -> None:
    """With somebody who sleeps while another waits for input: no time of the host's is in it."""
    source, turns = CHILD_ASKS.format(how="asleep", rest=ASLEEP), (turn(r"name\? ", b"Ann\n"),)
    first, second = (talk(source, *turns)[0] for _ in range(2))
    assert first == second
    assert [event.clock for event in first.events] == [event.clock for event in second.events]
    assert first.events[-1].clock > 6_000_000  # it did sleep


def test_poll_says_nothing_before_it_is_typed() -> None:
    source = """
_start: li a0, 0                # of nothing: for a millisecond, in which nobody types
        call look
        mv s0, a0
        say prompt, 6
        call look
        slli a0, a0, 4
        or a0, a0, s0
        sys exit
look:   la a0, fds
        li a1, 1
        la a2, pause
        li a3, 0
        sys ppoll_time64
        ret
        .data
fds:    .word 0
        .half 1, 0
"""
    result, _ = talk(source, turn("name", b"Ann\n"))
    assert result.exit_code == 0x10


def test_a_thousand_turns() -> None:
    turns = [turn(r"name\? $", f"{number}\n".encode()) for number in range(1000)]
    result, dialogue = talk(ASKS, *turns, instructions=10_000_000)
    assert result.output == b"".join(b"name? hello %d\n" % number for number in range(1000)) + b"name? "
    assert (result.exit_code, dialogue.unmet) == (3, None)


@pytest.mark.parametrize("count", [LATEST // 4, LATEST, 3 * LATEST])
def test_what_is_searched_for_is_found_behind_much_that_came_in_pieces(count: int) -> None:
    dialogue = Dialogue([turn(r"(?:^|\n)ask: $", b"x"), turn("^!", b"y")], 1 << 20)
    for _ in range(count):
        dialogue.output.write(b"some")
        assert dialogue.peek(1) is None
    for piece in (b"ask: ", b"\n", b"as", b"k: "):
        assert dialogue.peek(1) is None
        dialogue.errors.write(piece)
    assert dialogue.peek(9) == b"x"
    dialogue.advance(1)
    assert dialogue.peek(9) is None
    dialogue.output.write(b"!")
    assert dialogue.peek(9) == b"y"


def test_the_start_of_what_is_kept_is_not_taken_for_the_start() -> None:
    dialogue = Dialogue([turn("^a+$", b"x")], 1 << 20)
    dialogue.output.write(b"b")
    for _ in range(4):
        assert dialogue.peek(1) is None
        dialogue.output.write(b"a" * LATEST)
    assert dialogue.peek(1) is None
    assert dialogue.unmet == 0


@pytest.mark.parametrize("terminal", [False, True])
def test_a_recorded_dialogue_repeats_without_it(terminal: bool) -> None:
    source = CHILD_ASKS.format(how="asleep", rest=ASLEEP) if not terminal else ASKS
    turns = turn(r"name\? ", b"Ann\n"), turn("Ann", b"Bob\n"), turn("age", b"7\n")
    dialogue = Dialogue(turns, 1 << 20, is_terminal=terminal)
    machine = Machine(files={"/talk.s": (PRELUDE + PARTS + source).encode()}, instructions=1_000_000)
    booted = machine.boot(
        "/talk.s", input=dialogue, output=dialogue.output, errors=dialogue.errors, record=True
    )  # fmt: skip
    first = booted.finish()
    again = machine.boot("/talk.s", schedule=booted.schedule()).finish()
    assert (again.output, again.errors, again.retired) == (first.output, first.errors, first.retired)
    assert again.events == first.events
    assert b"Ann" in first.output


@pytest.mark.parametrize("record", [False, True])
def test_a_copied_machine_goes_on_with_a_dialogue_of_its_own(record: bool) -> None:
    turns = turn(r"\? $", b"Ann\n"), turn(r"\? $", b"Bob\n"), turn("Bob", ends=True)
    dialogue = Dialogue(turns, 1 << 20)
    machine = Machine(files={"/talk.s": (PRELUDE + PARTS + ASKS).encode()}, instructions=1_000_000)
    booted = machine.boot("/talk.s", input=dialogue, output=dialogue.output, errors=dialogue.errors, record=record)
    booted.advance(40)
    twin = booted.copy()
    expected = b"name? hello Ann\nname? hello Bob\nname? "
    assert twin.finish().output == expected
    assert len(dialogue.output.data) < len(expected)
    assert booted.finish().output == expected


def test_a_pattern_that_cannot_be_read_is_refused() -> None:
    with pytest.raises(WrongRegex, match="missing"):
        Dialogue([turn("(")], 100)


@pytest.mark.parametrize("terminal", [False, True])
def test_a_shell_and_its_children_read_from_one_dialogue(terminal: bool) -> None:
    turns = turn(r"\$ $" if terminal else "", b"cat\n"), turn("", b"more\n"), turn("more\n$", ends=True)
    dialogue = Dialogue(turns, 1 << 20, is_terminal=terminal)
    machine = Machine(root=ROOT / "programs", instructions=5_000_000)
    result = machine.boot("/sh.s", input=dialogue, output=dialogue.output, errors=dialogue.errors).finish()
    assert b"more\n" in result.output
    assert (result.exit_code, dialogue.unmet) == (0, None)


@pytest.mark.full
@pytest.mark.skipif(not is_installed(), reason="needs ziglang")
@pytest.mark.parametrize("terminal", [False, True])
def test_the_shell_in_c(terminal: bool) -> None:
    prompt = r"\$ " if terminal else ""
    turns = turn(prompt, b"echo one | tr o 0\n"), turn("0ne", b"cat\n"), turn("", b"more\n"), turn("more", ends=True)
    dialogue = Dialogue(turns, 1 << 20, is_terminal=terminal)
    booted = Machine(root=ROOT / "programs", instructions=50_000_000).boot(
        "/c/sh.c", input=dialogue, output=dialogue.output, errors=dialogue.errors
    )
    result = booted.finish()
    assert b"0ne\n" in result.output.replace(b"\r", b"")
    assert (result.exit_code, dialogue.unmet) == (0, None)
