"""Runs of small programs in assembly, recorded and judged by rules."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path
from typing import Any

from vm.abi import CALL_NUMBERS
from vm.grade.conduct import Wanted
from vm.grade.lab import Place, Rule
from vm.grade.observation import Observation
from vm.grade.recorder import Recorder
from vm.grade.rules.judging import judge_rules, needs, needs_checker
from vm.grade.rules.table import read_rule
from vm.grade.verdict import Failure
from vm.hazards.checking import Checker
from vm.machine import Machine
from vm.run import Run

PROGRAMS = Path(__file__).parent / "programs"
PRELUDE = (
    "".join(f".equ SYS_{name}, {number}\n" for name, number in CALL_NUMBERS.items())
    + """
.macro sys name, a=, b=, c=, d=, e=
    .ifnb \\a
    li a0, \\a
    .endif
    .ifnb \\b
    li a1, \\b
    .endif
    .ifnb \\c
    li a2, \\c
    .endif
    .ifnb \\d
    li a3, \\d
    .endif
    .ifnb \\e
    li a4, \\e
    .endif
    li a7, SYS_\\name
    ecall
.endm
.macro say letter
    la a1, \\letter
    li a0, 1
    li a2, 1
    li a7, SYS_write
    ecall
.endm
.globl _start
.data
.balign 4
word: .word 0, 0
more: .word 0, 0
text: .ascii "x"
"""
)
"""``sys name, a0, a1…`` makes a call with constants; ``say text`` writes a letter."""


def rules_of(text: str) -> list[Rule]:
    """Rules as a file says them, in TOML."""
    rules = []
    for name, value in tomllib.loads(text).items():
        rule = read_rule(name, value, Place("tests.toml", 1))
        assert rule is not None
        rules.append(rule)
    return rules


@cache
def source_of(name: str) -> str:
    """A program of this folder."""
    return (PROGRAMS / f"{name}.s").read_text()


def boot(source: str, **settings: Any) -> Run:
    """A machine with a program, and a second one, ``/true``, that does nothing."""
    files = {
        "/guest.s": (PRELUDE + ".text\n" + source).encode(),
        "/true.s": (PRELUDE + ".text\n_start: sys exit, 0\n").encode(),
    }
    settings = {"instructions": 200_000, "memory": 16 << 20, **settings}
    return Machine(**settings, files=files).boot("/guest.s", keep=False)


def observe(run: Run, wanted: Wanted, *, checks: bool = False) -> Observation:
    """Run it to the end, and return what was seen."""
    recorder = Recorder(run.kernel, wanted)
    checker = Checker(run.kernel) if checks else None
    result = run.finish()
    return Observation(
        output=result.output,
        errors=result.errors,
        terminal=b"",
        exit_code=result.exit_code,
        signal=result.signal,
        conduct=recorder.conduct(),
        findings=tuple(checker.findings()) if checker is not None else (),
    )


def judged(source: str, rules: str, **settings: Any) -> list[Failure]:
    """What is said of a program by rules in TOML."""
    wanted = rules_of(rules)
    run = boot(source, **settings)
    return judge_rules(wanted, observe(run, needs(wanted), checks=needs_checker(wanted)))


def broken(source: str, rules: str, **settings: Any) -> set[str]:
    """The names of the rules that a program breaks."""
    return {failure.what for failure in judged(source, rules, **settings)}
