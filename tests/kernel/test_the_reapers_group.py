"""Pid 1 is the machine's own: its process group is nobody's to join, and what names it fails as for init."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.kernel.calls import EPERM, ESRCH, Call, Process, exit_, fork, getpid, kill, raw, wait4
from tests.kernel.puppet import boot
from vm.abi import CALL_NUMBERS, Signal


def named(name: str, *arguments: int) -> Call:
    return raw(CALL_NUMBERS[name], *arguments)


@pytest.mark.parametrize("uid", [0, 1000])
def test_nobody_joins_it(uid: int, tmp_path: Path) -> None:
    def child() -> Process:
        assert (yield named("setpgid", 0, 1)) == -EPERM
        yield kill((yield getpid()), Signal.SIGTSTP)
        yield exit_(3)

    def parent() -> Process:
        pid = yield fork(child)
        assert (yield named("setpgid", pid, 1)) == -EPERM
        assert (yield named("setpgid", 0, 1)) == -EPERM
        assert (yield named("setpgid", 1, 1)) == -ESRCH
        assert (yield named("setpgid", 1, 0)) == -ESRCH
        assert (yield named("getpgid", 1)) == 1
        assert (yield wait4(pid, 2))[1] & 0xFF == 0x7F
        yield kill(pid, Signal.SIGCONT)
        assert (yield wait4(pid))[1] == 3 << 8

    puppets = boot(tmp_path, parent, user=uid)
    assert puppets.finish().status == 0


@pytest.mark.parametrize("signal", [Signal.SIGTSTP, Signal.SIGTTIN, Signal.SIGTTOU, Signal.SIGSTOP])
@pytest.mark.parametrize("uid", [0, 1000])
def test_stops_where_every_parent_is_gone(uid: int, signal: int, tmp_path: Path) -> None:
    """An orphan in groups and sessions of all kinds is stopped, or is not, but nothing asks for the reaper's parent."""

    def orphan() -> Process:
        yield named("sched_yield")
        yield named("setsid")
        yield named("setpgid", 0, 1)
        yield kill((yield getpid()), signal)
        yield exit_(0)

    def child() -> Process:
        yield fork(orphan)
        yield exit_(0)

    def parent() -> Process:
        yield fork(child)
        yield wait4()
        for _ in range(3):
            yield named("kill", 1, signal)
            yield named("kill", 0, 0)
            yield named("tkill", 1, signal)
            yield named("sched_yield")
        yield kill(-1, Signal.SIGKILL)

    assert boot(tmp_path, parent, user=uid).finish().status == 0
