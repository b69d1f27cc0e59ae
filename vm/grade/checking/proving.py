"""The proof of a lab's tests, as tasks that can be done elsewhere: each is a function of plain data."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import replace

from vm.elf import ElfError
from vm.elf.strip import strip
from vm.grade.building import Built, CannotGrade, build
from vm.grade.checking.findings import Fate, Found, Judged, Level
from vm.grade.checking.mutants import Mutant
from vm.grade.classes import allowed_by
from vm.grade.every.reference import demands_too_much
from vm.grade.grading import Common, grade_built, judge_of
from vm.grade.lab import Lab, Schedules, Test
from vm.grade.submissions import Submission
from vm.grade.verdict import State
from vm.run import CannotRun
from vm.values import dataclass

SEEDS = 5
"""Seeds that the reference solution is graded with unless told otherwise, the lab's own among them."""

RUNS = 100
"""Runs of a mutant at most in a test of every schedule: one that fails only in a later one is not noticed."""


@dataclass(frozen=True, slots=True)
class Proof:
    """What all tasks have in common: what tests are held against, and the reference solution with its programs."""

    common: Common
    reference: Submission
    unbuilt: frozenset[str]
    image: str

    @classmethod
    def of(cls, common: Common, reference: Submission) -> Proof:
        """Prepare it: no test keeps others from being tried. Raises CannotGrade."""
        common = _with(common, [replace(test, stops=False) for test in common.lab.tests])
        built = build(common.lab, reference)
        return cls(common, reference, frozenset(built.failures), _name(built))


@dataclass(frozen=True, slots=True)
class WithSeed:
    """The task to grade the reference solution with a seed."""

    seed: int


@dataclass(frozen=True, slots=True)
class EverySchedule:
    """The task to try the reference solution under every schedule in a test that asks for less, by its name."""

    test: str


Task = WithSeed | EverySchedule | Mutant


def tasks(lab: Lab, seeds: Sequence[int], mutants: Sequence[Mutant]) -> list[Task]:
    """All that is to be done to prove a lab's tests."""
    one = [test.name for test in lab.tests if test.schedules is not Schedules.EVERY]
    return [*map(WithSeed, seeds), *map(EverySchedule, one), *mutants]


def perform(proof: Proof, task: Task) -> tuple[Found, ...] | Judged | str:
    """Do a task: what has been found, or what became of a mutant; a text says why nothing can be tried at all."""
    try:
        if isinstance(task, WithSeed):
            return tuple(_with_seed(proof, task.seed))
        if isinstance(task, EverySchedule):
            return tuple(_under_every_schedule(proof, task.test))
        return _mutant(proof, task)
    except CannotGrade as error:
        return str(error)


def _with_seed(proof: Proof, seed: int) -> Iterator[Found]:
    """Which tests the reference solution does not pass with a seed, and why."""
    lab = _reseeded(proof.common.lab, seed)
    built = build(lab, proof.reference)
    allowed = proof.common.allowed if seed == proof.common.lab.seed else allowed_by(lab, built)
    verdict = grade_built(replace(proof.common, lab=lab, allowed=allowed), proof.reference, built)
    for test, came in zip(lab.tests, verdict.tests, strict=True):
        if came.state is not State.PASSED:
            yield Found(
                level=Level.ERROR, kind="unjudged" if came.state is State.ERROR else "reference", test=test.name,
                place=test.place, title=f"the reference solution does not pass this test with the seed {seed}",
                failures=came.failures,
                advice="correct the test, or the solution",
            )  # fmt: skip


def _reseeded(lab: Lab, seed: int) -> Lab:
    tests = [replace(test, settings=replace(test.settings, seed=seed)) for test in lab.tests]
    return replace(lab, seed=seed, tests=tuple(tests))


def _under_every_schedule(proof: Proof, name: str) -> Iterator[Found]:
    """Whether a test rejects what the reference solution does under another schedule than those that it asks for."""
    lab = proof.common.lab
    test = next(each for each in lab.tests if each.name == name)
    built = build(lab, proof.reference)
    if test.program in built.failures:
        return
    try:
        tried = demands_too_much(test, built.images, judge_of(built.images), proof.common.allowed.get(name), lab.seed)
    except CannotRun:  # which the reference solution's own verdict says
        return
    if tried.failures:
        yield Found(
            level=Level.ERROR, kind="demands-too-much", test=name, place=test.place,
            title="what the reference solution does depends on the schedule, and the test rejects some of it",
            failures=tried.failures,
            advice='accept all of it, as with output = { reference = true } and schedules = "every"',
        )  # fmt: skip
    elif tried.error:
        yield Found(
            level=Level.NOTE, kind="unjudged", test=name, place=test.place,
            title=f"whether it depends on the schedule is not known: {tried.error}",
        )  # fmt: skip


def _mutant(proof: Proof, mutant: Mutant) -> Judged:
    """What becomes of a mutant."""
    submission = mutant.made_of(proof.reference)
    built = build(proof.common.lab, submission)
    if not proof.unbuilt.issuperset(built.failures):
        return Judged(mutant=mutant, fate=Fate.UNBUILT)
    image = _name(built)
    if image == proof.image:
        return Judged(mutant=mutant, fate=Fate.SAME, image=image)
    failed, is_judged = _failed(proof.common, submission, built)
    if failed:
        fate = Fate.FAILED
    else:
        fate = Fate.SURVIVED if is_judged else Fate.UNJUDGED
    return Judged(mutant=mutant, fate=fate, failed=failed, image=image)


def _failed(common: Common, submission: Submission, built: Built) -> tuple[tuple[str, ...], bool]:
    """Which tests a mutant fails, and whether all others could be judged.

    Most fail under the machine's own schedule, which takes no time; what passes so is tried as the test asks, in as
    many runs as most mutants need that fail at all.
    """
    tests = common.lab.tests
    first = grade_built(_with(common, [replace(test, schedules=Schedules.ONE) for test in tests]), submission, built)
    came = {test.name: test.state for test in first.tests}
    more = [test for test in tests if test.schedules is not Schedules.ONE and came[test.name] is not State.FAILED]
    if more:
        rest = [replace(test, runs=min(test.runs, RUNS)) for test in more]
        came |= {test.name: test.state for test in grade_built(_with(common, rest), submission, built).tests}
    failed = [test.name for test in tests if came[test.name] is State.FAILED]
    return tuple(failed), State.ERROR not in came.values()


def _with(common: Common, tests: Sequence[Test]) -> Common:
    return replace(common, lab=replace(common.lab, tests=tuple(tests)))


def _name(built: Built) -> str:
    """A name of what was built, but for the names and lines of its source."""
    digest = hashlib.sha256()
    for path, data in sorted(built.images.files.items()):
        with suppress(ElfError):
            data = strip(data)
        digest.update(f"{path} {len(data)} ".encode("utf-8", "surrogateescape") + data)
    return digest.hexdigest()
