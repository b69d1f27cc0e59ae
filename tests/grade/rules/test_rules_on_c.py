"""Rules hold of what a program in C calls, whatever calls the C library makes of it."""

from __future__ import annotations

from functools import cache

import pytest

from tests.grade.rules.observing import PROGRAMS, observe, rules_of
from vm import toolchain
from vm.grade.rules.judging import judge_rules, needs, needs_checker
from vm.grade.rules.places import Places
from vm.machine import Machine

pytestmark = pytest.mark.skipif(not toolchain.is_installed(), reason="needs the C compiler")

TIDY = """
every-child-waited = true
no-zombie = true
no-orphan = true
no-descriptor-left-open = true
no-deadlock = true
no-crash = true
no-vfork-damage = true
exec-after-vfork = true
parent-waits-before-output = true
"""

CASES = {
    "none": ('only-calls = ["fork"]', 'calls = ["fork"]'),
    "fork": (
        'calls = ["fork", "wait", "write"]\nno-calls = ["vfork", "clone", "posix_spawn", "exec"]\n'
        'only-calls = ["fork", "wait", "write"]\norder = ["fork", "wait", "write"]',
        'no-calls = ["waitpid"]\nonly-calls = { calls = ["fork", "wait", "write"], strict = true }\ncalls = ["pipe"]',
    ),
    "vfork": (
        'order = ["vfork", "exec"]\ncall-counts = { execve = 1, vfork = 1 }\nno-calls = ["fork", "posix_spawn"]\n'
        'exit-statuses = [0]\nonly-calls = ["vfork", "exec", "waitpid"]',
        'calls = ["fork"]\ncall-counts = { exec = 2 }',
    ),
    "spawn": (
        'calls = ["posix_spawn", "exec", "wait"]\n'
        'no-calls = ["fork", "vfork", "clone", "write", "fcntl", "pipe", "read", "close"]\n'
        "forks-exactly = 1",
        'calls = ["vfork"]\nno-calls = ["posix_spawn"]',
    ),
    "spawn_fails": ('exit-statuses = [127]\nno-calls = ["wait", "pipe", "read", "close", "write"]', 'calls = ["exec"]'),
    "system": ('calls = ["posix_spawn", "wait"]', 'no-calls = ["exec"]'),
    "pipe": (
        'order = ["pipe", "fork", "dup2", "write"]\n'
        'only-calls = ["pipe", "fork", "dup2", "close", "read", "write", "wait"]\n'
        'calls = { calls = ["read"], by = "parent" }\nno-calls = { calls = ["write"], by = "parent" }',
        'order = ["fork", "pipe"]',
    ),
    "file": ('calls = ["open", "close", "usleep"]\nonly-calls = ["open", "close", "sleep"]', 'no-calls = ["sleep"]'),
    "thread": (
        'calls = ["pthread_create"]\nthreads-at-most = 2\nforks-exactly = 0\nonly-calls = ["pthread_create"]',
        'no-calls = ["pthread_create"]\nthreads-at-most = 1',
    ),
}
"""By the argument: what the program keeps, and what it breaks."""


@cache
def image() -> bytes:
    return toolchain.build(PROGRAMS / "library.c", ["-O1"])


def names(argument: str, text: str) -> set[str]:
    rules = rules_of(text)
    run = Machine(files={"/library": image()}, instructions=2_000_000).boot("/library", [argument], keep=False)
    seen = observe(run, needs(rules), checks=needs_checker(rules))
    return {failure.what for failure in judge_rules(rules, seen)}


@pytest.mark.parametrize("argument", CASES)
def test_a_word_of_a_rule_holds_of_the_call_that_was_really_made(argument: str) -> None:
    kept, broken = CASES[argument]
    assert names(argument, kept) == set()
    assert names(argument, broken) == {line.partition(" = ")[0] for line in broken.splitlines()}


@pytest.mark.parametrize("argument", CASES)
def test_what_the_library_does_by_itself_breaks_no_rule(argument: str) -> None:
    assert names(argument, TIDY) == set()


def test_a_call_is_told_with_the_line_of_the_program_that_made_it() -> None:
    lines = (PROGRAMS / "library.c").read_text().splitlines()
    rules = rules_of('no-calls = ["posix_spawn"]')
    run = Machine(files={"/library": image()}, instructions=2_000_000).boot("/library", ["spawn"], keep=False)
    (failure,) = judge_rules(rules, observe(run, needs(rules)), Places({"/library": image()}))
    (number,) = [number for number, line in enumerate(lines, 1) if 'posix_spawn(&child, "/library"' in line]
    assert failure.came[0].endswith(f"  at library.c:{number}")
