"""vfork and clone: one address space object, a parent that waits, and who is released when (vfork(2), clone(2))."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.accounting import check_kernel
from tests.kernel.calls import (
    ECHILD,
    EINVAL,
    ENOENT,
    ENOEXEC,
    Behaviour,
    Process,
    brk,
    clone,
    execve,
    exit_,
    fork,
    getpid,
    getppid,
    kill,
    load,
    note,
    pipe2,
    read,
    sched_yield,
    store,
    vfork,
    wait4,
    write,
)
from tests.kernel.puppet import DATA, Puppets, boot, play
from vm import events

CLONE_VM, CLONE_VFORK, SIGCHLD, SIGKILL, SIGTERM = 0x100, 0x4000, 17, 9, 15


def clone_as_vfork(child: Behaviour) -> Any:
    return clone(CLONE_VM | CLONE_VFORK | SIGCHLD, child)


VFORKS = pytest.mark.parametrize("make", [vfork, clone_as_vfork], ids=["vfork", "clone"])
QUANTA = pytest.mark.parametrize("quantum", [1, 3, 10_000])


def results(puppets: Puppets, process: str, *calls: str) -> list[Any]:
    return [result for name, call, result in puppets.records if name == process and call in calls]


@VFORKS
@QUANTA
@pytest.mark.parametrize("first", ["parent", "child"])
def test_the_child_writes_its_parents_memory_and_the_parent_waits(
    make: Any, quantum: int, first: str, tmp_path: Path
) -> None:
    order = []

    def child() -> Process:
        order.append("child runs")
        yield store(DATA, 0xC0FFEE)
        yield note((yield load(DATA + 4)))
        yield getpid()
        order.append("child ends")
        yield exit_(7)

    def parent() -> Process:
        yield store(DATA + 4, 1234)
        yield make(child)
        order.append("parent runs")
        yield note((yield load(DATA)))
        yield wait4()

    puppets = play(tmp_path / "root", parent, quantum=quantum, first=first)
    assert order == ["child runs", "child ends", "parent runs"]
    assert results(puppets, "0", "note") == [0xC0FFEE]
    assert results(puppets, "0.1", "note") == [1234]
    assert results(puppets, "0", "wait4") == [["0.1", 7 << 8]]


@pytest.mark.parametrize("make", [fork, vfork, clone_as_vfork], ids=["fork", "vfork", "clone"])
def test_the_child_has_its_parents_registers_but_for_the_result(make: Any, tmp_path: Path) -> None:
    """fork(2): 0 in the child, its pid in the parent; both go on behind the call with the same registers."""
    contexts: dict[str, list[int]] = {}

    def child() -> Process:
        contexts["child"] = puppets.task("0.1").context.tolist()
        yield exit_(0)

    def parent() -> Process:
        yield getpid()
        contexts["parent"] = puppets.task("0").context.tolist()
        pid = yield make(child)
        yield note(pid)

    puppets = boot(tmp_path / "root", parent)
    puppets.finish()
    assert contexts["child"][10] == 0
    assert contexts["child"][33] == contexts["parent"][33], "behind the same ecall"
    kept = [number for number in range(1, 32) if number not in (5, 7, 10, 11, 12, 13, 14, 15, 17)]
    assert [contexts["child"][number] for number in kept] == [contexts["parent"][number] for number in kept]
    assert results(puppets, "0", "note") == [3]


@VFORKS
def test_the_space_is_the_same_object_until_exec(make: Any, tmp_path: Path) -> None:
    spaces: dict[str, Any] = {}

    def see(name: str) -> Any:
        return spaces.setdefault(name, puppets.task(name.split(" ")[0]).process.space)

    def executed() -> Process:
        see("0.1 executed")
        yield exit_(0)

    def child() -> Process:
        yield getpid()
        see("0.1")
        assert puppets.task("0").memory.users == 2
        used = puppets.kernel.memory.used
        yield brk(0)
        assert puppets.kernel.memory.used == used
        yield execve("/puppet", then=executed)

    def parent() -> Process:
        yield make(child)
        see("0")
        assert puppets.task("0").memory.users == 1
        yield wait4()

    puppets = boot(tmp_path / "root", parent)
    puppets.finish()
    assert spaces["0"] is spaces["0.1"]
    assert spaces["0.1 executed"] is not spaces["0"]


def test_vfork_costs_nothing_and_fork_a_copy(tmp_path: Path) -> None:
    created: list[events.Created] = []

    def child() -> Process:
        yield exit_(0)

    def parent() -> Process:
        yield store(DATA, 1)
        yield vfork(child)
        yield fork(child)
        yield wait4()
        yield wait4()

    puppets = boot(tmp_path / "root", parent)
    puppets.kernel.events.subscribe(events.Created, created.append)
    puppets.finish()
    vforked, forked = created
    assert (vforked.how, forked.how) == ("share", "copy")
    assert (vforked.costs.frames, vforked.costs.copied, vforked.costs.entries) == (0, 0, 0)
    assert forked.costs.copied > 0
    assert forked.costs.frames == forked.costs.copied + forked.costs.tables


@VFORKS
@QUANTA
def test_an_exec_that_fails_does_not_release_the_parent(make: Any, quantum: int, tmp_path: Path) -> None:
    order = []

    def child() -> Process:
        yield execve("/nowhere", then=child)
        yield execve("/garbage", then=child)
        order.append("child goes on")
        yield exit_(127)

    def parent() -> Process:
        yield make(child)
        order.append("parent runs")
        yield wait4()

    (tmp_path / "root").mkdir()
    (tmp_path / "root" / "garbage").write_bytes(b"garbage")
    (tmp_path / "root" / "garbage").chmod(0o755)
    puppets = boot(tmp_path / "root", parent, quantum=quantum)
    puppets.watch_failures()
    puppets.finish()
    assert results(puppets, "0.1", "execve") == [-ENOENT, -ENOEXEC]
    assert order == ["child goes on", "parent runs"]
    assert results(puppets, "0", "wait4") == [["0.1", 127 << 8]]


@VFORKS
def test_exec_releases_the_parent_at_once(make: Any, tmp_path: Path) -> None:
    """The parent goes on while its child lives: here the child waits for what the parent writes."""

    def executed() -> Process:
        yield read(3, 5)
        yield exit_(5)

    def child() -> Process:
        yield store(DATA, 99)
        yield execve("/puppet", then=executed)

    def parent() -> Process:
        yield pipe2()
        yield make(child)
        yield note((yield load(DATA)))
        yield write(4, b"hello")
        yield wait4()

    puppets = play(tmp_path / "root", parent)
    assert results(puppets, "0.1", "read") == ["hello"]
    assert results(puppets, "0", "note") == [99]
    assert puppets.finished is not None
    resumed = [event for event in puppets.finished.events if isinstance(event, events.Resumed)]
    assert [(event.pid, event.child, event.why) for event in resumed] == [(2, 3, "exec")]


def test_a_child_killed_by_a_signal_releases_its_parent(tmp_path: Path) -> None:
    def child() -> Process:
        yield kill((yield getpid()), SIGTERM)

    def parent() -> Process:
        yield vfork(child)
        yield wait4()

    puppets = play(tmp_path / "root", parent)
    assert results(puppets, "0", "wait4") == [["0.1", SIGTERM]]
    kinds = [type(event).__name__ for event in puppets.finished.events]  # type: ignore[union-attr]
    assert kinds.index("Resumed") < kinds.index("Reaped")


@VFORKS
@pytest.mark.parametrize("signal", [SIGKILL, SIGTERM])
def test_a_child_survives_its_suspended_parent(make: Any, signal: int, tmp_path: Path) -> None:
    """The child goes on in the memory of the dead, and the reaper adopts it."""

    def child() -> Process:
        me = puppets.kernel.processes[(yield getppid())].leader
        yield kill(me.pid, signal)
        yield sched_yield()
        yield getppid()
        yield store(DATA, 42)
        yield note((yield load(DATA)))
        yield brk(0)
        check_kernel(puppets.kernel)
        yield exit_(3)

    def parent() -> Process:
        yield make(child)
        raise AssertionError("the dead do not run")

    def grandparent() -> Process:
        yield fork(parent)
        yield wait4()

    puppets = boot(tmp_path / "root", grandparent)
    result = puppets.finish()
    assert results(puppets, "0", "wait4") == [["0.1", signal]]
    assert results(puppets, "0.1.1", "note") == [42]
    assert results(puppets, "0.1.1", "getppid") == ["0.1", "reaper"]
    assert {record.pid: record.status for record in result.processes}[4] == 3


def test_a_vfork_child_that_forks(tmp_path: Path) -> None:
    """The grandchild has a copy: what it writes, neither of the others sees."""

    def grandchild() -> Process:
        yield store(DATA, 3)
        yield exit_(1)

    def child() -> Process:
        yield store(DATA, 2)
        yield fork(grandchild)
        yield wait4()
        yield note((yield load(DATA)))
        yield exit_(2)

    def parent() -> Process:
        yield vfork(child)
        yield note((yield load(DATA)))
        yield wait4()
        yield wait4()

    puppets = play(tmp_path / "root", parent)
    assert results(puppets, "0", "note", "wait4") == [2, ["0.1", 2 << 8], -ECHILD]
    assert results(puppets, "0.1", "note", "wait4") == [["0.1.1", 1 << 8], 2]


@QUANTA
def test_nested_vforks_unwind_in_order(quantum: int, tmp_path: Path) -> None:
    order = []

    def level(depth: int) -> Behaviour:
        def behaviour() -> Process:
            if depth < 4:
                yield vfork(level(depth + 1))
                assert len({id(puppets.task(name).process.space) for name in names(depth)}) == 1
            yield store(DATA + 4 * depth, depth)
            order.append(depth)
            if depth > 1:
                yield exit_(depth)
            for address in range(2, 5):
                yield note((yield load(DATA + 4 * address)))

        return behaviour

    def names(depth: int) -> list[str]:
        return ["0" + ".1" * number for number in range(depth)]

    puppets = boot(tmp_path / "root", level(1), quantum=quantum)
    puppets.finish()
    assert order == [4, 3, 2, 1]
    assert results(puppets, "0", "note") == [2, 3, 4]


def test_the_inner_exec_releases_the_inner_parent_alone(tmp_path: Path) -> None:
    order = []

    def executed() -> Process:
        yield read(3, 1)
        order.append("executed")
        yield exit_(0)

    def inner() -> Process:
        yield execve("/puppet", then=executed)

    def child() -> Process:
        yield vfork(inner)
        order.append("child")
        yield write(4, b"x")
        yield wait4()
        yield exit_(0)

    def parent() -> Process:
        yield pipe2()
        yield vfork(child)
        order.append("parent")
        yield wait4()

    play(tmp_path / "root", parent)
    assert order == ["child", "executed", "parent"]


def test_a_child_with_a_stack_of_its_own(tmp_path: Path) -> None:
    pointers: dict[str, int] = {}

    def child() -> Process:
        pointers["child"] = int(puppets.task("0.1").context[2])
        yield exit_(0)

    def parent() -> Process:
        yield clone(CLONE_VM | CLONE_VFORK | SIGCHLD, child, stack=DATA + 0x1000)
        pointers["parent"] = int(puppets.task("0").context[2])
        yield wait4()

    puppets = boot(tmp_path / "root", parent)
    first = int(puppets.task("0").context[2])
    puppets.finish()
    assert pointers == {"child": DATA + 0x1000, "parent": first}


@QUANTA
def test_clone_without_vfork_shares_and_does_not_wait(quantum: int, tmp_path: Path) -> None:
    def child() -> Process:
        yield read(3, 1)
        yield note((yield load(DATA)))
        yield store(DATA, 6)
        yield exit_(1)

    def parent() -> Process:
        yield pipe2()
        yield clone(CLONE_VM | SIGCHLD, child)
        yield store(DATA, 5)
        yield write(4, b"x")
        yield wait4()
        yield note((yield load(DATA)))

    puppets = play(tmp_path / "root", parent, quantum=quantum)
    assert results(puppets, "0.1", "note") == [5]
    assert results(puppets, "0", "note") == [6]


def test_a_heap_is_shared_as_well(tmp_path: Path) -> None:
    def child() -> Process:
        top = yield brk(0)
        yield brk(top + 4096)
        yield store(top, 77)
        yield exit_(0)

    def parent() -> Process:
        top = yield brk(0)
        yield vfork(child)
        yield note((yield brk(0)) - top)
        yield note((yield load(top)))
        yield wait4()

    assert results(play(tmp_path / "root", parent), "0", "note") == [4096, 77]


def test_clone_as_fork_is_a_copy(tmp_path: Path) -> None:
    def child() -> Process:
        yield store(DATA, 2)
        yield exit_(0)

    def parent() -> Process:
        yield store(DATA, 1)
        yield clone(SIGCHLD, child)
        yield wait4()
        yield note((yield load(DATA)))

    assert results(play(tmp_path / "root", parent), "0", "note") == [1]


def test_clone_flags_that_are_not_there(tmp_path: Path) -> None:
    def parent() -> Process:
        yield clone(65, parent)
        yield clone(0xFF, parent)
        for flags in (0x800, 0x1000, 0x10000, 0x2000_0000, 0x4000_0000):
            result = yield clone(flags | SIGCHLD, parent)
            yield note(result < 0)

    puppets = play(tmp_path / "root", parent)
    assert results(puppets, "0", "clone")[:2] == [-EINVAL, -EINVAL]
    assert puppets.finished is not None
    assert len(puppets.finished.processes) == 1
