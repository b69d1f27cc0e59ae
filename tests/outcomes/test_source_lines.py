"""Source lines of instructions, of images that a machine loads."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.programs.headers import PROGRAMS_FOLDER
from vm import Machine
from vm.cpu.state import PC
from vm.outcomes.orders import End, Order, Step
from vm.outcomes.sources import Sources, sources_of

FORK = PROGRAMS_FOLDER / "fork.s"


def test_an_instruction_has_the_line_of_its_source() -> None:
    run = Machine().boot(FORK, keep=False).start()
    pc = int(run.program.context[PC])
    step = Step((1,), 0, 2, "brk", "", pc, "/fork.s", (), ())
    sources = sources_of([Order((step, replace(step, image="/gone")), End())], run.kernel.loader)
    found = sources.place_of(step)
    assert found is not None
    assert found.file.endswith("programs/fork.s")
    assert found.code == FORK.read_text().splitlines()[found.line - 1].strip()
    assert sources.where(pc, "/fork.s") == f"{found.file}:{found.line}"


@pytest.mark.parametrize("image", [b"", b"no image", PROGRAMS_FOLDER.joinpath("not_an_image").read_bytes()])
def test_what_has_none_has_no_lines(image: bytes) -> None:
    sources = Sources({"/image": image})
    assert sources.place(0x10000, "/image") is None
    assert sources.where(0x10000, "/image") == sources.where(0x10000, "/gone") == ""
