"""The image of the page that returns from signal handlers, as readelf reads it."""

from __future__ import annotations

import re
from pathlib import Path

from tests.debug.fake import IMAGE, FakeTarget
from tests.elf.toolchain import GNU, need, run
from vm.debug import signal_page
from vm.debug.files import Files


def test_readelf_reads_where_each_register_is(tmp_path: Path) -> None:
    """The kernel's layout: 128 bytes of siginfo, 160 of the ucontext, then pc and x1 to x31."""
    path = tmp_path / "page"
    path.write_bytes(signal_page.image())
    said = run([need(GNU + "readelf"), "-W", "--debug-dump=frames", path])
    assert "pc=7ffffffc..80000008" in said
    assert 'Augmentation:          "zS"' in said
    assert f"DW_CFA_def_cfa_expression (DW_OP_breg2 (sp): {288 + 8}; DW_OP_deref)" in said
    rules = re.findall(r"DW_CFA_expression: r(\d+)(?: \(\w+\))? \(DW_OP_breg2 \(sp\): (\d+)\)", said)
    assert [(int(register), int(place)) for register, place in rules] == [
        (64, 288), *((register, 288 + 4 * register) for register in range(1, 32)),
    ]  # fmt: skip


def test_it_is_a_file_to_a_client_alone() -> None:
    files = Files(FakeTarget(IMAGE))
    assert files.answer(b"open:%b,0,0" % b"/[vdso]".hex().encode()) == b"F0"
    assert files.answer(b"pread:0,4,0") == b"F4;\x7fELF"
