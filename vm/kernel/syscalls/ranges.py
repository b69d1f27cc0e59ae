"""Ranges of addresses as programs pass them: checked here for wrap-around, before anything is computed with them."""

from __future__ import annotations

from vm.abi import PAGE_SIZE, Errno
from vm.kernel.errors import SystemCallError
from vm.memory.segments import page_round

HIGHEST_END = (1 << 32) - PAGE_SIZE
"""The highest end of a range of whole pages that 32 bits can say: one page more is address 0."""


def end_of_pages(start: int, length: int, error: Errno, highest: int = HIGHEST_END) -> int:
    """Return where the pages of ``length`` bytes from ``start`` end. Raises SystemCallError(error) beyond ``highest``.

    From address 0 it is a length in whole pages.
    """
    end = page_round(start + length)
    if end > highest:
        raise SystemCallError(error)
    return end


def check_buffer(address: int, size: int) -> None:
    """SystemCallError(EFAULT) for bytes that go on at address 0 (access_ok in Linux)."""
    if address + size > 1 << 32:
        raise SystemCallError(Errno.EFAULT)
