"""Many experiments: every method at every size, interleaved and repeated, so that a busy moment hurts all alike."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import fields, replace

from vm.laboratory import host
from vm.laboratory.experiment import Counts, Experiment, ExperimentFailed, Measurement
from vm.laboratory.measuring import run_in_machine
from vm.many.pool import Pool
from vm.values import dataclass

COUNTS = tuple(each.name for each in fields(Counts))
"""The columns of counts, in order."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What a sweep covers; each experiment is run ``repeats`` times with ``rounds`` rounds each."""

    methods: tuple[str, ...]
    sizes: tuple[int, ...]
    written: tuple[int, ...] = (100,)
    action: str = "exit"
    children: int = 1
    depth: int = 1
    rounds: int = 5
    repeats: int = 3
    on_host: bool = False

    def experiments(self) -> list[tuple[Experiment, bool]]:
        """Each possible experiment, and whether it runs on the host."""
        found = []
        for size in self.sizes:
            for share in self.written if self.action == "write" else self.written[:1]:
                base = Experiment("", size, self.action, share, self.children, self.depth, self.rounds)
                for method in self.methods:
                    experiment = replace(base, method=method)
                    if experiment.is_possible:
                        found.append((experiment, False))
                for method in host.METHODS if self.on_host else ():
                    found.append((replace(base, method=method), True))
        return found

    @property
    def steps(self) -> int:
        """How many runs the sweep makes."""
        return len(self.experiments()) * self.repeats


def sweep(plan: Plan, done: Callable[[], None] = lambda: None, pool: Pool | None = None) -> list[Measurement]:
    """Run the plan; ``done`` is called after each run. Measurements in the order of the plan.

    The runs are made by the workers of a ``pool``, where there is one, each timed where it is made; their counts are
    the same. Raises ExperimentFailed.
    """
    runs = plan.experiments() * plan.repeats
    results: dict[tuple[Experiment, bool], Measurement] = {}
    for key, found in zip(runs, _in_order(runs, done, pool), strict=True):
        results[key] = results[key].merged(found) if key in results else found
    return list(results.values())


def _in_order(
    runs: Sequence[tuple[Experiment, bool]], done: Callable[[], None], pool: Pool | None
) -> Iterator[Measurement]:
    """What comes of each run, in their order."""
    if pool is None:
        for run in runs:
            yield _measured(None, run)
            done()
        return
    from vm.many.running import run_all

    found: dict[int, Measurement] = {}
    for each in run_all(_measured, None, runs, pool):
        if each.result is None:
            raise ExperimentFailed(each.lost.text if each.lost is not None else "")
        found[each.index] = each.result
        done()
    yield from map(found.__getitem__, range(len(runs)))


def _measured(common: None, run: tuple[Experiment, bool]) -> Measurement:
    experiment, on_host = run
    return host.run_on_host(experiment) if on_host else run_in_machine(experiment)


def rows(measurements: Sequence[Measurement]) -> Iterator[dict[str, object]]:
    """Measurements as flat records: sizes in bytes, times in nanoseconds, counts of one creation."""
    for found in measurements:
        experiment, counts = found.experiment, found.counts
        record: dict[str, object] = {
            "where": found.where,
            "method": experiment.method,
            "size": experiment.size,
            "action": experiment.action,
            "written_percent": experiment.written if experiment.action == "write" else 0,
            "children": experiment.children,
            "depth": experiment.depth,
            "samples": len(found.rounds_ns),
        }
        for name, spread in (("call", found.call), ("round", found.round)):
            record |= {f"{name}_ns": spread.median, f"{name}_ns_low": spread.low, f"{name}_ns_high": spread.high}
        for field in COUNTS:
            record[field] = getattr(counts, field) if counts is not None else None
        yield record
