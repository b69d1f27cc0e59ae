"""The verdict on a submission as Classroom 50's ``result.json``, version 1, which students can read.

Its fields: https://github.com/foundation50/classroom50/wiki/Advanced-Autograding
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from vm.grade.reports.passages import as_text
from vm.grade.reports.shown import shown
from vm.grade.verdict import State, Verdict
from vm.text import brief

SCHEMA = "classroom50/result/v1"
IDENTITY = {
    "classroom": "CLASSROOM", "assignment": "ASSIGNMENT", "assignment_type": "ASSIGNMENT_TYPE", "owner": "OWNER",
    "submission": "SUBMISSION_TAG", "commit": "COMMIT_URL", "release": "RELEASE_URL", "review": "REVIEW_URL",
}  # fmt: skip
"""The fields that say whose submission it is, and the variables in which Classroom 50's runner tells them."""
FINEST = 1000
"""A point has at most so many parts."""


def classroom_of(verdict: Verdict, environment: Mapping[str, str], datetime: str) -> dict[str, Any]:
    """Return what a JSON encoder writes as ``result.json``.

    ``environment`` has the variables of :data:`IDENTITY`; ``datetime`` is when it was handed in, as
    ``2026-06-01T14:32:01Z``. Raises ValueError where one is missing, or is no time.
    Scores are whole numbers there: where a test has 2.5 points, all of them are told in tenths.
    """
    if not re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", datetime):
        raise ValueError(f"a time is told as 2026-06-01T14:32:01Z, not as {brief(datetime)}")
    told = shown(verdict, for_teacher=False)
    scale = _scale([test.out_of for test in told.tests])
    tests: list[dict[str, Any]] = []
    for test in told.tests:
        most = max(0, round(test.out_of * scale))
        tests.append({
            "test-name": test.name or "(no name)",
            "passed": test.state is State.PASSED,
            "score": min(most, max(0, round(test.points * scale))),
            "max-score": most,
            "output": as_text(test),
        })  # fmt: skip
    return {
        "schema": SCHEMA, **_identity(environment), "datetime": datetime,
        "score": sum(each["score"] for each in tests), "max-score": sum(each["max-score"] for each in tests),
        "tests": tests,
    }  # fmt: skip


def _identity(environment: Mapping[str, str]) -> dict[str, str]:
    found = {name: environment.get(variable, "") for name, variable in IDENTITY.items()}
    found["owner"] = found["owner"] or environment.get("USERNAME", "")
    found["review"] = found["review"] or found["commit"]
    found["assignment_type"] = found["assignment_type"] or "individual"
    missing = [IDENTITY[name] for name, value in found.items() if not value]
    if missing:
        raise ValueError(f"Classroom 50's runner sets {', '.join(missing)}, and here they are not set")
    return found


def _scale(points: list[float]) -> int:
    """The least number that makes all points whole, or :data:`FINEST`."""
    return min(FINEST, math.lcm(*(Fraction(str(each)).denominator for each in points)))
