"""``forklore grade actions``: a workflow that grades on GitHub."""

from __future__ import annotations

from pathlib import Path, PurePath

import click

from vm.cli import fail
from vm.cli.completion import files
from vm.cli.groups import FILES, GroupedCommand, option
from vm.cli.writing import STANDARD_OUTPUT, check_target, write_target


@click.command("actions", cls=GroupedCommand, context_settings={"show_default": True})
@option(
    "-o", "--output", group=FILES, type=click.Path(), default=STANDARD_OUTPUT, metavar="FILE", shell_complete=files,
    help="Write it to this file; GitHub looks for it in .github/workflows/.",
)  # fmt: skip
@option(
    "--submission", group=FILES, default=".", metavar="PATH", shell_complete=files,
    help="What is graded, from the repository's top.",
)  # fmt: skip
@option(
    "--install", group=FILES, metavar="WHAT",
    help="What pip installs there, as git+https://…  [default: forklore[c] of this version]",
)  # fmt: skip
@click.argument("tests", type=click.Path(), shell_complete=files)
def command(tests: str, submission: str, output: str, install: str | None) -> None:
    """Print a workflow for GitHub Actions that grades a repository by TESTS, a path from its top.

    It installs this version of forklore, grades whatever is pushed, shows the verdict in the summary of the run, and
    keeps all reports, JUnit XML among them; called by the runner of Classroom 50 it writes its result.json. Who can
    push can change the tests that lie in the same repository: what counts is better graded from one of the teacher's.
    """
    from vm.grade.starting.actions import workflow
    from vm.grade.starting.skeleton import INSTALL

    for name, path in (("TESTS", tests), ("--submission", submission)):
        if PurePath(path).is_absolute() or ".." in PurePath(path).parts:
            raise click.BadParameter(f"{path} is no path from the repository's top", param_hint=name)
    try:
        text = workflow(tests, submission, install or INSTALL)
    except ValueError as error:
        raise click.UsageError(str(error)) from None
    if output != STANDARD_OUTPUT:
        try:
            Path(output).parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            fail(f"cannot write {output}: {error.strerror or error}")
    check_target(output)
    write_target(output, text.encode())
