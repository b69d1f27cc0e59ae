"""Whether a change of a vfork child's is a message: how it tells its parent that it could not do what it was to do.

A child that fails has little else: libraries write the error's number to a variable that the parent looks at, a
volatile one, or through the argument of a child with a stack of its own. It works, and a pipe would do it cleanly.
"""

from __future__ import annotations

from functools import cached_property

from vm.abi import CALL_NUMBERS
from vm.abi.layout import WORD
from vm.hazards.places import Case
from vm.hazards.windows import ERRORS, CallMade
from vm.isa import TP

_EXECS = frozenset(CALL_NUMBERS[name] for name in ("execve", "execveat"))
_THREAD_SIZE = 256
"""The thread pointer, and how far below it the C library keeps what belongs to a thread."""
LONGEST = 8
"""Bytes of a message."""


class Telling:
    """The messages of one case."""

    def __init__(self, case: Case) -> None:
        self.case = case

    @cached_property
    def _failed(self) -> list[CallMade]:
        return [call for call in self.case.window.calls if call.result is not None and call.result >= ERRORS]

    def is_message(self, address: int, value: bytes, number: int) -> bool:
        """True for ``value``, written at ``address`` when ``number`` jumps had been logged, if it tells of an error."""
        window = self.case.window
        if not self._failed:
            return False
        failed = [call for call in self._failed if call.logged <= number]
        if window.ended != "exit" or not failed or len(value) > LONGEST or window.signal is not None:
            return False
        if -_THREAD_SIZE <= address - window.site.registers[TP] < 0:
            return False  # the C library's errno
        if "errno" in self.case.names(address & -4):
            return False
        is_number = any(_is_error(value, call.result or 0) for call in failed)
        has_failed = any(call.number in _EXECS for call in failed) or self._last(number) in failed
        variable = self.case.variable(address)
        if variable is not None and variable.is_volatile:
            return is_number or has_failed
        if window.site.has_own_stack:
            return is_number or has_failed
        if variable is None:
            return is_number
        # The function that calls vfork may keep what is its own in a register.
        return is_number and not variable.is_nearest

    def _last(self, number: int) -> CallMade | None:
        """The call before a store."""
        calls = [call for call in self.case.window.calls if call.logged <= number and call.result is not None]
        return calls[-1] if calls else None


def _is_error(value: bytes, result: int) -> bool:
    """True for the number of an error, as it is or negated."""
    error = (1 << 32) - result
    return value.rstrip(b"\0") == WORD.pack(error).rstrip(b"\0") or value == WORD.pack(result)
