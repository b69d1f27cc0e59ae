"""The headers of programs/outcomes tell how many outcomes there are; the machine finds these, and brute force does."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pytest

from tests.oracle.every_choice import EveryChoice, Outcome
from tests.programs.headers import PROGRAMS_FOLDER, PUZZLES, read_header
from tests.sampling import first_of
from vm import Machine
from vm.outcomes.answer import Outcomes
from vm.toolchain import is_installed

QUICK = {
    "counter_atomic", "first_to_end", "forgotten_close", "fork_own_letter", "fork_two_each", "killed_midway",
    "lost_wakeup_mended", "orphan_or_not", "pipe_semaphore", "vfork_own_letter", "vfork_two_each",
}  # fmt: skip
"""Programs whose every schedule is tried in a tenth of a second or two."""
TOO_LARGE = {"forks_thrice", "forks_four_times", "philosophers_5", "philosophers_mended_5"}
"""Programs with more states than can be tried."""
SLOW = {"counter_lock", "philosophers_5", "philosophers_mended_5"}
"""Programs with so many classes that it takes half a second and more to find them."""
INSIDE = {"counter_race", "counter_atomic", "counter_lock", "counter_token", "lost_wakeup", "lost_wakeup_mended"}
"""Programs in which it matters where between two calls a process is interrupted: memory is shared, or a flag is set."""

IN_C = [
    ("hello_or_world", "tty"), ("spawn_and_write", "tty"), ("buffered_before_fork", "tty"),
    ("buffered_before_fork", "pipe"), ("buffered_lines", "tty"), ("buffered_lines", "pipe"),
    ("threads_two_each", "tty"), ("threads_with_lock", "tty"),
]  # fmt: skip
"""Programs in C in which nobody needs to be interrupted between two calls, and what their standard output is."""


def numbers_of(found: set[Outcome]) -> tuple[int, int]:
    """How many outcomes there are, and how many of them are deadlocks."""
    return len(found), sum(bool(outcome.stuck) for outcome in found)


@cache
def answer_of(path: Path, stdout: str = "tty") -> Outcomes:
    """What the machine finds, once for all tests of a program."""
    answer = Machine(memory=4 << 20).outcomes(path, terminal=stdout == "tty")
    assert answer.complete
    return answer


def answered(path: Path, stdout: str = "tty") -> set[Outcome]:
    """The outcomes that the machine finds."""
    return {
        Outcome(
            each.terminal or each.output, each.errors, each.end.exit_code, each.end.signal,
            tuple(sorted(stuck.thread for stuck in each.end.stuck)),
        )
        for each in answer_of(path, stdout)
    }  # fmt: skip


def promised(path: Path) -> tuple[int, int]:
    header = read_header(path.read_text())
    return header.outcomes, header.deadlocks


@pytest.mark.parametrize(
    "name",
    [pytest.param(path.stem, marks=pytest.mark.full if path.stem in SLOW else []) for path in PUZZLES],
)
def test_the_machine_finds_as_many_outcomes_as_the_header_tells(name: str) -> None:
    path = PROGRAMS_FOLDER / "outcomes" / f"{name}.s"
    answer = answer_of(path)
    assert (answer.count, sum(count for end, count in answer.ends.items() if end.stuck)) == promised(path)


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(path.stem, marks=[] if path.stem in QUICK else pytest.mark.full)
        for path in PUZZLES
        if path.stem not in TOO_LARGE
    ],
)
def test_every_choice_gives_what_the_header_tells_and_the_machine_finds(name: str) -> None:
    path = PROGRAMS_FOLDER / "outcomes" / f"{name}.s"
    found = EveryChoice(path, inside=name in INSIDE).outcomes()
    assert numbers_of(found) == promised(path)
    assert answered(path) == found


@pytest.mark.full
@pytest.mark.skipif(not is_installed(), reason="no C compiler: pip install 'forklore[c]'")
@pytest.mark.parametrize(("name", "stdout"), IN_C)
def test_every_choice_of_a_program_in_c_gives_what_its_header_tells(name: str, stdout: str) -> None:
    path = PROGRAMS_FOLDER / "outcomes" / f"{name}.c"
    numbers = dict(re.findall(r"^ \* Outcomes(?: with --stdout (pipe))?: (\d+)$", path.read_text(), re.MULTILINE))
    found = EveryChoice(path, stdout=stdout).outcomes()
    assert numbers_of(found) == (int(numbers["pipe" if stdout == "pipe" else ""]), 0)
    if not name.startswith("threads"):  # the C library's own locks have more classes than can be explored here
        assert answered(path, stdout) == found


@pytest.mark.parametrize(
    ("name", "inside"),
    first_of(
        1,
        [
            ("lost_wakeup", False), ("fork_own_letter", True), ("killed_midway", True), ("pipe_semaphore", False),
            ("short_reads", False), ("sigchld_once", False), ("counter_atomic", True), ("counter_race", True),
        ],
    ),
)  # fmt: skip
def test_answers_that_bring_nothing_new_bring_nothing_new(name: str, inside: bool) -> None:
    path = PROGRAMS_FOLDER / "outcomes" / f"{name}.s"
    assert EveryChoice(path, inside=inside, plainly=True).outcomes() == EveryChoice(path, inside=inside).outcomes()


@cache
def walks(left: tuple[int, ...]) -> int:
    """How many texts there are with so many processes that have each letter to write: who has written makes another."""
    if not any(left):
        return 1
    total = 0
    for letter, processes in enumerate(left):
        if processes:
            after = [*left]
            after[letter] -= 1
            if letter + 1 < len(after):
                after[letter + 1] += 2
            total += walks(tuple(after))
    return total


@pytest.mark.parametrize(("name", "levels"), [("forks_twice", 2), ("forks_thrice", 3), ("forks_four_times", 4)])
def test_nested_forks_have_as_many_texts_as_there_are_walks(name: str, levels: int) -> None:
    path = PROGRAMS_FOLDER / "outcomes" / f"{name}.s"
    assert promised(path) == (walks((2, *[0] * (levels - 1))), 0)
