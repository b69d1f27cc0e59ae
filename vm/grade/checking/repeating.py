"""Runs of the reference solution that a test rejects under some schedule, as folders that repeat them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from vm.grade import replays
from vm.grade.building import build
from vm.grade.checking.checking import Plan
from vm.grade.checking.findings import Checked, Found
from vm.grade.lab import Visibility
from vm.grade.reports.passages import Replay
from vm.grade.verdict import State, TestVerdict, Verdict


def write_repeats(folder: Path, plan: Plan, checked: Checked) -> Mapping[str, Replay]:
    """Write into ``folder`` what repeats each such run, and return how that is done, by the tests' names.

    Raises CannotGrade, OSError.
    """
    found = {each.test: each for each in reversed(checked.found) if each.schedule}
    if not found or plan.proof is None:
        return {}
    reference, tests = plan.proof.reference, {test.name: test for test in plan.lab.tests}
    images = build(plan.lab, reference).images.files
    lost = Verdict(name=reference.name, digest=reference.digest, tests=tuple(map(_verdict, found.values())))
    for (_, name), replay in replays.plan(plan.lab, [lost]).items():
        replays.write_replay(folder, replay, tests[name], found[name].schedule, images)
    return {name: replay for (_, name), replay in replays.plan(plan.lab, [lost], f"{folder}/").items()}


def _verdict(found: Found) -> TestVerdict:
    """What a test says of the reference solution."""
    return TestVerdict(
        name=found.test, state=State.FAILED, points=0, out_of=0, visibility=Visibility.VISIBLE, failures=found.failures
    )  # fmt: skip
