"""Small labs for tests: a file with tests, what is handed in, and the verdicts."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from vm.grade.classes import common_of
from vm.grade.grading import grade_submission
from vm.grade.lab import Lab
from vm.grade.reading import read_lab
from vm.grade.submissions import Submission
from vm.grade.verdict import TestVerdict, Verdict

HEAD = 'forklore = 1\nname = "A lab"\n\n[programs.p]\nsource = "p.s"\n\n'
PRINT = """
        .globl _start
_start: li a0, 1
        la a1, text
        li a2, {size}
        li a7, 64
        ecall
        li a0, {status}
        li a7, 93
        ecall
        .data
text:   .ascii "{text}"
"""
"""A program in assembly that prints a text and ends."""


def printing(text: str, status: int = 0) -> bytes:
    return PRINT.format(text=text.replace("\n", "\\n"), size=len(text), status=status).encode()


def lab_of(folder: Path, tests: str, head: str = HEAD) -> Lab:
    path = folder / "tests.toml"
    path.write_text(head + tests)
    return read_lab(path)


def handed_in(files: Mapping[str, bytes], name: str = "ann") -> Submission:
    return Submission(name=name, digest="0", files=files)


def graded(folder: Path, tests: str, files: Mapping[str, bytes], head: str = HEAD) -> Verdict:
    return grade_submission(common_of(lab_of(folder, tests, head), folder), handed_in(files))


def only(verdict: Verdict) -> TestVerdict:
    [test] = verdict.tests
    return test
