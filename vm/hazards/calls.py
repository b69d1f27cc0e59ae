"""From the logged jumps of a child to the calls that were open at any moment, and what it called and returned from."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from typing import NamedTuple

from vm.cpu.tape import CALL, FIRST, FROM, JUMP, KIND, POINTER, RETURN, TO
from vm.hazards.windows import BaseReturn, Entered, Moment, Transfer

DEEPEST = 64
"""Calls of a chain that are told, from the innermost on."""
MOST_TRANSFERS = 4096
"""Calls with pointers that are remembered."""
_LEAST_POINTER, _GREATEST_POINTER = 0x1000, 0x8000_0000


class _Open(NamedTuple):
    """An open call: where it was made, and the one around it; its function, what that was given, and when."""

    site: int
    outer: _Open | None
    depth: int
    address: int
    argument: int
    number: int


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
    those to where nothing had been called from, and jumps that may be such. ``transfers`` are the calls whose first
    argument or result may be a pointer, in the order in which they ended; None if there were too many.
    """

    def __init__(self, pid: int, rows: Iterable[tuple[int, list[int]]]) -> None:
        self.entered: list[Entered] = []
        self.returns: list[BaseReturn] = []
        self.transfers: list[Transfer] | None = []
        self._pid = pid
        self._numbers: list[int] = []
        self._open: list[_Open | None] = []
        self._way = (0, 0)
        known: set[tuple[int, int, int]] = set()
        call: _Open | None = None
        for number, row in rows:
            if row[KIND] == RETURN:
                call = self._return(number, row, call)
            elif row[KIND] == JUMP and call is not None and call.site + 4 == row[TO]:
                self._ended(number, row, call)
                call = call.outer  # a return by another register; what lies behind calls farther out may be a function
            else:
                key = (row[TO], row[FROM], call.site if call else 0)
                if key not in known:
                    known.add(key)
                    self._enter(number, row, call)
                    if row[KIND] == JUMP:
                        self._left_base(number, row, call)
                if row[KIND] == CALL:
                    call = _Open(row[FROM], call, call.depth + 1 if call else 1, row[TO], row[FIRST], number)
            self._way = (row[FROM], row[TO]) if row[KIND] == JUMP else (0, 0)
            self._numbers.append(number)
            self._open.append(call)

    def _enter(self, number: int, row: list[int], call: _Open | None) -> None:
        is_call = row[KIND] == CALL
        depth = (call.depth if call else 0) + is_call
        moment = Moment(self._pid, (row[FROM], *_chain(call)))
        self.entered.append(Entered(moment, row[TO], depth, not is_call, number))

    def _return(self, number: int, row: list[int], call: _Open | None) -> _Open | None:
        left = _left(row, call)
        if left is not None:
            self._ended(number, row, left)
            return left.outer
        self._left_base(number, row, call)
        return None

    def _ended(self, number: int, row: list[int], call: _Open) -> None:
        """Remember a call with its result."""
        if self.transfers is None:
            return
        if any(_LEAST_POINTER <= value < _GREATEST_POINTER for value in (call.argument, row[FIRST])):
            self.transfers.append(Transfer(call.address, call.argument, row[FIRST], call.number, number))
            if len(self.transfers) > MOST_TRANSFERS:
                self.transfers = None

    def _left_base(self, number: int, row: list[int], call: _Open | None) -> None:
        moment = Moment(self._pid, (row[FROM], *_chain(call)))
        is_jump = row[KIND] == JUMP
        self.returns.append(BaseReturn(moment, row[TO], row[POINTER], call is not None, is_jump, number, self._way))

    @property
    def kept(self) -> int:
        """How many pointers were results, and later the first argument of no call."""
        transfers = self.transfers or ()
        given = {call.argument: call.begin for call in sorted(transfers, key=lambda call: call.begin)}
        return len({call.result for call in transfers if given.get(call.result, -1) < call.end})

    def sites(self, number: int) -> tuple[int, ...]:
        """The calls that were open when ``number`` of all had been logged, innermost first."""
        index = bisect_right(self._numbers, number - 1) - 1
        return _chain(self._open[index]) if index >= 0 else ()
