"""What a trace shows: the expressions of strace's option -e, as far as this machine has what they speak of.

    [trace=|signal=][!]NAME[,NAME]…

A name is that of a call, here or on a 64-bit system, ``/REGEX`` for all whose names it matches, or a class:
``%process``, ``process``. ``?NAME`` may be the name of nothing. ``all`` and ``none`` are what they say. As with strace
the last expression of each sort counts.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar

from vm.abi import CALL_NAMES
from vm.kernel.services import ROWS
from vm.kernel.syscalls import TABLE, Row
from vm.observe.strace.text import SIGNAL_NUMBERS, SIGNALS
from vm.spelling import suggestion
from vm.values import dataclass

T = TypeVar("T")

_PROCESS = "fork vfork clone execve exit exit_group wait4 waitid kill tkill tgkill rt_sigqueueinfo"
_SIGNAL = (
    "kill tkill tgkill rt_sigqueueinfo rt_sigaction rt_sigprocmask rt_sigpending rt_sigsuspend rt_sigtimedwait_time64 "
    "rt_sigreturn sigaltstack"
)


def _listed(names: str) -> Callable[[Row], bool]:
    members = frozenset(names.split())
    return lambda row: row.name in members


def _of_group(group: str) -> Callable[[Row], bool]:
    module = f"vm.kernel.syscalls.{group}"
    return lambda row: row.handler.__module__ == module


CLASSES: dict[str, Callable[[Row], bool]] = {
    "file": lambda row: any(kind.is_path for _, kind in row.arguments),
    "desc": lambda row: any(kind.is_descriptor for _, kind in row.arguments),
    "process": _listed(_PROCESS),
    "signal": _listed(_SIGNAL),
    "memory": _of_group("memory"),
    "creds": lambda row: _of_group("credentials")(row) or row.name in ("getuid", "geteuid", "getgid", "getegid"),
    "clock": lambda row: row.name.startswith("clock_") and "sleep" not in row.name,
    "network": lambda row: False,
    "ipc": lambda row: False,
}
"""Which calls belong to a class of strace's; the machine has none for networks and System V's communication."""
_IMPLEMENTED = frozenset(row.name for row in (*TABLE.values(), *ROWS.values()))
_NAMES = _IMPLEMENTED | frozenset(CALL_NAMES.values())
_SHORT = {"mmap": "mmap2", "lseek": "_llseek"} | {
    name.removesuffix("64").removesuffix("_time"): name for name in _NAMES if name.endswith("64")
}
"""Calls by the names that they have on 64-bit systems."""


class WrongExpression(ValueError):
    """What is wrong with an expression of -e, for people."""


@dataclass(frozen=True, slots=True)
class Selection:
    """The names of the calls, and the signals, that are shown."""

    calls: frozenset[str] = _NAMES
    signals: frozenset[int] = frozenset(SIGNALS)

    def having(self, expression: str) -> Selection:
        """Apply an expression of -e to this selection, which stays as it is. Raises :class:`WrongExpression`."""
        sort, sign, names = expression.partition("=")
        if not sign:
            sort, names = "trace", expression
        if sort in ("trace", "t"):
            return replace(self, calls=_chosen(names, _NAMES, _calls))
        if sort in ("signal", "signals", "s"):
            return replace(self, signals=_chosen(names, frozenset(SIGNALS), _signals))
        raise WrongExpression(f"{sort!r} is nothing that is selected by: trace=CALLS or signal=SIGNALS")


def _chosen(names: str, everything: frozenset[T], find: Callable[[str], frozenset[T]]) -> frozenset[T]:
    is_inverted = names.startswith("!")
    chosen: frozenset[T] = frozenset()
    for name in names.removeprefix("!").split(","):
        chosen |= everything if name == "all" else frozenset() if name == "none" else find(name)
    return everything - chosen if is_inverted else chosen


def _calls(name: str) -> frozenset[str]:
    is_doubtful = name.startswith("?")
    name = name.removeprefix("?")
    if name.startswith("/"):
        try:
            pattern = re.compile(name[1:])
        except re.error as error:
            raise WrongExpression(f"{name[1:]!r} is no regular expression: {error}") from None
        return frozenset(call for call in _NAMES if pattern.search(call))
    is_class = CLASSES.get(name.removeprefix("%"))
    if is_class is not None:
        return frozenset(row.name for row in TABLE.values() if is_class(row))
    named = frozenset({name, _SHORT.get(name, name)}) & _NAMES  # lseek is a service of RARS's as well
    if named:
        return named
    if is_doubtful:
        return frozenset()
    raise WrongExpression(f"{name!r} is no system call{suggestion(name, [*sorted(_NAMES), *CLASSES])}")


def _signals(name: str) -> frozenset[int]:
    upper = name.upper()
    number = SIGNAL_NUMBERS.get(upper) or SIGNAL_NUMBERS.get(f"SIG{upper}")
    if number is None and name.isdecimal() and len(name) < 4 and int(name) in SIGNALS:
        number = int(name)
    if number is None:
        raise WrongExpression(f"{name!r} is no signal{suggestion(upper, sorted(SIGNAL_NUMBERS))}")
    return frozenset({number})
