"""A class of runs as a labelled partial order: what its threads did, and what could not have come before what.

A *step* of a thread is a system call (or an access to memory that others use) with everything that the thread does up
to the next one. Two runs are of one *class* when every thread makes the same steps with the same results in both. An
:class:`Order` stands for all runs of a class: they are its linear extensions. What is written to the console changes
no later step, so that the steps which write are ordered by the others alone (Mazurkiewicz's traces, with the console
as a sink).
"""

from __future__ import annotations

from dataclasses import field

from vm.values import dataclass

Descent = tuple[int, ...]
"""The name of a process or thread that does not depend on a schedule: the first is (1,), its second child (1, 2)."""

STREAMS = ("terminal", "output", "errors")
"""What can be written to: the output and the errors, or, where both are one, the terminal."""


@dataclass(frozen=True, slots=True)
class Written:
    """A step has written ``data`` to ``stream``, one of STREAMS."""

    stream: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Link:
    """A step cannot come before step number ``step`` of its order, for a reason of this kind.

    ``why`` is one of: "own" (the thread's own earlier step), "birth" (the step that made the thread), "exit" (the
    end of a process that was waited for), "resumed" (a vfork child let its parent go on), "data" (bytes that were
    read), "full" (room that was made, or was not there yet), "order" (of two uses of one thing), "end" (of file: the
    last writer closed), "memory" (of two accesses to the same bytes), "signal" (it was sent before), "ahead" (it
    had not met the signal that is sent now), "woken" (a futex or a semaphore), "time" (everybody else waited),
    "unknown" (the call may depend on anything).
    """

    step: int
    why: str


@dataclass(frozen=True, slots=True)
class Step:
    """A step of ``thread``, its ``number``-th from 0, which was process ``pid`` then.

    ``call`` is the name of the system call, "access" for an access to shared memory, "death" for the end by a signal.
    ``text`` is for people, as a trace shows it: ``read(3, "a", 1) = 1``. ``pc`` is the instruction's address in the
    program ``image``, which a call has been made from. ``links`` are the steps that it cannot come before: at least
    the last one of the same thread, or that which made the thread; none for the very first.
    """

    thread: Descent
    number: int
    pid: int
    call: str
    text: str
    pc: int
    image: str
    written: tuple[Written, ...]
    links: tuple[Link, ...]


@dataclass(frozen=True, slots=True)
class Holder:
    """Process ``pid`` holds the other end of what somebody waits for: ``what``, since its step ``since`` of the order.

    ``since`` made it or inherited it; -1 for what the program started with.
    """

    pid: int
    thread: Descent
    what: str
    since: int


@dataclass(frozen=True, slots=True)
class Stuck:
    """A thread that waits for ever: ``why`` for people, the call's ``text``, ``pc`` and ``image``, and who could help.

    Two of them are equal when the same thread waits for the same thing.
    """

    pid: int
    thread: Descent
    why: str
    text: str = field(compare=False)
    pc: int = field(compare=False)
    image: str = field(compare=False)
    holders: tuple[Holder, ...] = field(default=(), compare=False)


@dataclass(frozen=True, slots=True)
class End:
    """How the runs of a class end.

    The first program exits with ``exit_code`` or dies of ``signal``; or a ``limit`` of the machine ended the run; or
    threads are ``stuck``. With threads stuck or a limit the first program may have ended before.
    """

    exit_code: int | None = None
    signal: int | None = None
    limit: str = ""
    stuck: tuple[Stuck, ...] = ()


@dataclass(frozen=True, slots=True)
class Order:
    """A class of runs: its ``steps`` in an order in which they were made, and how it ends.

    Links lead to steps that stand before. Any linear extension is a run of the class.
    """

    steps: tuple[Step, ...]
    end: End


@dataclass(frozen=True, slots=True)
class Outcome:
    """What somebody outside can see of a run: what was written to each stream, and how it ended.

    ``terminal`` holds what was written where output and errors are one; the other two are empty then.
    """

    terminal: bytes
    output: bytes
    errors: bytes
    end: End
