"""Work of a Dask cluster: what comes is the same, whichever workers die; what is wrong with a cluster is told."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.many import chores
from tests.many.test_running import ENDS, ROOT, alive, end_in_the_middle, reasons
from vm.many import cluster
from vm.many.cluster import cluster_at, local_cluster
from vm.many.pool import PoolFailed
from vm.many.running import Lost, Why, run_all

pytest.importorskip("distributed")


@contextmanager
def started(module: str, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    """A process of Dask's, which is gone behind this."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "DASK_DISTRIBUTED__ADMIN__SYSTEM_MONITOR__INTERVAL": "10s"}
    command = [sys.executable, "-m", f"distributed.cli.{module}", *arguments, "--no-dashboard"]
    with subprocess.Popen(
        command, env=environment, stderr=subprocess.PIPE, text=True, start_new_session=True
    ) as process:  # fmt: skip
        try:
            yield process
        finally:
            process.kill()


def worker(address: str) -> Any:
    options = ("--nthreads", "1", "--no-nanny", "--memory-limit", "0", "--host", "127.0.0.1")
    return started("dask_worker", address, *options)


@pytest.fixture
def address() -> str:
    """An address that nobody has."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return f"tcp://127.0.0.1:{probe.getsockname()[1]}"


@contextmanager
def scheduler(address: str) -> Iterator[subprocess.Popen[str]]:
    port = address.rpartition(":")[2]
    with started("dask_scheduler", "--host", "127.0.0.1", "--port", port) as process:
        yield process


def test_two_workers_of_which_one_is_killed_do_all_once(address: str, tmp_path: Path) -> None:
    with scheduler(address), worker(address) as first, worker(address), cluster_at(address) as pool:
        done = []
        for each in run_all(chores.double, str(tmp_path), range(60), pool):
            done.append(each)
            if len(done) == 10:
                first.kill()
    assert sorted((each.index, each.result) for each in done) == [(number, 2 * number) for number in range(60)]


def test_a_cluster_of_this_computers_own_survives_its_workers(tmp_path: Path) -> None:
    before = alive(parent=os.getpid())
    with local_cluster(2) as pool:
        assert pool.workers == 2
        done = [*run_all(chores.double, "", [1, "exit", 2, "raise", 3], pool)]
        assert listening(alive(parent=os.getpid()) - before | {os.getpid()}) == {"127.0.0.1"}
    done.sort(key=lambda each: each.index)
    assert reasons(done) == ["done", "died", "done", "raised", "done"]
    assert done[1].lost == Lost(Why.DIED, "the process that did it has died")
    left = [Path(f"/proc/{each}/cmdline").read_text() for each in alive(parent=os.getpid()) - before]
    assert not [command for command in left if "resource_tracker" not in command]


def listening(processes: set[int]) -> set[str]:
    """The addresses of sockets that are open to others (proc_net_tcp(5))."""
    sockets = set()
    for process in processes:
        try:
            for entry in Path(f"/proc/{process}/fd").iterdir():
                sockets.add(os.readlink(entry))
        except OSError:
            continue
    found = set()
    for name, size in (("tcp", 8), ("tcp6", 32)):
        for line in Path("/proc/net", name).read_text().splitlines()[1:]:
            fields = line.split()
            if fields[3] == "0A" and f"socket:[{fields[9]}]" in sockets:
                raw = bytes.fromhex(fields[1][:size])
                found.add(socket.inet_ntoa(raw[::-1]) if size == 8 else raw.hex())
    return found


@pytest.mark.full
def test_a_task_that_hangs_is_lost_with_its_workers() -> None:
    with local_cluster(2) as pool:
        done = sorted(run_all(chores.double, "", [1, "hang", 2], pool, seconds=1), key=lambda each: each.index)
    assert [each.result for each in done] == [2, None, 4]
    assert done[1].lost == Lost(Why.TIME, "it took more than 1 seconds")


@pytest.mark.full
@pytest.mark.parametrize("number", ENDS)
def test_whatever_ends_it_leaves_no_process_of_a_cluster_behind(tmp_path: Path, number: int) -> None:
    said = end_in_the_middle("cluster", "local_cluster", tmp_path, number)
    assert said.count("Traceback") == (1 if number == signal.SIGINT else 0), said


def test_an_address_that_nobody_has(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster, "CONNECTING", 1)
    with pytest.raises(PoolFailed, match=f"no scheduler answers at {address} within 1 seconds"), cluster_at(address):
        pass


@pytest.mark.parametrize("wrong", ["nonsense", "tcp://", "http://127.0.0.1:1", "tcp://127.0.0.1:x", "", "tcp://[::"])
def test_what_is_no_address(wrong: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster, "CONNECTING", 1)
    with pytest.raises(PoolFailed, match=r"is no scheduler's address|no scheduler answers"), cluster_at(wrong):
        pass


@pytest.mark.full
def test_a_scheduler_without_workers_and_one_that_dies(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster, "CONNECTING", 3)
    with scheduler(address) as process:
        with pytest.raises(PoolFailed, match="no worker has come"), cluster_at(address):
            pass
        with worker(address), cluster_at(address) as pool:
            given = run_all(chores.double, "", range(1000), pool)
            next(given)
            process.kill()
            with pytest.raises(PoolFailed, match="cannot be reached any more"):
                list(given)


def test_a_worker_of_another_version_is_not_used(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cluster, "VERSION", "9.9")
    told = r"the worker at tcp://.* has version .* of forklore, and this is 9\.9"
    with scheduler(address), worker(address), pytest.raises(PoolFailed, match=told), cluster_at(address):
        pass


def test_without_distributed_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("vm.many.cluster.util.find_spec", lambda name: None)
    for opened in (cluster_at("tcp://127.0.0.1:1"), local_cluster(1)):
        with pytest.raises(PoolFailed, match=r"needs distributed: pip install 'forklore\[cluster\]'"), opened:
            pass
