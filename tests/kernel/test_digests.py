"""A digest names a state: the same for both engines, in every process of the host, and however it came about."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.kernel.guest import boot
from tests.programs.headers import PROGRAMS_FOLDER, read_header
from vm.abi import CALL_NUMBERS
from vm.kernel.choice import Choice, ChoiceKind
from vm.kernel.pausing import Ending, Pause
from vm.machine import Machine
from vm.run import Run

PROJECT = Path(__file__).parents[2]
NAMES = ("fork_tree.s", "pipeline.s", "vfork_global.s", "race_lock.s", "exec_descriptors.s")
ALL = sorted(path.name for path in PROGRAMS_FOLDER.glob("*.s"))


def run_of(name: str, engine: str, **settings: object) -> Run:
    header = read_header((PROGRAMS_FOLDER / name).read_text())
    given: Any = {"engine": engine, **settings}
    machine = Machine(memory=4 << 20, quantum=100, instructions=50_000, **given)
    return machine.boot(PROGRAMS_FOLDER / name, header.arguments, input=header.input).start()


def digests(run: Run, step: int) -> list[str]:
    """The digests of a run at the same clocks, and at its end."""
    found, clock = [run.digest()], 0
    while isinstance(run.advance(clock), Pause):
        found.append(run.digest())
        clock += step
    return [*found, run.digest()]


@pytest.mark.parametrize(
    ("name", "step"),
    [*((name, 331) for name in NAMES), *(pytest.param(name, 41, marks=pytest.mark.full) for name in ALL)],
)
def test_both_engines_have_the_same_digests(name: str, step: int) -> None:
    for strategy in ("copy", "cow", "on-demand"):
        interpreted, translated = (
            digests(run_of(name, engine, fork=strategy), step) for engine in ("interpreter", "translator")
        )
        assert interpreted == translated
        assert len(set(interpreted)) > 1, "time goes on, and the digest with it"


def test_a_copy_has_the_digest_of_the_original() -> None:
    run = run_of("pipeline.s", "interpreter")
    while isinstance(run.advance(Choice), Pause):
        before = run.digest()
        copied = run.copy()
        assert copied.digest() == run.digest() == before
    assert digests(copied, 50)[-1] == run.digest()


def test_the_hosts_hash_seed_does_not_matter() -> None:
    script = (
        "from tests.kernel.test_digests import digests, run_of\n"
        "print([digests(run_of(name, 'interpreter'), 499) for name in ('pipeline.s', 'exec_descriptors.s')])"
    )
    outputs = set()
    for seed in ("1", "2"):
        environment = {**os.environ, "PYTHONHASHSEED": seed}
        command = [sys.executable, "-c", script]
        done = subprocess.run(command, cwd=PROJECT, env=environment, capture_output=True, text=True, check=True)
        outputs.add(done.stdout)
    assert len(outputs) == 1


FAMILY = """
_start: sys fork
    beqz a0, child
    sys fork
    beqz a0, child
    li s1, 2
1:  li a0, -1
    li a1, 0
    li a2, 0
    sys wait4
    addi s1, s1, -1
    bnez s1, 1b
2:  li a0, 0
    nop
    j 2b
child:
    sys fork
    beqz a0, grandchild
    li a1, 0
    li a2, 0
    sys wait4
grandchild:
    exit 0
"""


class Last:
    """Takes the last who is ready."""

    def choose(self, choice: Choice) -> int:
        return len(choice.options) - 1 if choice.kind is ChoiceKind.RUN else choice.default


@pytest.mark.parametrize("strategy", ["copy", "cow", "on-demand"])
def test_two_orders_of_independent_forks_that_end_alike(strategy: str, tmp_path: Path) -> None:
    """The grandchildren have other pids, frames and times in between; nothing of that is left."""
    runs = [boot(tmp_path, FAMILY, quantum=7, fork=strategy, chooser=chooser) for chooser in (None, Last())]
    between = [[digests_at(run, clock) for clock in range(10, 60)] for run in runs]
    assert between[0] != between[1]
    assert digests_at(runs[0], 400) == digests_at(runs[1], 400)
    assert runs[0].choices != runs[1].choices


def test_numbers_are_numbers_whoever_named_them(tmp_path: Path) -> None:
    """A child's signal is SIGCHLD by fork's own account, and 17 by clone's argument."""
    source = """
_start: li a0, 0
    la a1, number
    li a2, 4
    sys read
    lw a7, number
    sw zero, number, t0
    li a0, 17
    li a1, 0
    li a2, 0
    li a3, 0
    li a4, 0
    ecall
    li a7, 0
1:  j 1b
    .data
number: .word 0
"""
    numbers = (CALL_NUMBERS["fork"], CALL_NUMBERS["clone"])
    runs = [boot(tmp_path, source, quantum=20, input=number.to_bytes(4, "little")) for number in numbers]
    assert digests_at(runs[0], 100) == digests_at(runs[1], 100)


def digests_at(run: Run, clock: int) -> str:
    pause = run.advance(clock)
    assert not isinstance(pause, Ending)
    return run.digest()


def test_files_are_told_by_what_they_are_not_by_where_they_lie(tmp_path: Path) -> None:
    found: dict[tuple[str, bool, bytes], str] = {}
    for name in ("one", "other"):
        for data in (b"a", b"b"):
            folder = tmp_path / name / data.decode()
            folder.mkdir(parents=True)
            boot(folder, '_start: la a1, name\n li a0, -100\n li a2, 0\n sys openat\n1: j 1b\nname: .asciz "/d"\n')
            (folder / "d").write_bytes(data)
            program = {"/main.s": (folder / "guest.s").read_bytes()}
            for machine, path in (
                (Machine(root=folder), "/guest"),
                (Machine(files={**program, "/d": data}), "/main.s"),
            ):
                run = machine.boot(path)
                run.advance(100)
                found[name, machine.root is None, data] = run.digest()
    for is_given in (False, True):
        same, other = (found["one", is_given, data] for data in (b"a", b"b"))
        assert found["other", is_given, b"a"] == same != other == found["other", is_given, b"b"]


CHANGES = {
    "memory": "la t0, word\n li t1, 7\n sw t1, 0(t0)",
    "a register": "li s5, 9",
    "a descriptor": "li a0, 1\n li a1, 5\n li a2, 0\n sys dup3",
    "a file": "li a0, -100\n la a1, name\n li a2, 0x42\n li a3, 0x1ff\n sys openat\n sys close",
    "a directory": "li a0, -100\n la a1, name\n li a2, 0x1ff\n sys mkdirat",
    "the mask of signals": "li a0, 0\n la a1, word\n li a2, 0\n li a3, 8\n sys rt_sigprocmask",
    "a pipe's content": "la a0, word\n li a1, 0\n sys pipe2\n lw a0, word+4\n la a1, name\n li a2, 3\n sys write",
    "an alarm": "li a0, 0\n la a1, later\n li a2, 0\n sys setitimer",
    "the heap": "li a0, 0\n sys brk\n li t0, 4096\n add a0, a0, t0\n sys brk",
    "how far input was read": "li a0, 0\n la a1, word+8\n li a2, 1\n sys read",
    "a limit": "li a0, 0\n li a1, 7\n la a2, later\n li a3, 0\n sys prlimit64",
}


def test_what_a_program_can_see_is_in_the_digest(tmp_path: Path) -> None:
    """Each change is made by the same program, which its input tells what to do, and which does as much in all."""
    parts = [
        f"li t0, {number}\n bne s0, t0, past{number}\n {change}\npast{number}:"
        for number, change in enumerate(CHANGES.values(), 1)
    ]
    temporary = ("a0", "a1", "a2", "a3", "a7", "s0", "t0", "t1")
    source = "_start: li a0, 0\n la a1, pick\n li a2, 1\n sys read\n lbu s0, pick\n sb zero, pick, t0\n"
    source += "\n".join([*parts, *[f" li {register}, 0" for register in temporary], "1: j 1b\n"])
    source += ' .data\n .balign 8\nword: .word 1 << 9, 0, 0, 0\nlater: .word 0, 0, 100, 0\nname: .asciz "/tmp/x"\n'
    source += "pick: .byte 0\n"
    found, timed = {}, {}
    for number, name in enumerate(("nothing", *CHANGES)):
        run = boot(tmp_path, source, input=bytes([number, 0]))
        run.advance(1000)
        found[name], timed[name] = run.digest(clock=False), run.digest()
    assert timed["nothing"] != timed["an alarm"]
    del found["an alarm"]
    assert len(set(found.values())) == len(found), found
    again = boot(tmp_path, source, input=bytes([100, 0]))
    again.advance(1000)
    assert again.digest(clock=False) == found["nothing"], "what it does not know is nothing"


def test_time_that_passes_is_in_no_digest_without_it(tmp_path: Path) -> None:
    """A program that does nothing is where it was, but for the clock, and the time of the processor that it used."""
    source = "_start: sys fork\n bnez a0, 1f\n li a0, 0\n sys exit\n1: li a0, -1\n li a1, 0\n sys wait4\n2: j 2b\n"
    run = boot(tmp_path, source, quantum=1000)
    found = []
    for clock in (1000, 3000):
        run.advance(clock)
        found.append((run.digest(clock=False), run.digest()))
    assert found[0][0] == found[1][0]
    assert found[0][1] != found[1][1]


def test_a_waiter_that_was_moved_to_another_word_waits_elsewhere(tmp_path: Path) -> None:
    """A program moves as many waiters as its input says, and goes on the same whatever that is."""
    temporary = ("a0", "a1", "a2", "a3", "a4", "a7", "s0")
    source = "_start: li a0, 0x10F00\n la a1, pick\n sys clone\n bnez a0, main\n"
    source += " la a0, words\n li a1, 128\n li a2, 0\n li a3, 0\n sys futex_time64\n1: j 1b\n"
    source += "main: sys sched_yield\n li a0, 0\n la a1, pick\n li a2, 1\n sys read\n lbu a3, pick\n"
    source += " la a0, words\n li a1, 131\n li a2, 0\n la a4, words+4\n sys futex_time64\n sb zero, pick, a4\n"
    source += "\n".join([f" li {register}, 0" for register in temporary]) + "\n2: j 2b\n"
    source += " .data\n .balign 4\nwords: .word 0, 0\npick: .byte 0\n"
    runs = [boot(tmp_path, source, quantum=20, input=bytes([moves])) for moves in (0, 1)]
    assert digests_at(runs[0], 200) != digests_at(runs[1], 200)
