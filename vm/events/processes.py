"""The life of processes: made, made another program, ended, collected; and what creations had put off."""

from __future__ import annotations

from vm.events.costs import Costs
from vm.events.event import Event
from vm.text import Brief
from vm.values import dataclass


@dataclass(frozen=True, slots=True)
class Created(Event):
    """fork, vfork or clone made process ``child``. ``how``: the strategy, ``share`` for a shared address space.

    ``meant`` is the call as a program in C knows it: a library's fork and vfork are clones with such flags. It is what
    was asked for, whatever the machine makes of a vfork. ``thread`` is the thread of ``pid`` that called: of its
    process's threads the child has this one alone.
    """

    pid: int
    child: int
    call: str
    how: str
    costs: Costs
    meant: str
    thread: int


@dataclass(frozen=True, slots=True)
class ThreadCreated(Event):
    """Process ``pid`` has another thread, with this number, which its thread ``by`` has made."""

    pid: int
    thread: int
    by: int


@dataclass(frozen=True, slots=True)
class ThreadExited(Event):
    """One of several threads of process ``pid`` has ended, with ``code``; ``retired``: its instructions.

    Not told of those that their process ends with.
    """

    pid: int
    thread: int
    code: int
    retired: int


@dataclass(frozen=True, slots=True)
class ThreadLeads(Event):
    """What was thread ``former`` of ``pid`` has executed a program: it is alone, and has its process's number."""

    pid: int
    former: int


@dataclass(frozen=True, slots=True)
class Deferred(Event):
    """What the creation of ``child`` had put off, and the side that ``pid`` is on has had to do since.

    Sent when that side creates again, or gives its address space up; not if it had nothing to do. ``faults`` are
    writes that met a page or a page table left shared: then ``pages`` were copied, or ``pages_kept`` without copying,
    since nobody else used them any more; so ``tables`` and ``tables_kept``, also for other changes to a table.
    """

    pid: int
    child: int
    faults: int
    pages: int
    pages_kept: int
    tables: int
    tables_kept: int


@dataclass(frozen=True, slots=True)
class Unshared(Event):
    """``pid`` touched ``address``, where the creation of ``child`` had left something shared; sent to those who ask.

    ``page`` and ``table`` say what became of them: "copied", "kept" by their last user, or "" where they were the
    space's own.
    """

    pid: int
    child: int
    address: int
    page: str
    table: str


@dataclass(frozen=True, slots=True)
class SpaceEnded(Event):
    """The address space of ``pid`` is given back: ``why`` is ``exec`` or ``exit``. Counts in pages.

    ``peak``: the most that were resident at once; ``private``: those at the end whose frame nobody else used,
    ``shared`` those that others still use. ``in_vain``: copied by a fork, or by the other side because of this one,
    and not accessed since.
    """

    pid: int
    why: str
    peak: int
    private: int
    shared: int
    in_vain: int


@dataclass(frozen=True, slots=True, repr=False)
class Executed(Brief, Event):
    """``pid`` runs another image. ``in_vain`` as in :class:`SpaceEnded`, of its old space."""

    pid: int
    path: str
    arguments: tuple[bytes, ...]
    costs: Costs
    in_vain: int


@dataclass(frozen=True, slots=True)
class Resumed(Event):
    """The thread ``pid``, which a vfork had suspended, runs again; ``why``: its child's ``exec`` or ``exit``."""

    pid: int
    child: int
    why: str


@dataclass(frozen=True, slots=True)
class Exited(Event):
    """``pid`` has ended; its memory can still be read while this event is delivered.

    It ended by itself with ``exit_code``, or by ``signal``; the other is None. ``retired``: its instructions.
    ``dumped``: Linux would have written a core file of it.
    """

    pid: int
    exit_code: int | None
    signal: int | None
    retired: int
    dumped: bool = False


@dataclass(frozen=True, slots=True)
class Discarded(Event):
    """The address space of ``pid`` was given back at its exit; ``in_vain`` as in :class:`SpaceEnded`."""

    pid: int
    in_vain: int


@dataclass(frozen=True, slots=True)
class Reaped(Event):
    """``pid`` collected the status of its child ``child``, whose entry in the process table is free again."""

    pid: int
    child: int
