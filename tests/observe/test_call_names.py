"""Every call of Linux has its name, so that one the machine does not know can be told by it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from vm.abi import CALL_NAMES

ziglang = pytest.importorskip("ziglang")
HEADER = Path(ziglang.__file__).parent / "lib/libc/include/riscv-linux-any/asm/unistd_32.h"


@pytest.mark.skipif(not HEADER.exists(), reason="no header of riscv32 Linux is there")
def test_names_are_those_of_linuxs_header():
    theirs = {int(number): name for name, number in re.findall(r"#define __NR_(\w+)\s+(\d+)", HEADER.read_text())}
    ours = {number: name.removeprefix("_") for number, name in CALL_NAMES.items() if number in theirs}
    assert ours == theirs
    assert {CALL_NAMES[number] for number in CALL_NAMES.keys() - theirs.keys()} == {"wait4", "fork", "vfork"}
