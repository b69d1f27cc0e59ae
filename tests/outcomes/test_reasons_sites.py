"""Calls are shown where they are made in a program's own source, whoever makes them for it."""

from __future__ import annotations

from pathlib import Path

import pytest

from forklore import Machine
from vm import events
from vm.abi import CALL_NAMES
from vm.observe.symbols import Symbols
from vm.outcomes.sites import Sites
from vm.toolchain import is_installed

ASSEMBLY = """\
        .globl  _start
_start: call    put
        li      a7, 1079
        ecall
        jal     put
leave:  li      a0, 0
        li      a7, 93
        ecall
put:    li      a0, 1
        la      a1, letter
        mv      a2, a0
        li      a7, 64
        ecall
        ret
        .data
letter: .ascii  "x"
"""
C = """\
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

static void tell(const char *text)
{
    write(STDOUT_FILENO, text, 1);
}

static void tell_twice(const char *text)
{
    write(STDOUT_FILENO, text, 1);
    write(STDOUT_FILENO, text, 1);
}

int main(void)
{
    if (fork() == 0) {
        tell("a");
        tell("b");
        tell_twice("b");
        printf("c");
        fflush(stdout);
        _exit(0);
    }
    wait(NULL);
    tell_twice("d");
    printf("e");
    return 0;
}
"""


def lines(name: str, text: str, folder: Path) -> list[tuple[str, str]]:
    """Each call of a run with the line that is shown for it, or the function where there is none."""
    program = folder / name
    program.write_text(text)
    run = Machine().boot(str(program), keep=False)
    kernel = run.kernel
    sites = Sites(kernel.loader)
    found: list[tuple[str, int]] = []

    def note(event: events.CallEntered) -> None:
        task = kernel.processes.thread(event.pid)
        assert task is not None
        found.append((CALL_NAMES[event.call_number], sites.note(task)))

    run.subscribe(events.CallEntered, note)
    run.start().finish()
    shown, symbols = sites.shown(), Symbols(kernel.loader.image_file("/" + name))
    result = []
    for call, number in found:
        line = symbols.line(shown[number])
        is_own = line is not None and not line.is_library
        result.append((call, str(line.line) if line is not None and is_own else symbols.function(shown[number])))
    return sorted(result)


def test_a_function_of_assembly_is_told_by_its_callers(tmp_path: Path) -> None:
    assert lines("program.s", ASSEMBLY, tmp_path) == [
        ("exit", "8"), ("exit", "8"), ("fork", "4"), ("write", "2"), ("write", "5"), ("write", "5"),
    ]  # fmt: skip


def test_a_function_with_one_caller_tells_for_itself(tmp_path: Path) -> None:
    text = ASSEMBLY.replace("_start: call    put", "_start: nop").replace("jal     put", "call    put")
    assert ("write", "13") in lines("program.s", text, tmp_path)


@pytest.mark.skipif(not is_installed(), reason="no C compiler: pip install 'forklore[c]'")
def test_the_c_library_makes_calls_for_the_line_that_calls_it(tmp_path: Path) -> None:
    wanted = {"clone", "write", "writev", "waitid", "exit_group"}
    assert [call for call in lines("program.c", C, tmp_path) if call[0] in wanted] == [
        ("clone", "18"), ("exit_group", "24"), ("exit_group", "exit"), ("waitid", "26"),
        ("write", "12"), ("write", "12"), ("write", "13"), ("write", "13"), ("write", "19"), ("write", "20"),
        ("writev", "23"), ("writev", "exit"),
    ]  # fmt: skip
