"""``forklore grade check``: are a lab's tests fair, and can they fail?"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from vm.cli import fail
from vm.cli.completion import files, folders
from vm.cli.executors import executor_options, take_workers, workers
from vm.cli.grading import common_of, lab_of
from vm.cli.groups import REPORTS, GroupedCommand, option
from vm.cli.progress import progress
from vm.cli.writing import STANDARD_OUTPUT, check_target, write_target
from vm.text import message

if TYPE_CHECKING:
    from vm.cli.executors import AskedWorkers
    from vm.grade.checking.checking import Plan
    from vm.grade.checking.findings import Checked
    from vm.grade.reports.passages import Replay

PROOF = "Proof"
STATUS_FOUND = 1

EXAMPLES = """\b
Examples:
  forklore grade check tests.toml
  forklore grade check --mutants 300 --strict tests.toml
"""


@click.command("check", cls=GroupedCommand, epilog=EXAMPLES, context_settings={"show_default": True})
@option(
    "--mutants", group=PROOF, type=click.IntRange(0, 10_000), default=60, metavar="N",
    help="Mistakes to make in the reference solution, one in each mutant; the lab's seed chooses them.",
)  # fmt: skip
@option(
    "--seeds", group=PROOF, type=click.IntRange(1, 1000), default=5, metavar="N",
    help="Seeds to grade the reference solution with: the lab's own, and those behind it.",
)  # fmt: skip
@option("--strict", group=PROOF, is_flag=True, help="Let mutants that pass every test set the exit status as well.")
@option(
    "--format", "form", group=REPORTS, type=click.Choice(["text", "json"]), default="text", help="Of the report.",
)  # fmt: skip
@option(
    "--report", group=REPORTS, type=click.Path(), default=STANDARD_OUTPUT, metavar="FILE", shell_complete=files,
    help="Write the report to this file.",
)  # fmt: skip
@option(
    "--replays", group=REPORTS, type=click.Path(path_type=Path, file_okay=False), metavar="DIR",
    shell_complete=folders, help="Write what repeats the reference solution's rejected runs into DIR.",
)  # fmt: skip
@executor_options("try the mutants", None)
@click.argument("tests", type=click.Path(path_type=Path), shell_complete=files)
def command(tests: Path, **options: Any) -> None:
    """Prove the tests of a lab, in the file TESTS, against its reference solution and against mutants of that.

    The reference solution has to pass every test, with several seeds, and no test may reject what it does under another
    schedule. A mutant is the reference solution with one typical mistake in it: a wait that is left out, a pipe's wrong
    end, a condition the wrong way round. A test that fails no mutant proves nothing, and is reported; a mutant that
    passes every test is listed, with its mistake, which may be none.

    The exit status is 0 when all is well, 1 when errors or warnings were found (with --strict: or mutants that pass),
    2 when TESTS are wrong, 125 when they cannot be tried.
    """
    asked = take_workers(options)
    check_target(options["report"])
    plan, checked = check(tests, options["mutants"], options["seeds"], asked)
    repeats = write_replays(options["replays"], plan, checked) if options["replays"] is not None else {}
    write_target(options["report"], encode(options["form"], checked, repeats))
    is_well = checked.is_well and not (options["strict"] and checked.survivors)
    sys.exit(0 if is_well else STATUS_FOUND)


def check(tests: Path, mutants: int, seeds: int, asked: AskedWorkers) -> tuple[Plan, Checked]:
    """Read the tests and have them proved; ends the command with a message where that cannot be."""
    from vm.grade.building import CannotGrade
    from vm.grade.checking.checking import carry_out, plan_check

    lab = lab_of(tests)
    try:
        common = common_of(lab, tests)
        plan = plan_check(common, tests.parent, mutants=mutants, seeds=seeds)
        with workers(asked) as pool, progress("proving the tests", len(plan.tasks)) as done:
            return plan, carry_out(plan, pool, done)
    except CannotGrade as error:
        fail(str(error))


def write_replays(folder: Path, plan: Plan, checked: Checked) -> Mapping[str, Replay]:
    """Write what repeats runs; ends the command with a message where that cannot be."""
    from vm.grade.checking.repeating import write_repeats

    try:
        return write_repeats(folder, plan, checked)
    except OSError as error:
        fail(f"cannot write into {folder}: {error.strerror or error}")


def encode(form: str, checked: Checked, repeats: Mapping[str, Replay]) -> bytes:
    """Return the report."""
    from vm.grade.checking.telling import as_json, told

    text = json.dumps(as_json(checked), indent=2) if form == "json" else message("\n".join(told(checked, repeats)))
    return (text + "\n").encode("utf-8", "replace")
