"""``forklore grade``: hold what students hand in against the tests of a lab."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from vm.cli.completion import files, names
from vm.cli.executors import executor_options
from vm.cli.groups import REPORTS, option
from vm.cli.subcommands import Dispatching
from vm.cli.writing import STANDARD_OUTPUT

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

GRADING = "Grading"
FORMATS = ("text", "json", "junit", "csv", "markdown", "html", "gradescope", "classroom50")
"""What a report can be: for a person, for programs, for a spreadsheet, for a pull request, for two services."""
FILMS = 10
"""Films of failures that are made unless told otherwise."""
EXAMPLES = """\b
Examples:
  forklore grade programs/labs/tree/tests.toml programs/labs/tree/reference
  forklore grade tests.toml submissions/* -o report
"""
SUBCOMMANDS = {
    "init": "Write the skeleton of a lab into a new folder: three tests, a solution, a handout.",
    "check": "Prove the tests of a lab: against its solution, its schedules, and mutants of it.",
    "actions": "Write a workflow of GitHub Actions that grades each push.",
    "gradescope": "Make an archive that Gradescope takes as an autograder.",
}


def tests_or_command(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """What the first word may be: a file with tests, or a further command."""
    return [*names(tuple(SUBCOMMANDS), incomplete), *files(context, parameter, incomplete)]


class Grading(Dispatching):
    """The command, with what else is done about labs."""

    subcommands = SUBCOMMANDS


@click.command("grade", cls=Grading, epilog=EXAMPLES, context_settings={"show_default": True})
@option(
    "--test", "chosen", group=GRADING, multiple=True, metavar="NAME",
    help="Only the test of this name; may be repeated.",
)  # fmt: skip
@option(
    "--seed", group=GRADING, type=int, metavar="N", help="What chance comes from.  [default: what the tests say]",
)  # fmt: skip
@option("--resume", group=GRADING, is_flag=True, help="Go on where a grading with the same -o ended.")
@executor_options("grade", jobs=None)
@option(
    "-o", "--output", "folder", group=REPORTS, type=click.Path(path_type=Path, file_okay=False), metavar="DIR",
    help="Write every report into DIR, with a page of the class, losing schedules and films.",
)  # fmt: skip
@option(
    "--films", group=REPORTS, type=click.IntRange(0), default=FILMS, metavar="N",
    help="Films of failures in DIR at most, one for each group of failures that are alike.",
)  # fmt: skip
@option("--format", "form", group=REPORTS, type=click.Choice(FORMATS), default="text", help="Of the report.")
@option("--for-students", group=REPORTS, is_flag=True, help="Tell nothing of hidden tests but their points.")
@option(
    "--report", group=REPORTS, type=click.Path(dir_okay=False, writable=True), default=STANDARD_OUTPUT, metavar="FILE",
    shell_complete=files, help="Write the report to this file.",
)  # fmt: skip
@click.argument("tests", type=click.Path(path_type=Path), shell_complete=tests_or_command)
@click.argument("submissions", nargs=-1, required=True, type=click.Path(path_type=Path), shell_complete=files)
def command(tests: Path, submissions: tuple[Path, ...], **options: Any) -> None:
    """Grade SUBMISSIONS, folders, files or archives, by TESTS.

    Each is built once and then held against every test, in a machine that has nothing of this computer's. Verdicts do
    not depend on where or when they were found. `forklore help grading` tells how to begin, `forklore help tests` how
    tests are written.

    The exit status is 0 when every test of every submission is passed, 1 when one is not, 2 when TESTS are wrong, 125
    when something could not be judged, 127 when a file was not found.
    """
    from vm.cli.grading import grade

    sys.exit(grade(tests, submissions, options))
