"""Workers of a Dask cluster: one that runs somewhere, or one of this computer's own."""

from __future__ import annotations

import logging
import signal
import time
import warnings
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from importlib import util
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from vm.many.pool import Pool, PoolFailed
from vm.text import message
from vm.version import VERSION

if TYPE_CHECKING:
    from distributed import Client

CONNECTING = 10
"""Seconds in which a scheduler has to answer, and a first worker to be there."""
WITHOUT_WORKERS = 60
"""Seconds that a cluster may be without workers; they may come back."""
MISSING = "needs distributed: pip install 'forklore[cluster]'"


class Cluster(Pool):
    """The workers of a Dask cluster. The scheduler gives what a worker had to others when it dies."""

    def __init__(self, client: Client, fatal: int = 1) -> None:
        self._client = client
        self.fatal = fatal
        self._seen = time.monotonic()
        self.workers = len(client.scheduler_info(n_workers=-1)["workers"])
        self.executor = client.get_executor(pure=False)

    def submit(self, function: Callable[..., Any], *arguments: Any) -> Future[Any]:
        """Have a function called. What is sent once to a worker may be large."""
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", "Sending large graph", UserWarning)
            return self.executor.submit(function, *arguments)

    def is_death(self, error: BaseException) -> bool:
        """Whether this comes of a task on whose account, or beside which, several workers have died."""
        from distributed import KilledWorker

        return isinstance(error, KilledWorker)

    def signal(self) -> int | None:
        """Return nothing: nobody tells."""
        return None

    def renew(self) -> None:
        """Leave it to the cluster to replace workers."""

    def check(self) -> None:
        """Look whether the cluster still has workers. Raises PoolFailed."""
        if self._client.status != "running":
            raise PoolFailed("the cluster's scheduler cannot be reached any more")
        try:
            workers = self._client.scheduler_info(n_workers=-1)["workers"]
        except OSError as error:
            raise PoolFailed(f"the cluster's scheduler cannot be reached any more: {message(str(error))}") from None
        if workers:
            self._seen = time.monotonic()
        elif time.monotonic() - self._seen > WITHOUT_WORKERS:
            raise PoolFailed(f"the cluster has had no workers for {WITHOUT_WORKERS} seconds")


def version() -> str:
    """The version of forklore where this is called."""
    return VERSION


@contextmanager
def cluster_at(address: str) -> Iterator[Cluster]:
    """Give the workers of a cluster, by its scheduler's address. Raises PoolFailed."""
    _need_distributed()
    from distributed import Client

    try:
        client = Client(address, timeout=CONNECTING, set_as_default=False)
    except (OSError, TimeoutError):
        raise PoolFailed(f"no scheduler answers at {address} within {CONNECTING} seconds") from None
    except (ValueError, TypeError) as error:
        raise PoolFailed(
            f"{address} is no scheduler's address, such as tcp://host:8786: {message(str(error))}"
        ) from None
    try:
        _check_workers(client, address)
        yield Cluster(client)
    finally:
        client.close(timeout=CONNECTING)


def _check_workers(client: Client, address: str) -> None:
    """See that there are workers that can do what is sent to them. Raises PoolFailed."""
    try:
        client.wait_for_workers(1, timeout=CONNECTING)
    except TimeoutError:
        raise PoolFailed(f"no worker has come to {address} within {CONNECTING} seconds: start some") from None
    for worker, found in sorted(client.run(version, on_error="return").items()):
        if isinstance(found, ImportError):
            raise PoolFailed(f"the worker at {worker} has no forklore: install version {VERSION} there")
        if isinstance(found, BaseException):
            raise PoolFailed(f"the worker at {worker} does not answer: {message(str(found))}")
        if found != VERSION:
            raise PoolFailed(f"the worker at {worker} has version {found} of forklore, and this is {VERSION}")


@contextmanager
def local_cluster(workers: int) -> Iterator[Cluster]:
    """Give a cluster of this computer's own with so many processes, which is gone behind this. Raises PoolFailed.

    It can be reached from this computer alone.
    """
    _need_distributed()
    import dask
    from distributed import Client, LocalCluster

    held = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})  # its threads and processes are not interrupted
    # Whose worker dies is tried again by who has asked, as for processes.
    settings = {"distributed.scheduler.allowed-failures": 0, "distributed.admin.system-monitor.gil.enabled": False}
    with TemporaryDirectory(prefix="forklore-") as folder, dask.config.set(settings):
        try:
            cluster = LocalCluster(
                n_workers=workers, threads_per_worker=1, host="127.0.0.1",
                silence_logs=logging.CRITICAL + 1, local_directory=folder, memory_limit=0,
                scheduler_kwargs={"dashboard": False, "dashboard_address": "127.0.0.1:0"},
            )  # fmt: skip
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, held)
        with cluster, Client(cluster, timeout=CONNECTING, set_as_default=False) as client:
            _check_workers(client, "this computer's own cluster")
            yield Cluster(client, fatal=2)


def _need_distributed() -> None:
    if util.find_spec("distributed") is None:
        raise PoolFailed(MISSING)
