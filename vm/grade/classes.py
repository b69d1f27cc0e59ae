"""Grading a class: every submission is read when its turn comes, graded by a worker, and forgotten but for its verdict.

What is said of one does not depend on the others, on who graded it, or on when.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from vm import toolchain
from vm.grade.allowed import Allowed
from vm.grade.building import SECONDS, Built, CannotGrade, build, labs_images
from vm.grade.every.reference import allowed_of
from vm.grade.grading import Common, grade_submission, unjudged_test
from vm.grade.journal import Journal
from vm.grade.lab import Lab
from vm.grade.submissions import Handed, Submission, read_submission
from vm.grade.verdict import ClassVerdict, State, Verdict
from vm.many.pool import Pool
from vm.many.running import Lost, run_all

BUILDING, TESTING = 2, 5
"""How often a worker may take the time that the building of each program has, and each test: it tries a program under a
few schedules before it does under all, and makes a run that was lost again."""


def chosen(lab: Lab, names: Sequence[str]) -> Lab:
    """Return the lab with these tests alone; raises CannotGrade for a name that none has."""
    if not names:
        return lab
    known = {test.name for test in lab.tests}
    for name in names:
        if name not in known:
            raise CannotGrade(f"there is no test {name!r}; there are: {', '.join(sorted(known))}")
    digest = hashlib.sha256(repr((lab.digest, sorted(set(names)))).encode()).hexdigest()
    return replace(lab, digest=digest, tests=tuple(test for test in lab.tests if test.name in names))


def common_of(lab: Lab, folder: Path) -> Common:
    """Find out what all submissions are held against: what the reference solution in ``folder`` can print.

    Raises CannotGrade where the lab's own programs, or its reference solution, cannot be built.
    """
    labs_images(lab)
    if not any(test.expected.asks_reference for test in lab.tests):
        return Common(lab)
    return Common(lab, allowed_by(lab, build(lab, read_submission(Handed("reference", folder / lab.reference)))))


def allowed_by(lab: Lab, built: Built) -> dict[str, Allowed]:
    """Find out what the reference solution, which was built, can print in the tests that ask for it, by their names.

    Raises CannotGrade where it was not.
    """
    allowed: dict[str, Allowed] = {}
    for test in (each for each in lab.tests if each.expected.asks_reference):
        if test.program in built.failures:
            failure = built.failures[test.program]
            raise CannotGrade("\n".join([f"the reference solution: {failure.title}", *failure.details]))
        allowed[test.name] = allowed_of(test, built.images)
    return allowed


def grade_class(
    common: Common, handed: Sequence[Handed], pool: Pool, journal: Journal | None = None,
    done: Callable[[], None] = lambda: None,
) -> ClassVerdict:  # fmt: skip
    """Grade everything that was handed in, and return what is said of it; ``done`` is called after each.

    What is in the ``journal`` is not graded again; what is not comes into it, if it could be judged.
    Raises CannotGrade, PoolFailed, JournalFailed.
    """
    lab, verdicts = common.lab, dict[int, Verdict]()
    sent: list[tuple[int, Submission]] = []

    def tasks() -> Iterator[Submission]:
        for index, each in enumerate(handed):
            submission = read_submission(each)
            known = journal.find(submission.name, submission.digest) if journal is not None else None
            if known is not None:
                verdicts[index] = known
                done()
                continue
            sent.append((index, replace(submission, files={})))
            yield submission

    building = toolchain.LIBRARY_SECONDS + BUILDING * SECONDS * len(lab.programs)
    seconds = building + TESTING * sum(test.seconds for test in lab.tests)
    for each in run_all(_grade, common, tasks(), pool, seconds=seconds):
        index, submission = sent[each.index]
        if isinstance(each.result, str):
            raise CannotGrade(each.result)
        verdicts[index] = each.result or _lost(lab, submission, each.lost)
        if journal is not None and not any(test.state is State.ERROR for test in verdicts[index].tests):
            journal.add(submission.name, submission.digest, verdicts[index])
        done()
    ordered = tuple(verdicts[index] for index in range(len(handed)))
    return ClassVerdict(lab=lab.name, lab_digest=lab.digest, seed=lab.seed, verdicts=ordered)


def _grade(common: Common, submission: Submission) -> Verdict | str:
    """What a worker does; a text says why nothing can be graded."""
    try:
        return grade_submission(common, submission)
    except CannotGrade as error:
        return str(error)


def _lost(lab: Lab, submission: Submission, lost: Lost | None) -> Verdict:
    """The verdict of a submission whose worker gave none."""
    assert lost is not None
    tests = tuple(unjudged_test(test, lost.text) for test in lab.tests)
    return Verdict(name=submission.name, digest=submission.digest, tests=tests, remarks=submission.remarks)
