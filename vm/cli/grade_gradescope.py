"""``forklore grade gradescope``: an autograder for Gradescope."""

from __future__ import annotations

from pathlib import Path

import click

from vm.cli import fail, say
from vm.cli.completion import files
from vm.cli.groups import FILES, GroupedCommand, option
from vm.cli.writing import STANDARD_OUTPUT, check_target, write_target
from vm.quantities import size


@click.command("gradescope", cls=GroupedCommand, context_settings={"show_default": True})
@option(
    "-o", "--output", group=FILES, type=click.Path(), default="autograder.zip", metavar="FILE", shell_complete=files,
    help="Write the archive to this file.",
)  # fmt: skip
@option(
    "--install", group=FILES, metavar="WHAT",
    help="What pip installs there, as git+https://…  [default: forklore[c] of this version]",
)  # fmt: skip
@click.argument("tests", type=click.Path(path_type=Path), shell_complete=files)
def command(tests: Path, output: str, install: str | None) -> None:
    """Pack an autograder for Gradescope, which grades by TESTS: an archive to be uploaded there.

    In it are the tests with all files that they name, the reference solution, and the two scripts that Gradescope
    calls: setup.sh installs this version of forklore, run_autograder grades one submission. What was handed in sees
    none of it: programs run in a machine without files of the host's, and the compiler reads nothing but their sources.
    The same lab gives the same archive.
    """
    from vm.grade.reading import WrongLab
    from vm.grade.starting.gradescope import CannotPack, autograder
    from vm.grade.starting.skeleton import INSTALL

    check_target(output)
    try:
        archive = autograder(tests, install or INSTALL)
    except (WrongLab, CannotPack) as error:
        fail(str(error))
    except OSError as error:
        fail(f"cannot read {error.filename or tests}: {error.strerror or error}")
    write_target(output, archive)
    if output != STANDARD_OUTPUT:
        say(f"{output}: {size(len(archive))}")
