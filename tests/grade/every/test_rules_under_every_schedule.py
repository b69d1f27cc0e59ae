"""What processes do is judged where it can go wrong: when a parent, or a child, is faster than it was."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from tests.grade.every.trials import PLACE, a_test, images_of, judge, text_of
from tests.oracle.every_schedule import TooLarge, every_course
from tests.oracle.small_language import Body, Fork, Say, Wait
from tests.oracle.small_programs import small_program
from tests.oracle.small_world import Done
from tests.sampling import one_in
from vm.grade.allowed import Allowed
from vm.grade.every.judging_every import judge_every
from vm.grade.judging.judge import judge as real_judge
from vm.grade.lab import Expected, How, Rule, Test
from vm.grade.observation import Observation
from vm.grade.rules.judging import judge_rules
from vm.grade.verdict import Failure


def judge_all(test: Test, run: Observation, allowed: Allowed | None) -> Sequence[Failure]:
    return [*judge(test, run, allowed), *judge_rules(test.rules, run)]


def rules_of(*names: str, **values: Any) -> tuple[Rule, ...]:
    return tuple([Rule(name=name, values=values, place=PLACE) for name in names])


WAITED: Body = (Fork("c", (Say(b"c"),)), Say(b"p"), Wait("c"))
ONE_OF_TWO: Body = (Fork("c", (Say(b"c"),)), Fork("d", (Say(b"d"),)), Wait(""))
NOT_WAITED: Body = (Fork("c", (Say(b"c"),)), Say(b"p"))
GRANDCHILD: Body = (Fork("c", (Fork("g", (Say(b"g"),)), Say(b"c"))), Wait("c"))


@pytest.mark.parametrize(
    ("program", "rule", "is_passed"),
    [
        (WAITED, "no-orphan", True),
        (WAITED, "no-zombie", True),
        (WAITED, "every-child-waited", True),
        (ONE_OF_TWO, "no-orphan", False),
        (ONE_OF_TWO, "no-zombie", False),
        (ONE_OF_TWO, "every-child-waited", False),
        (NOT_WAITED, "no-orphan", False),
        (NOT_WAITED, "no-zombie", False),
        (GRANDCHILD, "no-orphan", False),
        (GRANDCHILD, "no-zombie", False),
    ],
    ids=lambda each: each if isinstance(each, str) else None,
)
def test_a_family_is_judged_in_each_order_of_its_ends(program: Body, rule: str, is_passed: bool) -> None:
    """Where a child need not end before its parent there is a run with an orphan, and one with a zombie."""
    images = images_of(program)
    test = a_test(expected=Expected(status=None), rules=rules_of(rule))
    tried = judge_every(test, images, judge_all)
    assert tried.is_passed == is_passed
    assert "judged by what processes do" in tried.schedules
    if rule in ("no-orphan", "no-zombie") and not is_passed:
        assert tried.failures[0].losing is not None
        assert tried.failures[0].losing.depends, "the other rule is broken in the other order"


def left_alone(course: Sequence[Done]) -> bool:
    """True if a process ends before one that it has made; ``course`` tells all statements in their order."""
    ended = [done.pid for done in course if done.name == "Exit"]
    place = {pid: at for at, pid in enumerate(ended)}
    pids = {done.pid for done in course}
    return any(pid[:-1] in place and place[pid[:-1]] < place.get(pid, len(ended)) for pid in pids if len(pid) > 1)


@pytest.mark.parametrize("seed", one_in(15, range(150)))
def test_orphans_of_random_programs_are_those_of_every_course(seed: int) -> None:
    """Every order of all that processes do is gone through by a model that knows nothing of classes."""
    program = small_program(seed)
    try:
        courses = every_course(program, 5_000, 20_000)
    except TooLarge:
        return
    if any(end.stuck or end.status != 0 for _, end in courses) or "Kill" in repr(program):
        return
    is_right = not any(left_alone(course) for course, _ in courses)
    test = a_test(expected=Expected(status=None), rules=rules_of("no-orphan"), runs=100)
    tried = judge_every(test, images_of(program), judge_all)
    if tried.schedules.startswith("every schedule") and "a sample" not in tried.schedules:
        assert tried.is_passed == is_right, program
    else:
        assert tried.is_passed or not is_right, program


def test_files_are_judged_in_every_class() -> None:
    """Two processes write a file of their own name each; which is written first depends, and what is in it not."""
    source = """
        .text
        .globl  _start
_start: li      a7, 1079
        ecall
        mv      s0, a0
        li      a0, -100
        la      a1, path
        li      a2, 0x441       # O_WRONLY | O_CREAT | O_APPEND
        li      a3, 0x1b6
        li      a7, 56
        ecall
        la      a1, parent
        bnez    s0, 1f
        la      a1, child
1:      li      a2, 1
        li      a7, 64
        ecall
        li      a0, 0
        li      a7, 93
        ecall
        .data
path:   .asciz  "/out"
parent: .ascii  "p"
child:  .ascii  "c"
"""
    images = images_of(source)

    def of_file(*texts: str) -> Test:
        return a_test(expected=Expected(files={"/out": (text_of(How.ONE_OF, *texts),)}))

    assert judge_every(of_file("pc", "cp"), images, real_judge).is_passed
    for text in ("pc", "cp"):
        tried = judge_every(of_file(text), images, real_judge)
        assert [failure.kind for failure in tried.failures] == ["file"]
        assert tried.failures[0].losing is not None
        assert tried.failures[0].losing.depends
