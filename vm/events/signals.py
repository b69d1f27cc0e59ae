"""Faults and signals: what is sent, what is handled, what stops a process."""

from __future__ import annotations

from vm.events.event import Event
from vm.values import dataclass


@dataclass(frozen=True, slots=True)
class Faulted(Event):
    """An instruction could not be executed: ``pid`` gets ``signal``. ``address`` is the byte or target concerned."""

    pid: int
    signal: int
    reason: str
    pc: int
    address: int


@dataclass(frozen=True, slots=True)
class Signalled(Event):
    """``signal`` was sent to ``pid`` by process ``sender`` (0: the machine).

    ``code`` is its si_code and ``fields`` the beginning of what its siginfo_t has behind that (sigaction(2)).
    """

    pid: int
    signal: int
    sender: int
    code: int = 0
    fields: bytes = b""


@dataclass(frozen=True, slots=True)
class Handled(Event):
    """``pid`` enters its handler, at address ``handler``, of ``signal``."""

    pid: int
    signal: int
    handler: int


@dataclass(frozen=True, slots=True)
class Stopped(Event):
    """``signal`` stopped ``pid``, which runs no more until SIGCONT."""

    pid: int
    signal: int


@dataclass(frozen=True, slots=True)
class Continued(Event):
    """``pid`` is no longer stopped."""

    pid: int
