"""Signals have the numbers that gdb itself gives them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.debug.gdb import gdb
from vm.abi.signals import SIGNAL_LIMIT, Signal
from vm.debug.signals import UNKNOWN, from_gdb, to_gdb


def test_the_names_are_where_gdb_lists_them(tmp_path: Path) -> None:
    """``info signals`` lists all that have a number of gdb's, in its order from 1 on."""
    names = re.findall(r"^(SIG\w+)\s+(?:Yes|No)\s", gdb(["info signals"], tmp_path), re.MULTILINE)
    assert names[:5] == ["SIGHUP", "SIGINT", "SIGQUIT", "SIGILL", "SIGTRAP"]
    theirs = {name: number for number, name in enumerate(names, 1)}
    ours = {int(signal): signal.name for signal in Signal} | {n: f"SIG{n}" for n in range(32, SIGNAL_LIMIT + 1)}
    assert {name: to_gdb(number) for number, name in ours.items() if number != Signal.SIGSTKFLT} == {
        name: theirs[name] for number, name in ours.items() if number != Signal.SIGSTKFLT
    }


def test_each_number_leads_back() -> None:
    assert [from_gdb(to_gdb(signal)) for signal in range(1, SIGNAL_LIMIT + 1)] == list(range(1, SIGNAL_LIMIT + 1))
    assert to_gdb(Signal.SIGSTKFLT) == UNKNOWN
    assert from_gdb(7) is None
    assert from_gdb(0) is None
    with pytest.raises(KeyError):
        to_gdb(0)
