"""A grader that kills itself at its k-th call of a function, and another that goes on where it was.

It judges nothing: what is said of a submission follows from its number. Calls are counted by Python's profiler, those
of functions in C too, so that a moment is the same whatever the computer does.
"""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import sys
from hashlib import sha256
from pathlib import Path
from types import FrameType
from typing import Any

from vm.grade.journal import JOURNAL, open_journal
from vm.grade.lab import Visibility
from vm.grade.reports.plain import verdict_to_json
from vm.grade.verdict import Failure, State, TestVerdict, Verdict

SUBMISSIONS = 6
LAB = "0" * 64


def verdict_of(number: int) -> Verdict:
    """What is said of a submission; every second one fails."""
    fails = bool(number % 2)
    failure = Failure(kind="output", title=f"it prints\n\x1b {number}", expected=("a",), came=("b ü\udc80",), key="k")
    test = TestVerdict(
        name="prints", state=State.FAILED if fails else State.PASSED, points=0.1 * number, out_of=1.0,
        visibility=Visibility.VISIBLE, failures=(failure,) if fails else (),
    )  # fmt: skip
    return Verdict(name=f"student {number}", digest=digest_of(number), tests=(test,), warnings={"z": ("w",), "a": ()})


def digest_of(number: int) -> str:
    """The digest of a submission."""
    return sha256(str(number).encode()).hexdigest()


def grade(folder: Path, notes: Path) -> list[Any]:
    """Grade what is not finished, and return the report; who is graded is noted."""
    found = []
    with open_journal(folder, LAB, 0, resume=True) as journal:
        for number in range(SUBMISSIONS):
            verdict = journal.find(f"student {number}", digest_of(number))
            if verdict is None:
                with open(notes, "a") as file:
                    file.write(f"{number}\n")
                verdict = verdict_of(number)
                journal.add(f"student {number}", digest_of(number), verdict)
            found.append(verdict_to_json(verdict))
    return found


class Counter:
    """Counts calls, and kills this process at one of them."""

    def __init__(self, fatal: int) -> None:
        self.count = 0
        self.fatal = fatal

    def note(self, frame: FrameType, kind: str, argument: object) -> None:
        self.count += 1
        if self.count == self.fatal:
            os.kill(os.getpid(), signal.SIGKILL)


def grade_until(folder: Path, notes: Path, fatal: int) -> int:
    """Grade in a child that is killed at a call; how many calls there were, 0 if it was killed."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        counter = Counter(fatal)
        sys.setprofile(counter.note)
        grade(folder, notes)
        sys.setprofile(None)
        os.write(writer, str(counter.count).encode())
        os._exit(0)
    os.close(writer)
    told = os.read(reader, 100)
    os.close(reader)
    os.waitpid(child, 0)
    return int(told or 0)


def finished(folder: Path) -> set[int]:
    """Whose lines are complete in a journal."""
    if not (folder / JOURNAL).exists():
        return set()
    lines = (folder / JOURNAL).read_bytes().split(b"\n")[:-1]
    return {int(json.loads(line)["name"].removeprefix("student ")) for line in lines}


def tell(top: Path, seed: int, moments: int) -> None:
    """Kill a grader at so many moments, each in a folder of its own, and tell of what was wrong."""
    folder, notes = top / "out", top / "notes"
    expected = grade(folder, notes)
    kept = (folder / JOURNAL).read_bytes()
    assert grade(folder, notes) == expected
    shutil.rmtree(folder)
    calls = grade_until(folder, notes, -1)  # when all that is looked up once is known
    died_with: set[int] = set()
    for moment in sorted(random.Random(seed).sample(range(1, calls), moments)):
        shutil.rmtree(folder)
        notes.unlink(missing_ok=True)
        assert grade_until(folder, notes, moment) == 0, moment
        before, graded = finished(folder), notes.read_text().split() if notes.exists() else []
        died_with.add(len(before))
        assert grade(folder, notes) == expected, moment
        again = notes.read_text().split()[len(graded) :]
        assert sorted(before | set(map(int, again))) == [*range(SUBMISSIONS)], moment
        assert not before & set(map(int, again)), f"graded twice after {moment}"
        assert (folder / JOURNAL).read_bytes() == kept, moment
    print(json.dumps({"calls": calls, "died_with": sorted(died_with)}))


if __name__ == "__main__":
    tell(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
