"""One submission: what is built, what is judged, what is skipped, and what costs nobody else anything."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.grade.graded import HEAD, graded, handed_in, lab_of, only, printing
from vm.grade import grading
from vm.grade.building import CannotGrade
from vm.grade.classes import chosen, common_of
from vm.grade.grading import grade_submission
from vm.grade.reading import WrongLab
from vm.grade.verdict import State

HELLO = '[[tests]]\nname = "hello"\noutput = "hello\\n"\n'
FORKS = b"""
        .globl _start
_start: li a7, 1079
        ecall
        bnez a0, end
        j _start
end:    li a0, 0
        li a7, 93
        ecall
"""


def test_what_is_right_has_all_points(tmp_path: Path) -> None:
    test = only(graded(tmp_path, HELLO + "points = 2.5\n", {"p.s": printing("hello\n")}))
    assert (test.state, test.points, test.out_of, test.failures, test.ran) == (State.PASSED, 2.5, 2.5, (), "p")


@pytest.mark.parametrize(
    ("files", "kinds"),
    [
        ({"p.s": printing("hallo\n")}, ["output"]),
        ({"p.s": printing("hello\n", 3)}, ["status"]),
        ({"p.s": b"nonsense"}, ["build"]),
        ({"q.s": printing("hello\n"), "README": b""}, ["missing"]),
        ({}, ["missing"]),
        ({"p.s": b".globl _start\n_start: lw t0, 0(zero)\n"}, ["signal", "output"]),
        ({"p.s": b".globl _start\n_start: j _start\n"}, ["limit", "output"]),
    ],
)
def test_what_is_wrong_is_told_by_its_kind(tmp_path: Path, files: dict[str, bytes], kinds: list[str]) -> None:
    test = only(graded(tmp_path, HELLO + "limits = { instructions = 10_000 }\n", files))
    assert (test.state, test.points) == (State.FAILED, 0)
    assert [failure.kind for failure in test.failures] == kinds


def test_an_image_is_taken_as_it_is(tmp_path: Path) -> None:
    from asm import Source, assemble

    image = assemble([Source("p.s", printing("hello\n").decode())]).image
    head = HEAD.replace("p.s", "p")
    assert only(graded(tmp_path, HELLO, {"p": image}, head)).state is State.PASSED
    broken = only(graded(tmp_path, HELLO, {"p": image[:100]}, head))
    assert (broken.state, broken.failures[0].kind) == (State.FAILED, "build")
    assert "cannot be run" in broken.failures[0].title


def test_behind_a_test_that_stops_nothing_is_tested(tmp_path: Path) -> None:
    tests = HELLO + "stop-on-failure = true\n" + HELLO.replace('name = "hello"', 'name = "again"')
    first, second = graded(tmp_path, tests, {"p.s": printing("x")}).tests
    assert (first.state, second.state, second.points, second.out_of) == (State.FAILED, State.SKIPPED, 0, 1)
    assert second.reason == 'not tested, since "hello" was not passed'
    assert all(test.state is State.PASSED for test in graded(tmp_path, tests, {"p.s": printing("hello\n")}).tests)


def test_a_fault_of_ours_costs_no_other_test(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is nobody's failure who is graded, and it is told as ours."""
    tests = HELLO + HELLO.replace('name = "hello"', 'name = "again"')
    common = common_of(lab_of(tmp_path, tests), tmp_path)
    real = grading.try_once

    def broken(test: object, images: object) -> object:
        if getattr(test, "name", "") == "hello":
            raise AssertionError("a bug\x1b[31m")
        return real(test, images)  # type: ignore[arg-type]

    monkeypatch.setattr(grading, "try_once", broken)
    first, second = grade_submission(common, handed_in({"p.s": printing("hello\n")})).tests
    assert (first.state, second.state) == (State.ERROR, State.PASSED)
    assert first.failures[0].details == ("a fault of the grader's own: AssertionError: a bug\\x1b[31m",)


def test_the_labs_own_program_is_no_secret_of_a_submission(tmp_path: Path) -> None:
    """A guest has the lab's programs and the test's files; sources of the lab are not among what is compiled."""
    (tmp_path / "own.s").write_bytes(printing("own\n"))
    head = HEAD + '[programs.own]\nsource = "own.s"\nfrom = "lab"\npath = "/bin/own"\n\n'
    tests = '[[tests]]\nname = "own"\nprogram = "own"\noutput = "own\\n"\n'
    assert only(graded(tmp_path, tests, {"p.s": printing("x")}, head)).state is State.PASSED
    stealing = b'.include "own.s"\n'
    stolen = only(graded(tmp_path, HELLO, {"p.s": stealing}, head))
    assert stolen.failures[0].kind == "build"


def test_a_labs_program_that_cannot_be_built_is_the_teachers_to_mend(tmp_path: Path) -> None:
    (tmp_path / "own.s").write_text("nonsense\n")
    head = HEAD + '[programs.own]\nsource = "own.s"\nfrom = "lab"\n\n'
    with pytest.raises(CannotGrade, match=r"own\.s"):
        graded(tmp_path, HELLO, {"p.s": printing("hello\n")}, head)


def test_a_verdict_is_the_same_every_time(tmp_path: Path) -> None:
    """A bomb too, which is not tried under one schedule after the other."""
    more = "limits = { calls = 500, processes = 8 }\n"
    tests = HELLO + more + HELLO.replace('name = "hello"', 'name = "all"\nschedules = "every"') + more
    verdict = graded(tmp_path, tests, {"p.s": FORKS})
    assert verdict == graded(tmp_path, tests, {"p.s": FORKS})
    assert [[failure.kind for failure in test.failures] for test in verdict.tests] == [["limit", "output"]] * 2


def test_chosen_tests_are_another_lab(tmp_path: Path) -> None:
    lab = lab_of(tmp_path, HELLO + HELLO.replace('name = "hello"', 'name = "again"'))
    one = chosen(lab, ["again"])
    assert [test.name for test in one.tests] == ["again"]
    assert one.digest != lab.digest == chosen(lab, []).digest
    with pytest.raises(CannotGrade, match="there are: again, hello"):
        chosen(lab, ["agein"])


READS = b"""
        .globl _start
_start: li a0, 0                # ioctl(0, TCGETS, buffer): is it a terminal?
        li a1, 0x5401
        la a2, buffer
        li a7, 29
        ecall
        mv s0, a0
1:      li a0, 0
        la a1, buffer
        li a2, 64
        li a7, 63
        ecall
        blez a0, 2f
        mv a2, a0
        li a0, 1
        la a1, buffer
        li a7, 64
        ecall
        j 1b
2:      snez a0, s0
        li a7, 93
        ecall
        .bss
buffer: .space 64
"""


@pytest.mark.parametrize(
    ("how", "status"),
    [('output = "a\\nb\\n"', 1), ('terminal = true\nshows = "a\\nb\\n"', 0), ('output = "a\\nb\\n"\nschedules = 3', 1)],
)
def test_an_input_is_typed_where_there_is_a_terminal(tmp_path: Path, how: str, status: int) -> None:
    tests = f'[[tests]]\nname = "reads"\ninput = "a\\nb\\n"\n{how}\nstatus = {status}\n'
    assert only(graded(tmp_path, tests, {"p.s": READS})).failures == ()


LINKS = b"""
        .globl _start
_start: la a0, new              # symlinkat("/given", AT_FDCWD, "/link")
        la a0, old
        li a1, -100
        la a2, new
        li a7, 36
        ecall
        li a0, 0
        li a7, 93
        ecall
        .data
old:    .asciz "/given"
new:    .asciz "/link"
"""


def test_files_are_what_a_program_would_read_there(tmp_path: Path) -> None:
    """Given ones that nobody touched too, and through links; folders and what is missing are none."""
    head = '[[tests]]\nname = "files"\nfiles = { "/given" = { text = "x\\n" } }\n'
    tests = head + 'creates = { "/given" = "x\\n", "/link" = "x\\n" }\n'
    assert only(graded(tmp_path, tests, {"p.s": LINKS})).failures == ()
    for path in ("/none", "/given/none"):
        failures = only(graded(tmp_path, head + f'creates = {{ "{path}" = "" }}\n', {"p.s": LINKS})).failures
        assert [(failure.kind, failure.what) for failure in failures] == [("file", path)]


@pytest.mark.parametrize(
    ("files", "kinds"),
    [
        ({"ann.s": printing("hello\n")}, []),
        ({"ann.c": printing("hello\n")}, ["missing"]),
        ({"ann": printing("hello\n")}, ["missing"]),
        ({"ann.s": printing("hello\n"), "more.s": b""}, ["missing"]),
        ({"src/p.s": printing("hello\n")}, []),
    ],
)
def test_one_file_alone_may_have_any_name(tmp_path: Path, files: dict[str, bytes], kinds: list[str]) -> None:
    assert [failure.kind for failure in only(graded(tmp_path, HELLO, files)).failures] == kinds


def test_of_two_programs_one_file_is_neither(tmp_path: Path) -> None:
    head = HEAD + '[programs.q]\nsource = "q.s"\n\n'
    tests = HELLO + 'program = "p"\n'
    assert only(graded(tmp_path, tests, {"ann.s": printing("hello\n")}, head)).failures[0].kind == "missing"


def test_a_solution_that_nobody_asks_for_may_be_missing(tmp_path: Path) -> None:
    """Students get the tests without it."""
    head = HEAD.replace("[programs", 'reference = "solution"\n\n[programs')
    assert lab_of(tmp_path, HELLO, head).reference == ""
    with pytest.raises(WrongLab, match="there is no folder 'solution'"):
        lab_of(tmp_path, HELLO.replace('"hello\\n"', "{ reference = true }"), head)
    (tmp_path / "solution").mkdir()
    (tmp_path / "solution" / "p.s").write_bytes(printing("hello\n"))
    assert lab_of(tmp_path, HELLO, head).reference == "solution"
