"""Whether a parent could still use a variable after vfork, by its function's code."""

from __future__ import annotations

import pytest

from asm import Source, assemble
from vm.elf import load_image
from vm.hazards.reach import Function

BEFORE = "addi s0, sp, 64\n"
CASES = [
    ("bnez a0, parent\n addi a1, s0, -32\n j out\nparent: nop\nout: ret", False),  # the child's alone
    ("bnez a0, parent\n addi a1, s0, -32\nparent: addi a1, s0, -32\n ret", True),  # its address is taken again
    ("sw a0, -12(s0)\n lw a0, -12(s0)\n beqz a0, child\n lw a1, -32(s0)\nchild: ret", True),
    ("sw a0, -12(s0)\n lw a0, -12(s0)\n beqz a0, child\n ret\nchild: lw a1, -32(s0)\n ret", False),
    ("beqz a1, child\n ret\nchild: lw a1, -32(s0)\n ret", True),  # nobody knows what a1 is
    ("beqz a0, child\n lb a1, -33(s0)\n lw a1, -28(s0)\n sw a1, -32(s0)\nchild: ret", False),  # beside it, and stores
    ("beqz a0, child\n call other\n ret\nchild: lw a1, -32(s0)\nother: ret", False),
]


@pytest.mark.parametrize(("code", "is_used"), CASES)
def test_what_the_parent_may_use(code: str, is_used: bool) -> None:
    image = load_image(assemble([Source("p.s", f"_start: {BEFORE} ecall\n {code}\n")]).image)
    [segment] = [segment for segment in image.segments if int(segment.protection) & 4]
    start, data = segment.vaddr, segment.data

    def word(address: int) -> int | None:
        found = data[address - start : address - start + 4]
        return int.from_bytes(found, "little") if len(found) == 4 else None

    pointer = 0x7FFF_F000
    function = Function(start, start + len(data), start + 4, pointer, pointer + 64, word)
    assert function.may_use(pointer + 32, pointer + 36) is is_used


def test_an_unknown_or_endless_function_uses_everything() -> None:
    assert Function(0, 0, 0, 0, 0, lambda address: None).may_use(4, 8)
    assert Function(0, 1 << 20, 0, 0, 0, lambda address: 0x13).may_use(4, 8)


def test_places_that_never_change() -> None:
    """DW_OP_addr alone, with DW_OP_plus_uconst as LLVM has it for merged variables, and in pieces."""
    from vm.observe.activations import fixed_places

    assert list(fixed_places([0x03, 0, 0, 1, 0])) == [(0x10000, 0, 0)]
    assert list(fixed_places([0x03, 0, 0, 1, 0, 0x23, 0x84, 1])) == [(0x10084, 0, 0)]
    pieces = [0x03, 0, 0, 1, 0, 0x93, 4, 0x03, 8, 0, 1, 0, 0x93, 4]
    assert list(fixed_places(pieces)) == [(0x10000, 4, 0), (0x10008, 4, 4)]
    assert list(fixed_places([0x91, 0x10])) == []
