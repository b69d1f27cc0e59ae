"""Line tables are those that pyelftools makes of the same programs."""

from __future__ import annotations

import io
from pathlib import Path
from types import SimpleNamespace

import pytest
from elftools.elf.elffile import ELFFile

from vm import toolchain
from vm.observe import line_program

SOURCE = Path(__file__).resolve().parents[2] / "programs" / "hazards" / "bad" / "global.c"


@pytest.mark.skipif(not toolchain.is_installed(), reason="needs ziglang")
@pytest.mark.parametrize("flags", [[], ["-O2"], ["-gdwarf-2"], ["-gdwarf-5"]], ids=" ".join)
def test_rows_are_those_of_pyelftools(flags: list[str]) -> None:
    """The C library's hundred units among them."""
    dwarf = ELFFile(io.BytesIO(toolchain.build(SOURCE, flags))).get_dwarf_info()
    programs = [program for program in map(dwarf.line_program_for_CU, dwarf.iter_CUs()) if program is not None]
    assert len(programs) > 20
    for program in programs:
        states = [entry.state for entry in program.get_entries() if entry.state is not None]
        expected = [(state.address, state.file, state.line, bool(state.end_sequence)) for state in states]
        assert list(line_program.rows(program)) == expected


def program(code: bytes, **header: object) -> SimpleNamespace:
    fields = {
        "opcode_base": 14, "line_base": -5, "line_range": 14, "minimum_instruction_length": 4,
        "maximum_operations_per_instruction": 1, "standard_opcode_lengths": [0, 1, 1, 1, 1, 0, 0, 0, 1, 0, 0, 1, 2],
    }  # fmt: skip
    return SimpleNamespace(
        header=fields | header, stream=io.BytesIO(code), program_start_offset=0, program_end_offset=len(code)
    )


def test_what_few_compilers_write() -> None:
    """Opcodes that came later are skipped, as the header says how, and so are unknown extended ones."""
    later, unknown, fixed = b"\x0d\x81\x01\x05", b"\0\3\x70\1\2", b"\x09\x10\0"
    assert list(line_program.rows(program(later + unknown + fixed + b"\x08\x03\x7f\x01"))) == [
        (16 + 4 * 17, 1, 0, False)
    ]


@pytest.mark.parametrize("code", [b"\x02", b"\x02" + b"\x80" * 100 + b"\1", b"\0\x05\2\0", b"\x09\1"])
def test_numbers_that_are_cut_off_or_have_no_end(code: bytes) -> None:
    with pytest.raises(IndexError):
        list(line_program.rows(program(code)))
    with pytest.raises(ZeroDivisionError):
        list(line_program.rows(program(b"\xff", line_range=0)))
