"""The programs of programs/hazards, what their headers expect, and what the checker says of them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from vm import Machine, toolchain
from vm.hazards.checking import Checker
from vm.hazards.findings import Finding
from vm.hazards.rules import Level

FOLDER = Path("programs/hazards")
INSTRUCTIONS = 20_000_000

Verdict = tuple[str, str, int, int]
"""Level, rule, line, and the line of the first use (0: none is told)."""


@dataclass(frozen=True)
class Expectation:
    """A header: its verdicts, what the program prints and its exit status (None: not said), and its settings."""

    verdicts: frozenset[Verdict]
    output: str | None
    status: int | None
    instructions: int
    is_native: bool


def programs(kind: str, suffix: str) -> list[Path]:
    return sorted((FOLDER / kind).glob(f"*{suffix}"))


def expectation(path: Path) -> Expectation:
    text = path.read_text()
    block = re.search(r"Verdict:(.*?)(?:\n\s*(?:#|\*)?\s*\n|\n[^#*\s]|\n [*#]? ?[A-Z]|\*/|\n# [A-Z])", text, re.DOTALL)
    assert block, f"{path} tells no verdict"
    verdicts = set()
    for level, rule, line, _, used in re.findall(r"(error|warning) ([a-z-]+) (\d+)( used (\d+))?", block[1]):
        verdicts.add((level, rule, int(line), int(used or 0)))
    assert verdicts or "clean" in block[1], f"{path} tells no verdict"
    output = re.search(r"Output:\n((?:[ #*]+ {2,}.*\n)+)", text)
    lines = [re.sub(r"^[ #*]*? {3}", "", line) for line in output[1].splitlines()] if output else None
    status = re.search(r"Exit status: (\d+)", text)
    limit = re.search(r"Instructions: (\d+)", text)
    return Expectation(
        frozenset(verdicts),
        "\n".join(lines) + "\n" if lines else None,
        int(status[1]) if status else None,
        int(limit[1]) if limit else INSTRUCTIONS,
        "Native: no" not in text,
    )


def check(path: Path, instructions: int = INSTRUCTIONS) -> tuple[list[Finding], bytes, int]:
    """What the checker finds in a program, and the program's own output and status."""
    run = Machine(instructions=instructions).boot(path).start()
    checker = Checker(run.kernel)
    result = run.finish()
    return checker.findings(), result.output, result.status


def check_optimised(path: Path, flag: str, folder: Path) -> list[Finding]:
    """The same for a C program that is compiled with ``flag``, with its image in ``folder``."""
    image = folder / path.stem
    image.write_bytes(toolchain.build(path, [flag]))
    image.chmod(0o755)
    for other in (FOLDER / "good/exit.s", FOLDER / "bad/exit.c", path):
        (folder / other.name).write_bytes(other.read_bytes())
    return check(image)[0]


def verdicts(found_all: list[Finding]) -> set[Verdict]:
    """The errors and warnings among findings."""
    found = set()
    for finding in found_all:
        if finding.level is not Level.NOTE:
            used = [step.location.line for step in finding.story if step.role == "read" and step.location]
            found.add((finding.level.value, finding.rule, finding.location.line, used[0] if used else 0))
    return found
