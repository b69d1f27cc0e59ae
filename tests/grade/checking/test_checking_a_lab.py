"""``forklore grade check`` of small labs: what is fair passes, what is not is told with a run that shows it."""

from __future__ import annotations

import json
import os
import pickle
import subprocess
import sys
from pathlib import Path

import pytest

from vm import toolchain
from vm.grade.checking.checking import Plan, plan_check
from vm.grade.checking.concluding import conclude
from vm.grade.checking.findings import Checked, Fate, Level
from vm.grade.checking.proving import Proof, perform
from vm.grade.classes import common_of
from vm.grade.reading import read_lab
from vm.grade.starting.skeleton import write_skeleton

needs_compiler = pytest.mark.skipif(not toolchain.is_installed(), reason="needs ziglang")
ROOT = Path(__file__).resolve().parents[3]
HEAD = """
forklore = 1
name = "Letters"
reference = "solved"

[programs.letters]
source = "letters.s"

[defaults]
limits = {{ instructions = 10_000, processes = 4 }}

[[tests]]
name = "the test"
hint = "think"
{test}
"""
LETTERS = """
        .globl _start
_start: li      t6, 5                   # for nothing
        li      a7, 1079
        ecall
        la      s1, child
        beqz    a0, 1f
        la      s1, parent
1:      mv      s0, a0
        li      a0, 1                   # a letter, and another one
        mv      a1, s1
        li      a2, 1
        li      a7, 64
        ecall
        li      a0, 1
        mv      a1, s1
        li      a2, 1
        li      a7, 64
        ecall
        beqz    s0, 2f
        li      a0, -1
        li      a1, 0
        li      a2, 0
        li      a3, 0
        li      a7, 260
        ecall
2:      li      a0, 0
        li      a7, 93
        ecall
        .data
child:  .ascii  "b"
parent: .ascii  "a"
"""


def lab_of(folder: Path, test: str, source: str = LETTERS) -> Path:
    """A lab with one test; its file."""
    (folder / "solved").mkdir()
    (folder / "solved" / "letters.s").write_text(source)
    (folder / "tests.toml").write_text(HEAD.format(test=test))
    return folder / "tests.toml"


def checked(tests: Path, mutants: int, seeds: int = 2) -> Checked:
    """What is said of a lab, by nobody but this process."""
    plan = plan_check(common_of(read_lab(tests), tests.parent), tests.parent, mutants=mutants, seeds=seeds)
    return conclude(plan.lab, plan.seeds, plan.possible, [performed(plan.proof, task) for task in plan.tasks])


def performed(proof: Proof | None, task: object) -> object:
    assert proof is not None
    return perform(proof, task)  # type: ignore[arg-type]


ANY_ORDER = """
schedules = "every"
output.one-of = ["aabb", "abab", "abba", "baab", "baba", "bbaa"]
"""


def test_a_fair_test_that_can_fail_is_well(tmp_path: Path) -> None:
    report = checked(lab_of(tmp_path, ANY_ORDER), 200)
    assert report.found == ()
    assert report.tallies[0].failed > 15
    survived = {mutant.line for mutant in report.survivors}
    assert 3 in survived, "what is for nothing may be left out"
    assert not survived & set(range(10, 15)), "who writes nothing is noticed"


def test_a_test_that_demands_too_much_is_told_so(tmp_path: Path) -> None:
    report = checked(lab_of(tmp_path, 'output = "aabb"'), 0)
    (found,) = [each for each in report.found if each.kind == "demands-too-much"]
    assert (found.level, found.test) == (Level.ERROR, "the test")
    assert found.failures[0].expected == ("aabb",)
    assert sorted(found.failures[0].came[0]) == ["a", "a", "b", "b"]
    assert found.failures[0].came != ("aabb",)
    assert "schedule" in found.schedule
    assert not report.is_well


def test_a_reference_solution_that_never_passes_is_no_matter_of_schedules(tmp_path: Path) -> None:
    report = checked(lab_of(tmp_path, 'output = "cccc"'), 0)
    assert [found.kind for found in report.found] == ["reference"]


STRAIGHT = """
_start: li a0, 1
        la a1, text
        li a2, 3
        li a7, 64
        ecall
        li a0, 0
        li a7, 93
        ecall
        .data
text:   .ascii "abc"
"""


def test_a_test_that_cannot_fail_is_told_of(tmp_path: Path) -> None:
    report = checked(lab_of(tmp_path, 'output.regex = "[\\\\s\\\\S]*"\nstatus = "any"\npoints = 7', STRAIGHT), 200)
    (found,) = [each for each in report.found if each.level is Level.ERROR]
    assert found.kind == "cannot-fail"
    assert "7 points" in found.title
    assert len(report.survivors) > 8


def test_what_changes_nothing_or_is_no_program_is_not_counted(tmp_path: Path) -> None:
    source = STRAIGHT + "\n        .equ UNUSED, 3\n"
    report = checked(lab_of(tmp_path, 'output = "abc"', source), 200)
    fates = {str(each.mutant): each.fate for each in report.mutants}
    assert fates["letters.s:13: constant: 3 → 4"] is Fate.SAME
    assert report.count(Fate.FAILED) > 8
    assert report.is_well


def test_chosen_mutants_and_their_fates_are_the_same_again(tmp_path: Path) -> None:
    tests = lab_of(tmp_path, 'output = "abc"', STRAIGHT)
    assert checked(tests, 5) == checked(tests, 5)


def test_a_proof_and_its_tasks_travel(tmp_path: Path) -> None:
    tests = lab_of(tmp_path, 'output.reference = true\nschedules = "every"')
    plan = plan_check(common_of(read_lab(tests), tmp_path), tmp_path, mutants=2, seeds=1)
    travelled = pickle.loads(pickle.dumps(plan))
    assert travelled == plan
    assert travelled.proof is not None
    assert travelled.proof.common.allowed
    assert [performed(travelled.proof, task) for task in travelled.tasks] == [
        performed(plan.proof, task) for task in plan.tasks
    ]  # fmt: skip


def run(*arguments: object, folder: Path) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "vm" / "api")])}
    command = [sys.executable, "-m", "forklore", *map(str, arguments)]
    return subprocess.run(command, env=environment, cwd=folder, capture_output=True, text=True, check=False)


def test_the_command_tells_and_repeats_the_rejected_run(tmp_path: Path) -> None:
    lab_of(tmp_path, 'output = "aabb"')
    options = ["--mutants", 3, "--seeds", 1, "--jobs", 2, "--replays", "again", "--report", "report.txt"]
    done = run("grade", "check", *options, "tests.toml", folder=tmp_path)
    assert (done.returncode, done.stdout, done.stderr) == (1, "", "")
    report = (tmp_path / "report.txt").read_text()
    assert report.startswith('error: tests.toml:12: "the test": ')
    (came,) = {line.split()[1] for line in report.split("\n\n")[0].splitlines() if line.startswith("    came:")}
    (command,) = [line.split() for line in report.splitlines() if line.startswith("      forklore run ")]
    assert run(*command[1:], folder=tmp_path).stdout == came != "aabb"


def test_the_command_says_that_all_is_well(tmp_path: Path) -> None:
    lab_of(tmp_path, 'output = "abc"', STRAIGHT)
    done = run("grade", "check", "--mutants", 4, "--jobs", 1, "--format", "json", "tests.toml", folder=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    report = json.loads(done.stdout)
    assert report["well"] is True
    assert len(report["mutants"]) == 4
    (tmp_path / "tests.toml").write_text("forklore = 1\n[[tests]]\nnane = 1\n")
    done = run("grade", "check", "tests.toml", folder=tmp_path)
    assert done.returncode == 2
    assert "tests.toml:3: " in done.stderr


@needs_compiler
def test_a_skeleton_is_well_as_it_is(tmp_path: Path) -> None:
    write_skeleton(tmp_path)
    report = checked(tmp_path / "tests.toml", 6, seeds=1)
    assert report.found == ()
    assert report.count(Fate.FAILED) > 2


@needs_compiler
@pytest.mark.full
def test_a_skeleton_is_well_with_all_mutants(tmp_path: Path) -> None:
    write_skeleton(tmp_path)
    report = checked(tmp_path / "tests.toml", 1000, seeds=10)
    assert report.found == ()
    assert all(tally.failed > 10 for tally in report.tallies)
    assert {mutant.line for mutant in report.survivors} >= {13, 14}, "no test makes fork fail"


def test_a_lab_without_a_solution_is_told_so(tmp_path: Path) -> None:
    tests = lab_of(tmp_path, 'output = "abc"', STRAIGHT)
    tests.write_text(tests.read_text().replace('reference = "solved"\n', ""))
    plan = plan_check(common_of(read_lab(tests), tmp_path), tmp_path)
    assert plan == Plan(lab=plan.lab)
