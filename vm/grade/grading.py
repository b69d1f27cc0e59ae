"""Grading one submission: its programs are built once, then every test is held against them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import field, replace
from pathlib import Path

from vm.grade.allowed import Allowed
from vm.grade.building import Built, build
from vm.grade.every.judging_every import judge_every
from vm.grade.every.judging_some import judge_some
from vm.grade.every.tried import Judge, Tried, unjudged
from vm.grade.images import Images
from vm.grade.judging.judge import judge
from vm.grade.lab import Lab, Schedules, Test, Visibility
from vm.grade.observation import Observation
from vm.grade.rules.judging import judge_rules
from vm.grade.rules.places import Places
from vm.grade.submissions import Submission
from vm.grade.trying import command_of, try_once
from vm.grade.verdict import Failure, State, TestVerdict, Verdict
from vm.observe.symbols import sources_below
from vm.run import CannotRun
from vm.text import message, shortened
from vm.values import dataclass

LONGEST = 200
"""Letters of a line."""
NOWHERE = Path("/nowhere")
"""Where the sources of a submission are looked for while it is judged: an image may name any file as its own."""


@dataclass(frozen=True, slots=True)
class Common:
    """What all submissions of a class are held against: the lab, and what its reference solution can print, by test."""

    lab: Lab
    allowed: Mapping[str, Allowed] = field(default_factory=dict)


def grade_submission(common: Common, submission: Submission) -> Verdict:
    """Grade a submission. Raises CannotGrade where nothing can be graded; a fault of ours fails one test alone."""
    return grade_built(common, submission, build(common.lab, submission))


def grade_built(common: Common, submission: Submission, built: Built) -> Verdict:
    """Grade a submission that was built already, as :func:`grade_submission` does."""
    lab = common.lab
    tests: list[TestVerdict] = []
    stopped, told = "", dict[str, str]()
    with sources_below(NOWHERE):
        for test in lab.tests:
            if stopped:
                came = _verdict(test, State.SKIPPED, reason=stopped)
            elif test.program in built.failures:
                came = _not_built(test, built.failures[test.program], told)
            else:
                came = _test(test, built, common.allowed.get(test.name), lab.seed)
            tests.append(came)
            if test.stops and came.state is not State.PASSED:
                stopped = stopped or f'not tested, since "{test.name}" was not passed'
    return Verdict(
        name=submission.name, digest=submission.digest, tests=tuple(tests), remarks=submission.remarks,
        warnings=built.warnings,
    )  # fmt: skip


def _test(test: Test, built: Built, allowed: Allowed | None, seed: int) -> TestVerdict:
    """Judge one test."""
    try:
        tried = _try(test, built, allowed, seed)
    except CannotRun as error:
        tried = Tried(failures=(_refused(test, str(error)),))
    except Exception as error:  # a fault of ours in one test costs nobody another one
        return unjudged_test(test, f"a fault of the grader's own: {type(error).__name__}: {error}")
    if tried.error:
        return unjudged_test(test, tried.error)
    return _verdict(test, _state(tried.failures), schedules=tried.schedules, failures=tried.failures)


def _state(failures: Sequence[Failure]) -> State:
    """What became of a test with these failures. What a clock has ended might have been right on another computer."""
    if any(failure.kind in ("grader", "time") for failure in failures):
        return State.ERROR
    return State.FAILED if failures else State.PASSED


def _not_built(test: Test, failure: Failure, told: dict[str, str]) -> TestVerdict:
    """The verdict of a test whose program could not be built; why is told once to a student, with the first one that
    is not hidden.
    """
    is_visible = test.visibility is Visibility.VISIBLE
    first = told.setdefault(test.program, test.name) if is_visible else test.name
    if first != test.name:
        failure = replace(failure, came=(), details=(f'as told of "{first}"',))
    return _verdict(test, _state((failure,)), failures=(failure,))


def unjudged_test(test: Test, reason: str) -> TestVerdict:
    """The verdict of a test that could not be judged, which is nobody's fault who is graded."""
    failure = Failure(
        kind="grader", title="the grader could not judge this test", details=(shortened(message(reason), LONGEST),),
        key="grader",
    )  # fmt: skip
    return _verdict(test, State.ERROR, failures=(failure,))


def judge_of(images: Images) -> Judge:
    """Return what says why a run of these programs does not pass a test: what it wrote and how it ended come first,
    then how it behaved.
    """
    places = Places(images.files)

    def judge_run(test: Test, observation: Observation, allowed: Allowed | None) -> list[Failure]:
        return [*judge(test, observation, allowed), *judge_rules(test.rules, observation, places)]

    return judge_run


def _try(test: Test, built: Built, allowed: Allowed | None, seed: int) -> Tried:
    judge_run = judge_of(built.images)
    if test.schedules is Schedules.EVERY:
        return judge_every(test, built.images, judge_run, allowed, seed)
    if test.schedules is Schedules.SOME:
        return judge_some(test, built.images, judge_run, allowed, seed)
    error = unjudged(test, allowed)
    if error:
        return Tried(error=error)
    return Tried(failures=tuple(judge_run(test, try_once(test, built.images), allowed)))


def _verdict(
    test: Test, state: State, *, schedules: str = "", reason: str = "", failures: tuple[Failure, ...] = ()
) -> TestVerdict:
    return TestVerdict(
        name=test.name, state=state, points=test.points if state is State.PASSED else 0.0, out_of=test.points,
        visibility=test.visibility, hint=test.hint, ran=command_of(test), schedules=schedules, reason=reason,
        failures=failures,
    )  # fmt: skip


def _refused(test: Test, why: str) -> Failure:
    lines = tuple(shortened(line, LONGEST) for line in message(why).splitlines()[:20])
    return Failure(
        kind="build", what=test.program, title=f"{test.program} cannot be run", details=lines,
        key=f"refused: {test.program}: {lines[0] if lines else ''}",
    )  # fmt: skip
