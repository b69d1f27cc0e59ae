"""A machine that shows what fork, vfork and exec really do, from Python.

>>> import forklore
>>> result = forklore.Machine(fork="cow").run("programs/fork_isolation.s")
>>> result.status, result.output

A name is imported when it is used, because the machine brings numpy along.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from vm import __version__ as __version__

if TYPE_CHECKING:
    from vm import events as events
    from vm.film.film import Film as Film
    from vm.kernel.choice import Choice as Choice
    from vm.kernel.choice import ChoiceKind as ChoiceKind
    from vm.kernel.choice import Decision as Decision
    from vm.kernel.pausing import Ending as Ending
    from vm.kernel.pausing import Pause as Pause
    from vm.kernel.pausing import Until as Until
    from vm.machine import Machine as Machine
    from vm.observe.deaths.entries import Death as Death
    from vm.observe.deaths.entries import RefusedCall as RefusedCall
    from vm.observe.deaths.entries import Whereabouts as Whereabouts
    from vm.observe.deaths.report import Report as Report
    from vm.outcomes.answer import Outcomes as Outcomes
    from vm.outcomes.orders import Outcome as Outcome
    from vm.outcomes.patterns import Pattern as Pattern
    from vm.outcomes.rests import TooLarge as TooLarge
    from vm.records import FileRecord as FileRecord
    from vm.records import MemoryRecord as MemoryRecord
    from vm.records import ProcessRecord as ProcessRecord
    from vm.records import Result as Result
    from vm.run import CannotRun as CannotRun
    from vm.run import Run as Run
    from vm.schedules.files import read_schedule as read_schedule
    from vm.schedules.files import write_schedule as write_schedule
    from vm.schedules.schedule import Diverged as Diverged
    from vm.schedules.schedule import Schedule as Schedule
    from vm.schedules.schedule import WrongSchedule as WrongSchedule
    from vm.settings import Settings as Settings
    from vm.settings import WrongSetting as WrongSetting

_HOMES = {
    "CannotRun": "vm.run",
    "Choice": "vm.kernel.choice",
    "ChoiceKind": "vm.kernel.choice",
    "Decision": "vm.kernel.choice",
    "Death": "vm.observe.deaths.entries",
    "Diverged": "vm.schedules.schedule",
    "Ending": "vm.kernel.pausing",
    "FileRecord": "vm.records",
    "Film": "vm.film.film",
    "Machine": "vm.machine",
    "MemoryRecord": "vm.records",
    "Outcome": "vm.outcomes.orders",
    "Outcomes": "vm.outcomes.answer",
    "Pattern": "vm.outcomes.patterns",
    "Pause": "vm.kernel.pausing",
    "ProcessRecord": "vm.records",
    "RefusedCall": "vm.observe.deaths.entries",
    "Report": "vm.observe.deaths.report",
    "Result": "vm.records",
    "Run": "vm.run",
    "Schedule": "vm.schedules.schedule",
    "Settings": "vm.settings",
    "TooLarge": "vm.outcomes.rests",
    "Until": "vm.kernel.pausing",
    "Whereabouts": "vm.observe.deaths.entries",
    "WrongSchedule": "vm.schedules.schedule",
    "WrongSetting": "vm.settings",
    "read_schedule": "vm.schedules.files",
    "write_schedule": "vm.schedules.files",
}
"""Where each name is at home."""

__all__ = [*sorted(_HOMES), "events"]


def __getattr__(name: str) -> Any:
    if name == "events":
        return import_module("vm.events")
    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
