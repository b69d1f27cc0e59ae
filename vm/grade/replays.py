"""Runs that were lost, as folders: the guest's files, the schedule, and the commands that repeat the run."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from vm.grade.building import build
from vm.grade.grading import Common
from vm.grade.lab import Lab, Test
from vm.grade.reports.passages import Replay
from vm.grade.submissions import Submission
from vm.grade.verdict import Losing, Verdict
from vm.text import typed
from vm.writing import write_whole

FAILURES, SCHEDULE, ROOT = "failures", "losing.schedule", "root"
"""Names below the folder of a report: of all such folders, of a schedule in one, of what is the guest's /."""
LONGEST = 60
"""Letters of a folder's name."""


def losing(verdict: Verdict) -> dict[str, Losing]:
    """Return the losing schedules of a submission, of each test the first, by the tests' names."""
    found: dict[str, Losing] = {}
    for test in verdict.tests:
        for failure in test.failures:
            if failure.losing is not None:
                found.setdefault(test.name, failure.losing)
    return found


def plan(lab: Lab, verdicts: Iterable[Verdict], top: str = "") -> dict[tuple[str, str], Replay]:
    """Name the folders of all runs that were lost, by submission and test: the same for the same verdicts.

    Commands are as one would type them where ``top`` lies, the folder of the report; empty for in it.
    """
    tests = {test.name: (number, test) for number, test in enumerate(lab.tests, 1)}
    names: set[str] = set()
    found = {}
    for verdict in verdicts:
        for name in losing(verdict):
            number, test = tests[name]
            folder = f"{FAILURES}/{unused(f'{plain(verdict.name)}-{number}', names)}"
            found[verdict.name, name] = Replay(folder=folder, commands=tuple(_commands(test, lab, f"{top}{folder}")))
    return found


def images_of(common: Common, submission: Submission) -> Mapping[str, bytes]:
    """Build a submission once more, and return its images by guest path. Raises CannotGrade."""
    return build(common.lab, submission).images.files


def write_replay(top: Path, replay: Replay, test: Test, schedule: str, images: Mapping[str, bytes]) -> None:
    """Write what repeats a run below ``top``, the folder of a report. Raises OSError."""
    folder = top / replay.folder
    for path, data in {**test.files, **images}.items():
        target = folder / ROOT / path.lstrip("/")
        target.parent.mkdir(parents=True, exist_ok=True)
        write_whole(target, data, executable=path in images)
    write_whole(folder / SCHEDULE, schedule.encode())


def _commands(test: Test, lab: Lab, folder: str) -> Iterator[str]:
    program = lab.programs[test.program].path
    for command in ("run", "gdb"):
        words = ["forklore", command, "--root", f"{folder}/{ROOT}", "--schedule", f"{folder}/{SCHEDULE}"]
        yield typed([*words, program, *test.arguments])


def plain(name: str) -> str:
    """Return a name as one that a file can have, whatever it holds."""
    return re.sub(r"[^A-Za-z0-9_]+", "-", name).strip("-")[:LONGEST].lower() or "unnamed"


def unused(name: str, names: set[str]) -> str:
    """Return a name that is not among ``names``, and add it."""
    number, found = 1, name
    while found in names:
        number += 1
        found = f"{name}-{number}"
    names.add(found)
    return found
