"""What a ``monitor`` command is given to answer with: a history, the session that asks, and the words behind it."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import field
from typing import Protocol

from vm.debug.target import Caught
from vm.debug.walking import Noted
from vm.kernel.kernel import Kernel
from vm.kernel.pausing import Ending, Moment, Pause, Until
from vm.kernel.process.task import REAPER, Process, Task
from vm.run import Run
from vm.text import brief
from vm.values import dataclass

MOST_NAMED = 12
"""Processes that a complaint names."""


class Rerun(Protocol):
    """A run from the beginning that repeats what happened, for those who listen to it."""

    @property
    def kernel(self) -> Kernel:
        """The machine, which has not started when it is given out."""

    def advance(self, until: Until, /) -> Pause | Ending:
        """Go on, as :meth:`vm.run.Run.advance` does."""


class History(Protocol):
    """A run that can be taken back."""

    @property
    def run(self) -> Run:
        """The machine as it is at the present moment."""

    @property
    def moment(self) -> Moment:
        """The present moment."""

    @property
    def end(self) -> Moment:
        """The latest moment that is known."""

    @property
    def is_past(self) -> bool:
        """True before the latest moment that is known."""

    @property
    def changes(self) -> Sequence[Noted]:
        """What the debugger has changed, in order."""

    def rerun(self) -> Rerun:
        """Make a second run that repeats what happened, from the beginning."""


class View(Protocol):
    """The session of the user who asks."""

    @property
    def tid(self) -> int:
        """The thread that the user looks at, 0 for none."""

    @property
    def may_write(self) -> bool:
        """True where the user may let files of the host be written."""

    @property
    def goal(self) -> Moment | None:
        """The moment to go to that was planned, as long as the machine has not come there."""

    def plan_goto(self, moment: Moment) -> None:
        """Let the next command that lets the machine run go to ``moment`` instead."""

    @property
    def caught(self) -> Caught:
        """What is stopped at besides what gdb has asked for."""

    def catch(self, caught: Caught) -> None:
        """Stop at these from now on, and at no others but what gdb has asked for."""

    def is_interrupted(self) -> bool:
        """Tell whether the user wants no answer any more."""


class Complaint(Exception):
    """What is wrong with a command, for its user."""


@dataclass(frozen=True, slots=True)
class Question:
    """A command: ``words`` are those behind its name, as many as it takes at most. ``begun``: on the host's clock."""

    history: History
    view: View
    words: tuple[str, ...]
    begun: float = field(default_factory=time.monotonic)

    def word(self, index: int) -> str | None:
        """Return word number ``index``, None where it was left out."""
        return self.words[index] if index < len(self.words) else None

    @property
    def kernel(self) -> Kernel:
        """The machine at the present moment."""
        return self.history.run.kernel

    @property
    def thread(self) -> Task | None:
        """The thread that the user looks at, or that runs; None where neither is there any more."""
        found = self.kernel.processes.thread(self.view.tid)
        running = self.kernel.running
        if found is None and running is not None and self.kernel.processes.thread(running.tid) is running:
            found = running
        return found if found is not None and found.tid != REAPER else None

    def process(self, word: str | None) -> Process:
        """Return the process whose number ``word`` is, the present one without a word. Raises Complaint."""
        if word is None:
            thread = self.thread or next(iter(self._threads), None)
            if thread is None:
                raise Complaint("no process is left")
            return thread.process
        number = pid_of(word)
        thread = self.kernel.processes.thread(number)
        if thread is None or number == REAPER:
            there = [str(process.pid) for process in self.kernel.processes if process.pid != REAPER]
            names = ", ".join(there[:MOST_NAMED]) + (", …" if len(there) > MOST_NAMED else "")
            raise Complaint(f"there is no process {number}; there are {names}" if there else "no process is left")
        return thread.process

    @property
    def _threads(self) -> list[Task]:
        return [thread for thread in self.kernel.processes.threads if thread.tid != REAPER]


def pid_of(word: str) -> int:
    """Return the number of a process, as gdb too writes it: 3, or p3.4 for a thread of it. Raises Complaint."""
    digits = word.removeprefix("p").rpartition(".")[2]
    if not (digits.isascii() and digits.isdigit() and len(digits) < 10):
        raise Complaint(f"{brief(word)} is no number of a process; `monitor ps` tells them")
    return int(digits)
