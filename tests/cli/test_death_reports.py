"""What `run` says on standard error of deaths, refused calls and limits: short, in eighty columns, once; or nothing."""

from __future__ import annotations

import re
import shlex
import subprocess
from pathlib import Path

import pytest

from tests.cli.test_run import Forklore, forklore, source
from tests.observe.test_deaths import FORKS
from vm import Machine, toolchain
from vm.cli import deaths

__all__ = ["forklore"]

HINT = "      = to go back from there: "
"""What the line with a command begins with, which is in one piece however long it is."""

STORE = """        .section .rodata
fixed:  .word   1
        .text
        .globl  _start
_start: la      t0, fixed
        sw      zero, 0(t0)
        li      a7, 93
        ecall
"""
STORE_REPORT = """forklore: pid 2 (store.s) died of SIGSEGV: store to read-only 'fixed' in .rodata
  store.s:6: in _start, pc 0x00010008
    5 | _start: la      t0, fixed
    6 |         sw      zero, 0(t0)
      |         ^~~~~~~~~~~~~~~~~~~ store to 0x00011000
    7 |         li      a7, 93
  sw zero, 0(t0)   t0 00011000 fixed   ra 00000000   sp 7fffff10 stack
  exit status 139, which is 128 + 11
      = to go back from there: forklore gdb {program}
"""
RARS = """        .data
text:   .string "Hello\\n"
        .text
        .globl _start
_start: la      a0, text
        li      a7, 4
        ecall
        li      a7, 10
        ecall
"""
RARS_REPORT = """forklore: call 4 is not one of Linux's; RARS's print_string has that number:
          --dialect rars (pid 2, in _start, rars.s:7)
forklore: call 10 is Linux's fgetxattr, which this machine does not have; RARS's
          exit has that number: --dialect rars (pid 2, in _start, rars.s:9)
forklore: pid 2 (rars.s) died of SIGILL: the program ran past the end of its
          code
  pc 0x00010018
  ra 00000000   sp 7fffff20 stack
  a0 ffffffda   a7 0000000a
      = it should have ended before: exit is call 93 (li a7, 93; ecall)
  exit status 132, which is 128 + 4
      = to go back from there: forklore gdb {program}
"""


def test_a_death_is_told_on_standard_error(forklore: Forklore, tmp_path: Path):
    done = forklore("run", source(tmp_path, STORE, "store.s"))
    assert (done.returncode, done.stdout, done.stderr) == (139, "", STORE_REPORT.format(program=tmp_path / "store.s"))
    quiet = forklore("run", "--quiet", tmp_path / "store.s")
    assert (quiet.returncode, quiet.stdout, quiet.stderr) == (139, "", "")


def test_a_program_for_another_simulator_is_told_what_to_do(forklore: Forklore, tmp_path: Path):
    done = forklore("run", source(tmp_path, RARS, "rars.s"))
    assert (done.returncode, done.stdout, done.stderr) == (132, "", RARS_REPORT.format(program=tmp_path / "rars.s"))
    assert forklore("run", "--quiet", tmp_path / "rars.s").stderr == ""


def hints(done: subprocess.CompletedProcess[str]) -> list[list[str]]:
    return [shlex.split(line.removeprefix(HINT)) for line in done.stderr.splitlines() if line.startswith(HINT)]


def test_the_command_that_debugs_a_death_is_this_one_with_gdb(forklore: Forklore, tmp_path: Path):
    """The machine's options are as they were given, those of reports are not there, and a shell takes it back."""
    store = source(tmp_path, STORE, "a store.s")
    machine = ["--fork", "cow", "--env", "A=x y", "--env", "B=$C", "--memory", "2M", "--overcommit"]
    done = forklore("run", "--stats", *machine, "--check-vfork", "--core", tmp_path / "core", store, "-v", "a'b")
    (command,) = hints(done)
    assert command[:2] == ["forklore", "gdb"]
    assert command[-3:] == [str(store), "-v", "a'b"]
    assert sorted(command[2:-3]) == sorted(machine)
    assert hints(forklore("run", "--quiet", store)) == []
    assert hints(forklore("run", "--format", "json", store)) == []
    assert hints(forklore("run", store, "a\nb")) == [], "nobody can copy that"
    assert hints(forklore("run", store, "a" * 1000)) == []


def test_a_command_that_debugs_is_told_once_and_for_what_nobody_wanted(forklore: Forklore, tmp_path: Path):
    child = "slli t0, s0, 3\n la t1, traps\n add t1, t1, t0\n jr t1\ntraps: " + "lw a0, 0(zero)\n j traps\n" * 21
    done = forklore("run", source(tmp_path, ".globl _start\n_start:\n" + FORKS.format(count=3, child=child)))
    assert done.stderr.count("died of SIGSEGV") == 3
    assert len(hints(done)) == 1
    assert hints(forklore("run", source(tmp_path, SEND.format(signal=15)))) == []


def test_what_was_read_has_to_be_read_again(forklore: Forklore, tmp_path: Path):
    text = ".globl _start\n_start: li a0, 0\n addi a1, sp, -16\n li a2, 4\n li a7, 63\n ecall\n lw a0, 0(zero)\n"
    program, schedule = source(tmp_path, text), tmp_path / "schedule"
    assert hints(forklore("run", program)) == [["forklore", "gdb", str(program)]]
    read = forklore("run", program, input="word", stdin=None)
    assert hints(read) == [["forklore", "gdb", "--input", "FILE", str(program)]]
    by_schedule = [["forklore", "gdb", "--schedule", str(schedule), str(program)]]
    assert hints(forklore("run", "--record", schedule, program, input="word", stdin=None)) == by_schedule
    assert hints(forklore("run", "--schedule", schedule, program)) == by_schedule


def test_children_that_die_alike_are_told_in_two_lines(forklore: Forklore, tmp_path: Path):
    program = ".globl _start\n_start:\n" + FORKS.format(count=30, child="lw a0, 0(zero)")
    done = forklore("run", source(tmp_path, program))
    assert done.returncode == 5
    assert done.stderr.count("died of SIGSEGV") == 1
    assert done.stderr.endswith("forklore: 29 more processes died as pid 3 did, of SIGSEGV\n")
    assert "  a child of pid 2; exit status 139, which is 128 + 11\n" in done.stderr


def test_a_limit_says_where_everybody_was(forklore: Forklore, tmp_path: Path):
    program = ".globl _start\n_start:\n" + FORKS.format(count=1, child="j child")
    done = forklore("run", "--instructions", 1000, source(tmp_path, program, "forks.s"))
    assert (done.returncode, done.stderr) == (
        124,
        "forklore: the instruction limit of 1,000 was reached\n"
        "  pid 2 (forks.s) waits for child 3 to change state in _start, forks.s:12, pc\n"
        "      0x00010024\n"
        "  pid 3 (forks.s) was in child, forks.s:18, pc 0x0001003c\n",
    )
    assert forklore("run", "--quiet", "--instructions", 1000, tmp_path / "forks.s").stderr == ""


SEND = ".globl _start\n_start: li a7, 172\n ecall\n li a1, {signal}\n li a7, 129\n ecall\n"


@pytest.mark.parametrize(
    ("signal", "text"),
    [(15, "forklore: pid 2 (program.s) was killed by SIGTERM, which it sent itself\n"), (2, ""), (13, "")],
)
def test_a_signal_on_purpose_takes_a_line_at_most(forklore: Forklore, tmp_path: Path, signal: int, text: str):
    done = forklore("run", source(tmp_path, SEND.format(signal=signal)))
    assert (done.returncode, done.stderr) == (128 + signal, text)


C_PROGRAM = """\
#include <assert.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
static int depth(int n) {
    char room[4000];
    memset(room, n, sizeof room);
    return depth(n + 1) + room[5];
}
static void *work(void *p) { *(volatile int *)p = 1; return p; }
static void greet(const char *who) {
    char name[4];
    strcpy(name, who);
    puts(name);
}
int main(int count, char **arguments) {
    char line[10];
    pthread_t thread;
    FILE *file;
    switch (count) {
    case 1:
        assert(count == 5);
    case 2:
        return depth(0);
    case 3:
        file = fopen("/nowhere", "r");
        puts(fgets(line, sizeof line, file));
        break;
    case 4:
        memset(&thread, 0, sizeof thread);
        pthread_create(&thread, 0, work, 0);
        pthread_join(thread, 0);
        break;
    case 5:
        greet(arguments[0]);
        break;
    case 6:
        return 7 / (count - 6);
    }
}
"""


@pytest.mark.skipif(not toolchain.is_installed(), reason="needs ziglang")
def test_programs_in_c_are_told_by_their_own_lines(forklore: Forklore, tmp_path: Path):
    program = source(tmp_path, C_PROGRAM, "deaths.c")

    def told(*arguments: str) -> str:
        done: subprocess.CompletedProcess[str] = forklore("run", program, *arguments)
        assert done.returncode in (134, 139)
        assert all(len(line) <= 80 for line in done.stderr.splitlines() if not line.startswith(HINT))
        assert not re.search(r"^  \w+ [0-9a-f]{8}   ", done.stderr, re.MULTILINE), "who reads C wants no registers"
        return " ".join(done.stderr.split())

    failed, deep, no_file, thread = told(), told("1"), told("1", "2"), told("1", "2", "3")
    assert "died of SIGABRT: assert() failed and called abort() deaths.c:22: in main, pc" in failed
    assert "stack overflow: the stack has reached its limit of 8 MiB deaths.c:5: in depth, pc" in deep
    assert "depth calls itself again and again; --stack sets how far it may grow" in deep
    assert " deaths.c:27: in main, pc" in no_file
    assert "^ called here" in no_file or "~ called here" in no_file
    assert "fopen failed in main, deaths.c:26: openat gave ENOENT, No" in no_file
    assert "died of SIGSEGV in thread 3: store to address 0: a null pointer deaths.c:10: in work, pc" in thread


@pytest.mark.skipif(not toolchain.is_installed(), reason="needs ziglang")
def test_what_a_compilers_checks_find_is_told_at_the_programs_own_line(forklore: Forklore, tmp_path: Path):
    program = source(tmp_path, C_PROGRAM, "deaths.c")

    def told(*words: str) -> str:
        done: subprocess.CompletedProcess[str] = forklore("run", *words)
        lines = [line for line in done.stderr.splitlines() if not line.startswith(HINT)]
        assert all(len(line) <= 80 for line in lines if line.startswith(("  ", "forklore")))
        return " ".join(" ".join(lines).split())

    smashed = told(str(program), "1", "2", "3", "4")
    assert "died of SIGSEGV: stack smashing: greet wrote past a local array" in smashed
    assert " near deaths.c:15: in greet, pc" in smashed
    assert "/" not in smashed.replace("forklore/", "")
    arguments = str(program), "1", "2", "3", "4", "5"
    trapped = told("--cc-flags", "-fsanitize=undefined -fsanitize-trap=undefined", *arguments)
    assert " in main, pc" in trapped
    assert " #0 in main, near deaths.c:" in trapped


@pytest.mark.full
@pytest.mark.skipif(not toolchain.is_installed(), reason="needs ziglang")
def test_what_a_sanitizers_own_report_says_is_told(forklore: Forklore, tmp_path: Path):
    """The first program that has the sanitizer's runtime waits for it to be built."""
    program = source(tmp_path, C_PROGRAM, "deaths.c")
    arguments = str(program), "1", "2", "3", "4", "5"
    found = " ".join(forklore("run", "--cc-flags", "-fsanitize=undefined", *arguments).stderr.split())
    assert "died of SIGABRT: the sanitizer found undefined behaviour: divrem overflow deaths.c:38: in main" in found


@pytest.mark.parametrize("seconds", [None, 1000])
def test_a_limit_of_time_is_not_spent_on_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seconds: float | None
):  # fmt: skip
    told: list[str] = []
    monkeypatch.setattr(deaths, "print_lines", lambda lines: told.extend(line.plain for line in lines))
    booted = Machine(seconds=seconds).boot(source(tmp_path, STORE, "store.s")).start()
    report = deaths.Deaths()
    report.observe(booted)
    result = booted.finish()
    assert bool(told) is (seconds is None)
    report.tell(result)
    assert sum("died of SIGSEGV" in line for line in told) == 1
