"""Why the loop returns to its caller: what it was asked to wait for, and what it met."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from vm.events import Event
from vm.kernel.choice import Choice
from vm.kernel.process.timers import NEVER
from vm.values import dataclass

if TYPE_CHECKING:  # for runs that are debugged
    from vm.kernel.stops import Stops, Watched


class Moment(NamedTuple):
    """A moment of a run: guest time, and what the loop has done since an instruction was last retired (``Host.steps``).

    Moments of one run compare as they come.
    """

    clock: int
    steps: int


@dataclass(frozen=True, slots=True)
class Until:
    """What the loop is to stop at, whichever comes first.

    ``clock``: guest time. ``events``: an event of one of these types, once what belongs to it is done. ``choices``: a
    choice that nobody has answered ahead, before it is made. ``pid``: that process is about to run. ``pc``: the process
    ``pid``, or any if that is None, is about to execute the instruction at this address. ``stops``: what a debugger
    wants. ``moment``: the first one that is not before it. ``told``: something is in this list, which listeners of the
    caller's fill, as with ``events``: who stops often saves the time that it takes to subscribe.
    """

    clock: int = NEVER
    events: tuple[type, ...] = ()
    choices: bool = False
    pid: int | None = None
    pc: int | None = None
    stops: Stops | None = None
    moment: Moment | None = None
    told: list[Event] | None = None


THE_END = Until()
"""Stop at nothing before the end."""
A_CHOICE = Until(choices=True)
"""Stop at the next choice."""


@dataclass(frozen=True, slots=True)
class Pause:
    """The loop has stopped and can go on.

    ``why`` is "clock", "event", "choice", "process" or "breakpoint"; for a debugger "moment", "step", "place",
    "watchpoint", "signal", "call" (it is about to be made), "returned", "end" (of its process), "held" (nobody can run
    but those) or "interrupt" (somebody wants it at once). ``pid`` is the thread that runs, or ran last; ``clock`` is
    guest time. ``event`` and ``choice`` are what it met, with ``events`` all of the step. ``number`` is the signal or
    the call; ``watched`` are the accesses.
    """

    why: str
    pid: int
    clock: int
    event: Event | None = None
    choice: Choice | None = None
    number: int = 0
    watched: tuple[Watched, ...] = ()
    events: tuple[Event, ...] = ()


@dataclass(frozen=True, slots=True)
class Ending:
    """The run is over: every process has ended, or the machine ended it by a ``limit`` or since everybody ``waits``.

    ``waits`` has for each thread the pid of its process, its own number, and what it waits for.
    """

    limit: str = ""
    waits: tuple[tuple[int, int, str], ...] = ()
