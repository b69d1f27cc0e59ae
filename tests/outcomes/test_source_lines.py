"""Source lines of instructions, of images that a machine loads."""

from __future__ import annotations

import pytest

from tests.programs.headers import PROGRAMS_FOLDER
from vm import Machine
from vm.cpu.state import PC
from vm.kernel.errors import SystemCallError
from vm.outcomes.sources import Sources

FORK = PROGRAMS_FOLDER / "fork.s"


def test_an_instruction_has_the_line_of_its_source() -> None:
    run = Machine().boot(FORK, keep=False).start()
    sources = Sources(run.kernel.loader.image_file)
    found = sources.line(int(run.program.context[PC]), "/fork.s")
    assert found is not None
    assert found.file.endswith("programs/fork.s")
    assert found.code == FORK.read_text().splitlines()[found.line - 1].strip()
    assert sources.where(int(run.program.context[PC]), "/fork.s") == f"{found.file}:{found.line}"


def refuse(path: str) -> bytes:
    raise SystemCallError.__new__(SystemCallError) if path == "/gone" else FileNotFoundError(path)


@pytest.mark.parametrize("image", ["/gone", "/none"])
def test_what_cannot_be_read_has_no_lines(image: str) -> None:
    assert Sources(refuse).line(0x10000, image) is None
    assert Sources(refuse).where(0x10000, image) == ""
    assert Sources(lambda path: b"no image").where(0x10000, image) == ""
