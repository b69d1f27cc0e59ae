"""A walk: commands typed at gdb, and after each the machine held against a stepped one and against what gdb shows."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from tests.debug.walks import showing
from tests.debug.walks.commands import Known, Terrain, choose
from tests.debug.walks.gdb import Answer, Broken, Gdb
from tests.debug.walks.judging import View, differences
from tests.debug.walks.serving import Served
from tests.debug.walks.story import Retold, Story

USUAL = re.compile(
    "|".join(
        [
            r"The program is not being run\.",
            r"The program has no registers now\.",
            r"The program has no auxiliary information now\.|No auxiliary vector found",
            r"No more reverse-execution history\.",
            r"not meaningful in the outermost frame\.",
            r"Cannot find bounds of current function|Execution is not within a known function",
            r"Thread ID .* not known\.|Unknown thread|Invalid thread ID|No thread selected",
            r"No breakpoint number|No stack\.|No frame selected|No registers\.|can not be used without a thread",
            r"Can not resume the parent process over vfork in the foreground while",
            r"process \d+ is not running|Inferior ID \d+ not known\.|The current inferior is not running",
            r"The feature 'catch syscall' is not supported on this architecture yet\.",
            r"Not supported on this target\.",
            r"No symbol \"\w+\" in current context\.|Function \"[\w.]+\" not defined\.|No source file",
        ]
    )
)
"""Complaints that are gdb's way to say that there is nothing to do."""


class Difference(Exception):
    """What was found: ``kind`` is one word, and walks with the same one are of one origin until proved otherwise."""

    def __init__(self, kind: str, text: str) -> None:
        super().__init__(f"{kind}: {text}")
        self.kind = kind


@dataclass(frozen=True, slots=True)
class Setup:
    """Which program, and gdb's settings for processes that are born."""

    program: str
    multiple: bool = True
    detach: bool = False
    follow: str = "parent"

    @property
    def settings(self) -> list[str]:
        """What gdb is told before it connects."""
        on = {True: "on", False: "off"}
        return [
            f"set schedule-multiple {on[self.multiple]}",
            f"set detach-on-fork {on[self.detach]}",
            f"set follow-fork-mode {self.follow}",
        ]


@dataclass(slots=True)
class Walk:
    """A gdb with a machine. ``typed`` are the commands so far."""

    setup: Setup
    gdb: Gdb
    served: Served
    story: Story
    known: Known = field(default_factory=Known)
    typed: list[str] = field(default_factory=list)
    is_over: bool = False

    def begin(self) -> None:
        """Connect, and look."""
        self._judge(self.gdb.ask(f"-target-select remote {self.served.address}"))

    def type(self, command: str) -> Answer:
        """Type one command and look at everything. Raises Difference."""
        self.typed.append(command)
        try:
            answer = self.gdb.type(command)
        except Broken as broken:
            raise Difference(_kind(str(broken)), f"{command}: {broken}") from None
        self._judge(answer)
        return answer

    def _judge(self, answer: Answer) -> None:
        if self.served.failures:
            raise Difference("traceback", "\n".join(self.served.failures))
        if self.served.complaints:
            raise Difference("stop", f"after {answer.command}: " + "\n".join(self.served.complaints))
        if answer.error and not USUAL.search(answer.error) and not _is_of_nobody(answer):
            raise Difference("complaint", f"{answer.command}: {answer.error}")
        self._note_breakpoints(answer)
        if answer.is_interrupted:  # it is too far away for a machine that is stepped
            self.is_over = True
            return
        try:
            self._look(answer)
        except Broken as broken:
            if answer.command.startswith("detach") and "while the target is running" in str(broken):
                self.is_over = True  # gdb 13 lets a stepped thread go on when another process is detached
                return
            raise Difference(_kind(str(broken)), f"after {answer.command}: {broken}") from None

    def _look(self, answer: Answer) -> None:
        groups = showing.listed(self.gdb)
        self.known.inferiors = [group["id"][1:] for group in groups]
        self.known.running = [group["id"][1:] for group in groups if "pid" in group]
        if not self.known.running:
            self.is_over = True
            return
        self.served.note_listed(int(group["pid"]) for group in groups if "pid" in group)
        self.known.threads = [one.id for one in showing.threads(self.gdb)]
        served = self.served
        lines = showing.compare(self.gdb, served.kernel, served.undone, served.may_be_unlisted)
        if lines:
            raise Difference("shown", f"after {answer.command}: " + "\n".join(lines))
        self._compare_with_the_story(answer)
        self.gdb.type("maintenance flush register-cache")
        self.gdb.ask("-data-evaluate-expression $pc")  # it was looked at last, as by whoever looks at one thread alone
        if self.served.failures:
            raise Difference("traceback", "\n".join(self.served.failures))

    def _compare_with_the_story(self, answer: Answer) -> None:
        told = self.story if self.served.is_as_it_would_be else self.served.story()
        lines = _unlike(told, self.served.view())
        if len(lines) == 1 and lines[0].startswith("the digests"):
            lines = _unlike(told, self.served.view_behind_a_step())  # the end of a turn is not told apart by moments
        if lines:
            raise Difference("state", f"after {answer.command}, at {self.served.kernel.moment}: " + "\n".join(lines))

    def _note_breakpoints(self, answer: Answer) -> None:
        for name, values in answer.changes:
            if name == "breakpoint-created":
                self.known.breakpoints.append(values["bkpt"]["number"])
            elif name == "breakpoint-deleted" and values["id"] in self.known.breakpoints:
                self.known.breakpoints.remove(values["id"])


def _is_of_nobody(answer: Answer) -> bool:
    """True where memory was to be changed that nobody has: the process has ended, or has another program."""
    return answer.command.startswith("set var") and answer.error.startswith("Cannot access memory at address")


def _unlike(told: Story | Retold, view: View) -> list[str]:
    try:
        return differences(told.at(view.moment), view, ("the story", "the debugger"))
    except KeyError as error:
        return [str(error)]


def _kind(text: str) -> str:
    """One word for what has broken."""
    if "internal" in text or "Assertion" in text or "has ended" in text:
        return "crash"
    return "hang" if "no answer" in text else "broken"


def by_chance(walk: Walk, terrain: Terrain, seed: object, length: int) -> Iterator[str]:
    """Commands for a walk, as it goes."""
    chance = random.Random(str(seed))
    for _ in range(length):
        yield from choose(chance, terrain, walk.known)


def play(walk: Walk, commands: Iterable[str]) -> None:
    """Type commands until they or the processes have ended. Raises Difference."""
    for command in commands:
        walk.type(command)
        if walk.is_over:
            return


def minimised(commands: list[str], kind: str, attempt: Callable[[list[str]], str | None]) -> list[str]:
    """The fewest commands that still fail in this way; ``attempt`` returns the kind of what it finds."""
    size = len(commands) // 2
    while size:
        place = 0
        while place < len(commands):
            fewer = commands[:place] + commands[place + size :]
            if attempt(fewer) == kind:
                commands = fewer
            else:
                place += size
        size //= 2
    return commands
