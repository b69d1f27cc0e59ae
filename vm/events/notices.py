"""What people should know of a run: files that could not be executed, and why the machine ended it."""

from __future__ import annotations

from vm.events.event import Event
from vm.text import Brief
from vm.values import dataclass


@dataclass(frozen=True, slots=True, repr=False)
class Rejected(Brief, Event):
    """A file could not be executed; ``reason`` is for people, the guest sees only an error number."""

    pid: int
    path: str
    reason: str


@dataclass(frozen=True, slots=True, repr=False)
class Warned(Brief, Event):
    """People should know ``text`` of the program ``path``: what was said when its source became an image, or why one of
    a simulator's services cannot go on."""

    pid: int
    path: str
    text: str


@dataclass(frozen=True, slots=True, repr=False)
class Stalled(Brief, Event):
    """Every process is blocked for ever: for each thread its number and what it waits for."""

    waits: tuple[tuple[int, str], ...]


@dataclass(frozen=True, slots=True)
class LimitReached(Event):
    """A limit of the machine ended the run; ``limit`` names it."""

    limit: str
