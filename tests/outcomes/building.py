"""Orders of small scripts of forks, writes and waits, as the machine would find them.

A process is a list of what it does: a text is written, ``Fork`` makes a child, ``Wait`` waits for one. What depends on
more (a pipe, a lock) is built step by step.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from vm.outcomes.orders import Descent, End, Link, Order, Step, Written


@dataclass(frozen=True)
class Write:
    """Writes the text to the stream: "terminal", "output" or "errors"."""

    stream: str
    text: str | bytes


@dataclass(frozen=True)
class Fork:
    """Makes a child, which does these."""

    child: Sequence[Action]


@dataclass(frozen=True)
class Wait:
    """Waits for the process' own child of this number, from 1."""

    child: int = 1


Action = str | bytes | Write | Fork | Wait


class Building:
    """An order step by step: each call of a method makes the next step, and gives its number."""

    def __init__(self) -> None:
        self.steps: list[Step] = []
        self._last: dict[Descent, int] = {}
        self._made: dict[Descent, int] = {}
        self._children: dict[Descent, int] = {}

    def step(self, thread: Descent, call: str, text: str = "", written: Sequence[Written] = (), **links: int) -> int:
        """A step with these links beside that to the thread's last one: ``data=3`` is a Link(3, "data")."""
        own = [Link(self._last[thread], "own")] if thread in self._last else []
        birth = [Link(links.pop("birth"), "birth")] if "birth" in links else []
        others = [Link(step, why) for why, step in links.items()]
        number = self._made.get(thread, 0)
        pid, pc = 1 + sum(thread), 0x10000 + 4 * number
        found = Step(
            thread, number, pid, call, text or f"{call}()", pc, "program", tuple(written), (*own, *birth, *others)
        )
        self.steps.append(found)
        self._made[thread] = number + 1
        self._last[thread] = len(self.steps) - 1
        return len(self.steps) - 1

    def write(self, thread: Descent, text: str | bytes, stream: str = "terminal", **links: int) -> int:
        """A step that writes the text."""
        data = text.encode() if isinstance(text, str) else text
        return self.step(thread, "write", f"write({data!r})", [Written(stream, data)] if data else [], **links)

    def fork(self, thread: Descent) -> Descent:
        """A step that makes a child, whose first step (an entry) follows; gives the child."""
        self._children[thread] = self._children.get(thread, 0) + 1
        child = (*thread, self._children[thread])
        born = self.step(thread, "fork")
        self.step(child, "entry", birth=born)
        return child

    def last(self, thread: Descent) -> int:
        """The number of the thread's last step."""
        return self._last[thread]

    def order(self, end: End | None = None) -> Order:
        """The order of what was made; its runs end with exit status 0 if not told otherwise."""
        return Order(tuple(self.steps), end or End(exit_code=0))


def order_of(script: Sequence[Action], end: End | None = None) -> Order:
    """The one order of a script: children run as soon as they are made."""
    building = Building()
    _run(building, (1,), script)
    return building.order(end)


def _run(building: Building, thread: Descent, script: Sequence[Action]) -> None:
    children = []
    for action in script:
        if isinstance(action, Fork):
            children.append(building.fork(thread))
            _run(building, children[-1], action.child)
        elif isinstance(action, Wait):
            building.step(thread, "wait4", exit=building.last(children[action.child - 1]))
        elif isinstance(action, Write):
            building.write(thread, action.text, action.stream)
        else:
            building.write(thread, action)
    building.step(thread, "exit_group")


def forks_and_writes(texts: Sequence[str | bytes]) -> list[Action]:
    """{fork; write} for each text: parent and child both write it, and both go on."""
    script: list[Action] = []
    for text in reversed(texts):
        script = [Fork([text, *script]), text, *script]
    return script


def in_processes(texts: Sequence[str | bytes]) -> list[Action]:
    """A process for each text, which writes it."""
    return [Fork([text]) for text in texts]
