"""Who does the work of commands that have much of it: options that several commands have, and what they ask for."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

import click

from vm.cli import fail
from vm.cli.groups import option
from vm.values import dataclass

if TYPE_CHECKING:
    from vm.many.pool import Pool

GROUP = "Workers"
MOST = 1024
F = TypeVar("F", bound=Callable[..., Any])


def executor_options(what: str, jobs: int | None) -> Callable[[F], F]:
    """Give a command --jobs, --scheduler and --dask-local, which :func:`take_workers` takes from what was given.

    ``what`` is what the workers do, in the words of a help text. ``jobs`` is how many processes there are unless told
    otherwise; None for as many as there are processors that this process may use.
    """
    usual = "as many as it has processors" if jobs is None else str(jobs)

    def attach(command: F) -> F:
        for decorate in (
            option(
                "--dask-local", group=GROUP, type=click.IntRange(1, MOST), metavar="N",
                help="Have it done by a Dask cluster of N processes on this computer, as a trial.",
            ),
            option(
                "--scheduler", group=GROUP, metavar="ADDRESS",
                help="Have it done by a Dask cluster, whose scheduler is at ADDRESS: tcp://host:8786.",
            ),
            option(
                "--jobs", group=GROUP, type=click.IntRange(1, MOST), metavar="N",
                help=f"Processes of this computer that {what}.  [default: {usual}]",
            ),
        ):  # fmt: skip
            command = decorate(command)
        return command

    return attach


@dataclass(frozen=True, slots=True)
class AskedWorkers:
    """Who is to do the work; at most one of them is not None."""

    jobs: int | None = None
    scheduler: str | None = None
    dask_local: int | None = None

    @property
    def is_nobody(self) -> bool:
        """Whether a command that can do without helpers does it all itself."""
        return self.scheduler is None and self.dask_local is None and self.jobs in (None, 1)


def take_workers(options: dict[str, Any]) -> AskedWorkers:
    """Take the options out of those that were given. Raises click.UsageError where two of them contradict."""
    asked = AskedWorkers(options.pop("jobs"), options.pop("scheduler"), options.pop("dask_local"))
    names = {"--jobs": asked.jobs, "--scheduler": asked.scheduler, "--dask-local": asked.dask_local}
    given = [name for name, value in names.items() if value is not None]
    if len(given) > 1:
        raise click.UsageError(f"{given[0]} and {given[1]} both say who does the work: give one")
    return asked


def processors() -> int:
    """How many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1  # where nobody can be kept from using one


@contextmanager
def workers(asked: AskedWorkers) -> Iterator[Pool]:
    """Give the workers that were asked for, who are gone behind this; by default a process for each processor.

    Ends the command with a message where there are none, and where all of them are lost later.
    """
    from vm.many.pool import PoolFailed

    try:
        with _opened(asked) as pool:
            yield pool
    except PoolFailed as error:
        fail(str(error))


@contextmanager
def helpers(asked: AskedWorkers) -> Iterator[Pool | None]:
    """Give the workers that were asked for, as :func:`workers` does; None where the command does it all itself."""
    if asked.is_nobody:
        yield None
        return
    with workers(asked) as pool:
        yield pool


def _opened(asked: AskedWorkers) -> AbstractContextManager[Pool]:
    if asked.scheduler is not None:
        from vm.many.cluster import cluster_at

        return cluster_at(asked.scheduler)
    if asked.dask_local is not None:
        from vm.many.cluster import local_cluster

        return local_cluster(asked.dask_local)
    from vm.many.processes import processes

    return processes(asked.jobs or processors())
