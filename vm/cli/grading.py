"""How ``forklore grade`` goes about it: it reads, grades with a progress bar, writes, and says what came of it."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from vm.cli import fail, say
from vm.cli.booting import prepare
from vm.cli.executors import AskedWorkers, take_workers, workers
from vm.cli.grade_reports import Extras, write_folder, write_report
from vm.cli.progress import progress
from vm.cli.writing import check_target
from vm.statuses import STATUS_NOT_FOUND, STATUS_OWN_ERROR

if TYPE_CHECKING:
    from vm.grade.grading import Common
    from vm.grade.journal import Journal
    from vm.grade.lab import Lab
    from vm.grade.submissions import Handed
    from vm.grade.verdict import ClassVerdict

STATUS_FAILED, STATUS_WRONG_TESTS = 1, 2
FOR_ONE = ("gradescope", "classroom50")
"""Formats that are of one submission."""


def grade(tests: Path, submissions: Sequence[Path], options: dict[str, Any]) -> int:
    """Grade, report, and return the exit status."""
    from vm.grade.building import CannotGrade
    from vm.grade.journal import JournalFailed, open_journal
    from vm.grade.replays import losing

    form, report, folder = options["form"], options["report"], options["folder"]
    for_teacher = not options["for_students"]
    if options["resume"] and folder is None:
        raise click.UsageError("--resume goes on in the folder of -o, which is missing")
    asked, handed = take_workers(options), _handed(submissions)
    if form in FOR_ONE and len(handed) != 1:
        raise click.UsageError(f"a report for {form} is of one submission, not of {len(handed)}")
    check_target(report)
    lab = lab_of(tests, options["seed"])
    try:
        common = common_of(lab, tests, options["chosen"])
        if folder is None:
            verdict, extras = _grade(common, handed, asked, None), Extras()
        else:
            with open_journal(folder, common.lab.digest, common.lab.seed, resume=options["resume"]) as journal:
                for remark in journal.remarks:
                    say(remark)
                verdict = _grade(common, handed, asked, journal)
                extras = write_folder(
                    folder, common, verdict, handed, asked, options["films"], for_teacher=for_teacher
                )  # fmt: skip
    except (CannotGrade, JournalFailed) as error:
        fail(str(error))
    write_report(verdict, form, report, extras, for_teacher=for_teacher)
    if folder is None and any(losing(each) for each in verdict.verdicts):
        say("-o DIR writes the schedules of lost runs, with the commands that repeat them, and films")
    return status_of(verdict)


def lab_of(tests: Path, seed: int | None = None) -> Lab:
    """Read a lab, and prepare the machine for its tests; exit with a message where that cannot be."""
    from vm.grade.reading import WrongLab, read_lab
    from vm.grade.rules.judging import needs_checker

    if not os.path.lexists(tests):
        from vm.spelling import suggestion

        others = getattr(click.get_current_context().command, "subcommands", ())
        say(f"{tests}: no such file{suggestion(str(tests), others)}")
        sys.exit(STATUS_NOT_FOUND)
    try:
        lab = read_lab(tests, seed=seed)
    except WrongLab as error:
        click.echo(str(error), err=True)
        sys.exit(STATUS_WRONG_TESTS)
    prepare(measured=False, checked=any(needs_checker(test.rules) for test in lab.tests))
    return lab


def common_of(lab: Lab, tests: Path, names: Sequence[str] = ()) -> Common:
    """Find out what submissions are held against. Raises CannotGrade."""
    from vm.grade import classes

    return classes.common_of(classes.chosen(lab, names), tests.parent)


def _handed(submissions: Sequence[Path]) -> list[Handed]:
    from vm.grade.submissions import CannotRead, find_submissions

    try:
        return find_submissions(submissions)
    except CannotRead as error:
        say(str(error))
        sys.exit(STATUS_NOT_FOUND)


def _grade(common: Common, handed: Sequence[Handed], asked: AskedWorkers, journal: Journal | None) -> ClassVerdict:
    from vm.grade.classes import grade_class

    with workers(asked) as pool, progress("grading", len(handed)) as done:
        return grade_class(common, handed, pool, journal, done)


def status_of(verdict: ClassVerdict) -> int:
    """Return 0 when everything is passed, 1 when something is not, 125 when something could not be judged."""
    from vm.grade.verdict import State

    states = {test.state for each in verdict.verdicts for test in each.tests}
    if State.ERROR in states:
        return STATUS_OWN_ERROR
    return 0 if states <= {State.PASSED} else STATUS_FAILED
