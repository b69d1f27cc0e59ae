"""System calls, of which there are far more than of anything else."""

from __future__ import annotations

from vm.events.event import Event
from vm.text import Brief
from vm.values import dataclass


@dataclass(frozen=True, slots=True)
class CallEntered(Event):
    """``pid`` makes system call ``call_number``; sent only to those who ask, before anything is done."""

    pid: int
    call_number: int
    arguments: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class CallReturned(Event):
    """The call is done. ``result`` is a0 as a signed number, None where the call does not return to its caller."""

    pid: int
    call_number: int
    arguments: tuple[int, ...]
    result: int | None


@dataclass(frozen=True, slots=True, repr=False)
class CallFailed(Brief, Event):
    """``pid`` made a call that failed with error number ``error``; sent to those who ask, before it returns."""

    pid: int
    call_number: int
    arguments: tuple[int, ...]
    error: int
