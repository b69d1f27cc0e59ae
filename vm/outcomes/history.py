"""The history of one run as an order in the making: its steps, and which of them cannot come before which."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import field

from vm.outcomes.orders import Descent, End, Written
from vm.outcomes.sharing import Accesses
from vm.outcomes.things import Links, PipeUses, Thing
from vm.values import dataclass

_ENDS_A_WAIT = frozenset({"exit", "data", "end", "woken"})
Looked = Thing | PipeUses
Key = tuple[object, ...]
Answer = tuple[str, tuple[object, ...], object]
"""A choice within a step: its kind, the options and the one that was taken; processes and threads by descent."""


@dataclass(slots=True, eq=False)
class Made:
    """A step as it was made. ``links``: the earlier steps that it cannot come before, and why.

    ``is_private``: it has used nothing that others use, and written nothing.
    """

    thread: Descent
    number: int
    pid: int
    call: str
    arguments: tuple[int, ...]
    result: int | None
    pc: int
    image: str
    written: tuple[Written, ...]
    answers: tuple[Answer, ...]
    links: Links
    is_private: bool = False

    @property
    def taken(self) -> tuple[object, ...]:
        """Return the option that was taken in each choice."""
        return tuple([answer[2] for answer in self.answers])


@dataclass(slots=True, eq=False)
class Pending:
    """A thread that never went on from a call, and the ``rivals`` that may have kept it: the latest first."""

    thread: Descent
    rivals: list[int]


@dataclass(slots=True, eq=False)
class Trace:
    """A run from its beginning to its end.

    ``births``: the step that made each thread, ``exits``: the one that ended each process. ``alternatives``: of steps
    that took one of several children, which others there were. ``pending``: who was still waiting. ``rivals``: of steps
    whose call may have to wait, all earlier ones whose order with it can matter. ``bounds``: what was not explored in
    full, for people. ``accesses``: those to memory that others may share.
    ``polled``: the steps that would have taken no child without waiting.
    ``at_once``: those that follow from their thread's last before anybody else can be chosen to run. ``killed``: the
    threads that an end of their process took with it, and the step that this was.
    """

    steps: list[Made]
    end: End
    births: dict[Descent, int]
    exits: dict[Descent, int]
    alternatives: dict[int, tuple[Descent, ...]]
    pending: list[Pending]
    rivals: dict[int, list[int]]
    bounds: set[str]
    accesses: Accesses
    polled: set[int]
    at_once: set[int]
    killed: list[tuple[Descent, int]]


@dataclass(slots=True, eq=False)
class History:
    """What a run has done so far, by who did it and what was used.

    ``last`` is the latest step of each thread, ``born`` the one that made it. ``sent`` are the steps whose signals a
    thread has not met yet, ``resumed`` the one that let it go on after a vfork, ``waited`` those behind which it was
    time for it to go on. ``links`` are those of the step that is under way, ``looked`` what it has only looked at.
    """

    steps: list[Made] = field(default_factory=list)
    links: Links = field(default_factory=dict)
    last: dict[Descent, int] = field(default_factory=dict)
    counts: dict[Descent, int] = field(default_factory=dict)
    born: dict[Descent, int] = field(default_factory=dict)
    exits: dict[Descent, int] = field(default_factory=dict)
    sent: dict[Descent, list[int]] = field(default_factory=dict)
    resumed: dict[Descent, int] = field(default_factory=dict)
    waited: dict[Descent, list[int]] = field(default_factory=dict)
    pipes: dict[int, PipeUses] = field(default_factory=dict)
    things: dict[Key, Thing] = field(default_factory=dict)
    looked: list[Looked] = field(default_factory=list)
    strangers: list[int] = field(default_factory=list)
    is_private: bool = True

    @property
    def next(self) -> int:
        """The number of the step that is under way."""
        return len(self.steps)

    def pipe(self, number: int) -> PipeUses:
        """Return what is known of that pipe."""
        self.is_private = False
        pipe = self.pipes.get(number)
        if pipe is None:
            pipe = self.pipes[number] = PipeUses()
        return pipe

    def thing(self, *key: object) -> Thing:
        """Return what is known of something that steps have in common."""
        self.is_private = False
        thing = self.things.get(key)
        if thing is None:
            thing = self.things[key] = Thing("memory" if key[0] == "memory" else "order")
        return thing

    def look(self, *key: object) -> None:
        """The step that is under way looks at something."""
        thing = self.thing(*key)
        thing.look(len(self.steps), self.links)
        self.looked.append(thing)

    def look_into(self, number: int) -> None:
        """The step that is under way sees how full a pipe is, or who has its ends."""
        pipe = self.pipe(number)
        pipe.look(len(self.steps), self.links)
        self.looked.append(pipe)

    def change(self, *key: object) -> None:
        """The step that is under way changes something."""
        self.thing(*key).change(len(self.steps), self.links)

    def link(self, step: int, why: str) -> None:
        """The step that is under way cannot come before ``step``."""
        self.links.setdefault(step, why)

    def send(self, targets: Iterable[Descent]) -> None:
        """The step that is under way sends threads a signal, which each meets before its next step."""
        self.is_private = False
        for target in targets:
            last = self.last.get(target, self.born.get(target))
            if last is not None:
                self.link(last, "ahead")
            self.sent.setdefault(target, []).append(len(self.steps))

    def all_wait(self) -> None:
        """Time passes, since everybody waits: whatever comes next comes behind all that was."""
        barrier = list(self.last.values())
        for thread in (*self.last, *self.born):
            self.waited[thread] = barrier

    def anything(self) -> None:
        """The step that is under way may depend on all others, and they on it."""
        self.is_private = False
        for step in self.last.values():
            self.link(step, "unknown")
        for step in self.born.values():
            self.link(step, "unknown")
        self.strangers.append(len(self.steps))

    def need_not_wait(self) -> None:
        """The step that is under way could have been made, with another result, before what it has waited for."""
        for step, why in self.links.items():
            if why in _ENDS_A_WAIT:
                self.links[step] = why + "?"

    def complete(self, made: Made, *, is_local: bool) -> None:
        """The step that is under way is done."""
        thread, step, links = made.thread, len(self.steps), self.links
        own = self.last.get(thread)
        if own is not None:
            links[own] = "own"
        elif thread in self.born:
            links[self.born[thread]] = "birth"
        signals = self.sent.pop(thread, ())
        if signals:  # one of them could have ended the wait before
            self.need_not_wait()
        for signal in signals:
            if links.get(signal) in (None, "order", "ahead"):
                links[signal] = "signal"
        if thread in self.resumed:
            links[self.resumed.pop(thread)] = "resumed"
        for other in self.waited.pop(thread, ()):
            links.setdefault(other, "time")
        if self.strangers and not is_local:
            links.setdefault(self.strangers[-1], "unknown")
        links.pop(step, None)
        made.links, self.links = links, {}
        made.is_private = self.is_private and is_local and not (made.written or made.answers)
        self.is_private = True
        self.looked = []
        made.number = self.counts.get(thread, 0)
        self.counts[thread] = made.number + 1
        self.last[thread] = step
        self.steps.append(made)
