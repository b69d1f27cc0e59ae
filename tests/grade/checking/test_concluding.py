"""What follows from what mutants and the reference solution have met."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from vm.grade.checking.changes import Change
from vm.grade.checking.concluding import conclude
from vm.grade.checking.findings import Fate, Found, Judged, Level
from vm.grade.checking.mutants import Mutant
from vm.grade.checking.telling import as_json, told
from vm.grade.lab import Expected, How, Lab, Place, Program, Test, Text, Visibility
from vm.grade.verdict import Failure, Losing
from vm.settings import Settings


def place(line: int = 1) -> Place:
    return Place("tests.toml", line)


def a_test(name: str, line: int, **more: object) -> Test:
    return Test(
        name=name, program="a", settings=Settings(), expected=Expected(), hint="think", place=place(line), **more
    )  # type: ignore[arg-type]


def lab(*tests: Test) -> Lab:
    programs = {"a": Program(name="a", path="/a", sources=("a.s",), place=place())}
    return Lab(name="A lab", file="tests.toml", digest="0", programs=programs, tests=tests, reference="reference")


def judged(line: int, fate: Fate, *failed: str, image: str = "") -> Judged:
    mutant = Mutant(file="a.s", line=line, operator="no-call", before="ecall", after="", change=Change(0, 5, ""))
    return Judged(mutant=mutant, fate=fate, failed=failed, image=image or str(line))


TESTS = (a_test("one", 10), a_test("two", 20, points=3.5), a_test("three", 30))


def test_a_test_that_no_mutant_fails_is_told_of() -> None:
    came = [judged(1, Fate.FAILED, "one"), judged(2, Fate.FAILED, "one", "three"), judged(3, Fate.SURVIVED)]
    checked = conclude(lab(*TESTS), (0,), 9, came)
    assert [(tally.test, tally.failed, tally.alone) for tally in checked.tallies] == [
        ("one", 2, 1), ("two", 0, 0), ("three", 1, 0),
    ]  # fmt: skip
    (found,) = checked.found
    assert (found.level, found.kind, found.test, found.place.line) == (Level.ERROR, "cannot-fail", "two", 20)
    assert "3.5 points" in found.title
    assert not checked.is_well
    assert [mutant.line for mutant in checked.survivors] == [3]


@pytest.mark.parametrize("came", [[], [judged(1, Fate.UNBUILT)]])
def test_without_a_mutant_it_is_noted_that_nobody_knows(came: list[Judged]) -> None:
    """So it is with a solution that is an image."""
    (found,) = conclude(lab(*TESTS), (0,), len(came), came).found
    assert (found.level, found.kind) == (Level.NOTE, "no-mutants")


def test_who_asks_for_no_mutants_is_not_warned() -> None:
    assert not conclude(lab(*TESTS), (0,), 9, []).found


def test_survivors_alone_are_no_finding() -> None:
    checked = conclude(lab(TESTS[0]), (0,), 2, [judged(1, Fate.FAILED, "one"), judged(2, Fate.SURVIVED)])
    assert checked.is_well
    lines = list(told(checked))
    assert "  a.s:2: no-call: ecall → nothing" in lines
    assert lines[-1] == "0 errors, 0 warnings, 1 survivor"


def test_mutants_of_one_program_count_once() -> None:
    came = [judged(1, Fate.FAILED, "one", image="x"), judged(2, Fate.FAILED, "one", image="x"), judged(3, Fate.SAME),
            judged(4, Fate.UNBUILT)]  # fmt: skip
    checked = conclude(lab(TESTS[0]), (0,), 4, came)
    assert [each.fate for each in checked.mutants] == [Fate.FAILED, Fate.TWICE, Fate.SAME, Fate.UNBUILT]
    assert checked.tallies[0].failed == 1
    assert "4 of 4 mutants: 1 noticed, 1 that change nothing, 1 like another, 1 that cannot be compiled" in told(
        checked
    )


def test_nothing_is_said_of_tests_without_a_mutant() -> None:
    assert conclude(lab(*TESTS), (0,), 9, []).is_well
    assert conclude(lab(*TESTS), (0,), 9, [judged(1, Fate.UNBUILT), judged(2, Fate.SAME)]).is_well


def test_what_several_seeds_show_is_said_once() -> None:
    lost = Failure(
        kind="output", title="it differs", key="k", came=("abab",), losing=Losing(schedule="s", depends=True)
    )
    one = Found(level=Level.ERROR, kind="reference", test="one", place=place(10), title="with the seed 0")
    much = Found(level=Level.ERROR, kind="demands-too-much", test="one", place=place(10), title="t", failures=(lost,))
    always = replace(much, failures=(replace(lost, losing=Losing(schedule="s", depends=False)),))
    checked = conclude(lab(TESTS[0]), (0, 1), 9, [(one,), (replace(one, title="with the seed 1"),), (always,)])
    assert [found.title for found in checked.found] == ["with the seed 0"]
    checked = conclude(lab(TESTS[0]), (0, 1), 9, [(one,), (), (much,)])
    assert [found.kind for found in checked.found] == ["demands-too-much", "reference"]
    checked = conclude(lab(TESTS[0]), (0, 1), 9, [(), (), (much,)])
    assert checked.found == (much,)
    assert checked.found[0].schedule == "s"
    assert any("abab" in line for line in told(checked))


def exact(text: bytes, line: int) -> Text:
    return Text(how=How.EXACT, texts=(text,), place=place(line))


@pytest.mark.parametrize(
    ("test", "kinds"),
    [
        (a_test("t", 5), []),
        (replace(a_test("t", 5), expected=Expected(output=(exact(b"a", 6), exact(b"b", 7)))), ["cannot-be-met"] * 2),
        (
            replace(
                a_test("t", 5),
                expected=Expected(output=(exact(b"ab", 6), Text(how=How.CONTAINS, texts=(b"c",), place=place(7)))),
            ),
            ["cannot-be-met"],
        ),
        (
            replace(
                a_test("t", 5),
                expected=Expected(output=(exact(b"abc", 6), Text(how=How.CONTAINS, texts=(b"c",), place=place(7)))),
            ),
            [],
        ),
        (
            replace(a_test("t", 5), settings=Settings(output=1), expected=Expected(output=(exact(b"ab", 6),))),
            ["cannot-be-met"],
        ),
        (a_test("t", 5, visibility=Visibility.HIDDEN, points=0.0), ["no-points"]),
        (a_test("t", 5, visibility=Visibility.HIDDEN), []),
        (replace(a_test("t", 5), hint=""), ["no-hint"]),
    ],
)
def test_what_shows_before_anything_runs(test: Test, kinds: list[str]) -> None:
    checked = conclude(lab(test), (0,), 9, [])
    assert [found.kind for found in checked.found] == kinds
    assert checked.is_well == (kinds in ([], ["no-hint"]))


def test_a_report_is_json() -> None:
    checked = conclude(lab(*TESTS), (0,), 9, [judged(1, Fate.FAILED, "one"), judged(3, Fate.SURVIVED)])
    read = json.loads(json.dumps(as_json(checked)))
    assert read["well"] is False
    assert [(found["level"], found["kind"], found["place"]["line"]) for found in read["found"]] == [
        ("error", "cannot-fail", 20), ("error", "cannot-fail", 30),
    ]  # fmt: skip
    assert read["mutants"][1]["mutant"]["line"] == 3
    assert read["mutants"][1]["fate"] == "survived"


def test_names_of_others_command_no_terminal() -> None:
    checked = conclude(lab(a_test("a\x1b[31m", 10)), (0,), 9, [judged(1, Fate.SURVIVED)])
    assert not any("\x1b" in line for line in told(checked))
