"""The C programs of programs/outcomes do what their headers say when the machine decides, and whoever else does."""

from __future__ import annotations

import re
from functools import partial
from pathlib import Path

import pytest

from vm import Machine
from vm.outcomes.automaton import Outputs
from vm.outcomes.exploration import QUANTUM, explore
from vm.outcomes.exploring import Limits
from vm.toolchain import is_installed

PROGRAMS = sorted((Path(__file__).resolve().parents[2] / "programs" / "outcomes").glob("*.c"))
FORM = re.compile(
    r"/\* \w.*[.?]\n"
    r"(?: \*\n(?: \* \S.*\n)+)*?"
    r" \*\n"
    r" \* Expected output(?P<unfinished> without newline)?:\n(?P<output>(?: \*   .*\n)+)"
    r" \* Exit status: (?P<status>\d+)\n"
    r" \* Scheduling: depends\n"
    r" \* Outcomes: \d+\n"
    r"(?: \* Outcomes with [\w -]+: \d+\n)*"
    r" \*/\n"
)
EXPLORED = (
    "hello_or_world", "buffered_forks", "check_then_use", "one_condition", "parallel_increments", "crash_of_append",
    "crash_of_log",
)  # fmt: skip
MANY_CLASSES = {
    "check_then_use": {"4"}, "one_condition": {"", "2 2 1", "2 1 2 all", "2 2 1 all"},
    "crash_of_append": {"4"}, "crash_of_log": {"4"},
}  # fmt: skip
TOO_MANY = {"parallel_increments": {"2 3", "3 3"}, "crash_of_append": {"8", "10"}, "crash_of_log": {"8", "10"}}
"""From 500 classes up, which take more than some seconds."""
pytestmark = pytest.mark.skipif(not is_installed(), reason="no C compiler: pip install 'forklore[c]'")


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda program: program.stem)
def test_program_does_what_its_header_says(program: Path) -> None:
    header = FORM.match(program.read_text())
    assert header is not None, "the header is not of this form"
    result = Machine().run(program)
    output = re.sub(r"^ \*   ", "", header["output"], flags=re.MULTILINE)
    assert result.output.decode() == (output.removesuffix("\n") if header["unfinished"] else output)
    assert result.status == int(header["status"])


def promises(name: str) -> list[tuple[str, int]]:
    """Give arguments of a program, and how many outcomes there are with them as its header says."""
    text = next(program for program in PROGRAMS if program.stem == name).read_text()
    return [(arguments, int(count)) for arguments, count in re.findall(r"Outcomes(?: with ([\w ]+))?: (\d+)", text)]


@pytest.mark.parametrize(
    ("name", "arguments", "count"),
    [
        pytest.param(
            name, arguments, count, id=f"{name} {arguments}".rstrip(),
            marks=[pytest.mark.full] if arguments in MANY_CLASSES.get(name, ()) else [],
        )
        for name in EXPLORED
        for arguments, count in promises(name)
        if arguments not in TOO_MANY.get(name, ())
    ],
)  # fmt: skip
def test_program_has_as_many_outcomes_as_its_header_says(name: str, arguments: str, count: int) -> None:
    [program] = [program for program in PROGRAMS if program.stem == name]
    boot = partial(Machine(quantum=QUANTUM, memory=1 << 23).boot, program, arguments.split(), keep=False)
    found = explore(boot, Limits())
    assert found.complete
    assert Outputs(found.orders).count == count
