"""The C programs of programs/outcomes do what their headers say when the machine decides."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from vm import Machine
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
pytestmark = pytest.mark.skipif(not is_installed(), reason="no C compiler: pip install 'forklore[c]'")


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda program: program.stem)
def test_program_does_what_its_header_says(program: Path) -> None:
    header = FORM.match(program.read_text())
    assert header is not None, "the header is not of this form"
    result = Machine().run(program)
    output = re.sub(r"^ \*   ", "", header["output"], flags=re.MULTILINE)
    assert result.output.decode() == (output.removesuffix("\n") if header["unfinished"] else output)
    assert result.status == int(header["status"])
