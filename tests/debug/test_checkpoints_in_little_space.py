"""Checkpoints where the host's address space is limited, as by ``ulimit -v``."""

from __future__ import annotations

import resource
from pathlib import Path

import pytest

from vm.abi import PAGE_SIZE
from vm.debug import checkpoints
from vm.debug.checkpoints import LEAST, Limits, most_copies
from vm.debug.history import History
from vm.machine import Machine

PROGRAM = Path(__file__).parents[2] / "programs" / "race_lock.s"


def test_half_of_it_has_room_for_them(monkeypatch: pytest.MonkeyPatch) -> None:
    """A copy reserves some three pages for each frame, be it used or not."""
    gigabytes = {resource.RLIMIT_AS: 8, resource.RLIMIT_DATA: 9}
    monkeypatch.setattr(resource, "getrlimit", lambda kind: (gigabytes[kind] << 30, resource.RLIM_INFINITY))
    assert most_copies((256 << 20) // PAGE_SIZE) == 5
    assert most_copies((256 << 40) // PAGE_SIZE) == LEAST
    monkeypatch.undo()
    if resource.getrlimit(resource.RLIMIT_AS)[0] == resource.getrlimit(resource.RLIMIT_DATA)[0] == -1:
        assert most_copies(1 << 20) > 1 << 20


def test_there_are_no_more_than_there_is_room_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """And the way back is found all the same."""
    monkeypatch.setattr(checkpoints, "most_copies", lambda frames: 4)
    history = History(Machine(memory=1 << 20, quantum=50).boot(PROGRAM), Limits(instructions=20, share=1.0))
    history.advance()
    assert len(history.checkpoints) <= 4
    end = history.moment
    history.goto(end.clock // 2)
    assert history.moment.clock == end.clock // 2
    assert len(history.checkpoints) <= 4
