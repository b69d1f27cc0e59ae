"""From the logged jumps of a child to the calls that were open at any moment, and what it called and returned from."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from typing import NamedTuple

from vm.cpu.tape import CALL, FROM, JUMP, KIND, POINTER, RETURN, TO
from vm.hazards.windows import BaseReturn, Entered, Moment

DEEPEST = 64
"""Calls of a chain that are told, from the innermost on."""


class _Open(NamedTuple):
    """An open call: where it was made, and the one around it."""

    site: int
    outer: _Open | None
    depth: int


def _chain(call: _Open | None) -> tuple[int, ...]:
    sites: list[int] = []
    while call is not None and len(sites) < DEEPEST:
        sites.append(call.site)
        call = call.outer
    return tuple(sites)


def _left(row: list[int], call: _Open | None) -> _Open | None:
    """The open call whose function is left by a jump to behind it."""
    while call is not None and call.site + 4 != row[TO]:
        call = call.outer
    return call


class History:
    """The calls of ``pid``, from ``rows``: (number, row of :class:`vm.cpu.tape.Tape`'s ``calls``), in order.

    ``entered`` are the functions called, each once for each place that called it from the same caller; ``returns`` are
    those to where nothing had been called from, and jumps that may be such.
    """

    def __init__(self, pid: int, rows: Iterable[tuple[int, list[int]]]) -> None:
        self.entered: list[Entered] = []
        self.returns: list[BaseReturn] = []
        self._pid = pid
        self._numbers: list[int] = []
        self._open: list[_Open | None] = []
        known: set[tuple[int, int, int]] = set()
        call: _Open | None = None
        for number, row in rows:
            if row[KIND] == RETURN:
                call = self._return(row, call)
            elif row[KIND] == JUMP and call is not None and call.site + 4 == row[TO]:
                call = call.outer  # a return by another register; what lies behind calls farther out may be a function
            else:
                key = (row[TO], row[FROM], call.site if call else 0)
                if key not in known:
                    known.add(key)
                    self._enter(row, call)
                    if row[KIND] == JUMP:
                        self._left_base(row, call)
                if row[KIND] == CALL:
                    call = _Open(row[FROM], call, call.depth + 1 if call else 1)
            self._numbers.append(number)
            self._open.append(call)

    def _enter(self, row: list[int], call: _Open | None) -> None:
        is_call = row[KIND] == CALL
        depth = (call.depth if call else 0) + is_call
        self.entered.append(Entered(Moment(self._pid, (row[FROM], *_chain(call))), row[TO], depth, not is_call))

    def _return(self, row: list[int], call: _Open | None) -> _Open | None:
        left = _left(row, call)
        if left is not None:
            return left.outer
        self._left_base(row, call)
        return None

    def _left_base(self, row: list[int], call: _Open | None) -> None:
        moment = Moment(self._pid, (row[FROM], *_chain(call)))
        self.returns.append(BaseReturn(moment, row[TO], row[POINTER], call is not None, row[KIND] == JUMP))

    def sites(self, number: int) -> tuple[int, ...]:
        """The calls that were open when ``number`` of all had been logged, innermost first."""
        index = bisect_right(self._numbers, number - 1) - 1
        return _chain(self._open[index]) if index >= 0 else ()
