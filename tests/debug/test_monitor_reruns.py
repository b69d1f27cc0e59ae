"""Tests of ``monitor`` commands that run history again: ``check`` and ``calls``."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from tests.debug.histories import PROGRAMS, PlainView, StraightHistory, history_of, lines
from vm import events
from vm.debug.monitor import replaying
from vm.toolchain import is_installed


def test_check_tells_at_the_end_what_a_checked_run_does(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(PROGRAMS)
    command = [sys.executable, "-c", "from vm.entry import main; main()", "run", "--check-vfork", "vfork_global.s"]
    environment = os.environ | {"PYTHONPATH": str(PROGRAMS.parent)}
    run = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    history = history_of("vfork_global.s")
    history.run.advance()
    assert lines(history, "check") == run.stderr.replace("--notes", "`monitor check notes`").splitlines()


def at_store() -> StraightHistory:
    """Behind the store of a vfork child, before its first call."""
    history = history_of("vfork_global.s")
    history.run.advance(events.Created)
    history.run.advance(history.run.kernel.clock + 10)
    return history


def test_check_tells_what_is_known_while_a_child_still_has_its_parents_memory() -> None:
    told = lines(at_store(), "check")
    assert told[0].startswith("warning: vfork child changed its parent's memory")
    assert told[-1] == "3 still has the parent's memory: judged by what was done so far"
    history = history_of("vfork_global.s")
    history.run.start()
    assert lines(history, "check") == ["0 errors, 0 warnings", "no vfork was made so far"]


def test_check_has_notes_for_who_asks_for_them() -> None:
    history = history_of("hazards/bad/lseek.s")
    history.run.advance()
    assert lines(history, "check")[-1] == "0 errors, 1 warning, 1 note (shown by `monitor check notes`)"
    told = lines(history, "check notes")
    assert told[0].startswith("note: vfork child wrote below its parent's stack pointer")
    assert told[-1] == "0 errors, 1 warning, 1 note"
    assert lines(history, "check all") == ["'all' is nothing that there is a report of: check [notes]"]


@pytest.mark.skipif(not is_installed(), reason="needs ziglang")
def test_check_tells_of_a_fork_alone() -> None:
    history = history_of("hazards/bad/fork_takes_lock.c")
    history.run.advance()
    assert lines(history, "check")[-1] == "1 error, 1 warning"


def test_looking_changes_nothing() -> None:
    history = at_store()
    before = history.run.digest()
    for command in ("check", "calls", "calls 3 2"):
        lines(history, command)
    assert history.run.digest() == before


def test_calls_are_those_of_a_thread_up_to_now() -> None:
    history = at_store()
    view = PlainView(tid=3)
    assert lines(history, "calls", view) == ["thread 3 has made no system call so far"]
    assert lines(history, "calls 2 2", view)[0] == "thread 2, by the clock: the last 2 of 4 lines"
    assert lines(history, "calls 5 2", view) == [
        "thread 2, by the clock",
        '        76 write(1, "parent: balance is ", 19) = 19',
        '       106 write(1, "100", 3) = 3',
        '       123 write(1, "\\n", 1) = 1',
        "       129 vfork( <unfinished ...>",
    ]
    history.run.advance()
    assert lines(history, "calls 1 3")[-1].endswith(" +++ exited with 0 +++")
    assert lines(history, "calls 5 99") == ["thread 99 has made no system call so far"]
    assert lines(history, "calls 0") == ["'0' is no number of lines"]
    assert lines(history, "calls") == ["no process is left"]


def test_a_long_history_is_run_again_as_far_as_patience_goes(monkeypatch: pytest.MonkeyPatch) -> None:
    history = history_of("race_lock.s", quantum=50)
    history.run.advance()
    monkeypatch.setattr(replaying, "LONGEST", 0.0)
    monkeypatch.setattr(replaying, "SLICE", 100)
    end = history.run.kernel.clock
    assert f"the time is up, 0 s: history was looked at up to clock 100 of {end:,}" in lines(history, "check")[0]
    assert "looked at up to clock 100 of" in lines(history, "calls 3 2")[0]
    monkeypatch.setattr(replaying, "LONGEST", 1e9)
    view = PlainView()
    view.interrupted = True
    assert lines(history, "check", view)[0] == "interrupted: history was looked at up to clock 100"
