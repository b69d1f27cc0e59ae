"""Verdicts to report: one failure of every kind, names that would be more than text, tests that are hidden."""

from __future__ import annotations

from dataclasses import replace

from vm.grade.lab import Visibility
from vm.grade.verdict import ClassVerdict, Failure, Losing, State, TestVerdict, Verdict

SCHEDULE = '{\n"forklore": "schedule", "version": 1,\n"program": "/tree"\n}\n'
"""Stands for the file of a schedule."""
KINDS = (
    "build", "missing", "output", "errors", "terminal", "file", "status", "signal", "limit", "time", "deadlock",
    "dialogue", "rule", "grader",
)  # fmt: skip
"""Every kind of failure that there is."""
HOSTILE = (
    "</script><script>alert(1)</script>", "<img src=x onerror=alert(1)>", "]]><!-- --><!DOCTYPE x>", "&lt;b&gt;&amp;",
    "=HYPERLINK(\"http://x\")", "+1+1", "-1+1", "@SUM(1)", "a,b\"c", "`a` ``b`` ```c", "| a | b |", "@everyone #1",
    "[text](javascript:alert(1))", "![x](http://x/y.png)", "http://x.example/y", "www.x.example", "a@x.example",
    "* a", "# a", "</details>", "~~~", "<!--", "$x$ $$y$$", "\\", "_a_ **b**", "Zoë 学生 ñ", "a" * 300,
    "\\u202egnp.exe", "&#60;", "&copy", "1. a", "    indented", ":+1:", "../../etc/passwd", "a/b",
)  # fmt: skip
"""Names that a format could take for something else; all of them are printable."""


def failure(kind: str = "output", what: str = "", mark: str = "", losing: Losing | None = None) -> Failure:
    """A failure; ``mark`` is in each of its texts."""
    return Failure(
        kind=kind, what=what, title=f"the {kind} is not what is expected{mark}",
        expected=(f"parent 1{mark}", "child 2"), came=(f"parent 1{mark}", "child 3"),
        details=(f"line 2: child 3{mark}", "              ^ 2 is expected"),
        key=f"{kind}:{what}:line 2{mark}", losing=losing,
    )  # fmt: skip


def judged(name: str, *failures: Failure, state: State | None = None, mark: str = "", **others: object) -> TestVerdict:
    """What became of a test of 10 points."""
    state = state or (State.FAILED if failures else State.PASSED)
    verdict = TestVerdict(
        name=name, state=state, points=10.0 if state is State.PASSED else 0.0, out_of=10.0,
        visibility=Visibility.VISIBLE, hint=f"look at wait{mark}" if failures else "",
        ran=f"/tree 2 {mark}".strip(), failures=failures,
        reason=f"the test before it is not passed{mark}" if state is State.SKIPPED else "",
    )  # fmt: skip
    return replace(verdict, **others)  # type: ignore[arg-type]


def submission(name: str, *tests: TestVerdict, **others: object) -> Verdict:
    """What is said of a submission."""
    return replace(Verdict(name=name, digest="d" * 64, tests=tests), **others)  # type: ignore[arg-type]


def a_class(*verdicts: Verdict) -> ClassVerdict:
    """What is said of some submissions."""
    return ClassVerdict(lab="A fork tree", lab_digest="1" * 64, seed=7, verdicts=verdicts)


LOSING = Losing(schedule=SCHEDULE, depends=True)
RIGHT = submission("ada", judged("two children"), judged("no zombies", schedules="every schedule: 6 outcomes"))
WRONG = submission(
    "bob",
    judged("two children", failure(losing=LOSING), schedules="every schedule: 6 outcomes"),
    judged("no zombies", state=State.SKIPPED),
    remarks=("a/link is a symbolic link: left out",), warnings={"tree": ("tree.c:3:5: warning: unused variable 'x'",)},
)  # fmt: skip
EVERY_KIND = submission(
    "every kind",
    *(judged(f"test of {kind}", failure(kind, what=f"{kind}-1")) for kind in KINDS[:-1]),
    judged("the grader fails", failure("grader"), state=State.ERROR),
    judged("skipped", state=State.SKIPPED),
    judged("two failures", failure("output"), failure("status", losing=Losing(schedule=SCHEDULE, depends=False))),
)  # fmt: skip
HIDDEN_MARK = " SECRET-MARK"
"""Is in every text of tests that are hidden, and nowhere else."""
HIDDEN_FAILURE = failure(mark=HIDDEN_MARK, losing=LOSING)
HIDING = submission(
    "hiding",
    judged("seen", failure()),
    *(
        judged(f"not seen{HIDDEN_MARK} {at}", HIDDEN_FAILURE, mark=HIDDEN_MARK, visibility=each)
        for at, each in enumerate((Visibility.HIDDEN, Visibility.AFTER_DUE_DATE, Visibility.AFTER_PUBLISHED))
    ),
    judged(f"passed unseen{HIDDEN_MARK}", visibility=Visibility.HIDDEN),
    judged("after", state=State.SKIPPED, reason=f"'not seen{HIDDEN_MARK} 0' is not passed"),
)  # fmt: skip
NAMED = tuple(
    submission(name, judged(name, failure("file", what=name, mark=name), ran=name, hint=name), remarks=(name,))
    for name in HOSTILE
)
CLASS = a_class(RIGHT, WRONG, EVERY_KIND, HIDING, *NAMED)
