"""Tests that ``monitor`` commands are found, explained and bounded, and of those that tell who there is and when."""

from __future__ import annotations

import re

from tests.debug.histories import PlainView, StraightHistory, history_of, history_of_text, lines
from vm import events
from vm.debug.monitor.commands import names
from vm.kernel.pausing import Moment, Until


def at_vfork() -> StraightHistory:
    """A child, born of a vfork, that has not executed an instruction."""
    history = history_of("vfork_global.s")
    history.run.advance(events.Created)
    return history


def test_a_command_is_found_by_its_name_or_the_beginning_of_it() -> None:
    history = at_vfork()
    assert lines(history, "when") == lines(history, "  when ")
    assert lines(history, "p") == lines(history, "ps")


def test_what_is_no_command_is_told_with_what_there_is() -> None:
    history = at_vfork()
    (first, *_) = lines(history, "whem")
    assert first.startswith("no command 'whem'; did you mean 'when'?; there are ")
    text = " ".join(lines(history, "nonsense"))
    assert all(name in text for name in names())
    assert lines(history, "ps 3 4") == ["'3' is too much: ps"]
    assert lines(history, "ps 'x") == ['"ps \'x": No closing quotation']
    assert lines(history, "x" * 5000) == ["a command of 5,000 letters is too long"]


def test_help_tells_of_each_command() -> None:
    history = at_vfork()
    overview = "\n".join(lines(history, "help"))
    assert overview == "\n".join(lines(history, "")) == "\n".join(lines(history, "help help"))
    for name in names():
        if name != "help":
            assert f"\n  {name} " in overview
            assert lines(history, f"help {name}")[0].startswith(f"monitor {name}")
    assert lines(history, "help nonsense") == lines(history, "nonsense")


def test_ps_tells_who_runs_who_is_suspended_and_who_has_whose_memory() -> None:
    history = at_vfork()
    assert lines(history, "ps") == [
        "   thread  parent  program         at                       state",
        "        2       1  vfork_global.s  _start                   suspended by vfork",
        "                                   (vfork_global.s:30)      until 3 executes or",
        "                                                            exits",
        "        3       2  vfork_global.s  _start                   ready",
        "                                   (vfork_global.s:31)",
        "processes 2 and 3 have one address space: lent by 2",
    ]
    history.run.advance(history.run.kernel.clock + 2)
    assert lines(history, "ps")[4].startswith("*       3 ")
    history.run.hold({3})
    assert "held by the debugger" in re.sub(r"\s+", " ", " ".join(lines(history, "ps")))


def test_ps_tells_of_zombies_and_of_those_who_wait() -> None:
    history = history_of("zombie.s")
    history.run.advance(events.Exited)
    told = lines(history, "ps")
    assert [line.split() for line in told[1:]] == [
        ["2", "1", "zombie.s", "parent", "(zombie.s:47)", "ready"], ["3", "2", "zombie.s", "zombie,", "exit", "status"],
        ["5"],
    ]  # fmt: skip
    history = history_of("deadlock.s")
    history.run.advance()
    assert "waits for data in pipe 1" in " ".join(" ".join(line.split()) for line in lines(history, "ps"))


def test_ps_tells_what_a_name_holds_that_commands_a_terminal() -> None:
    history = history_of("vfork_global.s")
    history.run.start()
    history.run.program.name = "\x1b[31mred\n"
    assert any("  \\x1b[31mred\\n" in line for line in lines(history, "ps"))


def test_before_the_start_and_behind_the_end_there_is_nobody() -> None:
    history = history_of("hello.s")
    assert lines(history, "ps")
    history.run.advance()
    assert lines(history, "ps") == ["no process is left"]


def test_when_tells_the_clock_and_what_was_retired() -> None:
    history = at_vfork()
    run = history.run
    told = "\n".join(lines(history, "when"))
    assert f"clock {run.kernel.clock:,}" in told
    assert f"{run.kernel.retired:,} instructions retired" in told
    assert "the present: nothing is known of what comes next" in told
    history.known = Moment(run.kernel.clock + 1000, 3)
    told = "\n".join(lines(history, "when"))
    assert f"in the past: 1,000 before the known end, clock {run.kernel.clock + 1000:,}, step 3" in told
    history.known = None
    run.advance()
    assert lines(history, "when")[-1] == "the end of the run: every process has ended"


def test_goto_plans_a_jump() -> None:
    history = history_of("vfork_global.s")
    history.run.advance(Until(clock=100))
    history.known = Moment(500, 2)
    view = PlainView()
    for word, moment in (
        ("40", Moment(40, 0)), ("+20", Moment(120, 0)), ("-20", Moment(80, 0)), ("begin", Moment(0, 0)),
        ("end", Moment(500, 2)), ("1,234", Moment(1234, 0)), ("1_000", Moment(1000, 0)), ("b", Moment(0, 0)),
    ):  # fmt: skip
        told = lines(history, f"goto {word}", view)
        assert view.planned.pop() == moment
        assert told[0].startswith(f"planned: clock {moment.clock:,}")
        assert ("beyond what is known" in "".join(told)) == (moment.clock > 500)


def test_goto_refuses_what_is_no_moment() -> None:
    history, view = at_vfork(), PlainView()
    clock = history.run.kernel.clock
    for word, complaint in (
        ("", "goto where?"), ("ened", "'ened' is no clock; did you mean 'end'?"), ("-99999", "before the beginning"),
        ("1.5", "is no clock"), ("9" * 30, "is beyond the largest"), ("9" * 3000, "is no clock"), ("+", "is no clock"),
    ):  # fmt: skip
        assert complaint in "\n".join(lines(history, f"goto {word}", view))
    assert not view.planned
    assert lines(history, f"goto {clock}", view)[0]


def test_an_answer_is_bounded() -> None:
    body = """
        .globl _start
_start: li      s0, 150
1:      li      a7, 1079
        ecall
        beqz    a0, 2f
        addi    s0, s0, -1
        bnez    s0, 1b
2:      li      a7, 414
        li      a0, 0
        li      a1, 0
        li      a2, 0
        li      a3, 0
        li      a4, 0
        ecall
"""
    history = history_of_text(body, processes=200)
    history.run.advance()
    told = lines(history, "ps")
    assert told[-1] == "… 51 more threads"
