"""What is said where not every schedule was tried, and whether a test demands more than its reference solution does."""

from __future__ import annotations

import itertools
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from tests.grade.every.trials import a_test, images_of, judge, text_of
from vm.grade.every.judging_every import judge_every
from vm.grade.every.judging_some import judge_some
from vm.grade.every.reference import allowed_of, demands_too_much
from vm.grade.lab import Expected, How, Schedules, Turn
from vm.grade.trying import try_once

PROGRAMS = Path("programs/outcomes")
TWO_WRITERS = images_of(PROGRAMS / "two_writers.s")
TWO_EACH = images_of(PROGRAMS / "fork_two_each.s")


def test_what_no_run_fails_within_the_limit_passes_and_is_told_so() -> None:
    tried = judge_every(a_test(text_of(How.CONTAINS, "a", "b"), runs=2), TWO_WRITERS, judge)
    assert tried.is_passed
    assert tried.schedules.startswith("not every schedule, up to 2 runs: ")


def test_what_fails_within_the_limit_fails_and_might_pass_otherwise() -> None:
    tried = judge_every(a_test(text_of(How.EXACT, "axby"), runs=1), TWO_WRITERS, judge)
    assert tried.failures[0].losing is not None
    assert tried.failures[0].losing.depends


def test_without_time_nobody_is_judged(monkeypatch: pytest.MonkeyPatch) -> None:
    """The machine's own schedule had time enough."""
    own = try_once(a_test(), TWO_WRITERS)
    monkeypatch.setattr("vm.grade.every.judging_every.try_once", lambda test, images: own)
    tried = judge_every(a_test(text_of(How.CONTAINS, "a"), seconds=1e-9), TWO_WRITERS, judge)
    assert "1e-09 seconds" in tried.error
    assert not tried.is_passed


def test_without_time_for_some_schedules_nobody_is_judged(monkeypatch: pytest.MonkeyPatch) -> None:
    """The seconds of a test are for all its runs together: but for a failure, which stays one."""
    clock = itertools.count(0, 10)
    monkeypatch.setattr("vm.grade.every.judging_some.time", SimpleNamespace(monotonic=lambda: next(clock)))
    some = replace(a_test(text_of(How.CONTAINS, "a"), seconds=35), schedules=Schedules.SOME, count=100)
    assert "35 seconds were too few" in judge_some(some, TWO_WRITERS, judge).error
    assert judge_some(replace(some, seconds=10_000), TWO_WRITERS, judge).is_passed
    wrong = replace(some, expected=a_test(text_of(How.EXACT, "")).expected)
    losing = judge_some(wrong, TWO_WRITERS, judge).failures[0].losing
    assert losing is not None
    assert losing.depends, "nobody knows whether one of the others passes"


def test_a_run_that_was_too_slow_once_alone_is_not_passed() -> None:
    """It is made again, to be recorded."""
    verdicts = iter([["it took too long"], []])
    tried = judge_some(
        replace(a_test(), schedules=Schedules.SOME, count=1),
        TWO_WRITERS,
        lambda *_: next(verdicts),  # type: ignore[arg-type, return-value]
    )
    assert not tried.is_passed
    assert "seconds were too few" in tried.error


def test_an_endless_loop_is_a_limit_in_every_schedule() -> None:
    source = ".text\n.globl _start\n_start: j _start\n"
    tried = judge_every(a_test(instructions=10_000), images_of(source), judge)
    assert [failure.kind for failure in tried.failures] == ["limit"]
    assert tried.failures[0].came == (repr(b"instruction limit of 10,000"),)


def test_calls_without_end_are_a_limit_too() -> None:
    source = ".text\n.globl _start\n_start: li a7, 172\necall\nj _start\n"
    tried = judge_every(a_test(instructions=40_000), images_of(source), judge)
    assert [failure.came for failure in tried.failures] == [(repr(b"instruction limit of 40,000"),)]


@pytest.mark.parametrize("turns", [4_000, 10_500])
@pytest.mark.parametrize("status", [0, 1])
def test_runs_with_more_steps_than_are_explored_are_tried_otherwise(turns: int, status: int) -> None:
    """A countdown with a call in each turn, which takes its time, and may be right."""
    source = f"""
        .text
        .globl  _start
_start: li      s0, {turns}
1:      li      a7, 172
        ecall
        addi    s0, s0, -1
        bnez    s0, 1b
        li      a0, {status}
        li      a7, 93
        ecall
"""
    tried = judge_every(a_test(), images_of(source), judge)
    assert [failure.kind for failure in tried.failures] == ["status"] * status
    told = "not every schedule, up to 10,000 steps of a run: 0 outcomes; and 20 schedules that were drawn"
    assert tried.schedules == ("every schedule: 1 outcome" if turns < 10_000 else told)


def test_a_dialogue_is_refused() -> None:
    turn = Turn(ends=True, place=a_test().place)
    assert "dialogue" in judge_every(a_test(dialogue=(turn,)), TWO_WRITERS, judge).error


def test_output_and_errors_are_two_texts() -> None:
    """Both writers write, one of them to the errors: their order is nothing that anybody sees."""
    source = Path(PROGRAMS / "two_writers.s").read_text()
    at = source.rindex("STDOUT")
    images = images_of(source[:at] + "2" + source[at + 6 :])
    found = allowed_of(a_test(), images)
    texts = found.examples(100), found.examples(100, "errors")
    assert texts[1] != [b""]
    for output in texts[0]:
        expected = Expected(output=(text_of(How.EXACT, output),), errors=(text_of(How.ONE_OF, *texts[1]),))
        tried = judge_every(a_test(expected=expected), images, judge)
        assert tried.is_passed == (len(texts[0]) == 1)
    wrong = Expected(output=(text_of(How.ONE_OF, *texts[0]),), errors=(text_of(How.EXACT, ""),))
    assert [each.kind for each in judge_every(a_test(expected=wrong), images, judge).failures] == ["errors"]


def test_a_terminal_is_one_text() -> None:
    expected = Expected(terminal=(text_of(How.EXACT, "cdpq"),))
    tried = judge_every(a_test(expected=expected, terminal=True), TWO_EACH, judge)
    assert [failure.kind for failure in tried.failures] == ["terminal"]
    allowed = allowed_of(a_test(terminal=True), TWO_EACH)
    assert allowed.count("terminal") == 6


@pytest.mark.parametrize("few", [1000, 0])
def test_of_too_many_outcomes_some_are_judged_where_no_automaton_tells(
    few: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("vm.grade.every.looking.MOST", 3)
    monkeypatch.setattr("vm.grade.every.looking.FEW", few)
    tried = judge_every(a_test(text_of(How.REGEX, "[abxy]*")), TWO_WRITERS, judge)
    assert tried.is_passed
    assert tried.schedules == "every schedule: 6 outcomes, of which some were judged"
    tried = judge_every(a_test(text_of(How.REGEX, "a.*|xyab")), TWO_WRITERS, judge)
    assert [failure.came[0] in map(repr, (b"xaby", b"xayb")) for failure in tried.failures] == [True]


def test_where_an_automaton_gets_too_large_some_are_judged(monkeypatch: pytest.MonkeyPatch) -> None:
    images = images_of(PROGRAMS / "forks_four_times.s")
    monkeypatch.setattr("vm.grade.every.explored.NODES", 200)
    tried = judge_every(a_test(text_of(How.CONTAINS, "a", "d")), images, judge)
    assert tried.is_passed
    assert tried.schedules.startswith("every schedule: at least ")
    assert tried.schedules.endswith(" outcomes, of which some were judged")
    assert judge_every(a_test(text_of(How.LACKS, "cdc")), images, judge).failures


def test_a_test_that_demands_one_of_several_orders_demands_too_much() -> None:
    """The machine's own schedule gives what the test wants, and a hundred others that are drawn might."""
    test = a_test(text_of(How.EXACT, "pqcd"))
    once = judge_some(test, TWO_EACH, judge)
    assert once.is_passed
    told = demands_too_much(test, TWO_EACH, judge)
    assert [failure.came for failure in told.failures] == [(repr(b"cdpq"),)]
    losing = told.failures[0].losing
    assert losing is not None
    assert losing.depends
    allowed = allowed_of(test, TWO_EACH)
    assert demands_too_much(a_test(text_of(How.REFERENCE)), TWO_EACH, judge, allowed).is_passed
    assert demands_too_much(a_test(text_of(How.CONTAINS, "p", "q")), TWO_EACH, judge).is_passed


def test_some_schedules_are_as_many_as_are_asked_for() -> None:
    test = a_test(text_of(How.ONE_OF, "pqcd", "cdpq"), schedules=Schedules.SOME, count=50)
    tried = judge_some(test, TWO_EACH, judge)
    assert tried.failures[0].losing is not None
    assert tried.failures[0].losing.depends
    lacks = a_test(text_of(How.LACKS, "qp"), schedules=Schedules.SOME, count=50)
    assert judge_some(lacks, TWO_EACH, judge).is_passed
    never = a_test(text_of(How.EXACT, "x"), schedules=Schedules.SOME, count=3)
    losing = judge_some(never, TWO_EACH, judge).failures[0].losing
    assert losing is not None
    assert not losing.depends
