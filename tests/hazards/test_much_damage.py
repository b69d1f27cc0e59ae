"""A child that writes more than is remembered ends the run, which says so; what it did until then is reported."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.kernel.guest import PRELUDE
from vm.engine.roll import MOST_PAGES
from vm.hazards.observer import WindowObserver
from vm.hazards.windows import Groups, Window
from vm.machine import Machine

GUEST = """
_start: li a0, 0
        li a1, {size}
        li a2, 3
        li a3, 0x22
        li a4, -1
        li a5, 0
        sys mmap2
        mv s0, a0
        sys vfork
        bnez a0, parent
        {write}
        exit 0
parent: exit 5
        .data
zero:   .asciz "/dev/zero"
"""
BY_STORES = """
        li t0, {pages}
        mv t1, s0
        li t2, 4096
1:      sw t0, 0(t1)
        add t1, t1, t2
        addi t0, t0, -1
        bnez t0, 1b
"""
BY_A_CALL = """
        li a0, -100
        la a1, zero
        li a2, 0
        sys openat
        mv a1, s0
        li a2, {pages} * 4096
        sys read
"""


def test_many_children_that_each_do_something_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is to be said of each of them is remembered up to a limit; of many alike one is kept."""
    monkeypatch.setattr("vm.hazards.windows.MOST_KEPT", 20)
    messages = []
    for step in (4, 0):
        again = f"parent: sw zero, (s0)\n addi s0, s0, {step}\n addi s1, s1, 1\n li t0, 50\n blt s1, t0, again\n exit 5"
        source = GUEST.format(size=4096, write="li t0, -1\n sw t0, (s0)").replace("sys vfork", "again: sys vfork", 1)
        (tmp_path / "p.s").write_text(PRELUDE + source.replace("parent: exit 5", again))
        booted = Machine(root=tmp_path).boot("/p").start()
        groups = Groups()
        observer = WindowObserver(booted.kernel, groups.add, groups.demand_room)
        messages.append(booted.finish().message)
        observer.finish()
    assert messages == ["the limit of 20 changes and segments of vfork children that are remembered was reached", ""]


@pytest.mark.parametrize("write", [BY_STORES, BY_A_CALL], ids=["stores", "call"])
@pytest.mark.parametrize(("pages", "status"), [(MOST_PAGES - 8, 5), (MOST_PAGES + 1, 124)])
def test_more_than_is_remembered(write: str, pages: int, status: int, tmp_path: Path) -> None:
    source = GUEST.format(size=pages * 4096, write=write.format(pages=pages))
    (tmp_path / "p.s").write_text(PRELUDE + source)
    booted = Machine(root=tmp_path).boot("/p").start()
    groups = Groups()
    observer = WindowObserver(booted.kernel, groups.add)
    result = booted.finish()
    observer.finish()
    assert result.status == status
    assert result.message == (
        "the limit of 9 MiB in which vfork children are observed at a time was reached" if status == 124 else ""
    )
    [(window, count)] = list(groups)
    assert isinstance(window, Window)
    assert count == 1
    assert (window.ended, len(window.changes) > 0) == ("exit" if status == 5 else "", write is BY_STORES)
