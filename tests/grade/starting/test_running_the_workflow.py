"""The workflow for GitHub: its step that grades, run as GitHub runs it, with the forklore that is here."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
from pathlib import Path

import yaml
from junitparser import JUnitXml

from vm.grade.starting.actions import workflow

ROOT = Path(__file__).resolve().parents[3]


def grading_step(tests: str) -> str:
    (job,) = yaml.safe_load(workflow(tests))["jobs"].values()
    (step,) = [step for step in job["steps"] if step.get("name") == "Grade"]
    commands: str = step["run"]
    return commands


HELLO = """
_start: li a0, 1
        la a1, text
        li a2, 6
        li a7, 64
        ecall
        li a0, {status}
        li a7, 93
        ecall
        .data
text:   .ascii "hello\\n"
"""
TESTS = """
forklore = 1
name = "Hello"

[programs.hello]
source = "hello.s"

[[tests]]
name = "it greets"
output = "hello\\n"
"""


def graded_as_github_does(folder: Path, status: int, **more: str) -> subprocess.CompletedProcess[str]:
    """Run the step of a workflow that grades, with the forklore that is here."""
    (folder / "bin").mkdir()
    (folder / "repository").mkdir()
    forklore = folder / "bin" / "forklore"
    forklore.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m forklore "$@"\n')
    forklore.chmod(0o755)
    (folder / "repository" / "tests.toml").write_text(TESTS)
    (folder / "repository" / "hello.s").write_text(HELLO.format(status=status))
    environment = os.environ | {
        "PATH": f"{folder / 'bin'}:{os.environ['PATH']}", "PYTHONPATH": f"{ROOT}:{ROOT / 'vm' / 'api'}",
        "RUNNER_TEMP": str(folder), "GITHUB_STEP_SUMMARY": str(folder / "summary"),
        "TESTS": "tests.toml", "SUBMISSION": ".", **more,
    }  # fmt: skip
    return subprocess.run(
        ["bash", "-e", "-c", grading_step("tests.toml")], cwd=folder / "repository", env=environment,
        capture_output=True, text=True, check=False,
    )  # fmt: skip


def test_the_workflow_grades(tmp_path: Path) -> None:
    done = graded_as_github_does(tmp_path, 0)
    assert done.returncode == 0, done.stderr
    assert "it greets" in (tmp_path / "summary").read_text()
    (suite,) = JUnitXml.fromfile(str(tmp_path / "grade" / "junit.xml"))
    assert (suite.tests, suite.failures) == (1, 0)
    assert not (tmp_path / "grade" / "result.json").exists()


def test_the_workflow_fails_with_its_reports(tmp_path: Path) -> None:
    names = ("CLASSROOM", "ASSIGNMENT", "OWNER", "SUBMISSION_TAG", "COMMIT_URL", "RELEASE_URL", "REVIEW_URL")
    runner = dict.fromkeys(names, "https://example.org/x")
    done = graded_as_github_does(tmp_path, 3, **runner)
    assert done.returncode == 1, done.stderr
    assert "it greets" in (tmp_path / "summary").read_text()
    result = json.loads((tmp_path / "grade" / "result.json").read_text())
    assert [test["passed"] for test in result["tests"]] == [False]
