"""Recording a run and repeating it: what ``--record`` and ``--schedule`` ask of a command."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

import click

from vm.cli import say
from vm.cli.completion import files
from vm.cli.groups import F, option
from vm.settings import SCHEDULING
from vm.statuses import STATUS_OWN_ERROR

if TYPE_CHECKING:
    from vm.run import Run
    from vm.schedules.schedule import Schedule

_record_option = option(
    "--record", group=SCHEDULING, type=click.Path(path_type=Path), metavar="FILE", shell_complete=files,
    help="Write a schedule to FILE: the run's input, keys and choices, by which it repeats.",
)  # fmt: skip
_schedule_option = option(
    "--schedule", group=SCHEDULING, type=click.Path(path_type=Path), metavar="FILE", shell_complete=files,
    help="Repeat the run that FILE was recorded of; its settings are taken from there.",
)  # fmt: skip


def schedule_options(command: F) -> F:
    """Attach the options to a command."""
    return _record_option(_schedule_option(command))


def repeating_option(command: F) -> F:
    """Attach the option to repeat a run to a command that records none."""
    return _schedule_option(command)


class Scheduling:
    """What the options ask for; they are taken out of ``options``, where a schedule's settings are put.

    It lasts as long as the context that it is; however that ends, what was recorded is written. Raises UsageError for
    what is no schedule.
    """

    def __init__(self, options: dict[str, Any]) -> None:
        self._to: Path | None = options.pop("record", None)
        self.file: Path | None = options.pop("schedule")
        self.schedule: Schedule | None = None
        self.has_failed = False
        self._run: Run | None = None
        if self.file is not None:
            if self._to is not None:
                raise click.UsageError("a run that repeats a schedule is recorded already: give one of the two options")
            self.schedule = _load(self.file)
            self._take_settings(self.schedule, options)

    def _take_settings(self, schedule: Schedule, options: dict[str, Any]) -> None:
        """Let the machine be the schedule's, where the command line says nothing else."""
        source = click.get_current_context().get_parameter_source
        given = {name for name in options if source(name) not in (click.core.ParameterSource.DEFAULT, None)}
        options.update({name: value for name, value in schedule.settings.items() if name not in {*given, "engine"}})
        self._has_environment = "env" in given

    @property
    def boot_options(self) -> dict[str, Any]:
        """How a machine is booted for it."""
        if self.schedule is None:
            return {"record": self._to is not None}
        return {"schedule": self.schedule}

    def environment(self, usual: Mapping[str, str]) -> Mapping[str, str]:
        """Return the variables of the program: the schedule's, unless some were given."""
        if self.schedule is None or self._has_environment:
            return usual
        return dict(os.fsdecode(variable).split("=", 1) for variable in self.schedule.subject.variables)

    def observe(self, run: Run) -> None:
        """Record a machine that has booted; exit where its file cannot be written."""
        if self._to is not None:
            try:
                self._to.write_bytes(b"")
            except OSError as error:
                self._fail(error)
                sys.exit(STATUS_OWN_ERROR)
            self._run = run

    def __enter__(self) -> Scheduling:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        if self._run is not None and self._to is not None:
            from vm.schedules.files import write_schedule

            try:
                write_schedule(self._run.schedule(), self._to)
            except OSError as problem:
                self._fail(problem)
        if self.schedule is not None and error is not None:
            from vm.schedules.schedule import Diverged

            if isinstance(error, Diverged):
                say(f"{self.file}: this run goes another way than the recorded one, {error}")
                sys.exit(STATUS_OWN_ERROR)

    def _fail(self, error: OSError) -> None:
        self.has_failed = True
        say(f"cannot write the schedule to {self._to}: {error.strerror}")


def _load(path: Path) -> Schedule:
    from vm.schedules.files import read_schedule
    from vm.schedules.schedule import WrongSchedule

    try:
        return read_schedule(path)
    except OSError as error:
        raise click.UsageError(f"{path}: {error.strerror}") from None
    except WrongSchedule as error:
        raise click.UsageError(f"{path}: {error}") from None
