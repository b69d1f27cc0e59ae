"""The check of a lab's tests: what has to be done for it, done by a pool, and what follows."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from vm.grade.building import CannotGrade
from vm.grade.checking.concluding import conclude
from vm.grade.checking.findings import Checked, Fate, Found, Judged, Level
from vm.grade.checking.mutants import MUTANTS, Mutant, choose_mutants, find_mutants
from vm.grade.checking.proving import SEEDS, EverySchedule, Proof, Task, WithSeed, perform, tasks
from vm.grade.grading import Common
from vm.grade.lab import Lab, Place
from vm.grade.submissions import Handed, read_submission
from vm.many.pool import Pool
from vm.many.running import Lost, run_all
from vm.values import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What is to be done to check a lab's tests. ``possible`` is how many mutants there could be."""

    lab: Lab
    seeds: tuple[int, ...] = ()
    possible: int = 0
    proof: Proof | None = None
    tasks: tuple[Task, ...] = ()


def plan_check(common: Common, folder: Path, *, mutants: int = MUTANTS, seeds: int = SEEDS) -> Plan:
    """Plan to prove the tests of a lab in ``folder`` against its reference solution with so many seeds, the lab's own
    first, and against so many ``mutants``. Raises CannotGrade.
    """
    lab = common.lab
    if not lab.reference:
        return Plan(lab=lab)
    reference = read_submission(Handed("reference", folder / lab.reference))
    tried = tuple(range(lab.seed, lab.seed + max(1, seeds)))
    possible = find_mutants(lab, reference)
    todo = tasks(lab, tried, choose_mutants(possible, mutants, lab.seed))
    return Plan(
        lab=lab, seeds=tried, possible=len(possible), proof=Proof.of(common, reference), tasks=tuple(todo)
    )  # fmt: skip


def carry_out(plan: Plan, pool: Pool, done: Callable[[], object] = lambda: None) -> Checked:
    """Do what is planned; ``done`` is called after each task. Raises CannotGrade, PoolFailed."""
    lab = plan.lab
    if plan.proof is None:
        return conclude(lab, (), 0, [(_no_reference(lab),)])
    came: list[tuple[Found, ...] | Judged] = [()] * len(plan.tasks)
    for each in run_all(perform, plan.proof, plan.tasks, pool):
        if isinstance(each.result, str):
            raise CannotGrade(each.result)
        came[each.index] = _lost(lab, plan.tasks[each.index], each.lost) if each.lost else each.result or ()
        done()
    return conclude(lab, plan.seeds, plan.possible, came)


def _no_reference(lab: Lab) -> Found:
    return Found(
        level=Level.ERROR, kind="reference", place=Place(lab.file, 1),
        title="the lab has no reference solution, without which nothing can be proved",
        advice='name its folder, as reference = "reference"',
    )  # fmt: skip


def _lost(lab: Lab, task: Task, lost: Lost) -> tuple[Found, ...] | Judged:
    """What to say of a task that nobody could do."""
    if isinstance(task, Mutant):
        return Judged(mutant=task, fate=Fate.UNJUDGED)
    what = f"with the seed {task.seed}" if isinstance(task, WithSeed) else "under every schedule"
    name = task.test if isinstance(task, EverySchedule) else ""
    place = next((test.place for test in lab.tests if test.name == name), Place(lab.file, 1))
    title = f"the reference solution could not be tried {what}: {lost.text}"
    return (Found(level=Level.ERROR, kind="unjudged", test=name, place=place, title=title),)
