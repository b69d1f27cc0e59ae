"""The verdict on a submission as Gradescope's ``results.json``.

Gradescope shows a student those tests that their visibility allows: so it is told everything of hidden ones, and
nothing of them stands elsewhere.
Its fields: https://gradescope-autograders.readthedocs.io/en/latest/specs/
"""

from __future__ import annotations

from typing import Any

from vm.grade.reports.passages import Replays, as_text, by_shown_names, notes_of
from vm.grade.reports.shown import is_hidden, shown
from vm.grade.verdict import ClassVerdict, State, TestVerdict, Verdict

LONGEST = 50_000
"""Letters of the text of a test; Gradescope refuses very large results."""


def gradescope_of(verdict: Verdict, lab: ClassVerdict, replays: Replays | None = None) -> dict[str, Any]:
    """Return what a JSON encoder writes as ``results.json``. ``lab`` says which tests these are."""
    whole = shown(verdict, for_teacher=True)
    outside = shown(verdict, for_teacher=False)
    found = by_shown_names(replays)
    pairs = zip(whole.tests, outside.tests, strict=True)
    tests = [inside if is_hidden(inside) else seen for inside, seen in pairs]
    return {
        "output": "\n".join(notes_of(outside)),
        "output_format": "text",
        "test_output_format": "text",
        "test_name_format": "text",
        "stdout_visibility": "hidden",
        "extra_data": {"lab": lab.lab, "lab_digest": lab.lab_digest, "seed": lab.seed, "digest": whole.digest},
        "tests": [_test(each, whole.name, found) for each in tests],
    }


def _test(test: TestVerdict, submission: str, replays: Replays) -> dict[str, Any]:
    text = as_text(test, replays.get((submission, test.name)))
    return {
        "name": test.name,
        "score": round(test.points, 6),
        "max_score": round(test.out_of, 6),
        "status": "passed" if test.state is State.PASSED else "failed",
        "output": text if len(text) <= LONGEST else text[:LONGEST] + "\n…",
        "visibility": test.visibility.value,
        "extra_data": {"state": test.state.value, "failures": [failure.kind for failure in test.failures]},
    }
