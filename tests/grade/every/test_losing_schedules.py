"""The schedule of a run that failed repeats it, in a folder that holds the program and the test's files."""

from __future__ import annotations

import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from tests.forking import forked_command
from tests.grade.every.trials import a_test, images_of, judge, text_of
from vm.grade.every.judging_every import judge_every
from vm.grade.every.judging_some import judge_some
from vm.grade.every.tried import Tried
from vm.grade.lab import Expected, How, Schedules, Test
from vm.grade.trying import try_once
from vm.grade.verdict import Failure, Losing

PROGRAMS = Path("programs/outcomes")
READS = """
        .equ    SYS_openat, 56
        .equ    SYS_read, 63
        .equ    SYS_write, 64
        .equ    SYS_exit, 93
        .equ    SYS_fork, 1079
        .bss
buffer: .space  64
        .text
        .globl  _start
_start: lw      s0, 8(sp)       # the first argument is the file's name
        li      a7, SYS_fork
        ecall
        bnez    a0, input
        li      a0, -100
        mv      a1, s0
        li      a2, 0
        li      a7, SYS_openat
        ecall
        j       copy
input:  li      a0, 0
copy:   la      a1, buffer
        li      a2, 64
        li      a7, SYS_read
        ecall
        mv      a2, a0
        li      a0, 1
        la      a1, buffer
        li      a7, SYS_write
        ecall
        li      a0, 0
        li      a7, SYS_exit
        ecall
"""
"""The parent copies its input, the child a file, and nobody waits."""


def losing_of(tried: Tried) -> Losing:
    assert tried.failures, tried
    losing = tried.failures[0].losing
    assert losing is not None
    return losing


def repeated(folder: Path, test: Test, image: bytes, losing: Losing) -> subprocess.CompletedProcess[bytes]:
    """What the command of a student does: no file of the guest's is there but the program and the test's."""
    (folder / "tree").write_bytes(image)
    (folder / "tree").chmod(0o755)
    for path, data in test.files.items():
        (folder / path.lstrip("/")).write_bytes(data)
    (folder / "losing.json").write_text(losing.schedule)
    words = [*forked_command(), "run", "--schedule", "losing.json", "./tree", *test.arguments]
    return subprocess.run(words, cwd=folder, input=b"not read\n", capture_output=True, timeout=60, check=False)


@pytest.mark.parametrize("wanted", ["text\nfile\n", "file\ntext\n"])
def test_a_run_with_all_that_a_test_gives_it(tmp_path: Path, wanted: str) -> None:
    test = a_test(
        text_of(How.EXACT, wanted), input=b"text\n", files={"/words": b"file\n"}, arguments=("/words",),
        environment={"LANG": "C"},
    )  # fmt: skip
    images = images_of(READS)
    tried = judge_every(test, images, judge)
    assert tried.schedules == "every schedule: 2 outcomes"
    losing = losing_of(tried)
    assert losing.depends
    other = b"file\ntext\n" if wanted == "text\nfile\n" else b"text\nfile\n"
    assert [failure.came for failure in tried.failures] == [(repr(other),)]
    done = repeated(tmp_path, test, images["tree"], losing)
    assert (done.stdout, done.returncode) == (other, 0), done.stderr


@pytest.mark.parametrize(
    ("name", "expected", "kinds", "status", "output"),
    [
        ("killed_midway", Expected(output=(text_of(How.LACKS, "bc"),)), {"output"}, 0, None),
        ("forgotten_close", Expected(), {"deadlock"}, 124, b"a"),
        ("philosophers_2", Expected(), {"deadlock"}, 124, b""),
        ("two_writers", Expected(status=(3,)), {"status"}, 0, b"abxy"),
        ("lost_wakeup", Expected(), {"deadlock"}, 124, None),
    ],
)
def test_each_kind_of_failure_comes_again(
    tmp_path: Path, name: str, expected: Expected, kinds: set[str], status: int, output: bytes | None
) -> None:
    test, images = a_test(expected=expected), images_of(PROGRAMS / f"{name}.s")
    tried = judge_every(test, images, judge)
    assert {failure.kind for failure in tried.failures} == kinds
    done = repeated(tmp_path, test, images["tree"], losing_of(tried))
    assert done.returncode == status, done.stderr
    assert output is None or done.stdout == output
    assert kinds != {"output"} or repr(done.stdout) in tried.failures[0].came


def test_who_polls_for_ever_is_ended_by_a_limit_then_and_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:  # fmt: skip
    """A child that turns until its parent has ended, which waits for it: nothing new ever happens."""
    source = """
        .text
        .globl  _start
_start: li      a7, 172
        ecall
        mv      s0, a0
        li      a7, 1079
        ecall
        beqz    a0, child
        li      a1, 0
        li      a2, 0
        li      a3, 0
        li      a7, 260
        ecall
        j       out
child:  li      a7, 173
        ecall
        beq     a0, s0, child
out:    li      a0, 0
        li      a7, 93
        ecall
"""
    test, images = a_test(instructions=20_000), images_of(source)
    assert [failure.kind for failure in judge_every(test, images, judge).failures] == ["limit"]
    own = replace(try_once(test, images), limit="")
    monkeypatch.setattr("vm.grade.every.judging_every.try_once", lambda test, images: own)
    tried = judge_every(test, images, judge)
    assert {failure.kind for failure in tried.failures} == {"limit"}
    done = repeated(tmp_path, test, images["tree"], losing_of(tried))
    assert done.returncode == 124, done.stderr


def test_one_that_the_seed_draws(tmp_path: Path) -> None:
    images = images_of(PROGRAMS / "two_writers.s")
    test = a_test(text_of(How.REGEX, "ab.*|x.*"), schedules=Schedules.SOME, count=60)
    tried = judge_some(test, images, judge)
    assert tried.schedules == "60 schedules"
    losing = losing_of(tried)
    assert losing.depends
    done = repeated(tmp_path, test, images["tree"], losing)
    assert done.stdout.startswith(b"ax")
    assert tried == judge_some(test, images, judge)
    others = {losing_of(judge_some(test, images, judge, seed=seed)).schedule for seed in range(6)}
    assert len(others) > 1


def test_a_reason_says_who_may_come_first() -> None:
    images = images_of(PROGRAMS / "fork_two_each.s")
    tried = judge_every(a_test(text_of(How.EXACT, "pqcd")), images, judge)
    failure: Failure = tried.failures[0]
    assert failure.details == ('"c" of child 1 may come before "p" of the program',)
