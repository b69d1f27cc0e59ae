"""Verdicts at a terminal: what happened, where, how much, what to do next, in eighty columns without colour."""

from __future__ import annotations

import random
import re
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from tests.grade.reports.any_verdicts import CLASSES, QUIETLY
from tests.grade.reports.verdicts import (
    CLASS,
    EVERY_KIND,
    KINDS,
    LOSING,
    RIGHT,
    WRONG,
    a_class,
    failure,
    judged,
    submission,
)
from vm.grade.lab import Visibility
from vm.grade.reports.groups import groups_of
from vm.grade.reports.passages import Replay, points_words
from vm.grade.reports.text import class_lines, submission_lines
from vm.grade.verdict import ClassVerdict, State
from vm.lines import plain

COMMANDS = ("forklore run --schedule r/1.json r/tree 2", "forklore gdb --schedule r/1.json r/tree 2")


def test_a_failure_that_depends_on_the_schedule_is_told_with_what_repeats_it() -> None:
    key = ("bob", "two children")
    replays = {key: Replay(folder="r", commands=COMMANDS)}
    told = plain(submission_lines(WRONG, for_teacher=True, films={key: "films/bob.html"}, replays=replays))
    assert (
        told
        == """\
bob                                                                  0/20 points
  note: a/link is a symbolic link: left out
  tree, from the compiler:
    tree.c:3:5: warning: unused variable 'x'
  FAILED   two children                                                     0/10
      ran        /tree 2
      schedules  every schedule: 6 outcomes
    the output is not what is expected
      expected   parent 1
                 child 2
      came       parent 1
                 child 3
      in detail  line 2: child 3
                               ^ 2 is expected
      schedule   this one fails; another one passes, or might
      repeat it  forklore run --schedule r/1.json r/tree 2
                 forklore gdb --schedule r/1.json r/tree 2
      hint       look at wait
      film       films/bob.html
  skipped  no zombies                                                       0/10
      ran        /tree 2
      because    the test before it is not passed
"""
    )


def test_of_a_test_that_is_passed_there_is_one_line() -> None:
    assert plain(submission_lines(RIGHT, for_teacher=False)).splitlines() == [
        "ada                                                                 20/20 points",
        "  passed   two children                                                    10/10",
        "  passed   no zombies                                                      10/10",
    ]


def test_a_hint_is_for_who_fails() -> None:
    tests = [replace(judged(f"{state}", state=state), hint=f"hint for {state}") for state in State]
    told = plain(submission_lines(submission("ada", *tests), for_teacher=True))
    assert re.findall("hint for (.*)", told) == ["failed"]


def test_every_kind_of_failure_is_told() -> None:
    told = plain(submission_lines(EVERY_KIND, for_teacher=True))
    for kind in KINDS:
        before = {"rule": "rule-1: ", "grader": "this could not be judged: "}.get(kind, "")
        assert f"\n    {before}the {kind} is not what is expected\n" in told
    assert "  ERROR    the grader fails" in told
    assert "no schedule passes" in told


def test_a_class_is_told_in_eighty_columns_with_those_that_went_wrong_alike() -> None:
    many = [submission(f"s{at:02}", judged("two children", failure("status"))) for at in range(12)]
    broken = submission("z" * 60, judged("no zombies", failure("grader"), state=State.ERROR))
    told = plain(class_lines(a_class(RIGHT, WRONG, *many, broken), for_teacher=True))
    rows = told.splitlines()
    assert rows[:9] == [
        "A fork tree: 15 submissions, 1 with every test passed",
        "",
        "       test          points  passed",
        "    1  two children      10  1 of 14",
        "    2  no zombies        10  1 of 3, 1 error of the grader",
        "",
        "  submission                      points  tests not passed",
        "  ada                              20/20",
        "  bob                               0/20  1, 2",
    ]
    assert rows[-2:] == [
        "  12  two children: the status is not what is expected",
        "      s00, s01, s02, s03, s04, s05, s06, s07 and 4 more",
    ]
    assert max(map(len, rows)) <= 80


@QUIETLY
@given(CLASSES, st.booleans(), st.integers(60, 120))
def test_whatever_is_said_a_table_is_as_wide_as_the_terminal(
    verdicts: ClassVerdict, for_teacher: bool, columns: int
) -> None:
    told = plain(class_lines(replace(verdicts, lab="lab"), for_teacher=for_teacher, columns=columns))
    assert all(letter.isprintable() for letter in told.replace("\n", ""))
    for each in verdicts.verdicts:
        told = plain(submission_lines(each, for_teacher=for_teacher, columns=columns))
        assert all(letter.isprintable() for letter in told.replace("\n", ""))
        tests = [row for row in told.split("\n") if re.match("  (passed  |FAILED  |skipped |ERROR   ) ", row)]
        assert all(cell_len(row) <= columns for row in tests)
        assert len(tests) >= len(each.tests)


def test_groups_are_those_with_one_key_the_largest_first() -> None:
    alike = [submission(name, judged("a", failure("status")), judged("b", failure())) for name in "pqr"]
    more = [submission(name, judged("a"), judged("b", failure())) for name in "st"]
    other = submission("u", judged("a", failure("status", what="other")), judged("b", failure("status")))
    ending = replace(failure("status"), key="status: killed")
    otherwise = submission("w", judged("a", ending), judged("b"))
    twice = submission("v", judged("a", failure("status"), failure("status")), judged("b"))
    groups = groups_of(a_class(*alike, *more, other, twice, otherwise))
    assert [(each.test, each.example.kind, each.example.what, each.submissions) for each in groups] == [
        ("b", "output", "", ("p", "q", "r", "s", "t")),
        ("a", "status", "", ("p", "q", "r", "v")),
        ("a", "status", "", ("w",)),
        ("a", "status", "other", ("u",)),
        ("b", "status", "", ("u",)),
    ]


def test_groups_do_not_depend_on_who_is_named_first() -> None:
    verdicts = list(CLASS.verdicts)
    random.Random(1).shuffle(verdicts)
    shuffled = groups_of(a_class(*verdicts))
    assert {(each.test, frozenset(each.submissions)) for each in shuffled} == {
        (each.test, frozenset(each.submissions)) for each in groups_of(CLASS)
    }
    assert [len(each.submissions) for each in shuffled] == [len(each.submissions) for each in groups_of(CLASS)]


def test_a_group_of_a_hidden_test_is_not_told_to_students() -> None:
    hidden = [submission(name, judged("secret", failure(losing=LOSING), visibility=Visibility.HIDDEN)) for name in "ab"]
    assert "alike" in plain(class_lines(a_class(*hidden), for_teacher=True))
    assert "alike" not in plain(class_lines(a_class(*hidden), for_teacher=False))


def test_points_are_told_as_people_write_them() -> None:
    told = {1234567.0: "1234567", 2.5: "2.5", 0.1 + 0.2: "0.3", 1 / 3: "0.33", -0.001: "0", 100.0: "100", -1.5: "-1.5"}
    assert {points: points_words(points) for points in told} == told
