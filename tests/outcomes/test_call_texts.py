"""Calls in a line: their own arguments, signed where they are, addresses as such."""

from __future__ import annotations

import pytest

from vm.outcomes.calls import call_text


@pytest.mark.parametrize(
    ("call", "text"),
    [
        (("read", (3, 0x12008, 1, 7, 8, 9), 1), "read(3, 0x12008, 1) = 1"),
        (("fork", (5, 6, 7, 0, 0, 0), 3), "fork() = 3"),
        (("wait4", (0xFFFF_FFFF, 0, 0, 0, 1, 1), -10), "wait4(-1, 0, 0, 0) = -1 ECHILD"),
        (("exit", (0, 69632, 1, 0, 0, 0), None), "exit(0)"),
        (("mmap2", (0, 4096, 3, 34, 0xFFFF_FFFF, 0), 0x7000_0000), "mmap2(0, 4096, 3, 34, -1, 0) = 0x70000000"),
        (("handler", (17,), None), "enters its handler of SIGCHLD"),
        (("death", (), None), "dies of a signal"),
        (("clone", (17, 0, 0, 0, 0, 0), 3), "fork() = 3"),
        (("access", (0x12000, 4, -1), 5), "load 0x12000 = 5"),
        (("access", (0x12000, 4, 7), None), "store 0x12000 = 7"),
        (("access", (0x12000, 4, 7), 5), "load 0x12000 = 5, store 7"),
        (("", (1, 2, 3, 4), -38), "(1, 2, 3) = -1 ENOSYS"),
    ],
)
def test_a_call_is_told_as_a_trace_does(call: tuple[str, tuple[int, ...], int | None], text: str) -> None:
    assert call_text(*call) == text
